"""Several people at once: connections of their own, and ways to make them meet at a chosen moment."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

from models.database import Conn, connect, fetch_value
from models.install import role_dsn
from tests.support.world import World

T = TypeVar("T")

_PATIENCE_S = 30.0


def dice(seed: int) -> random.Random:
    """Return chance that falls the same way every time."""
    return random.Random(seed)  # noqa: S311 -- an order of cases, no secret


@asynccontextmanager
async def sessions(world: World, count: int, role: str = "alur_worker") -> AsyncIterator[list[Conn]]:
    """Open several connections of the application."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(await connect(role_dsn(world.admin_dsn, role))) for _ in range(count)]


async def all_at_once(work: Iterable[Awaitable[T]]) -> list[T]:
    """Run everything at once and return the results in order."""
    return list(await asyncio.gather(*work))


@asynccontextmanager
async def held(world: World, query: str, params: Sequence[Any]) -> AsyncIterator[None]:
    """Hold row locks while the body runs; whoever wants those rows waits until it ends."""
    async with await connect(world.admin_dsn) as holder, holder.transaction():
        await holder.execute(query, params)
        yield


POSITIONS = "SELECT 1 FROM position WHERE case_id = ANY (%s) FOR UPDATE"
APPROVAL = "SELECT 1 FROM approval WHERE id = %s FOR UPDATE"


async def until_waiting(world: World, conns: Sequence[Conn]) -> None:
    """Return when every one of these connections waits for a lock."""
    pids = [conn.info.backend_pid for conn in conns]
    waiting = 0
    async with asyncio.timeout(_PATIENCE_S):
        while waiting < len(pids):
            await world.admin.execute("SELECT pg_sleep(0.005)")
            waiting = await fetch_value(
                world.admin,
                "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY (%s) AND wait_event_type = 'Lock'",
                (pids,),
            )


async def meet(world: World, hold: tuple[str, Sequence[Any]], work: Sequence[tuple[Conn, Awaitable[T]]]) -> list[T]:
    """Start everything against held rows, wait until all of it waits, let go, and return the results in order."""
    async with held(world, *hold):
        running = [asyncio.ensure_future(task) for _, task in work]
        await until_waiting(world, [conn for conn, _ in work])
    return await all_at_once(running)
