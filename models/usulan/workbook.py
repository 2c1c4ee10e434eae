"""The import workbook: two sheets (`keluarga`, `anggota`) in XLSX, or one flat CSV with a row per member.

No database and no clock: whoever calls says which day it is. The parts live in `workbook_*.py`; this module is the
door to them.

    for family in read(path, "usulan-desa.xlsx", on=today):
        if family.is_bad: …   # family.errors says what, where and how to mend it

A file of bad families goes back with `write_rows(path, bad, messages="id")`; mended, it can be read again as it is.
"""

from models.usulan.workbook_columns import columns
from models.usulan.workbook_errors import (
    ColumnMissing,
    ColumnTwice,
    QuoteOpen,
    SheetMissing,
    TextNotUtf8,
    WorkbookDamaged,
    WorkbookEmpty,
    WorkbookEncrypted,
    WorkbookNotRecognised,
    WorkbookOldFormat,
    WorkbookProblem,
    WorkbookTooLarge,
)
from models.usulan.workbook_identity import FAMILY_SHEET, FLAT_SHEET, MEMBER_SHEET, Column
from models.usulan.workbook_messages import CellRefused, RowError, row_error
from models.usulan.workbook_read import Reading, read, read_typed
from models.usulan.workbook_rows import ContentFingerprint, FamilyRow, MemberRow, Value
from models.usulan.workbook_values import read_cell
from models.usulan.workbook_write import write_rows, write_template

__all__ = [
    "FAMILY_SHEET",
    "FLAT_SHEET",
    "MEMBER_SHEET",
    "CellRefused",
    "Column",
    "ColumnMissing",
    "ColumnTwice",
    "ContentFingerprint",
    "FamilyRow",
    "MemberRow",
    "QuoteOpen",
    "Reading",
    "RowError",
    "SheetMissing",
    "TextNotUtf8",
    "Value",
    "WorkbookDamaged",
    "WorkbookEmpty",
    "WorkbookEncrypted",
    "WorkbookNotRecognised",
    "WorkbookOldFormat",
    "WorkbookProblem",
    "WorkbookTooLarge",
    "columns",
    "read",
    "read_cell",
    "read_typed",
    "row_error",
    "write_rows",
    "write_template",
]
