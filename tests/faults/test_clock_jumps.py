"""The clock of the machine is set back or forward while money is on its way: nothing is asked, sent or paid twice."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from flows.penyaluran_tahap import penyaluran_tahap
from models.batch.queries import in_the_air
from models.database import acting
from tests.faults.test_wire import to_the_banks
from tests.flows.interrupt import Cut
from tests.flows.stage import Stage
from tests.flows.steps import steps_of

TAHAP = steps_of(penyaluran_tahap)
_JUMP = "UPDATE clock SET shift = shift + make_interval(secs => %s)"
_RUN_ENDED = "UPDATE batch_run SET ended_at = clock_timestamp() WHERE ended_at IS NULL"


async def _die_at(stage: Stage, batch: int, operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look, and die just after the first order of this kind was received; its answer is lost."""
    send = httpx.AsyncClient.send

    async def dying(client: Any, request: httpx.Request, **more: Any) -> httpx.Response:
        response = await send(client, request, **more)
        if request.method == "PUT" and f"/{operation}/" in str(request.url):
            await response.aclose()
            raise Cut
        return response

    with monkeypatch.context() as patch:
        patch.setattr(httpx.AsyncClient, "send", dying)
        with pytest.raises(Cut):
            await stage.look(batch, *TAHAP)
    await stage.world.admin.execute(_RUN_ENDED)


async def _asked_about(stage: Stage) -> set[int]:
    async with acting(stage.world.worker, await stage.world.system()) as conn:
        return await in_the_air(conn)


@pytest.mark.parametrize("seconds", [-3600, 3600], ids=["back", "forward"])
async def test_an_order_whose_answer_was_lost_is_not_sent_anew_when_others_join(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    """Set back, the clock says that the cases came to where they stand after they were asked about."""
    first = await stage.register(await stage.families(2, accounts=False))
    await stage.members(first)
    batch = await stage.open_tahap()
    for _ in range(2):
        await stage.look(batch, *TAHAP)
        await stage.decide_all(batch)
    await stage.world.admin.execute(_JUMP, (seconds,))
    await _die_at(stage, batch, "burekol", monkeypatch)
    late = await stage.register(await stage.families(2, accounts=False))
    await stage.members(late)
    for _ in range(3):
        await stage.look(batch, *TAHAP)
        await stage.decide_all(batch)
    assert {n for (what, _), n in stage.sim.meetings().items() if what == "burekol"} == {1}
    assert await stage.states(await stage.payments([*first, *late], batch)) == ["kks_distribusi"] * 4
    assert stage.agrees()


@pytest.mark.parametrize("seconds", [-3600, 3600], ids=["back", "forward"])
async def test_what_a_bank_is_paying_stays_in_the_air(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    """So that the end of the year returns no money to the treasury that a bank has credited."""
    batch, cases = await to_the_banks(stage, 2)
    await stage.world.admin.execute(_JUMP, (seconds,))
    await _die_at(stage, batch, "si", monkeypatch)
    ordered = {int(credit["id"]) for credit in stage.sim.credits()}
    assert ordered
    assert ordered <= await _asked_about(stage)
    await stage.look(batch, *TAHAP)
    assert await stage.states(cases) == ["sukses"] * 2
    assert not {*cases} & await _asked_about(stage)
    assert stage.sim.nothing_doubled()
    assert stage.agrees()
