"""A family as the register's rows tell it, in the words of the register's rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from models.register.rules import KomponenPolicy, MemberFacts, komponen_of


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
        disabilitas=member["disabilitas"],
        sekolah=variables.get("sekolah"),
        jenjang=variables.get("jenjang"),
        korban_ham=bool(variables.get("korban_ham")),
    )


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
