"""Reading an XLSX workbook as a stream: rows come as their XML is parsed, and no sheet is ever whole in memory.

The parser is expat, of the standard library. Readers that load a sheet whole hold 200,000 members in 700 MB; those
that stream through the layers of an object model take five times as long. What a hostile archive could make of the
shared texts, the one part that is kept, is bounded here.
"""

import copy
import io
import lzma
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from xml.parsers import expat

from models.usulan import workbook_errors as errors
from models.usulan.workbook_values import Cell, Unanswered

Row = tuple[int, Sequence[Cell]]
"""A row number as the spreadsheet shows it, and its cells from the first column on."""

BYTES_MAX: Final = 512 * 1024 * 1024
"""Unpacked size of a file: 200,000 full rows take about 300 MB of XML."""
ROWS_MAX: Final = 199_999
COLUMNS_MAX: Final = 104
"""Up to column CZ; a stray cell farther away is a mistake, or was put there to cost room."""

_PARTS_MAX: Final = 2_000
"""Files inside an archive; a workbook with pictures has some dozens."""
_CHUNK: Final = 256 * 1024
_TEXT_MAX: Final = 32_767
"""Letters that Excel takes in one cell."""
_SHARED_MAX: Final = 2_000_000
"""Texts that cells share: ten different ones in each of 200,000 rows."""
_SHARED_LETTERS_MAX: Final = 128 * 1024**2
_WRITTEN_OUT_MAX: Final = 1024**3
"""Letters of shared texts, counted at every cell that names them: 5,000 members of 60 cells with texts of 3,500."""

# What the library raises on archives that are cut, flipped or packed in ways it does not know.
BROKEN_ARCHIVE: Final = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(NotImplementedError, EOFError, OSError, ValueError),
)
_MERGED: Final = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["']([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})["']"""
)
_OVERLAP: Final = 256
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet knows no zone
_DAYS_1904: Final = 1462
_SERIALS: Final = range(1, 2_958_466)
_DATE_FORMATS: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Numbers of formats that show a date without being written down in the file (ECMA-376, 18.8.30)."""
_NO_FORMAT_LETTERS: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')


def _plain(tag: str) -> str:
    return tag[tag.find(":") + 1 :]


def _place(letters: str) -> int:
    """Return the place of a column, from 0: A is 0, AA is 26."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


class _Places(dict[str, int]):
    def __missing__(self, letters: str) -> int:
        if not (letters.isascii() and letters.isalpha() and letters.isupper() and len(letters) <= 3):  # noqa: PLR2004
            raise ValueError(letters)
        place = self[letters] = _place(letters)
        return place


