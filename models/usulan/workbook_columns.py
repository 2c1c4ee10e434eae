"""The columns of the import workbook: one declaration for template, reader, writer and help."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from models.region.rules import fold
from models.register.codes import Variable, code_list, variables
from models.usulan.workbook_identity import (
    FAMILY_IDENTITY,
    FAMILY_SHEET,
    FLAT_SHEET,
    MEMBER_IDENTITY,
    MEMBER_SHEET,
    Column,
)

_CODES_SHOWN: Final = 8
_NUMBERED_OTHERWISE: Final = frozenset({"sekolah", "kloset", "listrik", "lapangan_usaha"})
"""Questions that BDT 2015 asks in our words and whose answers it numbers otherwise: its 2 is no longer at school, ours
still is. Our numbers are taken under our own heading, spelt as the template has it; under another, words."""
_NUMBERED: Final = re.compile(r"\A[0-9]{3}[a-z]?[.\s]+(?=[A-Za-z])|\s*\([0-9]{1,3}\)\Z")


def _questionnaire(variable: Variable) -> Column:
    help_id, help_en = f"{variable.label_id}.", f"{variable.label_en}."
    example = "Ya"
    if variable.code_list is not None:
        answers = list(code_list(variable.code_list).codes.values())
        shown, more = answers[:_CODES_SHOWN], len(answers) > _CODES_SHOWN
        help_id += " " + "; ".join(f"{one.code} {one.label_id}" for one in shown) + ("; …" if more else ".")
        help_en += " " + "; ".join(f"{one.code} {one.label_en}" for one in shown) + ("; …" if more else ".")
        example = str(answers[0].code)
    elif variable.type in ("int", "number"):
        limits = f"{variable.minimum}–{variable.maximum}{f' {variable.unit}' if variable.unit else ''}"
        help_id, help_en, example = f"{help_id} {limits}.", f"{help_en} {limits}.", str(variable.minimum)
    elif variable.type == "yes_no":
        help_id, help_en = f"{help_id} Ya atau Tidak.", f"{help_en} Ya (yes) or Tidak (no)."
    elif variable.type == "date":
        example = "1990-12-31"
    return Column(
        sheet=variable.sheet,
        name=variable.name,
        kind=variable.type,  # type: ignore[arg-type]  # the code file is checked for these names when it is read
        label=(variable.label_id, variable.label_en),
        help=(help_id, help_en),
        example=example,
        code_list=variable.code_list,
        minimum=variable.minimum,
        maximum=variable.maximum,
        variable=True,
    )


@cache
def columns(sheet: str) -> tuple[Column, ...]:
    """Return the columns of `keluarga`, of `anggota`, or of the flat `csv` (family first, No KK once)."""
    if sheet == FLAT_SHEET:
        return (*columns(FAMILY_SHEET), *(column for column in columns(MEMBER_SHEET) if column.name != "no_kk"))
    identity = FAMILY_IDENTITY if sheet == FAMILY_SHEET else MEMBER_IDENTITY
    return (*identity, *(_questionnaire(variable) for variable in variables(sheet) if variable.workbook))


def heading(text: str) -> str:
    """Return a heading as it is compared: "No. KK *" and "no_kk" are the same.

    Questionnaires number theirs, before (Regsosek: "403 NIK") or behind (BDT: "Alamat (12)"); that number is left out.
    """
    return fold(_NUMBERED.sub("", text.strip())).replace(" ", "_")


def meant(text: str, known: Mapping[str, Column]) -> Column | None:
    """Return the column that a heading means among those known by theirs; None when it means none."""
    column = known.get(heading(text))
    if column is not None and column.name in _NUMBERED_OTHERWISE and text.strip(" *").lower() != column.name:
        return replace(column, worded=True)
    return column


@cache
def headings(sheet: str) -> dict[str, Column]:
    """Return the column meant by each heading (see `heading`) that a sheet may carry, aliases included."""
    return headings_of(columns(sheet))


def headings_of(wanted: Sequence[Column]) -> dict[str, Column]:
    """Return the column meant by each heading of a table with these columns."""
    known: dict[str, Column] = {}
    for column in wanted:
        for name in (column.name, *column.aliases):
            known[heading(name)] = column
        for name in column.worded_aliases:
            known[heading(name)] = replace(column, worded=True)
    for column in wanted:
        known.setdefault(heading(column.label[0]), column)
    return known
