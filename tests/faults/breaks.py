"""What can break in a plant: processes killed, answers lost, clocks that jump."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
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
class FillDisk:
    """PostgreSQL's disk is full for a moment; it may give up, and is started again once there is room."""

    def strike(self, plant: Plant, luck: Random) -> None:
        assert plant.disk is not None
        ballast = plant.disk / "penuh"
        fill(ballast)
        time.sleep(luck.uniform(_DOWN_S, 4 * _DOWN_S))
        ballast.unlink()
        until("PostgreSQL", lambda: _up(plant))
        plant.end_leases()


def _up(plant: Plant) -> bool:
    """Start PostgreSQL where it gave up, as `alur run` does, and tell whether it answers."""
    if not plant.postgres.is_running():
        plant.start("postgres")
    return bool(plant.rows("SELECT 1"))


def fill(ballast: Path) -> None:
    """Write a file until the disk it lies on is full."""
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        for piece in (b"\0" * (1 << 20), b"\0" * 4096, b"\0"):
            with suppress(OSError):
                while file.write(piece) == len(piece):
                    continue


@dataclass(frozen=True, slots=True)
class JumpClock:
    """The clock jumps, forward or back, by up to so many seconds; a carrier is killed with it."""

    seconds: float

    def strike(self, plant: Plant, luck: Random) -> None:
        seconds = luck.uniform(-self.seconds, self.seconds)
        until("the clock", lambda: plant.rows(_JUMP, {"seconds": seconds}) is not None)
        Kill(("carrier",)).strike(plant, luck)
