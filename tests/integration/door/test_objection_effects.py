"""What deciding an objection brings, kind by kind: at once, linked to the decision, and nothing twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.case.commands import CaseFact, write_facts
from models.database import fetch_value
from tests.integration.door.kit import replayed, rows
from tests.integration.door.linking import CLOSED, MEMBER, last_act, state, states
from tests.integration.door.objecting import REGISTERED, objecting
from tests.support.world import World

PAID = f"{CLOSED} P07 P17 P20 P25 P26 P27 P29 P30"


async def chain(world: World, case: int) -> list[str]:
    """Return the triggers behind a case's last move, the nearest first: what moved it, and what caused that."""
    found = await rows(
        world,
        "WITH RECURSIVE up AS (SELECT a.id, a.cause, a.trigger, 1 AS n FROM position p JOIN transition t "
        "ON t.case_id = p.case_id AND t.version = p.version JOIN act a ON a.id = t.act WHERE p.case_id = %s "
        "UNION ALL SELECT a.id, a.cause, a.trigger, up.n + 1 FROM up JOIN act a ON a.id = up.cause) "
        "SELECT t.id FROM up JOIN trigger t ON t.code = up.trigger ORDER BY up.n",
        (case,),
    )
    return [row["id"] for row in found]


def subset(act: dict[str, object]) -> tuple[object, object]:
    """Return rule and reason of an act."""
    return act["rule"], act["reason"]


REASONS = {"MAMPU": "MAMPU", "MENINGGAL": "MENINGGAL", "PINDAH": "PINDAH", "GANDA": "GANDA", "PEKERJAAN": "MAMPU",
           "TERBUKTI": "MAMPU"}  # fmt: skip
"""Reason of the decision -> reason under which registration and membership end."""


@pytest.mark.parametrize("reason", REASONS)
async def test_a_neighbour_who_is_right_strikes_the_family_off(world: World, reason: str) -> None:
    there = await objecting(world)
    registration = await there.stands(REGISTERED)
    member = await there.stands(MEMBER)
    waiting = await there.stands("K01 K05", programme="SEMBAKO")
    payment = await there.stands("P01")
    case = await there.granted("SANGGAH_PIHAK_LAIN", reason=reason)
    assert await states(world, case, registration, member, waiting) == ["dikabulkan", "nonaktif", "keluar", "keluar"]
    assert await chain(world, member) == ["keluarkan", "nonaktifkan", "kabulkan"]
    assert await chain(world, payment) == ["kecualikan", "keluarkan", "nonaktifkan", "kabulkan"]
    assert await state(world, payment) == "exclude", "held while the family may appeal, not ended"
    assert (await last_act(world, registration))["reason"] == REASONS[reason]
    assert (await last_act(world, member))["reason"] == REASONS[reason]
    assert await replayed(world) == []


async def test_an_objection_to_one_programme_ends_that_membership_alone(world: World) -> None:
    there = await objecting(world)
    registration = await there.stands(REGISTERED)
    member = await there.stands(MEMBER)
    other = await there.stands(MEMBER, programme="SEMBAKO")
    await there.granted("SANGGAH_PIHAK_LAIN", programme="PKH", reason="MAMPU")
    assert await states(world, registration, member, other) == ["ditetapkan", "keluar", "calon_penerima"]
    assert await chain(world, member) == ["keluarkan", "kabulkan"]


async def test_a_refused_objection_moves_nothing(world: World) -> None:
    there = await objecting(world)
    registration, member = await there.stands(REGISTERED), await there.stands(MEMBER)
    payment = await there.stands("P01 P02")
    case = await there.before_decision("SANGGAH_PIHAK_LAIN")
    assert await (await there.who("kepala_dinas")).one("S25", case) == "dipindah"
    assert await states(world, case, registration, member, payment) == [
        "ditolak", "ditetapkan", "calon_penerima", "exclude",
    ]  # fmt: skip


async def test_whoever_withdraws_leaves_under_his_own_word(world: World) -> None:
    there = await objecting(world)
    registration, member = await there.stands(REGISTERED), await there.stands(MEMBER)
    await there.granted("MUNDUR", reason="TERBUKTI")
    assert await states(world, registration, member) == ["nonaktif", "keluar"]
    assert (await last_act(world, member))["reason"] == "MUNDUR"


