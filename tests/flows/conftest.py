"""What tests of flows share: one simulator process, and a stage of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flows.interrupt import scissors
from tests.flows.outside import Simulator
from tests.flows.stage import Stage
from tests.support.world import World

__all__ = ["scissors"]


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """One simulator for all tests of a session, in a process of its own."""
    running = Simulator(tmp_path_factory.mktemp("luar"))
    yield running
    running.close()


@pytest.fixture
def sim(simulator_process: Simulator) -> Simulator:
    """The simulator, with nobody living and nothing done yet."""
    simulator_process.begin()
    return simulator_process


@pytest.fixture
def stage(world: World, sim: Simulator) -> Stage:
    """Everything a flow needs to work on."""
    return Stage(world, sim)
