"""The questionnaire's answers: judged and told by the list in `data/kode.toml`; there is no code for any one variable.

An answer is stored under its canonical code, which is that of Regsosek 2022 (variant `regsosek`). Where the published
DTSEN list numbers an answer otherwise, `take` reads either numbering and `told` shows both.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

from models.register.codes import CodeUnknown, Variable, code_list, code_lists, variables

CANONICAL: Final = "regsosek"
VARIANTS: Final = (CANONICAL, "dtsen")
"""Numberings in which answers may be given and are told; the first is the one stored."""

TEXT_LONGEST: Final = 500
_CHOICES_SHOWN: Final = 14
_MONTH: Final = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with one answer, and what would be right, in both languages."""

    name: str
    message_id: str
    message_en: str


class _Unfit(Exception):
    """An answer of the wrong kind; its arguments are the words in both languages."""


@cache
def _by_name(sheet: str) -> Mapping[str, Variable]:
    return {variable.name: variable for variable in variables(sheet)}


def _choices(variable: Variable, variant: str) -> str:
    answers = code_list(variable.code_list or "")
    shown = [f"{answers.to_variant(code, variant)} {answers[code].label_id}" for code in answers.codes]
    return "; ".join(shown[:_CHOICES_SHOWN]) + ("; …" if len(shown) > _CHOICES_SHOWN else "")


def _code(variable: Variable, value: Any, variant: str) -> int | str:
    answers = code_list(variable.code_list or "")
    try:
        if isinstance(value, (int, str)) and not isinstance(value, bool):
            return answers.from_variant(value, variant)
    except CodeUnknown:
        pass
    choices = _choices(variable, variant)
    raise _Unfit(
        f"{value!r} bukan kode {variant}; tulis salah satu: {choices}",
        f"{value!r} is no {variant} code; write one of: {choices}",
    )


def _number(variable: Variable, value: Any) -> int | float:
    whole = variable.type == "int"
    fits = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    low, high = variable.minimum, variable.maximum
    if not fits or (low is not None and value < low) or (high is not None and value > high):
        unit = f" {variable.unit}" if variable.unit else ""
        raise _Unfit(
            f"harus bilangan{' bulat' if whole else ''} {low}-{high}{unit}",
            f"must be a {'whole ' if whole else ''}number {low}-{high}{unit}",
        )
    number: int | float = value
    return number


def _day(value: Any) -> str:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise _Unfit("harus tanggal YYYY-MM-DD yang ada di kalender", "must be a date YYYY-MM-DD of the calendar")


def _one(variable: Variable, value: Any, variant: str) -> Any:
    """Return a value as it is stored.

    Raises:
        _Unfit: it is none of this variable.
    """
    match variable.type:
        case "code":
            return _code(variable, value, variant)
        case "int" | "number":
            return _number(variable, value)
        case "date":
            return _day(value)
        case "yes_no":
            if isinstance(value, bool):
                return value
            raise _Unfit("harus true (ya) atau false (tidak)", "must be true or false")
        case "month":
            if isinstance(value, str) and _MONTH.fullmatch(value):
                return value
            raise _Unfit("harus bulan YYYY-MM", "must be a month YYYY-MM")
    longest = variable.maximum or TEXT_LONGEST
    if isinstance(value, str) and value.strip() and len(value) <= longest:
        return value.strip()
    raise _Unfit(f"harus teks berisi, paling panjang {longest} tanda", f"must be a text of 1 to {longest} signs")


