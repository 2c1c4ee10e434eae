"""A family's data as a form: what stands there, what was typed, and as what each value is shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import FormData

from api.console.entry_form import field_of_column
from api.problems import field_told
from api.shapes import HouseholdEdit
from models.register.codes import code_list
from models.register.merge import FAMILY, MEMBER, NUMBERS, edit_of
from models.register.rules import mask
from models.usulan.workbook import FAMILY_SHEET, MEMBER_SHEET, CellRefused, Column, columns, read_cell, row_error

NEW = "b1"
"""The one member whom a form may add."""
_SHEET_NAMES = {"jenis_kelamin": "jk"}


@cache
def _columns(whose: str) -> dict[str, Column]:
    """Return the list's columns of the family's fields ("k") or of a member's, by the register's names."""
    sheet, names = (FAMILY_SHEET, FAMILY) if whose == "k" else (MEMBER_SHEET, MEMBER)
    known = {column.name: column for column in columns(sheet)}
    return {name: known[_SHEET_NAMES.get(name, name)] for name in names}


def column_of(name: str) -> Column:
    """Return what kind of field a flat name means."""
    whose, _, field = name.partition(".")
    return _columns(whose[:1])[field]


@cache
def fields(whose: str) -> tuple[dict[str, Any], ...]:
    """Return the fields of the family ("k") or of a member, in the form's order, by the register's names."""
    return tuple(field_of_column(column) | {"column": name} for name, column in _columns(whose[:1]).items())


def field(name: str) -> dict[str, Any]:
    """Return the field of a flat name."""
    whose, _, column = name.partition(".")
    return next(one for one in fields(whose) if one["column"] == column)


def typed_as(name: str, value: Any) -> str:
    """Return a value as a form's field holds it; a number of a person or card is not shown and stands empty."""
    if value is None or name.partition(".")[2] in NUMBERS:
        return ""
    return _text(name, value)


def _text(name: str, value: Any) -> str:
    column = column_of(name)
    if column.kind == "date":
        day = date.fromisoformat(value) if isinstance(value, str) else value
        return f"{day:%d-%m-%Y}"
    if column.kind == "yes_no":
        return "Ya" if value else "Tidak"
    return code_list("pekerjaan")[value].label_id if column.name == "pekerjaan" else str(value)


def shown(name: str, value: Any, language: str) -> str:
    """Return a value as people read it: codes by their words, numbers masked."""
    if value is None or value == "":
        return "–"
    column = column_of(name)
    if name.partition(".")[2] in NUMBERS:
        return mask(str(value))
    if column.kind == "code":
        said = code_list(column.code_list or "")[value]
        return said.label_en if language == "en" else said.label_id
    if column.kind == "yes_no" and language == "en":
        return "yes" if value else "no"
    return _text(name, value)


def read(form: FormData, base: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str], dict[str, list[Any]]]:
    """Return what a form changes of a flat look, what was typed, and what of it cannot be taken, by field.

    A field that the form does not hold stays as it is, and so does a number left empty.
    """
    changes: dict[str, Any] = {}
    typed: dict[str, str] = {}
    wrong: dict[str, list[Any]] = {}
    for name in (*base, *(f"{NEW}.{field}" for field in MEMBER)):
        given = form.get(name)
        if not isinstance(given, str):
            continue
        text = typed[name] = given.strip()
        before = base.get(name)
        if text == typed_as(name, before):
            continue
        column = column_of(name)
        try:
            value: Any = read_cell(column, text) if text else None
        except CellRefused as refused:
            wrong[name] = [row_error(column.sheet, 1, column.name, text, refused.code, **refused.found)]
            continue
        if isinstance(value, date):
            value = value.isoformat()
        if value != before:
            changes[name] = value
    return changes, typed, wrong


def in_shape(changes: Mapping[str, Any], version: int) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Return changes as an edit of the shape that every edit has, and what of them has not that shape, by field."""
    edit, members = edit_of(changes, version)
    found: dict[str, list[Any]] = {}
    try:
        return HouseholdEdit.model_validate(edit).model_dump(exclude_unset=True, mode="json"), found
    except ValidationError as error:
        for place in error.errors():
            loc = place["loc"]
            whose = members[int(loc[1])] if loc[0] == "members" else "k"
            field = loc[-1] if loc[-1] in (*MEMBER, *FAMILY) else "nik"
            found.setdefault(f"{whose}.{field}", []).append(told(field_told(place)))
    return edit, found


def told(one: Mapping[str, str]) -> dict[str, str]:
    """Return an error of a field of the API as a form's field says it."""
    words = {"message_id": one["message"], "message_en": one["message_en"]}
    return {"code": one["kind"], "severity": "error", "cure_id": "", "cure_en": "", "column": "", **words}
