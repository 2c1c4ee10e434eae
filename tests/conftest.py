"""What tests share: one PostgreSQL server, and a world of its own for each test."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.server import TestServer
from tests.support.world import World


@pytest.fixture(scope="session")
def server() -> Iterator[TestServer]:
    """A PostgreSQL server with an installed template database."""
    running = TestServer()
    yield running
    running.close()


@pytest.fixture
def database(server: TestServer) -> Iterator[str]:
    """The administrator's DSN of a fresh, installed database."""
    dsn = server.fresh()
    yield dsn
    server.drop(dsn)


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    """People, families and the door, in a database of this test's own."""
    async with World(database) as made:
        yield made
