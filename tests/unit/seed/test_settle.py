"""Who lives where in a demo, and who stands in a village's lists."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from alur.seed.population import PopulationWriter
from alur.settle import NATION, REGISTERED, Population, inhabitants, shared_out, villages_of

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


def test_a_nation_lives_where_its_people_do() -> None:
    """Every provinsi, from Jawa Barat to Papua Selatan, has its share of families, and nobody is left over."""
    people = Population.of(20_000, NATION)
    everybody = [family for _, family in people.families(TODAY)]
    assert len(everybody) == 20_000
    lived = Counter(family.truth.kode_desa // 10**8 for family in everybody)
    whole = sum(inhabitants().values())
    assert set(lived) == set(inhabitants()) == {village // 10**8 for village in villages_of(NATION)}
    lists = (people.lists - 1) * 18 * 2
    for province, thousands in inhabitants().items():
        assert abs(lived[province] - 20_000 * thousands / whole) <= 1 + lists
    assert lived[32] / lived[93] == pytest.approx(inhabitants()[32] / inhabitants()[93], rel=0.05)
    # Picked over the whole provinsi, and not the first kabupaten of each.
    assert len({family.truth.kode_desa // 10**6 for family in everybody}) > 400
    cards = {family.truth.no_kk for family in everybody}
    assert len(cards) == 20_000


def test_what_is_shared_out_is_all_there_is() -> None:
    assert shared_out(10, {1: 1, 2: 1, 3: 1}) == {1: 4, 2: 3, 3: 3}
    assert shared_out(0, {1: 5, 2: 0}) == {1: 0, 2: 0}
    assert shared_out(7, {1: 5, 2: 0}) == {1: 7, 2: 0}
    for total in (1, 37, 1_000_000):
        assert sum(shared_out(total, inhabitants()).values()) == total


def test_memory_does_not_grow_with_the_families(tmp_path: Path) -> None:
    """Inventing and filing five times as many families takes as much memory at its peak."""

    def peak_bytes(count: int) -> int:
        with PopulationWriter(tmp_path / f"{count}.sqlite") as population:
            families = Population.of(30_000, NATION).families(TODAY)
            for _, family in islice(families, 1000):
                population.add(family)
            tracemalloc.start()
            for _, family in islice(families, count):
                population.add(family)
            return tracemalloc.get_traced_memory()[1]

    try:
        assert peak_bytes(5_000) < 1.1 * peak_bytes(1_000) + 200_000
    finally:
        tracemalloc.stop()
