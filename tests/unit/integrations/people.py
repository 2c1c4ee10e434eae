"""The people the tests of ports talk about, and a handle on a running simulator."""

import socket
import sqlite3
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from integrations.http import ClientOptions
from integrations.simulator.controls import Rates

TODAY = date(2026, 11, 20)
QUIET = {name: 0 for name in Rates.model_fields if name != "seed"}
"""Nothing by chance, news at once."""
QUICK = ClientOptions(attempts=3, pause_s=0.01, pause_max_s=0.02)
IMPATIENT = ClientOptions(read_timeout_s=0.3, attempts=3, pause_s=0.01, pause_max_s=0.02)
DDL = Path(__file__).parents[3] / "integrations" / "simulator" / "population.sql"

SITI, BUDI, TUA, KEMBAR, PASIF, ANAK = (
    "3404015005900001",
    "3404011005850002",
    "3404010101400003",
    "3404010202700004",
    "3404010303800005",
    "3404010404150006",
)
KK, KK_LAIN = "3404010101200001", "3404010101200002"
REK_BUDI, REK_PASIF, REK_TUTUP, REK_BLOKIR, REK_SITI_BNI = (
    "002100000000001",
    "002100000000002",
    "002100000000003",
    "002100000000004",
    "0091000001",
)

PEOPLE = [
    (SITI, KK, "SITI AMINAH / SITI A", "SLEMAN", "1990-05-10", 2, 1, "PETANI", "JL KENANGA 1", "hidup"),
    (BUDI, KK, "BUDI SANTOSO", "SLEMAN", "1985-05-10", 1, 2, "BURUH", "JL KENANGA 1", "hidup"),
    (TUA, KK, "MBAH TUA", "SLEMAN", "1940-01-01", 1, 6, None, "JL KENANGA 1", "meninggal"),
    (KEMBAR, KK_LAIN, "DWI KEMBAR", "BANTUL", "1970-02-02", 1, 1, None, "JL MAWAR 2", "ganda"),
    (PASIF, KK_LAIN, "TRI PASIF", "BANTUL", "1980-03-03", 1, 1, None, "JL MAWAR 2", "nonaktif"),
    (ANAK, KK_LAIN, "ANAK KECIL", "BANTUL", "2015-04-04", 1, 3, None, "JL MAWAR 2", "hidup"),
]
ACCOUNTS = [
    (REK_BUDI, "BRI", BUDI, "BUDI SANTOSO", "1001", "aktif"),
    (REK_PASIF, "BRI", PASIF, "TRI PASIF", "1002", "pasif"),
    (REK_TUTUP, "BRI", KEMBAR, "DWI KEMBAR", "1003", "tutup"),
    (REK_BLOKIR, "BRI", TUA, "MBAH TUA", "1004", "blokir"),
    (REK_SITI_BNI, "BNI", SITI, "SITI AMINAH", "2001", "aktif"),
]


def make_population(path: Path, scenarios: list[tuple[str, str, int, str]] | None = None) -> Path:
    """Write the people above into a new file; returns its path."""
    db = sqlite3.connect(path)
    db.executescript(DDL.read_text(encoding="utf-8"))
    db.executemany(
        "INSERT INTO person (nik, no_kk, nama, tempat_lahir, tanggal_lahir, jenis_kelamin, hubungan, pekerjaan, alamat,"
        " status, kode_desa) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '3404012001')",
        PEOPLE,
    )
    db.executemany(
        "INSERT INTO family VALUES (?, '3404012001', ?, ?, ?)", [(KK, 2, 14.5, 9_100_000), (KK_LAIN, *[None] * 3)]
    )
    db.executemany("INSERT INTO account VALUES (?, ?, ?, ?, ?, ?)", ACCOUNTS)
    db.executemany("INSERT INTO scenario VALUES (?, ?, ?, ?)", scenarios or [])
    db.commit()
    db.close()
    return path


def add_scenario(path: Path, subject: str, operation: str, n: int, outcome: str) -> None:
    db = sqlite3.connect(path)
    db.execute("INSERT OR REPLACE INTO scenario VALUES (?, ?, ?, ?)", (subject, operation, n, outcome))
    db.commit()
    db.close()


@dataclass(frozen=True)
class Sim:
    """A running simulator, from outside."""

    url: str
    population: Path
    control: httpx.Client

    def faults(self, **by_pattern: dict[str, Any]) -> None:
        self.faults_by({pattern.replace("__", "/"): fault for pattern, fault in by_pattern.items()})

    def faults_by(self, faults: dict[str, dict[str, Any]]) -> None:
        self.control.put("/_simulator/faults", json=faults).raise_for_status()

    def rates(self, **rates: float) -> None:
        self.control.put("/_simulator/rates", json=rates).raise_for_status()

    def clock(self, today: date | None) -> None:
        text = today.isoformat() if today else None
        self.control.post("/_simulator/clock", json={"today": text}).raise_for_status()

    def job(self, key: str) -> dict[str, Any]:
        """Return puts, gets and effects of one key; zeros if it never came in."""
        jobs = self.control.get("/_simulator/jobs", params={"key": key}).raise_for_status().json()["jobs"]
        found: dict[str, Any] = jobs[0] if jobs else {"puts": 0, "gets": 0, "effects": 0}
        return found

    def credits(self, id_: str) -> list[dict[str, Any]]:
        answer = self.control.get("/_simulator/credits", params={"id": id_}).raise_for_status()
        found: list[dict[str, Any]] = answer.json()["credits"]
        return found

    def script(self, subject: str, operation: str, outcome: str, n: int = 0) -> None:
        add_scenario(self.population, subject, operation, n, outcome)


def wait_ready(url: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/healthz", trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise TimeoutError(url)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
