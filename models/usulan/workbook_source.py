"""Opening an import file: what kind it is, whether it may be read, and its rows as cells under known columns."""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import IO, Final

from models.register.rules import hidden
from models.usulan import workbook_errors as errors
from models.usulan import workbook_xlsx as xlsx
from models.usulan.workbook_cells import COLUMNS_MAX, ROWS_MAX, Row
from models.usulan.workbook_columns import columns, heading, headings, headings_of, meant
from models.usulan.workbook_identity import FAMILY_SHEET, FLAT_SHEET, MEMBER_SHEET, MISTAKE_COLUMN, Column
from models.usulan.workbook_text import QuoteLeftOpen, records
from models.usulan.workbook_values import Cell, is_blank, text_of
from models.usulan.workbook_xlsx import Xlsx

_HEADING_ROWS: Final = 20
_SEPARATORS: Final = ",;\t"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_PICTURES_AND_PAPERS: Final = (b"%PDF", b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"{\\rtf")
_WEB_PAGES: Final = re.compile(
    rb"<(?:!doctype|html|head|meta|style|body|table|div|script)\b|<\?xml\b|<(?:\w+:)?workbook\b|mime-version:",
    re.IGNORECASE,
)
"""How pages begin that programs call .xls: HTML, a web archive, XML of Excel 2003."""


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet, or a flat file, whose headings are understood."""

    #: what it is: keluarga, anggota, csv, or that of another layout
    sheet: str
    #: what it is called in the file
    title: str
    #: position of the cell and what it means, left to right
    places: tuple[tuple[int, Column], ...]
    #: positions of columns under the very same heading as an earlier one, and the earlier one's
    twins: tuple[tuple[int, int, Column], ...]
    #: headings that mean nothing to us; their cells are not read
    unknown: tuple[str, ...]
    #: yields the rows below the headings; may be called again
    rows: Callable[[], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class _Headings:
    row: int
    texts: tuple[str, ...]
    meant: tuple[Column | None, ...]

    @property
    def known(self) -> set[str]:
        return {column.name for column in self.meant if column is not None}


def _headings(rows: Iterator[Row], known: dict[str, Column], key: str) -> _Headings | None:
    """Return the row near the top that names the key and most columns; titles may stand above it.

    Headings may take two rows ("Tempat dan Tanggal Lahir" over "Tempat Lahir" and "Tgl/Bln/Th"): the lower one then
    names columns where the upper one does not, and nothing under the key.
    """
    seen = [
        _Headings(number, texts, tuple(meant(text, known) for text in texts))
        for number, texts in ((number, tuple(map(text_of, cells))) for number, cells in islice(rows, _HEADING_ROWS))
    ]
    wide = [_over(upper, lower, key) for upper, lower in pairwise(seen)]
    found = [row for row in (*seen, *wide) if key in row.known]
    return max(found, key=lambda row: len(row.known), default=None)


def _readable(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield rows up to the first that cannot be read."""
    with suppress(errors.WorkbookTooLarge, errors.QuoteOpen):
        yield from rows


def _is_headed(rows: Iterator[Row], wanted: str) -> bool:
    return any(heading(text_of(cell)) == wanted for _, cells in islice(rows, _HEADING_ROWS) for cell in cells)


def _over(upper: _Headings, lower: _Headings, key: str) -> _Headings:
    size = max(len(upper.texts), len(lower.texts))
    above, below = ([*row.texts, *[""] * (size - len(row.texts))] for row in (upper, lower))
    meant = [[*row.meant, *[None] * (size - len(row.meant))] for row in (upper, lower)]
    if any(
        (column is not None and column.name == key and below[place]) or (column and meant[1][place])
        for place, column in enumerate(meant[0])
    ):
        return upper
    return _Headings(
        lower.row,
        tuple(below[place] if meant[1][place] else above[place] for place in range(size)),
        tuple(meant[0][place] or meant[1][place] for place in range(size)),
    )


