"""Edits of one family: only the fields named change, and the difference is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date
from typing import Any
from uuid import UUID

from models.database import Conn, acting, fetch_value
from models.policy.queries import now
from models.raised import domain_errors
from models.region.errors import RegionNotFound
from models.region.queries import get as get_region
from models.register.commands import save_families
from models.register.errors import (
    HouseholdChanged,
    HouseholdInvalid,
    HouseholdNotFound,
    MemberUnknown,
    VariablesInvalid,
)
from models.register.household import age_of, answers_of
from models.register.queries import families
from models.register.rules import Finding, MemberFacts, check_household, check_kk, check_nik, finding, mask
from models.register.variables import CANONICAL, take
from models.user.queries import demand_live

_FAMILY = ("no_kk", "alamat", "rt", "rw", "dusun", "latitude", "longitude")
_FAMILY_ITSELF = "keluarga"
_OWN_NAMES = {"jk": "jenis_kelamin"}
"""Fields that the rules name otherwise than the register."""
NAMA_MAX, ALAMAT_MAX = 120, 200
"""Signs of a name and of an address, as outside systems take them."""
IDENTITY = {"no_kk", "nik", "nama", "tanggal_lahir", "jenis_kelamin"}
"""Fields whose change means that the identity check must be made again."""


async def _one(conn: Conn, session: UUID, household: int) -> dict[str, Any]:
    async with acting(conn, session) as seeing:
        await demand_live(seeing, session)
        found = (await families(seeing, [household])).get(household)
    if found is None:
        raise HouseholdNotFound(household)
    return found


def where_of(number: int) -> str:
    """Return how a member is named beside a field; new ones, numbered from -1 down, by their place in the edit."""
    return f"anggota {number}" if number > 0 else f"anggota baru {-number}"


@dataclass(slots=True)
class _Differences:
    rows: list[dict[str, Any]] = dataclass_field(default_factory=list)

    def note(self, where: str, field: str, before: Any, after: Any) -> None:
        if str(before) != str(after):
            told = {"field": field, "before": shown(field, before), "after": shown(field, after), "where": where}
            self.rows.append(told)


@dataclass(slots=True)
class _Answers:
    """Answers given with an edit: judged all together, so that every wrong one is told at once."""

    variant: str
    on: date
    fields: list[dict[str, str]] = dataclass_field(default_factory=list)

    def family(self, given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        return self._judged("keluarga", "body.variables", given, known, None)

    def member(self, place: int, given: Mapping[str, Any], member: Mapping[str, Any]) -> dict[str, Any]:
        where = f"body.members.{place}.variables"
        return self._judged("anggota", where, given, answers_of(member), age_of(member, self.on))

    def _judged(
        self, sheet: str, where: str, given: Mapping[str, Any], known: Mapping[str, Any], age: int | None
    ) -> dict[str, Any]:
        taken, wrong = take(sheet, given, known, age=age, variant=self.variant)
        self.fields += [
            {
                "field": f"{where}.{one.name}",
                "message": one.message_id,
                "message_en": one.message_en,
                "kind": "variable",
            }
            for one in wrong
        ]
        return taken

    def demand_right(self) -> None:
        """Raise `VariablesInvalid` when any answer was wrong."""
        if self.fields:
            raise VariablesInvalid(
                "; ".join(f"{one['field']}: {one['message']}" for one in self.fields),
                "; ".join(f"{one['field']}: {one['message_en']}" for one in self.fields),
                tuple(self.fields),
            )


_NEW_MEMBER: dict[str, Any] = {
    "tempat_lahir": None,
    "status_kawin": None,
    "pekerjaan": None,
    "hamil": False,
    "disabilitas": None,
    "variables": {},
}
"""What a member is before anything is told of him; his numbers and his name are always told."""


def _edit_member(
    members: dict[int, dict[str, Any]],
    place: int,
    told: Mapping[str, Any],
    differences: _Differences,
    answers: _Answers,
) -> None:
    number = told.get("id")
    if number is None:
        # A new member has no number yet; among the others he is known by a place that no number takes.
        number = -1 - place
        members[number] = dict(_NEW_MEMBER) | {"id": None, "pengurus": False, "status": "hidup", "padan": None}
    where = where_of(number)
    member = members.get(number)
    if member is None:
        raise MemberUnknown(number)
    for field, value in told.items():
        if field not in ("id", "variables"):
            differences.note(where, field, member.get(field), value)
            member[field] = value
    given = told.get("variables") or {}
    taken = answers.member(place, given, member)
    for name, value in taken.items():
        differences.note(where, name, member["variables"].get(name), value)
    member["variables"] = member["variables"] | taken


def _lives(member: Mapping[str, Any]) -> bool:
    return bool(member.get("status", "hidup") == "hidup")


Errors = dict[tuple[str, str, str], Finding]
"""What is wrong with a family: (where, field, message) -> finding."""


def _unsendable(field: str, text: str | None, longest: int) -> list[Finding]:
    """Return what a bank or Dukcapil would refuse a whole list for: words that are missing, or too many."""
    if text is None or not text.strip():
        return [finding("ISIAN_KOSONG", field, "")]
    if len(text) > longest:
        return [finding("ISIAN_PANJANG", field, text[:longest], length=len(text), limit=longest)]
    return []


def _errors(no_kk: str, alamat: str | None, members: Mapping[int, Mapping[str, Any]], on: date) -> Errors:
    """Return what an import would refuse in a family; an edit may bring nothing new of it.

    Who died stays on record and counts for nothing: another may be the head.
    """
    members = {number: member for number, member in members.items() if _lives(member)}
    told = [
        MemberFacts(
            nik=member["nik"],
            nama=member["nama"],
            tanggal_lahir=_day(member["tanggal_lahir"]),
            jk=member["jenis_kelamin"],
            hubungan=member["hubungan"],
            hamil=bool(member["hamil"]),
        )
        for member in members.values()
    ]
    places = [where_of(number) for number in members]
    found = [
        (_FAMILY_ITSELF if one.member is None else places[one.member], one) for one in check_household(told, on=on)
    ]
    found += [(_FAMILY_ITSELF, one) for one in check_kk(no_kk, on=on, regions=())]
    found += [(_FAMILY_ITSELF, one) for one in _unsendable("alamat", alamat, ALAMAT_MAX)]
    for place, member in zip(places, told, strict=True):
        if member.nama.strip():  # an empty one is told already
            found += [(place, one) for one in _unsendable("nama", member.nama, NAMA_MAX)]
        numbers = check_nik(member.nik, on=on, regions=(), birth=member.tanggal_lahir, sex=member.jk)
        found += [(place, one) for one in numbers]
    return {
        (where, _OWN_NAMES.get(one.field, one.field), one.message_id): one
        for where, one in found
        if one.severity == "error"
    }


def _demand_sound(errors: Errors, known: Errors) -> None:
    """Raise `HouseholdInvalid` for what is wrong and was not wrong before, each at its field."""
    new = {place: one for place, one in errors.items() if place not in known}
    if not new:
        return
    fields = tuple(
        {"field": f"{where}.{field}", "message": one.message_id, "message_en": one.message_en, "kind": one.code}
        for (where, field, _), one in sorted(new.items(), key=lambda told: told[0])
    )
    raise HouseholdInvalid(
        "; ".join(f"{one['field']}: {one['message']}" for one in fields),
        "; ".join(f"{one['field']}: {one['message_en']}" for one in fields),
        fields,
    )


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def shown(field: str, value: Any) -> Any:
    """Return a field's value as a difference may show it: numbers of persons and cards masked."""
    return mask(str(value)) if field in {"nik", "no_kk"} and value else value


