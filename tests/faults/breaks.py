"""What can break in a plant: processes killed, answers lost, clocks that jump."""

from __future__ import annotations

import time
from dataclasses import dataclass
from random import Random

from tests.faults.plant import Plant, until

_DOWN_S = 0.3
"""A part that was killed stays away for up to this long."""
_JUMP = "UPDATE clock SET shift = shift + make_interval(secs => %(seconds)s)"


@dataclass(frozen=True, slots=True)
class Kill:
    """Parts are killed (`-9`) at once, and started again a moment later, in the order of their names here."""

    parts: tuple[str, ...]

    def strike(self, plant: Plant, luck: Random) -> None:
        for part in self.parts:
            plant.kill(part)
        time.sleep(luck.uniform(0, _DOWN_S))
        for part in self.parts:
            plant.again(part)


@dataclass(frozen=True, slots=True)
class LoseAnswer:
    """One answer is lost between the server that has done its work and whoever asked; the connection goes with it."""

    wire: str
    """`database` (what the API and flows asked) or `api` (what people asked)."""

    def strike(self, plant: Plant, luck: Random) -> None:
        wire = plant.database_wire if self.wire == "database" else plant.api_wire
        lost = wire.swallowed
        wire.swallow(luck.randint(1, 8))
        end = time.monotonic() + _DOWN_S
        while wire.swallowed == lost and time.monotonic() < end:
            time.sleep(0.01)
        wire.swallow(None)
        if self.wire == "database":
            plant.end_leases()


@dataclass(frozen=True, slots=True)
class JumpClock:
    """The clock jumps, forward or back, by up to so many seconds."""

    seconds: float

    def strike(self, plant: Plant, luck: Random) -> None:
        seconds = luck.uniform(-self.seconds, self.seconds)
        until("the clock", lambda: plant.rows(_JUMP, {"seconds": seconds}) is not None)
