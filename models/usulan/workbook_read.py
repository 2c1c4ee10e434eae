"""Reading families from an import file, row by row.

The file is read once, its rows are kept packed (about 200 bytes each), and families are made from them one by one, so
that a list of any order takes the same little memory.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final, Literal

from models.region.data import known_codes
from models.usulan.workbook_cells import Row
from models.usulan.workbook_columns import columns
from models.usulan.workbook_errors import WorkbookEmpty
from models.usulan.workbook_identity import FAMILY_SHEET, FLAT_SHEET, MEMBER_SHEET
from models.usulan.workbook_joined import Joining, Parsed, SheetColumns, key_of, number_of_row
from models.usulan.workbook_judge import judge
from models.usulan.workbook_messages import RowError, row_error
from models.usulan.workbook_packed import Packed
from models.usulan.workbook_rows import FamilyRow, MemberRow
from models.usulan.workbook_source import FlatSource, Table, WorkbookSource, open_source, row_is_blank
from models.usulan.workbook_values import Cell, is_blank, text_of

_HEADING_SHOWN: Final = 100
"""Letters of a heading that are told."""


class Reading(Iterator[FamilyRow]):
    """The families of one opened file; iterate once. Made by `read`."""

    def __init__(self, kind: Literal["xlsx", "csv"], tables: Sequence[Table], on: date) -> None:
        self.kind = kind
        #: (sheet, heading) of columns that were not understood and are not read
        self.unknown_columns = tuple((table.sheet, title) for table in tables for title in table.unknown)
        #: what the file calls each sheet that row errors name
        self.titles = {table.sheet: table.title for table in tables}
        #: how many families and members the file names
        self.families = 0
        self.members = 0
        self._on = on
        self._nik: Counter[str] = Counter()
        self._rows: Iterator[FamilyRow] = iter(())

    @property
    def unread(self) -> tuple[dict[str, str], ...]:
        """Columns that were not understood, as they are told: what the file calls the sheet, and the heading."""
        return tuple(
            {"sheet": self.titles[sheet], "column": title[:_HEADING_SHOWN]} for sheet, title in self.unknown_columns
        )

    def names(self, nik: str) -> bool:
        """Say whether any row of the file names this person."""
        return nik in self._nik

    def __next__(self) -> FamilyRow:
        return next(self._rows)

    def _kept(
        self, table: Table, sheet: SheetColumns, key: Callable[[int, Sequence[Cell]], str] | None = None
    ) -> tuple[Packed[Row], dict[str, list[int]]]:
        """Read a table to its end; return its rows, and the places among them of each family's, by what joins them."""
        key = key or (lambda row, cells: key_of(sheet.cell("no_kk", cells), row))
        rows: Packed[Row] = Packed()
        places: dict[str, list[int]] = {}
        for row, cells in table.rows():
            if row_is_blank(table, cells):
                continue
            places.setdefault(key(row, cells), []).append(rows.append((row, cells)))
            if nik := number_of_row(sheet.cell("nik", cells)):
                self._nik[nik] += 1
        return rows, places

    @staticmethod
    def _by_last(places: Mapping[str, list[int]]) -> Iterator[tuple[str, list[int]]]:
        """Yield families in the order in which their last rows stand in the file."""
        return iter(sorted(places.items(), key=lambda family: family[1][-1]))

    def _family(
        self, family: Parsed | None, members: Sequence[Parsed], regions: Container[int], copies: int
    ) -> FamilyRow:
        return _judged(family, members, on=self._on, regions=regions, copies=copies, nik_times=self._nik)


