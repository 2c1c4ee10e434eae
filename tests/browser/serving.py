"""A browser, and a console over a real port: for the browser tests and for the gallery of pictures."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, async_playwright
from playwright.async_api import Error as PlaywrightError

from alur.runtime.ports import LOOPBACK, free_port
from api.app import create_app
from tests.integration.access.kit import Phone
from tests.integration.api.kit import settings

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
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


@asynccontextmanager
async def served(dsn: str, **more: Any) -> AsyncIterator[tuple[str, FastAPI, Phone]]:
    """Serve the console over a database; yields its address, the application, and the phone that gets codes."""
    app = create_app(settings(dsn, pool_size=4, **more))
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host=LOOPBACK, port=port, log_level="warning", lifespan="on"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn tells it in an attribute alone
        await asyncio.sleep(0.05)
    phone = Phone()
    object.__setattr__(app.state.site, "telegram", phone)
    yield f"http://{LOOPBACK}:{port}", app, phone
    server.should_exit = True
    await serving
