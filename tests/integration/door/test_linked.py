"""What a move of a decree or of a membership brings with it in other cases."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from models.case.commands import CaseFact, write_facts
from models.database import fetch_value
from tests.integration.door.kit import decide, execute, gate, person, rows, stand, told, values
from tests.integration.door.linking import CLOSED, MEMBER, MENUNGGU_SK, caused, state, states
from tests.support.world import World

SPP = f"{CLOSED} P07 P17 P20 P25"


SP2D = f"{SPP} P26 P27"


async def memberships(world: World, household: int) -> dict[str, int]:
    found = await rows(
        world,
        "SELECT g.id AS programme, c.id FROM case_ c JOIN programme g ON g.code = c.programme "
        "WHERE c.household_id = %s AND c.machine = 2",
        (household,),
    )
    return {row["programme"]: row["id"] for row in found}


# -- a decree opens memberships ---------------------------------------------------------------------------------------


async def test_a_decreed_registration_is_assessed_for_the_programmes_that_policy_names(world: World) -> None:
    families = await world.households(2)
    proposals = await stand(world, MENUNGGU_SK, households=families)
    menteri = await person(world, "menteri")
    assert [told(o) for o in await menteri.fire("U81", proposals)] == ["dipindah", "dipindah"]
    for family, proposal in zip(families, proposals, strict=True):
        opened = await memberships(world, family)
        assert set(opened) == {"PKH", "SEMBAKO"}
        for case in opened.values():
            assert await state(world, case) == "dinilai"
            assert await caused(world, case, proposal) == ("K01", None)
            assert await fetch_value(world.admin, "SELECT predecessor FROM case_ WHERE id = %s", (case,)) == proposal


async def test_a_kabupaten_may_have_programmes_of_its_own(world: World) -> None:
    await world.policy({"program.dinilai": ["PKH"], "program.dinilai@3204": ["BLT_KESRA", "PBI_JK"]})
    here, far = (await world.households())[0], (await world.households(region=5171010001))[0]
    menteri = await person(world, "menteri")
    for family in (here, far):
        (proposal,) = await stand(world, MENUNGGU_SK, households=[family])
        assert await menteri.one("U81", proposal) == "dipindah"
    assert set(await memberships(world, here)) == {"BLT_KESRA", "PBI_JK"}
    assert set(await memberships(world, far)) == {"PKH"}


async def test_a_family_that_takes_part_already_is_not_assessed_twice(world: World) -> None:
    (family,) = await world.households()
    (member,) = await stand(world, MEMBER, households=[family])
    (proposal,) = await stand(world, MENUNGGU_SK, households=[family])
    assert await (await person(world, "menteri")).one("U81", proposal) == "dipindah"
    assert (await memberships(world, family))["PKH"] == member
    assert await fetch_value(world.admin, "SELECT count(*) FROM case_ WHERE machine = 2") == 2


async def test_a_decree_of_two_persons_opens_memberships_too(world: World) -> None:
    (family,) = await world.households()
    (proposal,) = await stand(world, MENUNGGU_SK, households=[family])
    approval = await gate(world, "menteri", "U81 U82", [proposal], people=2)
    for name in ("menteri", "wakil"):
        await decide(await person(world, "menteri", name), approval, known={"nomor_sk": {"nomor": "1/HUK/2026"}})
    assert await execute(world, approval) == {proposal: "dipindah"}
    opened = await memberships(world, family)
    assert {await caused(world, case, proposal) for case in opened.values()} == {("K01", None)}


# -- a hold on a membership -------------------------------------------------------------------------------------------


HELD = {
    "P01": ("exclude", "P02"),
    CLOSED: ("exclude", "P02"),
    f"{CLOSED} P07 P17 P20": ("exclude", "P02"),
    SPP: ("spp", None),
    f"{SPP} P26": ("proses_spm", None),
    SP2D: ("ditahan_rpl", "P56"),
    f"{SP2D} P29": ("si", None),
    f"{SP2D} P29 P30 P37": ("selesai", None),
}
"""Where a payment stood -> where it stands when its membership is held, and by which rule it went there."""


async def test_a_held_membership_takes_its_live_payment_out(world: World) -> None:
    pusdatin = await person(world, "pusdatin")
    found = {}
    for path, (_, by) in HELD.items():
        (family,) = await world.households()
        (member,) = await stand(world, MEMBER, households=[family])
        (payment,) = await stand(world, path, households=[family])
        (sembako,) = await stand(world, "P01", households=[family], programme="SEMBAKO")
        assert await pusdatin.one("K13", member, reason="EX_PEKERJAAN") == "dipindah"
        if by:
            assert await caused(world, payment, member) == (by, "EX_PEKERJAAN")
        assert await state(world, sembako) == "calon"
        found[path] = (await state(world, payment), by)
    assert found == HELD


async def test_a_hold_touches_no_other_family(world: World) -> None:
    (member,) = await stand(world, MEMBER)
    (stranger,) = await stand(world, "P01")
    (neighbour,) = await stand(world, MEMBER)
    assert await (await person(world, "pusdatin")).one("K13", member) == "dipindah"
    assert await states(world, stranger, neighbour) == ["calon", "calon_penerima"]


RESTORED = {"P01": ("calon", "P04"), CLOSED: ("susulan", "P46"), SP2D: ("sp2d", "P57")}
"""Where a payment stood before its membership was held -> where it comes back to, and by which rule."""


@pytest.mark.parametrize("rule", ["K14", "K15"])
async def test_a_membership_restored_brings_its_payment_back(world: World, rule: str) -> None:
    pusdatin = await person(world, "pusdatin", "penahan")
    restorer = await person(world, "verifikator_kab" if rule == "K14" else "sistem")
    found = {}
    for path, (_, by) in RESTORED.items():
        (family,) = await world.households()
        (member,) = await stand(world, MEMBER, households=[family])
        (payment,) = await stand(world, path, households=[family])
        assert await pusdatin.one("K13", member) == "dipindah"
        assert await restorer.one(rule, member) == "dipindah"
        assert await caused(world, payment, member) == (by, None)
        found[path] = (await state(world, payment), by)
    assert found == RESTORED


async def test_payments_of_several_periods_go_and_come_each_by_its_own_rule(world: World) -> None:
    (family,) = await world.households()
    (member,) = await stand(world, MEMBER, households=[family])
    payments = [
        (await stand(world, path, households=[family], period=period))[0]
        for path, period in (("P01", 202603), (CLOSED, 202602), (SP2D, 202601))
    ]
    pusdatin, verifier = await person(world, "pusdatin"), await person(world, "verifikator_kab")
    assert await pusdatin.one("K13", member) == "dipindah"
    assert await states(world, *payments) == ["exclude", "exclude", "ditahan_rpl"]
    assert await verifier.one("K14", member) == "dipindah"
    assert await states(world, *payments) == ["calon", "susulan", "sp2d"]


# -- the end of a membership ------------------------------------------------------------------------------------------


async def ended(world: World, path: str, by: str | None, end: Callable[[int], Awaitable[None]]) -> tuple[str, Any]:
    """End the membership of a family with a payment; return where the payment is then, and for which reason."""
    (family,) = await world.households()
    (member,) = await stand(world, MEMBER, households=[family])
    (payment,) = await stand(world, path, households=[family])
    await end(member)
    if not by:
        return await state(world, payment), None
    moved, reason = await caused(world, payment, member)
    assert moved == by
    return await state(world, payment), reason


async def test_a_confirmed_exit_ends_what_the_hold_took_out(world: World) -> None:
    system, pusdatin = await person(world, "sistem"), await person(world, "pusdatin")

    async def confirm(member: int) -> None:
        assert await system.one("K13", member) == "dipindah"
        await write_facts(world.worker, system.session, [CaseFact(member, "pemberitahuan_14_hari", {})])
        await world.travel(timedelta(days=15))
        assert await pusdatin.one("K16", member, reason="MENINGGAL") == "dipindah"

    assert await ended(world, "P01", "P05", confirm) == ("keluar", "EX_MENINGGAL")
    assert await ended(world, CLOSED, "P05", confirm) == ("keluar", "EX_MENINGGAL")
    assert await ended(world, SP2D, "P36", confirm) == ("proses_setor", "TIDAK_BERHAK")
    assert await ended(world, SPP, None, confirm) == ("spp", None)


async def test_a_decided_exit_ends_the_payment_or_holds_the_money(world: World) -> None:
    head = await person(world, "kepala_dinas")

    async def decided(member: int) -> None:
        assert await head.one("K17", member, reason="GRADUASI") == "dipindah"

    assert await ended(world, "P01", "P05", decided) == ("keluar", "EX_GRADUASI")
    assert await ended(world, CLOSED, "P05", decided) == ("keluar", "EX_GRADUASI")
    assert await ended(world, SP2D, "P56", decided) == ("ditahan_rpl", "EX_GRADUASI")
    assert await ended(world, SPP, None, decided) == ("spp", None)


# -- a programme's decree ---------------------------------------------------------------------------------------------


async def test_a_programmes_decree_opens_the_payment_of_the_period_it_names(world: World) -> None:
    families = await world.households(2)
    members = await stand(world, "K01 K06", households=families)
    approval = await gate(world, "direktorat", "K07 K08", members, people=2, programme="PKH")
    period = {"nomor_sk": {"nomor": "2"}, "periode": {"periode": 202604}}
    for name in ("satu", "dua"):
        await decide(await person(world, "direktorat", name), approval, known=period)
    assert await execute(world, approval) == dict.fromkeys(members, "dipindah")
    payments = await rows(
        world, "SELECT id, household_id, programme, period, predecessor FROM case_ WHERE machine = 3 ORDER BY id"
    )
    assert [(p["household_id"], p["programme"], p["period"], p["predecessor"]) for p in payments] == [
        (family, 1, 202604, member) for family, member in zip(families, members, strict=True)
    ]
    for payment, member in zip(payments, members, strict=True):
        assert await state(world, payment["id"]) == "calon"
        assert await caused(world, payment["id"], member) == ("P01", None)


async def test_a_decree_that_names_no_period_opens_no_payment(world: World) -> None:
    (member,) = await stand(world, MEMBER)
    assert await (await person(world, "direktorat")).one("K11", member) == "dipindah"
    assert await values(world, "SELECT id FROM case_ WHERE machine = 3") == []
