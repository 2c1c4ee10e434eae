"""Why a whole file cannot be read. Each class says what is wrong and how to mend it, in Indonesian and English.

What is wrong with one row is a `RowError` (workbook_messages); rows never raise.
"""

from typing import ClassVar


class WorkbookProblem(Exception):
    """Base of all refusals of a file; carries plain values, so that it survives pickling."""

    status_code = 422
    texts: ClassVar[tuple[str, str, str, str]]
    """Message and cure in Indonesian, message and cure in English; braces name the attributes."""

    def _text(self, place: int) -> str:
        return self.texts[place].format(**vars(self))

    @property
    def message_id(self) -> str:
        """What is wrong, in Indonesian."""
        return self._text(0)

    @property
    def cure_id(self) -> str:
        """How to mend it, in Indonesian."""
        return self._text(1)

    @property
    def message_en(self) -> str:
        """What is wrong, in English."""
        return self._text(2)

    @property
    def cure_en(self) -> str:
        """How to mend it, in English."""
        return self._text(3)

    def __str__(self) -> str:
        return f"{self.message_en} {self.cure_en}"


class WorkbookNotRecognised(WorkbookProblem):
    """Neither an Excel workbook nor a table of text."""

    texts = (
        "Berkas {filename} bukan buku kerja Excel (.xlsx) dan bukan CSV.",
        "Unduh templat, isi, lalu unggah berkas itu; foto, PDF, dan Word tidak dapat dibaca.",
        "{filename} is neither an Excel workbook (.xlsx) nor a CSV file.",
        "Download the template, fill it in and upload that file; pictures, PDF and Word cannot be read.",
    )

    def __init__(self, filename: str) -> None:
        super().__init__(filename)  # all arguments, or unpickling fails
        self.filename = filename


class WorkbookOldFormat(WorkbookProblem):
    """An Excel file from before 2007 (.xls), an OpenDocument sheet, or a web page that bears such a name."""

    texts = (
        "Berkas {filename} memakai format lama atau format lain (misalnya halaman web), bukan .xlsx.",
        "Buka berkasnya, pilih Simpan Sebagai, jenis 'Excel Workbook (.xlsx)', lalu unggah lagi.",
        "{filename} is in an old or other format (such as a web page), not .xlsx.",
        "Open it, choose Save As, type 'Excel Workbook (.xlsx)', and upload it again.",
    )

    def __init__(self, filename: str) -> None:
        super().__init__(filename)  # all arguments, or unpickling fails
        self.filename = filename


class WorkbookEncrypted(WorkbookProblem):
    """The workbook is protected by a password to open."""

    texts = (
        "Berkas {filename} dikunci dengan kata sandi.",
        "Buka di Excel, pilih File > Info > Lindungi Buku Kerja, hapus sandinya, simpan, lalu unggah lagi.",
        "{filename} is locked with a password.",
        "Open it in Excel, choose File > Info > Protect Workbook, remove the password, save and upload it again.",
    )

    def __init__(self, filename: str) -> None:
        super().__init__(filename)  # all arguments, or unpickling fails
        self.filename = filename


class WorkbookDamaged(WorkbookProblem):
    """It begins like a workbook or a table but cannot be read to its end."""

    texts = (
        "Berkas {filename} rusak atau terpotong.",
        "Buka dan simpan ulang berkasnya di Excel; bila gagal, salin isinya ke templat baru, lalu unggah lagi.",
        "{filename} is damaged or cut off.",
        "Open and save it again in Excel; if that fails, copy its rows into a new template, and upload it again.",
    )

    def __init__(self, filename: str) -> None:
        super().__init__(filename)  # all arguments, or unpickling fails
        self.filename = filename


class WorkbookTooLarge(WorkbookProblem):
    """More bytes, rows or columns than one file may hold; also what a hostile file looks like."""

    texts = (
        "Berkas {filename} terlalu besar: lebih dari {limit} {unit}{where}.",
        "Hapus baris dan kolom kosong di bawah dan di kanan isian, atau pecah berkas per desa.",
        "{filename} is too large: more than {limit} {unit}{where}.",
        "Delete empty rows and columns below and beside the data, or make one file per village.",
    )

    def __init__(self, filename: str, limit: int, unit: str, where: str = "") -> None:
        super().__init__(filename, limit, unit, where)  # all arguments, or unpickling fails
        #: `where`: sheet and cell in brackets, such as " ('Rekap'!IW1)"
        self.filename, self.limit, self.unit, self.where = filename, limit, unit, where


