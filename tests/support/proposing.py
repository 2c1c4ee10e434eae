"""What a proposal of a kind has to name before it may be sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.case.commands import CaseFact
from models.database import fetch_value
from tests.support.world import World


async def wanted(world: World, kind: str, household: int) -> dict[str, Any]:
    """Return the change that a proposal about a family names, made up where its kind asks for one."""
    if kind == "PECAH_KK":
        village = await fetch_value(world.admin, "SELECT region FROM household WHERE id = %s", (household,))
        return {"keluarga_baru": (await world.households(1, region=village, members=1))[0]}
    if kind == "GANTI_PENGURUS":
        members = "SELECT max(id) FROM person WHERE household_id = %s AND removed_at IS NULL"
        return {"pengurus": await fetch_value(world.admin, members, (household,))}
    return {"alasan": "MAMPU"} if kind == "NONAKTIF" else {}


async def naming(world: World, kind: str, households: Sequence[int]) -> list[CaseFact]:
    """Return the evidence with which proposals of a kind about these families name their change."""
    return [
        CaseFact(place, "variabel", {"perubahan": await wanted(world, kind, household)})
        for place, household in enumerate(households, 1)
    ]
