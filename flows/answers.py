"""Answers of an outside system, sorted by what they make of each case, and fired through the door."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flows.work import Work
from models.case.commands import CaseFact


@dataclass(slots=True)
class _Group:
    cases: list[int] = field(default_factory=list)
    facts: list[CaseFact] = field(default_factory=list)


@dataclass(slots=True)
class Answers:
    """One group per trigger and reason: one act each, with what was said about every single case."""

    groups: dict[tuple[str, str | None], _Group] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return how many cases were sorted."""
        return sum(len(group.cases) for group in self.groups.values())

    def add(self, trigger: str, case: int | str, reason: str | None = None, **facts: Any) -> None:
        """Sort one case under a trigger, with the facts its answer brings (kind -> value)."""
        group = self.groups.setdefault((trigger, reason), _Group())
        group.cases.append(int(case))
        group.facts += [CaseFact(int(case), kind, value) for kind, value in facts.items()]

    async def fire(self, work: Work, session: UUID | None = None, *, note: str | None = None) -> bool:
        """Move every group, as the system or as the service account given; return whether anything moved."""
        moved = False
        for (trigger, reason), group in sorted(self.groups.items(), key=lambda item: (item[0][0], item[0][1] or "")):
            outcomes = await work.move(
                trigger, group.cases, session=session, reason=reason, note=note, case_facts=group.facts
            )
            moved = moved or any(outcome.done for outcome in outcomes)
        return moved