def _label(value: Any) -> str:
    return {True: "ya", False: "tidak"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def applies(variable: Variable, answers: Mapping[str, Any], age: int | None) -> _Unfit | None:
    """Return why a question does not apply to these answers at this age (full years; None when unknown), else None."""
    for name, values in variable.when.items():
        if answers.get(name) not in values:
            wanted = " / ".join(_label(value) for value in values)
            return _Unfit(f"hanya bila {name} = {wanted}", f"only where {name} = {wanted}")
    if variable.ages is not None and age is not None and not variable.ages[0] <= age <= variable.ages[1]:
        low, high = variable.ages
        return _Unfit(f"hanya untuk umur {low}-{high} tahun", f"only for ages {low} to {high}")
    return None


def take(
    sheet: str,
    given: Mapping[str, Any],
    known: Mapping[str, Any],
    *,
    age: int | None = None,
    variant: str = CANONICAL,
) -> tuple[dict[str, Any], list[Wrong]]:
    """Judge answers that are given; return them as they are stored, and what is wrong with the others.

    Args:
        sheet: ``keluarga`` or ``anggota``.
        given: answers by variable name, codes as `variant` numbers them; None takes an answer back.
        known: what is answered already, and the member's own fields that questions depend on.
        age: the member's age in full years; None when unknown.
        variant: one of `VARIANTS`.
    """
    questions, taken, wrong = _by_name(sheet), dict[str, Any](), list[Wrong]()
    for name, value in given.items():
        variable = questions.get(name)
        if variable is None:
            wrong.append(Wrong(name, f"tidak dikenal pada {sheet}", f"is unknown for {sheet}"))
        elif not variable.edit:
            wrong.append(Wrong(name, "diisi oleh sistem lain", "is told by another system"))
        elif value is None:
            taken[name] = None
        else:
            try:
                taken[name] = _one(variable, value, variant)
            except _Unfit as unfit:
                wrong.append(Wrong(name, *unfit.args))
    answers = {**known, **taken}
    for name, value in taken.items():
        why = None if value is None else applies(questions[name], answers, age)
        if why is not None:
            wrong.append(Wrong(name, *why.args))
    return taken, wrong


def missing(sheet: str, answers: Mapping[str, Any], *, age: int | None = None) -> dict[str, list[str]]:
    """Return, per use that cannot do without them, the questions that apply and have no answer."""
    lacking: dict[str, list[str]] = {}
    for variable in variables(sheet):
        if variable.required and answers.get(variable.name) is None and applies(variable, answers, age) is None:
            for use in variable.required:
                lacking.setdefault(use, []).append(variable.name)
    return lacking


def told(sheet: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return answers as people read them, in the order of the questionnaire; names nobody declared come last, bare."""
    shown: list[dict[str, Any]] = []
    for variable in variables(sheet):
        if (value := values.get(variable.name)) is None:
            continue
        row = {"name": variable.name, "label": variable.label_id, "label_en": variable.label_en, "value": value}
        if variable.unit:
            row["unit"] = variable.unit
        if variable.type == "yes_no":
            row |= {"answer": "Ya" if value else "Tidak", "answer_en": "Yes" if value else "No"}
        elif variable.code_list is not None and value in (answers := code_list(variable.code_list)):
            one = answers[value]
            row |= {"answer": one.label_id, "answer_en": one.label_en}
            row["codes"] = {variant: answers.to_variant(value, variant) for variant in VARIANTS}
        shown.append(row)
    known = _by_name(sheet)
    return shown + [
        {"name": name, "label": name, "label_en": name, "value": value}
        for name, value in values.items()
        if name not in known and value is not None
    ]


def _question(variable: Variable) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": variable.name,
        "sheet": variable.sheet,
        "type": variable.type,
        "label": variable.label_id,
        "label_en": variable.label_en,
        "uses": variable.uses,
        "required": variable.required,
        "editable": variable.edit,
        "workbook": variable.workbook,
        "variant": CANONICAL,
    }
    optional: Mapping[str, Any] = {
        "codes": variable.code_list,
        "minimum": variable.minimum,
        "maximum": variable.maximum,
        "unit": variable.unit,
        "when": dict(variable.when),
        "ages": variable.ages,
    }
    return row | {name: value for name, value in optional.items() if value not in (None, {})}


def _answers(name: str) -> dict[str, Any]:
    one = code_lists()[name]
    return {
        "label": one.title_id,
        "label_en": one.title_en,
        "source": one.source,
        "differs": sorted(one.variants),
        "codes": [
            {
                "code": code.code,
                "label": code.label_id,
                "label_en": code.label_en,
                "variants": {variant: one.to_variant(code.code, variant) for variant in VARIANTS},
            }
            for code in one.codes.values()
        ],
    }


def reference() -> dict[str, Any]:
    """Return the whole questionnaire: every variable, and every code list with the number each variant gives."""
    questions: Sequence[Variable] = variables()
    return {
        "variants": VARIANTS,
        "variables": [_question(variable) for variable in questions],
        "lists": {name: _answers(name) for name in code_lists()},
    }
