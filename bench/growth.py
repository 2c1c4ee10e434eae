"""A million cases: the door in one call, and what ten moves of each do to its tables, its pace and its vacuum."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.figure import Figure, alone, from_rounds, interleaved
from bench.moves import BACK, BEFORE, THERE, WARM, after_singles, bulk, move_all
from bench.run import SET, Run
from bench.world import World
from models.database import connect, sync_connect

MOVES = 10
"""Moves of each case."""
_SIZES = """
SELECT sum(pg_table_size(c.oid))::bigint AS tables, sum(pg_indexes_size(c.oid))::bigint AS indexes
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
"""


@dataclass(frozen=True)
class Sizes:
    """Bytes of all tables, and of all their indexes."""

    tables: int
    indexes: int

    @classmethod
    def of(cls, world: World) -> Sizes:
        """Measure a database."""
        with sync_connect(world.dsn) as conn:
            row = conn.execute(_SIZES).fetchone()
        assert row is not None
        return cls(row["tables"], row["indexes"])


def _part(run: Run, world: World) -> Sequence[int]:
    return world.cases[: run.size(SET, least=WARM)]


def in_bulk(run: Run) -> list[Figure]:
    """Move 1,000,000 cases in one call, fresh and after single moves, beside the pace of 100,000."""
    world = run.large
    part = _part(run, world)
    return [
        bulk("door_bulk_1m", world, run.rounds),
        from_rounds(
            "door_bulk_1m_after_singles",
            "cases/s",
            interleaved(
                run.rounds,
                lambda: asyncio.run(after_singles(world, run.size(BEFORE, least=WARM), world.cases)),
                lambda: asyncio.run(after_singles(world, 0, part)),
            ),
            target=0.9,
        ),
    ]


async def _each_moved(world: World, size: int, number: int) -> float:
    """Move every case of a world once, so many in a call; returns cases per second."""
    step = BACK if number % 2 else THERE
    conn = await connect(world.api)
    async with conn:
        took = 0.0
        for start in range(0, len(world.cases), size):
            took += await move_all(conn, world, step, world.cases[start : start + size])
    return len(world.cases) / took


def _vacuumed(world: World) -> float:
    """Return the seconds a VACUUM ANALYZE of everything takes."""
    with sync_connect(world.dsn) as conn:
        begun = time.perf_counter()
        conn.execute("VACUUM ANALYZE")
        return time.perf_counter() - begun


def grown(run: Run) -> list[Figure]:
    """Move each of 1,000,000 cases ten times, 100,000 in a call, autovacuum on, and vacuum at the end."""
    world = run.large
    size = len(_part(run, world))
    _vacuumed(world)
    before = Sizes.of(world)
    paces = [asyncio.run(_each_moved(world, size, number)) for number in range(MOVES)]
    moved = MOVES * len(world.cases)
    after = Sizes.of(world)
    vacuum_s = _vacuumed(world)
    moving_s = sum(len(world.cases) / pace for pace in paces)
    return [
        from_rounds("growth_second", "cases/s", [(paces[1], paces[0])], target=0.8),
        from_rounds("growth_later", "cases/s", [(pace, paces[0]) for pace in paces[2:]]),
        alone("growth_tables", "B/move", [(after.tables - before.tables) / moved]),
        alone("growth_indexes", "B/move", [(after.indexes - before.indexes) / moved]),
        from_rounds("growth_vacuum", "s", [(vacuum_s, moving_s)], better="lower"),
    ]
