"""What a family receives in a period (whole rupiah) and when a refused card is ordered again. Pure functions.

Source: domain section 5, table of PKH components: at most so many persons, pregnancies and small children; the last
period of a year takes what integer division left over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Amount:
    """What is due, and which components it is made of (component -> number of persons)."""

    rupiah: int
    komponen: Mapping[str, int]


def parse_period(period: int) -> tuple[int, int]:
    """Return (year, number within the year) of a period such as 202604, PKH's fourth tahap of 2026."""
    return divmod(period, 100)


def ordered_again(times: int, last: datetime, pauses_days: Sequence[int]) -> datetime:
    """Return when a card that was refused `times` times (from 1), the last time at `last`, is ordered again.

    `pauses_days` holds the pause after each refusal in days; the last one also follows every later refusal.
    """
    return last + timedelta(days=pauses_days[min(times, len(pauses_days)) - 1])


def share_of_year(per_year_rp: int, number: int, periods: int) -> int:
    """Return the part of a yearly amount that falls into period `number` (from 1) of `periods`, in whole rupiah."""
    even = per_year_rp // periods
    return even if number < periods else per_year_rp - even * (periods - 1)


def pkh_amount(
    members: Sequence[Sequence[str]],
    period: int,
    *,
    per_year_rp: Mapping[str, int],
    limits: Mapping[str, int],
    months: int,
) -> Amount:
    """Return what one family receives from PKH for one period.

    Args:
        members: for each member the components he fulfils; the dearest one counts, once per person.
        period: e.g. 202604.
        per_year_rp: component -> rupiah per year (policy `pkh.komponen`).
        limits: ``orang`` and components -> how many persons count at most (policy `pkh.batas`).
        months: how many months a period covers (policy `periode.PKH`).
    """
    _, number = parse_period(period)
    dearest = sorted(
        (max(fulfilled, key=lambda name: per_year_rp[name]) for fulfilled in members if fulfilled),
        key=lambda name: -per_year_rp[name],
    )
    counted: Counter[str] = Counter()
    for name in dearest:
        if sum(counted.values()) < limits["orang"] and counted[name] < limits.get(name, limits["orang"]):
            counted[name] += 1
    rupiah = sum(n * share_of_year(per_year_rp[name], number, MONTHS // months) for name, n in counted.items())
    return Amount(rupiah, dict(counted))


def monthly_amount(per_month_rp: int, months: int) -> Amount:
    """Return what a programme with one amount per family and month pays for a period of `months`."""
    return Amount(per_month_rp * months, {})
