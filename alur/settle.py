"""Who lives where in a demo, and which families stand in a village's lists instead of the register."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from alur.seed.generate import generate
from alur.seed.model import Family
from models.region.data import known_codes
from models.region.rules import contains

SEED = 20260817
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
    """Return the villages below a region, by code."""
    return sorted(c for c in known_codes() if len(str(c)) == _VILLAGE_DIGITS and contains(region, c))


@dataclass(frozen=True, slots=True)
class Population:
    """The families of a demo: how many, in which villages, and how many lists its listed villages will send."""

    households: int
    villages: tuple[int, ...]
    lists: int

    @classmethod
    def of(cls, households: int, region: int) -> Population:
        """Settle families in a region: in all its villages, or in its first ones where there are too few for all."""
        lists = max(1, min(_LISTS_MOST, households // _FAMILIES_PER_LIST))
        shared = households - (lists - 1) * _LIST_FAMILIES * _LISTED_VILLAGES
        villages = villages_of(region)[: max(_LISTED_VILLAGES, shared // _VILLAGE_FAMILIES)]
        return cls(households, tuple(villages), lists)

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
        more = dict.fromkeys(self.listed, (self.lists - 1) * _LIST_FAMILIES)
        seen = dict.fromkeys(self.listed, 0)
        for family in generate(self.households, self.villages, SEED, today, more=more):
            village = family.truth.kode_desa
            place = seen.get(village, self.lists * _LIST_FAMILIES)
            if place >= self.lists * _LIST_FAMILIES:
                yield REGISTERED, family
                continue
            seen[village] += 1
            yield 1 + place // _LIST_FAMILIES, family
