"""The Pos channel: from the list of payees (danom) over the treasury to cash in the family's hands."""

from __future__ import annotations

import pytest

from alur.seed.model import Family
from alur.seed.population import Scenario
from flows.penyaluran_tahap import hold_closing
from tests.flows.paying import CLOSED, STEPS, approve_until, members_of_tahap
from tests.flows.stage import Stage, head

LISTED = f"{CLOSED} P08 P41"
INVITED = f"{LISTED} P25 P26 P27 P55"


async def _routed(stage: Stage, families: list[Family], *scenarios: Scenario) -> tuple[int, list[int]]:
    """Close a tahap and let the directorate send its families to Pos; returns batch and cases."""
    batch, households = await members_of_tahap(stage, families, *scenarios)
    await approve_until(stage, batch, "closing")
    await stage.decide_all(batch)
    await stage.look(batch, *STEPS[: STEPS.index(hold_closing) + 1])
    cases = await stage.payments(households, batch)
    await stage.fire("direktorat", "penyaluran.tetapkan_pos", cases, alasan_kanal=1)
    return batch, cases


@pytest.mark.parametrize("accounts", [False, True], ids=["none", "account"])
async def test_families_without_a_bank_are_paid_in_cash_beside_those_with_one(stage: Stage, accounts: bool) -> None:
    families = await stage.families(2, accounts=accounts)
    batch, cases = await _routed(stage, families)
    await stage.play(batch, *STEPS)
    assert [await stage.rules(case) for case in cases] == [f"{INVITED} P42"] * 2
    gates = [row["gate"] for row in await stage.gates(batch)]
    assert gates == ["sk_tahap", "closing", "spp", "spm", "serah_pos"]
    roles = await stage.rules_by_role()
    assert {rule: roles[rule] for rule in ("P41", "P27", "P55", "P42")} == {
        "P41": "pos",
        "P27": "kppn",
        "P55": "ppk",
        "P42": "pos",
    }
    number = (await stage.fact(cases[0], "id_danom"))["nomor"]
    assert (await stage.fact(cases[0], "geotag"))["pos"] == number
    assert stage.sim.nothing_doubled()
    assert stage.agrees()


async def test_the_treasury_is_told_the_number_on_the_list_and_banks_hear_nothing(stage: Stage) -> None:
    """An account that the family happens to have is not where Pos pays."""
    batch, (case,) = await _routed(stage, await stage.families(1))
    await stage.play(batch, *STEPS)
    told = {(call["path"], call["state"]) for call in await stage.calls(batch)}
    assert told == {(path, "selesai") for path in ("pos/danom", "span/spm", "pos/bayar")}
    assert await stage.state(case) == "selesai"


async def test_who_is_not_on_pos_s_list_is_left_out_with_its_reason(stage: Stage) -> None:
    gone, other = await stage.families(2, accounts=False)
    batch, cases = await _routed(stage, [gone, other], Scenario(head(gone), "danom", 0, "EX_PINDAH"))
    await stage.play(batch, *STEPS)
    assert [await stage.rules(case) for case in cases] == [f"{CLOSED} P08 P51", f"{INVITED} P42"]
    assert await stage.reason(cases[0]) == "EX_PINDAH"


async def test_who_did_not_come_is_invited_and_paid_another_day(stage: Stage) -> None:
    (family,) = await stage.families(1, accounts=False)
    batch, (case,) = await _routed(stage, [family], Scenario(head(family), "bayar", 1, "tidak_hadir"))
    await stage.play(batch, *STEPS)
    assert await stage.rules(case) == f"{INVITED} P43"
    await stage.fire("pos", "penyaluran.jadwal_ulang", [case], bank="POS", tanggal_baru={"tanggal": "2026-12-20"})
    await stage.play(batch, *STEPS)
    assert await stage.rules(case) == f"{INVITED} P43 P44 P42"
    assert len([job for job in stage.sim.jobs() if job["operation"] == "bayar"]) == 2
    assert stage.sim.nothing_doubled()


@pytest.mark.parametrize(
    ("said", "reason"), [("alamat", "POS_ALAMAT"), ("identitas", "POS_IDENTITAS"), ("meninggal", "POS_IDENTITAS")]
)
async def test_whom_pos_could_not_pay_is_in_somebody_s_hands(stage: Stage, said: str, reason: str) -> None:
    (family,) = await stage.families(1, accounts=False)
    batch, (case,) = await _routed(stage, [family], Scenario(head(family), "bayar", 0, said))
    await stage.play(batch, *STEPS)
    assert (await stage.rules(case), await stage.reason(case)) == (f"{INVITED} P65", reason)
    assert await stage.state(case) == "pos_perbaikan"


async def test_a_tahap_by_both_channels_has_a_gate_for_each(stage: Stage) -> None:
    """The order to the banks holds no case of Pos, which it could never move."""
    by_pos, by_bank = await stage.families(1, accounts=False), await stage.families(1)
    batch, households = await members_of_tahap(stage, [*by_pos, *by_bank])
    await approve_until(stage, batch, "closing")
    await stage.decide_all(batch)
    await stage.look(batch, *STEPS[: STEPS.index(hold_closing) + 1])
    cases = await stage.payments(households, batch)
    await stage.fire("direktorat", "penyaluran.tetapkan_pos", cases[:1], alasan_kanal=1)
    await stage.play(batch, *STEPS)
    assert [await stage.state(case) for case in cases] == ["selesai", "sukses"]
    lists = {row["gate"]: row["list"] for row in await stage.gates(batch) if row["gate"] in {"si", "serah_pos"}}
    assert lists == {"serah_pos": cases[:1], "si": cases[1:]}
    assert stage.sim.nothing_doubled()
    assert stage.agrees()
