"""A system that takes every question and answers none costs one wait in a look, and keeps no later step waiting."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from flows import calls
from flows.work import Work
from integrations.http import ClientOptions
from tests.faults.test_wire import _by_bank, to_the_banks
from tests.flows.paying import STEPS
from tests.flows.stage import Stage

PATIENT = ClientOptions(read_timeout_s=0.5, attempts=4, pause_s=0.01, pause_max_s=0.02)


async def test_banks_that_hang_are_waited_for_once_in_a_look(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, cases = await to_the_banks(stage, 8)
    banks = await _by_bank(stage, cases)
    assert len(banks) > 1
    await stage.look(batch, *STEPS[:-4])  # the decision is carried out, no bank is asked
    kept: list[float] = []
    keep = Work.keep

    async def keeping(work: Work) -> None:
        kept.append(time.monotonic())
        await keep(work)

    reached: list[float] = []

    async def last_step(_: Work) -> bool:
        reached.append(time.monotonic())
        return False

    monkeypatch.setattr(Work, "keep", keeping)
    stage.sim.faults({"bank/*": {"timeout_rate": 1}})
    begun = time.monotonic()
    await stage.look(batch, *STEPS, last_step, options=PATIENT)
    assert reached
    assert max(later - earlier for earlier, later in pairwise(kept)) < 4 * PATIENT.read_timeout_s
    for path in (f"bank/{bank}/si" for bank in banks):
        assert sum(job["gets"] + job["puts"] for job in stage.sim.jobs(path)) <= 2, "asked again although it is silent"
    assert time.monotonic() - begun < 30
    assert await stage.open_wakes(batch)
    stage.sim.faults({})
    for _ in range(2):
        await stage.look(batch, *STEPS)
    assert set(await stage.states(cases)) == {"sukses"}
    assert stage.sim.nothing_doubled()


async def test_the_other_calls_to_a_system_that_is_down_wait_for_the_next_look(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several lists for one bank: the first finds it down, the others are not even tried."""
    monkeypatch.setattr(calls, "CHUNK", 1)
    batch, cases = await to_the_banks(stage, 6)
    banks = await _by_bank(stage, cases)
    bank = max(banks, key=lambda name: len(banks[name]))
    assert len(banks[bank]) > 1
    stage.sim.faults({f"bank/{bank}": {"error_rate": 1}, f"bank/{bank}/si": {"error_rate": 1}})
    await stage.look(batch, *STEPS)
    assert len([call for call in await stage.calls(batch) if call["path"] == f"bank/{bank}/si"]) == 1
    assert await stage.open_wakes(batch)
    stage.sim.faults({})
    await stage.look(batch, *STEPS)
    assert set(await stage.states(cases)) == {"sukses"}
