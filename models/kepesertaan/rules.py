"""Who fits a programme: desil, components, occupations that exclude. Pure functions; every limit comes from policy.

Source: domain sections 1.8 (assessment), 2.3 (reason codes) and 5 (components, desil limits).
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.register.codes import code_list
from models.register.household import komponen_counts


@dataclass(frozen=True, slots=True)
class Applicant:
    """What an assessment looks at: one membership with its family's rank and living members.

    `persons`, `occupations` (codes of `pekerjaan`) and `members` (PKH components fulfilled) run side by side.
    `needs_components` is set for programmes that pay by component.
    """

    case: int
    desil: int | None
    peringkat: int | None
    persons: tuple[int, ...]
    occupations: tuple[int | None, ...]
    members: tuple[tuple[str, ...], ...] = ()
    needs_components: bool = False

    @property
    def components(self) -> int:
        """How many living members fulfil at least one component."""
        return sum(1 for fulfilled in self.members if fulfilled)


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


def applicant_of(case: int, programme: str, family: Mapping[str, Any], on: date, ages: Mapping[str, int]) -> Applicant:
    """Return a family of the register as an applicant for a programme; `ages` are those of policy `pkh.usia`."""
    living = [member for member in family["members"] if member["status"] == "hidup"]
    return Applicant(
        case=case,
        desil=family["desil"],
        peringkat=family["peringkat"],
        persons=tuple(member["id"] for member in living),
        occupations=tuple(member["pekerjaan"] for member in living),
        members=tuple(komponen_counts(living, on, ages)),
        needs_components=programme == "PKH",
    )


def assess(applicant: Applicant, *, desil_max: int | None, cleared: Container[int] = ()) -> Verdict:
    """Test one family against a programme's conditions, in the order in which people ask for the reason.

    The occupation of a person in `cleared` stands against nobody: somebody saw a letter of the employer.
    """
    barred = excluding_occupations()
    jobs = zip(applicant.persons, applicant.occupations, strict=True)
    member = next((person for person, job in jobs if job in barred and person not in cleared), None)
    fact: dict[str, Any] = {"desil": applicant.desil, "batas_desil": desil_max, "komponen": applicant.components}
    if member is not None:
        return Verdict(applicant.case, "EX_PEKERJAAN", fact | {"anggota": member, "sumber": "register"})
    if applicant.desil is None:
        return Verdict(applicant.case, "EX_DATA", fact)
    if desil_max is not None and applicant.desil > desil_max:
        return Verdict(applicant.case, "EX_DESIL", fact)
    if applicant.needs_components and applicant.components == 0:
        return Verdict(applicant.case, "EX_KOMPONEN", fact)
    return Verdict(applicant.case, None, fact)


def in_rank_order(applicants: Sequence[Applicant]) -> list[Applicant]:
    """Return applicants as seats are given: poorest desil first, then national rank, then the older case."""
    return sorted(applicants, key=lambda a: (a.desil or 10, a.peringkat or 1 << 62, a.case))
