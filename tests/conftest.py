"""What tests share: one PostgreSQL server, and a world of its own for each test."""

import gc
import os
from collections.abc import AsyncIterator, Iterator

import pytest

from models.signin import rules as signin_rules
from tests.support.passwords import cheap_hasher
from tests.support.server import TestServer
from tests.support.world import World

gc.set_threshold(100_000, 50, 100)
"""Seven thousand tests with all they import are looked through in vain: collecting as seldom as this takes a quarter
less time until the first test."""

setattr(signin_rules, "hasher", cheap_hasher)  # noqa: B010 -- a plain assignment mypy takes for a slip

LONGEST = ("tests/flows/test_year.py", "tests/faults/test_engine.py", "tests/e2e/")
"""What takes minutes in one piece: begun last, it would keep one process busy while the others have nothing left."""


def pytest_xdist_auto_num_workers() -> int:
    """Run one process more than there are cores: the tests of whole installations mostly wait for them."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin the longest first, in this order."""
    items.sort(key=lambda item: next((n for n, long in enumerate(LONGEST) if item.nodeid.startswith(long)), 99))


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
