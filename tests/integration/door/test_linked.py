"""What a move brings with it: linked cases move in the same transaction, as acts of the system whose cause it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from models.case.commands import CaseFact, write_facts
from models.database import fetch_value
from tests.integration.door.kit import decide, execute, gate, person, replayed, rows, stand, told, values
from tests.support.world import DESA_LAIN, World

MENUNGGU_SK = "U01 U02 U05 U11 U15 U19 U22 U30 U32 U34 U35"
REGISTERED = f"{MENUNGGU_SK} U81"
MEMBER = "K01 K06 K07"
CLOSED = "P01 P03"
SPP = f"{CLOSED} P07 P17 P20 P25"
SP2D = f"{SPP} P26 P27"


async def state(world: World, case: int) -> str:
    return await world.state(case)


async def states(world: World, *cases: int) -> list[str]:
    return [await state(world, case) for case in cases]


async def last_act(world: World, case: int) -> dict[str, Any]:
    """Return the rule that moved a case last, and the act behind it in words."""
    (row,) = await rows(
        world,
        "SELECT r.id AS rule, u.kind AS actor, o.id AS role, e.id AS reason, a.id AS act, a.cause, c.trigger AS of,"
        "       a.xid = c.xid AS together "
        "FROM position p JOIN transition t ON t.case_id = p.case_id AND t.version = p.version "
        "JOIN rule r ON r.code = t.rule JOIN act a ON a.id = t.act JOIN role o ON o.code = a.role "
        "LEFT JOIN account_user u ON u.id = a.actor LEFT JOIN reason e ON e.code = a.reason "
        "LEFT JOIN act c ON c.id = a.cause WHERE p.case_id = %s",
        (case,),
    )
    return row


async def caused(world: World, case: int, by: int) -> tuple[str, str | None]:
    """Return rule and reason of a case's last move, which must be the system's, caused by `by`'s last move."""
    moved, cause = await last_act(world, case), await last_act(world, by)
    assert (moved["actor"], moved["role"], moved["together"]) == ("system", "sistem", True)
    assert moved["cause"] == cause["act"]
    return moved["rule"], moved["reason"]


async def memberships(world: World, household: int) -> dict[str, int]:
    found = await rows(
        world,
        "SELECT g.id AS programme, c.id FROM case_ c JOIN programme g ON g.code = c.programme "
        "WHERE c.household_id = %s AND c.machine = 2",
        (household,),
    )
    return {row["programme"]: row["id"] for row in found}


@pytest.fixture(autouse=True)
async def whole_at_the_end(world: World) -> Any:
    """After every test the log replays to what is stored."""
    yield
    assert await replayed(world) == []


# -- a decree opens memberships ------------------------------------------------------------------------------------


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


# -- a hold on a membership ----------------------------------------------------------------------------------------


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


# -- the end of a membership ---------------------------------------------------------------------------------------


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


# -- doubt about a registration ------------------------------------------------------------------------------------


async def test_doubt_about_a_registration_holds_its_memberships_and_their_payments(world: World) -> None:
    (family,) = await world.households()
    (registration,) = await stand(world, REGISTERED, households=[family])
    (pkh,) = await stand(world, MEMBER, households=[family])
    (sembako,) = await stand(world, MEMBER, households=[family], programme="SEMBAKO")
    (waiting,) = await stand(world, "K01 K05", households=[family], programme="BLT_KESRA")
    (payment,) = await stand(world, "P01", households=[family])
    verifier = await person(world, "verifikator_kab")
    assert await verifier.one("U57", registration, reason="GANDA_NASIONAL") == "dipindah"
    assert await states(world, pkh, sembako, waiting, payment) == [
        *("ditangguhkan", "ditangguhkan", "daftar_tunggu", "exclude")
    ]
    assert await caused(world, pkh, registration) == ("K13", "EX_GANDA")
    assert await caused(world, sembako, registration) == ("K13", "EX_GANDA")
    # A cause has a cause: the doubt held the membership, the hold took the payment out.
    assert await caused(world, payment, pkh) == ("P02", "EX_GANDA")


