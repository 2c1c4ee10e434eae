"""Codes are numbered for ever: `codes.txt` beside this file only grows.

The log stores small integers. A number given to something else would rewrite history, and so would a word that moved
to another number. What is retired keeps its line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from models.case.refusals import REFUSALS
from models.vocabulary import OPERATIONS
from state_machines import MACHINES
from state_machines.facts import FACT_KINDS
from state_machines.reasons import REASONS
from state_machines.vocabulary import JENIS, PROGRAMMES, ROLES

FILE = Path(__file__).with_name("codes.txt")
LINES = 944
"""How many lines the file has; more when codes are added, never fewer."""


def declared() -> Iterator[str]:
    """Yield a line for each code: what it is, its number, its name; a rule also its trigger."""
    for machine in MACHINES:
        yield f"machine {machine.code} {machine.name}"
    for machine in MACHINES:
        yield from (f"state {state.code} {machine.name}.{state.id}" for state in machine.states)
        yield from (f"rule {machine.rule_code(rule)} {rule.id} {rule.trigger}" for rule in machine.rules)
        yield from (f"trigger {machine.trigger_code(name)} {machine.name}.{name}" for name in machine.triggers)
    yield from (f"trigger {code} {name}" for name, code in OPERATIONS.items())
    yield from (f"role {role.code} {role.id}" for role in ROLES)
    yield from (f"programme {programme.code} {programme.id}" for programme in PROGRAMMES)
    yield from (f"jenis {jenis.code} {jenis.id}" for jenis in JENIS)
    yield from (f"reason {reason.code} {reason.id}" for reason in REASONS)
    yield from (f"fact {kind.code} {kind.id}" for kind in FACT_KINDS)
    yield from (f"refusal {refusal.code} {refusal.id}" for refusal in REFUSALS)


def listed() -> list[str]:
    lines = FILE.read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_codes_are_unique() -> None:
    numbers = Counter(tuple(line.split()[:2]) for line in declared())
    names = Counter((line.split()[0], line.split()[2]) for line in declared())
    assert [key for key, n in (numbers | names).items() if n > 1] == []


def test_every_code_fits_its_column() -> None:
    assert max(int(line.split()[1]) for line in declared()) < 2**15, "codes are smallint"


def test_codes_are_as_listed() -> None:
    """A number means what it always meant, and a name keeps its number."""
    lines = listed()
    by_number = {tuple(line.split()[:2]): line for line in lines}
    by_name = {(line.split()[0], line.split()[2]): line for line in lines}
    moved = [
        f"{line}   (listed: {known})"
        for line in declared()
        for known in {
            by_number.get(tuple(line.split()[:2]), line),
            by_name.get((line.split()[0], line.split()[2]), line),
        }
        if known != line
    ]
    assert not moved, "numbered for ever; give what changed a new number and name:\n" + "\n".join(moved)


def test_new_codes_are_listed() -> None:
    new = [line for line in declared() if line not in set(listed())]
    assert not new, f"append these lines to {FILE.name}, and raise LINES by {len(new)}:\n" + "\n".join(new)


def test_the_list_only_grows() -> None:
    assert len(listed()) == LINES, f"lines of {FILE.name} are never taken out; what is retired keeps its line"
    assert len(set(listed())) == LINES, "a line stands twice"


def test_retired_numbers_stay_retired() -> None:
    """A retired line (`rule 1018 U18 retired`) bars its number and its id."""
    retired = {(line.split()[0], part) for line in listed() if line.endswith(" retired") for part in line.split()[1:3]}
    assert retired
    again = [line for line in declared() for part in line.split()[1:3] if (line.split()[0], part) in retired]
    assert not again, f"retired numbers are never reused: {again}"
