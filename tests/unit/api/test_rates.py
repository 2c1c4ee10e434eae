"""How often one key is welcome."""

from __future__ import annotations

import pytest

from api.rates import Rate


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_of_a_minute_then_evenly() -> None:
    clock = Clock()
    rate = Rate(60, clock)
    assert [rate.take("a") for _ in range(60)] == [0.0] * 60
    assert rate.take("a") == pytest.approx(1.0)
    clock.now += 0.5
    assert rate.take("a") == pytest.approx(0.5), "asking too soon costs nothing"
    clock.now += 0.5
    assert rate.take("a") == 0.0
    assert rate.take("a") > 0
    clock.now += 3600
    assert [rate.take("a") for _ in range(61)].count(0.0) == 60, "rest is not saved up beyond a minute"


@pytest.mark.parametrize("per_minute", [1, 7, 1200, 12_000])
def test_over_an_hour_never_more_than_the_minute_s_burst_and_the_hour_s_flow(per_minute: int) -> None:
    clock = Clock()
    rate = Rate(per_minute, clock)
    allowed = 0
    for _ in range(36_000):
        allowed += rate.take("a") == 0.0
        clock.now += 0.1
    assert allowed == min(36_000, per_minute * 61) or abs(allowed - per_minute * 61) <= 1


def test_none_is_no_limit() -> None:
    rate = Rate(0)
    assert {rate.take("a") for _ in range(10_000)} == {0.0}


def test_memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.rates._KEYS_MOST", 100)
    clock = Clock()
    rate = Rate(10, clock)
    for n in range(1000):
        rate.take(n)
        assert len(rate._full_at) <= 100
    clock.now += 3600
    rate.take("a")
    rate.take("b")
    assert rate._full_at.keys() >= {"a", "b"}
