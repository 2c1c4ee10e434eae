"""Who may not, when not, and why: four eyes, history, reasons and time, one guard at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.database import fetch_value
from models.errors import AnotherPersonNeeded
from tests.integration.door.board import open_window
from tests.integration.door.guarded import FINAL, PADAN, SP2D, SPP, SUKSES, VERIF
from tests.integration.door.kit import (
    decide,
    execute,
    gate,
    person,
    rows,
    stand,
    told,
    values,
)
from tests.support.world import DESA, World

SIAP_SAH = f"{VERIF} U22"


DISAHKAN = f"{SIAP_SAH} U30"


SPP_POS = "P01 P03 P08 P41 P25"


# -- four eyes --------------------------------------------------------------------------------------------------------


async def test_a_proposer_does_not_verify_his_own_proposal(world: World) -> None:
    budi = await person(world, "verifikator_kab", "budi")
    (own,) = await stand(world, VERIF, actors={"U15": budi.user})
    assert await budi.one("U22", own) == "empat_mata"
    assert await (await person(world, "verifikator_kab", "sari")).one("U22", own) == "dipindah"


async def test_another_assignment_of_the_same_person_is_the_same_person(world: World) -> None:
    as_filler = await person(world, "pengisi_data_kab", "budi")
    (case,) = await stand(world, FINAL)
    await open_window(world)
    assert await as_filler.one("U15", case) == "dipindah"
    as_kecamatan = await person(world, "operator_kecamatan", "budi")
    assert as_kecamatan.user == as_filler.user
    assert as_kecamatan.session != as_filler.session
    assert await as_kecamatan.one("U19", case) == "empat_mata"


async def test_in_bulk_only_the_barred_case_is_refused(world: World) -> None:
    budi = await person(world, "verifikator_kab", "budi")
    free = await stand(world, VERIF, count=3)
    (own,) = await stand(world, VERIF, actors={"U01": budi.user})
    outcomes = await budi.fire("U22", [free[0], own, free[1], free[2]])
    assert [told(o) for o in outcomes] == ["dipindah", "empat_mata", "dipindah", "dipindah"]
    assert await values(world, "SELECT code FROM refusal WHERE case_id = %s", (own,)) == [8]


async def test_each_member_of_a_group_of_deciders_is_barred_afterwards(world: World) -> None:
    cases = await stand(world, SIAP_SAH, count=1)
    ani, budi = await person(world, "kepala_dinas", "ani"), await person(world, "kepala_dinas", "budi")
    approval = await gate(world, "kepala_dinas", "U30 U31", cases, people=2)
    assert await decide(ani, approval, known={"surat_pengesahan": 1}) == "terbuka"
    assert await decide(budi, approval) == "disetujui"
    assert await execute(world, approval) == {cases[0]: "dipindah"}
    (group,) = await rows(world, "SELECT g.id, g.members FROM transition t JOIN actor_group g ON g.id = t.actor")
    assert set(group["members"]) == {ani.user, budi.user}
    assert await (await person(world, "sistem")).one("U32", cases[0]) == "dipindah"
    for name, expected in (("ani", "empat_mata"), ("budi", "empat_mata"), ("cici", "dipindah")):
        assert await (await person(world, "pusdatin", name)).one("U34", cases[0]) == expected


async def test_each_decider_of_a_gate_is_judged_as_if_he_had_knocked_himself(world: World) -> None:
    ani, budi = await person(world, "kepala_dinas", "ani"), await person(world, "kepala_dinas", "budi")
    free = await stand(world, SIAP_SAH, count=2)
    (visited_by_budi,) = await stand(world, SIAP_SAH, actors={"U22": budi.user})
    (sent_by_ani,) = await stand(world, SIAP_SAH, actors={"U15": ani.user})
    approval = await gate(world, "kepala_dinas", "U30 U31", [*free, visited_by_budi, sent_by_ani], people=2)
    await decide(ani, approval, known={"surat_pengesahan": 1})
    await decide(budi, approval)
    assert await execute(world, approval) == {
        free[0]: "dipindah",
        free[1]: "dipindah",
        visited_by_budi: "empat_mata",
        sent_by_ani: "empat_mata",
    }


async def test_a_group_is_barred_by_what_another_group_with_one_of_its_members_did(world: World) -> None:
    ani, budi, cici = [await person(world, "kepala_dinas", name) for name in ("ani", "budi", "cici")]
    first = await stand(world, SIAP_SAH)
    approval = await gate(world, "kepala_dinas", "U30", first, people=2)
    await decide(ani, approval, known={"surat_pengesahan": 1})
    await decide(budi, approval)
    assert await execute(world, approval) == {first[0]: "dipindah"}
    ani_and_budi = await fetch_value(world.admin, "SELECT id FROM actor_group")
    (theirs,) = await stand(world, SIAP_SAH, actors={"U22": ani_and_budi})
    (free,) = await stand(world, SIAP_SAH)
    approval = await gate(world, "kepala_dinas", "U30", [theirs, free], people=2)
    await decide(budi, approval, known={"surat_pengesahan": 1})
    await decide(cici, approval)
    assert await execute(world, approval) == {theirs: "empat_mata", free: "dipindah"}


async def test_whoever_acted_on_every_case_of_a_gate_is_told_so_as_he_decides(world: World) -> None:
    ani = await person(world, "kepala_dinas", "ani")
    cases = await stand(world, SIAP_SAH, count=2, actors={"U22": ani.user})
    approval = await gate(world, "kepala_dinas", "U30 U31", cases)
    with pytest.raises(AnotherPersonNeeded):
        await decide(ani, approval, known={"surat_pengesahan": 1})


async def test_the_second_person_of_a_correction_is_judged_by_his_own_past(world: World) -> None:
    clicked, ani, budi = [await person(world, "pusdatin", name) for name in ("klik", "ani", "budi")]
    (gone,) = await stand(world, "K01 K06 K07 K17", actors={"K17": clicked.user})
    assert await ani.one("K20", gone) == "menunggu_orang_lain"
    assert await clicked.one("K20", gone) == "empat_mata"
    assert await budi.one("K20", gone) == "dipindah"
    (pair,) = await rows(world, "SELECT g.members FROM transition t JOIN actor_group g ON g.id = t.actor")
    assert set(pair["members"]) == {ani.user, budi.user}


# -- history ----------------------------------------------------------------------------------------------------------


async def test_only_its_proposer_withdraws_a_proposal(world: World) -> None:
    ani, budi = await person(world, "operator_desa", "ani"), await person(world, "operator_desa", "budi")
    (case,) = await stand(world, PADAN, actors={"U01": ani.user, "U02": budi.user})
    assert await budi.one("U03", case) == "bukan_pengusul"
    assert await ani.one("U03", case) == "dipindah"


async def test_a_separated_proposal_is_checked_again_and_a_separated_registration_stands(world: World) -> None:
    doubt = "U57 U49"
    (proposal,) = await stand(world, f"{PADAN} {doubt}")
    (registration,) = await stand(world, f"{DISAHKAN} U32 U34 U35 U81 {doubt}")
    pusdatin = await person(world, "pusdatin")
    assert await pusdatin.one("U53", proposal) == "urutan"
    assert await pusdatin.one("U52", registration) == "urutan"
    assert await pusdatin.one("U52", proposal) == "dipindah"
    assert await pusdatin.one("U53", registration) == "dipindah"


async def test_an_excluded_payment_comes_back_by_whether_its_list_was_closed(world: World) -> None:
    (before,) = await stand(world, "P01 P02")
    (after,) = await stand(world, "P01 P03 P02")
    verifier = await person(world, "verifikator_kab")
    assert await verifier.one("P46", before) == "urutan"
    assert await verifier.one("P04", after) == "urutan"
    assert await verifier.one("P04", before) == "dipindah"
    assert await verifier.one("P46", after) == "dipindah"


async def test_a_payment_goes_on_in_the_channel_it_took_last(world: World) -> None:
    (bank,) = await stand(world, SPP)
    (pos,) = await stand(world, SPP_POS)
    (moved_to_pos,) = await stand(world, f"{SPP} P52 P02 P46 P24 P08 P41 P25")
    (moved_to_bank,) = await stand(world, f"{SPP_POS} P53 P02 P46 P24 P07 P17 P20 P25")
    ppk = await person(world, "ppk")
    answers = {
        case: [await ppk.one(rule, case) for rule in rules]
        for case, rules in (
            (bank, ("P53", "P52")),
            (pos, ("P52", "P53")),
            (moved_to_pos, ("P52", "P53")),
            (moved_to_bank, ("P53", "P52")),
        )
    }
    assert {tuple(told_by) for told_by in answers.values()} == {("urutan", "dipindah")}


async def test_the_treasurys_money_goes_to_the_channel_it_was_asked_for(world: World) -> None:
    (bank,) = await stand(world, SP2D)
    (pos,) = await stand(world, f"{SPP_POS} P26 P27")
    ppk = await person(world, "ppk")
    assert [await ppk.one(rule, bank) for rule in ("P55", "P29")] == ["urutan", "dipindah"]
    assert [await ppk.one(rule, pos) for rule in ("P29", "P55")] == ["urutan", "dipindah"]


async def test_a_correction_undoes_the_last_move_only(world: World) -> None:
    (used,) = await stand(world, f"{SUKSES} P37")
    (paid_by_pos,) = await stand(world, f"{SPP_POS} P26 P27 P55 P42")
    (recovered,) = await stand(world, f"{SUKSES} P69 P71")
    ppk = await person(world, "ppk")
    assert await ppk.one("P77", used) == "urutan"
    assert await ppk.one("P74", paid_by_pos) == "urutan"
    assert await ppk.one("P74", recovered) == "urutan"
    assert await ppk.one("P74", used) == "menunggu_orang_lain"
    assert await ppk.one("P77", paid_by_pos) == "menunggu_orang_lain"


# -- reasons ----------------------------------------------------------------------------------------------------------


async def test_after_spp_a_payment_lapses_only_at_the_years_end(world: World) -> None:
    system = await person(world, "sistem")
    told_by = {}
    for path in ("P01", SPP, f"{SPP} P26"):
        for reason in ("TAHAP_TUTUP", "PAGU_HABIS", "AKHIR_TAHUN"):
            (case,) = await stand(world, path)
            told_by[path.split()[-1], reason] = await system.one("P72", case, reason=reason)
    assert {key for key, answer in told_by.items() if answer == "alasan"} == {
        *(("P25", "TAHAP_TUTUP"), ("P25", "PAGU_HABIS"), ("P26", "TAHAP_TUTUP"), ("P26", "PAGU_HABIS"))
    }
    assert list(told_by.values()).count("dipindah") == 5


async def test_the_reasons_told_are_those_open_where_the_case_stands(world: World) -> None:
    (early,) = await stand(world, "P01 P03")
    (late,) = await stand(world, "P01 P03 P07 P17 P20 P25")
    system = await person(world, "sistem")

    async def told_of(case: int) -> list[dict[str, Any]]:
        query = "SELECT refusal, reasons FROM door_options(%s, %s) WHERE rule = 'P72'"
        return await (await system.conn.execute(query, (system.session, case))).fetchall()

    assert await told_of(late) == [{"refusal": None, "reasons": ["AKHIR_TAHUN"]}]
    assert "TAHAP_TUTUP" in (await told_of(early))[0]["reasons"]


# -- time -------------------------------------------------------------------------------------------------------------


async def test_a_lapsed_payment_is_corrected_within_its_budget_year(world: World) -> None:
    now = await world.now()
    await world.travel(now.replace(month=12, day=29, hour=5))
    system, kpa = await person(world, "sistem"), await person(world, "kpa")
    cases = await stand(world, "P01 P03", count=2)
    for case in cases:
        assert await system.one("P72", case) == "dipindah"
    assert await kpa.one("P76", cases[0]) == "menunggu_orang_lain"
    await world.travel(timedelta(days=5))
    assert (await world.now()).year == now.year + 1
    assert [await kpa.one("P76", case) for case in cases] == ["lewat_waktu", "lewat_waktu"]


async def test_the_budget_year_ends_at_midnight_where_the_family_lives(world: World) -> None:
    """In Papua the year is two hours older than in Jakarta."""
    now = await world.now()
    await world.travel(now.replace(month=12, day=31, hour=12, minute=0))
    papua, java = 9403011001, DESA
    cases = [(await stand(world, "P01 P03 P72", region=region))[0] for region in (papua, java)]
    kpa = await person(world, "kpa")
    # 15.30 UTC on 31 December is 00.30 in Papua and 22.30 in Jakarta.
    await world.travel((await world.now()).replace(hour=15, minute=30))
    assert [await kpa.one("P76", case) for case in cases] == ["lewat_waktu", "menunggu_orang_lain"]


async def test_a_policy_shortens_the_window_of_a_correction(world: World) -> None:
    (gone,) = await stand(world, "K01 K06 K07 K17", ago=timedelta(days=5))
    pusdatin = await person(world, "pusdatin")
    await world.policy({"koreksi.K20": "4 d"})
    assert await pusdatin.one("K20", gone) == "lewat_waktu"
    await world.policy({"koreksi.K20@3204": "6 d"})
    assert await pusdatin.one("K20", gone) == "menunggu_orang_lain"


async def test_proposals_are_sent_while_the_window_is_open(world: World) -> None:
    now = await world.now()
    await world.travel((now.replace(day=1) + timedelta(days=32)).replace(day=20))
    (baru,) = await stand(world, FINAL)
    (repair,) = await stand(world, f"{PADAN} U59", kind="PEMBARUAN")
    operator = await person(world, "operator_desa")
    assert await operator.one("U15", baru) == "jendela_tutup"
    assert await operator.one("U15", repair) == "dipindah"
    await open_window(world)
    assert await operator.one("U15", baru) == "dipindah"
