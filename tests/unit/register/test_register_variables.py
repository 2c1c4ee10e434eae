"""The questionnaire's judge: every variable of the list takes what it should and refuses what it should not."""

from __future__ import annotations

from typing import Any

import pytest

from models.register.codes import Variable, code_list, parse_code_file, variables
from models.register.variables import VARIANTS, missing, reference, take, told

EDITABLE = [variable for variable in variables() if variable.edit]


def good(variable: Variable) -> Any:
    """Return an answer that this variable takes."""
    if variable.code_list is not None:
        return next(iter(code_list(variable.code_list).codes))
    return {
        "yes_no": True,
        "int": variable.minimum,
        "number": variable.minimum,
        "date": "2026-02-28",
        "month": "2026-02",
        "text": "RT 001",
    }[variable.type]


def bad(variable: Variable) -> list[Any]:
    """Return answers that this variable refuses."""
    return {
        "code": [999, "tidak ada", True, 1.5],
        "yes_no": ["ya", 1, 0],
        "int": [(variable.minimum or 0) - 1, (variable.maximum or 0) + 1, 1.5, "3", True],
        "number": [(variable.minimum or 0) - 1, "3", True, float("inf")],
        "date": ["2026-02-30", "28-02-2026", 20260228, "20260228"],
        "month": ["2026-13", "2026-2", 202602, "1899-01"],
        "text": ["", "   ", 3, "x" * 501],
    }[variable.type]


def setting(variable: Variable) -> dict[str, Any]:
    """Return answers under which a question applies."""
    known: dict[str, Any] = {}
    for name, values in variable.when.items():
        known[name] = values[0]
    return known


def age(variable: Variable) -> int | None:
    return variable.ages[0] if variable.ages else None


@pytest.mark.parametrize("variable", EDITABLE, ids=lambda variable: variable.name)
def test_every_variable_takes_its_answers_and_no_others(variable: Variable) -> None:
    value = good(variable)
    taken, wrong = take(variable.sheet, {variable.name: value}, setting(variable), age=age(variable))
    assert (taken, wrong) == ({variable.name: value}, [])
    for other in bad(variable):
        taken, wrong = take(variable.sheet, {variable.name: other}, setting(variable), age=age(variable))
        assert (taken, [one.name for one in wrong]) == ({}, [variable.name]), other
        assert wrong[0].message_id
        assert wrong[0].message_en
    assert take(variable.sheet, {variable.name: None}, {}) == ({variable.name: None}, [])


@pytest.mark.parametrize("variable", [v for v in EDITABLE if v.when], ids=lambda variable: variable.name)
def test_a_question_that_does_not_apply_takes_no_answer_and_says_when_it_does(variable: Variable) -> None:
    _, [wrong] = take(variable.sheet, {variable.name: good(variable)}, {}, age=age(variable))
    assert wrong.name == variable.name
    assert all(name in wrong.message_id for name in variable.when)


@pytest.mark.parametrize("variable", [v for v in EDITABLE if v.ages], ids=lambda variable: variable.name)
def test_a_question_for_some_ages_is_refused_for_others_and_open_where_none_is_known(variable: Variable) -> None:
    low, high = variable.ages or (0, 0)
    for years in {low - 1, high + 1} - {-1}:
        _, [wrong] = take(variable.sheet, {variable.name: good(variable)}, setting(variable), age=years)
        assert f"{low}-{high}" in wrong.message_id
    assert take(variable.sheet, {variable.name: good(variable)}, setting(variable), age=None)[1] == []


def test_an_answer_and_what_it_depends_on_may_come_together() -> None:
    assert take("keluarga", {"daya": 2, "listrik": 1}, {"listrik": 4})[1] == []
    assert [one.name for one in take("keluarga", {"daya": 2, "listrik": 4}, {"listrik": 1})[1]] == ["daya"]


def test_unknown_names_other_sheets_and_what_systems_tell_are_refused() -> None:
    for name in ("warna_pagar", "sekolah", "id_keluarga"):
        taken, [wrong] = take("keluarga", {name: 1}, {})
        assert (taken, wrong.name) == ({}, name)


def test_both_published_numberings_are_read_and_the_canonical_one_is_stored() -> None:
    assert take("keluarga", {"atap": 5, "memasak": 12}, {})[0] == {"atap": 5, "memasak": 12}
    assert take("keluarga", {"atap": 5, "memasak": 0}, {}, variant="dtsen")[0] == {"atap": 6, "memasak": 12}
    _, [wrong] = take("keluarga", {"memasak": 12}, {}, variant="dtsen")
    assert "0 Tidak memasak" in wrong.message_id
    _, [wrong] = take("keluarga", {"memasak": 0}, {})
    assert "12 Tidak memasak" in wrong.message_id


def test_answers_are_told_with_labels_and_with_the_number_of_each_numbering() -> None:
    rows = told("keluarga", {"atap": 6, "aset_ac": False, "luas_lantai": 36, "lama": "x", "dinding": None})
    assert [row["name"] for row in rows] == ["luas_lantai", "atap", "aset_ac", "lama"]
    area, roof, cooler, old = rows
    assert (area["value"], area["unit"]) == (36, "m2")
    assert (roof["answer"], roof["answer_en"], roof["codes"]) == ("Bambu", "Bamboo", {"regsosek": 6, "dtsen": 5})
    assert (cooler["answer"], cooler["answer_en"]) == ("Tidak", "No")
    assert old == {"name": "lama", "label": "lama", "label_en": "lama", "value": "x"}


def test_what_is_missing_counts_only_questions_that_apply() -> None:
    assert "daya" not in missing("keluarga", {"listrik": 4})["peringkat"]
    assert "daya" in missing("keluarga", {"listrik": 1})["peringkat"]
    assert missing("anggota", {}, age=3) == {}
    assert missing("anggota", {"sekolah": 2, "bekerja": False}, age=9) == {
        "komponen": ["jenjang"],
        "peringkat": ["jenjang"],
    }


def test_the_reference_holds_every_variable_and_every_code_in_every_numbering() -> None:
    page = reference()
    assert [row["name"] for row in page["variables"]] == [variable.name for variable in variables()]
    for row in page["variables"]:
        assert "codes" not in row or row["codes"] in page["lists"]
        assert row["label"]
        assert row["label_en"]
    for answers in page["lists"].values():
        for variant in VARIANTS:
            numbers = [code["variants"][variant] for code in answers["codes"]]
            assert len(set(numbers)) == len(numbers)
    assert {name for name, answers in page["lists"].items() if answers["differs"]} == {"atap", "memasak"}


BASE = """
[lists.x]
id = "X"
en = "X"
source = "s"
codes = [{ code = 1, id = "A", en = "B" }]
[[variables]]
name = "v"
"""


@pytest.mark.parametrize(
    "text",
    [
        'sheet = "anggota"\ntype = "code"\nlist = "x"\nwhen = { w = [1] }\n',
        'sheet = "anggota"\ntype = "code"\nlist = "x"\nrequired = ["peringkat"]\n',
        'sheet = "anggota"\ntype = "month"\nid = "V"\nen = "V"\n',
    ],
)
def test_a_variable_that_contradicts_itself_is_refused(text: str) -> None:
    with pytest.raises(Exception, match=r"kode\.toml, variables\.v"):
        parse_code_file(BASE + text)
