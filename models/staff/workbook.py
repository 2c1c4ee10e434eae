"""The spreadsheet by which accounts are made in bulk: a row per role. Read and written with the village lists' tools.

Rows that cannot be taken go back in the same layout with a first column that says what to mend; mended, the file can be
sent again as it is.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import xlsxwriter

from models.errors import AlurError
from models.region.errors import RegionCodeInvalid
from models.region.rules import parse
from models.signin.rules import is_nik
from models.staff import errors
from models.staff.rules import Proposal
from models.usulan.rules import WIB
from models.usulan.workbook_identity import MISTAKE_COLUMN, Column
from models.usulan.workbook_messages import TEXTS, CellRefused
from models.usulan.workbook_source import open_source, row_is_blank
from models.usulan.workbook_values import Cell, is_blank, read_cell, text_of

SHEET: Final = "akun"
ROWS_MOST: Final = 2_000
COLUMNS: Final = (
    Column(SHEET, "nik", "number16", ("NIK", "NIK"), ("16 angka, format Teks.", "16 digits, as Text."),
           "3204050101800001", required=True),
    Column(SHEET, "nama", "text", ("Nama lengkap", "Full name"), ("Seperti di KTP.", "As on the ID card."),
           "Dadang Suherman", required=True),
    Column(SHEET, "peran", "text", ("Peran", "Role"), ("Misalnya operator_desa.", "Such as operator_desa."),
           "operator_desa", required=True),
    Column(SHEET, "wilayah", "text", ("Kode wilayah", "Region code"),
           ("Desa 10 angka, kecamatan 6, kabupaten dan pendamping 4, provinsi 2.",
            "Village 10 digits, kecamatan 6, kabupaten and pendamping 4, province 2."), "32.04.05.2001"),
    Column(SHEET, "program", "text", ("Program", "Programme"), ("Untuk direktorat, KPA, PPK, PPSPM.",
           "For direktorat, KPA, PPK, PPSPM."), "PKH"),
    Column(SHEET, "lembaga", "text", ("Lembaga", "Organisation"), ("Untuk bank, Pos, KPPN.", "For banks, Pos, KPPN."),
           "BRI"),
    Column(SHEET, "berlaku_sampai", "date", ("Berlaku sampai", "Until"), ("Hari terakhir; kosong: tanpa akhir.",
           "Last day; empty: no end."), "2027-12-31"),
)  # fmt: skip

REFUSED: Final = (
    errors.RoleNotYours,
    errors.RoleScopeMissing,
    errors.RoleOutside,
    errors.OwnRights,
    errors.RolesMixed,
    errors.RolePeriod,
)
"""Refusals that are one row's, each told at the column of `_AT`."""
_AT: Final[dict[type[AlurError], str]] = {
    errors.RoleNotYours: "peran",
    errors.RoleScopeMissing: "wilayah",
    errors.RoleOutside: "wilayah",
    errors.OwnRights: "nik",
    errors.RolesMixed: "nik",
    errors.RolePeriod: "berlaku_sampai",
}
_NIK_SHAPE: Final = (
    "NIK harus 16 angka.",
    "Ketik lagi dari KTP, di kolom berformat Teks.",
    "A NIK has 16 digits.",
    "Type it again from the ID card, in a Text column.",
)
_REGION_SHAPE: Final = (
    "Kode wilayah tidak terbaca.",
    "Tulis seperti 32.04.05.2001 atau 3204052001.",
    "The region code cannot be read.",
    "Write it as 32.04.05.2001 or 3204052001.",
)
_ORDER: Final = {column.name: place for place, column in enumerate(COLUMNS)}
_WIDTHS: Final = {"nik": 19, "nama": 28, "peran": 20, "wilayah": 15}


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at one cell, and how to mend it."""

    column: str
    message: str
    cure: str
    message_en: str
    cure_en: str

    def as_data(self) -> dict[str, str]:
        """Return it for an answer."""
        return {
            "column": self.column,
            "message": self.message,
            "cure": self.cure,
            "message_en": self.message_en,
            "cure_en": self.cure_en,
        }


@dataclass(slots=True)
class Row:
    """One row as it stood, what it proposes, and what is wrong with it."""

    number: int
    cells: dict[str, str]
    proposal: Proposal | None = None
    mistakes: list[Mistake] = field(default_factory=list)

    def refuse(self, error: AlurError) -> None:
        """Note that the row was refused."""
        cures = error.cure.format(*error.args), error.cure_en.format(*error.args)
        self.mistakes.append(Mistake(_AT[type(error)], str(error), cures[0], error.english, cures[1]))


def _mistake(column: str, value: str, refused: CellRefused) -> Mistake:
    words = {"column": column, "value": value} | refused.found
    return Mistake(column, *(text.format(**words) for text in TEXTS[refused.code]))


def _until(day: date) -> datetime:
    """Return the end of a day, western Indonesian time."""
    return datetime.combine(day + timedelta(days=1), time(), WIB)


def _values(row: Row, cells: Mapping[str, Cell]) -> dict[str, Any]:
    """Return what a row's cells say; note what cannot be taken."""
    values: dict[str, Any] = {}
    for column in COLUMNS:
        if column.name not in row.cells:
            if column.required:
                row.mistakes.append(_mistake(column.name, "", CellRefused("KOSONG")))
            continue
        try:
            values[column.name] = read_cell(column, cells[column.name])
        except CellRefused as refused:
            row.mistakes.append(_mistake(column.name, row.cells[column.name], refused))
    return values


