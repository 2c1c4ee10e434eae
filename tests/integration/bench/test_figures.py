"""Figures of the bench that need no process of their own run, small: one that does not run is none."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from bench.figures import FIGURES, take
from bench.place import place
from bench.run import Run


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """One round of everything at a five-hundredth of its size, on a server of its own."""
    with place() as spot:
        yield Run(spot, rounds=1, scale=0.002)


WHOLE = {"http_approve", "gate_wake", "memory", "tahap"}
"""Figures that start an API, a Prefect server or an engine: minutes each, and run by `python -m bench --only` alone."""
NAMES = ["replay", *sorted(set(FIGURES) - WHOLE)]
"""The log is replayed before anything was moved, and again afterwards."""


@pytest.mark.parametrize("name", NAMES)
def test_the_figure_is_taken(run: Run, name: str) -> None:
    figures = take(run, name)
    assert figures
    for figure in figures:
        told = figure.as_dict()
        assert set(told) == {"name", "value", "unit", "limit", "ratio", "target", "better", "spread"}
        assert figure.name
        assert figure.unit
        assert figure.better in {"higher", "lower"}
        assert math.isfinite(figure.value)
        assert (figure.limit is None) == (figure.ratio is None)
        if figure.limit is not None:
            assert figure.value > 0 < figure.limit
