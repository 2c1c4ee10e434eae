"""What can be wrong with one row of an import file, in both languages, and how to mend it."""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from models.register.rules import Finding

_SHOWN_MAX: Final = 200
"""Letters of a cell that are told."""

Severity = Literal["error", "warning"]


class Text(NamedTuple):
    """Message and cure in both languages; braces are filled with what was found."""

    message_id: str
    cure_id: str
    message_en: str
    cure_en: str


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing that is wrong (or odd: `severity` "warning") at one cell of an import file."""

    #: keluarga, anggota, or csv for a flat file
    sheet: str
    #: row number as the spreadsheet shows it, from 1; 0 when the row itself is missing
    row: int
    column: str
    #: the value as it was given
    value: str
    #: UPPER_SNAKE, from `TEXTS` or from the register's findings
    code: str
    severity: Severity
    message_id: str
    message_en: str
    cure_id: str
    cure_en: str

    def text(self, language: str) -> str:
        """Return message and cure in one line; `language` is "en", anything else is Indonesian."""
        return f"{self.message_en} {self.cure_en}" if language == "en" else f"{self.message_id} {self.cure_id}"


class CellRefused(Exception):
    """A cell whose value cannot be taken; becomes a `RowError` where the row is known."""

    def __init__(self, code: str, **found: object) -> None:
        super().__init__(code, found)
        self.code, self.found = code, found

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (self.code, self.found)


def _restored(code: str, found: dict[str, object]) -> CellRefused:
    return CellRefused(code, **found)


TEXTS: Final[dict[str, Text]] = {
    "KOSONG": Text(
        "Kolom {column} wajib diisi.",
        "Isi {column}; lihat lembar petunjuk untuk contohnya.",
        "Column {column} must be filled in.",
        "Fill in {column}; the sheet 'petunjuk' shows an example.",
    ),
    "NOMOR_ILMIAH": Text(
        "Nomor tersimpan dalam bentuk ilmiah ({value}), sehingga angka aslinya hilang.",
        "Ubah format kolom menjadi Teks, lalu ketik lagi ke-16 angkanya dari kartu.",
        "The number is stored in scientific form ({value}), so its digits are lost.",
        "Format the column as Text and type all 16 digits again from the card.",
    ),
    "NOMOR_DIBULATKAN": Text(
        "Nomor tersimpan sebagai bilangan; Excel hanya menyimpan 15 angka, jadi angka terakhirnya belum tentu benar.",
        "Ubah format kolom menjadi Teks, lalu ketik lagi ke-16 angkanya dari kartu.",
        "The number is stored as a quantity; Excel keeps only 15 digits, so its last digit cannot be trusted.",
        "Format the column as Text and type all 16 digits again from the card.",
    ),
    "RUMUS": Text(
        "Sel ini berisi rumus tanpa hasil ({value}), bukan isiannya.",
        "Di Excel salin kolomnya, pilih Tempel Khusus > Nilai, simpan, lalu unggah lagi; atau ketik isinya.",
        "This cell holds a formula without its result ({value}), not a value.",
        "In Excel copy the column, choose Paste Special > Values, save and upload it again; or type the value.",
    ),
    "KOLOM_BEDA": Text(
        "Kolom berjudul {column} ada lebih dari satu, dan isinya di baris ini berbeda: '{value}' dan '{other}'.",
        "Samakan isinya, atau hapus salah satu kolomnya.",
        "More than one column is headed {column}, and here they differ: '{value}' and '{other}'.",
        "Make them equal, or delete one of the columns.",
    ),
    "TANGGAL_BENTUK": Text(
        "Tanggal '{value}' tidak terbaca.",
        "Tulis tahun-bulan-hari (1990-12-31), hari-bulan-tahun (31-12-1990), atau 31 Desember 1990.",
        "The date '{value}' cannot be read.",
        "Write year-month-day (1990-12-31) or day-month-year (31-12-1990).",
    ),
    "TANGGAL_TIDAK_ADA": Text(
        "Tanggal '{value}' tidak ada di kalender.",
        "Periksa hari dan bulannya; urutannya hari-bulan-tahun, misalnya 31-12-1990.",
        "The date '{value}' is not in the calendar.",
        "Check day and month; the order is day-month-year, for example 31-12-1990.",
    ),
    "TAHUN_DUA_ANGKA": Text(
        "Tahun pada tanggal '{value}' hanya dua angka.",
        "Tulis tahun dengan empat angka, misalnya 31-12-1990.",
        "The year in the date '{value}' has two digits only.",
        "Write the year with four digits, for example 31-12-1990.",
    ),
    "KODE_TIDAK_ADA": Text(
        "'{value}' tidak ada dalam daftar {list}.",
        "Pilih dari daftar di selnya, atau tulis salah satu kode pada lembar 'kode': {choices}.",
        "'{value}' is not in the list {list}.",
        "Choose from the list in the cell, or write one of the codes of the sheet 'kode': {choices}.",
    ),
    "KODE_BERTENTANGAN": Text(
        "Angka dan kata pada '{value}' menunjuk jawaban yang berbeda dalam daftar {list}.",
        "Tulis salah satunya saja: katanya, atau angka dari lembar 'kode'.",
        "Number and words of '{value}' name different answers of the list {list}.",
        "Write only one of them: the words, or the number of the sheet 'kode'.",
    ),
    "KODE_LAIN": Text(
        "'{value}' di bawah judul kolom ini memakai daftar kode lain; di sini angka {number} berarti {means}.",
        "Tulis dengan kata, misalnya {means}, atau ganti judul kolomnya menjadi {column} bila kodenya memang sama.",
        "Under this heading '{value}' belongs to another list of codes; here the number {number} means {means}.",
        "Write it in words, such as {means}, or rename the column to {column} if its codes are ours.",
    ),
    "YA_TIDAK": Text(
        "'{value}' bukan jawaban ya atau tidak.",
        "Tulis Ya atau Tidak (1 atau 2 juga boleh).",
        "'{value}' is no answer of yes or no.",
        "Write Ya or Tidak (1 or 2 will do).",
    ),
    "BUKAN_BILANGAN": Text(
        "'{value}' bukan bilangan.",
        "Tulis angkanya saja, tanpa satuan.",
        "'{value}' is not a number.",
        "Write the number only, without its unit.",
    ),
    "DI_LUAR_BATAS": Text(
        "{value} di luar batas {minimum} sampai {maximum}.",
        "Periksa angkanya; batasnya tertulis pada lembar petunjuk.",
        "{value} is outside {minimum} to {maximum}.",
        "Check the number; the limits stand on the sheet 'petunjuk'.",
    ),
    "TERLALU_PANJANG": Text(
        "Isian {length} huruf, paling banyak {maximum}.",
        "Persingkat isiannya; keterangan panjang ditulis sebagai catatan kasus.",
        "The text has {length} letters, at most {maximum} are allowed.",
        "Shorten it; long remarks belong in the notes of the case.",
    ),
    "RT_RW": Text(
        "'{value}' bukan nomor RT atau RW.",
        "Tulis satu sampai tiga angka, misalnya 004; tulis 000 bila tidak ada RT atau RW.",
        "'{value}' is not an RT or RW number.",
        "Write one to three digits, for example 004; write 000 where there is none.",
    ),
    "WILAYAH_BENTUK": Text(
        "'{value}' bukan kode desa atau kelurahan.",
        "Tulis 10 angka kode Kemendagri, misalnya 3204052001 atau 32.04.05.2001.",
        "'{value}' is not the code of a village.",
        "Write the 10 digits of the Kemendagri code, for example 3204052001 or 32.04.05.2001.",
    ),
    "WILAYAH_TIDAK_ADA": Text(
        "Kode desa {value} tidak ada dalam daftar Kemendagri.",
        "Cari kode desa Anda di halaman Wilayah; kode bisa berubah setelah pemekaran.",
        "The village code {value} is not in the Kemendagri list.",
        "Look up your village on the page Wilayah; codes change when regions are split.",
    ),
    "KOORDINAT_SEPASANG": Text(
        "Lintang dan bujur harus diisi keduanya atau dikosongkan keduanya.",
        "Lengkapi yang kosong atau hapus yang terisi.",
        "Latitude and longitude must both be filled in or both be empty.",
        "Fill in the missing one or clear the other.",
    ),
    "KOORDINAT_TERTUKAR": Text(
        "Lintang ({lat}) dan bujur ({long}) tampaknya tertukar.",
        "Tukar isi kolom lat dan long: lat antara -11,5 dan 6,5, long antara 94,5 dan 141,5.",
        "Latitude ({lat}) and longitude ({long}) seem to be exchanged.",
        "Exchange lat and long: lat lies between -11.5 and 6.5, long between 94.5 and 141.5.",
    ),
    "PROGRAM_WAJIB": Text(
        "Usulan program harus menyebut programnya.",
        "Isi kolom program, misalnya PKH.",
        "A proposal for a programme must name it.",
        "Fill in the column program, for example PKH.",
    ),
    "ALASAN_WAJIB": Text(
        "Jenis usulan {kind} harus disertai alasan.",
        "Isi kolom alasan dengan satu kalimat.",
        "A proposal of the kind {kind} needs a reason.",
        "Fill in the column alasan with one sentence.",
    ),
    "KELUARGA_TIDAK_ADA": Text(
        "Tidak ada baris di lembar keluarga dengan nomor KK ini.",
        "Tambahkan baris keluarganya, atau perbaiki nomor KK pada baris anggota.",
        "No row of the sheet 'keluarga' has this family card number.",
        "Add the row of the family, or mend the number in the member's row.",
    ),
    "KK_BERULANG": Text(
        "Nomor KK ini ditulis di {count} baris keluarga.",
        "Sisakan satu baris untuk setiap nomor KK.",
        "This family card number stands in {count} rows of families.",
        "Leave one row for each family card number.",
    ),
    "KK_TIAP_BARIS": Text(
        "Nomor KK baris ini kosong; keluarga di atasnya ditahan, karena baris ini tampaknya anggotanya.",
        "Isi nomor KK di tiap baris; sel yang digabung kehilangan isinya saat disimpan sebagai CSV.",
        "This row has no family card number; the family above is held back, as this row seems to be of its member.",
        "Fill in the number in every row; merged cells lose their text when saved as CSV.",
    ),
    "KELUARGA_BEDA": Text(
        "Isi kolom {column} berbeda antara baris anggota dari nomor KK yang sama: '{value}' dan '{other}'.",
        "Samakan isinya di semua baris keluarga itu, atau isi di baris pertama saja.",
        "Column {column} differs between the rows of one family card number: '{value}' and '{other}'.",
        "Make all rows of that family equal, or fill in the first one only.",
    ),
    "ANGGOTA_TERTAHAN": Text(
        "Anggota ber-NIK {nik} tercatat di keluarga ini, tetapi barisnya di berkas ini ({where}) tidak dapat dipakai; "
        "tanpa baris itu ia tercoret dari keluarganya.",
        "Perbaiki baris itu, biasanya nomor KK-nya, lalu kirim lagi bersama keluarga ini.",
        "The member with NIK {nik} stands in this family of the register, and the row that names him ({where}) cannot "
        "be taken; without it he would be removed from his family.",
        "Mend that row, usually its family card number, and send it again together with this family.",
    ),
    "DESA_LAIN": Text(
        "Keluarga ini tercatat di desa {other}, bukan di desa {value}.",
        "Bila keluarganya pindah, usulkan PINDAH dari halaman keluarga itu; bila tidak, perbaiki kode desanya.",
        "The register has this family in village {other}, not in village {value}.",
        "If it moved, propose PINDAH on the family's page; if not, mend the village code.",
    ),
    "NIK_BERULANG": Text(
        "NIK ini ditulis {count} kali dalam berkas, juga di keluarga lain.",
        "Periksa anggota ini tercantum di KK yang mana; yang benar hanya satu.",
        "This NIK is written {count} times in the file, in other families too.",
        "Check on which family card this person stands; only one can be right.",
    ),
    "NIK_TERDAFTAR": Text(
        "NIK ini sudah tercatat di keluarga lain ({other}).",
        "Periksa anggota ini tercantum di KK yang mana; bila pindah KK, usulkan juga pembaruan keluarga lamanya.",
        "This NIK stands in another family of the register already ({other}).",
        "Check on which family card this person stands; if he moved, propose a change of his former family too.",
    ),
}
"""Every code a cell or row can be answered with, besides the findings of `models/register/rules.py`."""

WARNINGS: Final = frozenset({"NIK_BERULANG", "NIK_TERDAFTAR"})
"""Codes that do not keep a family out."""


def shortened(text: str) -> str:
    """Return a text as it is told; cells hold up to 32,767 letters."""
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]} …"


def row_error(sheet: str, row: int, column: str, value: object, code: str, **found: object) -> RowError:
    """Return one row error in the words of `TEXTS`, its braces filled with `column`, `value` and `found`."""
    shown = shortened("" if value is None else str(value))
    told = {name: shortened(said) if isinstance(said, str) else said for name, said in found.items()}
    words = {"column": column, "value": shown} | told
    text = TEXTS[code]
    return RowError(
        sheet=sheet,
        row=row,
        column=column,
        value=shown,
        code=code,
        severity="warning" if code in WARNINGS else "error",
        message_id=text.message_id.format(**words),
        message_en=text.message_en.format(**words),
        cure_id=text.cure_id.format(**words),
        cure_en=text.cure_en.format(**words),
    )


def from_finding(found: Finding, sheet: str, row: int) -> RowError:
    """Return a finding of the register's rules as an answer to one row."""
    return RowError(
        sheet=sheet,
        row=row,
        column=found.field,
        value=found.value,
        code=found.code,
        severity=found.severity,
        message_id=found.message_id,
        message_en=found.message_en,
        cure_id=found.cure_id,
        cure_en=found.cure_en,
    )
