"""A case alone and the same case among others are answered alike: the door writes one in another way than many.

Every rule is asked from each state it leaves and from one it does not leave, in every way that a guard tells apart:
as it should be, without evidence, with a wrong reason, at an old version, by somebody who moved the case before, by
another role and from another place. One copy of the cases goes through the door in a set, the other one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from models.case.outcomes import Outcome
from models.database import fetch_value
from state_machines import BY_NAME, NEW, Machine, Rule
from tests.integration.door.board import Board, Spot, legal_spot, open_window, past_of
from tests.integration.door.kit import Person, person, rows
from tests.support.world import DESA_LAIN, World

WAYS = (
    "as it should be",
    "no evidence",
    "another reason",
    "an old version",
    "the same person",
    "another role",
    "elsewhere",
)
EXPECTED = {
    "tidak_ditemukan",
    "berubah",
    "tidak_terbuka",
    "peran",
    "empat_mata",
    "alasan",
    "bukti_kurang",
}
"""Refusals that every machine must have given, so that the comparison compares something."""


class Pairs:
    """Two copies of the same cases of one machine, and those who ask for them."""

    def __init__(self, world: World, machine: Machine) -> None:
        self.world = world
        self.machine = machine
        self.board = Board(world, machine)
        self.copies: dict[tuple[str, str], tuple[list[Spot], list[Spot]]] = {}

    async def place(self) -> None:
        """Put both copies of every case where the rule finds it."""
        for rule in self.machine.rules:
            mover = await self.board.who(rule)
            for way in WAYS:
                self.copies[rule.id, way] = (self.spots(rule, way, mover.user), self.spots(rule, way, mover.user))
        await self.board.place([spot for pair in self.copies.values() for copy in pair for spot in copy])

    def spots(self, rule: Rule, way: str, mover: int) -> list[Spot]:
        leaves = [state for state in rule.sources if state != NEW]
        closed = next(state for state in self.machine.state if state not in rule.sources)
        spots = [legal_spot(rule, state, by=mover) for state in leaves]
        if way == "the same person" and rule.barred:
            for spot in spots:
                spot.past.insert(1, (rule.barred[0], mover))
        return [*spots, Spot(rule, closed, [(past_of(rule, closed)[0], None)])]

    async def askers(self, rule: Rule, way: str) -> list[Person]:
        """Return who asks, one after the other: two persons where two must agree."""
        if way == "another role":
            role = next(role for role in ("pusdatin", "operator_desa", "kades") if role not in rule.by)
            return [await person(self.world, role, f"lain {role}")]
        if way == "elsewhere":
            return [await person(self.world, "operator_desa", "desa lain", region=DESA_LAIN)]
        first = await self.board.who(rule)
        return [first, await self.board.who(rule, second=True)] if rule.people > 1 else [first]

    def words(self, rule: Rule, way: str, count: int) -> dict[str, Any]:
        """Return what differs from a move as it should be."""
        if way == "no evidence":
            return {"without": rule.needs}
        if way == "another reason":
            return {"reason": None if rule.reasons else "PETUGAS_GANTI"}
        if way == "an old version":
            return {"versions": [99] * count}
        return {}

    async def stored(self, spots: Sequence[Spot]) -> list[tuple[Any, ...]]:
        """Return where each case stands, and what its log and its refusals say of this asking."""
        found = {
            row["case_id"]: tuple(row.values())[1:]
            for row in await rows(
                self.world,
                "SELECT p.case_id, p.state, p.version, p.batch, "
                "ARRAY(SELECT t.rule FROM transition t WHERE t.case_id = p.case_id ORDER BY t.version) AS moves, "
                "ARRAY(SELECT f.code FROM refusal f WHERE f.case_id = p.case_id ORDER BY f.act) AS refusals, "
                "ARRAY(SELECT c.user_id FROM confirmation c WHERE c.case_id = p.case_id) AS confirmed, "
                "EXISTS (SELECT FROM claim k WHERE k.case_id = p.case_id) AS claims "
                "FROM position p WHERE p.case_id = ANY (%s)",
                ([spot.case for spot in spots],),
            )
        }
        return [found[spot.case] for spot in spots]


def alike(outcomes: Sequence[Outcome]) -> list[tuple[Any, ...]]:
    """Return what two askings for twins must have in common: all but the numbers of acts and cases."""
    return [
        (each.outcome, each.refusal, each.rule, each.state, each.version, sorted(each.missing)) for each in outcomes
    ]


@pytest.mark.parametrize("name", BY_NAME)
async def test_a_single_case_is_answered_as_in_a_set(world: World, name: str) -> None:
    machine = BY_NAME[name]
    await open_window(world)
    pairs = Pairs(world, machine)
    await pairs.place()
    seen: set[str | None] = set()
    for (rule_id, way), (many, singles) in pairs.copies.items():
        rule = machine.rule[rule_id]
        for asker in await pairs.askers(rule, way):
            together = await asker.fire(rule_id, [spot.case for spot in many], **pairs.words(rule, way, len(many)))
            alone = [
                outcome
                for spot in singles
                for outcome in await asker.fire(rule_id, [spot.case], **pairs.words(rule, way, 1))
            ]
            assert alike(alone) == alike(together), (rule_id, way, asker.role)
            seen |= {outcome.refusal or outcome.outcome for outcome in together}
        assert await pairs.stored(singles) == await pairs.stored(many), (rule_id, way)
    assert {*EXPECTED, "dipindah"} <= seen
    assert await fetch_value(world.admin, "SELECT count(*) FROM transition WHERE act > %s", (pairs.board.placed,)) > 0