class Xlsx:
    """One opened workbook. Made and refused as a whole; its sheets are read as often as asked for."""

    def __init__(self, source: Path | bytes, filename: str) -> None:
        """Open it and read what all sheets share.

        Raises:
            WorkbookDamaged: it is no archive of a workbook, or not to its end.
            WorkbookEncrypted: it is locked with a password.
            WorkbookTooLarge: it unpacks to more than a list can be.
        """
        self._filename = filename
        self._shared: list[str] = []
        self._dated: list[bool] = []
        self._days = 0
        self._targets: dict[str, str] = {}
        self._merged: dict[str, dict[int, dict[int, int]]] = {}
        with self._judged():
            self._zip = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
            self._parts = {info.filename: info for info in self._zip.infolist()}
            if len(self._parts) > _PARTS_MAX:
                raise self._too_large(_PARTS_MAX, "bagian")
            if sum(part.file_size for part in self._zip.infolist()) > BYTES_MAX:
                raise self._too_large(BYTES_MAX // 1024**2, "MB")
            self._read_book()
            self._read_styles()
            self._read_shared()

    @property
    def sheet_names(self) -> list[str]:
        """Names of the sheets, in their order."""
        return list(self._targets)

    def rows(self, sheet: str) -> Iterator[Row]:
        """Yield the rows of a sheet that hold anything; what a merged cell says, it says in each of its rows.

        Raises:
            WorkbookDamaged: the sheet cannot be read to its end.
            WorkbookTooLarge: more rows or columns than a list may have, or texts longer than a spreadsheet's.
        """
        part = self._targets[sheet]
        with self._judged():
            if part not in self._parts:
                raise ValueError(part)
            if part not in self._merged:
                self._merged[part] = self._find_merged(part)
            reader = _SheetReader(self._shared, self._dated, self._days, self._merged[part], self._too_large)
            for chunk in self._chunks(part):
                reader.parser.Parse(chunk)
                yield from reader.take()
            reader.parser.Parse(b"", True)
            yield from reader.take()

    def close(self) -> None:
        """Let the file go."""
        self._zip.close()

    def _too_large(self, limit: int, unit: str) -> errors.WorkbookTooLarge:
        return errors.WorkbookTooLarge(self._filename, limit, unit)

    @contextmanager
    def _judged(self) -> Iterator[None]:
        try:
            yield
        except (*BROKEN_ARCHIVE, expat.ExpatError, KeyError, IndexError) as error:
            raise errors.WorkbookDamaged(self._filename) from error
        except RuntimeError as error:  # zipfile's word for an encrypted part
            raise errors.WorkbookEncrypted(self._filename) from error

    def _chunks(self, name: str) -> Iterator[bytes]:
        """Yield a part's bytes as far as they go; one that is not as long as it says was made so on purpose."""
        info = copy.copy(self._parts[name])
        said, info.file_size = info.file_size, BYTES_MAX + 1
        size = 0
        with self._zip.open(info) as part:
            while chunk := part.read(_CHUNK):
                size += len(chunk)
                if size > BYTES_MAX:
                    raise self._too_large(BYTES_MAX // 1024**2, "MB")
                yield chunk
        if size != said:
            raise errors.WorkbookDamaged(self._filename)

    def _walk(self, name: str, start: Callable[[str, dict[str, str]], None]) -> None:
        parser = _parser()
        parser.StartElementHandler = lambda tag, given: start(_plain(tag), given)
        for chunk in self._chunks(name):
            parser.Parse(chunk)
        parser.Parse(b"", True)

    def _read_book(self) -> None:
        book = next(name for name in self._parts if name.startswith("xl/workbook") and name.endswith(".xml"))
        folder, file = posixpath.split(book)
        targets: dict[str, str] = {}

        def relation(tag: str, given: dict[str, str]) -> None:
            if tag == "Relationship":
                target = given["Target"]
                place = target[1:] if target.startswith("/") else posixpath.join(folder, target)
                targets[given["Id"]] = posixpath.normpath(place)

        def entry(tag: str, given: dict[str, str]) -> None:
            if tag == "workbookPr" and given.get("date1904") in ("1", "true"):
                self._days = _DAYS_1904
            if tag == "sheet":
                numbers = [value for key, value in given.items() if ":" in key and _plain(key) == "id"]
                self._targets[given["name"]] = targets[numbers[0]]

        self._walk(f"{folder}/_rels/{file}.rels", relation)
        self._walk(book, entry)

    def _read_styles(self) -> None:
        dated: dict[int, bool] = {}
        inside = False

        def entry(tag: str, given: dict[str, str]) -> None:
            nonlocal inside
            if tag == "numFmt" and "numFmtId" in given:
                shown = _NO_FORMAT_LETTERS.sub("", given.get("formatCode", "")).lower()
                dated[int(given["numFmtId"])] = any(letter in shown for letter in "dmyh")
            elif tag in ("cellXfs", "cellStyles", "dxfs"):
                inside = tag == "cellXfs"
            elif tag == "xf" and inside:
                number = int(given.get("numFmtId", 0))
                self._dated.append(dated.get(number, number in _DATE_FORMATS))

        if "xl/styles.xml" in self._parts:
            self._walk("xl/styles.xml", entry)

    def _read_shared(self) -> None:
        name = "xl/sharedStrings.xml"
        if name not in self._parts:
            return
        text: list[str] = []
        letters = skipped = whole = 0

        def start(tag: str, _: Mapping[str, str]) -> None:
            nonlocal skipped
            tag = _plain(tag)
            parser.CharacterDataHandler = take if tag == "t" and not skipped else None
            skipped += tag == "rPh"  # how the text is spoken, in Japanese books

        def take(data: str) -> None:
            nonlocal letters
            letters += len(data)
            if letters > _TEXT_MAX:
                raise self._too_large(_TEXT_MAX, "huruf dalam satu sel")
            text.append(data)

        def end(tag: str) -> None:
            nonlocal letters, skipped, whole
            tag = _plain(tag)
            parser.CharacterDataHandler = None
            skipped -= tag == "rPh"
            if tag == "si":
                self._shared.append(_unescaped("".join(text)))
                text.clear()
                whole, letters = whole + letters, 0
                if len(self._shared) > _SHARED_MAX or whole > _SHARED_LETTERS_MAX:
                    raise self._too_large(_SHARED_MAX, "teks")

        parser = _parser()
        parser.StartElementHandler, parser.EndElementHandler = start, end
        for chunk in self._chunks(name):
            parser.Parse(chunk)
        parser.Parse(b"", True)

    def _find_merged(self, part: str) -> dict[int, dict[int, int]]:
        """Return row -> column -> last row of the cells that are merged downwards; they stand behind all rows."""
        found: dict[int, dict[int, int]] = {}
        tail = b""
        for chunk in self._chunks(part):
            seen, end = tail + chunk, 0
            for match in _MERGED.finditer(seen) if b"mergeCell" in seen else ():
                end = match.end()
                top, bottom = int(match[2]), int(match[4])
                if bottom > top and len(found) <= ROWS_MAX:
                    found.setdefault(top, {})[_place(match[1].decode())] = bottom
            tail = seen[max(end, len(seen) - _OVERLAP) :]
        return found


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_declarations
    return parser


def _no_declarations(*_: object) -> None:
    """Entities are how a small file becomes a large one, or reads another; no spreadsheet program writes any."""
    raise ValueError("DOCTYPE")


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


class _SheetReader:
    """Turns the XML of one sheet into rows as it comes."""

    def __init__(
        self,
        shared: Sequence[str],
        dated: Sequence[bool],
        days: int,
        merged: Mapping[int, Mapping[int, int]],
        too_large: Callable[[int, str], errors.WorkbookTooLarge],
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
        self.parser = _parser()
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end

    def take(self) -> list[Row]:
        """Return the rows that were finished since the last call."""
        done, self._done = self._done, []
        return done

    def _start(self, tag: str, given: dict[str, str]) -> None:
        if ":" in tag:
            tag = _plain(tag)
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
        if self._letters > _TEXT_MAX:
            raise self._too_large(_TEXT_MAX, "huruf dalam satu sel")
        self._text.append(data)

    def _end(self, tag: str) -> None:
        if ":" in tag:
            tag = _plain(tag)
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

    def _keep(self, cell: Cell) -> None:
        if self._row > ROWS_MAX or self._place >= COLUMNS_MAX:
            raise self._too_large(ROWS_MAX, f"baris atau {COLUMNS_MAX} kolom")
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
                raise self._too_large(_WRITTEN_OUT_MAX // 1024**2, "MB")
            return shared
        if kind == "n":
            return self._number(float(text))
        if kind == "e":
            return Unanswered(text)
        return text == "1" if kind == "b" else _unescaped(text)

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
