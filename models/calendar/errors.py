"""What can be wrong with a request about the calendar; what SQL refuses is in `models.errors`."""

from __future__ import annotations

from typing import Any

from models.errors import AlurError


class HolidayListRefused(AlurError):
    """A list of holidays with mistakes. A calendar is whole or it is wrong, so nothing of it was entered.

    `fields` names every mistake: row and column as the file shows them, the value, message and cure.
    """

    status = 422
    code = "daftar_libur_salah"
    title = "Daftar hari libur salah"
    title_en = "The list of holidays has mistakes"
    text = "{0} kesalahan dalam daftar hari libur; tidak ada baris yang dimasukkan."
    text_en = "{0} mistakes in the list of holidays; no row was entered."
    cure = "Perbaiki baris yang disebut, lalu kirim ulang seluruh daftar."
    cure_en = "Mend the rows named, then send the whole list again."

    def __init__(self, fields: tuple[dict[str, Any], ...]) -> None:
        super().__init__(fields)
        self.fields = fields

    def __str__(self) -> str:
        return self.text.format(len(self.fields))

    @property
    def english(self) -> str:
        """The message in English."""
        return self.text_en.format(len(self.fields))


class ExtensionInvalid(AlurError):
    """An extension that is no kabupaten's, or whose days do not lie in one month."""

    status = 422
    code = "perpanjangan_tidak_sah"
    title = "Perpanjangan tidak sah"
    title_en = "The extension is not valid"
    text = "Perpanjangan {0} di {1} pada {2} tidak sah."
    text_en = "The extension of {0} in {1} on {2} is not valid."
    cure = "Sebut satu kabupaten/kota (empat angka), dan hari pertama serta terakhir dalam satu bulan."
    cure_en = "Name one kabupaten or kota (four digits), and a first and last day within one month."


class MonthUnreadable(AlurError):
    """A month that is none."""

    status = 422
    code = "bulan_tidak_terbaca"
    title = "Bulan tidak terbaca"
    title_en = "The month cannot be read"
    text = "“{0}” bukan bulan antara 2000-01 dan 2099-12."
    text_en = "“{0}” is no month between 2000-01 and 2099-12."
    cure = "Tulis tahun dan bulan, misalnya 2026-12."
    cure_en = "Write year and month, for example 2026-12."