async def test_doubt_about_a_proposal_holds_nothing(world: World) -> None:
    (family,) = await world.households()
    (registration,) = await stand(world, REGISTERED, households=[family])
    (change,) = await stand(world, "U01 U02 U05", households=[family], kind="PEMBARUAN")
    (member,) = await stand(world, MEMBER, households=[family])
    assert await (await person(world, "verifikator_kab")).one("U57", change) == "dipindah"
    assert await states(world, registration, member) == ["ditetapkan", "calon_penerima"]


async def doubted(world: World, family: int) -> int:
    """Put a registration of a family under doubt, ready to be told apart; return it."""
    (registration,) = await stand(world, REGISTERED, households=[family])
    verifier = await person(world, "verifikator_kab")
    assert await verifier.one("U57", registration, reason="GANDA") == "dipindah"
    assert await verifier.one("U49", registration) == "dipindah"
    return registration


@pytest.mark.parametrize("found", ["EX_PEKERJAAN", "EX_GANDA"])
async def test_the_doubt_lifted_lifts_its_own_hold_and_no_other(world: World, found: str) -> None:
    """A membership that somebody else held before, for whatever finding, waits for him."""
    (family,) = await world.households()
    (pkh,) = await stand(world, MEMBER, households=[family])
    (sembako,) = await stand(world, MEMBER, households=[family], programme="SEMBAKO")
    assert await (await person(world, "pusdatin", "penemu")).one("K13", sembako, reason=found) == "dipindah"
    registration = await doubted(world, family)
    assert await states(world, pkh, sembako) == ["ditangguhkan", "ditangguhkan"]
    assert await (await person(world, "pusdatin")).one("U53", registration) == "dipindah"
    assert await states(world, registration, pkh, sembako) == ["ditetapkan", "calon_penerima", "ditangguhkan"]
    assert await caused(world, pkh, registration) == ("K14", None)


async def test_the_doubt_lifted_brings_the_payment_back(world: World) -> None:
    (family,) = await world.households()
    (member,) = await stand(world, MEMBER, households=[family])
    (payment,) = await stand(world, CLOSED, households=[family])
    registration = await doubted(world, family)
    assert await state(world, payment) == "exclude"
    assert await (await person(world, "pusdatin")).one("U53", registration) == "dipindah"
    assert await states(world, member, payment) == ["calon_penerima", "susulan"]
    assert await caused(world, payment, member) == ("P46", None)


# -- the end of a registration -------------------------------------------------------------------------------------


async def test_a_registration_put_to_sleep_ends_its_memberships(world: World) -> None:
    families = await world.households(2)
    registrations = await stand(world, REGISTERED, households=families)
    programmes = ("PKH", "SEMBAKO", "BLT_KESRA", "PBI_JK")
    paths = (MEMBER, "K01 K06", "K01 K04", "K01")
    members = [
        (await stand(world, path, households=families[:1], programme=programme))[0]
        for path, programme in zip(paths, programmes, strict=True)
    ]
    (other,) = await stand(world, MEMBER, households=families[1:])
    (stranger,) = await stand(world, MEMBER)
    (payment,) = await stand(world, "P01", households=families[:1])
    head = await person(world, "kepala_dinas")
    outcomes = await head.fire("U40", registrations, reason="MENINGGAL")
    assert [told(o) for o in outcomes] == ["dipindah", "dipindah"]
    assert await states(world, *members, other) == ["keluar"] * 5
    assert {await caused(world, case, registrations[0]) for case in members} == {("K17", "MENINGGAL")}
    assert await state(world, stranger) == "calon_penerima"
    assert await state(world, payment) == "keluar"
    assert await caused(world, payment, members[0]) == ("P05", "EX_MENINGGAL")


async def test_a_registration_woken_up_has_its_memberships_assessed(world: World) -> None:
    (family,) = await world.households()
    (registration,) = await stand(world, f"{REGISTERED} U40", households=[family])
    (member,) = await stand(world, f"{MEMBER} K17", households=[family])
    assert await (await person(world, "sistem")).one("U41", registration) == "dipindah"
    assert await state(world, member) == "dinilai"
    assert await caused(world, member, registration) == ("K19", None)


# -- proposals that are applied ------------------------------------------------------------------------------------

VERIF = "U01 U02 U05 U59 U15 U19"


async def applied(world: World, kind: str, family: int) -> int:
    """Apply a proposal of a kind that needs no approval; return it."""
    (proposal,) = await stand(world, VERIF, households=[family], kind=kind)
    assert await (await person(world, "verifikator_kab")).one("U66", proposal) == "dipindah"
    return proposal


