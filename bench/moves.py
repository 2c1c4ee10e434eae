"""The door's own speed: sets, single moves, and both in one session."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any
from uuid import UUID

from bench import bare, opening
from bench.figure import Figure, from_rounds, interleaved
from bench.run import MILLION, Run
from bench.world import World, build
from models.case.commands import move
from models.case.outcomes import Outcome
from models.database import Conn, connect, sync_connect

SINGLES = 2_000
CLIENTS = 8
WARM = 10
BEFORE = 200
"""Single moves in a session before it moves a set."""


@dataclass(frozen=True)
class Step:
    """One human move with all that the rule asks for."""

    trigger: str
    more: dict[str, Any]


THERE = Step("usulan.minta_ground_check", {"facts": {"petugas_ditunjuk": {"nama": "Petugas"}}})
"""U21: role, kabupaten, four eyes over the case's history, evidence."""
BACK = Step("usulan.alihkan_petugas", {"reason": "PETUGAS_GANTI", "note": "berhalangan"})
"""U69: role, kabupaten, reason, note."""


def _all_moved(outcomes: Sequence[Outcome], expected: int) -> None:
    assert sum(outcome.done for outcome in outcomes) == expected, outcomes[:3]


async def move_all(conn: Conn, world: World, step: Step, cases: Sequence[int]) -> float:
    """Move a set in one call; returns the seconds it took."""
    begun = time.perf_counter()
    outcomes = await move(conn, world.verifikator, step.trigger, cases, **step.more)
    took = time.perf_counter() - begun
    _all_moved(outcomes, len(cases))
    return took


def in_bulk(run: Run) -> Figure:
    """Move 100,000 cases in one call, beside bare set-based SQL."""
    return bulk("door_bulk", run.world, run.rounds)


def bulk(name: str, world: World, rounds: int) -> Figure:
    """Move all cases of a world in one call there and in one back, beside bare set-based SQL."""
    cases = world.cases

    def value() -> float:
        async def once() -> float:
            conn = await connect(world.api)
            async with conn:
                return await move_all(conn, world, THERE, cases) + await move_all(conn, world, BACK, cases)

        return 2 * len(cases) / asyncio.run(once())

    def limit() -> float:
        with sync_connect(world.dsn) as conn:
            rule = conn.execute("SELECT * FROM rule WHERE id = 'U21'").fetchone()
            assert rule is not None
            told = {"trigger": rule["trigger"], "state": rule["target"], "rule": rule["code"], "cases": cases}
            begun = time.perf_counter()
            moved = conn.execute(bare.MOVE_SET, told).fetchall()
            took = time.perf_counter() - begun
        assert len(moved) == len(cases)
        return len(cases) / took

    return from_rounds(name, "cases/s", interleaved(rounds, value, limit), target=0.50)


async def _singles(conn: Conn, session: UUID, cases: Sequence[int]) -> None:
    for step in (THERE, BACK):
        for case in cases:
            _all_moved(await move(conn, session, step.trigger, [case], **step.more), 1)


def one_statement(run: Run, clients: int) -> float:
    """Return the moves per second of pgbench's one statement over the world's twins: the limit of single moves."""
    world = run.world
    with sync_connect(world.dsn) as conn:
        codes = {
            row["id"]: row["trigger"] for row in conn.execute("SELECT id, trigger FROM rule WHERE id IN ('U21', 'U69')")
        }
    return run.spot.pgbench(
        world.dsn,
        bare.MOVE_ONE,
        clients=clients,
        transactions=run.size(SINGLES, least=clients),
        variables={
            "first": world.cases[0],
            "last": world.cases[-1],
            "there": codes["U21"],
            "back": codes["U69"],
        },
    )


def single(run: Run, clients: int) -> Figure:
    """Move one case at a time over `clients` connections of one process, beside one statement of pgbench."""
    world = run.world
    each = max(1, run.size(SINGLES) // clients // 2)

    def value() -> float:
        shares = [world.cases[number * each : (number + 1) * each] for number in range(clients)]

        async def together() -> float:
            async with AsyncExitStack() as open_:
                conns = [await open_.enter_async_context(await connect(world.api)) for _ in shares]
                # A pool's connections are open and have moved cases before; pgbench does not count connecting either.
                for conn, mine in zip(conns, shares, strict=True):
                    await _singles(conn, world.verifikator, mine[:WARM])
                begun = time.perf_counter()
                await asyncio.gather(
                    *(_singles(conn, world.verifikator, mine) for conn, mine in zip(conns, shares, strict=True))
                )
                return time.perf_counter() - begun

        return 2 * each * clients / asyncio.run(together())

    return from_rounds(
        f"door_single_{clients}",
        "moves/s",
        interleaved(run.rounds, value, lambda: one_statement(run, clients)),
        target=0.65 if clients == 1 else 0.50,
    )


async def after_singles(world: World, singles: int, cases: Sequence[int]) -> float:
    """Return the cases per second of one call in a session that did so many single moves before."""
    conn = await connect(world.api)
    async with conn:
        for case in world.cases[:singles]:
            await move_all(conn, world, THERE, [case])
            await move_all(conn, world, BACK, [case])
        took = await move_all(conn, world, THERE, cases)
        await move_all(conn, world, BACK, cases)
    return len(cases) / took


def mixed(run: Run) -> Figure:
    """Move 100,000 cases in a session that did single moves before, beside a fresh session."""
    world = run.world
    return from_rounds(
        "door_bulk_after_singles",
        "cases/s",
        interleaved(
            run.rounds,
            lambda: asyncio.run(after_singles(world, run.size(BEFORE, least=WARM), world.cases)),
            lambda: asyncio.run(after_singles(world, 0, world.cases)),
        ),
        target=0.80,
    )


def after_load(run: Run) -> Figure:
    """Move one case in a session warmed on few rows, after a million cases were opened beside it, ANALYZE or not."""

    async def once() -> tuple[float, float]:
        world = build(run.spot.database("bench_warm"), 400)
        conn = await connect(world.api)
        async with conn:
            warm = [await move_all(conn, world, THERE, [case]) for case in world.cases[:200]][100:]
            await opening.load(world, run.size(MILLION))
            cold = [await move_all(conn, world, THERE, [case]) for case in world.cases[200:211]]
        return median(cold), median(warm)

    return from_rounds("door_single_after_load", "s", [asyncio.run(once())], target=3.0, better="lower")
