"""The door in a few lines of Python: where the `transitions` library says a case may go, and who may take it there.

An oracle, written from the specification's words and the order of the refusal codes, without a database. It leaves
out time (its cases are new), regions (all stand in one village) and money.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

from transitions import MachineError

from state_machines import Machine, Rule
from state_machines.declare import SYSTEM
from state_machines.facts import BY_ID as FACTS
from state_machines.facts import kept, satisfies

SEATED = {"menunggu_sk", "calon_penerima", "ditangguhkan"}


_WORKED_OUT = {"S21": "belum_waktunya"}
"""What the door works out last of all, for cases that are new: a field check has its time from the opening."""


@dataclass
class ModelCase:
    """One case as the model knows it; `log` holds (rule, persons behind it), the opening first."""

    id: int
    state: str
    log: list[tuple[str, frozenset[int]]]
    known_ever: set[str] = field(default_factory=set)
    known_here: set[str] = field(default_factory=set)
    clicks: dict[tuple[int, str, int], str | None] = field(default_factory=dict)

    @property
    def version(self) -> int:
        return len(self.log)

    def fired(self, rules: Collection[str]) -> list[frozenset[int]]:
        """Return who fired one of these rules, each time."""
        return [who for rule, who in self.log if rule in rules]

    def last_of(self, rules: Collection[str]) -> str | None:
        return next((rule for rule, _ in reversed(self.log) if rule in rules), None)


@dataclass(frozen=True)
class Knock:
    """One call: who, along which rule, with which reason, note and evidence."""

    rule: Rule
    role: str
    user: int
    reason: str | None
    note: bool
    kinds: frozenset[str]


@dataclass
class Model:
    """One machine, its cases, and the seats of its programme."""

    machine: Machine
    steps: frozenset[str]
    cases: dict[int, ModelCase] = field(default_factory=dict)
    seats: int = 0
    ceiling: int | None = None

    def __post_init__(self) -> None:
        self.library = self.machine.memory()

    def target(self, state: str, trigger: str) -> str | None:
        """Return where the library takes a case, None where it refuses."""
        row = SimpleNamespace(state=state)
        try:
            self.library.events[trigger].trigger(row)
        except MachineError:
            return None
        return str(row.state)

    def move(
        self, knock: Knock, ids: Sequence[int], versions: Sequence[int | None] | None
    ) -> list[tuple[str, int | None]]:
        """Judge and move; return for every id what is told and the version at which the case stands then."""
        expected = versions or [None] * len(ids)
        if len(ids) == 1 and ids[0] in self.cases:  # evidence that comes with one case is kept whatever becomes of it
            self.cases[ids[0]].known_ever |= knock.kinds
            self.cases[ids[0]].known_here |= knock.kinds
        told: dict[int, str] = {}
        behind: dict[int, frozenset[int]] = {}
        for id_, version in zip(ids, expected, strict=True):  # a case named twice is one case
            case = self.cases.get(id_)
            mine = self._along(knock, case)
            partner = self._partner(mine, case) if case else None
            behind[id_] = frozenset({knock.user} | ({partner} if partner else set()))
            told.setdefault(id_, self._judge(mine, case, version, behind[id_]))
        self._deal_seats(knock, told)
        for id_, word in told.items():
            case = self.cases.get(id_)
            self._record(self._along(knock, case), case, word, behind[id_], alone=len(ids) == 1)
        return [(told[id_], self.cases[id_].version if id_ in self.cases else None) for id_ in ids]

    def _along(self, knock: Knock, case: ModelCase | None) -> Knock:
        """Return the knock with the rule that its trigger means where the case stands."""
        here = (
            [rule for rule in self.machine.open_from(case.state) if rule.trigger == knock.rule.trigger] if case else []
        )
        return replace(knock, rule=here[0]) if here else knock

    def _partner(self, knock: Knock, case: ModelCase) -> int | None:
        """Return the first other person who clicked the same on this case."""
        if knock.rule.people < 2 or knock.role == SYSTEM:
            return None
        if self.target(case.state, knock.rule.trigger) is None:
            return None
        return next(
            (
                user
                for (version, rule, user), reason in case.clicks.items()
                if (version, rule, reason) == (case.version, knock.rule.id, knock.reason) and user != knock.user
            ),
            None,
        )

    def _judge(self, knock: Knock, case: ModelCase | None, version: int | None, behind: frozenset[int]) -> str:
        """Return the first refusal that holds, in the order of their codes."""
        rule, guard = knock.rule, knock.rule.guard
        if case is None:
            return "tidak_ditemukan"
        second = len(behind) > 1 and knock.role == guard.second
        past = (
            (guard.after and not case.fired(guard.after))
            or (guard.never and case.fired(guard.never))
            or (guard.latest and case.last_of(guard.latest) != guard.latest[0])
            or (rule.undo_of and case.log[-1][0] not in rule.undo_of)
        )
        barred = knock.role != SYSTEM and any(who & behind for who in case.fired(rule.barred))
        held: Mapping[str, object] = {
            "berubah": version is not None and version != case.version,
            "tidak_terbuka": self.target(case.state, rule.trigger) is None,
            "peran": knock.role not in rule.by and not second,
            "langkah": not self._steps_fit(guard.steps),
            "bukan_pengusul": guard.only_by and not any(who & behind for who in case.fired(guard.only_by)),
            "empat_mata": barred,
            "urutan": past,
            "belum_waktunya": guard.not_before,
            "alasan": (knock.reason is not None) != bool(rule.reasons)
            or (knock.reason is not None and knock.reason not in rule.reasons),
            "bukti_kurang": any(not self._known(knock, case, need) for need in rule.needs),
            "menunggu_orang_lain": rule.people > len(behind),
        }
        worked_out = _WORKED_OUT.get(rule.id, "dipindah")
        return next((word for word, holds in held.items() if holds), worked_out)

    def _steps_fit(self, steps: Sequence[str]) -> bool:
        return all((step[1:] not in self.steps) if step.startswith("-") else step in self.steps for step in steps)

    def _known(self, knock: Knock, case: ModelCase, need: str) -> bool:
        kind = FACTS[need]
        if kind.derived:
            return True
        if need == "catatan" and knock.note:
            return True
        found = case.known_ever if kind.scope == "case" else case.known_here
        return any(need in satisfies(FACTS[k]) and not FACTS[k].min_age for k in knock.kinds | found)

    def _deal_seats(self, knock: Knock, told: dict[int, str]) -> None:
        """Refuse those beyond the ceiling, in the order given."""
        if "kuota_ada" not in knock.rule.needs or self.ceiling is None:
            return
        taken = 0
        for id_, word in told.items():
            if word == "dipindah":
                taken += 1
                if self.seats + taken > self.ceiling:
                    told[id_] = "kuota_penuh"

    def _record(self, knock: Knock, case: ModelCase | None, word: str, behind: frozenset[int], *, alone: bool) -> None:
        if case is None:
            return
        if word == "menunggu_orang_lain":
            case.clicks.setdefault((case.version, knock.rule.id, knock.user), knock.reason)
        if word != "dipindah":
            return
        target = self.target(case.state, knock.rule.trigger)
        self.seats += (target in SEATED) - (case.state in SEATED)
        case.state = target or case.state
        case.log.append((knock.rule.id, behind))
        case.known_here = set()
        if not alone:  # of a bulk's evidence only what a later rule looks back for is noted on each case
            case.known_ever |= {kind for kind in knock.kinds if kept(FACTS[kind])}
