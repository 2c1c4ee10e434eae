"""Taking in a village list of 50,000 rows: the memory of the process that reads it, and families a second.

``python -m bench.importing DSN SESSION FILE REGION PART`` takes in one list in a process of its own, some families at
a time. On standard output it says how far it has come and, at the end, as JSON, what became of the list and the most
memory the process ever held.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.figure import Figure, from_rounds
from bench.run import Run
from bench.world import person, session
from models.database import connect, sync_connect
from models.install import role_dsn
from models.register.codes import code_list
from models.usulan.commands import import_list
from models.usulan.workbook import FamilyRow, MemberRow, Value, columns, write_rows

FAMILIES, MEMBERS = 12_500, 4
LIMIT_MIB = 400.0
VILLAGE = 3204052001
PART = 500
_A_DAY = 9_999
"""Numbers that one day of birth, or of issue, has."""


def _answers(sheet: str, serial: int) -> dict[str, Value]:
    """Return an answer to every question of a sheet, so that its rows are as wide as they get."""
    told: dict[str, Value] = {}
    for column in columns(sheet):
        if column.variable and column.kind == "code":
            codes = list(code_list(column.code_list or "").codes)
            told[column.name] = codes[serial % len(codes)]
        elif column.variable:
            told[column.name] = bool(serial % 2) if column.kind == "yes_no" else int(column.minimum or 0)
    return told


def listed(count: int, members: int = MEMBERS) -> Iterator[FamilyRow]:
    """Yield good families of a village, each number once; every cell is filled."""
    for serial in range(count):
        day, number = divmod(serial, _A_DAY)
        family = FamilyRow(
            no_kk=f"320405{day + 1:02}0115{number + 1:04}",
            kode_desa=VILLAGE,
            rt="001",
            rw="002",
            alamat=f"Jl. Melati No. {serial}",
            jenis_usulan="BARU",
            variables=_answers("keluarga", serial),
        )
        for place in range(members):
            day, number = divmod(serial * members + place, _A_DAY)
            birth = date(1980 + day // 28, 5, 1 + day % 28)
            family.members.append(
                MemberRow(
                    no_kk=family.no_kk,
                    nik=f"320405{birth:%d%m%y}{number + 1:04}",
                    nama=f"Warga {serial} {place}",
                    tempat_lahir="Bandung",
                    tanggal_lahir=birth,
                    jk=1,
                    hubungan=1 if place == 0 else 3,
                    status_kawin=1,
                    pekerjaan=1,
                    variables=_answers("anggota", serial + place),
                )
            )
        yield family


def _peak_mib() -> float:
    """Return the most memory that this process ever held, MiB."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not say how much memory a process held")


async def _take(dsn: str, who: UUID, file: Path, region: int, part: int) -> dict[str, Any]:
    async def tell(done: int, of: int) -> None:
        print(done, of, flush=True)

    async with await connect(dsn) as conn:
        content = await asyncio.to_thread(file.read_bytes)
        begun = time.perf_counter()
        done = await import_list(conn, who, content, file.name, region=region, tell=tell, part=part)
        took = time.perf_counter() - begun
    return {
        "import": done.id,
        "families": done.families,
        "good": done.good,
        "bad": done.bad,
        "repeated": done.repeated,
        "seconds": took,
        "peak_mib": _peak_mib(),
    }


def taken(dsn: str, who: UUID, file: Path, region: int = VILLAGE) -> dict[str, Any]:
    """Take in a list in a process of its own and return what it says at its end."""
    said = subprocess.run(
        [sys.executable, "-m", "bench.importing", dsn, str(who), str(file), str(region), str(PART)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    told: dict[str, Any] = json.loads(said.splitlines()[-1])
    return told


def remembered(run: Run) -> list[Figure]:
    """Take in 50,000 members, of 12,500 families, in each kind of file; the larger memory counts."""
    families, memory, speed = run.size(FAMILIES, least=20), [], []
    with tempfile.TemporaryDirectory(prefix="alur-bench-") as folder:
        for kind in ("xlsx", "csv"):
            write_rows(Path(folder, f"daftar.{kind}"), listed(families))
        for number in range(run.rounds):
            told = []
            for kind in ("xlsx", "csv"):
                dsn = run.spot.database(f"bench_import_{number}_{kind}")
                who = _operator(dsn)
                told.append(taken(role_dsn(dsn, "alur_api"), who, Path(folder, f"daftar.{kind}")))
            if any(one["good"] != families for one in told):
                raise RuntimeError(f"not every family entered: {told}")
            memory.append((max(one["peak_mib"] for one in told), LIMIT_MIB))
            speed.append((told[0]["families"] / told[0]["seconds"], told[1]["families"] / told[1]["seconds"]))
    return [
        from_rounds("import_memory", "MiB", memory, target=1.0, better="lower"),
        from_rounds("import_xlsx_beside_csv", "families/s", speed),
    ]


def _operator(dsn: str) -> UUID:
    """Return the session of the village's operator."""
    with sync_connect(dsn) as owner:
        return session(owner, person(owner, "desa"), "operator_desa", VILLAGE, VILLAGE)


if __name__ == "__main__":
    dsn, who, file, *numbers = sys.argv[1:]
    print(json.dumps(asyncio.run(_take(dsn, UUID(who), Path(file), *map(int, numbers)))))
