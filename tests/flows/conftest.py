"""What tests of flows share: one simulator process, and a stage of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from models.install import role_dsn
from models.settings import settings
from tests.flows.clock import Clock, Kept
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


@pytest.fixture
async def engine(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Clock]:
    """Prefect's clock over the stage, which is the settings of this process: whole flows run on it.

    One connection serves all runs, as in a worker that keeps its own: planning anew costs more than the work.
    """
    monkeypatch.setenv("ALUR_WORKER_DATABASE_URL", role_dsn(stage.world.admin_dsn, "alur_worker"))
    monkeypatch.setenv("ALUR_PORTS_URL", stage.sim.url)
    settings.cache_clear()
    kept = Kept()
    for module in ("flows.work", "flows.standing", "flows.kabar"):
        monkeypatch.setattr(f"{module}.{'connect_database' if module == 'flows.work' else 'connect'}", kept.connect)
    yield Clock(stage)
    await kept.close()
    settings.cache_clear()
