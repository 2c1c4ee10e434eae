"""What must be known before a case moves, who may say it, and what an amount must be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.case.commands import CaseFact, write_facts
from models.case.outcomes import Outcome
from models.database import fetch_value
from models.errors import FactNotYours, FactUnusable, WordUnknown
from tests.integration.door.board import open_window
from tests.integration.door.guarded import PADAN, SP2D, SUKSES, VERIF
from tests.integration.door.kit import (
    RUPIAH,
    Person,
    person,
    replayed,
    rows,
    stand,
    told,
)
from tests.support.world import World


async def known(who: Person, case: int, *kinds: str) -> None:
    """Let somebody write kinds of fact about a case."""
    assert await write_facts(who.conn, who.session, [CaseFact(case, kind, {"nomor": 1}) for kind in kinds]) == len(
        kinds
    )


# -- evidence ---------------------------------------------------------------------------------------------------------


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


# -- amounts ----------------------------------------------------------------------------------------------------------


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
