"""The declarations told as data keep the shape and the size of the specification they were taken from."""

from __future__ import annotations

import pytest

from state_machines import MACHINES
from state_machines.describe import as_data

DATA = as_data(MACHINES)
SIZES = {
    "usulan": (35, 83),
    "kepesertaan": (7, 22),
    "penyaluran": (39, 77),
    "sanggah": (16, 34),
    "siklus": (6, 7),
    "siklus_desa": (8, 12),
    "kunjungan": (7, 11),
}
"""Machine -> states and rules of the specification; U90: what a visit brings about has a way to its end; K22: what was
decided about a family ends its held membership."""

STATE = {"id", "label", "meaning", "phase", "holder", "sla", "terminal"}
STATE_MORE = {"why_no_sla", "stable", "remind", "expire", "account"}
RULE = {"id", "trigger", "from", "to", "by", "evidence", "reasons", "not_same_person_as", "auto"}
RULE_MORE = {"refusal", "people", "undo_of", "window", "fires", "note"}


def test_every_part_is_told() -> None:
    assert set(DATA) == {"roles", "calendar", "programmes", "jenis_usulan", "machines", "reasons", "labels"}
    assert {name: len(DATA[name]) for name in DATA} == {
        "roles": 24,
        "calendar": 7,
        "programmes": 14,
        "jenis_usulan": 13,
        "machines": 7,
        "reasons": 127,
        "labels": 47,
    }


@pytest.mark.parametrize("name", SIZES)
def test_a_machine_has_the_size_of_its_table(name: str) -> None:
    machine = DATA["machines"][name]
    assert (len(machine["states"]), len(machine["transitions"])) == SIZES[name]


@pytest.mark.parametrize("name", SIZES)
def test_states_and_rules_have_the_specification_s_keys(name: str) -> None:
    machine = DATA["machines"][name]
    assert list(machine) == ["subject", "big", "phases", "states", "transitions"]
    for rows, always, sometimes in (
        (machine["states"], STATE, STATE_MORE),
        (machine["transitions"], RULE, RULE_MORE),
    ):
        wrong = [row["id"] for row in rows if not always <= set(row) <= always | sometimes]
        assert wrong == []


@pytest.mark.parametrize("name", SIZES)
def test_nothing_declared_is_lost(name: str) -> None:
    """Told and read back, every state and rule is the one declared."""
    machine = next(machine for machine in MACHINES if machine.name == name)
    told = DATA["machines"][name]
    for state, row in zip(machine.states, told["states"], strict=True):
        assert row["terminal"] == state.terminal
        assert row.get("stable", False) == state.stable
        for key in ("id", "label", "meaning", "phase", "holder", "sla", "remind", "expire", "account"):
            assert row.get(key) == getattr(state, key), (state.id, key)
    for rule, row in zip(machine.rules, told["transitions"], strict=True):
        assert (row["id"], row["trigger"], row["to"]) == (rule.id, rule.trigger, rule.target)
        for key, value in (
            ("from", rule.sources),
            ("by", rule.by),
            ("evidence", rule.needs),
            ("reasons", rule.reasons),
            ("not_same_person_as", rule.barred),
            ("undo_of", rule.undo_of),
            ("fires", rule.fires),
        ):
            assert tuple(row.get(key, ())) == value, (rule.id, key)
        assert row["auto"] == (rule.by == ("sistem",))
        assert row.get("people", 1) == rule.people
        assert row.get("refusal", False) == rule.refusal


def test_labels_point_at_something() -> None:
    """A label of SIKS-NG stands for a declared state or reason."""
    states = {f"{name}.{row['id']}" for name, machine in DATA["machines"].items() for row in machine["states"]}
    known = {"state": states, "reason": set(DATA["reasons"])}
    lost = [row for row in DATA["labels"] if row["kind"] in known and row["ref"] not in known[row["kind"]]]
    assert lost == []
