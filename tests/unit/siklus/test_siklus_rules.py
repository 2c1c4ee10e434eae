"""When cycles are due, and when a sample sends its village back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.policy.seeds import entries
from models.siklus.rules import due, next_planned, planned, sent_back

DATES = dict(entries())["siklus.tanggal"]
DAYS = st.dates(date(2025, 1, 1), date(2035, 12, 31))


def test_policy_dates_two_cycles_a_year() -> None:
    assert [(c.period, c.mulai, c.selesai) for c in planned(DATES, 2027)] == [
        (202702, date(2027, 2, 1), date(2027, 4, 30)),
        (202708, date(2027, 8, 1), date(2027, 10, 31)),
    ]


def test_a_cycle_may_end_in_the_next_year() -> None:
    [cycle] = planned([{"nomor": 1, "mulai": "12-01", "selesai": "02-29"}], 2026)
    assert (cycle.mulai, cycle.selesai) == (date(2026, 12, 1), date(2027, 2, 28))


@pytest.mark.parametrize(
    ("today", "periods"),
    [
        (date(2026, 12, 17), []),
        (date(2026, 12, 18), [202702]),
        (date(2027, 2, 1), [202702]),
        (date(2027, 4, 30), [202702]),
        (date(2027, 5, 1), []),
        (date(2027, 6, 17), [202708]),
    ],
)
def test_a_cycle_is_due_ahead_of_its_day_and_until_its_end(today: date, periods: list[int]) -> None:
    assert [cycle.period for cycle in due(DATES, today, 45)] == periods


@given(DAYS, st.integers(0, 120))
def test_no_day_forgets_a_cycle(today: date, ahead: int) -> None:
    """Whatever day nothing ran on, the cycle is due on the day before it begins and on each day it runs."""
    for cycle in planned(DATES, today.year):
        for day in (cycle.mulai - timedelta(days=ahead), cycle.mulai, cycle.selesai):
            assert cycle in due(DATES, day, ahead)
        assert cycle not in due(DATES, cycle.selesai + timedelta(days=1), 0)


@given(DAYS)
def test_the_next_cycle_is_always_known(today: date) -> None:
    ahead = next_planned(DATES, today)
    assert ahead is not None
    assert today < ahead.mulai <= today + timedelta(days=184)


def test_without_dates_nothing_is_due() -> None:
    assert due([], date(2027, 2, 1), 45) == []
    assert next_planned([], date(2027, 2, 1)) is None


@pytest.mark.parametrize(
    ("drawn", "wrong", "back"),
    [(10, 0, False), (10, 1, False), (10, 2, True), (5, 1, True), (20, 2, False), (20, 3, True), (0, 0, False)],
)
def test_more_than_a_tenth_wrong_sends_the_village_back(drawn: int, wrong: int, back: bool) -> None:
    visits = list(range(drawn))
    assert sent_back(visits, visits[:wrong], 10) is back


@given(st.sets(st.integers(1, 99), min_size=1), st.sets(st.integers(1, 99)))
def test_only_the_sample_counts(drawn: set[int], wrong: set[int]) -> None:
    inside = len(drawn & wrong)
    assert sent_back(sorted(drawn), wrong, 10) is (inside / len(drawn) > 0.1)
