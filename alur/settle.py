"""Who lives where in a demo, and which families stand in a village's lists instead of the register."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from alur.seed.generate import generate
from alur.seed.model import Family
from models.region.data import known_codes
from models.region.rules import contains

SEED = 20260817
NATION = 0
"""Instead of a region's code: all provinces, each with its share of the population."""
REGISTERED = 0
"""The number of no list: these families were registered before."""

_LISTED_VILLAGES = 2
_VISITED_VILLAGES = 2
_LIST_FAMILIES = 18
"""Families in one list: enough to show everything that a list goes through."""
_VILLAGE_FAMILIES = 17
_LISTS_MOST = 4
"""Lists per village; the story needs a new one every time it is played."""
_FAMILIES_PER_LIST = 200
"""In a population this small, one list per village is one tenth of it or more."""
_VILLAGE_DIGITS = 10


def villages_of(region: int) -> list[int]:
    """Return the villages below a region, by code; all of them for `NATION`."""
    villages = (code for code in known_codes() if len(str(code)) == _VILLAGE_DIGITS)
    return sorted(code for code in villages if region == NATION or contains(region, code))


@cache
def inhabitants() -> Mapping[int, int]:
    """Return the inhabitants of each provinsi by its code, thousands; source in `seed/data/penduduk.toml`."""
    raw = tomllib.loads(files("alur.seed").joinpath("data", "penduduk.toml").read_text("utf-8"))
    return {int(code): thousands for code, thousands in raw.items()}


def shared_out(total: int, weights: Mapping[int, int]) -> dict[int, int]:
    """Divide `total` by weight in whole numbers; what is left over goes where the remainders are largest."""
    whole = sum(weights.values())
    shares = {key: total * weight // whole for key, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda key: (-(total * weights[key] % whole), key))
    for key in by_remainder[: total - sum(shares.values())]:
        shares[key] += 1
    return shares


def _spread(families: int, villages: Sequence[int]) -> dict[int, int]:
    """Settle families in as many of these villages as they fill, evenly picked over the whole list."""
    filled = min(len(villages), -(-families // _VILLAGE_FAMILIES))
    each, rest = divmod(families, max(1, filled))
    return {villages[n * len(villages) // filled]: each + (n < rest) for n in range(filled)}


def _nationwide(families: int) -> dict[int, int]:
    """Settle families in villages of every provinsi by its population."""
    provinces: dict[int, list[int]] = defaultdict(list)
    for village in villages_of(NATION):
        provinces[village // 10**8].append(village)
    settled: dict[int, int] = {}
    for province, count in shared_out(families, inhabitants()).items():
        settled |= _spread(count, provinces[province])
    return dict(sorted(settled.items()))


@dataclass(frozen=True, slots=True)
class Population:
    """The families of a demo: how many, in which villages, and how many lists its listed villages will send."""

    households: int
    villages: tuple[int, ...]
    lists: int
    more: Mapping[int, int]
    """Families that some villages have beyond an equal share, as `alur.seed.generate` takes them."""

    @classmethod
    def of(cls, households: int, region: int) -> Population:
        """Settle families in a region: in all its villages, or in its first ones where there are too few for all.

        In the `NATION` each provinsi gets its share of the population, in villages picked evenly over all of it.
        """
        lists = max(1, min(_LISTS_MOST, households // _FAMILIES_PER_LIST))
        listed_more = (lists - 1) * _LIST_FAMILIES
        shared = households - listed_more * _LISTED_VILLAGES
        if region != NATION:
            villages = villages_of(region)[: max(_LISTED_VILLAGES, shared // _VILLAGE_FAMILIES)]
            return cls(households, tuple(villages), lists, dict.fromkeys(villages[:_LISTED_VILLAGES], listed_more))
        settled = _nationwide(shared)
        more = {v: n + listed_more * (place < _LISTED_VILLAGES) for place, (v, n) in enumerate(settled.items())}
        return cls(households, tuple(settled), lists, more)

    @property
    def listed(self) -> tuple[int, ...]:
        """The villages that send lists."""
        return self.villages[:_LISTED_VILLAGES]

    @property
    def visited(self) -> tuple[int, ...]:
        """Further villages with somebody at their head: those that a verval cycle visits."""
        return self.villages[_LISTED_VILLAGES : _LISTED_VILLAGES + _VISITED_VILLAGES]

    def families(self, today: date) -> Iterator[tuple[int, Family]]:
        """Yield every family with the number of its village's list it stands in (from 1), or `REGISTERED`.

        The same numbers make the same people, as long as they are reckoned for the same day.
        """
        seen = dict.fromkeys(self.listed, 0)
        for family in generate(self.households, self.villages, SEED, today, more=self.more):
            village = family.truth.kode_desa
            place = seen.get(village, self.lists * _LIST_FAMILIES)
            if place >= self.lists * _LIST_FAMILIES:
                yield REGISTERED, family
                continue
            seen[village] += 1
            yield 1 + place // _LIST_FAMILIES, family
