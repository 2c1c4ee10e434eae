"""Long lists: killed midway, sent by two at once, told of in part; and people whom the register knows already."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from api.routes import imports
from bench.importing import listed
from models.install import role_dsn
from models.usulan import commands
from models.usulan.workbook import FamilyRow, write_rows
from tests.integration.api.kit import Caller, Place, done, family, workbook
from tests.integration.api.test_imports import register

pytestmark = pytest.mark.asyncio(loop_scope="session")

_PART = 20
"""Families that an importing process takes at a time."""


def _listed(place: Place, count: int) -> Iterator[FamilyRow]:
    """Yield good families of this village with every cell filled."""
    for row in listed(count, members=1):
        district = f"{place.village // 10_000:06}"
        row.no_kk, row.kode_desa = district + row.no_kk[6:], place.village
        for member in row.members:
            member.no_kk, member.nik = row.no_kk, district + member.nik[6:]
        yield row


@asynccontextmanager
async def _importing(place: Place, who: Caller, file: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Take a list in as somebody, in a process of its own that says how far it has come."""
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.importing", role_dsn(place.world.admin_dsn, "alur_api")),
        *(str(who.session), str(file), str(place.village), str(_PART)),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()


async def _end(running: asyncio.subprocess.Process) -> dict[str, Any]:
    """Return what an importing process says at its end."""
    said, _ = await running.communicate()
    assert running.returncode == 0
    told: dict[str, Any] = json.loads(said.splitlines()[-1])
    return told


class TestALongList:
    """A list in a process of its own, as a long one is: its memory, its end, and its twin beside it."""

    async def test_killed_midway_it_enters_once_when_two_people_send_it_again(
        self, place: Place, tmp_path: Path
    ) -> None:
        one, two = await place.person("operator_desa", "satu"), await place.person("operator_desa", "dua")
        file = tmp_path / "daftar.csv"
        write_rows(file, _listed(place, 60))
        before = await register(place)
        async with _importing(place, one, file) as running:
            assert running.stdout
            assert await running.stdout.readline() == b"0 60\n"
            assert await running.stdout.readline() == b"20 60\n"
            running.kill()
            await running.wait()
        assert await register(place) == before
        async with _importing(place, one, file) as first, _importing(place, two, file) as second:
            told = await asyncio.gather(_end(first), _end(second))
        assert sorted(row["repeated"] for row in told) == [False, True]
        assert {(row["import"], row["good"], row["bad"]) for row in told} == {(told[0]["import"], 60, 0)}
        after = await register(place)
        assert (after["families"], after["cases"], after["batches"], after["files"]) == (60, 60, 1, 1)
        assert max(row["peak_mib"] for row in told) < 400

    async def test_what_is_wrong_with_thousands_of_rows_is_told_of_the_first(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(commands, "_TOLD_MOST", 3)
        who = await place.person("operator_desa")
        told = done(await who.upload(workbook([family(place, n, alamat="") for n in range(1, 6)]), place.village), 201)
        assert ([row["row"] for row in told["errors"]], told["untold"], told["bad"]) == ([2, 3, 4], 2, 5)
        report = done(await who.get(f"/imports/{told['import']}"))["report"]
        assert report["kode"] == {"KOSONG": 5}
        back = await who.ask("GET", told["rejected"].removeprefix("/api/v1"))
        assert openpyxl.load_workbook(io.BytesIO(back.content))["keluarga"].max_row == 6


class TestPeopleAlreadyThere:
    async def test_one_of_another_family_is_told_to_who_may_see_it(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(imports, "import_list", partial(commands.import_list, part=1))
        who = await place.person("operator_desa")
        done(await who.upload(workbook([family(place, 1)]), place.village), 201)
        told = done(await who.upload(workbook([family(place, 2, nik_serial=1)]), place.village), 201)
        assert (told["good"], told["errors"], told["untold"]) == (1, [], 0)
        assert [(row["sheet"], row["row"], row["column"], row["code"]) for row in told["warnings"]] == [
            ("anggota", 2, "nik", "NIK_TERDAFTAR"),
            ("anggota", 3, "nik", "NIK_TERDAFTAR"),
        ]
        for row in told["warnings"]:
            assert "••" in row["value"], "a whole NIK stands in no answer"
            assert "••" in row["message"]
            assert row["cure"]
        twice = [family(place, n, nik_serial=7) for n in (4, 5)]
        told = done(await who.upload(workbook(twice), place.village), 201)
        assert {row["code"] for row in told["warnings"]} == {"NIK_BERULANG"}, "told once, whichever part came first"
        beside = await place.person("operator_desa", region=place.neighbour)
        other = family(place, 3, nik_serial=1, kode_desa=place.neighbour)
        assert done(await beside.upload(workbook([other]), place.neighbour), 201)["warnings"] == []

    async def test_a_list_under_its_own_sheet_names_is_answered_by_them(self, place: Place) -> None:
        who = await place.person("operator_desa")
        book, target = openpyxl.load_workbook(io.BytesIO(workbook([family(place, 1, alamat="")]))), io.BytesIO()
        book["keluarga"].title, book["anggota"].title = "Data KK", "Data Jiwa"
        book.move_sheet("Data Jiwa", -3)
        book.save(target)
        told = done(await who.upload(target.getvalue(), place.village), 201)
        assert [(row["sheet"], row["row"], row["column"]) for row in told["errors"]] == [("Data KK", 2, "alamat")]
