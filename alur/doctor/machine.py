"""What can be seen without the database: who answers, which versions, how much room there is."""

from __future__ import annotations

import platform
import shutil
from importlib.metadata import version
from pathlib import Path

import httpx

from alur.doctor.lines import Line, Status, size
from models.settings import Settings

_PATIENCE_S = 5.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 -- asked for by the operator; we call ourselves
_ROOM_LEAST = 512 * 10**6
_ROOM_GOOD = 2 * 10**9

_PARTS = {
    "prefect": (
        "prefect",
        ("peladen Prefect", "the Prefect server"),
        ("lihat logs/prefect.log; pintu dan persetujuan tetap jalan", "see logs/prefect.log; the door goes on"),
    ),
    "sistem_luar": (
        "sistem luar",
        ("sistem luar (simulator)", "the outside systems (simulator)"),
        ("lihat logs/simulator.log dan ALUR_PORTS_URL", "see logs/simulator.log and ALUR_PORTS_URL"),
    ),
}
"""Parts that the API tells of, beside the database and the engine, which are asked here."""


def address(config: Settings) -> str:
    """Return where the API of these settings is reached from this machine."""
    return f"http://{_EVERYWHERE.get(config.host, config.host)}:{config.port}"


def processes(config: Settings) -> list[Line]:
    """Return whether the API answers, and what it says of the parts it leans on."""
    base = address(config)
    try:
        with httpx.Client(timeout=_PATIENCE_S, trust_env=False) as http:
            http.get(f"{base}/healthz").raise_for_status()
            parts = dict(http.get(f"{base}/readyz").json()["parts"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        return [
            Line(
                "api",
                Status.GALAT,
                f"tidak menjawab di {base} ({type(error).__name__})",
                f"does not answer at {base} ({type(error).__name__})",
                "jalankan `alur run`, atau `alur api` dengan ALUR_HOST dan ALUR_PORT yang sama; lihat logs/api.log",
                "start `alur run`, or `alur api` with the same ALUR_HOST and ALUR_PORT; see logs/api.log",
            )
        ]
    lines = [Line("api", Status.OK, f"menjawab di {base}", f"answers at {base}")]
    for part, (check, (name, name_en), (mend, mend_en)) in _PARTS.items():
        if part in parts:
            well = bool(parts[part])
            lines.append(
                Line(
                    check,
                    Status.OK if well else Status.GALAT,
                    f"{name} {'menjawab' if well else 'tidak menjawab'}",
                    f"{name_en} {'answers' if well else 'does not answer'}",
                    mend,
                    mend_en,
                )
            )
    return lines


def versions() -> Line:
    """Return which versions of our own programs run this check."""
    told = {"alur": version("alur"), "python": platform.python_version(), "prefect": version("prefect")}
    text = f"Alur {told['alur']}, Python {told['python']}, Prefect {told['prefect']}"
    return Line("versi", Status.OK, text, text, figures=told)


def room(folders: dict[str, Path], database_bytes: int) -> list[Line]:
    """Return how much room is left where data lie; there should be enough for a backup of the database too."""
    lines = []
    for name, folder in folders.items():
        free = shutil.disk_usage(folder).free
        status = (
            Status.GALAT
            if free < _ROOM_LEAST
            else Status.PERHATIAN
            if free < _ROOM_GOOD + database_bytes
            else Status.OK
        )
        lines.append(
            Line(
                "ruang",
                status,
                f"{name} ({folder}): {size(free)} kosong",
                f"{name} ({folder}): {size(free)} free",
                "kosongkan atau perbesar disk; log lama di logs/ boleh dihapus, berkas postgres/ tidak",
                "free or enlarge the disk; old logs in logs/ may go, files in postgres/ may not",
                {"free_bytes": free},
            )
        )
    return lines