async def test_new_data_open_an_approved_renewal(world: World) -> None:
    there = await objecting(world)
    registration = await there.stands(REGISTERED)
    case = await there.granted("SANGGAH_DESIL", reason="TERBUKTI")
    (opened,) = await rows(
        world,
        "SELECT c.id, j.id AS kind, s.id AS state, c.predecessor FROM case_ c JOIN jenis j ON j.code = c.kind "
        "JOIN position p ON p.case_id = c.id JOIN state s ON s.code = p.state WHERE c.household_id = %s "
        "AND c.machine = 1 AND c.id <> %s",
        (there.family, registration),
    )
    assert (opened["kind"], opened["state"], opened["predecessor"]) == ("PEMBARUAN", "disahkan", case)
    assert await chain(world, opened["id"]) == ["buka_sudah_sah", "kabulkan"]
    assert await state(world, registration) == "ditetapkan"


async def test_a_refused_proposal_is_verified_again_as_it_was_asked_for(world: World) -> None:
    there = await objecting(world)
    refused = await there.stands("U01 U02 U05 U11", kind="NONAKTIF")
    await write_facts(
        world.worker, await world.system(), [CaseFact(refused, "variabel", {"perubahan": {"alasan": "MUNDUR"}})]
    )
    for role, rule in (("operator_desa", "U15"), ("operator_kecamatan", "U19"), ("verifikator_kab", "U24")):
        assert await (await there.who(role, f"{role} usulan")).one(rule, refused) == "dipindah"
    await there.granted("SANGGAH_PENOLAKAN", origin=refused)
    opened = await fetch_value(world.admin, "SELECT id FROM case_ WHERE predecessor = %s AND machine = 1", (refused,))
    assert await state(world, opened) == "verif_dinsos"
    assert await chain(world, opened) == ["buka_dari_sanggah", "kabulkan"]
    assert await fetch_value(world.admin, "SELECT kind FROM case_ WHERE id = %s", (opened,)) == 9
    assert await fetch_value(world.admin, "SELECT proposed(%s)", (opened,)) == {"alasan": "MUNDUR"}


EXCLUDED = {"P01": "calon", CLOSED: "susulan", f"{CLOSED} P07 P17 P20 P25 P26 P27": "sp2d"}
"""Where a payment stood before its membership was held -> where it goes when the hold was wrong."""


@pytest.mark.parametrize("path", EXCLUDED)
async def test_a_wrong_exclusion_is_lifted_with_its_payment(world: World, path: str) -> None:
    there = await objecting(world)
    member, payment = await there.stands(MEMBER), await there.stands(path)
    assert await (await there.who("pusdatin")).one("K13", member, reason="EX_PEKERJAAN") == "dipindah"
    await there.granted("SANGGAH_EXCLUDE", origin=member, programme="PKH")
    assert await states(world, member, payment) == ["calon_penerima", EXCLUDED[path]]
    assert await chain(world, member) == ["pulihkan", "kabulkan"]


async def test_a_payment_alone_excluded_comes_back_alone(world: World) -> None:
    there = await objecting(world)
    member = await there.stands(MEMBER)
    payment, other = await there.stands("P01 P02"), await there.stands("P01 P02", period=202604)
    await there.granted("SANGGAH_EXCLUDE", origin=payment, programme="PKH")
    assert await states(world, member, payment, other) == ["calon_penerima", "calon", "exclude"]


async def test_who_did_not_pass_the_test_wrongly_is_tested_again(world: World) -> None:
    there = await objecting(world)
    member = await there.stands("K01 K04")
    await there.granted("SANGGAH_EXCLUDE", origin=member, programme="PKH")
    assert await state(world, member) == "dinilai"


async def test_a_wrong_exit_returns_to_a_free_seat(world: World) -> None:
    there = await objecting(world)
    member = await there.stands(f"{MEMBER} K17")
    await world.policy({"kuota.program.PKH@3204": await there.seats() + 1})
    await there.granted("SANGGAH_KELUAR", origin=member, programme="PKH")
    assert await chain(world, member) == ["kabulkan_banding", "kabulkan"]
    assert await there.seats() == 1
    assert await replayed(world) == []


async def test_a_wrong_exit_without_a_seat_is_assessed_anew(world: World) -> None:
    there = await objecting(world)
    member = await there.stands(f"{MEMBER} K17")
    await world.policy({"kuota.program.PKH@3204": 0})
    await there.granted("SANGGAH_KELUAR", origin=member, programme="PKH")
    assert await state(world, member) == "dinilai"
    assert await chain(world, member) == ["reaktivasi", "kabulkan"]


