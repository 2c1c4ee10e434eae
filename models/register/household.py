"""A family as the register's rows tell it, in the words of the register's rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from models.register import variables as questionnaire
from models.register.codes import OWN_FIELDS
from models.register.rules import KomponenPolicy, MemberFacts, age_on, komponen_of


def member_facts(member: Mapping[str, Any]) -> MemberFacts:
    """Return what the rules need to know of a member, from his row in the register."""
    variables = member["variables"]
    return MemberFacts(
        nik=member["nik"],
        nama=member["nama"],
        tanggal_lahir=member["tanggal_lahir"],
        jk=member["jenis_kelamin"],
        hubungan=member["hubungan"],
        hamil=member["hamil"],
        perkiraan_lahir=_day(variables.get("perkiraan_lahir")),
        disabilitas=member["disabilitas"],
        sekolah=variables.get("sekolah"),
        jenjang=variables.get("jenjang"),
        korban_ham=bool(variables.get("korban_ham")),
    )


def _day(answer: Any) -> date | None:
    """Return a day that a questionnaire holds, None where it holds none that can be read."""
    try:
        return date.fromisoformat(answer) if isinstance(answer, str) else None
    except ValueError:
        return None


def komponen_counts(members: Sequence[Mapping[str, Any]], on: date, limits: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Return, for each member that Dukcapil matched or has not been asked about, the PKH components he fulfils.

    A member who was asked about and did not match brings no component (domain section 1.5). `limits` are the ages of
    policy `pkh.usia`.
    """
    policy = KomponenPolicy(**limits)
    return [
        tuple(str(komponen) for komponen in komponen_of(member_facts(member), on, policy))
        if member["padan"] is not False
        else ()
        for member in members
    ]


def answers_of(member: Mapping[str, Any]) -> dict[str, Any]:
    """Return a member's answers together with the fields of his own row that questions depend on."""
    return {**member["variables"], **{field: member.get(field) for field in OWN_FIELDS}}


def age_of(member: Mapping[str, Any], on: date) -> int | None:
    """Return a member's age in full years, None while the day of birth is not known (or not yet there)."""
    birth = member.get("tanggal_lahir")
    if isinstance(birth, str):
        birth = date.fromisoformat(birth)
    return None if birth is None or birth > on else age_on(birth, on)


def described(family: Mapping[str, Any], on: date) -> dict[str, Any]:
    """Return a family with its answers labelled, and per use the questions that still lack one.

    `answers` and `incomplete` stand beside the bare `variables`, in the family and in each member.
    """
    members = [
        {
            **member,
            "answers": questionnaire.told("anggota", member["variables"]),
            "incomplete": questionnaire.missing("anggota", answers_of(member), age=age_of(member, on)),
        }
        for member in family["members"]
    ]
    return {
        **family,
        "answers": questionnaire.told("keluarga", family["variables"]),
        "incomplete": questionnaire.missing("keluarga", family["variables"]),
        "members": members,
    }
