"""Who asks: one person in every role of the domain, and what each of them may see, said apart from the product.

The rule is section 3 of the domain: region, programme, own files, assigned families, own family, nation. Nothing here
asks the database or imports what decides there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from state_machines.vocabulary import ROLES
from tests.integration.access.walk.things import CASES, Thing

ROLE = {role.id: role for role in ROLES}
NOBODY = "tanpa_token"
"""Whoever shows no token."""
PROGRAM = "program"
"""A token of a program: a role of its maker, and nothing that proves a person."""

EVERYBODY = frozenset(ROLE) - {"sistem"} | {PROGRAM}
"""All who can hold a token. The system's session is no person's: only the worker's database role gets one."""
CENTRE = frozenset({"pusdatin", "bps", "menteri", "admin_pusat", "auditor"})
ADMINS = frozenset({"admin_kab", "admin_provinsi", "admin_pusat"})
PROPOSERS = frozenset({"operator_desa", "pendamping", "pengisi_data_kab", PROGRAM})

_DIGITS = {"region_10": 10, "region_6": 6, "region_4": 4, "region_2": 2}


@dataclass(frozen=True)
class Person:
    """Somebody with a session, and what bounds him."""

    label: str
    """His role, or PROGRAM, or NOBODY."""
    role: str
    name: str
    session: UUID | None
    village: int = 0
    programme: str | None = None
    organisation: str | None = None
    family: str | None = None
    assigned: tuple[str, ...] = ()
    assignment: int = 0
    colleague: int = 0
    """Account of another in the same role and office; 0 for a citizen, who has none."""

    def __str__(self) -> str:
        return self.label

    @property
    def scope(self) -> str:
        return ROLE[self.role].scope if self.role else ""

    def covers(self, region: int) -> bool:
        """Return whether his region holds a place: a code of any length, 0 for the nation."""
        if self.scope in {"national", "national_read"}:
            return True
        digits = _DIGITS.get(self.scope)
        return digits is not None and region > 0 and str(region).startswith(str(self.village)[:digits])


def _case(who: Person, thing: Thing) -> bool:
    return (
        who.covers(thing.region)
        or (who.organisation is not None and who.organisation in thing.payers)
        or (who.programme is not None and who.programme == thing.programme)
        or (thing.family is not None and thing.family in {who.family, *who.assigned})
    )


def _office(who: Person, thing: Thing) -> bool:
    return who.covers(thing.region) or (who.programme is not None and who.programme == thing.programme)


def _keeps(who: Person, account: Thing) -> bool:
    """An account is in an administrator's hands: its role is of his level and in his region."""
    return ROLE[account.role or ""].admin == who.role and who.covers(account.region)


def _head(who: Person, proposed: Thing) -> bool:
    return ROLE[proposed.role or ""].head == who.role and who.covers(proposed.region)


def _own(who: Person, thing: Thing) -> bool:
    return thing.owner == who.name


_SIGHT: dict[str, Callable[[Person, Thing], bool]] = {
    # A family is in nobody's files: payers see their payments and never a family.
    **dict.fromkeys((*CASES, "macet", "keluarga"), _case),
    # What a family showed (a KTP, here) is for those who work on its case: administrators hold none.
    "dokumen": lambda who, thing: who.role not in ADMINS and _case(who, thing),
    **dict.fromkeys(("batch", "gerbang", "impor", "sk"), _office),
    **dict.fromkeys(("akun", "tugas"), _keeps),
    "permintaan": _head,
    "kejadian": lambda who, thing: who.role == "auditor" or _keeps(who, thing),
    # Who acts for whom, and what is offered to whom: both of them, and the administrator of whoever gives.
    **dict.fromkeys(("delegasi", "serah"), lambda who, thing: _own(who, thing) or _keeps(who, thing)),
    # Who looked at a family: auditors, and the family.
    "baca": lambda who, thing: who.role == "auditor" or (who.family is not None and who.family == thing.family),
    "surat": lambda who, thing: _own(who, thing) or (who.role in ADMINS and who.covers(thing.region)),
    **dict.fromkeys(("berita", "sesi"), _own),
    # Colleagues' names are for those who work here, and that there is a cycle concerns everybody.
    **dict.fromkeys(("orang", "siklus"), lambda who, thing: True),  # noqa: ARG005
}
"""Kind of thing -> who sees it."""


def sees(who: Person, thing: Thing) -> bool:
    """Return whether somebody may read a thing."""
    return who.session is not None and _SIGHT[thing.kind](who, thing)


def may_name(who: Person, thing: Thing, known: Collection[Thing]) -> bool:
    """Return whether a thing's number may stand in an answer to somebody: he sees it, or something that tells of it."""
    return sees(who, thing) or any(other.name in thing.told_with and sees(who, other) for other in known)


def in_sight(who: Person, things: Iterable[Thing]) -> set[Thing]:
    """Return those of these things that somebody sees."""
    return {thing for thing in things if sees(who, thing)}
