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
from bench.place import Place
from bench.world import World, build
from models.case.commands import move
from models.case.outcomes import Outcome
from models.database import Conn, connect, sync_connect

SET = 100_000
SINGLES = 2_000
CLIENTS = 8
WARM = 10
LOADED = 1_000_000


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


def in_bulk(world: World, rounds: int) -> Figure:
    """Move 100,000 cases in one call, beside bare set-based SQL."""
    cases = world.cases[:SET]

    def value() -> float:
        async def once() -> float:
            conn = await connect(world.api)
            async with conn:
                return await move_all(conn, world, THERE, cases) + await move_all(conn, world, BACK, cases)

        return 2 * SET / asyncio.run(once())

    def limit() -> float:
        with sync_connect(world.dsn) as conn:
            rule = conn.execute("SELECT * FROM rule WHERE id = 'U21'").fetchone()
            assert rule is not None
            told = {"trigger": rule["trigger"], "state": rule["target"], "rule": rule["code"], "cases": cases}
            begun = time.perf_counter()
            moved = conn.execute(bare.MOVE_SET, told).fetchall()
            took = time.perf_counter() - begun
        assert len(moved) == SET
        return SET / took

    return from_rounds("door_bulk", "cases/s", interleaved(rounds, value, limit), target=0.50)


async def _singles(conn: Conn, session: UUID, cases: Sequence[int]) -> None:
    for step in (THERE, BACK):
        for case in cases:
            _all_moved(await move(conn, session, step.trigger, [case], **step.more), 1)


def single(place: Place, world: World, rounds: int, clients: int) -> Figure:
    """Move one case at a time over `clients` connections of one process, beside one statement of pgbench."""
    with sync_connect(world.dsn) as conn:
        codes = {
            row["id"]: row["trigger"] for row in conn.execute("SELECT id, trigger FROM rule WHERE id IN ('U21', 'U69')")
        }
    each = SINGLES // clients // 2

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

    def limit() -> float:
        return place.pgbench(
            world.dsn,
            bare.MOVE_ONE,
            clients=clients,
            transactions=SINGLES,
            variables={
                "first": world.cases[0],
                "last": world.cases[SET - 1],
                "there": codes["U21"],
                "back": codes["U69"],
            },
        )

    return from_rounds(
        f"door_single_{clients}",
        "moves/s",
        interleaved(rounds, value, limit),
        target=0.65 if clients == 1 else 0.50,
    )


def mixed(world: World, rounds: int) -> Figure:
    """Move 100,000 cases in a session that did single moves before, beside a fresh session."""
    cases = world.cases[:SET]

    async def after(singles: int) -> float:
        conn = await connect(world.api)
        async with conn:
            for case in cases[:singles]:
                await move_all(conn, world, THERE, [case])
                await move_all(conn, world, BACK, [case])
            took = await move_all(conn, world, THERE, cases)
            await move_all(conn, world, BACK, cases)
        return SET / took

    return from_rounds(
        "door_bulk_after_singles",
        "cases/s",
        interleaved(rounds, lambda: asyncio.run(after(200)), lambda: asyncio.run(after(0))),
        target=0.80,
    )


def after_load(place: Place, loaded: int = LOADED) -> Figure:
    """Move one case in a session warmed on few rows, after a million cases were opened beside it, ANALYZE or not."""

    async def once() -> tuple[float, float]:
        world = build(place.database("bench_warm"), 400)
        conn = await connect(world.api)
        async with conn:
            warm = [await move_all(conn, world, THERE, [case]) for case in world.cases[:200]][100:]
            await opening.load(world, loaded)
            cold = [await move_all(conn, world, THERE, [case]) for case in world.cases[200:211]]
        return median(cold), median(warm)

    return from_rounds("door_single_after_load", "s", [asyncio.run(once())], target=3.0, better="lower")
