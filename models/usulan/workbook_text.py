"""Rows of a table in a text file (CSV, TSV), whose quotes must close."""

import csv
from collections.abc import Iterator, Sequence
from typing import Final

_TABLE: Final = 3
"""Cells from which on a row is one of a table, and no title."""


class QuoteLeftOpen(Exception):
    """A quotation mark is opened and not closed, so that what stands below is taken for part of the cell.

    `row` is the row in which it is opened, `text` how the cell begins.
    """

    def __init__(self, row: int, text: str) -> None:
        super().__init__(row, text)
        self.row, self.text = row, text


def records(lines: Iterator[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with their numbers, from 1.

    Quotation marks inside a cell are part of it (`Jl. "Mawar" 3`). A cell may go on over several lines; then it must
    end where a cell can end, and hold no line that is a whole row.

    Raises:
        QuoteLeftOpen: a row is not ended by the end of the file, or swallows others.
        csv.Error: a cell is longer than any text.
    """
    taken: list[str] = []
    ended = False
    widest = 0

    def kept() -> Iterator[str]:
        nonlocal ended
        for line in lines:
            taken.append(line)
            yield line
        ended = True

    rows = csv.reader(kept(), delimiter=separator)
    number = 0
    while True:
        taken.clear()
        number += 1
        try:
            cells = next(rows, None)
        except csv.Error:
            if len(taken) > 1:  # longer than any text, because it goes on and on
                raise _left_open(number, taken, separator) from None
            raise
        if cells is None:
            return
        if len(taken) == 1 and not ended:
            widest = max(widest, len(cells))
        elif not _closes(taken, separator) or _swallows(cells, separator, widest):
            raise _left_open(number, taken, separator)
        yield number, cells


def _closes(taken: Sequence[str], separator: str) -> bool:
    try:
        list(csv.reader(taken, delimiter=separator, strict=True))
    except csv.Error:
        return False
    return True


def _swallows(cells: Sequence[str], separator: str, widest: int) -> bool:
    return widest >= _TABLE and any(
        line.count(separator) >= widest - 1
        for cell in cells
        if "\n" in cell or "\r" in cell
        for line in cell.splitlines()
    )


def _left_open(number: int, taken: Sequence[str], separator: str) -> QuoteLeftOpen:
    *_, cell = next(csv.reader(taken[:1], delimiter=separator), [""])
    return QuoteLeftOpen(number, cell.strip()[:40])
