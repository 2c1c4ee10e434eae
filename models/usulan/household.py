"""A family of a list as the register takes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from models.usulan.workbook import FamilyRow, MemberRow


def register_family(family: FamilyRow, household: int | None = None) -> dict[str, Any]:
    """Return a family of a workbook as the register takes it; with `household` it changes that family."""
    head = next((member.nama for member in family.members if member.hubungan == 1), "")
    return {
        "id": household,
        "no_kk": family.no_kk,
        "region": family.kode_desa,
        "alamat": family.alamat,
        "rt": family.rt,
        "rw": family.rw,
        "dusun": family.dusun or None,
        "latitude": family.lat,
        "longitude": family.long,
        "kepala": head,
        "variables": _json(family.variables),
        "members": [_member(member) for member in family.members],
    }


def _member(member: MemberRow) -> dict[str, Any]:
    return {
        "nik": member.nik,
        "nama": member.nama,
        "tempat_lahir": member.tempat_lahir,
        "tanggal_lahir": member.tanggal_lahir.isoformat() if member.tanggal_lahir else None,
        "jenis_kelamin": member.jk,
        "hubungan": member.hubungan,
        "status_kawin": member.status_kawin,
        "pekerjaan": member.pekerjaan,
        "hamil": bool(member.hamil),
        "disabilitas": member.disabilitas,
        "variables": _json(member.variables),
    }


def _json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
