"""What each guard costs: one set, moved with one guard off at a time, in a database that is thrown away."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from statistics import median

from bench import moves
from bench.world import World
from models.database import connect, sync_connect

CASES = 50_000

_RULES = "(SELECT code FROM rule WHERE id IN ('U21', 'U69'))"


@dataclass(frozen=True)
class Guard:
    """One guard, and how the administrator of a scratch database takes it away and brings it back."""

    name: str
    off: str
    on: str


def _tables(action: str, *names: str) -> str:
    return "; ".join(f"ALTER TABLE {name} {action}" for name in names)


GUARDS = (
    Guard(
        "four eyes, over each case's history",
        f"UPDATE arrow SET history = false WHERE rule IN {_RULES}",
        "UPDATE arrow SET history = true WHERE rule = (SELECT code FROM rule WHERE id = 'U21')",
    ),
    Guard(
        "row-level security on positions",
        _tables("DISABLE ROW LEVEL SECURITY", "position"),
        _tables("ENABLE ROW LEVEL SECURITY", "position"),
    ),
    Guard(
        "row-level security on what is written",
        _tables("DISABLE ROW LEVEL SECURITY", "transition", "act", "fact", "act_fact", "note"),
        _tables("ENABLE ROW LEVEL SECURITY", "transition", "act", "fact", "act_fact", "note"),
    ),
    Guard(
        "append-only triggers",
        _tables("DISABLE TRIGGER USER", "position", "transition", "act", "fact", "act_fact"),
        _tables("ENABLE ALWAYS TRIGGER only_door", "position", "transition", "act", "fact", "act_fact"),
    ),
    Guard(
        "evidence that later rules look back for, noted per case",
        "UPDATE fact_kind SET kept = false WHERE id IN ('petugas_ditunjuk', 'catatan')",
        "UPDATE fact_kind SET kept = true WHERE id IN (SELECT id FROM fact_kind_before WHERE kept)",
    ),
    Guard(
        "waking the flow that waits",
        f"UPDATE arrow SET watched = false, brings = false WHERE rule IN {_RULES}",
        "UPDATE arrow a SET watched = b.watched, brings = b.brings FROM arrow_before b "
        "WHERE (a.source, a.trigger) = (b.source, b.trigger)",
    ),
)


def _run(world: World, statement: str) -> None:
    with sync_connect(world.dsn) as conn:
        conn.execute(statement)


async def _there_and_back(world: World) -> float:
    """Return the microseconds that one move of one case takes in a set."""
    conn = await connect(world.api)
    async with conn:
        cases = world.cases[:CASES]
        took = [await moves.move_all(conn, world, step, cases) for step in (moves.THERE, moves.BACK)]
    return sum(took) / len(took) / len(cases) * 1e6


def costs(world: World, rounds: int) -> list[tuple[str, float, float]]:
    """Return each guard's name, its cost in µs per case and move, and its share of the whole; medians of the rounds."""
    _run(world, "CREATE TABLE arrow_before AS TABLE arrow; CREATE TABLE fact_kind_before AS TABLE fact_kind")
    asyncio.run(_there_and_back(world))
    told = []
    for guard in GUARDS:
        with_it, without = [], []
        for _ in range(rounds):
            with_it.append(asyncio.run(_there_and_back(world)))
            _run(world, guard.off)
            try:
                without.append(asyncio.run(_there_and_back(world)))
            finally:
                _run(world, guard.on)
        saved = median(before - after for before, after in zip(with_it, without, strict=True))
        told.append((guard.name, saved, saved / median(with_it)))
    return told
