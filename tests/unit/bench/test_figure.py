"""What a figure says of itself, and when it reaches its target."""

from __future__ import annotations

import pytest

from bench.figure import alone, from_rounds


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    figure = from_rounds("pace", "cases/s", [(10, 20), (30, 40), (90, 100)], target=0.75)
    assert (figure.value, figure.limit, figure.ratio) == (30, 40, 0.75)
    assert figure.spread == pytest.approx(0.4 / 0.75)
    assert figure.reached
    assert not from_rounds("pace", "cases/s", [(1, 2)], target=0.51).reached


def test_a_figure_without_a_limit_is_judged_by_its_value() -> None:
    waits = alone("wait", "ms", [20.0, 40.0, 31.0], target=30)
    assert (waits.value, waits.limit, waits.ratio, waits.better) == (31.0, None, None, "lower")
    assert waits.spread == pytest.approx(20 / 31)
    assert not waits.reached
    assert alone("wait", "ms", [29.0], target=30).reached
    assert alone("grown", "B", [0.0]).spread == 0
    assert waits.as_dict()["limit"] is None
