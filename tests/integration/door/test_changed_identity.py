"""Who a family is was matched with Dukcapil and decided by others: an edit made alone later leads no money astray."""

from __future__ import annotations

from typing import Any

import pytest

from models.register import queries
from models.register.edits import edit_family
from tests.integration.door.guarded import VERIF
from tests.integration.door.kit import person, rows, stand, told
from tests.integration.door.linking import CLOSED, MEMBER
from tests.integration.door.objecting import objecting
from tests.integration.door.walking import APPROVED, DIRECT, MUSDES, PAPER, REGISTERED, Family, hand, walk
from tests.support.world import World

IDENTITY: dict[str, dict[str, Any]] = {
    "name": {"nama": "Orang Lain"},
    "nik": {"nik": "3204110101809876"},
    "birth": {"tanggal_lahir": "1979-05-06"},
}
BRANCHES = {
    "U22": (VERIF, "BARU"),
    "U66": (VERIF, "PERBAIKAN_IDENTITAS"),
    "U27": (f"{VERIF} U21 U68", "BARU"),
    "U25": (f"{VERIF} U23", "BARU"),
}
"""Rows that ask whether the family is still the one that was matched -> the way there and a kind that takes it."""


async def edited(world: World, household: int, place: int = 0, **fields: Any) -> None:
    """Let the village's operator change one member of a family, or with nothing but `alamat` the family itself."""
    operator = await person(world, "operator_desa")
    members = await rows(
        world, "SELECT id FROM person WHERE household_id = %s AND removed_at IS NULL ORDER BY id", (household,)
    )
    (family,) = await rows(world, "SELECT version FROM household WHERE id = %s", (household,))
    change = fields if "alamat" in fields else {"members": [{"id": members[place]["id"], **fields}]}
    await edit_family(operator.conn, operator.session, household, {"version": family["version"], **change})


async def registered(world: World) -> Family:
    (household,) = await world.households()
    (registration,) = await stand(world, REGISTERED, households=[household])
    return Family(world, household, registration)


async def strangers(world: World, *households: int) -> set[int]:
    return await queries.strangers(world.worker, await world.system(), households)


# -- a proposal under way ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", BRANCHES)
@pytest.mark.parametrize("edit", IDENTITY.values(), ids=IDENTITY)
async def test_a_proposal_whose_head_changed_since_the_match_goes_no_further(
    world: World, rule: str, edit: dict[str, Any]
) -> None:
    path, kind = BRANCHES[rule]
    family, other = await world.households(2)
    case, neighbour = await stand(world, path, households=[family, other], kind=kind)
    await edited(world, family, **edit)
    who = await person(world, "operator_desa" if rule == "U25" else "verifikator_kab")
    changed, same = await who.fire(rule, [case, neighbour])
    assert (told(changed), changed.missing) == ("bukti_kurang", ("identitas_padan",))
    assert told(same) == "dipindah"


@pytest.mark.parametrize("rule", BRANCHES)
async def test_what_is_no_identity_may_change(world: World, rule: str) -> None:
    path, kind = BRANCHES[rule]
    (family,) = await world.households()
    (case,) = await stand(world, path, households=[family], kind=kind)
    await edited(world, family, alamat="Jl. Kenanga 9")
    await edited(world, family, pekerjaan=9)
    assert await (await person(world, "operator_desa" if rule == "U25" else "verifikator_kab")).one(rule, case) == (
        "dipindah"
    )


async def test_only_what_a_case_lacks_is_named(world: World) -> None:
    changed, unmatched = await world.households(2)
    cases = await stand(world, VERIF, households=[changed, unmatched])
    await edited(world, changed, nama="Orang Lain")
    await world.admin.execute("UPDATE person SET padan = false WHERE household_id = %s AND hubungan = 3", (unmatched,))
    outcomes = await (await person(world, "verifikator_kab")).fire("U22", cases)
    assert [outcome.missing for outcome in outcomes] == [("identitas_padan",), ("cek_terakhir_atau_dikecualikan",)]


