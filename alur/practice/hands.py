"""Hands: every step of a case taken through the door by whoever takes it, with what the rule asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from alur.runtime.errors import HostProblem
from models.batch.commands import hand_to, work_session
from models.case.commands import CaseFact, move, open_cases, write_facts
from models.database import Conn
from state_machines import MACHINES
from state_machines.declare import SYSTEM
from state_machines.facts import BY_ID as FACTS
from state_machines.facts import writers

_RULES = {rule.id: rule for machine in MACHINES for rule in machine.rules}
_TRIGGERS = {rule.id: f"{machine.name}.{rule.trigger}" for machine in MACHINES for rule in machine.rules}
_AMOUNTS = {"nominal_per_komponen", "nominal"}
_NOTE = "Contoh latihan."
OFFICER = "pendamping1"
"""Who is sent to families."""


class PracticeFailed(HostProblem):
    """The door refused a step of the practice region: nobody should start to practise on half of it."""

    def __init__(self, rule: str, outcomes: Sequence[object]) -> None:
        super().__init__(rule, outcomes)
        self.rule, self.outcomes = rule, outcomes

    def __str__(self) -> str:
        return (
            f"Daerah latihan tidak dapat dibuat: langkah {self.rule} ditolak. Ulangi dengan `alur practice --reset`.\n"
            f"The practice region could not be made: step {self.rule} was refused. Try again with "
            f"`alur practice --reset`.\n{self.outcomes}"
        )


@dataclass(frozen=True, slots=True)
class Hands:
    """The people of a practice region: sessions by (role, region, programme or organisation), and two connections."""

    api: Conn
    worker: Conn
    seats: Mapping[tuple[str, str], UUID]
    programme: str
    """The programme whose payments are practised."""
    rupiah: int
    """What every single payment of the practice is worth."""

    async def session(self, role: str, village: int) -> UUID:
        """Return the session of whoever holds a role where a village lies.

        Raises:
            KeyError: nobody practises in this role there.
        """
        if role == SYSTEM:
            return await work_session(self.worker, None)
        code = str(village)
        for place in (code, code[:6], code[:4], code[:2], "", self.programme):
            if found := self.seats.get((role, place)):
                return found
        raise KeyError(role, village)

    async def open(
        self,
        rule_id: str,
        households: Sequence[int],
        *,
        village: int,
        by: str | None = None,
        facts: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> list[int]:
        """Open one case per family by an entry rule; return the cases.

        Raises:
            PracticeFailed: the door refused one.
        """
        role = by or _RULES[rule_id].by[0]
        session = await self.session(role, village)
        known = self._evidence(rule_id, role) | dict(facts or {})
        outcomes = await open_cases(self._conn(role), session, _TRIGGERS[rule_id], households, facts=known, **more)
        if not all(outcome.done for outcome in outcomes):
            raise PracticeFailed(rule_id, outcomes)
        return [outcome.case_id or 0 for outcome in outcomes]

    async def take(
        self, path: str, cases: Sequence[int], *, village: int, by: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        """Move cases along the rules named in `path`, each by the role that takes it first, or whom `by` names.

        Raises:
            PracticeFailed: the door refused a case.
        """
        for rule_id in path.split():
            await self._step(rule_id, cases, (by or {}).get(rule_id) or _RULES[rule_id].by[0], village, more)

    async def _step(self, rule_id: str, cases: Sequence[int], role: str, village: int, more: Mapping[str, Any]) -> None:
        if not cases:
            return
        rule = _RULES[rule_id]
        session = await self.session(role, village)
        if computed := [need for need in rule.needs if FACTS[need].computed]:
            system = await self.session(SYSTEM, village)
            told = [CaseFact(case, need, {"rupiah": self.rupiah}) for case in cases for need in computed]
            await write_facts(self.worker, system, told)
        paid = [need for need in rule.needs if need in _AMOUNTS and not FACTS[need].computed]
        outcomes = await move(
            self._conn(role),
            session,
            _TRIGGERS[rule_id],
            cases,
            reason=rule.reasons[0] if rule.reasons else None,
            note=_NOTE if "catatan" in rule.needs else None,
            facts=self._evidence(rule_id, role),
            case_facts=[CaseFact(case, need, {"rupiah": self.rupiah}) for case in cases for need in paid],
            **more,
        )
        if not all(outcome.done for outcome in outcomes):
            raise PracticeFailed(rule_id, outcomes)

    async def file(self, organisation: str, cases: Sequence[int]) -> None:
        """Put cases before a bank, Pos or KPPN."""
        await hand_to(self.worker, await self.session(SYSTEM, 0), organisation, cases)

    def _conn(self, role: str) -> Conn:
        return self.worker if role == SYSTEM else self.api

    def _evidence(self, rule_id: str, role: str) -> dict[str, Any]:
        """Return what a rule needs that its role may say: numbers of invented papers, and the officer who is sent."""
        special: dict[str, Any] = {
            "petugas_ditunjuk": {"pengguna": OFFICER},
            "hasil_sampel": {"diperiksa": [], "salah": {}},
        }
        return {
            need: special.get(need, {"nomor": f"LATIHAN/{rule_id}"})
            for need in _RULES[rule_id].needs
            if need != "catatan" and need not in _AMOUNTS and role in writers(FACTS[need], MACHINES)
        }
