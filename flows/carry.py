"""Carry a batch as far as it goes by itself, then wait for people: the one loop that every flow runs."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID, uuid4

import structlog
from prefect.flow_runs import asuspend_flow_run
from prefect.runtime import flow_run

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


async def look(work: Work, steps: Sequence[Step]) -> bool:
    """Run the steps until nothing moves; return whether a gate is open, so that the run should wait."""
    for _ in range(_ROUNDS_MAX):
        await batches.acknowledge(work.conn, work.id)
        moved = False
        for step in steps:
            await work.keep()
            moved = await step(work) or moved
        if not moved and not await batch_queries.woken(work.conn, work.id):
            break
    async with work.seeing() as conn:
        return any(row["state"] == "terbuka" for row in await of_batch(conn, work.id))


async def _has_work(work: Work) -> bool:
    """Return whether any case of the batch is open; a tahap has work until it has had cases."""
    async with work.seeing() as conn:
        return await batch_queries.has_work(conn, work.id)


async def carry(batch: int, steps: Sequence[Step]) -> str:
    """Carry one batch: take its lease, do what can be done, then suspend at its gates or end.

    May be started again from the top at any moment. Returns one line for the run's record.
    """
    run = UUID(flow_run.get_id() or str(uuid4()))
    with structlog.contextvars.bound_contextvars(batch=batch, run=str(run)):
        return await _carried(batch, run, steps)


async def _carried(batch: int, run: UUID, steps: Sequence[Step]) -> str:
    """Carry one batch in one run; every line logged meanwhile, by whomever, names both."""
    async with working(batch, run) as work:
        if work is None:
            return f"batch {batch}: another run is carrying it"
        try:
            if await _has_work(work):
                await batches.reopen(work.conn, batch)
            waiting = await look(work, steps)
        except LeaseLost:
            return f"batch {batch}: another run took over"
        except BaseException:
            await batches.end_lease(work.conn, batch, run, "gagal")
            await batches.wake(work.conn, batch, "ulang setelah galat", seconds=30)
            raise
        if not waiting and not await _has_work(work):
            await batches.close(work.conn, batch)
        async with work.seeing() as conn:
            told = ", ".join(f"{state} {n}" for state, n in (await counts(conn, batch)).items()) or "no cases"
        await batches.end_lease(work.conn, batch, run, "tunda" if waiting else "selesai")
    log.info("batch %s: %s", batch, told)
    if waiting and flow_run.get_id():
        # Being woken is not being approved: a key of its own for every wait, and PostgreSQL decides after each one.
        await asuspend_flow_run(timeout=None, key=f"{batch}-{uuid4()}")
    return f"batch {batch}: {told}"
