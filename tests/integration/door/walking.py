"""Proposals walked through the real door, each step by whoever takes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.integration.door.kit import Person, evidence, person, rows, stand
from tests.integration.door.linking import MENUNGGU_SK, states
from tests.support.world import DESA_LAIN, World

REGISTERED = f"{MENUNGGU_SK} U81"
HANDS = {
    "U02": "operator_desa",
    "U05": "sistem",
    "U10": "operator_desa",
    "U12": "kades",
    "U59": "operator_desa",
    "U60": "operator_desa",
    "U61": "kades",
    "U15": "operator_desa",
    "U19": "operator_kecamatan",
    "U22": "verifikator_kab",
    "U30": "kepala_dinas",
    "U32": "sistem",
    "U34": "pusdatin",
    "U35": "bps",
    "U66": "verifikator_kab",
    "U77": "sistem",
    "U78": "pusdatin",
    "U80": "bps",
    "U81": "menteri",
}
"""Who takes which step."""

PAPER = "U02 U05 U59 U15 U19"
MUSDES = "U02 U05 U10 U12 U15 U19"
DIRECT = f"{PAPER} U66"
APPROVED = "U22 U30 U77"


@dataclass
class Family:
    """A family with a registration, and whatever else a row of the table puts there."""

    world: World
    id: int
    registration: int = 0
    cases: dict[str, int] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    proposal: int = 0

    async def members(self) -> list[dict[str, Any]]:
        return await rows(
            self.world, "SELECT * FROM person WHERE household_id = %s AND removed_at IS NULL ORDER BY id", (self.id,)
        )

    async def account(self) -> None:
        """Give the payee an account."""
        await self.world.admin.execute(
            "INSERT INTO account (household_id, person_id, bank, number, status, opened_at, act) "
            "SELECT household_id, id, 'BRI', '002301000000017', 'aktif', alur_now(), 0 FROM person "
            "WHERE household_id = %s AND pengurus",
            (self.id,),
        )

    async def stand(self, name: str, path: str, **more: Any) -> None:
        (self.cases[name],) = await stand(self.world, path, households=[self.id], **more)

    async def states(self, *names: str) -> list[str]:
        return await states(self.world, *(self.cases[name] for name in names))

    async def registered(self) -> str:
        return (await states(self.world, self.registration))[0]

    async def reason(self, name: str) -> str | None:
        return await reason(self.world, self.cases[name])


async def reason(world: World, case: int) -> str | None:
    (row,) = await rows(
        world,
        "SELECT e.id FROM position p JOIN transition t ON t.case_id = p.case_id AND t.version = p.version "
        "JOIN act a ON a.id = t.act LEFT JOIN reason e ON e.code = a.reason WHERE p.case_id = %s",
        (case,),
    )
    told: str | None = row["id"]
    return told


async def successors(world: World, rule: str) -> list[dict[str, Any]]:
    """Return the cases that a rule opened: family, village, programme, state."""
    return await rows(
        world,
        "SELECT c.id, c.household_id, c.region, g.id AS programme, s.id AS state FROM case_ c "
        "JOIN position p ON p.case_id = c.id JOIN state s ON s.code = p.state "
        "LEFT JOIN programme g ON g.code = c.programme "
        "JOIN transition t ON t.case_id = c.id AND t.version = 1 JOIN rule r ON r.code = t.rule AND r.id = %s "
        "ORDER BY c.id",
        (rule,),
    )


async def walk(family: Family, kind: str, path: str, wanted: dict[str, Any], **more: Any) -> None:
    """Open a proposal and take every step of its path as whoever takes it."""
    world = family.world
    told = evidence("U01", "operator_desa") | {"variabel": {"perubahan": wanted} if wanted else {"nomor": 1}}
    operator = await person(world, "operator_desa")
    (family.proposal,) = await operator.opened("U01", [family.id], kind=kind, facts=told, **more)
    for step in path.split():
        assert await (await hand(world, step)).one(step, family.proposal) == "dipindah", step


async def hand(world: World, step: str) -> Person:
    if step == "U61":
        return await person(world, "kades", "kades_tujuan", region=DESA_LAIN)
    return await person(world, HANDS[step])
