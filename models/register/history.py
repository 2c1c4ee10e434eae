"""Who changed what of a family: its versions, and between one and the next the difference, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.database import Conn
from models.raised import domain_errors
from models.register.edits import IDENTITY, shown

_KEPT_APART = frozenset(
    {
        *("id", "household_id", "act", "version", "updated_at", "source", "members", "variables", "removed_at"),
        *("desil", "persentil", "peringkat", "versi_dtsen", "padan", "checked_at"),
    }
)
"""What no edit changes: keys, the trail itself, and what DTSEN and Dukcapil say again and again."""

_MEMBER = "anggota"
"""The field of a difference that is a member who came or left."""


@dataclass(frozen=True, slots=True)
class Edits:
    """What was changed of a family: names of the fields, in order, and whether identity is among them."""

    fields: tuple[str, ...]
    identity: bool


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row's fields and its answers side by side."""
    return {name: value for name, value in row.items() if name not in _KEPT_APART} | dict(row.get("variables") or {})


def _fields(where: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    one, other = _flat(before), _flat(after)
    for name in dict.fromkeys((*one, *other)):
        if one.get(name) != other.get(name):
            yield {
                "where": where,
                "field": name,
                "before": shown(name, one.get(name)),
                "after": shown(name, other.get(name)),
            }


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what differs between two looks of a family: where, which field, before and after; numbers masked.

    A member who came or left is one row, with his NIK masked on the side where he was there.
    """
    found = list(_fields("keluarga", before, after))
    old, new = ({member["id"]: member for member in look["members"]} for look in (before, after))
    for number in dict.fromkeys((*old, *new)):
        where = f"anggota {number}"
        if number in old and number in new:
            found += _fields(where, old[number], new[number])
            continue
        nik = shown("nik", (old.get(number) or new[number])["nik"])
        came = number in new
        found.append(
            {
                "where": where,
                "field": _MEMBER,
                "before": None if came else nik,
                "after": nik if came else None,
            }
        )
    return found


async def looks(conn: Conn, session: UUID, household: int) -> dict[int, dict[str, Any]]:
    """Return how a family looked at each of its versions, oldest first: its row, with its members under `members`.

    Empty for a family out of the caller's sight. Numbers of persons stand in it; whoever shows them masks them.
    """
    with domain_errors():
        cursor = await conn.execute("SELECT version, looks FROM register_history(%s, %s)", (session, household))
        return {row["version"]: row["looks"] for row in await cursor.fetchall()}


async def history(conn: Conn, session: UUID, household: int) -> list[dict[str, Any]]:
    """Return the versions of a family, oldest first: who, when, from what source, and what each changed.

    Empty for a family out of the caller's sight.
    """
    with domain_errors():
        cursor = await conn.execute("SELECT * FROM register_history(%s, %s)", (session, household))
        rows = await cursor.fetchall()
    told = []
    before: Mapping[str, Any] | None = None
    for row in rows:
        looks = row.pop("looks")
        told.append(row | {"differences": [] if before is None else differences(before, looks)})
        before = looks
    return told


async def edits_since(conn: Conn, session: UUID, household: int, since: datetime) -> Edits:
    """Return what was changed of a family after a moment, whoever did it."""
    fields = tuple(
        dict.fromkeys(
            one["field"]
            for row in await history(conn, session, household)
            if row["at"] > since
            for one in row["differences"]
        )
    )
    return Edits(fields, identity=any(field in IDENTITY or field == _MEMBER for field in fields))
