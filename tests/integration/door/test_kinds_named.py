"""What a proposal names: asked before it is sent, fixed from then on, and judged again before it is applied."""

from __future__ import annotations

from typing import Any

import pytest

from models.case.commands import CaseFact, write_facts
from tests.integration.door.kit import evidence, person, replayed, stand
from tests.integration.door.linking import MEMBER
from tests.integration.door.walking import APPROVED, PAPER, REGISTERED, Family, hand, successors, walk
from tests.support.world import DESA, DESA_LAIN, World

UNSOUND: tuple[tuple[str, dict[str, Any]], ...] = (
    ("PECAH_KK", {}),
    ("PECAH_KK", {"keluarga_baru": 0}),
    ("PECAH_KK", {"keluarga_baru": "sendiri"}),
    ("GANTI_PENGURUS", {}),
    ("GANTI_PENGURUS", {"pengurus": 0}),
    ("GANTI_PENGURUS", {"pengurus": "Siti"}),
    ("MENINGGAL", {}),
    ("MENINGGAL", {"anggota": [0]}),
    ("NONAKTIF", {}),
    ("NONAKTIF", {"alasan": "SALAH_KLIK"}),
    ("PINDAH", {}),
    ("KEHAMILAN", {"anggota": [0]}),
    ("DISABILITAS", {"tingkat": 9}),
)


@pytest.mark.parametrize(("kind", "wanted"), UNSOUND, ids=str)
async def test_a_proposal_that_does_not_say_what_its_kind_asks_is_not_sent(
    world: World, kind: str, wanted: dict[str, Any]
) -> None:
    (household,) = await world.households()
    operator = await person(world, "operator_desa")
    told = evidence("U01", "operator_desa") | {"variabel": {"perubahan": wanted}}
    (proposal,) = await operator.opened("U01", [household], kind=kind, facts=told)
    (outcome,) = await operator.fire("U02", [proposal])
    assert (outcome.refusal, outcome.missing) == ("bukti_kurang", ("isian_wajib_lengkap",))


@pytest.mark.parametrize("level", [{}, {"tingkat": 7}, {"tingkat": 99_999}, {"tingkat": "berat"}], ids=str)
async def test_a_disability_is_of_a_known_level_also_where_somebody_has_one(
    world: World, level: dict[str, Any]
) -> None:
    (household,) = await world.households()
    family = Family(world, household)
    first, _ = await family.members()
    await world.admin.execute("UPDATE person SET disabilitas = 2 WHERE id = %s", (first["id"],))
    operator = await person(world, "operator_desa")
    told = evidence("U01", "operator_desa") | {"variabel": {"perubahan": {"anggota": [first["id"]], **level}}}
    (proposal,) = await operator.opened("U01", [household], kind="DISABILITAS", facts=told)
    assert await operator.one("U02", proposal) == "bukti_kurang"


async def test_what_is_proposed_cannot_be_exchanged_after_it_was_sent(world: World) -> None:
    """Whoever verifies sees what was sent; a later word of the proposer counts for nothing."""
    (household,) = await world.households(members=3)
    family = Family(world, household)
    (family.registration,) = await stand(world, REGISTERED, households=[household])
    _, second, third = await family.members()
    await walk(family, "GANTI_PENGURUS", PAPER, {"pengurus": second["id"]})
    operator = await person(world, "operator_desa")
    later = CaseFact(family.proposal, "variabel", {"perubahan": {"pengurus": third["id"]}})
    await write_facts(world.api, operator.session, [later])
    for step in APPROVED.split():
        assert await (await hand(world, step)).one(step, family.proposal) == "dipindah", step
    assert [member["pengurus"] for member in await family.members()] == [False, True, False]


async def test_a_change_that_can_no_longer_be_made_is_not_applied(world: World) -> None:
    (household,) = await world.households()
    family = Family(world, household)
    _, second = await family.members()
    await walk(family, "GANTI_PENGURUS", f"{PAPER} U22 U30", {"pengurus": second["id"]})
    await world.admin.execute("UPDATE person SET status = 'meninggal' WHERE id = %s", (second["id"],))
    assert await (await person(world, "sistem")).one("U77", family.proposal) == "bukti_kurang"


async def test_a_family_may_move_again_and_only_its_last_place_wakes(world: World) -> None:
    """There and back: the last registration and membership hold the family's place, the earlier ones stay ended."""
    (household,) = await world.households()
    family = Family(world, household)
    (family.registration,) = await stand(world, REGISTERED, households=[household])
    await family.stand("pkh", MEMBER)
    await walk(family, "PINDAH", "U02 U05 U60 U61 U15 U19 U66", {}, destination=DESA_LAIN)
    there = await person(world, "operator_desa", "operator_tujuan", region=DESA_LAIN)
    (back,) = await there.opened("U01", [household], kind="PINDAH", destination=DESA)
    for rule, who in (
        ("U02", there),
        ("U05", await person(world, "sistem")),
        ("U60", there),
        ("U61", await person(world, "kades")),
        ("U15", there),
        ("U19", await person(world, "operator_kecamatan")),
        ("U66", await person(world, "verifikator_kab")),
    ):
        assert await who.one(rule, back) == "dipindah", rule
    registrations = await successors(world, "U84")
    assert [(row["region"], row["state"]) for row in registrations] == [(DESA_LAIN, "nonaktif"), (DESA, "ditetapkan")]
    rights = await successors(world, "K03")
    assert [(row["region"], row["state"]) for row in rights] == [(DESA_LAIN, "keluar"), (DESA, "calon_penerima")]
    system = await person(world, "sistem")
    outcomes = [await system.one("U41", case) for case in (family.registration, registrations[0]["id"])]
    outcomes += [await system.one("K19", case) for case in (family.cases["pkh"], rights[0]["id"])]
    assert outcomes == ["sudah_ada"] * 4
    assert await replayed(world) == []
