"""The whole grid, state by trigger, of all machines: a case moves exactly where an arrow is drawn.

The arrows stand in ``arrows.txt``, one line ``machine state trigger target``, kept by hand and never read from the
declarations; the `transitions` library, running the declarations in memory, is the second oracle. Every move is
asked for by a person whose role the rule names, with the evidence, the reason, the history and at the time that the
rule asks for, so that nothing but the missing arrow can refuse it.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from transitions import MachineError

from models.database import fetch_value
from state_machines import BY_NAME, NEW, Machine, Rule
from tests.integration.door.board import Board, Spot, legal_spot, open_window, past_of
from tests.integration.door.kit import OFFICER, Person, evidence, person, rows, stand, told
from tests.integration.door.objecting import citizen, entry
from tests.support import cycle
from tests.support.world import DESA, World

Arrow = tuple[str, str]

LINES = [line.split() for line in Path(__file__).with_name("arrows.txt").read_text("utf-8").splitlines()]
ARROWS: dict[str, dict[Arrow, str]] = {
    name: {(state, trigger): target for machine, state, trigger, target in LINES if machine == name} for name in BY_NAME
}


def in_memory(machine: Machine) -> dict[Arrow, str]:
    """Fire every trigger in every state with the `transitions` library; return where each legal one led."""
    library = machine.memory()
    led: dict[Arrow, str] = {}
    for state in [NEW, *machine.state]:
        for trigger in machine.triggers:
            row = SimpleNamespace(state=state)
            try:
                library.events[trigger].trigger(row)
            except MachineError:
                assert row.state == state
            else:
                led[state, trigger] = row.state
    return led


@pytest.mark.parametrize("name", BY_NAME)
def test_the_library_in_memory_draws_the_same_arrows(name: str) -> None:
    assert in_memory(BY_NAME[name]) == ARROWS[name]


def test_every_line_of_the_table_is_an_arrow_of_its_own() -> None:
    assert len({tuple(line) for line in LINES}) == len(LINES) == sum(map(len, ARROWS.values()))


class Grid:
    """Every state of one machine against every trigger of it, one case each."""

    def __init__(self, world: World, machine: Machine) -> None:
        self.world = world
        self.board = Board(world, machine)
        self.machine = machine
        self.spots: dict[str, list[Spot]] = {}

    async def place(self) -> None:
        """Put one case in every square; where an arrow leaves it, with the past that the rule asks for."""
        for rule in self.machine.rules:
            mover = await self.board.who(rule)
            self.spots[rule.trigger] = [
                legal_spot(rule, state, by=mover.user)
                if self.target(rule, state)
                else Spot(rule, state, [(past_of(rule, state)[0], None)])
                for state in self.machine.state
            ]
        await self.board.place([spot for spots in self.spots.values() for spot in spots])

    def target(self, rule: Rule, state: str) -> str | None:
        return ARROWS[self.machine.name].get((state, rule.trigger))

    async def ask(self, trigger: str) -> dict[str, tuple[str, str | None]]:
        """Ask one trigger of a case in every state; return state -> (what was told, where the case is said to be)."""
        spots = self.spots[trigger]
        rule = spots[0].rule
        mover = await self.board.who(rule)
        # Where fewer reasons are open from some states, one that is open from all.
        more = {"reason": rule.guard.reason_from[0][1][0]} if rule.guard.reason_from else {}
        answers = []
        if rule.people > 1:  # two persons agree on one case at a time
            second = await self.board.who(rule, second=True)
            for spot in spots:
                if self.target(rule, spot.state):
                    assert await mover.one(rule.id, spot.case) == "menunggu_orang_lain"
                    answers += await second.fire(rule.id, [spot.case])
            closed = [spot.case for spot in spots if not self.target(rule, spot.state)]
            answers += await mover.fire(rule.id, closed)
        else:
            answers = await mover.fire(rule.id, [spot.case for spot in spots], **more)
        state_of = {spot.case: spot.state for spot in spots}
        return {state_of[answer.case_id or 0]: (told(answer), answer.state) for answer in answers}

    async def stored(self) -> dict[str, dict[str, tuple[str, int]]]:
        """Return trigger -> state asked from -> (state stored now, moves recorded since)."""
        found = {
            row["case_id"]: (row["id"], row["moves"])
            for row in await rows(
                self.world,
                "SELECT p.case_id, s.id, count(t.version) AS moves FROM position p JOIN state s ON s.code = p.state "
                "LEFT JOIN transition t ON t.case_id = p.case_id AND t.version = p.version AND t.act <> %s "
                "WHERE s.machine = %s GROUP BY 1, 2",
                (self.board.placed, self.machine.code),
            )
        }
        return {trigger: {spot.state: found[spot.case] for spot in spots} for trigger, spots in self.spots.items()}


@pytest.mark.parametrize("name", BY_NAME)
async def test_a_case_moves_exactly_where_an_arrow_is_drawn(world: World, name: str) -> None:
    machine = BY_NAME[name]
    arrows = ARROWS[name]
    await open_window(world)
    grid = Grid(world, machine)
    await grid.place()
    answered = {trigger: await grid.ask(trigger) for trigger in machine.triggers}
    assert answered == {
        trigger: {
            state: ("dipindah", arrows[state, trigger]) if (state, trigger) in arrows else ("tidak_terbuka", state)
            for state in machine.state
        }
        for trigger in machine.triggers
    }
    assert await grid.stored() == {
        trigger: {
            state: (arrows[state, trigger], 1) if (state, trigger) in arrows else (state, 0) for state in machine.state
        }
        for trigger in machine.triggers
    }


async def migration(world: World, rule: Rule) -> dict[str, Any]:
    """Let two persons approve a file, in whose name the system then opens."""
    system = await person(world, "sistem")
    batch = await fetch_value(
        world.worker,
        "SELECT batch_open(%s, 'migrasi', 0, 0, 9999999999, NULL, 1, 'Migrasi')",
        (system.session,),
    )
    machine = next(machine for machine in BY_NAME.values() if rule in machine.rules)
    approval = await fetch_value(
        world.worker,
        "SELECT approval_open(%s, %s, %s, 'pusdatin', %s, '{}', 2, NULL, %s)",
        (
            system.session,
            batch,
            f"migrasi {rule.id}",
            [f"{machine.name}.{rule.trigger}"],
            Jsonb(evidence(rule.id, "pusdatin")),
        ),
    )
    for name in ("satu", "dua"):
        decider = await person(world, "pusdatin", name)
        await world.api.execute(
            "SELECT * FROM approval_decide(%s, %s, 'setuju', NULL, NULL, '{}', '[]')", (decider.session, approval)
        )
    return {"approval": approval}


async def at_the_entry(world: World, rule: Rule, family: int) -> Person:
    """Return somebody the rule names who sees the family, the system where the rule names only those who see none."""
    role = next((role for role in rule.by if role not in {"warga", "bank", "pos", "kppn"}), "sistem")
    if rule.by == ("warga",):
        role = "warga"
    opener = await person(world, role, f"{role} {rule.id}")
    if role == "pendamping":
        await world.assign_families(f"{role} {rule.id}", [family])
    if role in {"direktorat", "kpa", "ppk", "ppspm"}:
        await stand(world, "K01", households=[family])
    return opener


@pytest.mark.parametrize("name", BY_NAME)
async def test_a_case_is_opened_exactly_where_an_arrow_begins(world: World, name: str) -> None:
    machine = BY_NAME[name]
    told_by: dict[str, str | None] = {}
    listed = 0
    if name in {"siklus_desa", "kunjungan"}:
        (listed,) = await world.households()
        await cycle.running(world, [listed])
    if name == "sanggah":
        await person(world, "pendamping", OFFICER)
    for rule in machine.rules:
        family = listed or (await world.households())[0]
        more: dict[str, Any] = {}
        if rule.people > 1 and rule.opens:
            opener, more = await person(world, "sistem"), await migration(world, rule)
        else:
            opener = await at_the_entry(world, rule, family)
        more.setdefault("facts", {} if "approval" in more else evidence(rule.id, opener.role))
        if machine.name == "sanggah" and rule.opens:
            facts, context = await entry(world, rule, family, opener.role)
            more |= context | {"facts": more["facts"] | facts}
            if opener.role == "warga":  # he lives next door
                opener = await citizen(world, "tetangga", (await world.households())[0])
        subject = {"siklus": 0, "siklus_desa": DESA}.get(name, family)
        (outcome,) = await opener.open(rule.id, [subject], **more)
        told_by[rule.trigger] = outcome.state if outcome.done else outcome.refusal
    assert told_by == {trigger: ARROWS[name].get((NEW, trigger), "tidak_terbuka") for trigger in machine.triggers}
