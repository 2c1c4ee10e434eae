"""Carry a batch as far as it goes by itself, then wait for people: the one loop that every flow runs."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from random import SystemRandom
from uuid import UUID, uuid4

import structlog
from anyio import CancelScope
from prefect import State
from prefect.flow_runs import asuspend_flow_run
from prefect.runtime import flow_run
from prefect.states import Completed

from flows.calls import close_left
from flows.deployments import standing
from flows.report import name_run, publish, report, standing_at
from flows.work import LeaseLost, Work, working
from models.approval.queries import of_batch
from models.batch import commands as batches
from models.batch import queries as batch_queries
from models.case.queries import counts

log = logging.getLogger("alur.flows")

Step = Callable[[Work], Awaitable[bool]]
"""One step: does what can be done now, returns whether anything moved."""

_ROUNDS_MAX = 50
"""More rounds than any batch needs; a step that always claims progress ends here instead of spinning for ever."""

_SPREAD_S = 10.0
"""Prefect starts a failed flow again after a fixed delay; runs that failed together begin again so far apart."""

_AGAIN_S = 30
"""A batch whose run failed is woken after this long: by then Prefect has started it again, or will not."""


class RunFailed(Exception):
    """A flow failed: which error, and where in our flows.

    Not in which words: an error's text may quote rows about people, and Prefect keeps what it is told.
    """

    def __init__(self, batch: int, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        place = next(frame for frame in reversed(frames) if Path(frame.filename).parent.name == "flows")
        super().__init__(
            f"batch {batch}: {type(error).__name__} di · in {place.name} ({Path(place.filename).name}:{place.lineno}); "
            "sebabnya di log mesin · see the engine's log"
        )


async def look(work: Work, steps: Sequence[Step]) -> bool:
    """Run the steps until nothing moves; return whether a gate is open, so that the run should wait."""
    work.silent.clear()
    for _ in range(_ROUNDS_MAX):
        await batches.acknowledge(work.conn, work.id)
        moved = False
        for step in steps:
            await work.keep()
            moved = await step(work) or moved
        if not moved and not await batch_queries.woken(work.conn, work.id):
            break
    await close_left(work)  # last: no step waits for what nothing hangs on
    async with work.seeing() as conn:
        return any(row["state"] == "terbuka" for row in await of_batch(conn, work.id))


async def _has_work(work: Work) -> bool:
    """Return whether any case of the batch is open; a tahap has work until it has had cases."""
    async with work.seeing() as conn:
        return await batch_queries.has_work(conn, work.id, standing())


async def carry(batch: int, steps: Sequence[Step]) -> State:
    """Carry one batch: take its lease, do what can be done, then suspend at its gates or end.

    May be started again from the top at any moment. Returns the state in which the run ends, with one line for people.

    Raises:
        RunFailed: something broke; the log says what.
    """
    run = UUID(flow_run.get_id() or str(uuid4()))
    with structlog.contextvars.bound_contextvars(batch=batch, run=str(run)):
        try:
            return await _carried(batch, run, steps)
        except Exception as error:
            failed = RunFailed(batch, error)
            # Our log takes out what is personal; where it was not set up, the error's own words are not told at all.
            log.error(str(failed), exc_info=error if structlog.is_configured() else None)  # noqa: TRY400
    if flow_run.get_id():
        await asyncio.sleep(SystemRandom().uniform(0, _SPREAD_S))
    raise failed


async def _carried(batch: int, run: UUID, steps: Sequence[Step]) -> State:
    """Carry one batch in one run; every line logged meanwhile, by whomever, names both."""
    async with working(batch, run) as work:
        if work is None:
            return _passed_over(batch, "dibawa jalan lain · another run is carrying it")
        await name_run(work.batch)
        try:
            if await _has_work(work):
                await batches.reopen(work.conn, batch)
            waiting = await look(work, steps)
        except LeaseLost:
            return _passed_over(batch, "diambil alih jalan lain · another run took over")
        except BaseException:
            with CancelScope(shield=True):  # a flow that ran out of its time cannot wait for anything outside of it
                await batches.end_lease(work.conn, batch, run, "gagal")
                await batches.wake(work.conn, batch, "ulang setelah galat", seconds=_AGAIN_S)
            raise
        if not waiting and not await _has_work(work):
            await batches.close(work.conn, batch)
        async with work.seeing() as conn:
            stand = await counts(conn, batch)
            gates = [row for row in await of_batch(conn, batch) if row["state"] == "terbuka"]
        await batches.end_lease(work.conn, batch, run, "tunda" if waiting else "selesai")
    line = f"batch {batch}: {standing_at(stand)}"
    log.info(line)
    await publish(work.batch, report(work.batch, work.attempt, stand, gates), line)
    if waiting and flow_run.get_id():
        # Being woken is not being approved: a key of its own for every wait, and PostgreSQL decides after each one.
        await asuspend_flow_run(timeout=None, key=f"{batch}-{uuid4()}")
    return Completed(message=line)


def _passed_over(batch: int, why: str) -> State:
    return Completed(name="PassedOver", message=f"batch {batch}: {why}")
