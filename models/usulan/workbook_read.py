"""Reading families from an import file, row by row.

A workbook is read in two steps: the family sheet is kept packed (about 1 kB a row), then the member sheet is walked
twice, first to count the members of each family, then to hand each family out as soon as its last member was seen. A
file sorted by family therefore holds one family in memory at a time; an unsorted one waits with those still open.
"""

import pickle
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from models.region.data import known_codes
from models.usulan.workbook_columns import columns
from models.usulan.workbook_errors import WorkbookEmpty
from models.usulan.workbook_identity import FAMILY_SHEET, FLAT_SHEET, MEMBER_SHEET, Column
from models.usulan.workbook_judge import judge
from models.usulan.workbook_messages import CellRefused, RowError, row_error
from models.usulan.workbook_rows import FamilyRow, MemberRow, Value
from models.usulan.workbook_source import FlatSource, Row, WorkbookSource, open_source, row_is_blank
from models.usulan.workbook_values import Cell, is_blank, number16_of, reader, text_of

_NO_NUMBER: Final = "\0"
"""Begins the key of a row whose No KK is missing or cannot be taken."""


@dataclass(slots=True)
class _Parsed:
    sheet: str
    row: int
    values: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Value] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)


class _Sheet:
    """The columns of a table that describe one kind of row, ready to parse."""

    def __init__(
        self, sheet: str, places: Sequence[tuple[int, Column]], kind: str, *, with_number: bool = False
    ) -> None:
        self.sheet = sheet
        places = [
            (place, column)
            for place, column in places
            if column.sheet == kind or (with_number and column.name == "no_kk")
        ]
        self._columns = [(place, column, reader(column)) for place, column in places]
        self.places = {column.name: place for place, column in places}

    def cell(self, name: str, cells: Sequence[Cell]) -> Cell:
        place = self.places.get(name)
        return cells[place] if place is not None and place < len(cells) else None

    def is_blank(self, cells: Sequence[Cell], *, besides: str = "") -> bool:
        return all(is_blank(self.cell(name, cells)) for name in self.places if name != besides)

    def parse(self, row: int, cells: Sequence[Cell]) -> _Parsed:
        parsed, size = _Parsed(self.sheet, row), len(cells)
        for place, column, read in self._columns:
            cell = cells[place] if place < size else None
            if cell is None or cell == "" or is_blank(cell):
                if column.required:
                    parsed.errors.append(row_error(self.sheet, row, column.name, "", "KOSONG"))
                continue
            try:
                value = read(cell)
            except CellRefused as refused:
                self._refuse(parsed, column, cell, refused)
            else:
                (parsed.variables if column.variable else parsed.values)[column.name] = value
        return parsed

    def _refuse(self, parsed: _Parsed, column: Column, cell: Cell, refused: CellRefused) -> None:
        written = text_of(cell)
        parsed.raw[column.name] = written
        parsed.errors.append(row_error(self.sheet, parsed.row, column.name, written, refused.code, **refused.found))


def _key(cell: Cell, row: int) -> str:
    """What joins member rows to their family: the number, or whatever stands in its place."""
    if is_blank(cell):
        return f"{_NO_NUMBER}{row}"
    try:
        return number16_of(cell)
    except CellRefused:
        return f"{_NO_NUMBER}={text_of(cell)}"


def _number(cell: Cell) -> str:
    try:
        return "" if is_blank(cell) else number16_of(cell)
    except CellRefused:
        return ""


class Reading(Iterator[FamilyRow]):
    """The families of one opened file; iterate once. Made by `read`."""

    def __init__(self, kind: Literal["xlsx", "csv"], unknown: tuple[tuple[str, str], ...], on: date) -> None:
        self.kind = kind
        #: (sheet, heading) of columns that were not understood and are not read
        self.unknown_columns = unknown
        #: how many families and members the file names
        self.families = 0
        self.members = 0
        self._on = on
        self._nik: Counter[str] = Counter()
        self._rows: Iterator[FamilyRow] = iter(())

    def __next__(self) -> FamilyRow:
        return next(self._rows)

    def _family(
        self, family: _Parsed | None, members: Sequence[_Parsed], regions: Container[int], copies: int
    ) -> FamilyRow:
        return _judged(family, members, on=self._on, regions=regions, copies=copies, nik_times=self._nik)