class SheetMissing(WorkbookProblem):
    """A workbook without one of the two sheets."""

    texts = (
        "Lembar '{sheet}' tidak ada. Yang ada: {found}.",
        "Beri nama lembar isiannya '{sheet}', seperti pada templat.",
        "The sheet '{sheet}' is missing. Present: {found}.",
        "Name the sheet that is filled in '{sheet}', as in the template.",
    )

    def __init__(self, sheet: str, found: str) -> None:
        super().__init__(sheet, found)  # all arguments, or unpickling fails
        self.sheet, self.found = sheet, found


class ColumnMissing(WorkbookProblem):
    """A sheet without a required column, or without any heading."""

    texts = (
        "Kolom {columns} tidak ada di '{sheet}'.",
        "Tambahkan judul kolom itu di baris judul, ditulis seperti pada templat; urutan kolom bebas.",
        "Column {columns} is missing in '{sheet}'.",
        "Add that heading to the heading row, spelt as in the template; the order of columns is free.",
    )

    def __init__(self, sheet: str, columns: str, headed: bool = True) -> None:
        super().__init__(sheet, columns, headed)  # all arguments, or unpickling fails
        #: `headed`: the sheet has headings, and the column by which they are known is among them
        self.sheet, self.columns, self.headed = sheet, columns, headed


class ColumnTwice(WorkbookProblem):
    """A sheet in which two headings mean the same column."""

    texts = (
        "Kolom {column} ada dua kali di '{sheet}'.",
        "Hapus atau ganti judul salah satunya, supaya jelas kolom mana yang dipakai.",
        "Column {column} is twice in '{sheet}'.",
        "Delete or rename one of them, so that it is clear which one counts.",
    )

    def __init__(self, sheet: str, column: str) -> None:
        super().__init__(sheet, column)  # all arguments, or unpickling fails
        self.sheet, self.column = sheet, column


class TextNotUtf8(WorkbookProblem):
    """A CSV file in another encoding than UTF-8."""

    texts = (
        "Berkas {filename} tidak memakai penyandian UTF-8.",
        "Di Excel pilih Simpan Sebagai, jenis 'CSV UTF-8 (dipisahkan koma)', atau unggah berkas .xlsx.",
        "{filename} is not encoded in UTF-8.",
        "In Excel choose Save As, type 'CSV UTF-8 (comma delimited)', or upload the .xlsx file.",
    )

    def __init__(self, filename: str) -> None:
        super().__init__(filename)  # all arguments, or unpickling fails
        self.filename = filename


class QuoteOpen(WorkbookProblem):
    """A text file in which a quotation mark is opened and not closed: the rows below would be part of one cell."""

    texts = (
        "Baris {row} berkas {filename}: tanda petik (\") di depan '{text}' tidak ditutup.",
        "Hapus tanda petik itu, atau tutup di akhir isiannya, lalu unggah lagi; tanpa itu baris di bawahnya hilang.",
        "Row {row} of {filename}: the quotation mark (\") before '{text}' is not closed.",
        "Delete that mark, or close it where the cell ends, and upload the file again; else the rows below are lost.",
    )

    def __init__(self, filename: str, row: int, text: str) -> None:
        super().__init__(filename, row, text)  # all arguments, or unpickling fails
        self.filename, self.row, self.text = filename, row, text


class WorkbookEmpty(WorkbookProblem):
    """Headings, but not a single row."""

    texts = (
        "Berkas {filename} belum berisi satu baris pun.",
        "Isi baris di bawah judul kolom{where_id}, simpan, lalu unggah lagi.",
        "{filename} holds no row yet.",
        "Fill in rows below the headings{where_en}, save and upload it again.",
    )

    def __init__(self, filename: str, sheets: tuple[str, ...] = ()) -> None:
        super().__init__(filename, sheets)  # all arguments, or unpickling fails
        named = [f"'{sheet}'" for sheet in sheets]
        self.filename, self.sheets = filename, sheets
        self.where_id = f" pada lembar {' dan '.join(named)}" if named else ""
        self.where_en = f" on {' and '.join(named)}" if named else ""
