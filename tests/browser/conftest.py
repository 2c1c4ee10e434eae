"""A browser, and the console over a real port with a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from models.database import sync_connect
from models.region.commands import load_regions
from tests.browser.kit import Console
from tests.browser.serving import launched, served
from tests.integration.access.kit import Access
from tests.support.server import TestServer
from tests.support.world import World


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A chromium."""
    async with launched() as made:
        yield made


@pytest.fixture(scope="session")
def console_dsn(server: TestServer) -> Iterator[str]:
    """The DSN of the database that these tests share."""
    dsn = server.fresh()
    yield dsn
    server.drop(dsn)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def console(console_dsn: str, browser: Browser) -> AsyncIterator[Console]:
    """The console, served; codes go to a phone of the tests' own."""
    async with served(console_dsn) as (url, app, phone):
        with sync_connect(console_dsn) as owner:
            async with World(console_dsn) as world:
                await load_regions(world.admin)
                yield Console(url, browser, world, Access(app, owner, console_dsn, phone))