def _judged(
    family: _Parsed | None,
    members: Sequence[_Parsed],
    *,
    on: date,
    regions: Container[int],
    copies: int = 1,
    nik_times: Mapping[str, int],
) -> FamilyRow:
    """Return one family with what is wrong with it."""
    rows = [MemberRow(**one.values, variables=one.variables, row=one.row, raw=one.raw) for one in members]
    number = next((row.no_kk for row in rows if row.no_kk), "")
    made = FamilyRow(no_kk=number) if family is None else FamilyRow(**family.values, variables=family.variables)
    if family is not None:
        made.row, made.raw = family.row, family.raw
    made.members = rows
    given = [*(family.errors if family else ()), *(error for one in members for error in one.errors)]
    judge(
        made,
        given,
        sheets=(family.sheet if family else MEMBER_SHEET, members[0].sheet if members else MEMBER_SHEET),
        on=on,
        regions=regions,
        copies=copies,
        nik_times=nik_times,
    )
    return made


def read_typed(
    family: Mapping[str, str],
    members: Sequence[Mapping[str, str]],
    *,
    on: date,
    regions: Container[int] | None = None,
) -> FamilyRow:
    """Read one family that somebody typed into a form, as a list's rows are read.

    Args:
        family: what was typed, by column of the sheet `keluarga`; what is not named is empty.
        members: the same for each member, by column of the sheet `anggota`.
        on: today.
        regions: codes that exist; all of the country's unless given.

    Returns:
        The family. Its errors and warnings stand at row 1 of `keluarga`, and at the member's place, from 1, of
        `anggota`.
    """
    number = family.get("no_kk", "")
    rows = [_typed(MEMBER_SHEET, place, {**told, "no_kk": number}) for place, told in enumerate(members, 1)]
    for row in rows:  # the number is judged once, with the family
        row.errors = [error for error in row.errors if error.column != "no_kk"]
    codes = known_codes() if regions is None else regions
    return _judged(_typed(FAMILY_SHEET, 1, family), rows, on=on, regions=codes, nik_times={})


def _typed(sheet: str, row: int, told: Mapping[str, str]) -> _Parsed:
    known = columns(sheet)
    return _Sheet(sheet, tuple(enumerate(known)), sheet).parse(row, [told.get(column.name, "") for column in known])


class _WorkbookReading(Reading):
    def __init__(self, source: WorkbookSource, filename: str, on: date, regions: Container[int]) -> None:
        super().__init__("xlsx", (), on)
        self._source, self._regions = source, regions
        self._packed: dict[str, list[bytes]] = {}
        table = source.table(FAMILY_SHEET)
        self._family_sheet = _Sheet(table.sheet, table.places, FAMILY_SHEET)
        unknown = [(FAMILY_SHEET, title) for title in table.unknown]
        for row, cells in table.rows():
            if not row_is_blank(table, cells):
                key = _key(self._family_sheet.cell("no_kk", cells), row)
                self._packed.setdefault(key, []).append(pickle.dumps((row, list(cells))))
                self.families += 1
        del table  # the sheet goes before the next one is loaded
        self._table = source.table(MEMBER_SHEET)
        self._member_sheet = _Sheet(self._table.sheet, self._table.places, MEMBER_SHEET)
        self.unknown_columns = (*unknown, *((MEMBER_SHEET, title) for title in self._table.unknown))
        self._counts = Counter(key for key, _, _ in self._members(count_nik=True))
        self.members = self._counts.total()
        if not self.families and not self.members:
            raise WorkbookEmpty(filename)
        self._rows = self._joined()

    def _members(self, *, count_nik: bool = False) -> Iterator[tuple[str, int, Sequence[Cell]]]:
        for row, cells in self._table.rows():
            if row_is_blank(self._table, cells):
                continue
            if count_nik and (nik := _number(self._member_sheet.cell("nik", cells))):
                self._nik[nik] += 1
            yield _key(self._member_sheet.cell("no_kk", cells), row), row, cells

    def _joined(self) -> Iterator[FamilyRow]:
        waiting: dict[str, list[_Parsed]] = {}
        for key, row, cells in self._members():
            members = waiting.setdefault(key, [])
            members.append(self._member_sheet.parse(row, cells))
            if len(members) == self._counts[key]:
                yield from self._made(key, waiting.pop(key))
        for key in list(self._packed):
            yield from self._made(key, [])
        self._source.close()

    def _made(self, key: str, members: list[_Parsed]) -> Iterator[FamilyRow]:
        copies = self._packed.pop(key, [])
        if not copies:
            yield self._family(None, members, self._regions, 1)
        for place, packed in enumerate(copies):
            row, cells = pickle.loads(packed)  # noqa: S301  packed above, in this process
            family = self._family_sheet.parse(row, cells)
            yield self._family(family, members if place == 0 else [], self._regions, len(copies))