async def edit_family(conn: Conn, session: UUID, household: int, edit: Mapping[str, Any]) -> dict[str, Any]:
    """Change the named fields of a family and its members; return its new version and the difference, numbers masked.

    `edit` holds fields of the family, `variables` (answers by name, codes as `variant` numbers them, None to take one
    back) and `members`, each with the `id` of a member or, for a new one, none.

    The answer's `identitas` says whether identity changed: then a proposal goes back to the identity check, and the
    evidence `beda_isian` carries this answer.

    Raises:
        HouseholdNotFound, HouseholdChanged, MemberUnknown, HouseholdInvalid, VariablesInvalid, RegisterNotYours.
    """
    found = await _one(conn, session, household)
    if edit["version"] != found["version"]:
        raise HouseholdChanged(edit["version"], found["version"])
    differences = _Differences()
    family: dict[str, Any] = {"id": household, "region": found["region"], "version": found["version"]}
    for field in _FAMILY:
        if field in edit:
            differences.note(_FAMILY_ITSELF, field, found[field], edit[field])
            family[field] = edit[field]
    today = (await now(conn)).date()
    answers = _Answers(edit.get("variant") or CANONICAL, today)
    family["variables"] = answers.family(edit.get("variables") or {}, found["variables"])
    for name, value in family["variables"].items():
        differences.note(_FAMILY_ITSELF, name, found["variables"].get(name), value)
    members = {member["id"]: dict(member) for member in found["members"]}
    for place, told in enumerate(edit.get("members", ())):
        _edit_member(members, place, told, differences, answers)
    answers.demand_right()
    _demand_sound(
        _errors(edit.get("no_kk", found["no_kk"]), edit.get("alamat", found["alamat"]), members, today),
        _errors(found["no_kk"], found["alamat"], {member["id"]: member for member in found["members"]}, today),
    )
    for member in members.values():
        born = member["tanggal_lahir"]
        member["tanggal_lahir"] = None if born is None else str(born)
        member.pop("checked_at", None)
    family["members"] = list(members.values())
    heads = [member["nama"] for member in members.values() if member["hubungan"] == 1 and _lives(member)]
    family["kepala"] = next(iter(heads), found["kepala"])
    [saved] = await save_families(conn, session, [family], source="formulir")
    if saved is None:  # somebody was quicker, between our reading and our writing
        raise HouseholdChanged(edit["version"], (await _one(conn, session, household))["version"])
    return {
        "household": household,
        "version": found["version"] + 1,
        "identitas": any(difference["field"] in IDENTITY for difference in differences.rows),
        "differences": differences.rows,
    }


