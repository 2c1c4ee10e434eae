"""What is proposed for somebody who shall work here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