def _understand(sheet: str, title: str, rows: Callable[[], Iterator[Row]], layout: Sequence[Column] | None) -> Table:
    wanted = columns(sheet) if layout is None else layout
    key = "no_kk" if layout is None else layout[0].name
    found = _headings(rows(), headings(sheet) if layout is None else headings_of(layout), key)
    if found is None:
        raise errors.ColumnMissing(title, key, headed=False)
    places: dict[str, int] = {}
    twins: list[tuple[int, int, Column]] = []
    for place, column in enumerate(found.meant):
        if column is None:
            continue
        first = places.setdefault(column.name, place)
        if found.texts[first] != found.texts[place]:
            raise errors.ColumnTwice(title, column.name)
        if first != place:
            twins.append((place, first, column))
    missing = [column.name for column in wanted if column.required and column.name not in places]
    if missing:
        raise errors.ColumnMissing(title, ", ".join(missing))
    unknown = tuple(
        text
        for text, column in zip(found.texts, found.meant, strict=True)
        if column is None and heading(text) not in ("", MISTAKE_COLUMN)
    )

    def below() -> Iterator[Row]:
        return (row for row in rows() if row[0] > found.row)

    meant = tuple(
        (place, column) for place, column in enumerate(found.meant) if column and places[column.name] == place
    )
    return Table(sheet, title, meant, tuple(twins), unknown, below)


class WorkbookSource:
    """An XLSX workbook; its sheets are streamed."""

    def __init__(self, source: Path | bytes, filename: str) -> None:
        self._book = Xlsx(source, filename)

    def table(self, sheet: str, layout: Sequence[Column] | None = None) -> Table:
        """Find a sheet: by its name, or where that does not fit, the only one in sight whose headings do.

        A sheet of this name that has the key heading is the one meant, whatever else it lacks: an older one beside it
        is not read in its place. The exception is two sheets whose names are exchanged.

        Args:
            sheet: its name.
            layout: the columns of a table that is no village list, that by which its headings are known first.

        Raises:
            SheetMissing: no sheet of this name, whatever its case and spaces, and none, or several, with its headings.
            ColumnMissing: no headings, or a required one is not among them.
            ColumnTwice: two headings mean the same column.
            WorkbookDamaged: the sheet cannot be read.
        """
        problem: errors.WorkbookProblem = errors.SheetMissing(sheet, ", ".join(self._book.sheet_names))
        for name in self._book.sheet_names:
            if heading(name) == sheet:
                try:
                    return self._understood(name, sheet, layout)
                except errors.ColumnMissing as error:
                    if error.headed and not self._is_other(name, sheet):
                        raise
                    problem = error
                break
        fitting, wide = self._fitting(sheet, layout)
        if len(fitting) != 1:
            raise wide if wide and not fitting else problem
        return fitting[0]

    def flat(self) -> Table | None:
        """Return the only sheet that says families and members row by row, as a flat file does; None when not so."""
        if {FAMILY_SHEET, MEMBER_SHEET} <= set(map(heading, self._book.sheet_names)):
            return None
        fitting, _ = self._fitting(FLAT_SHEET, None)
        return fitting[0] if len(fitting) == 1 else None

    def _understood(self, name: str, sheet: str, layout: Sequence[Column] | None) -> Table:
        return _understand(sheet, name, lambda: self._book.rows(name), layout)

    def _is_other(self, name: str, sheet: str) -> bool:
        """Say whether a sheet is the other one of the two, by its headings."""
        other = {FAMILY_SHEET: MEMBER_SHEET, MEMBER_SHEET: FAMILY_SHEET}.get(sheet)
        with suppress(errors.ColumnMissing, errors.ColumnTwice):
            return other is not None and bool(self._understood(name, other, None))
        return False

    def _fitting(
        self, sheet: str, layout: Sequence[Column] | None
    ) -> tuple[list[Table], errors.WorkbookTooLarge | None]:
        """Return the sheets in sight with these headings, and what was too large to look for them."""
        fitting, wide = [], None
        for name in self._book.shown_names:
            try:
                with suppress(errors.ColumnMissing, errors.ColumnTwice):
                    fitting.append(self._understood(name, sheet, layout))
            except errors.WorkbookTooLarge as error:
                wide = error
        return fitting, wide

    def rows(self, heading_of: str) -> Iterator[Row]:
        """Yield the rows of the first sheet in sight with this heading near its top, for a file of another layout.

        Those of the very first where none has it.

        Raises:
            WorkbookDamaged: the sheet cannot be read.
        """
        names = self._book.shown_names
        named = (name for name in names if _is_headed(_readable(self._book.rows(name)), heading_of))
        return self._book.rows(next(named, names[0]))

    def close(self) -> None:
        """Let the file go."""
        self._book.close()


