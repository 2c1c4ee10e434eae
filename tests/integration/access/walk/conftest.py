"""One country for the whole walk, and an application through which nothing lasts."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio

from alur.logs import configure
from models.database import sync_connect
from models.signin import rules
from tests.integration.access.kit import HASH, PASSWORD, Phone
from tests.integration.access.walk.asking import Walk, undo
from tests.integration.access.walk.country import Country
from tests.integration.access.walk.people import Person
from tests.integration.access.walk.staff import people
from tests.integration.access.walk.things import Ledger
from tests.integration.api.kit import BASE, DOCUMENTS, Site, running, settings
from tests.support.server import TestServer
from tests.support.world import World

ELSEWHERE = ("203.0.113.9", 40000)
"""From where the walk asks: not from this machine."""


@pytest.fixture(scope="session")
def walked_dsn(server: TestServer) -> Iterator[str]:
    """The DSN of the country's database."""
    dsn = server.fresh()
    yield dsn
    server.drop(dsn)
    shutil.rmtree(DOCUMENTS, ignore_errors=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def settled(walked_dsn: str) -> AsyncIterator[tuple[Country, list[Person]]]:
    """The country with everything in it, and everybody who asks."""
    with sync_connect(walked_dsn) as owner:
        async with World(walked_dsn) as world:
            country = Country(world, Ledger(world.admin), owner)
            await country.settle()
            everybody = await people(country)
            await country.ledger.begin()  # what the walk itself writes belongs to nothing
            yield country, everybody


@pytest.fixture(scope="session")
def country(settled: tuple[Country, list[Person]]) -> Country:
    return settled[0]


@pytest.fixture(scope="session")
def everybody(settled: tuple[Country, list[Person]]) -> list[Person]:
    return settled[1]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def walked_site(walked_dsn: str, settled: object) -> AsyncIterator[Site]:
    """The application over the country."""
    configure("WARNING")  # a line for each of thousands of requests hides what went wrong
    async with running(settings(walked_dsn)) as made:
        object.__setattr__(made.app.state.site, "telegram", Phone())
        undo(made.app)
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def walk(walked_site: Site, country: Country, everybody: list[Person]) -> AsyncIterator[Walk]:
    """Everybody, asking."""
    transport = httpx.ASGITransport(walked_site.app, raise_app_exceptions=False, client=ELSEWHERE)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
        yield Walk(http, everybody, country.ledger)


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge passwords without Argon2: what it costs is measured elsewhere, and here asked for hundreds of times."""
    monkeypatch.setattr(rules, "verify_password", lambda typed, stored: (bool(stored) and typed == PASSWORD, None))
    monkeypatch.setattr(rules, "hash_password", lambda _: HASH)
