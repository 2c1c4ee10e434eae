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


_ALONE = 20
"""So many kabupaten are kept for tests that count all of one."""


def _kabupaten() -> list[list[tuple[int, int]]]:
    """Two villages of each kecamatan, by kabupaten."""
    villages = sorted(code for code in known_codes() if code > 10**9)
    near = [list(some)[:2] for _, some in groupby(villages, lambda code: code // 10**4)]
    pairs = [(pair[0], pair[1]) for pair in near if len(pair) == 2]
    return [list(some) for _, some in groupby(pairs, lambda pair: pair[0] // 10**6)]


@pytest.fixture(scope="session")
def places(crowd: World, site: Site) -> Iterator[Place]:
    """Villages of one kabupaten after the other, and then of the next kecamatan of each; the first is far from all."""
    (far, _), *_ = _kabupaten()[0]
    turns = zip_longest(*_kabupaten()[1:-_ALONE])
    return (Place(crowd, site.http, pair[0], pair[1], far) for turn in turns for pair in turn if pair)


@pytest.fixture(scope="session")
def places_alone(crowd: World, site: Site) -> Iterator[Place]:
    """Villages in kabupaten where no other test leaves anything."""
    (far, _), *_ = _kabupaten()[0]
    return (Place(crowd, site.http, pairs[0][0], pairs[0][1], far) for pairs in _kabupaten()[-_ALONE:])


@pytest.fixture(scope="session")
def home(places: Iterator[Place]) -> Place:
    """A village for tests that leave nothing behind."""
    return next(places)


@pytest.fixture
def place(places: Iterator[Place]) -> Place:
    """A village that no other test uses."""
    return next(places)