class _FlatReading(Reading):
    def __init__(self, source: FlatSource, filename: str, on: date, regions: Container[int]) -> None:
        table = source.table()
        super().__init__("csv", tuple((FLAT_SHEET, title) for title in table.unknown), on)
        self._source, self._regions, self._table = source, regions, table
        self._family_sheet = _Sheet(table.sheet, table.places, FAMILY_SHEET)
        self._member_sheet = _Sheet(table.sheet, table.places, MEMBER_SHEET, with_number=True)
        self._counts: Counter[str] = Counter()
        for row, cells in self._filled():
            self._counts[_key(self._family_sheet.cell("no_kk", cells), row)] += 1
            if nik := _number(self._member_sheet.cell("nik", cells)):
                self._nik[nik] += 1
            self.members += not self._member_sheet.is_blank(cells, besides="no_kk")
        self.families = len(self._counts)
        if not self.families:
            raise WorkbookEmpty(filename)
        self._rows = self._joined()

    def _filled(self) -> Iterator[Row]:
        return (row for row in self._table.rows() if not row_is_blank(self._table, row[1]))

    def _joined(self) -> Iterator[FamilyRow]:
        waiting: dict[str, list[Row]] = {}
        for row, cells in self._filled():
            key = _key(self._family_sheet.cell("no_kk", cells), row)
            rows = waiting.setdefault(key, [])
            rows.append((row, cells))
            if len(rows) == self._counts[key]:
                yield self._made(waiting.pop(key))

    def _made(self, rows: Sequence[Row]) -> FamilyRow:
        first, conflicts = self._merged(rows)
        family = self._family_sheet.parse(rows[0][0], first)
        family.errors += conflicts
        members = [
            self._member_sheet.parse(row, cells)
            for row, cells in rows
            if not self._member_sheet.is_blank(cells, besides="no_kk")
        ]
        for member in members:  # the number is judged once, with the family
            member.errors = [error for error in member.errors if error.column != "no_kk"]
        return self._family(family, members, self._regions, 1)

    def _merged(self, rows: Sequence[Row]) -> tuple[list[Cell], list[RowError]]:
        """The family's cells, each from the first row that fills it, and where a later row says otherwise."""
        merged, conflicts = list(rows[0][1]), []
        for name, place in self._family_sheet.places.items():
            if name == "no_kk":
                continue
            kept = merged[place] if place < len(merged) else ""
            for row, cells in rows:
                cell = cells[place] if place < len(cells) else ""
                if cell == kept or is_blank(cell):  # the usual case: every row repeats the family
                    continue
                if is_blank(kept):
                    merged += [""] * (place + 1 - len(merged))
                    kept = merged[place] = cell
                elif text_of(kept) != text_of(cell):
                    found = {"other": text_of(kept)}
                    conflicts.append(row_error(FLAT_SHEET, row, name, text_of(cell), "KELUARGA_BEDA", **found))
        return merged, conflicts


def read(source: Path | str | bytes, filename: str, *, on: date, regions: Container[int] | None = None) -> Reading:
    """Open an import file and stream its families.

    Everything that concerns the whole file is judged here, before the first family: an error of `workbook_errors`
    means that nothing was read. What concerns a row never raises: it stands in the family's `errors` and `warnings`.
    Rows of other files' answers come back as they were: a column `kesalahan` is ignored.

    Args:
        source: path or bytes of an XLSX workbook or a CSV file; its content decides which, not its name.
        filename: the name people know it by, for messages.
        on: today, for ages and dates that cannot lie in the future.
        regions: codes that exist, of kecamatan and villages; all of the country's unless given.

    Returns:
        An iterator of families in the order in which their last member stands in the file, families without members
        last; it also knows how many families and members the file names and which headings it did not understand.

    Raises:
        WorkbookProblem: the file cannot be read; its subclass says why and how to mend it.
    """
    opened = open_source(source, filename)
    codes = known_codes() if regions is None else regions
    if isinstance(opened, WorkbookSource):
        return _WorkbookReading(opened, filename, on, codes)
    return _FlatReading(opened, filename, on, codes)
