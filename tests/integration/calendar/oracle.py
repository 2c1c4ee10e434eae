"""The calendar by brute force, day by day, with nothing but the standard library: what SQL is held against.

A `Calendar` knows its zone, its holidays and its policies with their dates; every answer is found by trying every day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONES = {
    **dict.fromkeys((11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 31, 32, 33, 34, 35, 36, 61, 62), "Asia/Jakarta"),
    **dict.fromkeys((51, 52, 53, 63, 64, 65, 71, 72, 73, 74, 75, 76), "Asia/Makassar"),
    **dict.fromkeys((81, 82, 91, 92, 93, 94, 95, 96), "Asia/Jayapura"),
}
"""The 38 provinces, as the decree on zones and the laws that made them say."""

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Off:
    """A holiday: its day, its kind, and the range of village codes."""

    day: date
    kind: str
    lo: int = 0
    hi: int = 9_999_999_999


@dataclass(frozen=True)
class Decreed:
    """A policy: from when, which key, what."""

    since: datetime
    key: str
    value: Any


@dataclass(frozen=True)
class Granted:
    """An extension of one step for a range of villages."""

    step: str
    lo: int
    hi: int
    first: date
    last: date


@dataclass
class Calendar:
    """All that is decreed, seen from one village."""

    region: int
    policies: Sequence[Decreed]
    holidays: Sequence[Off] = ()
    extensions: Sequence[Granted] = ()
    zone: ZoneInfo = field(init=False)

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(ZONES[self.region // 100_000_000])

    def midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone)

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def policy(self, key: str, at: datetime) -> Any:
        for own in (f"{key}@{self.region // 10**6}", f"{key}@{self.region // 10**8}", key):
            said = [one for one in self.policies if one.key == own and one.since <= at]
            if said:
                return max(said, key=lambda one: one.since).value
        return None

    # -- working days -------------------------------------------------------------------------------------------------

    def works(self, day: date, calendar: str = "kantor") -> bool:
        week = self.policy(f"hari_kerja.{calendar}", self.midnight(day))
        if week is None or day.isoweekday() not in week["hari"]:
            return False
        return not any(
            one.day == day and one.kind in week["libur"] and one.lo <= self.region <= one.hi for one in self.holidays
        )

    def between(self, first: date, last: date, calendar: str = "kantor") -> int:
        return sum(self.works(first + n * DAY, calendar) for n in range(1, (last - first).days + 1))

    def deadline(self, since: datetime, spec: str) -> datetime | None:
        amount, _, unit = spec.partition(" ")
        if unit in {"min", "h", "d"}:
            return (
                since
                + int(amount)
                * {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": 24 * timedelta(hours=1)}[unit]
            )
        born = self.day(since)
        if unit:
            calendar, left = {"wd": "kantor", "bd": "bank"}[unit], max(int(amount), 1)
            for n in range(1, 366 + 10 * left + 1):
                left -= self.works(born + n * DAY, calendar)
                if not left:
                    return self.midnight(born + (n + 1) * DAY)
            return None
        wanted = int(spec.removeprefix("hari_"))
        for n in range(70):
            day = born + n * DAY
            if day == self._last(day, wanted, spec):
                return self.midnight(day + DAY)
        raise AssertionError

    def _last(self, day: date, wanted: int, spec: str) -> date:
        """The last day that a calendar word means in the month of a day, extensions included."""
        month = [one for n in range(-31, 32) if (one := day + n * DAY).month == day.month and abs(n) < 32]
        last = max(one for one in month if one.day <= wanted)
        step = (self.policy("kalender.hari", self.midnight(day.replace(day=1))) or {}).get(spec)
        return max(
            [last]
            + [
                one.last
                for one in self.extensions
                if one.step == step
                and one.lo <= self.region <= one.hi
                and (one.last.year, one.last.month) == (day.year, day.month)
            ]
        )

    # -- windows ------------------------------------------------------------------------------------------------------

    def open(self, step: str, at: datetime, programme: str | None = None, jenis: str | None = None) -> bool:
        if step in {"input", "kirim"} and jenis is not None and jenis not in (self.policy("jendela.jenis", at) or ()):
            return True
        day = self.day(at)
        if any(
            one.step == step and one.lo <= self.region <= one.hi and one.first <= day <= one.last
            for one in self.extensions
        ):
            return True
        said = self._said(step, at, programme)
        if not isinstance(said, dict) or not said["dari"] <= day.day <= said["sampai"]:
            return False
        return day.month in said.get("bulan", range(1, 13))

    def _said(self, step: str, at: datetime, programme: str | None) -> Any:
        for where in (f"@{self.region // 10**6}", f"@{self.region // 10**8}", ""):
            for own in ([f".{programme}"] if programme else []) + [""]:
                key = f"jendela.{step}{own}{where}"
                said = [one for one in self.policies if one.key == key and one.since <= at]
                if said:
                    return max(said, key=lambda one: one.since).value
        return None

    def turns(self, first: datetime, last: datetime) -> list[datetime]:
        """Every moment at which anything of a window can change: local midnights and policies."""
        days = (self.midnight(self.day(first) + n * DAY) for n in range((last - first).days + 2))
        found = {*days, *(one.since for one in self.policies)}
        return sorted(at for at in found if first < at < last)

    def opening(
        self, is_open: Callable[[datetime], bool], at: datetime, days: int
    ) -> tuple[datetime | None, datetime | None]:
        """When it next turns open at or after a moment, and when it then turns shut; None when not within `days`."""
        begun = at if is_open(at) else None
        for turn in self.turns(at, at + days * DAY):
            if begun is None and is_open(turn):
                begun = turn
            elif begun is not None and not is_open(turn):
                return begun, turn
        return begun, None
