"""Opening an import file: what kind it is, whether it may be read, and its rows as cells under known columns."""

import csv
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from models.usulan import workbook_errors as errors
from models.usulan.workbook_columns import columns, heading, headings, headings_of
from models.usulan.workbook_identity import FLAT_SHEET, MISTAKE_COLUMN, Column
from models.usulan.workbook_values import Cell, is_blank, text_of

Row = tuple[int, Sequence[Cell]]
"""A row number as the spreadsheet shows it, and its cells from the first column on."""

BYTES_MAX: Final = 512 * 1024 * 1024
"""Unpacked size of a file: 200,000 full rows take about 300 MB of XML."""
ROWS_MAX: Final = 199_999
COLUMNS_MAX: Final = 104
"""Up to column CZ. The reader keeps a sheet as a rectangle, so one stray cell far away would cost its whole area."""

_PARTS_MAX: Final = 2_000
"""Files inside an archive; a workbook with pictures has some dozens."""
_HEADING_ROWS: Final = 20
_CHUNK: Final = 4 * 1024 * 1024
_OVERLAP: Final = 512
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
# What the library raises on archives that are cut, flipped or packed in ways it does not know.
_BROKEN_ARCHIVE: Final = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(NotImplementedError, EOFError, OSError, ValueError),
)
_PICTURES_AND_PAPERS: Final = (b"%PDF", b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"{\\rtf", b"<!DOCTYPE", b"<html")
# A cell or row with content whose reference lies beyond ROWS_MAX or COLUMNS_MAX; empty ones (`/>`) take no room.
_FAR: Final = re.compile(
    rb"""\br\s*=\s*["'](?:(?:[D-Z][A-Z]|[A-Z]{3,})[0-9]+|[A-Z]*(?:[2-9][0-9]{5}|[1-9][0-9]{6,}))["'][^>]*(?<!/)>"""
)
# A cell that names a shared text (the first group), or the beginning of such a text.
_SHARING: Final = re.compile(rb"""(\bt\s*=\s*["']s["'])|<(?:\w+:)?si[\s>/]""")
_TEXT_MAX: Final = 64 * 1024
"""Bytes of one shared text with its marks; Excel takes 32,767 letters in a cell."""
_WRITTEN_OUT_MAX: Final = 1024**3
"""Cells that name a shared text, times the longest one, in bytes: 5,000 members of 60 cells with texts of 3,500."""


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet, or a flat file, whose headings are understood."""

    sheet: str
    #: position of the cell and what it means, left to right
    places: tuple[tuple[int, Column], ...]
    #: headings that mean nothing to us; their cells are not read
    unknown: tuple[str, ...]
    #: yields the rows below the headings; may be called again
    rows: Callable[[], Iterator[Row]]


def _understand(sheet: str, rows: Callable[[], Iterator[Row]], layout: Sequence[Column] | None) -> Table:
    wanted = columns(sheet) if layout is None else layout
    known = headings(sheet) if layout is None else headings_of(layout)
    key = "no_kk" if layout is None else layout[0].name
    for number, cells in islice(rows(), _HEADING_ROWS):
        titles = [heading(text_of(cell)) for cell in cells]
        if not any(title in known and known[title].name == key for title in titles):
            continue
        places = [(place, known[title]) for place, title in enumerate(titles) if title in known]
        names = [column.name for _, column in places]
        for name in names:
            if names.count(name) > 1:
                raise errors.ColumnTwice(sheet, name)
        missing = [column.name for column in wanted if column.required and column.name not in names]
        if missing:
            raise errors.ColumnMissing(sheet, ", ".join(missing))
        unknown = tuple(
            text_of(cell)
            for cell, title in zip(cells, titles, strict=True)
            if title and title not in known and title != MISTAKE_COLUMN
        )

        def below(start: int = number) -> Iterator[Row]:
            return (row for row in rows() if row[0] > start)

        return Table(sheet, tuple(places), unknown, below)
    raise errors.ColumnMissing(sheet, key)


class WorkbookSource:
    """An XLSX workbook; one sheet is in memory at a time."""

    def __init__(self, source: Path | bytes, filename: str) -> None:
        self._filename = filename
        _refuse_oversized(source, filename)
        try:
            self._book = CalamineWorkbook.from_object(io.BytesIO(source) if isinstance(source, bytes) else source)
        except PasswordError as error:
            raise errors.WorkbookEncrypted(filename) from error
        except CalamineError as error:
            raise errors.WorkbookDamaged(filename) from error

    def table(self, sheet: str, layout: Sequence[Column] | None = None) -> Table:
        """Load one sheet; let the former table go first.

        Args:
            sheet: its name.
            layout: the columns of a table that is no village list, that by which its headings are known first.

        Raises:
            SheetMissing: no sheet of this name, whatever its case and spaces.
            ColumnMissing: no headings, or a required one is not among them.
            ColumnTwice: two headings mean the same column.
            WorkbookDamaged: the sheet cannot be read.
        """
        names = [name for name in self._book.sheet_names if heading(name) == sheet]
        if not names:
            raise errors.SheetMissing(sheet, ", ".join(self._book.sheet_names))
        try:
            loaded = self._book.get_sheet_by_name(names[0])
        except CalamineError as error:
            raise errors.WorkbookDamaged(self._filename) from error
        return _understand(sheet, lambda: enumerate(loaded.iter_rows(), start=1), layout)

    def rows(self) -> Iterator[Row]:
        """Yield the rows of the first sheet as they are, for a file of another layout.

        Raises:
            WorkbookDamaged: the sheet cannot be read.
        """
        try:
            yield from enumerate(self._book.get_sheet_by_index(0).iter_rows(), start=1)
        except CalamineError as error:
            raise errors.WorkbookDamaged(self._filename) from error

    def close(self) -> None:
        """Let the file go."""
        self._book.close()


class FlatSource:
    """A CSV file: UTF-8 with or without byte order mark; comma, semicolon or tab."""

    def __init__(self, source: Path | bytes, filename: str) -> None:
        self._source, self._filename = source, filename
        with self._open() as lines:
            first = lines.readline()
            self._skip = 1 if first.lower().startswith("sep=") else 0
            head = lines.readline() if self._skip else first
        self._separator = first[4:5].strip("\r\n") or "," if self._skip else max(",;\t", key=head.count)

    @contextmanager
    def _open(self) -> Iterator[IO[str]]:
        raw: IO[bytes] = io.BytesIO(self._source) if isinstance(self._source, bytes) else self._source.open("rb")
        with raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as lines:
            try:
                yield lines
            except UnicodeDecodeError as error:
                raise errors.TextNotUtf8(self._filename) from error
            except csv.Error as error:
                raise errors.WorkbookDamaged(self._filename) from error

    def rows(self) -> Iterator[Row]:
        """Yield the rows as they are; errors as in `WorkbookSource.rows`, and `TextNotUtf8`, `WorkbookTooLarge`."""
        with self._open() as lines:
            for number, cells in enumerate(
                csv.reader(islice(lines, self._skip, None), delimiter=self._separator), start=1
            ):
                if number > ROWS_MAX:
                    raise errors.WorkbookTooLarge(self._filename, ROWS_MAX, "baris")
                if any(cells[COLUMNS_MAX:]):
                    raise errors.WorkbookTooLarge(self._filename, COLUMNS_MAX, "kolom")
                yield number, cells[:COLUMNS_MAX]

    def table(self, sheet: str = FLAT_SHEET, layout: Sequence[Column] | None = None) -> Table:
        """Return the only table; errors as in `WorkbookSource.table`, and `TextNotUtf8`."""
        return _understand(sheet, self.rows, layout)

    def close(self) -> None:
        """Nothing stays open between rows."""


class _Look:
    """What is found in an archive's parts as they are read once, before the fast reader takes them into memory whole.

    A text that many cells share is one entry of a list; the reader writes it out for each cell. So a file of some
    kilobytes can mean gigabytes: what counts is what the cells say once it is written out.
    """

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._longest = 0
        self._shared = 0

    def part(self, part: IO[bytes], most: int) -> int:
        """Read a part to its end, at most a little over `most` bytes, and return its size.

        Raises:
            WorkbookTooLarge: more than that, or a cell far away from all others.
        """
        size, entry_at, tail = 0, None, b""
        while chunk := part.read(_CHUNK):
            size += len(chunk)
            if size > most:
                raise errors.WorkbookTooLarge(self._filename, BYTES_MAX // 1024**2, "MB")
            seen = tail + chunk
            if _FAR.search(seen):
                raise errors.WorkbookTooLarge(self._filename, ROWS_MAX, f"baris atau {COLUMNS_MAX} kolom")
            end = 0
            for found in _SHARING.finditer(seen):
                end = found.end()
                if found[1]:
                    self._shared += 1
                    continue
                at = size - len(seen) + found.start()
                self._longest = max(self._longest, at - entry_at) if entry_at is not None else self._longest
                entry_at = at
            tail = seen[max(end, len(seen) - _OVERLAP) :]
        if entry_at is not None:
            self._longest = max(self._longest, size - entry_at)
        return size

    def judge(self) -> None:
        """Demand that the texts fit, each written out as often as a cell names one.

        Raises:
            WorkbookTooLarge: they might not.
        """
        if self._longest > _TEXT_MAX or self._longest * self._shared > _WRITTEN_OUT_MAX:
            raise errors.WorkbookTooLarge(self._filename, _TEXT_MAX, "byte dalam satu sel")


def _refuse_oversized(source: Path | bytes, filename: str) -> None:
    """Read the packed parts once. What the archive says of a part's size is not believed.

    Each part is read as far as it goes, and one that is not as long as it says was made so on purpose.
    """
    look, left = _Look(filename), BYTES_MAX
    try:
        with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as parts:
            if len(parts.infolist()) > _PARTS_MAX:
                raise errors.WorkbookTooLarge(filename, _PARTS_MAX, "bagian")
            if sum(part.file_size for part in parts.infolist()) > left:
                raise errors.WorkbookTooLarge(filename, BYTES_MAX // 1024**2, "MB")
            for info in parts.infolist():  # a sheet may have any name inside the archive
                said, info.file_size = info.file_size, left + 1
                with parts.open(info) as part:
                    size = look.part(part, left)
                left -= size
                if size != said:
                    raise errors.WorkbookDamaged(filename)
    except _BROKEN_ARCHIVE as error:
        raise errors.WorkbookDamaged(filename) from error
    except RuntimeError as error:  # zipfile's word for an encrypted part
        raise errors.WorkbookEncrypted(filename) from error
    look.judge()


def open_source(source: Path | str | bytes, filename: str) -> WorkbookSource | FlatSource:
    """Open an import file, judged by its content and not by its name.

    Args:
        source: the file's path or its bytes.
        filename: the name people know it by, for messages.

    Raises:
        WorkbookProblem: one of the classes of `workbook_errors`; nothing was read then.
    """
    place = Path(source) if isinstance(source, str) else source
    if isinstance(place, bytes):
        head, size = place[:8192], len(place)
    else:
        with place.open("rb") as raw:
            head, size = raw.read(8192), place.stat().st_size
    if size > BYTES_MAX:
        raise errors.WorkbookTooLarge(filename, BYTES_MAX // 1024**2, "MB")
    if head.startswith(_OLE):
        whole = place if isinstance(place, bytes) else place.read_bytes()
        raise (errors.WorkbookEncrypted if _ENCRYPTED in whole else errors.WorkbookOldFormat)(filename)
    if head.startswith(b"PK\x03\x04"):
        _refuse_other_archives(place, filename)
        return WorkbookSource(place, filename)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise errors.TextNotUtf8(filename)
    if not head.strip() or b"\0" in head or head.startswith(_PICTURES_AND_PAPERS):
        raise errors.WorkbookNotRecognised(filename)
    return FlatSource(place, filename)


def _refuse_other_archives(place: Path | bytes, filename: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(place) if isinstance(place, bytes) else place) as parts:
            names = set(parts.namelist())
    except _BROKEN_ARCHIVE as error:
        raise errors.WorkbookDamaged(filename) from error
    if "mimetype" in names or "xl/workbook.bin" in names:  # OpenDocument; binary Excel
        raise errors.WorkbookOldFormat(filename)
    if not any(name.startswith("xl/workbook") and name.endswith(".xml") for name in names):
        raise errors.WorkbookNotRecognised(filename)


def row_is_blank(table: Table, cells: Sequence[Cell]) -> bool:
    """Say whether no known column of a row holds anything."""
    return all(is_blank(cells[place]) for place, _ in table.places if place < len(cells))
