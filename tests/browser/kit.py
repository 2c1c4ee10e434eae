"""What the browser tests share: people's browsers, and what every page must be."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Request, ViewportSize

from api.tokens import COOKIE, sign
from models.database import fetch_value
from tests.integration.access.kit import Access
from tests.integration.api.kit import SECRET
from tests.support.world import World

PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 800}
BYTES_MOST = 100_000
REQUESTS_MOST = 6
_OWN_DOING = re.compile(r"status of 4|net::ERR_CONNECTION_RESET")
"""What a browser complains of because a test asked for it: a refusal, a line that was cut."""
_WCAG = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}


@dataclass
class Console:
    """A served console."""

    url: str
    browser: Browser
    world: World
    access: Access

    @asynccontextmanager
    async def page(self, role: str | None = None, name: str | None = None, **more: Any) -> AsyncIterator[Page]:
        """Open a browser of somebody in a role, or of nobody; what a page's console complains of fails the test."""
        region = more.pop("region", None)
        context = await self.browser.new_context(**({"viewport": DESK, "locale": "id-ID"} | more))
        page = await context.new_page()
        if role:
            await self.signed_in(page, role, name, region)
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        await context.close()
        assert [one for one in complaints if not _OWN_DOING.search(one)] == []

    async def signed_in(
        self, page: Page, role: str, name: str | None = None, region: int | None = None, *, renewed: bool = False
    ) -> None:
        """Let a browser be somebody's from here on, by his session or (`renewed`) by another one of his."""
        where: dict[str, Any] = {} if region is None else {"region": region}
        session = await self.world.session(name or role, role, **where)
        if renewed:
            session = await fetch_value(
                self.world.admin,
                "INSERT INTO session (assignment_id, issued_at, expires_at) "
                "SELECT assignment_id, issued_at, expires_at FROM session WHERE id = %s RETURNING id",
                (session,),
            )
        await page.context.add_cookies([{"name": COOKIE, "value": sign(session, SECRET), "url": self.url}])

    async def open(self, page: Page, path: str) -> None:
        """Open a page of the console, and demand of it what every page must be: light, quick, within the screen."""
        finished: list[Request] = []

        def note(request: Request) -> None:
            finished.append(request)

        page.on("requestfinished", note)
        answer = await page.goto(self.url + path)
        page.remove_listener("requestfinished", note)
        assert answer is not None
        assert answer.status == 200, (path, answer.status)
        told = [await request.sizes() for request in finished]
        sizes = [one["responseBodySize"] + one["responseHeadersSize"] for one in told]
        assert sizes, path
        assert len(sizes) <= REQUESTS_MOST, (path, sizes)
        assert sum(sizes) <= BYTES_MOST, (path, sizes)
        await fits(page)


async def fits(page: Page) -> None:
    """Demand that nothing of a page lies beside the screen."""
    wide = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1], (page.url, wide)


async def accessible(page: Page) -> None:
    """Demand that axe finds nothing against WCAG 2.2 AA."""
    found = await Axe().run(page, options=_WCAG)
    assert found.violations_count == 0, (page.url, found.generate_report())
