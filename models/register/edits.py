"""Edits of one family: only the fields named change, and the difference is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date
from typing import Any
from uuid import UUID

from models.database import Conn, acting
from models.policy.queries import now
from models.register.commands import save_families
from models.register.errors import HouseholdChanged, HouseholdInvalid, HouseholdNotFound, MemberUnknown
from models.register.queries import families, payees
from models.register.rules import MemberFacts, check_household, check_kk, check_nik, mask
from models.user.queries import demand_live

_FAMILY = ("no_kk", "alamat", "rt", "rw")
_IDENTITY = {"no_kk", "nik", "nama", "tanggal_lahir", "jenis_kelamin"}
"""Fields whose change means that the identity check must be made again."""


async def _one(conn: Conn, session: UUID, household: int) -> dict[str, Any]:
    async with acting(conn, session) as seeing:
        await demand_live(seeing, session)
        found = (await families(seeing, [household])).get(household)
    if found is None:
        raise HouseholdNotFound(household)
    return found


@dataclass(slots=True)
class _Differences:
    rows: list[dict[str, Any]] = dataclass_field(default_factory=list)

    def note(self, where: str, field: str, before: Any, after: Any) -> None:
        if str(before) != str(after):
            told = {"field": field, "before": _shown(field, before), "after": _shown(field, after), "where": where}
            self.rows.append(told)


def _edit_member(members: dict[int, dict[str, Any]], told: Mapping[str, Any], differences: _Differences) -> None:
    member = members.get(told["id"])
    if member is None:
        raise MemberUnknown(told["id"])
    for field, value in told.items():
        if field != "id":
            differences.note(f"anggota {told['id']}", field, member[field], value)
            member[field] = value


def _errors(no_kk: str, members: Iterable[Mapping[str, Any]], on: date) -> set[str]:
    """Return what an import would refuse in a family, in its words; an edit may bring nothing new of it."""
    told = [
        MemberFacts(
            nik=member["nik"],
            nama=member["nama"],
            tanggal_lahir=_day(member["tanggal_lahir"]),
            jk=member["jenis_kelamin"],
            hubungan=member["hubungan"],
            hamil=bool(member["hamil"]),
        )
        for member in members
    ]
    found = check_household(told, on=on) + check_kk(no_kk, on=on, regions=())
    for member in told:
        found += check_nik(member.nik, on=on, regions=(), birth=member.tanggal_lahir, sex=member.jk)
    return {f"{one.field}: {one.message_id}" for one in found if one.severity == "error"}


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _shown(field: str, value: Any) -> Any:
    return mask(str(value)) if field in {"nik", "no_kk"} and value else value


async def edit_family(conn: Conn, session: UUID, household: int, edit: Mapping[str, Any]) -> dict[str, Any]:
    """Change the named fields of a family and its members; return its new version and the difference, numbers masked.

    The answer's `identitas` says whether identity changed: then a proposal goes back to the identity check, and the
    evidence `beda_isian` carries this answer.

    Raises:
        HouseholdNotFound, HouseholdChanged, MemberUnknown, HouseholdInvalid, RegisterNotYours.
    """
    found = await _one(conn, session, household)
    if edit["version"] != found["version"]:
        raise HouseholdChanged(edit["version"], found["version"])
    differences = _Differences()
    family: dict[str, Any] = {"id": household, "region": found["region"], "version": found["version"]}
    for field in _FAMILY:
        if field in edit:
            differences.note("keluarga", field, found[field], edit[field])
            family[field] = edit[field]
    members = {member["id"]: dict(member) for member in found["members"]}
    for told in edit.get("members", ()):
        _edit_member(members, told, differences)
    today = (await now(conn)).date()
    new = _errors(edit.get("no_kk", found["no_kk"]), members.values(), today) - _errors(
        found["no_kk"], found["members"], today
    )
    if new:
        raise HouseholdInvalid("; ".join(sorted(new)))
    for member in members.values():
        born = member["tanggal_lahir"]
        member["tanggal_lahir"] = None if born is None else str(born)
        member.pop("checked_at")
    family["members"] = list(members.values())
    family["kepala"] = next((m["nama"] for m in members.values() if m["hubungan"] == 1), found["kepala"])
    [saved] = await save_families(conn, session, [family], source="formulir")
    if saved is None:  # somebody was quicker, between our reading and our writing
        raise HouseholdChanged(edit["version"], (await _one(conn, session, household))["version"])
    return {
        "household": household,
        "version": found["version"] + 1,
        "identitas": any(difference["field"] in _IDENTITY for difference in differences.rows),
        "differences": differences.rows,
    }


async def payee_of(conn: Conn, session: UUID, household: int) -> int:
    """Return the person who holds the family's account.

    Raises:
        HouseholdNotFound: out of sight, or nobody alive in it.
    """
    async with acting(conn, session) as seeing:
        await demand_live(seeing, session)
        found = (await payees(seeing, [household])).get(household)
    if found is None:
        raise HouseholdNotFound(household)
    return int(found["person_id"])
