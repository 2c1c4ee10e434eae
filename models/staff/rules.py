"""What is proposed for somebody who shall work here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from state_machines.vocabulary import ROLES

ADMINS = frozenset(role.admin for role in ROLES if role.admin)
"""Roles that make and keep accounts."""
HEADS = frozenset(role.head for role in ROLES if role.head)
"""Roles that confirm proposed roles as the head of their office."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A dated role with its scope for whoever has a NIK; his account is made when there is none.

    `region` is a code of the role's level: a village's for a village role, a kabupaten's for a pendamping.
    """

    nik: str
    name: str
    role: str
    region: int | None = None
    programme: str | None = None
    organisation: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


def given_by(role: str) -> tuple[str, ...]:
    """Return the roles that an administrator gives."""
    return tuple(one.id for one in ROLES if one.admin == role)


def keeps_people(role: str) -> bool:
    """Return whether a role keeps accounts or confirms roles."""
    return role in ADMINS or role in HEADS
