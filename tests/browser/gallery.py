"""Pictures of the console: `python -m tests.browser.gallery [OUT]` takes every look, `--guides` those of the docs.

It makes two databases, one with a practice region and one without a case, serves the console over each, and removes
both. OUT lies outside the repository unless told, so that pictures do not get into it by chance.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.async_api import Browser, Page

from alur.people import demo_people
from alur.practice.region import villagers
from alur.practice.run import HOUSEHOLDS, prepare
from alur.prepare import Plan, make_schema
from alur.settle import Population
from alur.site import Site
from api.tokens import COOKIE, sign
from flows.kabar import read_news
from models.batch.commands import work_session
from models.database import connect, sync_connect
from models.install import role_dsn
from models.region.commands import load_regions
from models.user.commands import open_session
from tests.browser.kit import DESK, PHONE
from tests.browser.looks import GUIDES, LOOKS, README, Look
from tests.browser.serving import launched, served
from tests.integration.api.kit import SECRET, settings
from tests.support.server import TestServer
from tests.support.world import World

ROOT = Path(__file__).parents[2]
OUT = ROOT.parent / "alur-screenshots"
GUIDE_PICTURES = ROOT / "docs" / "panduan" / "gambar"
README_PICTURES = ROOT / "docs" / "gambar"
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_SIZES: dict[str, Any] = {"360": PHONE, "1280": DESK}
_GUIDE_SIZE: Any = {"width": 900, "height": 620}
_GUIDE_WIDTH, _README_WIDTH = 720, 360
_QUALITY = 70
_MOST_PX = 4000
"""A picture is no higher than this; what lies below repeats what is above."""

_PLACES = {
    "case": "SELECT p.case_id FROM position p JOIN state s ON s.code = p.state WHERE s.id = 'verif_dinsos' "
    "ORDER BY p.since LIMIT 1",
    "draft": "SELECT p.case_id FROM position p JOIN state s ON s.code = p.state WHERE s.id = 'draf' LIMIT 1",
    "family": "SELECT c.household_id FROM case_ c JOIN position p ON p.case_id = c.id "
    "JOIN state s ON s.code = p.state WHERE s.id = 'retur' LIMIT 1",
    "own": "SELECT a.household_id FROM assignment a JOIN account_user u ON u.id = a.user_id "
    "WHERE u.username = 'warga1'",
    "gate": "SELECT id FROM approval WHERE gate = 'pengesahan' AND state = 'terbuka'",
    "import": "SELECT min(id) FROM import_file",
    "drafted": "SELECT c.household_id FROM case_ c JOIN position p ON p.case_id = c.id "
    "JOIN state s ON s.code = p.state WHERE s.id = 'draf' ORDER BY c.id LIMIT 1",
    "meeting": "SELECT min(id) FROM batch WHERE kind = 'usulan'",
    "visit": "SELECT p.case_id FROM position p JOIN state s ON s.code = p.state WHERE s.id = 'ground_check' LIMIT 1",
    "call": "SELECT p.case_id FROM position p JOIN state s ON s.code = p.state WHERE s.id = 'ditugaskan' LIMIT 1",
    "failed": "SELECT p.case_id FROM position p JOIN state s ON s.code = p.state WHERE s.id = 'rek_gagal' LIMIT 1",
    "tahap": "SELECT max(batch) FROM decree",
    "decree": "SELECT max(id) FROM decree",
    "account": "SELECT id FROM account_user WHERE username = 'operator1'",
}
"""What stands in braces in the address of a look -> the query that finds it in a practice region."""


@dataclass
class Gallery:
    """A browser before two consoles: one with a practice region, one without a case."""

    browser: Browser
    full: str
    bare: str
    dsn: str
    world: World
    places: Mapping[str, Any]
    tokens: dict[str, str] = field(default_factory=dict)

    async def token(self, who: str) -> str:
        """Return the token of somebody of the practice region, or in a role of the other one."""
        if who not in self.tokens:
            if who.endswith("@"):
                session = await self.world.session(who, who.removesuffix("@"))
            else:
                with sync_connect(self.dsn) as owner:
                    role = next(person.role for person in cast() if person.username == who) if who != "warga1" else who
                    opened = open_session(owner, who, [role if who != "warga1" else "warga"])
                if opened is None:
                    raise LookupError(who)
                session = opened
            self.tokens[who] = sign(session, SECRET)
        return self.tokens[who]

    @asynccontextmanager
    async def at(self, who: str, path: str, **more: Any) -> AsyncIterator[Page]:
        """Open a page as somebody."""
        url = self.bare if who.endswith("@") else self.full
        context = await self.browser.new_context(locale="id-ID", reduced_motion="reduce", **more)
        if who:
            await context.add_cookies([{"name": COOKIE, "value": await self.token(who), "url": url}])
        page = await context.new_page()
        await page.goto(url + path.format(**self.places))
        await page.wait_for_load_state("networkidle")
        yield page
        await context.close()

    async def take(self, look: Look, folder: Path) -> None:
        """Take the four pictures of a look; the name says `WIDE` where something lies beside the screen."""
        async with self.at(look.who, look.path, viewport=DESK) as page:
            if look.do:
                await look.do(page)
            for (size, screen), scheme in product(_SIZES.items(), _SCHEMES):
                await page.emulate_media(color_scheme=scheme)
                await page.set_viewport_size(screen)
                wide, high = await page.evaluate("[document.documentElement.scrollWidth, document.body.scrollHeight]")
                told = ".WIDE" if wide > screen["width"] else ""
                await page.set_viewport_size({"width": screen["width"], "height": min(max(high, 400), _MOST_PX)})
                await page.screenshot(path=folder / f"{look.name}.{size}.{scheme}{told}.png")

    async def small(self, who: str, path: str, target: Path, width: int, **more: Any) -> None:
        """Take a picture for the docs: the top of a page, small."""
        async with self.at(who, path, **more) as page:
            taken = Image.open(io.BytesIO(await page.screenshot()))
        target.parent.mkdir(parents=True, exist_ok=True)
        height = round(taken.height * width / taken.width)
        taken.convert("RGB").resize((width, height), Image.Resampling.LANCZOS).save(target, quality=_QUALITY, method=6)


def cast() -> list[Any]:
    """Return everybody who has an account in the practice region but the citizen."""
    people = Population.of(HOUSEHOLDS, Plan().region)
    return [*demo_people(people.listed, people.visited), *villagers(people)]


async def _tell(dsn: str) -> None:
    """Tell people what became of their proposals, as the engine does."""
    worker = await connect(role_dsn(dsn, "alur_worker"))
    await read_news(worker, await work_session(worker, None))
    await worker.close()


@asynccontextmanager
async def gallery() -> AsyncIterator[Gallery]:
    """Make the two databases, serve them, and remove everything afterwards."""
    server = TestServer()
    dsn, empty = server.fresh(), server.fresh()
    try:
        with tempfile.TemporaryDirectory() as home:
            site = Site(Path(home), dsn, None)
            with sync_connect(dsn) as owner:
                owner.execute("UPDATE clock SET mark = 'practice'")
            await asyncio.to_thread(make_schema, site, mark="practice")
            await asyncio.to_thread(prepare, site, settings(dsn), Plan(households=HOUSEHOLDS))
        await _tell(dsn)
        with sync_connect(dsn) as owner:
            found = {name: next(iter((owner.execute(query.encode()).fetchone() or {"": 0}).values()))
                     for name, query in _PLACES.items()}  # fmt: skip
        async with World(empty) as world, launched() as browser, served(dsn) as full, served(empty) as bare:
            await load_regions(world.admin)
            yield Gallery(browser, full[0], bare[0], dsn, world, found)
    finally:
        server.drop(dsn)
        server.drop(empty)
        server.close()


async def every_look(folder: Path, wanted: str, say: Callable[[str], None]) -> int:
    """Take every look whose name holds `wanted`; return how many pictures."""
    chosen = [look for look in LOOKS if wanted in look.name]
    async with gallery() as made:
        for look in chosen:
            await made.take(look, folder)
    say(f"{len(chosen) * 4} pictures in {folder}")
    return len(chosen) * 4


async def docs(say: Callable[[str], None]) -> None:
    """Take the pictures of the guides and of the README."""
    async with gallery() as made:
        for role, (who, path) in GUIDES.items():
            await made.small(who, path, GUIDE_PICTURES / f"{role}.webp", _GUIDE_WIDTH, viewport=_GUIDE_SIZE)
        for name, (who, path) in README.items():
            more: dict[str, Any] = {"viewport": {"width": 360, "height": 640}, "device_scale_factor": 2}
            await made.small(who, path, README_PICTURES / f"{name}.webp", _README_WIDTH, **more)
    say(f"{len(GUIDES)} pictures in {GUIDE_PICTURES}, {len(README)} in {README_PICTURES}")


def main() -> None:
    """Take pictures as the arguments say."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("out", nargs="?", type=Path, default=OUT)
    asked.add_argument("--guides", action="store_true", help="take the pictures of docs/panduan and the README instead")
    asked.add_argument("--only", default="", help="only looks whose name holds this, such as antrean or many")
    chosen = asked.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    asyncio.run(docs(print) if chosen.guides else every_look(chosen.out, chosen.only, print))


if __name__ == "__main__":
    main()
