"""What is known of a cycle without asking anybody: when the next ones are, and which visits a sample sends back.

Source: domain sections 1.3 (two cycles a year, policy) and 1.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

_DAYS_MOST = 366


@dataclass(frozen=True, slots=True)
class Planned:
    """One cycle as policy dates it."""

    nomor: int
    mulai: date
    selesai: date

    @property
    def period(self) -> int:
        """The month in which it begins, yyyymm."""
        return period_of(self.mulai)


def period_of(mulai: date) -> int:
    """Return the period (yyyymm) of a cycle that begins on a day."""
    return mulai.year * 100 + mulai.month


def fits(mulai: date, selesai: date) -> bool:
    """Return whether a cycle can run between two days: forwards, and within a year, for it comes twice in each."""
    return 0 < (selesai - mulai).days <= _DAYS_MOST


def planned(entries: Iterable[Mapping[str, Any]], year: int) -> list[Planned]:
    """Return the cycles that policy `siklus.tanggal` dates to begin in a year, in order.

    An entry is ``{"nomor": 1, "mulai": "02-01", "selesai": "04-30"}``; one that ends before it begins ends in the year
    after. 29 February is the 28th where there is none.
    """
    found = []
    for entry in entries:
        mulai = _day(year, entry["mulai"])
        selesai = _day(year, entry["selesai"])
        found.append(Planned(entry["nomor"], mulai, selesai if selesai >= mulai else _day(year + 1, entry["selesai"])))
    return sorted(found, key=lambda one: one.mulai)


def _day(year: int, month_day: str) -> date:
    month, day = (int(part) for part in month_day.split("-"))
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month, 28)


def due(entries: Sequence[Mapping[str, Any]], today: date, ahead_days: int) -> list[Planned]:
    """Return the cycles that have to be scheduled by now: they begin within `ahead_days`, or run already.

    One that was missed (nothing ran on its first day) is still due until its last day.
    """
    horizon = today + timedelta(days=ahead_days)
    return [
        one
        for year in range(today.year - 1, horizon.year + 1)
        for one in planned(entries, year)
        if one.mulai <= horizon and one.selesai >= today
    ]


def next_planned(entries: Sequence[Mapping[str, Any]], today: date) -> Planned | None:
    """Return the first cycle that begins after today, None where policy dates none."""
    ahead = [one for year in (today.year, today.year + 1) for one in planned(entries, year) if one.mulai > today]
    return ahead[0] if ahead else None


def sent_back(drawn: Sequence[int], wrong: Iterable[int], limit_percent: float) -> bool:
    """Return whether a checked sample sends its village back: more of it is wrong than policy allows.

    Args:
        drawn: the visits of the sample.
        wrong: the visits found wrong; others than the sample's do not count.
        limit_percent: policy `siklus.sampel`, `gagal_persen`.
    """
    return len(set(drawn) & set(wrong)) * 100 > limit_percent * len(drawn)
