"""sanggah: what objections do by themselves. Admitted, refused with the reason, escalated, carried on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flows.harian import run_timers
from flows.sanggah import call_up, escalate, hand_over, judge_admissibility, lapse
from models.database import fetch_value
from tests.flows.stage import Stage
from tests.integration.door.kit import rows, stand
from tests.integration.door.linking import MEMBER
from tests.integration.door.objecting import Objecting, citizen
from tests.support.world import DESA_LAIN, World

EVERYTHING = (judge_admissibility, escalate, lapse, hand_over, call_up)
PHOTO = ("foto_rumah_geotag", "a" * 64)
FORM = ("formulir_pengaju", "b" * 64)


async def _look(stage: Stage) -> None:
    await stage.look(await stage.standing("sanggah"), *EVERYTHING)


async def _there(world: World) -> Objecting:
    family, neighbour = await world.households(2)
    return Objecting(world, family, neighbour)


async def _upload(there: Objecting, who: str, role: str, case: int, kind: str, sha256: str) -> None:
    """Add a file to a case, as the application does once it has kept it."""
    await there.world.api.execute(
        "SELECT * FROM document_add(%s, %s, %s, %s, 'image/jpeg', 1000, -7.0, 107.5, now())",
        ((await there.who(role, who)).session, case, kind, sha256),
    )


async def _reason(world: World, case: int) -> tuple[str, Any]:
    (row,) = await rows(
        world,
        "SELECT e.id, (SELECT f.value FROM act_fact f JOIN fact_kind k ON k.code = f.kind AND k.id = 'hasil_syarat' "
        "WHERE f.act = t.act UNION ALL SELECT f.value FROM fact f JOIN fact_kind k ON k.code = f.kind "
        "AND k.id = 'hasil_syarat' WHERE f.act = t.act AND f.case_id = t.case_id) AS found "
        "FROM position p JOIN transition t ON t.case_id = p.case_id AND t.version = p.version "
        "JOIN act a ON a.id = t.act "
        "JOIN reason e ON e.code = a.reason WHERE p.case_id = %s",
        (case,),
    )
    return row["id"], row["found"]


async def test_an_objection_is_admitted_once_its_files_are_there(stage: Stage) -> None:
    there = await _there(stage.world)
    case = (await there.bring("SANGGAH_PIHAK_LAIN")).case_id or 0
    await _look(stage)
    assert await stage.states([case]) == ["diterima_sistem"]
    await _upload(there, "pengaju", "warga", case, *PHOTO)
    await _look(stage)
    assert await stage.states([case]) == ["penugasan"]
    (told,) = await rows(
        stage.world,
        "SELECT f.value FROM fact f JOIN fact_kind k ON k.code = f.kind AND k.id = 'pemberitahuan' "
        "WHERE f.case_id = %s",
        (case,),
    )
    assert told["value"]["kepada"] == ["keluarga", "pengaju", "verifikator_kab"]
    until = await fetch_value(
        stage.world.admin, "SELECT %s::timestamptz - alur_now()", (told["value"]["jawab_sampai"],)
    )
    assert timedelta(days=6, hours=23) < until <= timedelta(days=7)
    assert stage.agrees()


async def test_files_that_never_come_end_it(stage: Stage) -> None:
    there = await _there(stage.world)
    bare = (await there.bring("SANGGAH_PIHAK_LAIN")).case_id or 0
    operator = await there.who("operator_desa")
    unsigned = (await there.bring("SANGGAH_DESIL", by=operator)).case_id or 0
    own = (await there.bring("SANGGAH_DESIL", by=await there.who("warga", "pengaju"), family=there.neighbour)).case_id
    await _look(stage)
    assert await stage.states([bare, unsigned, own or 0]) == ["diterima_sistem", "diterima_sistem", "penugasan"]
    await _upload(there, "operator_desa", "operator_desa", unsigned, *FORM)
    await stage.world.travel(timedelta(days=1, minutes=1))
    await _look(stage)
    assert await stage.states([bare, unsigned]) == ["ditolak_syarat", "penugasan"]
    assert await _reason(stage.world, bare) == ("BUKTI_KURANG", {"hasil": "BUKTI_KURANG"})


async def test_a_neighbour_lives_in_the_same_village(stage: Stage) -> None:
    there = await _there(stage.world)
    (far,) = await stage.world.households(region=DESA_LAIN)
    stranger = await citizen(stage.world, "orang jauh", far)
    case = (await there.bring("SANGGAH_PIHAK_LAIN", by=stranger)).case_id or 0
    await _look(stage)
    assert await stage.states([case]) == ["ditolak_syarat"]
    assert (await _reason(stage.world, case))[0] == "BEDA_DESA"


async def test_of_twins_one_goes_on_and_the_other_learns_why(stage: Stage) -> None:
    there = await _there(stage.world)
    (third,) = await stage.world.households()
    there.people["tetangga"] = await citizen(stage.world, "tetangga", third)
    cases = [(await there.bring("SANGGAH_PIHAK_LAIN")).case_id or 0]
    cases.append((await there.bring("SANGGAH_PIHAK_LAIN", by=there.people["tetangga"])).case_id or 0)
    for who, case, sha256 in (("pengaju", cases[0], "a" * 64), ("tetangga", cases[1], "c" * 64)):
        await _upload(there, who, "warga", case, PHOTO[0], sha256)
    await _look(stage)
    assert await stage.states(cases) == ["penugasan", "ditolak_syarat"]
    assert (await _reason(stage.world, cases[1]))[0] == "DUPLIKAT"
    assert stage.agrees()


async def test_who_comes_after_thirty_days_is_too_late(stage: Stage) -> None:
    there = await _there(stage.world)
    left = await there.stands(f"{MEMBER} K17", ago=timedelta(days=29))
    late = await there.stands(f"{MEMBER} K17", ago=timedelta(days=31), programme="SEMBAKO")
    cases = []
    for origin, programme in ((left, "PKH"), (late, "SEMBAKO")):
        case = (await there.bring("SANGGAH_KELUAR", origin=origin, programme=programme)).case_id or 0
        await _upload(there, "warga", "warga", case, "bukti_alasan", "d" * 64)
        cases.append(case)
    await _look(stage)
    assert await stage.states(cases) == ["penugasan", "ditolak_syarat"]
    assert (await _reason(stage.world, cases[1]))[0] == "LEWAT_BATAS_SANGGAH"


async def test_one_person_objects_to_so_many_and_no_more(stage: Stage) -> None:
    await stage.policy({"sanggah.batas_pengaju": {"jumlah": 2, "hari": 30}})
    there = await _there(stage.world)
    cases = []
    for number, family in enumerate(await stage.world.households(3)):
        case = (await there.bring("SANGGAH_PIHAK_LAIN", family=family)).case_id or 0
        await _upload(there, "pengaju", "warga", case, PHOTO[0], f"{number}" * 64)
        cases.append(case)
    await _look(stage)
    assert await stage.states(cases) == ["penugasan", "penugasan", "ditolak_syarat"]
    assert (await _reason(stage.world, cases[2]))[0] == "LEWAT_BATAS_SANGGAH"


async def test_a_withdrawal_goes_straight_to_its_decision(stage: Stage) -> None:
    there = await _there(stage.world)
    case = (await there.bring("MUNDUR")).case_id or 0
    await _upload(there, "warga", "warga", case, "pernyataan_mundur", "e" * 64)
    await _look(stage)
    assert await stage.states([case]) == ["menunggu_putusan"]


async def test_late_checks_escalate_and_lapse_by_policy_alone(stage: Stage) -> None:
    there = await _there(stage.world)
    case = await there.accepted("SANGGAH_PIHAK_LAIN")
    own = await there.accepted("SANGGAH_DESIL")
    await stage.world.travel(timedelta(days=13, hours=23))
    await _look(stage)
    assert await stage.states([case, own]) == ["penugasan"] * 2
    await stage.world.travel(timedelta(hours=2))
    await _look(stage)
    assert await stage.states([case, own]) == ["eskalasi"] * 2
    await stage.world.travel(timedelta(days=8))
    before = await stage.log()
    await _look(stage)
    await stage.look(await stage.standing("harian"), run_timers)
    assert await stage.log() == before, "unanswered, it stays with the verifikator, and nobody knocks in vain"
    await stage.policy({"sanggah.gugur": True})
    await _look(stage)
    assert await stage.states([case, own]) == ["gugur", "eskalasi"]
    assert stage.agrees()


async def test_silence_of_the_payer_and_unappealed_decisions_end_by_themselves(stage: Stage) -> None:
    there = await _there(stage.world)
    payment = await there.stands("P01 P03 P07 P17 P20 P25 P26 P27 P29 P30")
    asked = await there.accepted("KELUHAN_NOMINAL", origin=payment, programme="PKH")
    assert await (await there.who("verifikator_kab")).one("S14", asked) == "dipindah"
    granted = await there.granted("SANGGAH_DESIL")
    await stage.world.travel(timedelta(days=15))
    await stage.look(await stage.standing("harian"), run_timers)
    assert await stage.states([asked, granted]) == ["menunggu_putusan", "selesai_dikabulkan"]
    assert await stage.reason(asked) == "LEWAT_SLA_PENYALUR"


async def test_what_a_decision_opened_is_carried_by_its_kabupaten(stage: Stage) -> None:
    there = await _there(stage.world)
    case = await there.granted("SANGGAH_DESIL")
    opened = await fetch_value(stage.world.admin, "SELECT id FROM case_ WHERE predecessor = %s", (case,))
    await _look(stage)
    carried = await fetch_value(
        stage.world.admin,
        "SELECT b.kind || ' ' || b.region FROM position p JOIN batch b ON b.id = p.batch WHERE p.case_id = %s",
        (opened,),
    )
    assert carried == "pengesahan 3204"


async def test_a_freed_seat_moves_the_waiting_list_in_its_order(stage: Stage) -> None:
    there = await _there(stage.world)
    await there.stands(MEMBER)
    waiting = await stand(stage.world, "K01 K05", count=3)
    households = await rows(stage.world, "SELECT household_id FROM case_ WHERE id = ANY (%s) ORDER BY id", (waiting,))
    for row, desil in zip(households, (3, 1, 2), strict=True):
        await stage.world.admin.execute("UPDATE household SET desil = %s WHERE id = %s", (desil, row["household_id"]))
    await stage.policy({"kuota.program.PKH@3204": await there.seats()})
    await there.granted("SANGGAH_PIHAK_LAIN", reason="MAMPU")
    await _look(stage)
    assert await stage.states(waiting) == ["daftar_tunggu"] * 3
    await stage.world.travel(timedelta(days=15))
    await stage.look(await stage.standing("harian"), run_timers)
    await _look(stage)
    assert await stage.states(waiting) == ["daftar_tunggu", "menunggu_sk", "daftar_tunggu"]
    assert stage.agrees()


async def test_looking_again_changes_nothing(stage: Stage) -> None:
    there = await _there(stage.world)
    await there.bring("SANGGAH_PIHAK_LAIN")
    await there.granted("SANGGAH_DESIL")
    await _look(stage)
    before = await stage.log()
    await _look(stage)
    assert await stage.log() == before


async def test_a_new_objection_wakes_the_flow_at_once(stage: Stage) -> None:
    there = await _there(stage.world)
    batch = await stage.standing("sanggah")
    await there.bring("SANGGAH_DESIL")
    assert (
        await fetch_value(stage.world.admin, "SELECT count(*) FROM wake WHERE batch = %s AND done_at IS NULL", (batch,))
        == 1
    )
