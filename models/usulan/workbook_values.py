"""From a cell to a value and back. A cell that cannot be taken raises `CellRefused`; nothing is guessed."""

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Final

from models.region import rules as region
from models.region.errors import RegionCodeInvalid
from models.region.rules import fold
from models.register.codes import code_list
from models.usulan.workbook_identity import Column
from models.usulan.workbook_messages import CellRefused
from models.usulan.workbook_rows import Value

Cell = str | int | float | bool | date | datetime | time | timedelta | None
"""What a spreadsheet or a CSV file can hold."""


class Unanswered(str):
    """A cell that shows no value: a formula nobody has worked out (`=B2&C2`), or an error such as `#N/A`."""

    __slots__ = ()


FORMULA_STARTS: Final = frozenset("=+-@\t\r\n\0＝＋－＠")
"""With what a text begins that some spreadsheet reads as a formula (OWASP ASVS 5.0, 1.2.10), also in full width."""
_BLANKS: Final = frozenset({"", "-", "–", "—"})
_FIRST_INEXACT: Final = 2**53
"""From here on not every whole number has a floating-point number of its own."""
_EXACT_DIGITS: Final = 15
_NUMBER_DIGITS: Final = 16
_EXCEL_EPOCH: Final = date(1899, 12, 30)
_YEARS: Final = range(1900, 2101)
_SERIALS: Final = range(2, 2_958_466)
_CHOICES_SHOWN: Final = 6

_SCIENTIFIC: Final = re.compile(r"\d+(?:[.,]\d+)?[eE]\+?\d+", re.ASCII)
_FRACTION: Final = re.compile(r"\d+[.,]\d+", re.ASCII)
_SPACES_IN_NUMBER: Final = re.compile(r"[\s\u00a0\u200b\u202f]+")
_FORMULA_TEXT: Final = re.compile(r'\s*="([^"]*)"\s*')
"""How programs keep a CSV file's numbers from a spreadsheet: a formula that is its own text."""
_FORMULA: Final = re.compile(r"\s*=\s*(?:\$?[A-Z]{1,3}\$?[0-9]+|[A-Z][A-Z0-9.]*\()", re.IGNORECASE)
_ERRORS: Final = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"})
_SIGNS_BEFORE: Final = "'`\u2018\u2019\u00b4\u02bc\""
"""Apostrophes, straight, curled and slanted, with which people keep a number a text."""
_SEPARATORS: Final = str.maketrans("", "", ".-\u2010\u2011\u2012\u2013")
_RT_RW: Final = re.compile(r"(?:R[TW])?[\s.:]*(\d{1,3})(?:\.0+)?", re.ASCII | re.IGNORECASE)
_ISO: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{2}|\d{4})", re.ASCII)
_MONTH_NAME: Final = re.compile(r"(\d{1,2})[-/. ]*([A-Za-z]+)[-/., ]*(\d{2}|\d{4})", re.ASCII)
_CLOCK: Final = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?\Z", re.ASCII)
_WEEKDAY: Final = re.compile(r"\A(?:senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad)\s*[,/]?\s*(?=\d)", re.IGNORECASE)
# Indonesian and English names; three letters or more of one will do.
_MONTHS: Final = (
    ("januari", "january"),
    ("februari", "pebruari", "february"),
    ("maret", "march"),
    ("april",),
    ("mei", "may"),
    ("juni", "june"),
    ("juli", "july"),
    ("agustus", "august", "ags", "agt"),
    ("september",),
    ("oktober", "october"),
    ("november", "nopember"),
    ("desember", "december"),
)
_MONTH_LETTERS: Final = 3
_YES: Final = frozenset({"ya", "y", "iya", "ada", "yes", "true", "benar", "1"})
_NO: Final = frozenset({"tidak", "t", "tdk", "n", "no", "false", "salah", "2", "0"})


def is_blank(cell: Cell) -> bool:
    """Say whether a cell holds nothing that one could read; a lone dash is how many people write that.

    Signs that do not show and the apostrophe that makes a number a text say nothing either, nor does `=""`.
    """
    if not isinstance(cell, str):
        return cell is None
    text = cell.strip()
    if text in _BLANKS:
        return True
    if text[0].isalnum():  # nearly every cell
        return False
    if own_text := _FORMULA_TEXT.fullmatch(text):
        return is_blank(own_text[1])
    return "".join(sign for sign in text if sign.isprintable()).strip(f" {_SIGNS_BEFORE}") in _BLANKS


def is_unanswered(cell: Cell) -> bool:
    """Say whether a cell shows an error of the spreadsheet, or a formula that nobody has worked out."""
    return isinstance(cell, Unanswered) or (isinstance(cell, str) and cell.strip() in _ERRORS)


def guarded(text: str) -> str:
    """Return a text for a CSV file: one that a spreadsheet would run as a formula gets an apostrophe.

    `text_of` takes it off again. In an XLSX file a cell says that it is text, and needs none.
    """
    return f"'{text}" if text[:1] in FORMULA_STARTS else text