def _judged(
    family: Parsed | None,
    members: Sequence[Parsed],
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
    made.sheets = (family.sheet if family else MEMBER_SHEET, members[0].sheet if members else MEMBER_SHEET)
    given = [*(family.errors if family else ()), *(error for one in members for error in one.errors)]
    judge(made, given, on=on, regions=regions, copies=copies, nik_times=nik_times)
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


def _typed(sheet: str, row: int, told: Mapping[str, str]) -> Parsed:
    known = columns(sheet)
    table = Table(sheet, sheet, tuple(enumerate(known)), (), (), lambda: iter(()))
    return SheetColumns(table, sheet, with_number=False).parse(row, [told.get(column.name, "") for column in known])


class _WorkbookReading(Reading):
    def __init__(self, source: WorkbookSource, filename: str, on: date, regions: Container[int]) -> None:
        family_table, member_table = source.table(FAMILY_SHEET), source.table(MEMBER_SHEET)
        super().__init__("xlsx", (family_table, member_table), on)
        self._regions = regions
        self._family_sheet = SheetColumns(family_table, FAMILY_SHEET, with_number=False)
        self._member_sheet = SheetColumns(member_table, MEMBER_SHEET, with_number=False)
        self._family_rows, self._family_places = self._kept(family_table, self._family_sheet)
        self._member_rows, self._member_places = self._kept(member_table, self._member_sheet)
        source.close()
        self.families, self.members = len(self._family_rows), len(self._member_rows)
        if not self.families and not self.members:
            raise WorkbookEmpty(filename, (FAMILY_SHEET, MEMBER_SHEET))
        self._rows = self._joined()

    def _joined(self) -> Iterator[FamilyRow]:
        for key, places in self._by_last(self._member_places):
            members = [self._member_sheet.parse(*self._member_rows[place]) for place in places]
            yield from self._made(key, members)
        for key in list(self._family_places):
            yield from self._made(key, [])

    def _made(self, key: str, members: list[Parsed]) -> Iterator[FamilyRow]:
        copies = self._family_places.pop(key, ())
        if not copies:
            yield self._family(None, members, self._regions, 1)
        for nth, place in enumerate(copies):
            family = self._family_sheet.parse(*self._family_rows[place])
            yield self._family(family, members if nth == 0 else [], self._regions, len(copies))


class _FlatReading(Reading):
    def __init__(
        self, source: FlatSource | WorkbookSource, table: Table, filename: str, on: date, regions: Container[int]
    ) -> None:
        super().__init__("csv" if isinstance(source, FlatSource) else "xlsx", (table,), on)
        self._regions = regions
        self._family_sheet = SheetColumns(table, FAMILY_SHEET, with_number=False)
        self._member_sheet = SheetColumns(table, MEMBER_SHEET, with_number=True)
        self._kept_rows, self._places = self._kept(
            table, self._member_sheet, Joining(self._family_sheet, self._member_sheet)
        )
        source.close()
        self.families = len(self._places)
        self.members = sum(not self._member_sheet.is_blank(cells, besides="no_kk") for _, cells in self._kept_rows)
        if not self.families:
            raise WorkbookEmpty(filename)
        self._rows = self._joined()

    def _joined(self) -> Iterator[FamilyRow]:
        for _, places in self._by_last(self._places):
            yield self._made([self._kept_rows[place] for place in places])

    def _made(self, rows: Sequence[Row]) -> FamilyRow:
        first, conflicts = self._merged(rows)
        family = self._family_sheet.parse(rows[0][0], first)
        family.errors += conflicts
        members = [
            self._member_sheet.parse(row, cells)
            for row, cells in rows
            if not self._member_sheet.is_blank(cells, besides="no_kk")
        ]
        for member in members:  # the number is judged once, with the family, unless it is missing below
            said = [error for error in member.errors if error.column != "no_kk"]
            if member.row != family.row:
                said += [_in_each_row(error) for error in member.errors if error.column == "no_kk"]
            member.errors = said
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


def _in_each_row(error: RowError) -> RowError:
    return row_error(error.sheet, error.row, error.column, "", "KK_TIAP_BARIS") if error.code == "KOSONG" else error


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
    table = opened.flat() if isinstance(opened, WorkbookSource) else opened.table()
    if table is None:
        assert isinstance(opened, WorkbookSource)  # noqa: S101  only a workbook has other sheets
        return _WorkbookReading(opened, filename, on, codes)
    return _FlatReading(opened, table, filename, on, codes)
