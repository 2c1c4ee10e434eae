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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from xml.parsers import expat

from models.usulan import workbook_errors as errors
from models.usulan.workbook_cells import ROWS_MAX, TEXT_MAX, Row, SheetReader, place_of, plain, unescaped, xml_parser

BYTES_MAX: Final = 512 * 1024 * 1024
"""Unpacked size of a file: 200,000 full rows take about 300 MB of XML."""
_PARTS_MAX: Final = 2_000
"""Files inside an archive; a workbook with pictures has some dozens."""
_CHUNK: Final = 256 * 1024
_SHARED_MAX: Final = 2_000_000
"""Texts that cells share: ten different ones in each of 200,000 rows."""
_SHARED_LETTERS_MAX: Final = 128 * 1024**2
# What the library raises on archives that are cut, flipped or packed in ways it does not know.
BROKEN_ARCHIVE: Final = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(NotImplementedError, EOFError, OSError, ValueError),
)
_MERGED: Final = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["']([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})["']"""
)
_OVERLAP: Final = 256
_DAYS_1904: Final = 1462
_DATE_FORMATS: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Numbers of formats that show a date without being written down in the file (ECMA-376, 18.8.30)."""
_NO_FORMAT_LETTERS: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')


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
        self._hidden: set[str] = set()
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

    @property
    def shown_names(self) -> list[str]:
        """Names of the sheets that a spreadsheet shows; of all, where it shows none."""
        return [name for name in self._targets if name not in self._hidden] or self.sheet_names

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
            reader = SheetReader(
                *(self._shared, self._dated, self._days, self._merged[part]),
                lambda limit, unit, cell: self._too_large(limit, unit, f" ('{sheet}'!{cell})" if cell else ""),
            )
            for chunk in self._chunks(part):
                reader.parser.Parse(chunk)
                yield from reader.take()
            reader.parser.Parse(b"", True)
            yield from reader.take()

    def close(self) -> None:
        """Let the file go."""
        self._zip.close()

    def _too_large(self, limit: int, unit: str, where: str = "") -> errors.WorkbookTooLarge:
        return errors.WorkbookTooLarge(self._filename, limit, unit, where)

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
        parser = xml_parser()
        parser.StartElementHandler = lambda tag, given: start(plain(tag), given)
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
                numbers = [value for key, value in given.items() if ":" in key and plain(key) == "id"]
                self._targets[given["name"]] = targets[numbers[0]]
                if given.get("state", "visible") != "visible":
                    self._hidden.add(given["name"])

        self._walk(f"{folder}/_rels/{file}.rels", relation)
        self._walk(book, entry)
        if not self._targets:
            raise errors.WorkbookDamaged(self._filename)

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
            tag = plain(tag)
            parser.CharacterDataHandler = take if tag == "t" and not skipped else None
            skipped += tag == "rPh"  # how the text is spoken, in Japanese books

        def take(data: str) -> None:
            nonlocal letters
            letters += len(data)
            if letters > TEXT_MAX:
                raise self._too_large(TEXT_MAX, "huruf dalam satu sel")
            text.append(data)

        def end(tag: str) -> None:
            nonlocal letters, skipped, whole
            tag = plain(tag)
            parser.CharacterDataHandler = None
            skipped -= tag == "rPh"
            if tag == "si":
                self._shared.append(unescaped("".join(text)))
                text.clear()
                whole, letters = whole + letters, 0
                if len(self._shared) > _SHARED_MAX or whole > _SHARED_LETTERS_MAX:
                    raise self._too_large(_SHARED_MAX, "teks")

        parser = xml_parser()
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
                    found.setdefault(top, {})[place_of(match[1].decode())] = bottom
            tail = seen[max(end, len(seen) - _OVERLAP) :]
        return found
