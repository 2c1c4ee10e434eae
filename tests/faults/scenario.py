"""A scenario: what runs, what is broken while it runs, what must hold afterwards. A round plays one, with luck."""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from tests.faults.oracle import OPEN_CALLS, wrongs
from tests.faults.plant import Plant, until
from tests.faults.plays import Desk, Play
from tests.flows.stage import Stage
from tests.support.world import World

SEED = int(os.environ.get("ALUR_FAULT_SEED") or secrets.randbits(32))
"""What the luck of all rounds of this test process is drawn from: another one each time, unless it is given."""


class Fault(Protocol):
    """Something that breaks, and is mended: both inside `strike`."""

    def strike(self, plant: Plant, luck: Random) -> None:
        """Break something now; return when it is mended."""


def nothing_more(_plant: Plant, _play: Play) -> list[str]:
    """Demand nothing beside what always must hold."""
    return []


@dataclass(frozen=True, slots=True)
class Scenario:
    """What runs, what breaks at random moments of it, how often at most, and what must hold beside the oracle."""

    name: str
    play: Callable[[], Play]
    fault: Fault
    times: int = 2
    holds: Callable[[Plant, Play], list[str]] = nothing_more

    @property
    def id(self) -> str:
        """Its name as one word."""
        return self.name.replace(", ", "-").replace(" ", "_")

    def round(self, plant: Plant, number: int) -> None:
        """Play one round.

        Raises:
            AssertionError: something is lost, doubled or half-done; it tells the seed, and what every part said.
        """
        luck = Random(f"{SEED}/{self.name}/{number}")  # noqa: S311 -- moments, no secret
        play = self.play()
        moments = sorted(luck.uniform(0, play.seconds) for _ in range(luck.randint(1, self.times)))
        told = f"{self.name}, round {number}, faults after {[round(m, 3) for m in moments]} s, ALUR_FAULT_SEED={SEED}"
        try:
            found = self._played(plant, play, moments, luck)
        except BaseException as error:
            error.add_note(f"{told}\n{plant.said()}")
            raise
        assert not found, "\n".join([told, *found, plant.said()])

    def _played(self, plant: Plant, play: Play, moments: list[float], luck: Random) -> list[str]:
        with plant.database() as dsn:
            asyncio.run(_prepared(dsn, plant, play))
            for part in ("carrier", "api"):
                plant.start(part)
            desk = Desk(plant)
            breaking = _Breaking(plant, self.fault, moments, luck)
            breaking.start()
            try:
                play.act(desk)
            finally:
                breaking.end()
            # Who died with the last answer in hand begins again a little later, and asks how that call stands.
            until("every call's end", lambda: not plant.rows(OPEN_CALLS, {"batch": play.batch}))
            with plant.admin() as conn:
                found = wrongs(conn, play.batch, play.path, play.cases, plant.deeds())
            return [*found, *desk.other_answers(), *self.holds(plant, play)]


async def _prepared(dsn: str, plant: Plant, play: Play) -> None:
    async with World(dsn) as world:
        await play.prepare(Stage(world, plant.sim))


class _Breaking(threading.Thread):
    """Strikes at its moments, counted from its start, whatever the play does meanwhile."""

    def __init__(self, plant: Plant, fault: Fault, moments: list[float], luck: Random) -> None:
        super().__init__(daemon=True)
        self._plant, self._fault, self._moments, self._luck = plant, fault, moments, luck
        self._failed: BaseException | None = None

    def run(self) -> None:
        begun = time.monotonic()
        try:
            for moment in self._moments:
                time.sleep(max(0.0, begun + moment - time.monotonic()))
                self._fault.strike(self._plant, self._luck)
        except BaseException as error:  # noqa: BLE001 -- told in `end`, by the thread of the test
            self._failed = error

    def end(self) -> None:
        """Wait until everything is mended.

        Raises:
            BaseException: what `strike` raised.
        """
        self.join()
        if self._failed is not None:
            raise self._failed
