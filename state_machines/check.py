"""The properties every machine must have, checked on the declarations themselves.

`problems()` returns sentences, none when all holds. The point of most of them is one question: can a family end up
somewhere without a way out, without a holder, or without anybody being late?
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from state_machines.declare import NEW, RESTING_CODE, SYSTEM, Machine, Rule
from state_machines.reasons import BY_ID as REASONS
from state_machines.vocabulary import CALENDAR, ROLES, STEP_BITS

_DURATION = re.compile(r"\d+ (wd|d|h|min)\Z")
_ROLE_IDS = {role.id for role in ROLES}
_END_OF_PAYMENT = {"TAHAP_TUTUP", "AKHIR_TAHUN", "PAGU_HABIS"}
_MONEY_LEFT_AT = "sp2d"
_HOLDER_CHASES = {"tagihan", "terlewat"}
"""States whose holder works outside the machine: the verifikator asks the family to repay, the PPK books the NTPN; the
head of Dinsos writes the request on which Pusdatin gives a late village more time."""
_RESTING_ACCOUNTS = {"selesai", "disetor", "hangus", "keluar"}


def _reach(starts: Iterable[str], edges: Mapping[str, set[str]]) -> set[str]:
    seen = set(starts)
    todo = list(seen)
    while todo:
        fresh = edges.get(todo.pop(), set()) - seen
        seen |= fresh
        todo += fresh
    return seen


def _edges(machine: Machine) -> dict[str, set[str]]:
    """Return state -> next states, corrections left out: a correction is no way out."""
    edges: dict[str, set[str]] = {}
    for rule in machine.rules:
        if not rule.undo_of:
            for source in rule.sources:
                edges.setdefault(source, set()).add(rule.target)
    return edges


def _known_duration(text: str) -> bool:
    return bool(_DURATION.match(text)) or text in CALENDAR


def _state_problems(machine: Machine) -> Iterator[str]:
    for what, values in (("state", [s.id for s in machine.states]), ("code", [s.code for s in machine.states])):
        yield from (
            f"{machine.name}: {what} {value} is declared twice" for value, n in Counter(values).items() if n > 1
        )
    for state in machine.states:
        where = f"{machine.name}.{state.id}"
        if state.holder not in _ROLE_IDS:
            yield f"{where}: holder {state.holder!r} is no role"
        if state.phase not in machine.phases:
            yield f"{where}: phase {state.phase!r} is not of this machine"
        if not state.label or not state.meaning.endswith("."):
            yield f"{where}: a label and a meaning of one sentence are needed"
        if state.resting != (state.code >= RESTING_CODE):
            yield f"{where}: code {state.code} does not say whether the state rests"
        if state.sla is None and (not state.resting or not state.why_no_sla):
            yield f"{where}: no SLA, and no reason why not"
        yield from (
            f"{where}: duration {text!r} is unknown"
            for text in (state.sla, state.remind, state.expire)
            if text and not _known_duration(text)
        )
        expires = any(r.auto and "WAKTU_HABIS" in r.reasons for r in machine.open_from(state.id))
        if state.expire and not expires:
            yield f"{where}: expires, but no automatic rule ends it"


def _rule_problems(machine: Machine, rule: Rule) -> Iterator[str]:
    where = f"{machine.name} {rule.id} {rule.trigger}"
    if not rule.id.startswith(machine.prefix):
        yield f"{where}: the id must begin with {machine.prefix}"
    unknown = [s for s in (*rule.sources, rule.target) if s != NEW and s not in machine.state]
    yield from (f"{where}: state {name} is unknown" for name in unknown)
    if not rule.by or not rule.sources:
        yield f"{where}: nobody may fire it, or from nowhere"
    yield from (f"{where}: role {role} is unknown" for role in rule.by if role not in _ROLE_IDS)
    yield from (f"{where}: reason {code} is not in the catalogue" for code in rule.reasons if code not in REASONS)
    refused = rule.refusal or (
        rule.target.startswith(("ditolak", "dikembalikan", "tidak_ditetapkan")) and rule.by != (SYSTEM,)
    )
    if refused and not rule.reasons:
        yield f"{where}: refuses without a reason"
    references = (*rule.barred, *rule.undo_of, *rule.guard.only_by, *rule.guard.after, *rule.guard.never)
    references += rule.guard.latest
    yield from (f"{where}: {ref} is no rule of this machine" for ref in references if ref not in machine.rule)
    leaves_terminal = any(machine.state[s].terminal for s in rule.sources if s in machine.state)
    if leaves_terminal and not rule.undo_of:
        yield f"{where}: leaves a terminal state without being a correction"
    if rule.undo_of and (rule.people < 2 or not rule.window):  # noqa: PLR2004 -- four eyes are two persons
        yield f"{where}: a correction needs two persons and a window"
    if rule.guard.second and rule.guard.second not in _ROLE_IDS:
        yield f"{where}: second person's role {rule.guard.second} is unknown"
    yield from (f"{where}: step {s} is unknown" for s in rule.guard.steps if s.removeprefix("-") not in STEP_BITS)
    wait = rule.guard.not_before
    if wait not in {None, "expire", "sla"} and not _known_duration(str(wait)):
        yield f"{where}: waiting time {wait!r} is unknown"
    if rule.window and not _known_duration(rule.window):
        yield f"{where}: window {rule.window!r} is unknown"


def _graph_problems(machine: Machine) -> Iterator[str]:
    edges = _edges(machine)
    yield from (f"{machine.name}.{s}: unreachable" for s in sorted(set(machine.state) - _reach([NEW], edges)))
    arrows = Counter((source, rule.trigger) for rule in machine.rules for source in rule.sources if source != NEW)
    yield from (f"{machine.name}: {t} from {s} has {n} targets" for (s, t), n in arrows.items() if n > 1)
    resting = {s.id for s in machine.states if s.resting}
    for state in machine.states:
        if state.resting:
            continue
        if not _reach([state.id], edges) & resting:
            yield f"{machine.name}.{state.id}: no way to a resting state"
        exits = [rule for rule in machine.open_from(state.id) if rule.target != state.id and not rule.undo_of]
        acting = any({state.holder, SYSTEM} & set(rule.by) for rule in exits)
        if not acting and state.id not in _HOLDER_CHASES:
            yield f"{machine.name}.{state.id}: neither its holder {state.holder} nor the system can take a case out"


def _money_problems(machine: Machine) -> Iterator[str]:
    edges = _edges(machine)
    paid = _reach([_MONEY_LEFT_AT], edges)
    lapses = {
        source
        for rule in machine.rules
        if rule.auto and rule.target == "hangus" and set(rule.reasons) >= _END_OF_PAYMENT
        for source in rule.sources
    }
    for state in machine.states:
        where = f"{machine.name}.{state.id}"
        if state.resting != (state.account in _RESTING_ACCOUNTS):
            yield f"{where}: account {state.account!r} does not fit {'a resting' if state.resting else 'an open'} state"
        if state.resting:
            continue
        if state.id not in paid and state.id not in lapses:
            yield f"{where}: before payment, and no way out at the end of a tahap or year"
        if state.id in paid and state.id in lapses:
            yield f"{where}: after payment, and may lapse without the money coming back"
        if state.id in paid and "disetor" not in _reach([state.id], edges):
            yield f"{where}: money is out and cannot come back to kas negara"
    without_spm = {source: targets - {"proses_spm"} for source, targets in edges.items()}
    if _reach(["calon"], without_spm) & {"sp2d", "sukses", "selesai", "pos_undangan"}:
        yield f"{machine.name}: a payment is reachable without SPM"


def problems(machines: Iterable[Machine]) -> list[str]:
    """Return what is wrong with the declarations, one sentence each; an empty list when all holds."""
    found: list[str] = []
    machines = list(machines)
    fired = {f"{m.name}.{rule.trigger}": set(rule.by) for m in machines for rule in m.rules}
    ids = Counter(rule.id for m in machines for rule in m.rules)
    found += [f"rule id {id_} is used {n} times" for id_, n in ids.items() if n > 1]
    for machine in machines:
        found += _state_problems(machine)
        for rule in machine.rules:
            found += _rule_problems(machine, rule)
            for ref in rule.fires:
                if not {SYSTEM, *rule.by} & fired.get(ref, set()):
                    found.append(f"{machine.name} {rule.id}: fires {ref}, which neither sistem nor its own roles may")
        found += _graph_problems(machine)
        if any(state.account for state in machine.states):
            found += _money_problems(machine)
    return found
