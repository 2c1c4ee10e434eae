"""The words a machine is written in: states, rules, and the table that holds them.

A rule is one row of the regulation: from which states, by which trigger, to which state, by whom, on what evidence,
for which reasons, and who may not be the same person. Codes and rule ids are numbered for ever: a row that changes
gets a new id and the old one is retired, so that history always points at the rule under which it happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from transitions import Machine as TransitionsMachine

NEW = "new"
"""The source of rules that open a case."""

RESTING_CODE = 20_000
"""States coded from here on are resting (terminal or stable): no work waits in them, so the queue index leaves them
out. Open states are coded below."""

SYSTEM = "sistem"


@dataclass(frozen=True, slots=True)
class State:
    """One state: who holds the case while it is there, and for how long that is fine.

    `sla`, `remind` and `expire` are durations such as ``3 wd`` (working days), ``14 d``, ``15 min``, or a calendar
    word such as ``hari_17``. They are defaults for the policy tables, which decide at run time.
    `account` is the position of funds (penyaluran only): pra, open, selesai, disetor, hangus, keluar.
    """

    code: int
    id: str
    label: str
    meaning: str
    phase: str
    holder: str
    sla: str | None = None
    why_no_sla: str | None = None
    terminal: bool = False
    stable: bool = False
    remind: str | None = None
    expire: str | None = None
    account: str | None = None

    @property
    def resting(self) -> bool:
        """Whether a case may stay here for ever without anybody being late."""
        return self.terminal or self.stable


@dataclass(frozen=True, slots=True)
class Guard:
    """What the specification says in a note and the door must nevertheless hold.

    Attributes:
        steps: steps that the kind of proposal must take (``sk``) or must not take (``-pengesahan``), see policy.
        only_by: the actor must himself have fired one of these rules on this case ("only its proposer withdraws").
        after: one of these rules must have fired on this case before.
        never: none of these rules may have fired on this case.
        latest: of these rules the first-named must be the one that fired last (bank channel or Pos channel).
        not_before: time in the present state before which the row may not fire (``expire`` = the state's own).
        place: ``tujuan`` where the village of destination acts, not the village of origin.
        reason_from: source state -> the only reasons open from there.
        same_year: only inside the budget year in which the case was opened.
        amount: ``set`` (closes the amount), ``equal`` or ``differs`` (compared with the closed amount).
        second: a further role whose holder may be the second person of a two-person correction. Where an office has
            a single holder of the first role (one kepala dinas, one KPA), the correction could otherwise never happen.
    """

    steps: tuple[str, ...] = ()
    only_by: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    latest: tuple[str, ...] = ()
    not_before: str | None = None
    place: str = "asal"
    reason_from: tuple[tuple[str, tuple[str, ...]], ...] = ()
    same_year: bool = False
    amount: str | None = None
    second: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: `trigger` takes a case from any of `sources` to `target`, when everything else on the row holds."""

    id: str
    trigger: str
    sources: tuple[str, ...]
    target: str
    by: tuple[str, ...]
    needs: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()
    refusal: bool = False
    people: int = 1
    undo_of: tuple[str, ...] = ()
    window: str | None = None
    fires: tuple[str, ...] = ()
    note: str | None = None
    guard: Guard = field(default_factory=Guard)

    @property
    def auto(self) -> bool:
        """Whether only the system fires this row."""
        return self.by == (SYSTEM,)

    @property
    def opens(self) -> bool:
        """Whether this row opens a case."""
        return self.sources == (NEW,)


@dataclass(frozen=True)
class Machine:
    """One machine: its states and its rules, and the pure questions one may ask of them.

    `big` repeats the specification's mark: its rows are printed there as a table of their own. A case of a `regional`
    machine is about a region and has no family.
    """

    code: int
    name: str
    prefix: str
    subject: str
    phases: tuple[str, ...]
    states: tuple[State, ...]
    rules: tuple[Rule, ...]
    big: bool = True
    regional: bool = False

    @cached_property
    def state(self) -> dict[str, State]:
        """States by id."""
        return {state.id: state for state in self.states}

    @cached_property
    def rule(self) -> dict[str, Rule]:
        """Rules by id."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def arrows(self) -> dict[tuple[str, str], Rule]:
        """(source state, trigger) -> the one rule that is open there."""
        return {(source, rule.trigger): rule for rule in self.rules for source in rule.sources}

    @cached_property
    def triggers(self) -> tuple[str, ...]:
        """Trigger names in order of first appearance."""
        return tuple(dict.fromkeys(rule.trigger for rule in self.rules))

    def rule_code(self, rule: Rule) -> int:
        """Return the small integer under which the log knows `rule`: machine * 1000 + the number in its id."""
        return self.code * 1000 + int(rule.id[1:])

    def trigger_code(self, trigger: str) -> int:
        """Return the small integer of a trigger: that of the first-numbered rule which carries it."""
        return min(self.rule_code(rule) for rule in self.rules if rule.trigger == trigger)

    def open_from(self, state: str) -> Iterator[Rule]:
        """Yield the rules that leave `state`."""
        return (rule for rule in self.rules if state in rule.sources)

    def memory(self) -> TransitionsMachine:
        """Return the machine as the `transitions` library runs it in memory: validation, diagrams and test oracle.

        It has no callbacks with effects and no automatic `to_*` triggers, which would walk past every rule.
        """
        return TransitionsMachine(
            model=None,
            states=[NEW, *self.state],
            initial=NEW,
            transitions=[
                {"trigger": rule.trigger, "source": list(rule.sources), "dest": rule.target} for rule in self.rules
            ],
            auto_transitions=False,
            send_event=True,
        )


def state(
    code: int, id_: str, phase: str, holder: str, sla: str, label: str, meaning: str, **more: str | None
) -> State:
    """Declare an open state: somebody holds the case and a clock runs."""
    return State(code, id_, label, meaning, phase, holder, sla=sla, **more)  # type: ignore[arg-type]


def stable(code: int, id_: str, phase: str, why: str, label: str, meaning: str, account: str | None = None) -> State:
    """Declare a state in which a case may rest and from which ordinary rules still lead on."""
    return State(code, id_, label, meaning, phase, SYSTEM, why_no_sla=why, stable=True, account=account)


def end(code: int, id_: str, phase: str, label: str, meaning: str, account: str | None = None) -> State:
    """Declare a terminal state: only a `koreksi_*` row leaves it."""
    return State(code, id_, label, meaning, phase, SYSTEM, why_no_sla="akhir", terminal=True, account=account)


def rule(
    id_: str,
    arrow: str,
    trigger: str,
    by: str,
    needs: str = "",
    *,
    reasons: str = "",
    barred: str = "",
    undo_of: str = "",
    fires: str = "",
    refusal: bool = False,
    people: int = 1,
    window: str | None = None,
    note: str | None = None,
    guard: Guard | None = None,
) -> Rule:
    """Declare one row. Lists are words separated by spaces; `arrow` reads ``source [source ...] -> target``."""
    sources, _, target = arrow.partition(" -> ")
    return Rule(
        id=id_,
        trigger=trigger,
        sources=tuple(sources.split()),
        target=target.strip(),
        by=tuple(by.split()),
        needs=tuple(needs.split()),
        reasons=tuple(reasons.split()),
        barred=tuple(barred.split()),
        refusal=refusal,
        people=people,
        undo_of=tuple(undo_of.split()),
        window=window,
        fires=tuple(fires.split()),
        note=note,
        guard=guard or Guard(),
    )