def _read(number: int, cells: Mapping[str, Cell]) -> Row:
    row = Row(number, {name: text_of(cell) for name, cell in cells.items() if not is_blank(cell)})
    values = _values(row, cells)
    region = None
    if "nik" in values:
        row.cells["nik"] = values["nik"]
        if not is_nik(values["nik"]):
            row.mistakes.append(Mistake("nik", *_NIK_SHAPE))
    if "wilayah" in values:
        try:
            region = parse(values["wilayah"])
        except RegionCodeInvalid:
            row.mistakes.append(Mistake("wilayah", *_REGION_SHAPE))
    row.mistakes.sort(key=lambda mistake: _ORDER[mistake.column])
    if not row.mistakes:
        until = values.get("berlaku_sampai")
        row.proposal = Proposal(
            values["nik"],
            values["nama"][:100],
            values["peran"],
            region,
            values.get("program"),
            values.get("lembaga"),
            valid_to=until and _until(until),
        )
    return row


def read(content: bytes, filename: str = "akun") -> list[Row]:
    """Return the rows of a spreadsheet (XLSX, sheet `akun`) or CSV, judged as far as no database is needed.

    Raises:
        WorkbookProblem: the file cannot be read, or a column is missing.
        TooManyRows: more than `ROWS_MOST`.
    """
    with closing(open_source(content, filename)) as source:
        table = source.table(SHEET, COLUMNS)
        rows: list[Row] = []
        for number, cells in table.rows():
            if row_is_blank(table, cells):
                continue
            if len(rows) == ROWS_MOST:
                raise errors.TooManyRows(ROWS_MOST)
            row = _read(number, {column.name: cells[at] for at, column in table.places if at < len(cells)})
            for at, first, column in table.twins:
                one, other = (text_of(cells[place]) if place < len(cells) else "" for place in (first, at))
                if other and one != other:
                    row.mistakes.append(_mistake(column.name, one, CellRefused("KOLOM_BEDA", other=other)))
                    row.proposal = None
            rows.append(row)
        return rows


def write(rows: Iterable[Row], *, language: str) -> bytes:
    """Return rows in the layout of the template, with what to mend; without rows it is the template.

    Every cell is written as text: what begins like a formula stays what it is.
    """
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(SHEET)
    text, head = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "bg_color": "#D9E2EC"})
    wrong = book.add_format({"num_format": "@", "bg_color": "#F8D7DA"})
    listed = list(rows)
    start = 1 if listed else 0
    if listed:
        sheet.set_column(0, 0, 60, book.add_format({"text_wrap": True}))
        sheet.write_string(0, 0, MISTAKE_COLUMN, head)
    for place, column in enumerate(COLUMNS, start):
        sheet.set_column(place, place, _WIDTHS.get(column.name, 16), text)
        sheet.write_string(0, place, column.name, head)
        sheet.write_comment(0, place, f"{column.help[0]}\n{column.help[1]}\nContoh: {column.example}")
    for at, row in enumerate(listed, 1):
        sheet.write_string(at, 0, "\n".join(_lines(row.mistakes, language)))
        marked = {mistake.column for mistake in row.mistakes}
        for place, column in enumerate(COLUMNS, start):
            sheet.write_string(at, place, row.cells.get(column.name, ""), wrong if column.name in marked else text)
    sheet.freeze_panes(1, start)
    book.close()
    return target.getvalue()


def _lines(mistakes: Sequence[Mistake], language: str) -> list[Any]:
    english = language == "en"
    return [
        f"{each.column}: {each.message_en if english else each.message} {each.cure_en if english else each.cure}"
        for each in mistakes
    ]