async def test_a_change_in_the_family_has_waiting_memberships_assessed_again(world: World) -> None:
    for kind in ("TAMBAH_ANGGOTA", "KEHAMILAN", "DISABILITAS"):
        (family,) = await world.households()
        (registration,) = await stand(world, REGISTERED, households=[family])
        (failed,) = await stand(world, "K01 K04", households=[family])
        (member,) = await stand(world, MEMBER, households=[family], programme="SEMBAKO")
        proposal = await applied(world, kind, family)
        assert await states(world, failed, member, registration) == ["dinilai", "calon_penerima", "ditetapkan"]
        assert await caused(world, failed, proposal) == ("K10", None)


async def test_a_kind_that_changes_the_register_only_moves_no_other_case(world: World) -> None:
    for kind in ("PERBAIKAN_IDENTITAS", "MENINGGAL"):
        (family,) = await world.households()
        (registration,) = await stand(world, REGISTERED, households=[family])
        (failed,) = await stand(world, "K01 K04", households=[family])
        await applied(world, kind, family)
        assert await states(world, registration, failed) == ["ditetapkan", "tidak_memenuhi"]
    assert await values(world, "SELECT id FROM act WHERE cause IS NOT NULL") == []


async def test_an_applied_deactivation_puts_the_registration_to_sleep_and_ends_memberships(world: World) -> None:
    (family,) = await world.households()
    (registration,) = await stand(world, REGISTERED, households=[family])
    (member,) = await stand(world, MEMBER, households=[family])
    (proposal,) = await stand(world, "U01 U02 U05 U11 U15 U19 U22 U30", households=[family], kind="NONAKTIF")
    assert await (await person(world, "sistem")).one("U77", proposal) == "dipindah"
    assert await states(world, registration, member) == ["nonaktif", "keluar"]
    assert (await caused(world, registration, proposal))[0] == "U40"


async def test_a_family_that_moved_is_registered_where_it_moved_to(world: World) -> None:
    """The old registration sleeps; the successor is opened in the village of destination and names it."""
    (family,) = await world.households()
    (registration,) = await stand(world, REGISTERED, households=[family])
    origin = await person(world, "operator_desa")
    (proposal,) = await origin.opened("U01", [family], kind="PINDAH", destination=DESA_LAIN)
    assert await origin.one("U02", proposal) == "dipindah"
    assert await (await person(world, "sistem")).one("U05", proposal) == "dipindah"
    assert await origin.one("U60", proposal) == "dipindah"
    assert await (await person(world, "kades", "tujuan", region=DESA_LAIN)).one("U61", proposal) == "dipindah"
    assert await origin.one("U15", proposal) == "dipindah"
    assert await (await person(world, "operator_kecamatan")).one("U19", proposal) == "dipindah"
    assert await (await person(world, "verifikator_kab")).one("U66", proposal) == "dipindah"
    assert await state(world, registration) == "nonaktif"
    opened = await rows(
        world,
        "SELECT c.region, s.id AS state FROM case_ c "
        "JOIN position p ON p.case_id = c.id JOIN state s ON s.code = p.state "
        "JOIN transition t ON t.case_id = c.id AND t.version = 1 JOIN rule r ON r.code = t.rule AND r.id = 'U84'",
    )
    assert opened == [{"region": DESA_LAIN, "state": "ditetapkan"}]


# -- a programme's decree ------------------------------------------------------------------------------------------


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


# -- whoever moves, the rest of his call stays his -----------------------------------------------------------------


async def test_what_the_system_does_for_one_case_opens_no_other_to_the_person(world: World) -> None:
    """The system acts everywhere in the middle of a person's call; the person sees no more after it than before."""
    (family,) = await world.households()
    (registration,) = await stand(world, REGISTERED, households=[family])
    await stand(world, MEMBER, households=[family])
    (far,) = await stand(world, REGISTERED, region=5171010001)
    head = await person(world, "kepala_dinas")
    async with world.api.transaction():
        first = await head.fire("U40", [registration, far])
        second = await head.fire("U40", [far])
    assert [told(o) for o in (*first, *second)] == ["dipindah", "tidak_ditemukan", "tidak_ditemukan"]
    assert await state(world, far) == "ditetapkan"
