"""What an address asks a page to narrow itself to: regions, days, numbers; and what is said of one that is none.

A value that cannot be read is never passed over: a list that quietly shows more than was asked for misleads its reader.
The answer (`api/console/mishaps.py`) is a form with that one field, what was typed in it, and everything else kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, time
from typing import TypeVar
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.exceptions import RequestValidationError

from models.errors import AlurError
from models.region.data import known
from models.region.errors import RegionProblem

T = TypeVar("T")
_YEARS = range(1900, 2201)
_BIG = 2**63
"""The database counts no further."""

_WHOLE = (
    "bukan bilangan bulat yang dapat dipakai.",
    "is not a whole number that can be used.",
    "Tulis angka saja, misalnya 12.",
    "Write digits only, such as 12.",
)
_DAY = (
    "bukan tanggal.",
    "is not a date.",
    "Tulis tahun-bulan-hari, misalnya 2026-11-20.",
    "Write year-month-day, such as 2026-11-20.",
)
_HOUR = ("bukan jam.", "is not a time of day.", "Tulis jam:menit, misalnya 14:05.", "Write hour:minute, such as 14:05.")
_ORDER = (
    "mendahului hari pertamanya.",
    "lies before the first day.",
    "Isi hari yang sama dengan “Sejak”, atau sesudahnya.",
    "Write the same day as “Since”, or a later one.",
)
_CHOICE = (
    "tidak ada di antara pilihannya.",
    "is not one of the choices.",
    "Pilih lagi dari halamannya.",
    "Choose again from the page.",
)
_CURSOR = (
    "bukan penanda tempat dari daftar ini.",
    "is not a place in this list.",
    "Buka daftarnya dari awal.",
    "Open the list from its beginning.",
)
_SIGN = (
    "memuat tanda yang tidak dapat dicari.",
    "holds a sign that cannot be looked for.",
    "Ketik lagi tanpa tanda itu.",
    "Type it again without that sign.",
)


class FilterUnreadable(AlurError):
    """A value of an address's `name` that its page cannot read; the texts say why, and what would be right."""

    status = 422
    code = "saringan_tidak_terbaca"
    title = "Isian ini tidak dapat dibaca"
    title_en = "This cannot be read"

    def __init__(self, name: str, given: str, text: str, text_en: str, cure: str, cure_en: str) -> None:
        super().__init__(name, given, text, text_en, cure, cure_en)
        self.name, self.given = name, given
        self.text, self.text_en, self.cure, self.cure_en = text, text_en, cure, cure_en

    def __str__(self) -> str:
        return self.text

    @property
    def english(self) -> str:
        """The message in English."""
        return self.text_en


def _unreadable(name: str, given: str, words: tuple[str, str, str, str]) -> FilterUnreadable:
    return FilterUnreadable(name, given, f"“{given}” {words[0]}", f"“{given}” {words[1]}", *words[2:])


def region_refused(name: str, given: str, problem: RegionProblem) -> FilterUnreadable:
    """Return the refusal of a region, with the region's own words."""
    told = (getattr(problem, part) for part in ("message_id", "message_en", "cure_id", "cure_en"))
    return FilterUnreadable(name, given, *told)


def region_asked(name: str, given: str) -> int | None:
    """Return the code of the region that is asked for; None where none is.

    Raises:
        FilterUnreadable: no region has this code.
    """
    try:
        return known(given) if given.strip() else None
    except RegionProblem as problem:
        raise region_refused(name, given, problem) from problem


def _read(name: str, given: str, read: Callable[[str], T], words: tuple[str, str, str, str]) -> T | None:
    try:
        return read(given.strip()) if given.strip() else None
    except (ValueError, OverflowError) as error:
        raise _unreadable(name, given, words) from error


def day_asked(name: str, given: str, zone: str = "Asia/Jakarta") -> datetime | None:
    """Return the beginning of the day that is asked for, in a time zone; None where none is.

    Raises:
        FilterUnreadable: there is no such day.
    """
    return _read(name, given, lambda text: _began(text, zone), _DAY)


def _began(text: str, zone: str) -> datetime:
    day = date.fromisoformat(text)
    if day.year not in _YEARS:
        raise ValueError(text)
    return datetime.combine(day, time(), ZoneInfo(zone))


def out_of_order(name: str, given: str) -> FilterUnreadable:
    """Return the refusal of a last day before the first."""
    return _unreadable(name, given, _ORDER)


def day_missing(name: str) -> FilterUnreadable:
    """Return the refusal of a time of day without its day."""
    return FilterUnreadable(name, "", "jamnya perlu tanggal.", "the time of day needs its day.", *_DAY[2:])


def hour_asked(name: str, given: str) -> time | None:
    """Return the time of day that is asked for; None where none is.

    Raises:
        FilterUnreadable: there is no such time.
    """
    return _read(name, given, time.fromisoformat, _HOUR)


def _whole(text: str) -> int:
    number = int(text)
    if abs(number) >= _BIG:
        raise ValueError(text)
    return number


def number_asked(name: str, given: str) -> int | None:
    """Return the number that is asked for; None where none is.

    Raises:
        FilterUnreadable: it is no number, or larger than any there is.
    """
    return _read(name, given, _whole, _WHOLE)


def choice_asked(name: str, given: str, known: Collection[str]) -> str:
    """Return what was chosen of what there is to choose from.

    Raises:
        FilterUnreadable: there is no such thing.
    """
    if given not in known:
        raise _unreadable(name, given, _CHOICE)
    return given


def unread_of(request: Request, error: Exception) -> FilterUnreadable | None:
    """Return which filter of an address an error of the framework or the database is about; None for none of them."""
    asked = request.query_params
    if isinstance(error, RequestValidationError):
        where = [str(one["loc"][-1]) for one in error.errors() if one["loc"][0] == "query"]
        if "cursor" in where:
            return _unreadable("kursor", asked.get("kursor", ""), _CURSOR)
        return _unreadable(where[0], asked.get(where[0], ""), _WHOLE) if where else None
    for name, given in asked.multi_items():
        if "\0" in given:
            return _unreadable(name, given.replace("\0", "�"), _SIGN)
    return None
