"""Cells of one sheet of an XLSX workbook, out of its XML as it comes."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from xml.parsers import expat

from models.usulan import workbook_errors as errors
from models.usulan.workbook_values import Cell, Unanswered

Row = tuple[int, Sequence[Cell]]
"""A row number as the spreadsheet shows it, and its cells from the first column on."""

ROWS_MAX: Final = 199_999
COLUMNS_MAX: Final = 256
"""Up to column IV, the last of old Excel; a stray cell farther away is a mistake, or was put there to cost room."""
TEXT_MAX: Final = 32_767
"""Letters that Excel takes in one cell."""
_WRITTEN_OUT_MAX: Final = 1024**3
"""Letters of shared texts, counted at every cell that names them: 5,000 members of 60 cells with texts of 3,500."""

_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet knows no zone
_SERIALS: Final = range(1, 2_958_466)


def plain(tag: str) -> str:
    """Return a tag without its prefix."""
    return tag[tag.find(":") + 1 :]


def place_of(letters: str) -> int:
    """Return the place of a column, from 0: A is 0, AA is 26."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _letters_of(place: int) -> str:
    """Return the letters of a column: 0 is A, 26 is AA."""
    letters = ""
    while place >= 0:
        letters, place = chr(place % 26 + ord("A")) + letters, place // 26 - 1
    return letters


class _Places(dict[str, int]):
    def __missing__(self, letters: str) -> int:
        if not (letters.isascii() and letters.isalpha() and letters.isupper() and len(letters) <= 3):  # noqa: PLR2004
            raise ValueError(letters)
        place = self[letters] = place_of(letters)
        return place


def xml_parser() -> expat.XMLParserType:
    """Return a parser that takes no declarations."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_declarations
    return parser


def _no_declarations(*_: object) -> None:
    """Entities are how a small file becomes a large one, or reads another; no spreadsheet program writes any."""
    raise ValueError("DOCTYPE")


def unescaped(text: str) -> str:
    """Return a text with the signs that XML cannot hold."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


class SheetReader:
    """Turns the XML of one sheet into rows as it comes."""

    def __init__(
        self,
        shared: Sequence[str],
        dated: Sequence[bool],
        days: int,
        merged: Mapping[int, Mapping[int, int]],
        too_large: Callable[[int, str, str], errors.WorkbookTooLarge],
    ) -> None:
        self._shared, self._dated, self._days, self._merged = shared, dated, days, merged
        self._too_large = too_large
        self._done: list[Row] = []
        self._row, self._place, self._letters, self._out = 0, -1, 0, 0
        self._in_row = False
        self._kind, self._style, self._formula, self._answered = "", "", "", False
        self._cells: list[Cell] = []
        self._text: list[str] = []
        self._places = _Places()
        #: column -> (last row, value) of merged cells that reach below the rows seen so far
        self._reaching: dict[int, tuple[int, Cell]] = {}
        self.parser = xml_parser()
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end

    def take(self) -> list[Row]:
        """Return the rows that were finished since the last call."""
        done, self._done = self._done, []
        return done

    def _start(self, tag: str, given: dict[str, str]) -> None:
        if ":" in tag:
            tag = plain(tag)
        if tag == "c":
            reference = given.get("r")
            self._place = self._places[reference.rstrip("0123456789")] if reference else self._place + 1
            self._kind, self._style, self._formula, self._answered = given.get("t", "n"), given.get("s", ""), "", False
            self._text.clear()
            self._letters = 0
        elif tag in ("v", "t", "f"):
            self.parser.CharacterDataHandler = self._take
        elif tag == "row":
            if self._in_row:
                raise ValueError(tag)
            self._in_row = True
            self._row = int(given["r"]) if "r" in given else self._row + 1
            self._place = -1

    def _take(self, data: str) -> None:
        self._letters += len(data)
        if self._letters > TEXT_MAX:
            raise self._too_large(TEXT_MAX, "huruf dalam satu sel", self._here())
        self._text.append(data)

    def _end(self, tag: str) -> None:
        if ":" in tag:
            tag = plain(tag)
        if tag == "c":
            cell = self._cell("".join(self._text))
            if cell is not None:
                self._keep(cell)
        elif tag in ("v", "t"):
            self.parser.CharacterDataHandler = None
        elif tag == "f":
            self.parser.CharacterDataHandler = None
            self._formula = "=" + "".join(self._text)
            self._text.clear()
        elif tag == "row":
            self._in_row = False
            if self._cells:
                self._finish()

    def _here(self) -> str:
        return f"{_letters_of(self._place)}{self._row}"

    def _keep(self, cell: Cell) -> None:
        if self._row > ROWS_MAX or self._place >= COLUMNS_MAX:
            limit, unit = (ROWS_MAX, "baris") if self._row > ROWS_MAX else (COLUMNS_MAX, "kolom")
            raise self._too_large(limit, unit, self._here())
        cells = self._cells
        if len(cells) <= self._place:
            cells += [None] * (self._place + 1 - len(cells))
        cells[self._place] = cell

    def _cell(self, text: str) -> Cell:
        kind = self._kind
        if not text:
            return Unanswered(self._formula) if self._formula and kind != "str" else None
        if kind == "s":
            shared = self._shared[int(text)]
            self._out += len(shared)
            if self._out > _WRITTEN_OUT_MAX:
                raise self._too_large(_WRITTEN_OUT_MAX // 1024**2, "MB", "")
            return shared
        if kind == "n":
            number = float(text)
            return self._number(number) if math.isfinite(number) else Unanswered(text)
        if kind == "e":
            return Unanswered(text)
        return text == "1" if kind == "b" else unescaped(text)

    def _number(self, number: float) -> float | datetime:
        if self._style and number > 0 and self._dated and self._dated[int(self._style)]:
            days = number + self._days
            if _SERIALS.start <= days < _SERIALS.stop:
                return _EPOCH + timedelta(days=days)
        return number

    def _finish(self) -> None:
        row, cells = self._row, self._cells
        for place, (bottom, value) in list(self._reaching.items()):
            if row > bottom:
                del self._reaching[place]
                continue
            if len(cells) <= place:
                cells += [None] * (place + 1 - len(cells))
            cells[place] = value if cells[place] is None else cells[place]
        for place, bottom in self._merged.get(row, {}).items():
            if place < len(cells) and cells[place] is not None:
                self._reaching[place] = (bottom, cells[place])
        self._done.append((row, cells))
        self._cells = []
