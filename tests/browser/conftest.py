"""A browser, and the console over a real port with a database of its own."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, async_playwright
from playwright.async_api import Error as PlaywrightError

from alur.runtime.ports import LOOPBACK, free_port
from api.app import create_app
from models.database import sync_connect
from models.region.commands import load_regions
from tests.browser.kit import Console
from tests.integration.access.kit import Access, Phone
from tests.integration.api.kit import settings
from tests.support.server import TestServer
from tests.support.world import World

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@asynccontextmanager
async def _launched() -> AsyncIterator[Browser]:
    """Launch the browser of this machine, else the one that Playwright fetches."""
    found = next((path for name in INSTALLED if (path := shutil.which(name))), None)
    async with async_playwright() as playwright:
        if found:
            browser = await playwright.chromium.launch(executable_path=found, args=FLAGS)
        else:
            try:
                browser = await playwright.chromium.launch(args=FLAGS)
            except PlaywrightError:
                await asyncio.to_thread(
                    subprocess.run,
                    [sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"],
                    check=True,
                )
                browser = await playwright.chromium.launch(args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A chromium."""
    async with _launched() as launched:
        yield launched


@pytest.fixture(scope="session")
def console_dsn(server: TestServer) -> Iterator[str]:
    """The DSN of the database that these tests share."""
    dsn = server.fresh()
    yield dsn
    server.drop(dsn)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def console(console_dsn: str, browser: Browser) -> AsyncIterator[Console]:
    """The console, served; codes go to a phone of the tests' own."""
    app = create_app(settings(console_dsn, pool_size=4))
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host=LOOPBACK, port=port, log_level="warning", lifespan="on"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn tells it in an attribute alone
        await asyncio.sleep(0.05)
    phone = Phone()
    object.__setattr__(app.state.site, "telegram", phone)
    with sync_connect(console_dsn) as owner:
        async with World(console_dsn) as world:
            await load_regions(world.admin)
            yield Console(f"http://{LOOPBACK}:{port}", browser, world, Access(app, owner, console_dsn, phone))
    server.should_exit = True
    await serving
