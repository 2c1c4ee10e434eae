"""The Pos channel: from the list of payees (danom) over the treasury to the invitation; officers pay."""

from __future__ import annotations

from typing import Any

import pytest

from alur.seed.model import Family
from alur.seed.population import Scenario
from flows.penyaluran_tahap import hold_closing
from integrations.jobs import Operation
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
async def test_families_without_a_bank_come_to_their_invitation_and_are_paid_by_pos_s_officer(
    stage: Stage, accounts: bool
) -> None:
    batch, cases = await _routed(stage, await stage.families(2, accounts=accounts))
    await stage.play(batch, *STEPS)
    assert [await stage.rules(case) for case in cases] == [INVITED] * 2
    assert [row["gate"] for row in await stage.gates(batch)] == ["sk_tahap", "closing", "spp", "spm", "serah_pos"]
    roles = await stage.rules_by_role()
    assert {rule: roles[rule] for rule in ("P41", "P27", "P55")} == {"P41": "pos", "P27": "kppn", "P55": "ppk"}
    await stage.fire("pos", "penyaluran.bayar_pos", cases, bank="POS", ktp_kk=1, foto_wajah=1, geotag=1)
    assert await stage.states(cases) == ["selesai"] * 2
    assert stage.sim.nothing_doubled()
    assert stage.agrees()


async def test_the_treasury_is_told_the_number_on_the_list_and_banks_hear_nothing(stage: Stage) -> None:
    """An account that the family happens to have is not where Pos pays."""
    (family,) = await stage.families(1)
    batch, (case,) = await _routed(stage, [family])
    await approve_until(stage, batch, "spm")
    hand, told = Operation.send, []

    async def listening(self: Any, key: str, request: Any) -> Any:
        told.append((self.path, request))
        return await hand(self, key, request)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Operation, "send", listening)
        await stage.play(batch, *STEPS)
    [(path, order)] = told
    number = (await stage.fact(case, "id_danom"))["nomor"]
    assert (path, [(row.nomor_rekening, row.bank) for row in order.rows]) == ("span/spm", [(number, "POS")])
    assert {call["path"] for call in await stage.calls(batch)} == {"pos/danom", "span/spm"}


async def test_a_number_given_to_several_families_at_once_is_nobody_s(stage: Stage) -> None:
    batch, cases = await _routed(stage, await stage.families(2, accounts=False))
    stage.sim.faults({"pos/*": {"error_rate": 1}})
    await stage.look(batch, *STEPS)
    await stage.fire("pos", "penyaluran.danom_sesuai", cases, bank="POS", id_danom={"nomor": "DNM-SEMUA"})
    assert await stage.open_wakes(batch)
    await stage.play(batch, *STEPS)
    assert await stage.states(cases) == ["proses_spm"] * 2


async def test_who_is_not_on_pos_s_list_is_left_out_with_its_reason(stage: Stage) -> None:
    gone, other = await stage.families(2, accounts=False)
    batch, cases = await _routed(stage, [gone, other], Scenario(head(gone), "danom", 0, "EX_PINDAH"))
    await stage.play(batch, *STEPS)
    assert [await stage.rules(case) for case in cases] == [f"{CLOSED} P08 P51", INVITED]
    assert await stage.reason(cases[0]) == "EX_PINDAH"


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
    assert [await stage.state(case) for case in cases] == ["pos_undangan", "sukses"]
    lists = {row["gate"]: row["list"] for row in await stage.gates(batch) if row["gate"] in {"si", "serah_pos"}}
    assert lists == {"serah_pos": cases[:1], "si": cases[1:]}
    assert stage.sim.nothing_doubled()
    assert stage.agrees()