async def test_a_registration_wakes_with_the_memberships_that_slept_with_it(world: World) -> None:
    there = await objecting(world)
    registration, member = await there.stands(REGISTERED), await there.stands(MEMBER)
    waiting = await there.stands("K01 K05", programme="SEMBAKO")
    before = await there.stands(f"{MEMBER} K17", programme="BLT_KESRA")
    assert await (await there.who("pusdatin")).one("U40", registration, reason="MAMPU") == "dipindah"
    assert await states(world, registration, member, waiting) == ["nonaktif", "keluar", "keluar"]
    await there.granted("SANGGAH_KELUAR", origin=registration)
    assert await states(world, registration, member, waiting, before) == [
        "ditetapkan", "calon_penerima", "calon_penerima", "keluar",
    ]  # fmt: skip
    assert await chain(world, registration) == ["reaktifkan", "kabulkan"]
    assert await replayed(world) == []


@pytest.mark.parametrize(("credited", "reason"), [(700_000, "NOMINAL_KURANG"), (800_000, "NOMINAL_LEBIH")])
async def test_a_wrong_amount_is_put_right(world: World, credited: int, reason: str) -> None:
    there = await objecting(world)
    payment = await there.stands(PAID)
    await world.file("BRI", [payment])
    told = {"bukti_saldo": {"rupiah": credited}}
    await there.granted("KELUHAN_NOMINAL", origin=payment, programme="PKH", more=told)
    assert await state(world, payment) == "selisih_nominal"
    assert (await last_act(world, payment))["reason"] == reason


async def test_a_withheld_card_is_looked_for(world: World) -> None:
    there = await objecting(world)
    payment = await there.stands("P01 P03 P06 P09 P13")
    await world.file("BRI", [payment])
    await there.granted("KELUHAN_KKS", origin=payment, programme="PKH")
    assert await state(world, payment) == "kks_tertahan"
    assert (await last_act(world, payment))["reason"] == "KKS_DIKUASAI_PIHAK_LAIN"


# -- appeals -----------------------------------------------------------------------------------------------------------


async def test_a_struck_off_family_that_wins_its_appeal_has_everything_back(world: World) -> None:
    there = await objecting(world)
    registration, member = await there.stands(REGISTERED), await there.stands(MEMBER)
    waiting = await there.stands("K01 K05", programme="SEMBAKO")
    payment = await there.stands(f"{CLOSED} P07 P17 P20 P25 P26 P27")
    await world.policy({"kuota.program.PKH@3204": await there.seats(), "kuota.program.SEMBAKO@3204": 0})
    case = await there.granted("SANGGAH_PIHAK_LAIN", reason="MAMPU")
    assert await states(world, member, payment) == ["keluar", "ditahan_rpl"]
    await there.appealed(case, "S28", "warga")
    assert await states(world, case, registration, member, waiting, payment) == [
        "banding_diterima", "ditetapkan", "calon_penerima", "dinilai", "sp2d",
    ]  # fmt: skip
    assert await chain(world, member) == ["kabulkan_banding", "terima_banding"]
    assert await chain(world, waiting) == ["reaktivasi", "terima_banding"]
    assert await there.seats() == 1
    assert await replayed(world) == []


async def test_an_appeal_returns_nothing_that_another_decision_took(world: World) -> None:
    there = await objecting(world)
    registration, member = await there.stands(REGISTERED), await there.stands(MEMBER)
    before = await there.stands(f"{MEMBER} K17", programme="SEMBAKO")
    case = await there.granted("SANGGAH_PIHAK_LAIN", reason="MAMPU")
    await there.appealed(case, "S28", "warga")
    assert await states(world, registration, member, before) == ["ditetapkan", "calon_penerima", "keluar"]


async def test_an_objector_who_wins_his_appeal_is_granted_what_was_refused(world: World) -> None:
    there = await objecting(world)
    registration, member = await there.stands(REGISTERED), await there.stands(MEMBER)
    case = await there.before_decision("SANGGAH_PIHAK_LAIN")
    assert await (await there.who("kepala_dinas")).one("S25", case) == "dipindah"
    await there.appealed(case, "S27", "pengaju")
    assert await states(world, registration, member) == ["nonaktif", "keluar"]
    assert await there.seats() == 0
    assert await fetch_value(world.admin, "SELECT count(*) FROM seat_kept") == 0
    assert await replayed(world) == []


@pytest.mark.parametrize("path", ["P01", CLOSED])
async def test_a_payment_is_held_while_the_family_may_appeal(world: World, path: str) -> None:
    there = await objecting(world)
    member, payment = await there.stands(MEMBER), await there.stands(path)
    case = await there.granted("SANGGAH_PIHAK_LAIN", programme="PKH", reason="MAMPU")
    assert await states(world, member, payment) == ["keluar", "exclude"]
    await there.appealed(case, "S28", "warga")
    assert await states(world, member, payment) == ["calon_penerima", EXCLUDED[path]]
    assert await replayed(world) == []


