"""Which sheets of a workbook are read: those meant, and no older, hidden or unrelated one in their place."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import openpyxl
import pytest

from models.usulan.workbook import ColumnMissing, WorkbookDamaged, WorkbookTooLarge
from tests.unit.usulan.test_workbook_files import FAMILY, MEMBER, book, families, opened, table, zipped
from tests.unit.usulan.test_workbook_hostile import parts
from tests.unit.usulan.test_workbook_lost import WIFE, said

Sheets = dict[str, Sequence[Sequence[Any]]]

WIDE = [["x"] * 300]
BOTH: Sheets = {"keluarga": table(FAMILY), "anggota": table(MEMBER, WIFE)}
FLAT = table(FAMILY | MEMBER, FAMILY | WIFE)
MISSPELT = {("alamt" if name == "alamat" else name): value for name, value in FAMILY.items()}
OLD = table(FAMILY | {"alamat": "ALAMAT LAMA"})


def hiding(content: bytes, name: str, state: Any) -> bytes:
    kept, out = openpyxl.load_workbook(io.BytesIO(content)), io.BytesIO()
    kept[name].sheet_state = state
    kept.save(out)
    return out.getvalue()


def good(content: bytes) -> list[str]:
    """Return the addresses of the families of a file, all good and of two."""
    found = families(content)
    assert [(family.errors, len(family.members)) for family in found] == [([], 2)] * len(found)
    return [family.alamat for family in found]


# -- a sheet that is meant ---------------------------------------------------------------------------------------------


def test_a_misspelt_heading_is_told_and_no_older_sheet_is_read() -> None:
    sheets: Sheets = {"keluarga": table(MISSPELT), "anggota": table(MEMBER, WIFE), "keluarga 2024": OLD}
    with pytest.raises(ColumnMissing) as refused:
        opened(book(sheets))
    assert refused.value.message_id == "Kolom alamat tidak ada di 'keluarga'."


def test_a_sheet_of_the_name_without_any_heading_gives_way() -> None:
    assert good(book({"keluarga": [["lihat lembar KK"]], "anggota": table(MEMBER, WIFE), "KK": table(FAMILY)}))


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_not_read_in_another_ones_place(state: str) -> None:
    sheets: Sheets = {"keluarga": [["x"]], "anggota": table(MEMBER, WIFE), "Sheet9": OLD}
    with pytest.raises(ColumnMissing):
        opened(hiding(book(sheets), "Sheet9", state))
    assert good(hiding(book({"Data": FLAT, "Sheet9": FLAT}), "Sheet9", state)) == ["Jl. Mawar"]


def test_a_sheet_that_bears_the_name_is_read_though_it_is_hidden() -> None:
    assert good(hiding(book(BOTH), "anggota", "hidden"))


# -- one sheet that says all -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["keluarga", "Anggota", "Keluarga dan Anggota"])
def test_a_flat_list_may_bear_any_name(name: str) -> None:
    assert good(book({name: FLAT})) == ["Jl. Mawar"]
    assert good(book({"Sampul": [["Daftar"]], name: FLAT, "Pivot": WIDE})) == ["Jl. Mawar"]


def test_the_two_sheets_are_read_as_two_also_where_one_could_say_all() -> None:
    (family,) = families(book({"keluarga": table(FAMILY | MEMBER), "anggota": table(MEMBER, WIFE)}))
    assert (said(family), len(family.members)) == ([], 2)


# -- unrelated sheets --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sheets",
    [
        {"Data": FLAT, "Pivot": WIDE},
        {"Pivot": WIDE, **BOTH},
        {"Pivot": WIDE, "Data KK": table(FAMILY), "Data Jiwa": table(MEMBER, WIFE)},
    ],
)
def test_a_wide_sheet_beside_the_list_does_no_harm(sheets: Sheets) -> None:
    assert good(book(sheets)) == ["Jl. Mawar"]


def test_an_export_of_200_columns_is_read() -> None:
    more = {f"kolom {number}": "x" for number in range(190)}
    assert good(book({"Data": table(FAMILY | MEMBER | more, FAMILY | WIFE)})) == ["Jl. Mawar"]


@pytest.mark.parametrize("name", ["keluarga", "Data KK"])
def test_a_list_that_is_too_wide_is_told_with_sheet_and_cell(name: str) -> None:
    wide = table(FAMILY | {f"k{number}": "x" for number in range(300)})
    with pytest.raises(WorkbookTooLarge) as refused:
        opened(book({name: wide, "anggota": table(MEMBER)}))
    assert f"256 kolom ('{name}'!IW1)" in refused.value.message_id
    assert f"('{name}'!IW1)" in refused.value.message_en


# -- what no spreadsheet writes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "INF"])
@pytest.mark.parametrize(("column", "letter"), [("tanggal_lahir", "E"), ("nik", "B"), ("hubungan", "G")])
def test_a_number_that_is_none_is_no_value(column: str, letter: str, number: str) -> None:
    kept = parts()
    sheet = "xl/worksheets/sheet2.xml"
    cell = rf'<c r="{letter}2"[^>]*?(/>|>.*?</c>)'
    kept[sheet], changed = re.subn(cell.encode(), f'<c r="{letter}2"><v>{number}</v></c>'.encode(), kept[sheet])
    assert changed == 1
    (family,) = families(zipped(kept))
    assert (2, column, "RUMUS") in said(family)


def test_a_workbook_without_sheets_is_damaged() -> None:
    kept = parts()
    kept["xl/workbook.xml"] = re.sub(rb"<sheets>.*</sheets>", b"<sheets/>", kept["xl/workbook.xml"])
    with pytest.raises(WorkbookDamaged):
        opened(zipped(kept))