def judge_new(told: Mapping[str, Any], on: date) -> list[tuple[int | None, Finding]]:
    """Return what is wrong with a family that the register does not have yet, each with the place of its member.

    None stands for the family itself. `told` is what `new_family` takes, `on` is today.
    """
    members = {-1 - place: {**_NEW_MEMBER, **member} for place, member in enumerate(told["members"])}
    places = {where_of(number): -1 - number for number in members}
    return [
        (places.get(where), one)
        for (where, _, _), one in _errors(told["no_kk"], told.get("alamat", "-"), members, on).items()
    ]


async def new_family(conn: Conn, session: UUID, told: Mapping[str, Any]) -> int:
    """Write a family that the register does not have yet, told whole; return its number.

    A family that split off is written so before its proposal (PECAH_KK) names it. It is no registration: only a
    proposal makes it one.

    Raises:
        HouseholdInvalid, VariablesInvalid, RegionNotFound, RegisterNotYours: nothing was written.
    """
    async with acting(conn, session) as seeing:
        await demand_live(seeing, session)
        if await get_region(seeing, told["region"]) is None:
            raise RegionNotFound(told["region"])
    today = (await now(conn)).date()
    answers, members = _Answers(told.get("variant") or CANONICAL, today), dict[int, dict[str, Any]]()
    values = answers.family(told.get("variables") or {}, {})
    for place, member in enumerate(told["members"]):
        _edit_member(members, place, {**member, "id": None}, _Differences(), answers)
    answers.demand_right()
    _demand_sound(_errors(told["no_kk"], told.get("alamat", "-"), members, today), {})
    head = next(member["nama"] for member in members.values() if member["hubungan"] == 1)
    for member in members.values():
        member["pengurus"] = member["hubungan"] == 1
    family = {field: told.get(field) for field in (*_FAMILY, "region")}
    family |= {"kepala": head, "variables": values, "members": list(members.values())}
    [made] = await save_families(conn, session, [family], source="formulir")
    if made is None:
        raise HouseholdInvalid(
            f"region: {told['region']} di luar wilayah kerja Anda", f"region: {told['region']} is outside your scope"
        )
    return made


async def payee_of(conn: Conn, session: UUID, household: int) -> int:
    """Return the person who holds the family's account.

    Raises:
        HouseholdNotFound: its accounts are not the caller's business, or nobody in it is alive.
    """
    with domain_errors():
        person: int | None = await fetch_value(conn, "SELECT account_payee(%s, %s)", (session, household))
    if person is None:
        raise HouseholdNotFound(household)
    return person
