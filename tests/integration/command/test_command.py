"""What the command prints, what it leaves behind, and the exit code that a script goes by."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from alur.seed.generate import generate
from models.database import sync_connect
from models.usulan.workbook import WorkbookEmpty, read, write_rows
from state_machines import MACHINES
from tests.flows.stage import copied
from tests.integration.command.conftest import Give, give
from tests.integration.door.kit import person, stand
from tests.integration.stuck.kit import look
from tests.integration.stuck.test_watch import AT_KECAMATAN
from tests.support.server import TestServer
from tests.support.world import DESA, World

KABUPATEN = "3204"


# -- machines ----------------------------------------------------------------------------------------------------------


def test_machines_prints_every_state_and_rule(alur: Give) -> None:
    told = json.loads(alur("machines", "--json").stdout)["machines"]
    assert {name: [state["id"] for state in machine["states"]] for name, machine in told.items()} == {
        machine.name: [state.id for state in machine.states] for machine in MACHINES
    }
    assert {
        name: [(rule["id"], rule["trigger"], rule["from"], rule["to"], rule["by"]) for rule in machine["transitions"]]
        for name, machine in told.items()
    } == {
        machine.name: [(r.id, r.trigger, list(r.sources), r.target, list(r.by)) for r in machine.rules]
        for machine in MACHINES
    }


def test_machines_without_options_counts_them(alur: Give) -> None:
    lines = alur("machines").stdout.splitlines()
    assert len(lines) == len(MACHINES)
    for machine, line in zip(MACHINES, lines, strict=True):
        assert line.startswith(f"{machine.name}: {len(machine.states)} states, {len(machine.rules)} rules.")


# -- seed --------------------------------------------------------------------------------------------------------------


def test_seed_makes_the_same_people_every_time(
    server: TestServer, at: Callable[[str, str], None], tmp_path: Path
) -> None:
    regions = server.fresh()
    at(regions, "wilayah")
    assert give("migrate", "--mark", "test").exit_code == 0
    made = []
    for home in ("satu", "dua"):
        dsn = copied(server, regions)
        at(dsn, home)
        done = give("seed", "--households", 400, "--region", KABUPATEN)
        assert done.exit_code == 0, done.output
        made.append((_files(tmp_path / home), _population(tmp_path / home), _register(dsn)))
        again = give("seed", "--households", 400, "--region", KABUPATEN)
        assert "nothing was changed" in again.stdout
        assert _register(dsn) == made[-1][2]
        server.drop(dsn)
    server.drop(regions)
    assert made[0] == made[1]
    assert len(made[0][0]) == 4, "two villages, two lists each"


def _files(home: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (home / "demo" / "usulan").glob("*.xlsx")
    }


def _population(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / "demo" / "penduduk.sqlite")) as file:
        return list(file.iterdump())


def _register(dsn: str) -> list[dict[str, Any]]:
    with sync_connect(dsn) as conn:
        return conn.execute("SELECT no_kk, kepala, region, version FROM household ORDER BY no_kk").fetchall()


@pytest.mark.parametrize("command", [("seed",), ("run",)])
def test_a_region_without_villages_is_refused(alur: Give, command: tuple[str, ...]) -> None:
    done = alur(*command, "--region", "9999")
    assert done.exit_code == 2
    assert "There is no region 9999" in done.stderr
    assert "3204 for Kab. Bandung" in done.stderr


# -- usulan ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def operator(alur: Give) -> Give:
    """The command, on a database where a village has an operator."""
    done = alur("token", "operator1", "--role", "operator_desa", "--region", DESA, "--name", "Operator")
    assert done.exit_code == 0, done.output
    assert done.stdout.strip().count(".") >= 1
    return alur


def _listed(path: Path, *, wrong: int = 0) -> Path:
    """Write a list of five families, of which so many have a NIK that is too short."""
    records = [family.record for family in generate(5, [DESA], 9, date(2026, 11, 20), clean=True)]
    for place in range(wrong):
        first, *others = records[place].members
        records[place].members = [replace(first, nik=str(first.nik)[:15]), *others]
    write_rows(path, records)
    return path


def test_the_template_is_the_workbook_that_import_takes(alur: Give, tmp_path: Path) -> None:
    for name in ("usulan.xlsx", "usulan.csv"):
        done = alur("usulan", "template", tmp_path / name)
        assert (done.exit_code, done.stdout) == (0, f"wrote {tmp_path / name}\n")
        with pytest.raises(WorkbookEmpty):  # every sheet and column is there; what is missing is a family
            read(tmp_path / name, name, on=date(2026, 11, 20))


def test_a_list_enters_once(operator: Give, database: str, tmp_path: Path) -> None:
    file = _listed(tmp_path / "daftar.xlsx")
    first = _import(operator, file)
    assert first.exit_code == 0
    assert "5 families: 5 entered" in first.stdout
    stored = _everything(database)
    again = _import(operator, file)
    assert again.exit_code == 0
    assert "This file was taken in before" in again.stdout
    assert "nothing was changed" in again.stdout
    assert _everything(database) == stored
    assert stored["case_"] == stored["household"] == 5


def test_rows_to_mend_come_back_and_enter_when_mended(operator: Give, database: str, tmp_path: Path) -> None:
    done = _import(operator, _listed(tmp_path / "daftar.xlsx", wrong=2), "--rejected", tmp_path / "perbaiki.xlsx")
    assert done.exit_code == 1
    assert "5 families: 3 entered" in done.stdout
    assert "2 to be mended" in done.stdout
    assert "anggota row 2, nik:" in done.stdout
    assert (tmp_path / "perbaiki.xlsx").exists()
    assert _everything(database)["case_"] == 3
    mended = _import(operator, _listed(tmp_path / "lengkap.xlsx"))
    assert "already" not in mended.stderr
    assert _everything(database)["case_"] == 5


def test_who_may_not_propose_is_told(operator: Give, tmp_path: Path) -> None:
    done = operator("usulan", "import", _listed(tmp_path / "daftar.xlsx"), "--as", "siapa", "--region", DESA)
    assert done.exit_code == 2
    assert "There is no account siapa" in done.stdout


def _import(alur: Give, file: Path, *more: object) -> Any:
    return alur("usulan", "import", file, "--as", "operator1", "--region", "32.04.05.2001", *more)


def _everything(dsn: str) -> dict[str, int]:
    """Return how many rows stand in every table that an import writes."""
    tables = ("household", "person", "case_", "transition", "act", "fact", "batch", "import_file", "wake", "claim")
    with sync_connect(dsn) as conn:
        return {
            table: conn.execute(f"SELECT count(*) AS n FROM {table}".encode()).fetchall()[0]["n"] for table in tables
        }


# -- audit -------------------------------------------------------------------------------------------------------------


def test_replay_agrees_and_says_where_it_does_not(operator: Give, database: str, tmp_path: Path) -> None:
    _import(operator, _listed(tmp_path / "daftar.xlsx"))
    agreed = operator("audit", "replay")
    assert (agreed.exit_code, agreed.stdout) == (
        0,
        "Replay agrees: 10 transitions rebuild 5 cases and their amounts.\n",
    )
    with sync_connect(database) as superuser:  # closes every door that stands in the way, as only he can
        case = superuser.execute("SELECT min(case_id) AS id FROM position").fetchall()[0]["id"]
        superuser.execute("ALTER TABLE position DISABLE TRIGGER ALL")
        padan = "(SELECT code FROM state WHERE id = 'padan' AND machine = 1)"
        superuser.execute(f"UPDATE position SET state = {padan} WHERE case_id = %s".encode(), (case,))
        superuser.execute("ALTER TABLE position ENABLE TRIGGER ALL")
    differs = operator("audit", "replay")
    assert differs.exit_code == 1
    assert differs.stdout.splitlines() == [
        "REPLAY DISAGREES in 1 place:",
        f"  case {case}: state: stored usulan.padan, from the log usulan.cek_data",
    ]


# -- stuck -------------------------------------------------------------------------------------------------------------


async def _late_case(dsn: str) -> None:
    async with World(dsn) as world:
        for role in ("operator_kecamatan", "pusdatin"):
            await person(world, role)
        await stand(world, AT_KECAMATAN, ago=timedelta(days=9))
        await look(world)


def test_stuck_tells_what_frees_it(alur: Give, database: str) -> None:
    asyncio.run(_late_case(database))
    told = alur("stuck", "--as", "pusdatin")
    assert told.exit_code == 0
    first, second = told.stdout.splitlines()
    assert first.startswith("USL-")
    assert "terlambat" in first
    assert "usulan.teruskan (operator_kecamatan)" in second
    (row,) = [json.loads(line) for line in alur("stuck", "--json", "--region", "32.04").stdout.splitlines()]
    assert (row["reason"], row["state"]) == ("terlambat", "diajukan")
    assert alur("stuck", "--level", "9").stdout.startswith("Tidak ada yang macet")
    assert alur("stuck", "--as", "nobody").exit_code == 2
    assert alur("stuck", "--region", "99.9").exit_code == 2
