"""What an objection asks of those who bring it, check it, decide it and appeal; its claim; the seats it keeps."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from models.database import connect, fetch_value
from models.errors import FactUnusable, ObjectionsApart
from models.install import role_dsn
from tests.integration.door.kit import replayed, rows, stand, told
from tests.integration.door.linking import MEMBER, states
from tests.integration.door.objecting import ENTRY, REGISTERED, Objecting, citizen, objecting
from tests.support.world import DESA_LAIN, World

# -- bringing it -------------------------------------------------------------------------------------------------------

ORIGINS = {
    ("SANGGAH_PENOLAKAN", "U01 U45"): None,
    ("SANGGAH_PENOLAKAN", "U01 U02 U05 U11 U15 U19 U24"): "dibuka",
    ("SANGGAH_PENOLAKAN", "U01"): "bukti_kurang",
    ("SANGGAH_PENOLAKAN", f"{MEMBER} K17"): "bukti_kurang",
    ("SANGGAH_EXCLUDE", f"{MEMBER} K13"): "dibuka",
    ("SANGGAH_EXCLUDE", "K01 K04"): "dibuka",
    ("SANGGAH_EXCLUDE", "P01 P02"): "dibuka",
    ("SANGGAH_EXCLUDE", MEMBER): "bukti_kurang",
    ("SANGGAH_KELUAR", f"{MEMBER} K17"): "dibuka",
    ("SANGGAH_KELUAR", f"{REGISTERED} U40"): "dibuka",
    ("SANGGAH_KELUAR", REGISTERED): "bukti_kurang",
    ("KELUHAN_NOMINAL", "P01 P03 P07 P17 P20 P25 P26 P27 P29 P30"): "dibuka",
    ("KELUHAN_NOMINAL", MEMBER): "bukti_kurang",
    ("KELUHAN_KKS", "P01 P03 P06 P09 P13"): "dibuka",
    ("KELUHAN_KKS", f"{MEMBER} K17"): "bukti_kurang",
}
"""Kind and history of the contested case -> what becomes of an objection to it."""


async def test_what_is_contested_must_be_a_decision_of_that_kind(world: World) -> None:
    answers = {}
    for (kind, path), expected in ORIGINS.items():
        if expected is None:
            continue
        there = await objecting(world)
        there.people["warga"] = await citizen(world, f"warga {kind} {path}", there.family)
        answers[kind, path] = told(await there.bring(kind, origin=await there.stands(path)))
    assert answers == {key: expected for key, expected in ORIGINS.items() if expected}


async def test_what_is_contested_must_be_the_family_s_own(world: World) -> None:
    there = await objecting(world)
    (strange,) = await stand(world, f"{MEMBER} K17", households=[there.neighbour])
    for origin in (strange, None, 10**12):
        assert told(await there.bring("SANGGAH_KELUAR", origin=origin)) == "bukti_kurang"


@pytest.mark.parametrize("kind", sorted(set(ENTRY) - {"SANGGAH_PIHAK_LAIN"}))
async def test_an_officer_objects_for_a_family_on_its_signed_form_only(world: World, kind: str) -> None:
    there = await objecting(world)
    paths = {"SANGGAH_PENOLAKAN": "U01 U02 U05 U11 U15 U19 U24", "SANGGAH_EXCLUDE": "P01 P02",
             "SANGGAH_KELUAR": f"{MEMBER} K17", "KELUHAN_NOMINAL": "P01", "KELUHAN_KKS": "P01"}  # fmt: skip
    origin = await there.stands(paths[kind]) if kind in paths else None
    operator = await there.who("operator_desa")
    bare: dict[str, Any] = {"by": operator, "origin": origin}
    outcome = await there.bring(kind, **bare)
    assert outcome.done, outcome
    rule = ENTRY[kind]
    facts = {"alasan": 1, "bukti_baru": 1, "bukti_alasan": 1, "pernyataan_mundur": 1, "bukti_saldo": {"rupiah": 1}}
    facts["kasus_asal"] = {"kasus": origin}
    (refused,) = await operator.open(rule, [there.family], facts=facts, programme=None, predecessors=[origin])
    assert told(refused) == "bukti_kurang"


async def test_no_officer_objects_against_a_family_and_nobody_against_his_own(world: World) -> None:
    there = await objecting(world)
    for role in ("operator_desa", "pendamping", "verifikator_kab", "pusdatin"):
        who = await there.who(role)
        facts = {"foto_rumah_geotag": 1, "alasan": 1} if role != "pusdatin" else {}
        if role in {"verifikator_kab", "pusdatin"}:
            facts = {}
        (outcome,) = await who.open("S01", [there.family], facts=facts, programme=None)
        assert told(outcome) in {"peran", "tidak_ditemukan"}, role
    own = await there.who("warga")
    assert told(await there.bring("SANGGAH_PIHAK_LAIN", by=own)) == "urutan"


async def test_a_citizen_brings_other_kinds_for_his_own_family_alone(world: World) -> None:
    there = await objecting(world)
    for kind in ("SANGGAH_DESIL", "MUNDUR"):
        assert told(await there.bring(kind, by=await there.who("warga", "pengaju"))) == "tidak_ditemukan"


async def test_an_objection_from_another_village_is_found_out(world: World) -> None:
    there = await objecting(world)
    (far,) = await world.households(region=DESA_LAIN)
    stranger = await citizen(world, "orang desa lain", far)
    case = (await there.bring("SANGGAH_PIHAK_LAIN", by=stranger)).case_id or 0
    near = (await there.bring("SANGGAH_PIHAK_LAIN")).case_id or 0
    found = await rows(world, "SELECT * FROM objection_intake(%s)", ([case, near],))
    assert {row["case_id"]: row["verdict"] for row in found} == {case: "BEDA_DESA", near: "TUNGGU"}
    await world.travel(timedelta(days=1, minutes=1))
    assert await fetch_value(world.admin, "SELECT verdict FROM objection_intake(%s)", ([near],)) == "BUKTI_KURANG"


# -- one of a kind -----------------------------------------------------------------------------------------------------


async def test_of_two_objections_of_a_kind_one_is_admitted_and_other_kinds_are_free(world: World) -> None:
    there = await objecting(world)
    system = await there.who("sistem")
    first = (await there.bring("SANGGAH_PIHAK_LAIN")).case_id or 0
    third = await world.households()
    other = await citizen(world, "pengaju lain", third[0])
    second = (await there.bring("SANGGAH_PIHAK_LAIN", by=other)).case_id or 0
    assert await system.one("S10", first) == "dipindah"
    assert await system.one("S10", second) == "sudah_ada"
    assert await replayed(world) == []
    assert await system.one("S09", second, reason="DUPLIKAT") == "dipindah"
    own = (await there.bring("SANGGAH_DESIL")).case_id or 0
    assert await system.one("S10", own) == "dipindah"
    assert await (await there.who("warga", "pengaju")).one("S33", first) == "dipindah"
    again = (await there.bring("SANGGAH_PIHAK_LAIN", by=other)).case_id or 0
    assert await system.one("S10", again) == "dipindah"
    assert await replayed(world) == []


async def test_exits_from_two_programmes_are_contested_side_by_side(world: World) -> None:
    there = await objecting(world)
    for programme in ("PKH", "SEMBAKO"):
        origin = await there.stands(f"{MEMBER} K17", programme=programme)
        await there.accepted("SANGGAH_KELUAR", origin=origin, programme=programme)


async def test_parallel_admissions_admit_one(world: World) -> None:
    there = await objecting(world)
    system = await there.who("sistem")
    for _ in range(5):
        cases = []
        for n, household in enumerate(await world.households(4)):
            by = await citizen(world, f"tetangga {household} {n}", household)
            cases.append((await there.bring("SANGGAH_PIHAK_LAIN", by=by)).case_id or 0)
        conns = [await connect(role_dsn(world.admin_dsn, "alur_worker")) for _ in cases]
        answers = await asyncio.gather(
            *(system.one("S10", case, conn=conn) for case, conn in zip(cases, conns, strict=True))
        )
        for conn in conns:
            await conn.close()
        assert Counter(answers) == {"dipindah": 1, "sudah_ada": 3}
        (winner,) = [case for case, answer in zip(cases, answers, strict=True) if answer == "dipindah"]
        await world.travel(timedelta(days=15))
        assert await system.one("S21", winner) == "dipindah"
        assert await (await there.who("verifikator_kab")).one("S22", winner) == "dipindah"
        assert await (await there.who("kepala_dinas")).one("S25", winner) == "dipindah"
        await world.travel(timedelta(days=15))
        assert await system.one("S29", winner) == "dipindah"
        for case in cases:
            if case != winner:
                assert await system.one("S09", case, reason="DUPLIKAT") == "dipindah"
    assert await replayed(world) == []


# -- who checks --------------------------------------------------------------------------------------------------------


async def test_whoever_is_concerned_is_not_sent(world: World) -> None:
    there = await objecting(world)
    own = await there.who("pendamping", "pendamping sendiri")
    await world.assign_families("pendamping sendiri", [there.family])
    filer = await there.who("pendamping", "pendamping pengaju")
    await world.assign_families("pendamping pengaju", [there.family])
    await world.admin.execute("UPDATE family_assignment SET valid_to = '2025-02-01' WHERE user_id = %s", (filer.user,))
    await there.who("pendamping", "yang dikeluhkan")
    origin = await there.stands("P01 P03 P06 P09 P13")
    operator = await there.who("operator_desa")
    case = await there.accepted(
        "KELUHAN_KKS", origin=origin, programme="PKH", by=operator, more={"alasan": {"terlapor": "yang dikeluhkan"}}
    )
    for name in ("pendamping sendiri", "yang dikeluhkan"):
        verifikator = await there.who("verifikator_kab")
        (answer,) = await verifikator.fire("S12", [case], facts={"petugas_ditunjuk": {"pengguna": name}})
        assert told(answer) == "petugas", name
    with pytest.raises(FactUnusable):
        await verifikator.fire("S12", [case], facts={"petugas_ditunjuk": {"pengguna": "siapa pun"}})
    (unnamed,) = await verifikator.fire("S12", [case], facts={"petugas_ditunjuk": {"nomor": 1}})
    assert told(unnamed) == "petugas"
    assert own.user
    # Whoever once looked after the family is free again; and an officer who filed is not.
    assert await there.assigned(case, "pendamping pengaju") == "dipindah"


async def test_whoever_filed_is_not_sent(world: World) -> None:
    there = await objecting(world)
    filer = await there.who("pendamping", "pendamping pengaju")
    await world.assign_families("pendamping pengaju", [there.family])
    case = await there.accepted("SANGGAH_DESIL", by=filer)
    await world.admin.execute("DELETE FROM family_assignment")
    assert await there.assigned(case, "pendamping pengaju") == "petugas"
    assert await there.assigned(case, "petugas") == "dipindah"


async def test_many_are_assigned_at_once_and_the_concerned_one_is_not(world: World) -> None:
    there = await objecting(world)
    (second,) = await world.households()
    cases = [await there.accepted("SANGGAH_DESIL")]
    other = Objecting(world, second, there.neighbour, dict(there.people))
    other.people["warga"] = await citizen(world, "warga kedua", second)
    cases.append(await other.accepted("SANGGAH_DESIL"))
    await there.who("pendamping", "petugas")
    await world.assign_families("petugas", [second])
    verifikator = await there.who("verifikator_kab")
    answers = await verifikator.fire("S12", cases, facts={"petugas_ditunjuk": {"pengguna": "petugas"}})
    assert [told(answer) for answer in answers] == ["dipindah", "petugas"]


async def test_only_the_officer_who_was_sent_reports(world: World) -> None:
    there = await objecting(world)
    case = await there.accepted("SANGGAH_DESIL")
    assert await there.assigned(case) == "dipindah"
    other = await there.who("pendamping", "pendamping sendiri")
    await world.assign_families("pendamping sendiri", [there.family])
    assert await other.one("S19", case) == "petugas"
    verifikator = await there.who("verifikator_kab")
    assert await verifikator.one("S20", case) == "dipindah"
    assert await there.assigned(case, "petugas baru") == "dipindah"
    assert await there.people["petugas"].one("S19", case) == "petugas"
    assert await there.people["petugas baru"].one("S19", case) == "dipindah"


# -- the family is heard -----------------------------------------------------------------------------------------------


async def test_nothing_is_decided_before_the_family_answered_or_seven_days_passed(world: World) -> None:
    there = await objecting(world)
    case = await there.accepted("SANGGAH_PIHAK_LAIN")
    await world.travel(timedelta(days=3))
    assert await there.assigned(case) == "dipindah"
    assert await there.people["petugas"].one("S19", case) == "dipindah"
    head = await there.who("kepala_dinas")
    for rule in ("S24", "S25"):
        (answer,) = await head.fire(rule, [case])
        assert (told(answer), answer.missing) == ("bukti_kurang", ("jawaban_atau_7_hari_lewat",))
    await world.travel(timedelta(days=3, hours=23))
    assert await head.one("S25", case) == "bukti_kurang"
    await world.travel(timedelta(hours=2))
    assert await head.one("S25", case) == "dipindah"


async def test_an_answer_opens_the_decision_at_once(world: World) -> None:
    there = await objecting(world)
    case = await there.accepted("SANGGAH_PIHAK_LAIN")
    family, objector = await there.who("warga"), await there.who("warga", "pengaju")
    assert await objector.one("S17", case) == "empat_mata"
    assert await family.one("S17", case) == "dipindah"
    assert await there.assigned(case) == "dipindah"
    assert await family.one("S18", case) == "dipindah"
    assert await there.people["petugas"].one("S19", case) == "dipindah"
    assert await (await there.who("kepala_dinas")).one("S24", case, reason="MAMPU") == "dipindah"


# -- time --------------------------------------------------------------------------------------------------------------


async def test_the_field_check_has_fourteen_days_from_the_opening(world: World) -> None:
    there = await objecting(world)
    case = (await there.bring("SANGGAH_DESIL")).case_id or 0
    await world.travel(timedelta(days=5))
    system = await there.who("sistem")
    assert await system.one("S10", case) == "dipindah"
    await world.travel(timedelta(days=8))
    assert await there.assigned(case) == "dipindah"
    assert await system.one("S21", case) == "belum_waktunya"
    await world.travel(timedelta(days=1, minutes=5))
    assert await system.one("S21", case) == "dipindah"


async def test_an_objection_lapses_only_where_policy_follows_that_practice(world: World) -> None:
    there = await objecting(world)
    case = await there.accepted("SANGGAH_PIHAK_LAIN")
    system = await there.who("sistem")
    await world.travel(timedelta(days=15))
    assert await system.one("S21", case) == "dipindah"
    assert await system.one("S23", case) == "belum_waktunya"
    await world.travel(timedelta(days=8))
    assert await system.one("S23", case) == "tidak_terbuka"
    await world.policy({"sanggah.gugur@3204": True})
    assert await system.one("S23", case) == "dipindah"


# -- appeals -----------------------------------------------------------------------------------------------------------


async def test_who_appeals_against_a_refusal(world: World) -> None:
    there = await objecting(world)
    case = await there.before_decision("SANGGAH_PIHAK_LAIN")
    assert await (await there.who("kepala_dinas")).one("S25", case) == "dipindah"
    operator, family = await there.who("operator_desa"), await there.who("warga")
    assert await operator.one("S27", case) == "bukan_pengusul"
    assert await family.one("S27", case) == "bukan_pengusul"
    assert await (await there.who("warga", "pengaju")).one("S27", case) == "dipindah"


async def test_who_appeals_against_being_struck_off(world: World) -> None:
    there = await objecting(world)
    await there.stands(MEMBER)
    case = await there.granted("SANGGAH_PIHAK_LAIN", reason="MAMPU")
    assert await (await there.who("warga", "pengaju")).one("S28", case) == "bukan_pengusul"
    assert await (await there.who("operator_desa")).one("S28", case) == "dipindah"
    assert await (await there.who("operator_desa")).one("S27", case) == "tidak_terbuka"


async def test_an_appeal_comes_once_and_within_fourteen_days(world: World) -> None:
    there = await objecting(world)
    late = await there.before_decision("SANGGAH_DESIL")
    head = await there.who("kepala_dinas")
    assert await head.one("S25", late) == "dipindah"
    await world.travel(timedelta(days=14, minutes=1))
    assert await (await there.who("warga")).one("S27", late) == "lewat_waktu"
    granted = await there.who("sistem")
    assert await granted.one("S29", late) == "dipindah"


async def test_a_granted_wish_of_one_s_own_is_not_appealed_but_a_withdrawal_is(world: World) -> None:
    there = await objecting(world)
    desil = await there.granted("SANGGAH_DESIL")
    assert await (await there.who("warga")).one("S28", desil) == "urutan"
    member = await there.stands(MEMBER)
    left = await there.granted("MUNDUR", reason="MUNDUR")
    await there.appealed(left, "S28", "warga")
    assert await states(world, member) == ["calon_penerima"]


async def test_only_its_proposer_takes_an_objection_back(world: World) -> None:
    there = await objecting(world)
    case = await there.accepted("SANGGAH_PIHAK_LAIN")
    for who in (await there.who("warga"), await there.who("operator_desa")):
        assert await who.one("S33", case) == "bukan_pengusul"
    assert await (await there.who("warga", "pengaju")).one("S33", case) == "dipindah"


async def test_the_objector_s_objections_and_his_family_s_cases_are_never_one_act(world: World) -> None:
    there = await objecting(world)
    case = await there.accepted("SANGGAH_PIHAK_LAIN")
    objector = await there.who("warga", "pengaju")
    own = (await there.bring("SANGGAH_DESIL", by=objector, family=there.neighbour)).case_id or 0
    with pytest.raises(ObjectionsApart):
        await objector.fire("S33", [case, own])
    actors = await rows(
        world, "SELECT case_id, actor FROM transition WHERE case_id = ANY (%s) AND version = 1", ([case, own],)
    )
    assert len({row["actor"] for row in actors}) == 2
    assert {row["case_id"]: row["actor"] == objector.user for row in actors} == {case: False, own: True}


# -- the payer ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("payer", "role"), [("BRI", "bank"), ("POS", "pos")])
async def test_the_payer_sees_the_complaint_once_asked(world: World, payer: str, role: str) -> None:
    there = await objecting(world)
    payment = await there.stands("P01 P03 P07 P17 P20 P25 P26 P27 P29 P30")
    await world.file("KPPN", [payment])
    await world.file(payer, [payment])
    case = await there.accepted("KELUHAN_NOMINAL", origin=payment, programme="PKH")
    bank = await there.who(role)
    assert await bank.one("S15", case) == "tidak_ditemukan"
    assert await (await there.who("verifikator_kab")).one("S14", case) == "dipindah"
    assert await (await there.who("kppn")).one("S15", case) == "tidak_ditemukan"
    assert await bank.one("S15", case) == "dipindah"


async def test_a_complaint_goes_to_who_pays_now(world: World) -> None:
    there = await objecting(world)
    payment = await there.stands("P01 P03 P07 P17 P20 P25 P26 P27 P29 P30")
    bank, pos = await there.who("bank"), await there.who("pos")
    for payer in ("BRI", "POS"):
        await world.file(payer, [payment])
    case = await there.accepted("KELUHAN_NOMINAL", origin=payment, programme="PKH")
    assert await (await there.who("verifikator_kab")).one("S14", case) == "dipindah"
    assert await bank.one("S15", case) == "tidak_ditemukan"
    assert await pos.one("S15", case) == "dipindah"