def text_of(cell: Cell) -> str:
    """Return a cell as clean text: one line, single spaces, no control signs, composed accents, no guard."""
    if isinstance(cell, str):
        line = cell.strip()
        line = " ".join((line[1:] if line[:1] == "'" and line[1:2] in FORMULA_STARTS else line).split())
        if not line.isascii():
            line = unicodedata.normalize("NFC", line)
        if not line.isprintable():
            line = "".join(sign for sign in line if sign.isprintable())
        return line
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return "" if cell is None else str(cell)


def number16_of(cell: Cell) -> str:
    """Return a NIK or No KK as text. Its shape is judged by the register's rules, not here.

    A number cell is taken only when it is surely exact: Excel keeps 15 digits and puts a zero for the sixteenth, and
    from 2 to the 53rd on floating-point numbers skip whole numbers.
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        whole = int(cell) if float(cell).is_integer() else -1
        if whole < 0:
            raise CellRefused("NOMOR_DIBULATKAN")
        if len(str(whole)) > _EXACT_DIGITS and (whole >= _FIRST_INEXACT or whole % 10 == 0):
            raise CellRefused("NOMOR_DIBULATKAN")
        return str(whole)
    text = text_of(cell)
    own_text = _FORMULA_TEXT.fullmatch(text)
    number = _plain_digits(_SPACES_IN_NUMBER.sub("", own_text[1] if own_text else text).strip(_SIGNS_BEFORE))
    if _SCIENTIFIC.fullmatch(number):
        raise CellRefused("NOMOR_ILMIAH")
    if _FRACTION.fullmatch(number):
        raise CellRefused("NOMOR_DIBULATKAN")
    grouped = number.translate(_SEPARATORS)
    return grouped if grouped.isdigit() and len(grouped) == _NUMBER_DIGITS else number


def _plain_digits(text: str) -> str:
    """Return a text with the digits of other scripts and of full width as 0 to 9."""
    if text.isascii():
        return text
    return "".join(sign if (digit := unicodedata.decimal(sign, None)) is None else str(digit) for sign in text)


def _date(year: str | int, month: str | int, day: str | int) -> date:
    if len(str(year)) != 4:  # noqa: PLR2004  the digits of a year
        raise CellRefused("TAHUN_DUA_ANGKA")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise CellRefused("TANGGAL_TIDAK_ADA") from None


def _serial_of(cell: Cell, number: int) -> int:
    """Return digits as Excel's number of a day; as text those of a year alone are no day of 1905."""
    if isinstance(cell, str) and number in _YEARS:
        raise CellRefused("TANGGAL_BENTUK")
    return number


