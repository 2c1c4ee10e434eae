"""The fields of one proposal as a form has them: the columns of a village's list, and where its errors stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.datastructures import FormData

from api.console.numbers import whole
from models.register.codes import code_list
from models.usulan.entry import KINDS
from models.usulan.workbook import FAMILY_SHEET, MEMBER_SHEET, Column, FamilyRow, RowError, columns

MEMBERS_MOST = 30
"""Members of one form; a family card has ten lines."""

_FAMILY = ("jenis_usulan", "no_kk", "kode_desa", "alamat", "rt", "rw", "dusun", "program", "alasan")
_MEMBER = (
    *("nik", "nama", "hubungan", "jk", "tempat_lahir", "tanggal_lahir", "status_kawin", "pekerjaan"),
    *("hamil", "disabilitas"),
)
_LONG = "pekerjaan"
"""A list too long to stand once per member: typed, with the whole list offered once on the page."""


def field_of_column(column: Column) -> dict[str, Any]:
    """Return a column of a village's list as a field of a form."""
    listed = code_list(column.code_list).codes.values() if column.code_list else ()
    shown = [one for one in listed if column.name != "jenis_usulan" or one.code in KINDS]
    return {
        "column": column.name,
        "label": column.label[0],
        "label_en": column.label[1],
        "kind": "listed" if column.name == _LONG else column.kind,
        "required": column.required,
        "most": int(column.maximum) if column.kind == "text" and column.maximum else None,
        "options": [{"value": str(one.code), "label": one.label_id, "label_en": one.label_en} for one in shown],
    }


def _fields(sheet: str, names: Iterable[str]) -> list[dict[str, Any]]:
    known = {column.name: column for column in columns(sheet)}
    return [field_of_column(known[name]) for name in names]


def fields() -> dict[str, Any]:
    """Return the form's fields, in its order: `family` by column, `member`, and the long list that is offered once."""
    member = _fields(MEMBER_SHEET, _MEMBER)
    return {
        "family": {one["column"]: one for one in _fields(FAMILY_SHEET, _FAMILY)},
        "member": member,
        "listed": next(one["options"] for one in member if one["kind"] == "listed"),
    }


def typed_of(form: FormData) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Return what was typed of the family and of each member, by column; a line left wholly empty is nobody."""

    def text(name: str) -> str:
        given = form.get(name)
        return given.strip() if isinstance(given, str) else ""

    family = {column: text(f"k.{column}") for column in _FAMILY}
    return family, [{column: text(f"a{place}.{column}") for column in _MEMBER} for place in range(_lines(form))]


def _lines(form: FormData) -> int:
    said = form.get("anggota")
    count = whole(said) if isinstance(said, str) else None
    return 1 if count is None else min(count, MEMBERS_MOST)


def filled(members: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return the members of whom anything was typed."""
    return [dict(member) for member in members if any(member.values())]


def field_named(name: str) -> dict[str, Any] | None:
    """Return the field of a name of the form, None where it is no field ("anggota")."""
    whose, _, column = name.partition(".")
    told = fields()
    if whose == "k":
        found: dict[str, Any] | None = told["family"].get(column)
        return found
    return next((one for one in told["member"] if one["column"] == column), None)


def field_of(error: RowError) -> str:
    """Return the name of the form's field at which an error of the family's stands."""
    if error.column == "anggota":
        return "anggota"
    if error.sheet == MEMBER_SHEET:
        return f"a{max(error.row, 1) - 1}.{error.column}"
    return f"k.{error.column}" if error.column in _FAMILY else f"a0.{error.column}"


def told_at(family: FamilyRow) -> dict[str, list[RowError]]:
    """Return what is wrong and what is odd with a family, by the field it stands at."""
    found: dict[str, list[RowError]] = {}
    for error in (*family.errors, *family.warnings):
        found.setdefault(field_of(error), []).append(error)
    return found
