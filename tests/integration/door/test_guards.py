"""The guards one by one: what the specification says in a note, and the door nevertheless holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from models.case.commands import CaseFact, write_facts
from models.case.outcomes import Outcome
from models.database import fetch_value
from models.errors import AnotherPersonNeeded, FactNotYours, FactUnusable, WordUnknown
from tests.integration.door.board import open_window
from tests.integration.door.kit import (
    RUPIAH,
    Person,
    decide,
    execute,
    gate,
    person,
    replayed,
    rows,
    stand,
    told,
    values,
    version,
)
from tests.support.world import DESA, DESA_LAIN, World

PADAN = "U01 U02 U05"
FINAL = f"{PADAN} U11"
VERIF = f"{FINAL} U15 U19"
SIAP_SAH = f"{VERIF} U22"
DISAHKAN = f"{SIAP_SAH} U30"
OMSPAN_BERHASIL = "P01 P03 P07 P17 P20"
SPP = f"{OMSPAN_BERHASIL} P25"
SP2D = f"{SPP} P26 P27"
SUKSES = f"{SP2D} P29 P30"
SPP_POS = "P01 P03 P08 P41 P25"


async def known(who: Person, case: int, *kinds: str) -> None:
    """Let somebody write kinds of fact about a case."""
    assert await write_facts(who.conn, who.session, [CaseFact(case, kind, {"nomor": 1}) for kind in kinds]) == len(
        kinds
    )


# -- four eyes -----------------------------------------------------------------------------------------------------


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


# -- evidence ------------------------------------------------------------------------------------------------------


async def test_an_incomplete_family_is_named_as_what_is_missing(world: World) -> None:
    (case,) = await stand(world, "U01")
    await world.admin.execute("UPDATE person SET tanggal_lahir = NULL WHERE hubungan <> 1")
    operator = await person(world, "operator_desa")
    (outcome,) = await operator.fire("U02", [case])
    assert (told(outcome), outcome.missing) == ("bukti_kurang", ("isian_wajib_lengkap",))


async def test_a_field_check_older_than_180_days_is_too_old(world: World) -> None:
    older, younger = await stand(world, f"{VERIF} U21 U68", count=2)
    system, verifier = await person(world, "sistem"), await person(world, "verifikator_kab")
    await known(system, older, "formulir_cek")
    await world.travel(timedelta(days=2))
    await known(system, younger, "formulir_cek")
    await world.travel(timedelta(days=179))
    outcomes = [(await verifier.fire("U27", [case], without=("formulir_cek",)))[0] for case in (older, younger)]
    assert [(told(o), o.missing) for o in outcomes] == [("bukti_kurang", ("formulir_cek",)), ("dipindah", ())]


async def test_policy_says_how_old_a_field_check_may_be(world: World) -> None:
    (case,) = await stand(world, f"{VERIF} U21 U68")
    system, verifier = await person(world, "sistem"), await person(world, "verifikator_kab")
    await known(system, case, "formulir_cek")
    await world.travel(timedelta(days=31))
    await world.policy({"fakta.formulir_cek.segar": 30})
    assert await verifier.one("U27", case, without=("formulir_cek",)) == "bukti_kurang"
    await world.policy({"fakta.formulir_cek.segar": 32})
    assert await verifier.one("U27", case, without=("formulir_cek",)) == "dipindah"


async def test_a_family_with_an_unmatched_member_goes_on_only_with_a_recent_field_check(world: World) -> None:
    (case,) = await stand(world, VERIF)
    verifier = await person(world, "verifikator_kab")
    await world.admin.execute("UPDATE person SET padan = false WHERE hubungan = 3")
    (outcome,) = await verifier.fire("U22", [case])
    assert (told(outcome), outcome.missing) == ("bukti_kurang", ("cek_terakhir_atau_dikecualikan",))
    await known(await person(world, "sistem"), case, "formulir_cek")
    assert await verifier.one("U22", case) == "dipindah"


async def test_evidence_of_an_earlier_state_counts_only_where_its_kind_says_so(world: World) -> None:
    (case,) = await stand(world, PADAN)
    system = await person(world, "sistem")
    # catatan_kembar belongs to the case, bukti_identitas to the state it was written in.
    await known(system, case, "catatan_kembar", "bukti_identitas")
    assert await system.one("U57", case, facts={}) == "dipindah"
    verifier = await person(world, "verifikator_kab")
    (outcome,) = await verifier.fire("U49", [case], facts={})
    assert (told(outcome), outcome.missing) == ("bukti_kurang", ("bukti_identitas",))
    await known(system, case, "bukti_identitas")
    assert await verifier.one("U49", case, facts={}) == "dipindah"


@pytest.mark.parametrize("count", [1, 2])
async def test_evidence_of_the_move_into_a_state_is_not_evidence_of_the_state(world: World, count: int) -> None:
    """The minutes under which a meeting refused are not the minutes that take its refusal back, in bulk or singly."""
    cases = await stand(world, f"{PADAN} U10", count=count)
    kades = await person(world, "kades")
    assert {told(o) for o in await kades.fire("U13", cases)} == {"dipindah"}
    verifier = await person(world, "verifikator_kab")
    (outcome,) = await verifier.fire("U87", cases[:1], without=("berita_acara",))
    assert (told(outcome), outcome.missing) == ("bukti_kurang", ("berita_acara",))


async def test_evidence_of_a_bulk_counts_later_where_its_kind_belongs_to_the_case(world: World) -> None:
    await open_window(world)
    cases = await stand(world, PADAN, count=3)
    kades, operator = await person(world, "kades"), await person(world, "operator_desa")
    assert {told(o) for o in await kades.fire("U11", cases)} == {"dipindah"}
    assert {told(o) for o in await operator.fire("U15", cases, facts={})} == {"dipindah"}


async def test_a_notice_counts_from_its_fourteenth_day(world: World) -> None:
    (case,) = await stand(world, "K01 K06 K07 K13")
    system, pusdatin = await person(world, "sistem"), await person(world, "pusdatin")
    told_on = {}
    await known(system, case, "pemberitahuan_14_hari")
    for day, hours in ((0, 1), (13, 13 * 24), (14, 24)):
        await world.travel(timedelta(hours=hours))
        (outcome,) = await pusdatin.fire("K16", [case])
        told_on[day] = (told(outcome), outcome.missing)
    late = ("bukti_kurang", ("pemberitahuan_14_hari",))
    assert told_on == {0: late, 13: late, 14: ("dipindah", ())}


async def test_a_notice_that_comes_with_the_click_is_no_notice(world: World) -> None:
    (case,) = await stand(world, "K01 K06 K07 K13")
    pusdatin = await person(world, "pusdatin")
    assert await pusdatin.one("K16", case, facts={"bukti_alasan": 1, "pemberitahuan_14_hari": 1}) == "bukti_kurang"


async def test_a_notice_of_an_earlier_hold_is_no_notice_of_this_one(world: World) -> None:
    (case,) = await stand(world, "K01 K06 K07 K13")
    system, pusdatin = await person(world, "sistem"), await person(world, "pusdatin")
    await known(system, case, "pemberitahuan_14_hari")
    assert await system.one("K15", case) == "dipindah"
    await world.travel(timedelta(days=300))
    assert await system.one("K13", case) == "dipindah"
    (outcome,) = await pusdatin.fire("K16", [case])
    assert (told(outcome), outcome.missing) == ("bukti_kurang", ("pemberitahuan_14_hari",))


NOT_OURS = (
    ("kades", "nomor_sk"),
    ("kades", "formulir_cek"),
    ("verifikator_kab", "balasan_dukcapil"),
    ("kades", "jendela_terbuka"),
    ("kades", "tidak_ada"),
)


async def test_evidence_of_a_kind_that_is_not_ones_own_is_not_written(world: World) -> None:
    cases = await stand(world, PADAN, count=2)
    tables = ("act", "fact", "act_fact", "transition", "refusal", "note")

    async def written() -> list[int]:
        return [await fetch_value(world.admin, f"SELECT count(*) FROM {table}") for table in tables]

    before = await written()
    for role, kind in NOT_OURS:
        who = await person(world, role)
        attempts: list[dict[str, Any]] = [
            {"facts": {"berita_acara": 1, kind: 1}},
            {"case_facts": [CaseFact(cases[0], "berita_acara", 1), CaseFact(cases[0], kind, 1)]},
        ]
        for more in attempts:
            with pytest.raises(FactNotYours, match=kind):
                await who.fire("U12", cases, note="dicatat", **more)
        with pytest.raises(FactNotYours, match=kind):
            await write_facts(who.conn, who.session, [CaseFact(cases[0], kind, 1)], note="dicatat")
        assert await written() == before


async def test_evidence_about_a_case_is_kept_when_its_move_is_refused(world: World) -> None:
    (case,) = await stand(world, f"{PADAN} U10")
    kades = await person(world, "kades")
    (first,) = await kades.fire("U12", [case], facts={"berita_acara": 1, "daftar_hadir": 1})
    assert first.missing == ("bnba",)
    assert await kades.one("U12", case, facts={"bnba": 1}) == "dipindah"


async def test_a_word_that_no_machine_knows_does_nothing(world: World) -> None:
    (case,) = await stand(world, "U01")
    operator = await person(world, "operator_desa")
    before = await fetch_value(world.admin, "SELECT count(*) FROM act")
    for trigger, reason in (("usulan.terbang", None), ("usulan.tarik_usulan", "BOSAN")):
        with pytest.raises(WordUnknown):
            await world.move(operator.session, trigger, [case], reason=reason, note="x")
    assert await fetch_value(world.admin, "SELECT count(*) FROM act") == before


# -- history -------------------------------------------------------------------------------------------------------


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


# -- reasons -------------------------------------------------------------------------------------------------------


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


# -- time ----------------------------------------------------------------------------------------------------------


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


# -- two persons ---------------------------------------------------------------------------------------------------


async def test_the_second_role_is_the_second_persons_only(world: World) -> None:
    paid, other = await stand(world, f"{SPP} P26 P27 P63", count=2)
    ppk, kpa = await person(world, "ppk"), await person(world, "kpa")
    stranger = await person(world, "ppspm")
    assert await kpa.one("P64", paid) == "peran"
    assert await ppk.one("P64", paid) == "menunggu_orang_lain"
    assert await stranger.one("P64", paid) == "peran"
    assert await kpa.one("P64", paid) == "dipindah"
    assert await kpa.one("P64", other) == "peran"


async def test_the_same_person_in_the_second_role_is_still_one_person(world: World) -> None:
    (paid,) = await stand(world, f"{SPP} P26 P27 P63")
    as_ppk, as_kpa = await person(world, "ppk", "budi"), await person(world, "kpa", "budi")
    assert await as_ppk.one("P64", paid) == "menunggu_orang_lain"
    assert await as_kpa.one("P64", paid) in {"peran", "menunggu_orang_lain"}
    assert await version(world, paid) == len(f"{SPP} P26 P27 P63".split())


async def test_two_persons_with_two_reasons_do_not_agree(world: World) -> None:
    (gone,) = await stand(world, "K01 K06 K07 K17")
    ani, budi, cici = [await person(world, "pusdatin", name) for name in ("ani", "budi", "cici")]
    assert await ani.one("K20", gone, reason="SALAH_KLIK") == "menunggu_orang_lain"
    assert await budi.one("K20", gone, reason="SALAH_BERKAS") == "menunggu_orang_lain"
    assert await cici.one("K20", gone, reason="SALAH_BERKAS") == "dipindah"
    (pair,) = await rows(world, "SELECT g.members FROM transition t JOIN actor_group g ON g.id = t.actor")
    assert set(pair["members"]) == {budi.user, cici.user}


async def test_a_first_click_is_worth_nothing_once_the_case_moved(world: World) -> None:
    (gone,) = await stand(world, "K01 K06 K07 K17")
    ani, budi, cici = [await person(world, "pusdatin", name) for name in ("ani", "budi", "cici")]
    for who, expected in ((ani, "menunggu_orang_lain"), (budi, "dipindah")):
        assert await who.one("K20", gone) == expected
    assert await (await person(world, "sistem")).one("K17", gone) == "dipindah"
    assert await cici.one("K20", gone) == "menunggu_orang_lain"


async def test_a_refused_or_waiting_correction_holds_no_claim(world: World) -> None:
    """A family whose proposal was refused may propose again, whoever clicked on a correction and did not get it."""
    path = f"{VERIF} U24"
    operator, head = await person(world, "operator_desa"), await person(world, "kepala_dinas")
    families = await world.households(2)
    clicked, waiting = await stand(world, path, households=families)
    assert await operator.one("U86", clicked) == "peran"
    assert await head.one("U86", waiting) == "menunggu_orang_lain"
    assert [o.outcome for o in await operator.open("U01", families)] == ["dibuka", "dibuka"]
    assert await replayed(world) == []


async def test_a_correction_is_refused_when_the_family_proposed_again(world: World) -> None:
    (refused,) = await stand(world, f"{VERIF} U24")
    (family,) = await values(world, "SELECT household_id FROM case_ WHERE id = %s", (refused,))
    await (await person(world, "operator_desa")).opened("U01", [family])
    ani, budi = await person(world, "kepala_dinas", "ani"), await person(world, "kepala_dinas", "budi")
    assert await ani.one("U86", refused) == "sudah_ada"
    assert await budi.one("U86", refused) == "sudah_ada"
    assert await replayed(world) == []


# -- amounts -------------------------------------------------------------------------------------------------------


def rupiah(case: int, kind: str, amount: int) -> list[CaseFact]:
    return [CaseFact(case, kind, {"rupiah": amount})]


CREDITED = {
    (f"{SP2D} P29", "P30", 0): "dipindah",
    (f"{SP2D} P29", "P30", -1): "nominal",
    (f"{SP2D} P29", "P30", 1): "nominal",
    (SUKSES, "P58", 0): "nominal",
    (SUKSES, "P58", -1): "dipindah",
    (SUKSES, "P58", 1): "dipindah",
    (f"{SUKSES} P58", "P59", 0): "dipindah",
    (f"{SUKSES} P58", "P59", -1): "nominal",
}
"""Where a payment stands, what the bank asks, how far its amount lies from what is due -> what it is told."""


async def test_the_credited_amount_is_compared_to_the_rupiah(world: World) -> None:
    bank = await person(world, "bank")
    answers = {}
    for path, rule, off in CREDITED:
        (case,) = await stand(world, path)
        await world.file("BRI", [case])
        answers[path, rule, off] = await bank.one(rule, case, case_facts=rupiah(case, "nominal", RUPIAH + off))
    assert answers == CREDITED


async def test_the_latest_credited_amount_counts(world: World) -> None:
    (case,) = await stand(world, f"{SP2D} P29")
    await world.file("BRI", [case])
    bank = await person(world, "bank")
    assert await bank.one("P30", case, case_facts=rupiah(case, "nominal", RUPIAH - 1)) == "nominal"
    assert await bank.one("P30", case, case_facts=rupiah(case, "nominal", RUPIAH)) == "dipindah"


async def test_closing_stores_each_familys_own_amount(world: World) -> None:
    cases = await stand(world, "P01", count=3)
    kpa = await person(world, "kpa")
    amounts = dict(zip(cases, (600_000, 750_000, 2_700_000), strict=True))
    facts = [CaseFact(case, "nominal_per_komponen", {"rupiah": amount}) for case, amount in amounts.items()]
    assert {told(o) for o in await kpa.fire("P03", cases, case_facts=facts)} == {"dipindah"}
    stored = await rows(world, "SELECT case_id, version, rupiah FROM nominal")
    assert {(row["case_id"], row["version"]): row["rupiah"] for row in stored} == {
        (case, 2): amount for case, amount in amounts.items()
    }
    assert await replayed(world) == []


NO_AMOUNT: dict[str, Any] = {
    "without rupiah": {"komponen": {"sd": 1}},
    "negative": {"rupiah": -1},
    "with cents": {"rupiah": 1.5},
    "not a number": {"rupiah": "banyak"},
    "too large": {"rupiah": 10**30},
    "a bare number": 750_000,
}


@pytest.mark.parametrize("told_so", NO_AMOUNT)
async def test_an_amount_that_is_none_is_not_written(world: World, told_so: str) -> None:
    (case,) = await stand(world, "P01")
    system = await person(world, "sistem")
    fact = CaseFact(case, "nominal_per_komponen", NO_AMOUNT[told_so])
    with pytest.raises(FactUnusable, match="nominal_per_komponen"):
        await write_facts(world.worker, system.session, [fact])
    assert await fetch_value(world.admin, "SELECT count(*) FROM fact") == 0


async def test_only_the_system_says_what_a_family_is_due(world: World) -> None:
    (case,) = await stand(world, "P01")
    kpa = await person(world, "kpa")
    amount = {"rupiah": 99_000_000}
    with pytest.raises(FactNotYours):
        await write_facts(world.api, kpa.session, [CaseFact(case, "nominal_per_komponen", amount)])
    with pytest.raises(FactNotYours):
        await kpa.fire("P03", [case], facts={"hash_daftar": 1, "nominal_per_komponen": amount})


async def test_a_closing_without_an_amount_is_refused_case_by_case(world: World) -> None:
    """A refusal, not a failure of the whole list: the other families are closed."""
    good, bad = await stand(world, "P01", count=2)
    kpa = await person(world, "kpa")
    facts = rupiah(good, "nominal_per_komponen", RUPIAH)
    outcomes: list[Outcome] = await kpa.fire("P03", [good, bad], case_facts=facts)
    assert [told(outcome) for outcome in outcomes] == ["dipindah", "bukti_kurang"]


# -- villages ------------------------------------------------------------------------------------------------------


async def test_whoever_sent_a_family_does_not_receive_it(world: World) -> None:
    """One person with an assignment in both villages: the four eyes follow the person, the village the assignment."""
    (family,) = await world.households()
    at_origin = await person(world, "operator_desa", "budi")
    (case,) = await at_origin.opened("U01", [family], kind="PINDAH", destination=DESA_LAIN)
    assert await at_origin.one("U02", case) == "dipindah"
    assert await (await person(world, "sistem")).one("U05", case) == "dipindah"
    assert await at_origin.one("U60", case) == "dipindah"
    at_destination = await person(world, "operator_desa", "budi", region=DESA_LAIN)
    assert await at_origin.one("U61", case) == "wilayah"
    assert await at_destination.one("U61", case) == "empat_mata"
    assert await (await person(world, "kades", region=DESA_LAIN)).one("U61", case) == "dipindah"


# -- policy --------------------------------------------------------------------------------------------------------


async def acts_of(world: World, cases: Sequence[int]) -> list[int]:
    """Return the policy version of each act that moved these cases, in order."""
    return await values(
        world,
        "SELECT a.policy_version FROM transition t JOIN act a ON a.id = t.act WHERE t.case_id = ANY (%s) ORDER BY a.id",
        (list(cases),),
    )


async def test_an_act_keeps_the_policy_version_it_was_judged_under(world: World) -> None:
    operator, system = await person(world, "operator_desa"), await person(world, "sistem")
    families = await world.households(2)
    (case,) = await operator.opened("U01", families[:1])
    assert await operator.one("U02", case) == "dipindah"
    # Decreed today, in force from the day after tomorrow.
    await world.admin.execute(
        "INSERT INTO policy_version (id, valid_from, decree, note, recorded_at) "
        "VALUES (2, alur_now() + interval '2 days', 'Keputusan 2', '', now())"
    )
    assert await system.one("U05", case) == "dipindah"
    await world.travel(timedelta(days=3))
    assert await (await person(world, "kades")).one("U11", case) == "dipindah"
    assert await acts_of(world, [case]) == [1, 1, 1, 2]
    (other,) = await operator.opened("U01", families[1:])
    assert await acts_of(world, [other]) == [2]


async def test_a_case_is_judged_by_the_policy_in_force_when_it_is_asked(world: World) -> None:
    case, other = await stand(world, PADAN, count=2, kind="NONAKTIF")
    kades = await person(world, "kades")
    operator = await person(world, "operator_desa")
    assert await operator.one("U59", case) == "langkah"
    await world.admin.execute(
        "WITH made AS (INSERT INTO policy_version (id, valid_from, decree, note, recorded_at) "
        "VALUES (2, alur_now() + interval '1 day', 'Keputusan 2', '', now()) RETURNING id) "
        "INSERT INTO policy (key, version, value) SELECT 'langkah.NONAKTIF', id, '2' FROM made"
    )
    assert await kades.one("U11", other) == "dipindah"
    assert await operator.one("U59", case) == "langkah"
    await world.travel(timedelta(days=2))
    assert await operator.one("U59", case) == "dipindah"
    assert await acts_of(world, [case, other]) == [1] * 6 + [1, 2]


# -- opening -------------------------------------------------------------------------------------------------------


async def test_a_family_has_one_live_proposal_of_a_kind(world: World) -> None:
    (family,) = await world.households()
    operator = await person(world, "operator_desa")
    told_by = [told((await operator.open("U01", [family], kind=kind))[0]) for kind in ("BARU", "BARU", "PEMBARUAN")]
    assert told_by == ["dibuka", "sudah_ada", "dibuka"]


async def test_naming_a_programme_makes_no_second_proposal_of_a_kind(world: World) -> None:
    (family,) = await world.households()
    operator = await person(world, "operator_desa")
    await operator.opened("U01", [family], kind="BARU")
    with pytest.raises(WordUnknown, match="BARU PKH"):
        await operator.open("U01", [family], kind="BARU", programme="PKH")
    assert await fetch_value(world.admin, "SELECT count(*) FROM case_") == 1


async def test_a_proposal_without_a_kind_is_not_opened(world: World) -> None:
    """It would skip every step that only some kinds take."""
    (family,) = await world.households()
    operator = await person(world, "operator_desa")
    try:
        opened = await operator.open("U01", [family], kind=None)
    except WordUnknown:
        opened = []
    assert [o.outcome for o in opened if o.done] == []


async def test_an_opening_without_its_evidence_opens_nothing(world: World) -> None:
    families = await world.households(2)
    operator = await person(world, "operator_desa")
    outcomes = await operator.open("U01", families, facts={"ktp": 1, "kk": 1, "variabel": 1})
    assert [told(o) for o in outcomes] == ["bukti_kurang", "bukti_kurang"]
    facts = [CaseFact(1, "foto_rumah_geotag", {"lat": -7})]
    outcomes = await operator.open("U01", families, facts={"ktp": 1, "kk": 1, "variabel": 1}, family_facts=facts)
    assert [told(o) for o in outcomes] == ["dibuka", "bukti_kurang"]
    assert await fetch_value(world.admin, "SELECT count(*) FROM case_") == 1
