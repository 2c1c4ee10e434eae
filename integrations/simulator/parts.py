"""What every route works with, handed over by FastAPI."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from integrations.simulator.desk import Desk
from integrations.simulator.engine import Engine
from integrations.simulator.gate import Gate
from integrations.simulator.play_telegram import Telegram


@dataclass(frozen=True, slots=True)
class Parts:
    """One simulator."""

    engine: Engine
    desk: Desk
    gate: Gate
    telegram: Telegram


async def parts_of(request: Request) -> Parts:
    """Return the simulator that the app was made with."""
    parts: Parts = request.app.state.parts
    return parts


Simulator = Annotated[Parts, Depends(parts_of)]
