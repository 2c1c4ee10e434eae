"""Lists that leave somebody or some family behind: nobody is removed because his row could not be taken."""

from __future__ import annotations

import io
from typing import Any

import pytest
from psycopg import AsyncConnection

from models.usulan.workbook import FamilyRow, write_rows
from tests.integration.api.kit import Caller, Place, done, family, problem, running, settings, typed, workbook

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def stands(place: Place) -> dict[str, list[str]]:
    """Return No KK -> names of those who stand in each family of this kabupaten's register."""
    cursor = await place.world.admin.execute(
        "SELECT h.no_kk, array_agg(p.nama ORDER BY p.id) FILTER (WHERE p.removed_at IS NULL) AS names "
        "FROM household h JOIN person p ON p.household_id = h.id WHERE h.region / 1000000 = %s GROUP BY h.no_kk",
        (place.kabupaten,),
    )
    return {row["no_kk"]: row["names"] for row in await cursor.fetchall()}


async def first(who: Caller, place: Place, *families: FamilyRow) -> None:
    told = done(await who.upload(workbook(families), place.village), 201)
    assert (told["good"], told["bad"]) == (len(families), 0)


def again(place: Place, serial: int, **more: Any) -> FamilyRow:
    """Return the same family proposed for something else, so that no live proposal bars it."""
    return family(place, serial, jenis_usulan="PEMBARUAN", **more)


BOTH = ["Dadang Suherman", "Euis Kartini"]


async def test_a_member_whose_row_joins_no_family_holds_his_family_back(place: Place) -> None:
    who = await place.person("operator_desa")
    await first(who, place, family(place, 1), family(place, 2))
    wrong, fine = again(place, 1), again(place, 2)
    wrong.members[1].no_kk = wrong.no_kk[:-2] + "77"
    told = done(await who.upload(workbook([wrong, fine]), place.village), 201)
    assert (told["good"], told["bad"]) == (1, 2)
    [held] = [error for error in told["errors"] if error["code"] == "ANGGOTA_TERTAHAN"]
    assert (held["sheet"], held["row"], held["column"]) == ("keluarga", 2, "no_kk")
    assert "anggota 3" in held["message"]
    assert "anggota 3" in held["message_en"]
    assert (await stands(place))[wrong.no_kk] == BOTH
    assert await place.value("SELECT version FROM household WHERE no_kk = %s", wrong.no_kk) == 1


async def test_mended_it_enters(place: Place) -> None:
    who = await place.person("operator_desa")
    await first(who, place, family(place, 1))
    row = again(place, 1)
    row.members[1].no_kk = row.no_kk[:-2] + "77"
    done(await who.upload(workbook([row]), place.village), 201)
    told = done(await who.upload(workbook([again(place, 1)]), place.village), 201)
    assert (told["good"], told["bad"]) == (1, 0)
    assert (await stands(place))[row.no_kk] == BOTH


async def test_whom_the_list_does_not_name_at_all_is_removed(place: Place) -> None:
    who = await place.person("operator_desa")
    await first(who, place, family(place, 1))
    row = again(place, 1)
    del row.members[1]
    told = done(await who.upload(workbook([row]), place.village), 201)
    assert (told["good"], told["bad"]) == (1, 0)
    assert (await stands(place))[row.no_kk] == BOTH[:1]


@pytest.mark.parametrize("alamat", ["Jl. Kenanga 3", ""])
async def test_a_member_who_stands_in_another_row_moves_with_it_or_not_at_all(place: Place, alamat: str) -> None:
    who = await place.person("operator_desa")
    await first(who, place, family(place, 1), family(place, 2))
    before, after = again(place, 1), again(place, 2, alamat=alamat)
    moved = before.members.pop()
    moved.no_kk = after.no_kk
    after.members.append(moved)
    told = done(await who.upload(workbook([before, after]), place.village), 201)
    assert (told["good"], told["bad"]) == ((2, 0) if alamat else (0, 2))
    names = await stands(place)
    assert (names[before.no_kk], len(names[after.no_kk])) == ((BOTH[:1], 3) if alamat else (BOTH, 2))


async def test_a_number_written_once_above_its_family_removes_nobody(place: Place) -> None:
    who = await place.person("operator_desa")
    await first(who, place, family(place, 1))
    target = io.BytesIO()
    write_rows(target, [again(place, 1)], kind="csv")
    text = target.getvalue().decode("utf-8-sig")
    number = family(place, 1).no_kk
    above, below = text.index(number), text.rindex(number)
    assert above < below
    told = done(await who.upload((text[:below] + text[below + 16 :]).encode(), place.village, name="a.csv"), 201)
    assert (told["good"], told["bad"], [error["code"] for error in told["errors"]]) == (0, 1, ["KK_TIAP_BARIS"])
    assert (await stands(place))[number] == BOTH


async def test_a_family_of_another_village_in_the_register_is_told_to_move(place: Place) -> None:
    who = await place.person("pengisi_data_kab")
    done(await who.upload(workbook([family(place, 1)]), place.kabupaten), 201)
    row = again(place, 1, kode_desa=place.neighbour, alamat="Jl. Desa Lain")
    told = done(await who.upload(workbook([row, family(place, 2)]), place.kabupaten), 201)
    [error] = told["errors"]
    assert (told["good"], told["bad"]) == (1, 1)
    assert (error["code"], error["row"], error["column"]) == ("DESA_LAIN", 2, "kode_desa")
    assert "PINDAH" in error["cure"]
    assert await place.value("SELECT alamat FROM household WHERE no_kk = %s", row.no_kk) == "Jl. Kenanga 3"


async def test_so_is_one_that_is_typed(place: Place) -> None:
    who = await place.person("pengisi_data_kab")
    done(await who.upload(workbook([family(place, 1)]), place.kabupaten), 201)
    told, members = typed(again(place, 1, kode_desa=place.neighbour))
    body = {"family": told, "members": members}
    answer = problem(await who.post("/proposals", body), 422, "isian_tidak_sah")
    assert "DESA_LAIN" in str(answer)


async def test_a_list_that_waits_too_long_for_another_is_told_so(place: Place, shared: str) -> None:
    who = await place.person("operator_desa")
    async with running(settings(shared, statement_seconds=1)) as made:
        him = Caller(made.http, who.session, who.name, who.user)
        async with await AsyncConnection.connect(shared) as other:
            await other.execute("SELECT pg_advisory_xact_lock(hashtextextended('impor', %s))", (place.village,))
            told = problem(await him.upload(workbook([family(place, 1)]), place.village), 409, "daftar_sedang_diimpor")
        assert "kirim lagi" in told["cure"]
        done(await him.upload(workbook([family(place, 1)]), place.village), 201)
