"""One figure: what was measured, what the limit did in the same rounds, and how far they scattered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Literal

Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value beside the limit of the same run, or alone where nothing bounds it (a wait, memory).

    `ratio` is value / limit, the median of the rounds; `spread` is (largest - smallest) / median of those ratios, or
    of the values where there is no limit. `target` is what the ratio, or the value where there is no limit, must reach
    (``higher``) or must not exceed (``lower``); None where it is only told.
    """

    name: str
    value: float
    unit: str
    limit: float | None
    ratio: float | None
    target: float | None
    better: Better
    spread: float

    @property
    def reached(self) -> bool:
        """Whether the target is met; a figure without one always is."""
        if self.target is None:
            return True
        judged = self.value if self.ratio is None else self.ratio
        return judged >= self.target if self.better == "higher" else judged <= self.target

    def as_dict(self) -> dict[str, Any]:
        """Return the figure as JSON writes it, numbers to four digits."""
        return {
            key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in asdict(self).items()
        }


def from_rounds(
    name: str,
    unit: str,
    rounds: Sequence[tuple[float, float]],
    *,
    target: float | None = None,
    better: Better = "higher",
) -> Figure:
    """Return the figure of some (value, limit) rounds."""
    ratios = [value / limit for value, limit in rounds]
    middle = median(ratios)
    return Figure(
        name=name,
        value=median(value for value, _ in rounds),
        unit=unit,
        limit=median(limit for _, limit in rounds),
        ratio=middle,
        target=target,
        better=better,
        spread=(max(ratios) - min(ratios)) / middle,
    )


def alone(
    name: str, unit: str, values: Sequence[float], *, target: float | None = None, better: Better = "lower"
) -> Figure:
    """Return the figure of some values that have no limit beside them."""
    middle = median(values)
    spread = (max(values) - min(values)) / abs(middle) if middle else 0.0
    return Figure(name, middle, unit, None, None, target, better, spread)


def interleaved(count: int, value: Callable[[], float], limit: Callable[[], float]) -> list[tuple[float, float]]:
    """Take `count` rounds, value and limit in turn, the first to go alternating."""
    rounds = []
    for number in range(count):
        if number % 2:
            bound = limit()
            rounds.append((value(), bound))
        else:
            measured = value()
            rounds.append((measured, limit()))
    return rounds
