"""Chance that is the same on every machine: everything is drawn from `random.Random.random`, which never changes."""

import math
import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from statistics import NormalDist
from typing import Generic, TypeVar

T = TypeVar("T")

_NORMAL = NormalDist()


def share_below(z: float) -> float:
    """Return the share (0 to 1) of a standard normal population that lies below `z`."""
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))


class Weighted(Generic[T]):
    """Things with weights, ready to be drawn from; weights need not sum to anything."""

    def __init__(self, weights: Mapping[T, float]) -> None:
        self.things = tuple(weights)
        sums = list(accumulate(weights.values()))
        self._bounds = [one / sums[-1] for one in sums[:-1]]

    def at(self, quantile: float) -> T:
        """Return the thing that stands at a quantile (0 to 1) of the order given."""
        return self.things[bisect_right(self._bounds, quantile)]


class Chance:
    """One stream of chance, begun from words: the same words give the same stream."""

    def __init__(self, *words: object) -> None:
        self.random = random.Random(":".join(map(str, words))).random  # noqa: S311  invented people, not secrets

    def happens(self, share: float) -> bool:
        """True in `share` (0 to 1) of the cases."""
        return self.random() < share

    def below(self, limit: int) -> int:
        """Return a whole number from 0 up to, not including, `limit`."""
        return int(self.random() * limit)

    def pick(self, things: Sequence[T]) -> T:
        """Return one of several things, all alike."""
        return things[int(self.random() * len(things))]

    def draw(self, weighted: Weighted[T]) -> T:
        """Return one of several things by weight."""
        return weighted.at(self.random())

    def normal(self, mean: float = 0.0, deviation: float = 1.0) -> float:
        """Return a normally distributed number."""
        return mean + deviation * _NORMAL.inv_cdf(self.random() or 0.5)
