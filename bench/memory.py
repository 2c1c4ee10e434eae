"""What an installation holds in memory while nothing happens, and what one more waiting case adds to that."""

from __future__ import annotations

import asyncio
import time
from statistics import median

from bench import opening
from bench.figure import Figure, alone
from bench.gates import FAMILIES, MEETING, hold_meetings, waiting
from bench.parts import Parts, memory_kib, parts, until
from bench.run import MILLION, Run
from bench.world import build
from models.database import sync_connect

GATES = 20
"""Lists whose flows wait at a gate; the other cases wait without one."""
NAMES = ("prefect", "simulator", "engine", "api")
OURS = ("prefect", "engine", "api")
REST_S = 10.0
WAITING_MOST = 8
"""Bytes per waiting case that are no more than the scatter of two looks at three processes."""


def _rest(house: Parts, seconds: float) -> dict[str, int]:
    """Let everything come to rest, and return what each part holds, KiB; medians of five looks."""
    time.sleep(seconds)
    looks = []
    for _ in range(5):
        looks.append({name: house.memory_kib(name) for name in NAMES})
        time.sleep(seconds / 10)
    return {name: round(median(look[name] for look in looks)) for name in NAMES}


def held(run: Run) -> list[Figure]:
    """Measure all processes at rest, twenty flows at their gates, and again with 1,000,000 more cases waiting."""
    rest_s = min(REST_S, REST_S * run.scale * 10)
    gates, cases = run.size(GATES), run.size(MILLION)
    world = build(run.spot.database("bench_memory"), gates * FAMILIES, villages=gates, history=MEETING)
    with parts(world.dsn) as house:
        house.start(*NAMES)
        asyncio.run(hold_meetings(world, gates))
        with sync_connect(world.dsn) as conn:
            until("every list to wait for its meeting", waiting(conn, gates), 60 + 3 * gates)
        before = _rest(house, rest_s)
        server = run.spot.server.pid
        assert server is not None
        everything = before | {"postgresql": memory_kib(server)}
        asyncio.run(opening.load(world, cases))
        after = _rest(house, rest_s)
    grown = sum(after[name] - before[name] for name in OURS) * 1024 / cases
    return [
        *(alone(f"memory_{name}", "MiB", [kib / 1024]) for name, kib in everything.items()),
        alone("memory_rest", "MiB", [sum(everything.values()) / 1024]),
        alone("memory_waiting", "B/case", [grown], target=WAITING_MOST),
    ]
