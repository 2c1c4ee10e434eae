"""Rows of a table by their columns, and which of them are one family's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from models.usulan.workbook_identity import Column
from models.usulan.workbook_messages import CellRefused, RowError, row_error
from models.usulan.workbook_rows import Value
from models.usulan.workbook_source import Table
from models.usulan.workbook_values import Cell, is_blank, number16_of, reader, text_of

_NO_NUMBER: Final = "\0"
"""Begins the key of a row whose No KK is missing or cannot be taken."""
_HEAD: Final = 1


@dataclass(slots=True)
class Parsed:
    """The cells of one row, taken or refused."""

    sheet: str
    row: int
    values: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Value] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)


class SheetColumns:
    """The columns of a table that describe one kind of row, ready to parse."""

    def __init__(self, table: Table, kind: str, *, with_number: bool) -> None:
        self.sheet = table.sheet
        places = [
            (place, column)
            for place, column in table.places
            if column.sheet == kind or (with_number and column.name == "no_kk")
        ]
        meant = {place for place, _ in places}
        self._twins = [twin for twin in table.twins if twin[1] in meant]
        self._columns = [(place, column, reader(column)) for place, column in places]
        self.places = {column.name: place for place, column in places}

    def cell(self, name: str, cells: Sequence[Cell]) -> Cell:
        """Return the cell of a column, None where the row or the table has none."""
        place = self.places.get(name)
        return cells[place] if place is not None and place < len(cells) else None

    def is_blank(self, cells: Sequence[Cell], *, besides: str = "") -> bool:
        """Say whether none of the columns holds anything."""
        return all(is_blank(self.cell(name, cells)) for name in self.places if name != besides)

    def parse(self, row: int, cells: Sequence[Cell]) -> Parsed:
        """Take the cells of a row; what cannot be taken is told."""
        parsed, size = Parsed(self.sheet, row), len(cells)
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
                if value != "":
                    (parsed.variables if column.variable else parsed.values)[column.name] = value
                elif column.required:
                    parsed.errors.append(row_error(self.sheet, row, column.name, "", "KOSONG"))
        for place, first, column in self._twins:
            one, other = (text_of(cells[at]) if at < size else "" for at in (first, place))
            if other and one != other:
                parsed.errors.append(row_error(self.sheet, row, column.name, one, "KOLOM_BEDA", other=other))
        return parsed

    def _refuse(self, parsed: Parsed, column: Column, cell: Cell, refused: CellRefused) -> None:
        written = text_of(cell)
        parsed.raw[column.name] = cell if type(cell) is str and cell == written else written  # one text, not two
        parsed.errors.append(row_error(self.sheet, parsed.row, column.name, written, refused.code, **refused.found))


def number_of_row(cell: Cell) -> str:
    """Return a NIK or No KK as written, empty where it is missing or cannot be taken."""
    try:
        return "" if is_blank(cell) else number16_of(cell)
    except CellRefused:
        return ""


def key_of(cell: Cell, row: int) -> str:
    """Return what joins member rows to their family: the number, or whatever stands in its place."""
    if is_blank(cell):
        return f"{_NO_NUMBER}{row}"
    return number_of_row(cell) or f"{_NO_NUMBER}={text_of(cell)}"


class Joining:
    """Says of each row of a flat file, from top to bottom, which family's it is: by its No KK, or by its place.

    A number that cannot be taken (all are `3,20405E+15`) is no family's, and a row without one is that of the family
    above where it says nothing else of a family (a merged column loses its text below the first row). Such rows are a
    family as long as they go on to say the same of it and are no head's. They are told to be mended all the same.
    """

    def __init__(self, family: SheetColumns, member: SheetColumns) -> None:
        self._family, self._member = family, member
        self._key, self._written = "", ""
        self._cells: Sequence[Cell] = ()

    def __call__(self, row: int, cells: Sequence[Cell]) -> str:
        """Return what is the same for all rows of a family."""
        cell = self._member.cell("no_kk", cells)
        number = number_of_row(cell)
        if number.isdigit():
            if number != self._key:
                self._key, self._written, self._cells = number, number, cells
        elif not self._goes_on(written := "" if is_blank(cell) else text_of(cell), cells):
            self._key, self._written, self._cells = f"{_NO_NUMBER}{row}", written, cells
        return self._key

    def _goes_on(self, written: str, cells: Sequence[Cell]) -> bool:
        if not self._key or (written and written != self._written) or self._is_head(cells):
            return False
        told = [(self._said(name, cells), self._said(name, self._cells)) for name in self._family.places]
        return all(here in ("", above) for here, above in told)

    def _said(self, name: str, cells: Sequence[Cell]) -> str:
        cell = self._family.cell(name, cells)
        return "" if name == "no_kk" or is_blank(cell) else text_of(cell)

    def _is_head(self, cells: Sequence[Cell]) -> bool:
        return self._member.parse(0, cells).values.get("hubungan") == _HEAD
