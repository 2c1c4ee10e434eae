"""A list of holidays as a file, CSV or XLSX, one row a day: tanggal, nama, jenis, wilayah, dasar."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Final, NamedTuple

import xlsxwriter

from models.calendar.errors import HolidayListRefused
from models.calendar.rules import HOLIDAY_KINDS, span_of
from models.region.data import known_codes
from models.region.errors import RegionCodeInvalid
from models.region.rules import fold, parse
from models.usulan.workbook_cells import Row
from models.usulan.workbook_errors import ColumnMissing, WorkbookEmpty, WorkbookTooLarge
from models.usulan.workbook_messages import TEXTS, CellRefused
from models.usulan.workbook_source import open_source
from models.usulan.workbook_values import FORMULA_STARTS, Cell, date_of, guarded, is_blank, is_unanswered, text_of

COLUMNS: Final = ("tanggal", "nama", "jenis", "wilayah", "dasar")
ROWS_MAX: Final = 2_000
"""A year of the whole country has about 25 days; with every election of every kabupaten a few hundred."""

_SHEET: Final = "hari libur"
_HEADING_ROWS: Final = 20
_LETTERS_MAX: Final = 300
_YEARS: Final = range(2000, 2100)
_KINDS: Final = {fold(word): kind for kind, words in HOLIDAY_KINDS.items() for word in (kind, *words)}
"""What a kind may be called: its id, or its name in either language."""


@dataclass(frozen=True, slots=True)
class HolidayRow:
    """One day of a list; `lo` and `hi` are the range of village codes it holds for."""

    day: date
    name: str
    kind: str
    lo: int
    hi: int
    decree: str

    def as_data(self) -> dict[str, Any]:
        """Return it as the database takes it."""
        return {
            "day": self.day.isoformat(),
            "name": self.name,
            "kind": self.kind,
            "lo": self.lo,
            "hi": self.hi,
            "decree": self.decree,
        }


class _Said(NamedTuple):
    """What is wrong with a cell and how to mend it, in both languages; braces take the value."""

    message: str
    cure: str
    message_en: str
    cure_en: str


_TEXTS: Final = {
    "KOSONG": _Said(
        "Kolom ini kosong.",
        "Isi kolom ini; hanya wilayah yang boleh kosong (seluruh negara).",
        "This column is empty.",
        "Fill it in; only wilayah may be empty (the whole country).",
    ),
    "TEKS": _Said(
        "“{value}” lebih dari 300 huruf, berawal tanda rumus, atau memuat tanda yang tidak tercetak.",
        "Tulis nama atau dasar hukum dengan huruf dan angka biasa.",
        "“{value}” is longer than 300 letters, begins like a formula, or holds signs that cannot be printed.",
        "Write the name or the decree in plain letters and digits.",
    ),
    "TAHUN": _Said(
        "Tanggal “{value}” di luar tahun 2000 sampai 2099.",
        "Periksa tahunnya.",
        "The date “{value}” lies outside the years 2000 to 2099.",
        "Check its year.",
    ),
    "JENIS": _Said(
        "Jenis “{value}” tidak dikenal.",
        "Tulis libur, cuti_bersama, atau libur_daerah.",
        "The kind “{value}” is unknown.",
        "Write libur, cuti_bersama or libur_daerah.",
    ),
    "WILAYAH": _Said(
        "Tidak ada wilayah “{value}”.",
        "Tulis kode Kemendagri, misalnya 51 atau 32.04; kosongkan untuk seluruh negara.",
        "There is no region “{value}”.",
        "Write a Kemendagri code such as 51 or 32.04; leave it empty for the country.",
    ),
    "WILAYAH_PERLU": _Said(
        "Libur daerah tanpa wilayah.",
        "Sebut provinsi, kabupaten/kota, kecamatan, atau desanya; libur negara berjenis libur.",
        "A regional holiday without a region.",
        "Name its region; a holiday of the whole country is of kind libur.",
    ),
    "WILAYAH_LEBIH": _Said(
        "Libur nasional atau cuti bersama untuk satu wilayah (“{value}”).",
        "Ubah jenisnya menjadi libur_daerah, atau kosongkan wilayahnya.",
        "A national holiday or joint leave of one region (“{value}”).",
        "Change its kind to libur_daerah, or empty wilayah.",
    ),
    "KEMBAR": _Said(
        "Hari, jenis, dan wilayah ini sudah ada di baris {value}.",
        "Hapus salah satunya.",
        "This day, kind and region stand in row {value} already.",
        "Delete one of them.",
    ),
}


def _mistake(row: int, column: str, code: str, value: str) -> dict[str, Any]:
    """Return one mistake as it is told: where in the file, what, how to mend it."""
    own = _TEXTS.get(code)
    said = own or _Said(*TEXTS[code])
    message, cure, message_en, cure_en = (text.format(value=value) for text in said)
    return {
        "field": f"{_SHEET} {row}, {column}",
        "row": row,
        "column": column,
        "value": value,
        "code": code,
        "message": message,
        "cure": cure,
        "message_en": message_en,
        "cure_en": cure_en,
    }


class _Wrong(Exception):
    """A cell that cannot be taken, by the code of what is wrong."""


def _text(cell: Cell) -> str:
    if is_blank(cell):
        raise _Wrong("KOSONG")
    if is_unanswered(cell):
        raise _Wrong("RUMUS")
    text = " ".join(text_of(cell).split())
    if len(text) > _LETTERS_MAX or text[:1] in FORMULA_STARTS or not text.isprintable():
        raise _Wrong("TEKS")
    return text


def _day(cell: Cell) -> date:
    if is_blank(cell):
        raise _Wrong("KOSONG")
    try:
        day = date_of(cell)
    except CellRefused as error:
        raise _Wrong(error.code) from error
    if day.year not in _YEARS:
        raise _Wrong("TAHUN")
    return day


def _kind(cell: Cell) -> str:
    if is_blank(cell):
        raise _Wrong("KOSONG")
    kind = _KINDS.get(fold(text_of(cell).replace("_", " "))) or _KINDS.get(fold(text_of(cell)))
    if kind is None:
        raise _Wrong("JENIS")
    return kind


def _region(cell: Cell) -> int:
    """Return a code of any level, 0 for the nation."""
    if is_blank(cell):
        return 0
    try:
        code = parse(text_of(cell).lstrip("'"))
    except RegionCodeInvalid as error:
        raise _Wrong("WILAYAH") from error
    if code not in known_codes():
        raise _Wrong("WILAYAH")
    return code


_READERS: Final[Mapping[str, Any]] = {
    "tanggal": _day,
    "nama": _text,
    "jenis": _kind,
    "wilayah": _region,
    "dasar": _text,
}


def _headed(rows: Iterator[Row], filename: str) -> dict[str, int]:
    """Return column -> place from the heading row, and leave `rows` at the row below it."""
    for _, cells in islice(rows, _HEADING_ROWS):
        titles = [fold(text_of(cell)) for cell in cells]
        if "tanggal" not in titles:
            continue
        if missing := [column for column in COLUMNS if column not in titles]:
            raise ColumnMissing(filename, ", ".join(missing))
        return {column: titles.index(column) for column in COLUMNS}
    raise ColumnMissing(filename, ", ".join(COLUMNS))


def read_list(content: bytes, filename: str) -> list[HolidayRow]:
    """Read a list of holidays: CSV (UTF-8; comma, semicolon or tab) or the first sheet of an XLSX file.

    Raises:
        WorkbookProblem: the file cannot be read, has no such columns, no row, or more than `ROWS_MAX`.
        HolidayListRefused: some rows cannot be taken; it names every mistake.
    """
    found: list[HolidayRow] = []
    mistakes: list[dict[str, Any]] = []
    seen: dict[tuple[date, str, int], int] = {}
    with closing(open_source(content, filename)) as source:
        rows = source.rows(COLUMNS[0])
        places = _headed(rows, filename)
        for count, (number, cells) in enumerate(rows):
            if count >= ROWS_MAX:
                raise WorkbookTooLarge(filename, ROWS_MAX, "baris")
            here = {column: cells[place] if place < len(cells) else None for column, place in places.items()}
            if all(is_blank(cell) for cell in here.values()):
                continue
            row = _judged(number, here, mistakes)
            if row is None:
                continue
            key = (row.day, row.kind, row.lo)
            if key in seen:
                mistakes.append(_mistake(number, "tanggal", "KEMBAR", str(seen[key])))
            seen.setdefault(key, number)
            found.append(row)
    if mistakes:
        raise HolidayListRefused(tuple(mistakes))
    if not found:
        raise WorkbookEmpty(filename)
    return found


def _judged(number: int, here: Mapping[str, Cell], mistakes: list[dict[str, Any]]) -> HolidayRow | None:
    """Return a row as read; None when something is wrong with it, which is added to the mistakes."""
    before = len(mistakes)
    value: dict[str, Any] = {}
    for column, read in _READERS.items():
        try:
            value[column] = read(here[column])
        except _Wrong as wrong:
            mistakes.append(_mistake(number, column, str(wrong), text_of(here[column])[:_LETTERS_MAX]))
    if len(mistakes) == before and (value["jenis"] == "libur_daerah") != bool(value["wilayah"]):
        code = "WILAYAH_LEBIH" if value["wilayah"] else "WILAYAH_PERLU"
        mistakes.append(_mistake(number, "wilayah", code, text_of(here["wilayah"])))
    if len(mistakes) > before:
        return None
    lo, hi = span_of(value["wilayah"])
    return HolidayRow(value["tanggal"], value["nama"], value["jenis"], lo, hi, value["dasar"])


def _cells(rows: Iterable[Mapping[str, Any]]) -> Iterator[Sequence[str]]:
    """Yield the heading and a line for each holiday, as `models.calendar.queries.holidays` tells them."""
    yield COLUMNS
    for row in rows:
        yield (row["day"].isoformat(), row["name"], row["kind"], row["region"], row["decree"])


def write_list(rows: Iterable[Mapping[str, Any]], *, xlsx: bool = False) -> bytes:
    """Return holidays as the file that `read_list` reads: CSV in UTF-8 with a byte order mark, or XLSX."""
    if not xlsx:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([guarded(cell) for cell in cells] for cells in _cells(rows))
        return text.getvalue().encode("utf-8-sig")
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(_SHEET)
        for place, cells in enumerate(_cells(rows)):
            for column, cell in enumerate(cells):
                sheet.write_string(place, column, cell)
    return target.getvalue()