async def test_a_family_that_changed_is_matched_again_and_goes_on(world: World) -> None:
    (household,) = await world.households()
    family = Family(world, household)
    await world.policy({"jendela.jenis": [], "ground_check.BARU": "tidak"})
    await walk(family, "BARU", MUSDES, {})
    await edited(world, household, nama="Nama Yang Benar")
    verifier, operator = await person(world, "verifikator_kab"), await person(world, "operator_desa")
    assert await verifier.one("U22", family.proposal) == "bukti_kurang"
    assert await verifier.one("U23", family.proposal, reason="DATA_JANGGAL") == "dipindah"
    assert await operator.one("U25", family.proposal) == "bukti_kurang"
    assert await operator.one("U67", family.proposal) == "dipindah"
    for step in ("U05", "U10", "U12", "U15", "U19", "U22"):
        assert await (await hand(world, step)).one(step, family.proposal) == "dipindah", step


@pytest.mark.parametrize("edit", [{"nama": "Orang Lain"}, {"pekerjaan": 9}], ids=["name", "work"])
async def test_what_an_objection_opens_anew_was_matched_with_the_refused_proposal(
    world: World, edit: dict[str, Any]
) -> None:
    there = await objecting(world)
    refused = await there.stands(f"{VERIF} U24")
    await edited(world, there.family, **edit)
    await there.granted("SANGGAH_PENOLAKAN", origin=refused)
    (opened,) = await rows(world, "SELECT id FROM case_ WHERE predecessor = %s AND machine = 1", (refused,))
    (outcome,) = await (await person(world, "verifikator_kab")).fire("U22", [opened["id"]])
    assert outcome.done == ("pekerjaan" in edit)
    assert outcome.missing == (() if outcome.done else ("identitas_padan",))


NEWBORN = {
    "nik": "3204110101250001",
    "nama": "Si Bungsu",
    "tanggal_lahir": "2025-01-01",
    "tempat_lahir": "Bandung",
    "jenis_kelamin": 1,
    "hubungan": 3,
}


@pytest.mark.parametrize(
    ("rule", "kind", "holds"),
    [("U22", "BARU", False), ("U66", "TAMBAH_ANGGOTA", True), ("U66", "PERBAIKAN_IDENTITAS", True)],
)
@pytest.mark.parametrize("born", [True, False], ids=["newborn", "child mended"])
async def test_other_members_hold_up_only_what_is_about_members(
    world: World, rule: str, kind: str, holds: bool, born: bool
) -> None:
    (family,) = await world.households()
    (case,) = await stand(world, VERIF, households=[family], kind=kind)
    operator = await person(world, "operator_desa")
    if born:
        await edit_family(operator.conn, operator.session, family, {"version": 1, "members": [NEWBORN]})
    else:
        await edited(world, family, 1, nama="Nama Anak Yang Benar")
    word = await (await person(world, "verifikator_kab")).one(rule, case)
    assert word == ("bukti_kurang" if holds else "dipindah")


async def test_who_died_or_left_holds_nobody_up_and_who_became_head_does(world: World) -> None:
    left, promoted = await world.households(2)
    cases = await stand(world, VERIF, households=[left, promoted])
    await world.admin.execute(
        "UPDATE person SET status = 'meninggal' WHERE household_id = %s AND hubungan = 3", (left,)
    )
    await edited(world, left, alamat="Jl. Kenanga 9")
    await edited(world, promoted, 1, pekerjaan=9)
    operator = await person(world, "operator_desa")
    first, second = await rows(world, "SELECT id FROM person WHERE household_id = %s ORDER BY id", (promoted,))
    heads = [{"id": first["id"], "hubungan": 8}, {"id": second["id"], "hubungan": 1}]
    await edit_family(operator.conn, operator.session, promoted, {"version": 2, "members": heads})
    outcomes = await (await person(world, "verifikator_kab")).fire("U22", cases)
    assert [told(outcome) for outcome in outcomes] == ["dipindah", "bukti_kurang"]


async def test_whom_a_proposal_names_is_matched_as_well(world: World) -> None:
    family = await registered(world)
    household = family.id
    _, second = await family.members()
    await walk(family, "GANTI_PENGURUS", PAPER, {"pengurus": second["id"]})
    await edited(world, household, 1, nama="Orang Lain")
    assert await (await person(world, "verifikator_kab")).one("U22", family.proposal) == "bukti_kurang"


