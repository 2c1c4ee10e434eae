"""What the tests of parallel sessions share."""

from __future__ import annotations

from collections import Counter
from itertools import chain

from models.case.outcomes import Outcome
from models.database import fetch_value
from tests.integration.door.kit import (
    told,
    values,
)
from tests.support.world import World


def answers_of(outcomes: list[list[Outcome]]) -> dict[int, list[str]]:
    """Return case -> what each call was told about it."""
    found: dict[int, list[str]] = {}
    for outcome in chain.from_iterable(outcomes):
        found.setdefault(outcome.case_id or 0, []).append(told(outcome))
    return found


async def moves_of(world: World, rule: str) -> Counter[int]:
    """Return how often each case was moved by a rule, from the log."""
    return Counter(
        await values(world, "SELECT t.case_id FROM transition t JOIN rule r ON r.code = t.rule AND r.id = %s", (rule,))
    )


async def seats(world: World) -> int | None:
    value: int | None = await fetch_value(world.admin, "SELECT used FROM counter WHERE kind = 2")
    return value
