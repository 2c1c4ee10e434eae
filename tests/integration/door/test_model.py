"""Random people knock at random, and after every knock the database stands where a model in memory stands."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from models.database import fetch_value
from state_machines import BY_NAME
from state_machines import Rule as MachineRule
from tests.integration.door.kit import OFFICER, Person, evidence, person, replayed, rows, stand, told, values
from tests.integration.door.model import Knock, Model, ModelCase
from tests.support.world import World

T = TypeVar("T")

PADAN = "U01 U02 U05"
VERIF = f"{PADAN} U11 U15 U19"
PENETAPAN = f"{VERIF} U22 U30 U32 U34 U35"
PATHS = {
    "kepesertaan": ("K01", "K01 K04", "K01 K06", "K01 K06 K07", "K01 K06 K07 K13", "K01 K06 K07 K17"),
    "usulan": (
        *("U01", "U01 U02", PADAN, f"{PADAN} U57 U49", f"{PADAN} U10", VERIF, f"{VERIF} U24", f"{VERIF} U22"),
        *(f"{VERIF} U22 U30", PENETAPAN, f"{PENETAPAN} U81", f"{PENETAPAN} U81 U40"),
    ),
    "sanggah": (
        *("S02", "S02 S10", "S02 S10 S12", "S02 S10 S13", "S02 S10 S13 S24", "S02 S10 S13 S25", "S02 S10 S12 S21"),
        *("S06", "S06 S11", "S06 S11 S24", "S07 S10", "S07 S10 S14", "S08 S10 S14 S16", "S02 S10 S13 S25 S27"),
    ),
}
PEOPLE = {
    "kepesertaan": {
        "sistem": 1,
        "direktorat": 2,
        "pusdatin": 3,
        "verifikator_kab": 2,
        "kepala_dinas": 1,
        "operator_desa": 1,
    },
    "usulan": {
        "sistem": 1,
        "operator_desa": 2,
        "kades": 1,
        "operator_kecamatan": 1,
        "pengisi_data_kab": 1,
        "verifikator_kab": 2,
        "kepala_dinas": 2,
        "pusdatin": 2,
        "bps": 1,
        "menteri": 1,
    },
    "sanggah": {"sistem": 1, "operator_desa": 2, "verifikator_kab": 2, "kepala_dinas": 2, "dinsos_provinsi": 2},
}
STEPS = {
    "kepesertaan": frozenset[str](),
    "usulan": frozenset({"musdes", "pengesahan", "olah_pusat", "pemeringkatan", "sk"}),
    "sanggah": frozenset(),
}
"""The steps that BARU takes; memberships and objections have none."""
SEATS_FREE = 2
NOBODY = 10**12


class Stage:
    """One database for all walks of a machine: its people, and families without end."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.machine = BY_NAME[name]
        self.people: list[Person] = []
        self.somebody = 0

    async def prepare(self) -> None:
        # Every day is a day on which proposals are sent: time is another test's.
        await self.world.policy({"jendela.kirim": {"dari": 1, "sampai": 31}})
        self.somebody = await self.world.user("pendahulu")
        await person(self.world, "pendamping", OFFICER)
        self.people = [
            await person(self.world, role, f"{role} {n}")
            for role, count in PEOPLE[self.machine.name].items()
            for n in range(count)
        ]

    async def begin(self, paths: Sequence[str]) -> Model:
        """Put cases at the ends of these histories and return the model that begins with them."""
        model = Model(self.machine, STEPS[self.machine.name])
        for path in paths:
            (case,) = await stand(self.world, path)
            fired = path.split()
            model.cases[case] = ModelCase(
                case, self.machine.rule[fired[-1]].target, [(rule, frozenset({self.somebody})) for rule in fired]
            )
        if self.machine.name == "kepesertaan":
            model.seats = await fetch_value(self.world.admin, "SELECT COALESCE(sum(used), 0)::int FROM counter")
            model.ceiling = model.seats + SEATS_FREE
            await self.world.policy({"kuota.program.PKH@3204": model.ceiling})
        return model

    async def stored(self, cases: Sequence[int]) -> dict[int, tuple[str, int, list[tuple[str, frozenset[int]]]]]:
        """Return where these cases stand, and who moved them along which rules."""
        found = await rows(
            self.world,
            "SELECT p.case_id, s.id AS state, p.version, array_agg(r.id ORDER BY t.version) AS rules,"
            "       array_agg(COALESCE(array_to_string(g.members, ' '), t.actor::text) ORDER BY t.version) AS actors "
            "FROM position p JOIN state s ON s.code = p.state JOIN transition t ON t.case_id = p.case_id "
            "JOIN rule r ON r.code = t.rule LEFT JOIN actor_group g ON g.id = t.actor "
            "WHERE p.case_id = ANY (%s) GROUP BY 1, 2, 3",
            (list(cases),),
        )
        return {
            row["case_id"]: (
                row["state"],
                row["version"],
                [
                    (rule_id, frozenset(map(int, actors.split())))
                    for rule_id, actors in zip(row["rules"], row["actors"], strict=True)
                ],
            )
            for row in found
        }


