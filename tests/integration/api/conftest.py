"""One database, one running application and one world per test process; each test acts in a place of its own."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from itertools import groupby, zip_longest

import pytest
import pytest_asyncio

from models.region.commands import load_regions
from models.region.data import known_codes
from tests.integration.api.kit import DOCUMENTS, Place, Site, running, settings
from tests.support.server import TestServer
from tests.support.world import World


@pytest.fixture(scope="session")
def shared(server: TestServer) -> Iterator[str]:
    """The administrator's DSN of the database that these tests share."""
    dsn = server.fresh()
    yield dsn
    server.drop(dsn)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def crowd(shared: str) -> AsyncIterator[World]:
    """The world in the shared database."""
    async with World(shared) as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def country(crowd: World) -> None:
    """Every region of the country, for tests that look them up."""
    await load_regions(crowd.admin)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def site(shared: str, crowd: World) -> AsyncIterator[Site]:
    """The application over the shared database."""
    async with running(settings(shared)) as made:
        yield made
    shutil.rmtree(DOCUMENTS, ignore_errors=True)


def _sites() -> Iterator[tuple[int, int]]:
    """Two villages of one kecamatan, from one kabupaten after the other, and then from the next kecamatan of each."""
    villages = sorted(code for code in known_codes() if code > 10**9)
    pairs = [tuple(near)[:2] for _, near in groupby(villages, lambda code: code // 10**4)]
    of_kabupaten = [list(some) for _, some in groupby(pairs, lambda pair: pair[0] // 10**6)]
    for turn in zip_longest(*([pair for pair in some if len(pair) == 2] for some in of_kabupaten)):
        yield from (pair for pair in turn if pair)


@pytest.fixture(scope="session")
def places(crowd: World, site: Site) -> Iterator[Place]:
    """Villages in kabupaten of their own, one after the other; the first kabupaten is far from all of them.

    A process that runs more tests than there are kabupaten begins again in their next kecamatan.
    """
    sites = _sites()
    far, _ = next(sites)
    return (Place(crowd, site.http, village, neighbour, far) for village, neighbour in sites)


@pytest.fixture(scope="session")
def home(places: Iterator[Place]) -> Place:
    """A village for tests that leave nothing behind."""
    return next(places)


@pytest.fixture
def place(places: Iterator[Place]) -> Place:
    """A village that no other test uses."""
    return next(places)