def date_of(cell: Cell) -> date:
    """Return a date from a date cell, an Excel serial, or text in ISO or Indonesian order (day first, never month)."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    written = _WEEKDAY.sub("", _CLOCK.sub("", _plain_digits(text_of(cell)).lstrip(_SIGNS_BEFORE)))
    if written.isascii() and written.isdigit() and len(written) in (4, 5):
        cell = _serial_of(cell, int(written))
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and int(cell) in _SERIALS:
        return _EXCEL_EPOCH + timedelta(days=int(cell))
    if match := _ISO.fullmatch(written):
        return _date(match[1], match[2], match[3])
    if match := _DAY_FIRST.fullmatch(written):
        return _date(match[3], match[2], match[1])
    if match := _MONTH_NAME.fullmatch(written):
        word = match[2].lower()
        for month, names in enumerate(_MONTHS, start=1):
            if len(word) >= _MONTH_LETTERS and any(name.startswith(word) for name in names):
                return _date(match[3], month, match[1])
    raise CellRefused("TANGGAL_BENTUK")


def region_of(cell: Cell) -> int:
    """Return the ten-digit code of a village."""
    try:
        code = region.parse(_plain_digits(text_of(cell).replace(" ", "").lstrip(_SIGNS_BEFORE)))
        region.kind(code)  # refuses a village number that is neither kelurahan nor desa
    except RegionCodeInvalid:
        raise CellRefused("WILAYAH_BENTUK") from None
    if region.level(code) is not region.Level.DESA:
        raise CellRefused("WILAYAH_BENTUK")
    return code


def rtrw_of(cell: Cell) -> str:
    """Return an RT or RW as three digits."""
    match = _RT_RW.fullmatch(_plain_digits(text_of(cell).lstrip(_SIGNS_BEFORE)))
    if match is None:
        raise CellRefused("RT_RW")
    return match[1].zfill(3)


def yes_no_of(cell: Cell) -> bool:
    """Return a yes or no from words, 1 and 2, or a logical cell."""
    answer = _yes_no_word(text_of(cell))
    if answer is None:
        raise CellRefused("YA_TIDAK")
    return answer


@lru_cache(maxsize=2000)  # a file repeats the same few answers
def _yes_no_word(text: str) -> bool | None:
    word = fold(text)
    return True if word in _YES else False if word in _NO else None


def number_of(cell: Cell) -> float:
    """Return a number; a decimal comma and a typographic minus are understood, units are not."""
    if isinstance(cell, (bool, date, time, timedelta)):
        raise CellRefused("BUKAN_BILANGAN")
    try:
        number = (
            float(cell) if isinstance(cell, (int, float)) else float(text_of(cell).replace(",", ".").replace("−", "-"))
        )
    except ValueError:
        raise CellRefused("BUKAN_BILANGAN") from None
    if not math.isfinite(number):
        raise CellRefused("BUKAN_BILANGAN")
    return number


def _within(column: Column, number: float) -> None:
    low, high = column.minimum, column.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        raise CellRefused("DI_LUAR_BATAS", minimum=low, maximum=high)


def _number_reader(column: Column) -> Callable[[Cell], Value]:
    def read(cell: Cell) -> float:
        number = number_of(cell)
        _within(column, number)
        return number

    def read_whole(cell: Cell) -> int:
        number = number_of(cell)
        if not number.is_integer():
            raise CellRefused("BUKAN_BILANGAN")
        _within(column, number)
        return int(number)

    return read_whole if column.kind == "int" else read


def _text_reader(column: Column) -> Callable[[Cell], str]:
    longest = int(column.maximum or 1000)

    def read(cell: Cell) -> str:
        text = text_of(cell)
        if len(text) > longest:
            raise CellRefused("TERLALU_PANJANG", length=len(text), maximum=longest)
        return text

    return read


def _code_reader(name: str, *, worded: bool, first: bool) -> Callable[[Cell], int | str]:
    """Return the reader of a list's codes.

    Args:
        name: of the list.
        worded: the heading is one of sheets that number the answers otherwise: what is no word of ours is refused.
        first: there, the first answer has the same number everywhere.
    """
    answers = code_list(name)
    choices = [str(code) for code in answers.codes]
    shown = ", ".join(choices[:_CHOICES_SHOWN]) + (" …" if len(choices) > _CHOICES_SHOWN else "")

    @lru_cache(maxsize=2000)  # a file repeats the same few answers
    def known(text: str) -> tuple[int | str | None, int | str | None]:
        return answers.read(text), answers.named(text)

    def read(cell: Cell) -> int | str:
        text = text_of(cell)
        code, named = known(text) if len(text) < 100 else (None, None)  # noqa: PLR2004  longer than any label
        if worded and named is not None:
            return named
        if code is None:
            refusal = "KODE_TIDAK_ADA" if named is None else "KODE_BERTENTANGAN"
            raise CellRefused(refusal, list=answers.title_id, choices=shown)
        if worded and not (first and fold(text).lstrip("0") == choices[0].lstrip("0")):
            raise CellRefused("KODE_LAIN", list=answers.title_id, number=code, means=answers[code].label_id)
        return code

    return read


_READERS: Final[dict[str, Callable[[Cell], Value]]] = {
    "number16": number16_of,
    "region": region_of,
    "rtrw": rtrw_of,
    "yes_no": yes_no_of,
    "date": date_of,
}


@cache
def reader(column: Column) -> Callable[[Cell], Value]:
    """Return the function that turns a cell of this column into its value, or raises `CellRefused`."""
    take, any_text = _taker(column), column.kind == "text"

    def read(cell: Cell) -> Value:
        if not isinstance(cell, str):
            return take(cell)
        if is_unanswered(cell):
            raise CellRefused("RUMUS")
        if cell[:1] in " =":
            if own_text := _FORMULA_TEXT.fullmatch(cell):
                return take(own_text[1])
            if _FORMULA.match(cell) if any_text else cell.lstrip()[:1] == "=":
                raise CellRefused("RUMUS")
        return take(cell)

    return read


def _taker(column: Column) -> Callable[[Cell], Value]:
    if column.kind == "code":
        return _code_reader(column.code_list or "", worded=column.worded, first=not column.variable)
    if column.kind in ("int", "number"):
        return _number_reader(column)
    return _text_reader(column) if column.kind == "text" else _READERS[column.kind]


def read_cell(column: Column, cell: Cell) -> Value:
    """Return a cell of this column as its value.

    Raises:
        CellRefused: it cannot be taken.
    """
    return reader(column)(cell)


def cell_of(column: Column, value: Value | None, *, labels: bool) -> str | int | float | date | None:
    """Return what to write into a cell of this column.

    Args:
        column: where the value stands.
        value: the value, or None for an empty cell.
        labels: write a code with its label, as the drop-down shows it; otherwise the bare code.
    """
    if value is None or value == "":
        return None
    if column.kind == "yes_no":
        return "Ya" if value else "Tidak"
    if column.kind == "code" and labels and not isinstance(value, (float, date)):
        return code_list(column.code_list or "")[value].choice
    return str(value) if column.kind == "region" else value
