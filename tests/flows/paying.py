"""What the tests of a tahap share."""

from __future__ import annotations

from collections.abc import Sequence

from alur.seed.model import Family
from alur.seed.population import Scenario
from flows.penyaluran_tahap import penyaluran_tahap
from tests.flows.stage import Stage
from tests.flows.steps import steps_of

STEPS = steps_of(penyaluran_tahap)


CLOSED = "P01 P03"


TESTED = f"{CLOSED} P07 P17 P20"


ORDERED = f"{TESTED} P25 P26 P27 P29"


async def members_of_tahap(stage: Stage, families: Sequence[Family], *scenarios: Scenario) -> tuple[int, list[int]]:
    """Return an open tahap and its member families."""
    households = await stage.register(families, *scenarios)
    await stage.members(households)
    return await stage.open_tahap(), households


async def approve_until(stage: Stage, batch: int, gate: str) -> None:
    """Let everything be approved until this gate is open."""
    for _ in range(12):
        await stage.look(batch, *STEPS)
        opened = {row["gate"] for row in await stage.gates(batch, "terbuka")}
        if gate in opened:
            return
        await stage.decide_all(batch)
    raise AssertionError(f"gate {gate} never opens: {await stage.gates(batch)}")


def account_of(family: Family) -> str:
    return family.truth.accounts[0].nomor_rekening
