"""Random moments of running batches: something is killed, lost or moved, and nothing is lost, doubled or half-done.

A few rounds of every scenario in `make test`; hundreds in `make test-slow`. A failure tells its seed.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.breaks import JumpClock, Kill, LoseAnswer
from tests.faults.plant import Plant
from tests.faults.plays import Tahap, VillageList
from tests.faults.scenario import Scenario

ROUNDS_SLOW = 25
"""Of every scenario in the slow suite."""

SCENARIOS = (
    Scenario("carrier killed, list", VillageList, Kill(("carrier",))),
    Scenario("carrier killed, tahap", Tahap, Kill(("carrier",)), times=4),
    Scenario("api killed, list", VillageList, Kill(("api",))),
    Scenario("api killed, tahap", Tahap, Kill(("api",))),
    Scenario("simulator killed, list", VillageList, Kill(("simulator",))),
    Scenario("simulator killed, tahap", Tahap, Kill(("simulator",))),
    Scenario("postgres killed, list", VillageList, Kill(("postgres",))),
    Scenario("postgres killed, tahap", Tahap, Kill(("postgres",))),
    Scenario("session killed, tahap", Tahap, Kill(("backend",)), times=3),
    Scenario("power cut, tahap", Tahap, Kill(("postgres", "simulator", "carrier", "api"))),
    Scenario("answer of the database lost, list", VillageList, LoseAnswer("database"), times=6),
    Scenario("answer of the database lost, tahap", Tahap, LoseAnswer("database"), times=8),
    Scenario("answer of the API lost, tahap", Tahap, LoseAnswer("api"), times=4),
    Scenario("clock jumps and carrier killed, tahap", Tahap, JumpClock(600), times=3),
)


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    made = Plant(tmp_path_factory.mktemp("pabrik"))
    yield made
    made.close()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_it_ends_right_all_the_same(plant: Plant, scenario: Scenario) -> None:
    scenario.round(plant, 0)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, ROUNDS_SLOW + 1))
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_it_ends_right_again_and_again(plant: Plant, scenario: Scenario, number: int) -> None:
    scenario.round(plant, number)
