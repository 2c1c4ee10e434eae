"""Who reads the log, what of it they are shown, and how numbers of persons are hidden. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_CLOSED = {"warga", "sistem"}
"""A citizen sees the status of his own family; the system asks no questions."""

SUPERVISORS = {
    "auditor", "pusdatin", "admin_pusat", "admin_provinsi", "admin_kab", "dinsos_provinsi", "kepala_dinas",
    "operator_kecamatan", "kades", "kpa",
}  # fmt: skip
"""Roles that look through what another person did, within their scope. Everybody looks through his own deeds."""


def may_look(role: str) -> bool:
    """Return whether a role reads the log at all, as far as its scope reaches."""
    return role not in _CLOSED


def may_look_through(role: str, *, oneself: bool) -> bool:
    """Return whether a role may list everything one actor did; `oneself` when the actor is the caller."""
    return may_look(role) and (oneself or role in SUPERVISORS)


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields in which a family differs between two of its versions, members told by their id.

    Both are the register's row as JSON with its persons under `members`; values are never told.
    """
    names = [name for name in sorted(set(before) | set(after)) if name not in _BOOKKEEPING]
    fields = [name for name in names if before.get(name) != after.get(name)]
    was, now = _members(before), _members(after)
    for person in sorted(set(was) | set(now)):
        if person not in now:
            fields.append(f"anggota {person}: keluar")
        elif person not in was:
            fields.append(f"anggota {person}: masuk")
        else:
            keys = sorted((set(was[person]) | set(now[person])) - _BOOKKEEPING)
            fields += [f"anggota {person}: {key}" for key in keys if was[person].get(key) != now[person].get(key)]
    return fields


_BOOKKEEPING = {"members", "version", "act", "updated_at", "source", "checked_at", "removed_at"}


def _members(family: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    return {member["id"]: member for member in family.get("members") or []}
