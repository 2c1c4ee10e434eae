"""A real simulator on loopback for the tests of ports: one per session."""

import socket
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from itertools import count

import httpx
import pytest
import uvicorn

from integrations.connect import Outside, connect
from integrations.simulator import create_app
from tests.unit.integrations.people import QUICK, QUIET, TODAY, Sim, make_population, wait_ready

_keys = count()


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """A job key no other test uses."""
    return f"{request.node.name[:80]}-{next(_keys)}"


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sim]:
    """One simulator for all tests of a session, under uvicorn in a thread."""
    folder = tmp_path_factory.mktemp("simulator")
    population = make_population(folder / "population.sqlite")
    app = create_app(population, folder / "state.sqlite")
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none", timeout_graceful_shutdown=1))
    # The protocol is named because asyncio turns Nagle's delay (40 ms an answer) off only then.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    wait_ready(url)
    with httpx.Client(base_url=url, trust_env=False) as control:
        yield Sim(url, population, control)
    server.should_exit = True
    thread.join(10)
    sock.close()


@pytest.fixture
def sim(simulator_process: Sim) -> Iterator[Sim]:
    """The simulator with nothing left to chance and no faults, before and after."""
    simulator_process.rates(**QUIET, seed=1)
    simulator_process.clock(TODAY)
    simulator_process.faults_by({})
    yield simulator_process
    simulator_process.faults_by({})
    db = sqlite3.connect(simulator_process.population)
    db.execute("DELETE FROM scenario")
    db.commit()
    db.close()


@pytest.fixture
async def outside(sim: Sim) -> AsyncIterator[Outside]:
    """Every port, pointed at the simulator, with little patience."""
    async with connect(sim.url, options=QUICK) as ports:
        yield ports
