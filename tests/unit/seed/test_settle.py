"""Who lives where in a demo, and who stands in a village's lists."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from alur.settle import REGISTERED, Population, villages_of

BANDUNG = 3204
TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(("households", "lists"), [(200, 1), (400, 2), (799, 3), (800, 4), (5000, 4)])
def test_every_list_is_worth_sending(households: int, lists: int) -> None:
    """However small the population: two villages, and in each of their lists enough families for a story."""
    people = Population.of(households, BANDUNG)
    places = Counter((number, family.truth.kode_desa) for number, family in people.families(TODAY))
    assert sum(places.values()) == households
    listed = {place: n for place, n in places.items() if place[0] != REGISTERED}
    assert set(listed) == {(number, village) for number in range(1, lists + 1) for village in people.listed}
    assert min(listed.values()) >= 17
    assert sum(listed.values()) <= households / 5


def test_a_large_population_lives_in_every_village() -> None:
    people = Population.of(5000, BANDUNG)
    assert list(people.villages) == villages_of(BANDUNG)
    assert {family.truth.kode_desa for _, family in people.families(TODAY)} == set(people.villages)


@pytest.mark.parametrize("households", [1, 30, 200])
def test_a_village_alone_has_its_list(households: int) -> None:
    village = villages_of(BANDUNG)[0]
    people = Population.of(households, village)
    assert people.listed == (village,)
    numbers = Counter(number for number, _ in people.families(TODAY))
    assert numbers == Counter({1: min(18, households), REGISTERED: max(0, households - 18)})


def test_lists_of_a_village_are_of_different_families() -> None:
    people = Population.of(800, BANDUNG)
    cards = [family.truth.no_kk for number, family in people.families(TODAY) if number != REGISTERED]
    assert len(cards) == len(set(cards)) >= 4 * 2 * 17
