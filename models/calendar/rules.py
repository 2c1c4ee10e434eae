"""The calendar in words: steps, zones, and an opening as people are told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from models.region.rules import NATIONAL_SPAN, Span, dotted, span, timezone_of

STEPS: Final = {
    "input": ("Input usulan", "Entering proposals"),
    "kirim": ("Kirim ke Dinas Sosial", "Sending to Dinas Sosial"),
    "pengesahan": ("Pengesahan kabupaten/kota", "Approval by the kabupaten"),
    "tarik": ("Tarikan data pusat", "Data pull by the centre"),
}
"""The steps of the monthly calendar, in order, with their names in both languages."""

_WAITS_FOR: Final = {"usulan": "kirim", "verval": "pengesahan"}
"""Phase of a proposal -> the step it is on its way to."""
_APPROVED: Final = "disahkan"
"""Where a proposal has passed the step of its phase, and waits for the next."""

HOLIDAY_KINDS: Final = {
    "libur": ("Libur nasional", "National holiday"),
    "cuti_bersama": ("Cuti bersama", "Joint leave"),
    "libur_daerah": ("Libur daerah", "Regional holiday"),
}
"""Kinds of holiday. Policy `hari_kerja.*` says for which of them offices and banks do not work."""

ZONES: Final = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}

_MONTHS: Final = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
)
_MONTHS_EN: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_LIST_DUE_MONTH: Final = 11
"""The decree of the three ministers about a year appears in autumn; from November on its list is missed."""


def waits_for(case: Mapping[str, Any]) -> str | None:
    """Return the step of the monthly calendar that a case is on its way to; None for what waits for no window.

    `case`: machine, phase, state, terminal.
    """
    if case["machine"] != "usulan" or case["terminal"]:
        return None
    return "tarik" if case["state"] == _APPROVED else _WAITS_FOR.get(case["phase"])


def zone_of(region: int) -> str:
    """Return the IANA time zone of a region of any level; the nation (0) is told in WIB."""
    return timezone_of(region) if region else "Asia/Jakarta"


def span_of(region: int) -> Span:
    """Return the inclusive range of village codes in a region of any level; 0 is the nation."""
    return span(region) if region else NATIONAL_SPAN


def region_text(lo: int, hi: int) -> str:
    """Return the dotted code of the region whose range this is, empty for the nation; the inverse of `span_of`."""
    return "" if (lo, hi) == NATIONAL_SPAN else dotted(lo // (hi - lo + 1))


def years_due(today: date) -> tuple[int, ...]:
    """Return the years whose list of holidays should be entered by a day: this one, and from 1 November the next."""
    return (today.year, today.year + 1) if today.month >= _LIST_DUE_MONTH else (today.year,)


def day_words(day: date) -> tuple[str, str]:
    """Return a day as people write it: ("1 Desember 2026", "1 December 2026")."""
    return (
        f"{day.day} {_MONTHS[day.month - 1]} {day.year}",
        f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}",
    )


def moment_words(moment: datetime, zone: str) -> tuple[str, str]:
    """Return a moment as people in a zone write it: ("1 Desember 2026 pukul 00.00 WIB", "... at 00:00 WIB")."""
    there = moment.astimezone(ZoneInfo(zone))
    text, text_en = day_words(there.date())
    return f"{text} pukul {there:%H.%M} {ZONES[zone]}", f"{text_en} at {there:%H:%M} {ZONES[zone]}"


def _end_words(moment: datetime, zone: str) -> tuple[str, str]:
    """Return an end; one at midnight is told as the end of the day before, as people read it."""
    there = moment.astimezone(ZoneInfo(zone))
    if (there.hour, there.minute, there.second, there.microsecond) != (0, 0, 0, 0):
        return moment_words(moment, zone)
    text, text_en = day_words(there.date() - timedelta(days=1))
    return f"{text} pukul 24.00 {ZONES[zone]}", f"the end of {text_en} {ZONES[zone]}"


@dataclass(frozen=True, slots=True)
class Window:
    """The opening of one step that is now or comes next, in one region."""

    step: str
    #: code of any level, 0 for the nation
    region: int
    #: id of a programme; None for whichever
    programme: str | None
    #: kind of proposal; None for whichever
    jenis: str | None
    #: the moment it was asked for
    at: datetime
    open_now: bool
    #: when it opens, or opened; None: no opening is in sight
    opens_at: datetime | None
    #: when it closes; None: no end is in sight
    closes_at: datetime | None
    #: the month it serves, yyyymm; None: no pengesahan is in sight
    serves: int | None

    def words(self) -> tuple[str, str]:
        """Return in both languages whether it is open, until when or from when on, and for which month."""
        zone = zone_of(self.region)
        step, step_en = STEPS[self.step]
        if self.opens_at is None:
            return (
                f"{step}: tutup, dan kebijakan tidak menyebut jendela berikutnya; tanyakan pusdatin.",
                f"{step_en}: closed, and policy names no next window; ask pusdatin.",
            )
        until, until_en = ("", "")
        if self.closes_at is not None:
            end, end_en = _end_words(self.closes_at, zone)
            until, until_en = f" sampai {end}", f" until {end_en}"
        begin, begin_en = moment_words(self.opens_at, zone)
        state = "buka" if self.open_now else f"tutup; buka lagi {begin}"
        state_en = "open" if self.open_now else f"closed; opens again on {begin_en}"
        served, served_en = "", ""
        if self.serves:
            month = self.serves % 100 - 1
            served = f" Melayani bulan {_MONTHS[month]} {self.serves // 100}."
            served_en = f" Serves {_MONTHS_EN[month]} {self.serves // 100}."
        return f"{step}: {state}{until}.{served}", f"{step_en}: {state_en}{until_en}.{served_en}"

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON: moments in the region's own zone, durations in whole seconds."""
        zone = zone_of(self.region)

        def local(moment: datetime | None) -> str | None:
            return None if moment is None else moment.astimezone(ZoneInfo(zone)).isoformat()

        def seconds(moment: datetime | None) -> int | None:
            return None if moment is None else max(0, int((moment - self.at).total_seconds()))

        words, words_en = self.words()
        return {
            "step": self.step,
            "label": STEPS[self.step][0],
            "label_en": STEPS[self.step][1],
            "open": self.open_now,
            "opens_at": local(self.opens_at),
            "closes_at": local(self.closes_at),
            "opens_in_s": None if self.open_now else seconds(self.opens_at),
            "closes_in_s": seconds(self.closes_at),
            "serves": self.serves,
            "zone": ZONES[zone],
            "timezone": zone,
            "message": words,
            "message_en": words_en,
        }