class Walk(RuleBasedStateMachine):
    """A few cases, and people who click at them as they please."""

    stage: Stage
    runner: asyncio.Runner

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        paths = data.draw(st.lists(st.sampled_from(PATHS[self.stage.machine.name]), min_size=2, max_size=4))
        self.model = self.run(self.stage.begin(paths))
        self.story = [f"{case.id} after {path}" for case, path in zip(self.model.cases.values(), paths, strict=True)]

    def _rule(self, data: st.DataObject, case: int) -> MachineRule:
        """Most people click on something that is open; some click on anything."""
        machine = self.stage.machine
        moving = [rule.id for rule in machine.rules if not rule.opens]
        if case in self.model.cases and data.draw(st.integers(0, 4)):
            moving = [rule.id for rule in machine.open_from(self.model.cases[case].state)] or moving
        return machine.rule[data.draw(st.sampled_from(moving))]

    def _who(self, data: st.DataObject, rule: MachineRule) -> Person:
        """Most of them have the role; some have another."""
        people = self.stage.people
        mistaken: int = data.draw(st.integers(0, 5))
        if mistaken:
            people = [who for who in people if who.role in rule.by] or people
        index: int = data.draw(st.integers(0, len(people) - 1))
        return people[index]

    @rule(data=st.data())
    def knock(self, data: st.DataObject) -> None:
        cases = list(self.model.cases)
        ids = data.draw(st.lists(st.sampled_from([*cases, *cases, NOBODY]), min_size=1, max_size=5))
        if len(set(ids)) == 1 or data.draw(st.booleans()):
            ids = ids[:1]
        fired = self._rule(data, ids[0])
        who = self._who(data, fired)
        reason = None
        if fired.reasons or not data.draw(st.integers(0, 6)):
            reason = data.draw(st.sampled_from([*fired.reasons[:2], *fired.reasons[:2], None, "JADWAL_DIGANTI"]))
        note = "catatan" in fired.needs and bool(data.draw(st.integers(0, 6)))
        kinds = evidence(fired.id, who.role)
        if kinds and not data.draw(st.integers(0, 6)):
            kinds.pop(data.draw(st.sampled_from(sorted(kinds))))
        versions = None
        if data.draw(st.booleans()):  # a case named twice is named at one version
            seen_at = {
                id_: data.draw(st.sampled_from([None, *[self._version(id_)] * 2, 99])) for id_ in dict.fromkeys(ids)
            }
            versions = [seen_at[id_] for id_ in ids]

        self.story.append(
            f"{who.role} {who.user}: {fired.id} of {ids} at {versions}, {reason}, {note}, {sorted(kinds)}"
        )
        knock = Knock(fired, who.role, who.user, reason, note, frozenset(kinds))
        answers = self.run(
            who.fire(fired.id, ids, facts=kinds, note="x" if note else None, reason=reason, versions=versions)
        )
        assert [a.case_id for a in answers] == ids
        assert [(told(a), a.version) for a in answers] == self.model.move(knock, ids, versions), self.told()
        self.agree()

    def _version(self, id_: int) -> int:
        return self.model.cases[id_].version if id_ in self.model.cases else 1

    def agree(self) -> None:
        assert self.run(self.stage.stored(list(self.model.cases))) == {
            case.id: (case.state, case.version, case.log) for case in self.model.cases.values()
        }, self.told()

    def told(self) -> str:
        """Return the walk so far, for whoever has to understand a failure."""
        return "\n".join(self.story)


@pytest.mark.parametrize("name", PATHS)
def test_the_database_stands_where_the_model_stands(database: str, name: str) -> None:
    with asyncio.Runner() as runner:
        world = runner.run(World(database).__aenter__())
        stage = Stage(world, name)
        try:
            runner.run(stage.prepare())
            walk = type("Walk", (Walk,), {"stage": stage, "runner": runner})
            run_state_machine_as_test(
                walk,
                settings=settings(
                    max_examples=20,
                    stateful_step_count=30,
                    deadline=None,
                    database=None,
                    derandomize=True,
                    phases=(Phase.generate,),  # shrinking would replay hundreds of walks against the database
                    report_multiple_bugs=False,
                    suppress_health_check=list(HealthCheck),
                ),
            )
            assert runner.run(replayed(world)) == []
            moved = runner.run(
                values(world, "SELECT count(*) FROM act a WHERE EXISTS (SELECT FROM transition t WHERE t.act = a.id)")
            )
            assert moved[0] > 150
        finally:
            runner.run(world.__aexit__())
