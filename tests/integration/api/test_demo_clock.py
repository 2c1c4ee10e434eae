"""The clock of a demo: read by all, moved forward by one role, and never in production."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio

from models.batch.commands import close, open_batch
from models.database import fetch_value
from models.usulan.rules import WIB
from tests.integration.api.kit import Caller, Site, done, problem, running, settings
from tests.support.server import TestServer
from tests.support.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Demo:
    """A database whose clock may move, with its own application."""

    def __init__(self, world: World, site: Site) -> None:
        self.world, self.site = world, site

    async def person(self, role: str) -> Caller:
        return Caller(self.site.http, await self.world.session(role, role), role, await self.world.user(role))

    async def to(self, who: Caller, moment: datetime | str, *, key: str | None = None) -> httpx.Response:
        text = moment if isinstance(moment, str) else moment.isoformat()
        return await who.post("/demo/clock", {"to": text}, key=key)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(server: TestServer) -> AsyncIterator[Demo]:
    dsn = server.fresh()
    async with World(dsn) as world, running(settings(dsn)) as site:
        yield Demo(world, site)
    server.drop(dsn)


@pytest.mark.parametrize("role", ["auditor", "pusdatin", "admin_provinsi", "operator_desa", "menteri"])
async def test_nobody_else_moves_it(demo: Demo, role: str) -> None:
    before = await demo.world.now()
    who = await demo.person(role)
    problem(await demo.to(who, before + timedelta(days=1)), 403, "di_luar_wilayah_kerja")
    assert await demo.world.now() - before < timedelta(minutes=1)


async def test_everybody_reads_it(demo: Demo) -> None:
    who = await demo.person("operator_desa")
    told = datetime.fromisoformat(done(await who.get("/demo/clock"))["now"])
    assert abs(told - await demo.world.now()) < timedelta(minutes=1)
    assert told == told.astimezone(UTC)


async def test_the_administrator_moves_it_forward_and_every_open_batch_is_woken(demo: Demo) -> None:
    admin = await demo.person("admin_pusat")
    system = await demo.world.system()
    still_open, finished = [
        await open_batch(demo.world.worker, system, kind, 3204, "Uji") for kind in ("pengesahan", "harian")
    ]
    await close(demo.world.worker, finished)
    target = await demo.world.now() + timedelta(days=3)
    told = done(await demo.to(admin, target))
    assert abs(datetime.fromisoformat(told["now"]) - target) < timedelta(minutes=1)
    assert abs(await demo.world.now() - target) < timedelta(minutes=1)
    woken = "SELECT array_agg(batch ORDER BY batch) FROM wake WHERE done_at IS NULL"
    assert await fetch_value(demo.world.admin, woken) == [still_open]


async def test_it_does_not_move_back(demo: Demo) -> None:
    admin = await demo.person("admin_pusat")
    before = await demo.world.now()
    for earlier in (before - timedelta(seconds=1), before - timedelta(days=400), "1970-01-01T00:00:00Z"):
        told = problem(await demo.to(admin, earlier), 409, "jam_tidak_digeser")
        assert "maju" in told["detail"]
    assert await demo.world.now() >= before


async def test_it_moves_as_far_as_can_be_told_and_no_further(demo: Demo) -> None:
    admin = await demo.person("admin_pusat")
    for moment in ("2100-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        problem(await demo.to(admin, moment), 422, "isian_salah")


async def test_a_moment_without_a_zone_is_western_indonesian_time(demo: Demo) -> None:
    admin = await demo.person("admin_pusat")
    target = (await demo.world.now()).astimezone(WIB) + timedelta(days=1)
    told = done(await demo.to(admin, target.replace(tzinfo=None)))
    assert abs(datetime.fromisoformat(told["now"]) - target) < timedelta(minutes=1)


async def test_the_same_request_moves_it_once(demo: Demo) -> None:
    admin = await demo.person("admin_pusat")
    target = await demo.world.now() + timedelta(days=1)
    first = done(await demo.to(admin, target, key="geser"))
    assert done(await demo.to(admin, target, key="geser")) == first


async def test_where_the_database_is_marked_production_it_never_moves(demo: Demo) -> None:
    admin = await demo.person("admin_pusat")
    await demo.world.admin.execute("UPDATE clock SET mark = 'production', shift = '0'")
    before = await demo.world.now()
    told = problem(await demo.to(admin, before + timedelta(days=1)), 409, "jam_tidak_digeser")
    assert "produksi" in told["detail"]
    assert await demo.world.now() - before < timedelta(minutes=1)