class FlatSource:
    """A CSV file: UTF-8, or UTF-16 with a byte order mark; comma, semicolon or tab."""

    def __init__(self, source: Path | bytes, filename: str, encoding: str = "utf-8-sig") -> None:
        self._source, self._filename, self._encoding = source, filename, encoding
        with self._open() as lines:
            first = lines.readline()
            self._skip = 1 if first.lower().startswith("sep=") else 0
            head = lines.readline() if self._skip else first
        self._declared = first[4:5].strip("\r\n") if self._skip else ""
        self._separator = self._declared or max(_SEPARATORS, key=head.count)

    @contextmanager
    def _open(self) -> Iterator[IO[str]]:
        raw: IO[bytes] = io.BytesIO(self._source) if isinstance(self._source, bytes) else self._source.open("rb")
        with raw, io.TextIOWrapper(raw, self._encoding, newline="") as lines:
            try:
                yield lines
            except UnicodeError as error:
                raise errors.TextNotUtf8(self._filename) from error
            except QuoteLeftOpen as error:
                raise errors.QuoteOpen(self._filename, error.row, str(hidden(error.text))) from error
            except csv.Error as error:
                raise errors.WorkbookDamaged(self._filename) from error

    def rows(self, heading_of: str = "") -> Iterator[Row]:
        """Yield the rows as they are; errors as in `WorkbookSource.rows`, and `TextNotUtf8`, `QuoteOpen`.

        The separator is one by which the heading stands near the top, if there is such.
        """
        if heading_of and not self._declared:
            guesses = (self._separator, *_SEPARATORS)
            fit = (one for one in guesses if _is_headed(_readable(self._rows(one)), heading_of))
            self._separator = next(fit, self._separator)
        return self._rows(self._separator)

    def _rows(self, separator: str) -> Iterator[Row]:
        with self._open() as lines:
            for number, cells in records(islice(lines, self._skip, None), separator):
                if number > ROWS_MAX:
                    raise errors.WorkbookTooLarge(self._filename, ROWS_MAX, "baris")
                if any(cells[COLUMNS_MAX:]):
                    raise errors.WorkbookTooLarge(self._filename, COLUMNS_MAX, "kolom", f" (csv {number})")
                yield number, cells[:COLUMNS_MAX]

    def table(self, sheet: str = FLAT_SHEET, layout: Sequence[Column] | None = None) -> Table:
        """Return the only table; errors as in `WorkbookSource.table`, and `TextNotUtf8`, `QuoteOpen`.

        The separator is that by which most headings are understood: a title above them may hold any sign.
        """
        key, known = (layout[0].name, headings_of(layout)) if layout else ("no_kk", headings(sheet))

        def fit(separator: str) -> int:
            found = _headings(_readable(self._rows(separator)), known, key)
            return 0 if found is None else len(found.known)

        if not self._declared:
            self._separator = max((self._separator, *_SEPARATORS), key=fit)
        return _understand(sheet, sheet, self.rows, layout)

    def close(self) -> None:
        """Nothing stays open between rows."""


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
    if size > xlsx.BYTES_MAX:
        raise errors.WorkbookTooLarge(filename, xlsx.BYTES_MAX // 1024**2, "MB")
    if head.startswith(_OLE):
        whole = place if isinstance(place, bytes) else place.read_bytes()
        raise (errors.WorkbookEncrypted if _ENCRYPTED in whole else errors.WorkbookOldFormat)(filename)
    if head.startswith(b"PK\x03\x04"):
        _refuse_other_archives(place, filename)
        return WorkbookSource(place, filename)
    if _WEB_PAGES.match(head.removeprefix(codecs.BOM_UTF8).lstrip()):
        raise errors.WorkbookOldFormat(filename)
    if head.startswith(_UTF16):
        return FlatSource(place, filename, "utf-16")
    if not head.strip() or b"\0" in head or head.startswith(_PICTURES_AND_PAPERS):
        raise errors.WorkbookNotRecognised(filename)
    return FlatSource(place, filename)


def _refuse_other_archives(place: Path | bytes, filename: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(place) if isinstance(place, bytes) else place) as parts:
            names = set(parts.namelist())
    except xlsx.BROKEN_ARCHIVE as error:
        raise errors.WorkbookDamaged(filename) from error
    if "mimetype" in names or "xl/workbook.bin" in names:  # OpenDocument; binary Excel
        raise errors.WorkbookOldFormat(filename)
    if not any(name.startswith("xl/workbook") and name.endswith(".xml") for name in names):
        raise errors.WorkbookNotRecognised(filename)


def row_is_blank(table: Table, cells: Sequence[Cell]) -> bool:
    """Say whether no known column of a row holds anything."""
    return all(is_blank(cells[place]) for place, _ in table.places if place < len(cells))
