"""Pictures as inline SVG: shapes worked out here, drawn by `gambar.html`, told again as a table beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 600
"""Units across; a picture stretches to its column."""
_LEAST = 1.0
"""Units that a part which is not nothing gets at least, so that it can be seen."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a bar: its words, its value, its shade (1 to 6), and where it lies across."""

    label: str
    value: int
    shade: int
    x: float = 0.0
    width: float = 0.0


def stacked(parts: Sequence[Part], *, most: int | None = None) -> list[Part]:
    """Return the parts of one bar with their places; `most` is the value of the whole width, else their sum."""
    whole = sum(part.value for part in parts) if most is None else most
    placed: list[Part] = []
    x = 0.0
    for part in parts:
        if part.value <= 0 or whole <= 0:
            continue
        width = max(_LEAST, part.value * WIDTH / whole)
        width = min(width, WIDTH - x)
        placed.append(Part(part.label, part.value, part.shade, round(x, 2), round(width, 2)))
        x += width
    return placed
