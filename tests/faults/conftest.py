"""What tests of faults share: the stage of flows, and an installation, started once: it takes half a minute."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.installation import Installation, installed
from tests.faults.lists import Engine
from tests.flows.conftest import sim, simulator_process, stage
from tests.flows.interrupt import scissors

__all__ = ["scissors", "sim", "simulator_process", "stage"]

LEASE_S = 6
"""Short enough to wait for, long enough for one step of a flow on a busy machine."""


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """An installation of a small demo, whose operator wants a silent run to be replaced soon."""
    with installed(f"ALUR_LEASE_SECONDS={LEASE_S}\n") as made:
        made.start()
        yield made


@pytest.fixture(scope="module")
def running(installation: Installation) -> Iterator[Engine]:
    engine = Engine(installation)
    engine.early_in_the_month()
    yield engine
    engine.close()


@pytest.fixture
def engine(running: Engine) -> Iterator[Engine]:
    """The engine with nothing out of order; a test that put something out of order need not mend it."""
    running.faults()
    yield running
    running.faults()
    running.site.until_ready()
