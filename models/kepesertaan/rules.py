"""Who fits a programme: desil, components, occupations that exclude. Pure functions; every limit comes from policy.

Source: domain sections 1.8 (assessment), 2.3 (reason codes) and 5 (components, desil limits).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.register.codes import code_list


@dataclass(frozen=True, slots=True)
class Applicant:
    """What an assessment looks at: one membership with its family's rank and members.

    `occupations` and `persons` run side by side: code of `pekerjaan` and the person's id. `components` is the number
    of PKH components found; None for programmes that ask for none.
    """

    case: int
    desil: int | None
    peringkat: int | None
    persons: tuple[int, ...]
    occupations: tuple[int | None, ...]
    components: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the family fits, why not, and about whom. `fact` is what the log keeps."""

    case: int
    reason: str | None
    fact: dict[str, Any]

    @property
    def fits(self) -> bool:
        """Whether nothing stands against the family."""
        return self.reason is None


def excluding_occupations() -> frozenset[int]:
    """Return the codes of `pekerjaan` whose groups exclude (ASN, TNI, POLRI, pensioners, BUMN, BUMD, officials)."""
    listed = code_list("pekerjaan")
    return frozenset(int(code) for code, meant in listed.codes.items() if meant.group in listed.screening)


def assess(applicant: Applicant, *, desil_max: int | None) -> Verdict:
    """Test one family against a programme's conditions, in the order in which people ask for the reason."""
    barred = excluding_occupations()
    member = next((p for p, job in zip(applicant.persons, applicant.occupations, strict=True) if job in barred), None)
    fact: dict[str, Any] = {"desil": applicant.desil, "batas_desil": desil_max, "komponen": applicant.components}
    if member is not None:
        return Verdict(applicant.case, "EX_PEKERJAAN", fact | {"anggota": member, "sumber": "register"})
    if applicant.desil is None:
        return Verdict(applicant.case, "EX_DATA", fact)
    if desil_max is not None and applicant.desil > desil_max:
        return Verdict(applicant.case, "EX_DESIL", fact)
    if applicant.components == 0:
        return Verdict(applicant.case, "EX_KOMPONEN", fact)
    return Verdict(applicant.case, None, fact)


def in_rank_order(applicants: Sequence[Applicant]) -> list[Applicant]:
    """Return applicants as seats are given: poorest desil first, then national rank, then the older case."""
    return sorted(applicants, key=lambda a: (a.desil or 10, a.peringkat or 1 << 62, a.case))