@pytest.mark.parametrize("ending", ["S30", "S32"])
async def test_a_payment_ends_when_nobody_appeals_or_the_appeal_is_lost(world: World, ending: str) -> None:
    there = await objecting(world)
    member, payment, other = await there.stands(MEMBER), await there.stands(CLOSED), await there.stands(
        "P01 P02", programme="SEMBAKO")  # fmt: skip
    case = await there.granted("SANGGAH_PIHAK_LAIN", programme="PKH", reason="MAMPU")
    if ending == "S30":
        await world.travel(timedelta(days=15))
        assert await (await there.who("sistem")).one("S30", case) == "dipindah"
    else:
        assert await (await there.who("warga", "warga")).one("S28", case) == "dipindah"
        assert await state(world, payment) == "exclude"
        assert await (await there.who("dinsos_provinsi")).one("S32", case) == "dipindah"
    assert await states(world, member, payment, other) == ["keluar", "keluar", "exclude"]
    assert (await last_act(world, payment))["reason"] == "EX_DAERAH"
    assert await replayed(world) == []


async def test_who_was_held_already_is_struck_off_too_and_held_again_after_the_appeal(world: World) -> None:
    there = await objecting(world)
    member, payment = await there.stands(MEMBER), await there.stands(CLOSED)
    assert await (await there.who("pusdatin")).one("K13", member, reason="EX_PEKERJAAN") == "dipindah"
    case = await there.granted("SANGGAH_PIHAK_LAIN", programme="PKH", reason="MAMPU")
    assert await states(world, member, payment) == ["keluar", "exclude"]
    assert subset(await last_act(world, member)) == ("K22", "MAMPU")
    assert await there.seats() == 1, "the seat is kept while the family may appeal"
    await there.appealed(case, "S28", "warga")
    assert await states(world, member, payment) == ["ditangguhkan", "exclude"], "the appeal did not answer the finding"
    assert subset(await last_act(world, member)) == ("K13", "EX_PEKERJAAN")
    assert await there.seats() == 1
    assert await replayed(world) == []


# -- holds before the decision -----------------------------------------------------------------------------------------


async def test_nothing_is_held_before_a_decision_unless_policy_says_so(world: World) -> None:
    there = await objecting(world)
    member, payment = await there.stands(MEMBER), await there.stands("P01")
    for kind in ("SANGGAH_PIHAK_LAIN", "SANGGAH_DESIL"):
        await there.accepted(kind)
    assert await states(world, member, payment) == ["calon_penerima", "calon"]


@pytest.mark.parametrize("ending", ["S25", "S33", "S23"])
async def test_what_an_objection_held_is_released_with_it_and_nothing_else(world: World, ending: str) -> None:
    await world.policy({"sanggah.tahan.SANGGAH_PIHAK_LAIN": True, "sanggah.gugur": True})
    there = await objecting(world)
    member, payment = await there.stands(MEMBER), await there.stands(CLOSED)
    doubted = await there.stands("P01 P02", period=202604)
    case = await there.accepted("SANGGAH_PIHAK_LAIN")
    assert await states(world, member, payment, doubted) == ["ditangguhkan", "exclude", "exclude"]
    assert (await last_act(world, member))["reason"] == "EX_SANGGAH"
    if ending == "S33":
        assert await (await there.who("warga", "pengaju")).one("S33", case) == "dipindah"
    else:
        await world.travel(timedelta(days=15))
        system = await there.who("sistem")
        assert await system.one("S21", case) == "dipindah"
        if ending == "S23":
            await world.travel(timedelta(days=8))
            assert await system.one("S23", case) == "dipindah"
        else:
            assert await (await there.who("verifikator_kab")).one("S22", case) == "dipindah"
            assert await (await there.who("kepala_dinas")).one("S25", case) == "dipindah"
    assert await states(world, member, payment, doubted) == ["calon_penerima", "susulan", "exclude"]
    assert await replayed(world) == []


async def test_a_held_family_is_struck_off_all_the_same(world: World) -> None:
    await world.policy({"sanggah.tahan.SANGGAH_PIHAK_LAIN": True})
    there = await objecting(world)
    registration, member = await there.stands(REGISTERED), await there.stands(MEMBER)
    await there.granted("SANGGAH_PIHAK_LAIN", reason="MAMPU")
    assert await states(world, registration, member) == ["nonaktif", "keluar"]
    assert await there.seats() == 1  # kept until the appeal is over
    assert await replayed(world) == []
