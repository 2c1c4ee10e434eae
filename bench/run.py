"""One run of the bench: where it takes place, how large, and what its figures share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from bench import bare
from bench.place import Place
from bench.world import World, build
from models.database import sync_connect

SET = 100_000
"""Cases of the world that most figures move."""
MILLION = 1_000_000


@dataclass
class Run:
    """What every figure is given: a server, the number of rounds, and the scale of all sizes."""

    spot: Place
    rounds: int = 3
    scale: float = 1.0
    """1.0 takes the sizes that docs/benchmarks.md names."""

    def size(self, count: int, *, least: int = 1) -> int:
        """Return how many of `count` this run takes."""
        return max(least, round(count * self.scale))

    @cached_property
    def world(self) -> World:
        """Cases at the kabupaten's desk, with bare twins of their tables; made when the first figure asks."""
        return self._world("bench", SET)

    @cached_property
    def large(self) -> World:
        """Ten times as many."""
        return self._world("bench_large", MILLION)

    def _world(self, name: str, count: int) -> World:
        world = build(self.spot.database(name), self.size(count, least=100))
        with sync_connect(world.dsn) as conn:
            bare.make(conn)
        return world
