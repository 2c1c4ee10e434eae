"""Writing the import file: the empty template, and the same layout with rows, whether for seeds or to give back."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Final, Literal

import xlsxwriter

from models.register.codes import code_list
from models.usulan.workbook_columns import columns
from models.usulan.workbook_guide import INTRODUCTION, TABLE_HEADINGS
from models.usulan.workbook_identity import (
    CODE_SHEET,
    FAMILY_SHEET,
    FLAT_SHEET,
    GUIDE_SHEET,
    MEMBER_SHEET,
    MISTAKE_COLUMN,
    Column,
)
from models.usulan.workbook_rows import FamilyRow, MemberRow
from models.usulan.workbook_values import cell_of, guarded

Language = Literal["id", "en"]
Target = Path | str | IO[bytes]

_ROWS_PREPARED: Final = 5_000
"""How many rows below the headings carry drop-downs in an empty template."""
_CREATED: Final = datetime(2025, 1, 1)  # noqa: DTZ001  Excel stores no zone; a fixed day keeps equal files equal
_CELL_LETTERS_MAX: Final = 32_000
"""Excel takes 32,767 letters in a cell."""
_OF_MEMBER: Final = frozenset(column.name for column in columns(MEMBER_SHEET)) - {"no_kk"}
_WIDTHS: Final = {"number16": 19, "text": 24, "date": 13, "code": 18, "region": 13, "rtrw": 6}
_MISTAKE_WIDTH: Final = 60


def write_template(target: Target, *, kind: Literal["xlsx", "csv"] | None = None) -> None:
    """Write an empty import file: guide, the two sheets with headings, help and drop-downs, and the code lists.

    Args:
        target: a path or a binary file; the same call always writes the same bytes.
        kind: xlsx or csv; taken from the path's ending unless given (csv is the heading row only).
    """
    write_rows(target, (), kind=kind)


def write_rows(
    target: Target,
    families: Iterable[FamilyRow],
    *,
    messages: Language | None = None,
    kind: Literal["xlsx", "csv"] | None = None,
) -> None:
    """Write families in the layout of the template, so that the file can be mended and read again.

    Cells that could not be taken stand as they were written. Memory does not grow with the number of families, save
    for a few bytes a row.

    Args:
        target: a path or a binary file.
        families: rows as read or generated; consumed once.
        messages: language of a first column `kesalahan` that says, row by row, what is wrong and how to mend it, and
            of red cells; without it, errors and warnings of the families are not shown.
        kind: xlsx or csv; taken from the path's ending unless given, xlsx for a file object.
    """
    if kind is None:
        kind = "csv" if isinstance(target, (str, Path)) and str(target).lower().endswith(".csv") else "xlsx"
    if kind == "csv":
        _write_csv(target, families, messages)
    else:
        _Book(target, messages).write(families)


Said = dict[str, list[str]]
"""What to say about one row, by column."""


class _Mistakes:
    """What is wrong with one family, sorted by the row at which it is shown."""

    def __init__(self, family: FamilyRow, messages: Language | None) -> None:
        self.family: Said = defaultdict(list)
        self._members: dict[int, Said] = defaultdict(lambda: defaultdict(list))
        if messages is None:
            return
        for answer in (*family.errors, *family.warnings):
            # in a flat file a family and its first member share a row: the column tells whose mistake it is
            below = answer.column == "no_kk" and answer.row != family.row
            of_member = answer.sheet == MEMBER_SHEET or (
                answer.sheet == FLAT_SHEET and (below or answer.column in _OF_MEMBER)
            )
            said = self._members[answer.row] if of_member else self.family
            said[answer.column].append(answer.text(messages))

    def member(self, row: int) -> Said:
        return self._members.get(row, {})


def _summary(said: Said) -> str:
    lines = (f"{column}: {text}" for column, texts in said.items() for text in texts)
    return "\n".join(lines)[:_CELL_LETTERS_MAX]


def _values(row: FamilyRow | MemberRow, wanted: Sequence[Column], *, labels: bool) -> Iterator[Any]:
    for column in wanted:
        if column.name in row.raw:
            yield row.raw[column.name]
        else:
            value = row.variables.get(column.name) if column.variable else getattr(row, column.name)
            yield cell_of(column, value, labels=labels)


def _flat(cell: Any) -> Any:
    return cell.isoformat() if isinstance(cell, date) else guarded(cell) if isinstance(cell, str) else cell


def _write_csv(target: Target, families: Iterable[FamilyRow], messages: Language | None) -> None:
    family_columns = columns(FAMILY_SHEET)
    member_columns = [column for column in columns(MEMBER_SHEET) if column.name != "no_kk"]
    raw: IO[bytes] = Path(target).open("wb") if isinstance(target, (str, Path)) else target  # noqa: SIM115  closed below
    # the byte order mark tells Excel that the file is UTF-8
    text = io.TextIOWrapper(raw, "utf-8-sig", newline="")
    try:
        out = csv.writer(text, lineterminator="\r\n")
        mistake = [MISTAKE_COLUMN] if messages else []
        out.writerow([*mistake, *(column.name for column in columns(FLAT_SHEET))])
        for family in families:
            mistakes = _Mistakes(family, messages)
            first = [_flat(cell) for cell in _values(family, family_columns, labels=False)]
            for place, member in enumerate(family.members or [MemberRow()]):
                words = [_summary(mistakes.family)] if place == 0 else []
                words.append(_summary(mistakes.member(member.row)))
                cells = [_flat(cell) for cell in _values(member, member_columns, labels=False)]
                out.writerow([*([_flat("\n".join(filter(None, words)))] if messages else []), *first, *cells])
        text.flush()
    except BaseException:
        if isinstance(target, (str, Path)):
            Path(target).unlink(missing_ok=True)  # half a file must not be taken for a whole one
        raise
    finally:
        text.detach()
        if isinstance(target, (str, Path)):
            raw.close()


class _Book:
    """One workbook being written; sheets grow row by row and are not kept."""

    def __init__(self, target: Target, messages: Language | None) -> None:
        self._target, self._messages = target, messages
        self._book = xlsxwriter.Workbook(
            str(target) if isinstance(target, Path) else target,
            {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
        )
        self._book.set_properties({"title": "Usulan", "created": _CREATED})
        styles = {"font_name": "Calibri", "font_size": 11}
        self._plain = self._book.add_format(styles)
        self._head = self._book.add_format(styles | {"bold": True, "bg_color": "#D9E2EC", "border": 1})
        self._due = self._book.add_format(styles | {"bold": True, "bg_color": "#F4D9A8", "border": 1})
        self._wrapped = self._book.add_format(styles | {"text_wrap": True, "valign": "top"})
        self._title = self._book.add_format(styles | {"bold": True, "font_size": 14})
        self._formats = {
            (kind, wrong): self._book.add_format(
                styles | form | ({"bg_color": "#F8D7DA", "font_color": "#8A1C27"} if wrong else {})
            )
            for kind, form in {"text": {"num_format": "@"}, "date": {"num_format": "yyyy-mm-dd"}, "number": {}}.items()
            for wrong in (False, True)
        }

    def write(self, families: Iterable[FamilyRow]) -> None:
        try:
            self._fill(families)
        except BaseException:
            with suppress(Exception):
                self._book.close()  # lets go of the temporary files; half a book must not be taken for a whole one
            if isinstance(self._target, (str, Path)):
                Path(self._target).unlink(missing_ok=True)
            raise
        self._book.close()

    def _fill(self, families: Iterable[FamilyRow]) -> None:
        guide = self._book.add_worksheet(GUIDE_SHEET)
        sheets = {name: self._book.add_worksheet(name) for name in (FAMILY_SHEET, MEMBER_SHEET)}
        ranges = self._write_codes(self._book.add_worksheet(CODE_SHEET))
        self._write_guide(guide)
        start = 1 if self._messages else 0
        for name, sheet in sheets.items():
            self._write_headings(sheet, columns(name), start)
        rows = dict.fromkeys(sheets, 0)
        for family in families:
            mistakes = _Mistakes(family, self._messages)
            rows[FAMILY_SHEET] += 1
            self._write_row(sheets[FAMILY_SHEET], rows[FAMILY_SHEET], family, mistakes.family)
            for member in family.members:
                rows[MEMBER_SHEET] += 1
                self._write_row(sheets[MEMBER_SHEET], rows[MEMBER_SHEET], member, mistakes.member(member.row))
        for name, sheet in sheets.items():
            sheet.autofilter(0, 0, max(rows[name], 1), start + len(columns(name)) - 1)
            self._add_choices(sheet, columns(name), start, max(rows[name], _ROWS_PREPARED), ranges)
        guide.activate() if not rows[FAMILY_SHEET] else sheets[FAMILY_SHEET].activate()

    def _write_headings(self, sheet: Any, wanted: Sequence[Column], start: int) -> None:
        if start:
            sheet.set_column(0, 0, _MISTAKE_WIDTH, self._wrapped)
            sheet.write_string(0, 0, MISTAKE_COLUMN, self._head)
        for place, column in enumerate(wanted, start):
            form = "date" if column.kind == "date" else "number" if column.kind in ("int", "number") else "text"
            sheet.set_column(place, place, _WIDTHS.get(column.kind, 11), self._formats[form, False])
            sheet.write_string(0, place, column.name, self._due if column.required else self._head)
            due = "WAJIB / REQUIRED\n" if column.required else ""
            note = f"{column.label[0]}\n{due}{column.help[0]}\nContoh: {column.example}\n\n{column.help[1]}"
            sheet.write_comment(0, place, note, {"x_scale": 2, "y_scale": 1.6, "author": "Alur"})
        sheet.freeze_panes(1, start + 1)

    def _write_row(self, sheet: Any, row: int, values: FamilyRow | MemberRow, said: Said) -> None:
        wanted = columns(FAMILY_SHEET if isinstance(values, FamilyRow) else MEMBER_SHEET)
        if self._messages and said:
            sheet.write_string(row, 0, _summary(said), self._wrapped)
        start = 1 if self._messages else 0
        for place, (column, cell) in enumerate(zip(wanted, _values(values, wanted, labels=True), strict=True), start):
            wrong = column.name in said
            if isinstance(cell, str):
                sheet.write_string(row, place, cell, self._formats["text", wrong])
            elif isinstance(cell, date):
                sheet.write_datetime(row, place, cell, self._formats["date", wrong])
            elif cell is not None:
                sheet.write_number(row, place, cell, self._formats["number", wrong])
            elif wrong:
                sheet.write_blank(row, place, None, self._formats["text", True])

    def _write_codes(self, sheet: Any) -> dict[str, str]:
        """Write every list into a column of its own; returns where each one's choices stand."""
        used = {column.code_list: None for name in (FAMILY_SHEET, MEMBER_SHEET) for column in columns(name)}
        names = [name for name in used if name is not None]
        sheet.set_column(0, len(names) - 1, 34, self._plain)
        sheet.freeze_panes(1, 0)
        answers = [list(code_list(name).codes.values()) for name in names]
        for row in range(1 + max(map(len, answers))):  # row by row: that is how a sheet grows in constant memory
            for place, name in enumerate(names):
                if row == 0:
                    sheet.write_string(0, place, name, self._head)
                elif row <= len(answers[place]):
                    sheet.write_string(row, place, answers[place][row - 1].choice, self._plain)
        return {
            name: f"={CODE_SHEET}!{xlsxwriter.utility.xl_range_abs(1, place, len(answers[place]), place)}"
            for place, name in enumerate(names)
        }

    def _add_choices(self, sheet: Any, wanted: Sequence[Column], start: int, last: int, ranges: dict[str, str]) -> None:
        for place, column in enumerate(wanted, start):
            allowed: str | list[str] | None = ranges.get(column.code_list or "")
            if column.kind == "yes_no":
                allowed = ["Ya", "Tidak"]
            if allowed:
                sheet.data_validation(
                    1,
                    place,
                    last,
                    place,
                    {
                        "validate": "list",
                        "source": allowed,
                        "error_title": column.label[0][:32],
                        "error_message": "Pilih dari daftar. / Choose from the list.",
                    },
                )

    def _write_guide(self, sheet: Any) -> None:
        sheet.set_column(0, 0, 12, self._plain)
        sheet.set_column(1, 1, 18, self._plain)
        sheet.set_column(2, 2, 10, self._plain)
        sheet.set_column(3, 5, 60, self._wrapped)
        row = 0
        for line in INTRODUCTION:
            sheet.write_string(row, 0, line, self._title if row == 0 else self._plain)
            row += 1
        row += 1
        for place, title in enumerate(TABLE_HEADINGS):
            sheet.write_string(row, place, title, self._head)
        for name in (FAMILY_SHEET, MEMBER_SHEET):
            for column in columns(name):
                row += 1
                due = "ya / yes" if column.required else ""
                texts = (name, column.name, due, column.help[0], column.help[1], column.example)
                for place, text in enumerate(texts):
                    sheet.write_string(row, place, text, self._wrapped)