# -- a family that is paid --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edit", IDENTITY.values(), ids=IDENTITY)
async def test_a_payee_edited_by_one_person_is_a_stranger_until_somebody_decides(
    world: World, edit: dict[str, Any]
) -> None:
    family = await registered(world)
    household = family.id
    assert await strangers(world, household) == set()
    await edited(world, household, **edit)
    await edited(world, household, alamat="Jl. Kenanga 9")
    assert await strangers(world, household) == {household}
    await walk(family, "PERBAIKAN_IDENTITAS", PAPER, {})
    assert await strangers(world, household) == {household}  # sent, and decided by nobody yet
    assert await (await hand(world, "U66")).one("U66", family.proposal) == "dipindah"
    assert await strangers(world, household) == set()
    await edited(world, household, nama="Sesudah Diputuskan")
    assert await strangers(world, household) == {household}


async def test_whom_the_money_does_not_follow_may_be_mended(world: World) -> None:
    household, unknown = await world.households(2)
    await stand(world, REGISTERED, households=[household])
    await edited(world, household, 1, nama="Nama Anak Yang Benar")
    await edited(world, household, pekerjaan=9)
    await edited(world, unknown, nama="Belum Diputuskan")
    assert await strangers(world, household, unknown) == set()


async def test_a_payee_whom_an_applied_proposal_names_is_no_stranger(world: World) -> None:
    family = await registered(world)
    household = family.id
    _, second = await family.members()
    await walk(family, "GANTI_PENGURUS", f"{PAPER} {APPROVED}", {"pengurus": second["id"]})
    assert [member["pengurus"] for member in await family.members()] == [False, True]
    assert await strangers(world, household) == set()
    await edited(world, household, 1, nik="3204110101819876")
    assert await strangers(world, household) == {household}


async def test_a_payee_named_then_edited_before_he_is_applied_is_a_stranger(world: World) -> None:
    """Nobody after the verifier looks at who he is; the payment does."""
    family = await registered(world)
    household = family.id
    _, second = await family.members()
    await walk(family, "GANTI_PENGURUS", f"{PAPER} U22", {"pengurus": second["id"]})
    await edited(world, household, 1, nama="Orang Lain")
    for step in ("U30", "U77"):
        assert await (await hand(world, step)).one(step, family.proposal) == "dipindah"
    assert await strangers(world, household) == {household}


async def test_a_mistake_taken_back_makes_nobody_a_stranger(world: World) -> None:
    (household,) = await world.households()
    await stand(world, REGISTERED, households=[household])
    (before,) = await rows(world, "SELECT nama FROM person WHERE household_id = %s AND hubungan = 1", (household,))
    await edited(world, household, nama="Salah Ketik")
    assert await strangers(world, household) == {household}
    await edited(world, household, nama=before["nama"])
    assert await strangers(world, household) == set()


async def test_a_decision_about_something_else_clears_nobody(world: World) -> None:
    family = await registered(world)
    household = family.id
    await edited(world, household, nama="Orang Lain")
    await stand(world, f"{VERIF} U66", households=[household], kind="DISABILITAS")
    assert await strangers(world, household) == {household}


async def test_what_can_no_longer_be_applied_is_told_as_itself(world: World) -> None:
    """Whom it names is not there any more: no new match with Dukcapil would mend that."""
    family = await registered(world)
    _, second = await family.members()
    await walk(family, "MENINGGAL", PAPER, {"anggota": [second["id"]]})
    await world.admin.execute("UPDATE person SET removed_at = alur_now() WHERE id = %s", (second["id"],))
    (outcome,) = await (await person(world, "verifikator_kab")).fire("U66", [family.proposal])
    assert (told(outcome), outcome.missing) == ("bukti_kurang", ("isian_wajib_lengkap",))


async def test_a_repair_that_denies_a_change_of_identity_is_not_believed(world: World) -> None:
    family = await registered(world)
    household = family.id
    await family.stand("pkh", MEMBER)
    await family.stand("dibayar", f"{CLOSED} P06 P10")
    await edited(world, household, nama="Orang Lain")
    operator = await person(world, "operator_desa")
    said = {"beda_isian": {"identitas": False}}
    (outcome,) = await operator.fire("P11", [family.cases["dibayar"]], facts=said)
    assert (told(outcome), outcome.missing) == ("bukti_kurang", ("tautan_perbaikan_bila_identitas",))
    await walk(family, "PERBAIKAN_IDENTITAS", DIRECT, {})
    assert await operator.one("P11", family.cases["dibayar"], facts=said) == "dipindah"
