"""The machine in memory accepts exactly the declared arrows: each pair of state and trigger is tried."""

from __future__ import annotations

import pytest
from transitions import MachineError

from state_machines import MACHINES, NEW, Machine

MACHINE_BY_NAME = {machine.name: machine for machine in MACHINES}


class Case:
    """A case in memory: it has nothing but a state."""

    state: str


@pytest.mark.parametrize("machine", MACHINES, ids=MACHINE_BY_NAME)
def test_each_declared_arrow_and_no_other_is_accepted(machine: Machine) -> None:
    memory = machine.memory()
    case = Case()
    memory.add_model(case)
    wrong = []
    for source in (NEW, *machine.state):
        for trigger in machine.triggers:
            memory.set_state(source, case)
            rule = machine.arrows.get((source, trigger))
            try:
                moved = memory.events[trigger].trigger(case)
            except MachineError:
                moved = False
            expected = rule.target if rule else source
            if moved != (rule is not None) or case.state != expected:
                wrong.append(f"{source} {trigger}: expected {expected}, stands in {case.state}")
    assert wrong == []


@pytest.mark.parametrize("machine", MACHINES, ids=MACHINE_BY_NAME)
def test_memory_knows_no_other_words(machine: Machine) -> None:
    """No `to_*` triggers that walk past every rule, no states beside the declared ones and the beginning."""
    memory = machine.memory()
    assert set(memory.events) == set(machine.triggers)
    assert set(memory.states) == {NEW, *machine.state}
    assert memory.initial == NEW


@pytest.mark.parametrize("machine", MACHINES, ids=MACHINE_BY_NAME)
def test_memory_has_no_callbacks(machine: Machine) -> None:
    """Effects hidden in callbacks would happen in memory and nowhere else."""
    memory = machine.memory()
    transitions = [t for event in memory.events.values() for some in event.transitions.values() for t in some]
    hooks = [getattr(t, name) for t in transitions for name in ("prepare", "conditions", "before", "after")]
    hooks += [getattr(state, name) for state in memory.states.values() for name in ("on_enter", "on_exit")]
    assert transitions
    assert [hook for hook in hooks if hook] == []
