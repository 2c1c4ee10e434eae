"""A pooled connection carries nobody into the next request: not at once, not after an error, not after a request that
was cut off in the middle.

Real: the application with a pool of one and of two connections, and the requests of different people at the same time.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import psycopg
import pytest
import pytest_asyncio

from api.tokens import sign
from models.case import queries
from models.database import Conn, fetch_value
from tests.integration.access.walk.country import Country
from tests.integration.access.walk.people import Person, in_sight
from tests.integration.access.walk.things import CASES
from tests.integration.api.kit import SECRET, Site, running, settings

pytestmark = pytest.mark.asyncio(loop_scope="session")

WHO = ("operator_desa", "pendamping", "warga", "bank", "direktorat", "auditor", "menteri", "kpa")


@pytest_asyncio.fixture(params=[1, 2], loop_scope="session")
async def narrow(walked_dsn: str, settled: object, request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """The application with very few connections."""
    async with running(settings(walked_dsn, pool_size=request.param)) as made:
        yield made


async def ask(site: Site, who: Person, path: str, method: str = "GET", **more: Any) -> httpx.Response:
    assert who.session is not None
    token = {"Authorization": f"Bearer {sign(who.session, SECRET)}"}
    return await site.http.request(method, f"/api/v1{path}", headers=token, **more)


async def mine(site: Site, country: Country, who: Person) -> None:
    """Demand that somebody is told his own cases and name, all of them and nothing else."""
    told, me = await ask(site, who, "/cases?limit=200"), await ask(site, who, "/me")
    assert me.json()["username"] == who.name
    cases = {thing for thing in country.ledger.named(told.content) if thing.kind in CASES}
    assert cases == in_sight(who, country.ledger.of(*CASES)), who.label


async def settings_of_ours(conn: Conn) -> list[str]:
    """Return every setting by which our functions know a caller: those that their source names."""
    rows = await (
        await conn.execute("SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
    ).fetchall()
    return sorted({name for row in rows for name in re.findall(r"'(alur\.[a-z_]+)'", row["prosrc"])})


async def demand_nobody(site: Site) -> None:
    """Demand that no connection of the pool knows anybody or sees anything."""
    pool = site.app.state.site.pool
    stats = pool.get_stats()
    held = [await pool.getconn() for _ in range(stats["pool_size"])]
    try:
        for conn in held:
            names = await settings_of_ours(conn)
            assert "alur.session" in names
            assert "alur.door_lo" in names
            kept = {name: await fetch_value(conn, "SELECT current_setting(%s, true)", (name,)) for name in names}
            assert {name: value for name, value in kept.items() if value} == {}
            for table in ("case_", "person", "batch", "notice"):
                assert await fetch_value(conn, f"SELECT count(*) FROM {table}") == 0, table
    finally:
        for conn in held:
            await pool.putconn(conn)


def some(everybody: list[Person]) -> list[Person]:
    return [who for who in everybody if who.label in WHO]


async def test_requests_at_the_same_time_are_each_their_own(
    narrow: Site, country: Country, everybody: list[Person]
) -> None:
    people = some(everybody) * 6
    await asyncio.gather(*(mine(narrow, country, who) for who in people))
    await demand_nobody(narrow)


async def test_writes_and_refusals_between_them_leave_nothing(
    narrow: Site, country: Country, everybody: list[Person]
) -> None:
    draft = country.ledger.called("usulan sadu").id
    payment = country.ledger.called("penyaluran bali").id
    trouble = [
        ("POST", f"/cases/{draft}/facts", {"evidence": {"ktp": {"nomor": 1}}}),  # written, or 422 for most
        ("POST", f"/cases/{draft}/transitions", {"trigger": "usulan.teruskan"}),  # refused by the door, and kept
        ("POST", f"/cases/{payment}/transitions", {"trigger": "tidak.ada"}),  # an error inside the function
        ("POST", "/cases/transitions/preview", {"trigger": "usulan.kirim", "cases": [draft, payment]}),
        ("POST", "/approvals/1/decisions", {"verdict": "setuju"}),
        ("PATCH", f"/households/{country.ledger.called('keluarga sadu').id}", {"version": 99, "alamat": "x"}),
    ]
    people = some(everybody)
    for method, path, body in trouble:
        calls = [ask(narrow, who, path, method, json=body) for who in people]
        answers, _ = await asyncio.gather(
            asyncio.gather(*calls), asyncio.gather(*(mine(narrow, country, who) for who in people))
        )
        assert all(answer.status_code < 500 for answer in answers), [answer.text for answer in answers]
        await demand_nobody(narrow)


class Torn(Exception):
    """What went wrong in the middle of a request."""


@pytest.mark.parametrize("how", ["python", "sql", "connection"])
async def test_a_request_that_breaks_in_the_middle_leaves_nothing(
    narrow: Site, country: Country, everybody: list[Person], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    async def broken(conn: Conn, case_id: int) -> list[dict[str, Any]]:
        assert await fetch_value(conn, "SELECT current_setting('alur.session', true)")
        if how == "sql":
            await conn.execute("SELECT 1 / 0")
        if how == "connection":
            with suppress(psycopg.Error):
                await conn.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        raise Torn(case_id)

    monkeypatch.setattr(queries, "timeline", broken)
    people = some(everybody)
    case = country.ledger.called("penyaluran sadu").id
    quiet = httpx.ASGITransport(narrow.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=quiet, base_url="http://alur.test") as http:
        site = Site(narrow.app, http)
        for who in people:
            answer = await ask(site, who, f"/cases/{case}")
            assert answer.status_code == 500, answer.text
            await mine(site, country, people[(people.index(who) + 1) % len(people)])
    await demand_nobody(narrow)


async def test_a_request_that_is_cut_off_leaves_nothing(
    narrow: Site, country: Country, everybody: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The browser goes away while PostgreSQL works: the next one on this connection is himself."""
    reached = asyncio.Event()

    async def slow(conn: Conn, *_: Any, **__: Any) -> list[dict[str, Any]]:
        assert await fetch_value(conn, "SELECT current_setting('alur.session', true)")
        reached.set()
        await conn.execute("SELECT pg_sleep(30)")
        return []

    people, case = some(everybody), country.ledger.called("penyaluran sadu").id
    for number, who in enumerate(people):
        reached.clear()
        with monkeypatch.context() as patched:
            patched.setattr(queries, "timeline", slow)
            cut = asyncio.create_task(ask(narrow, who, f"/cases/{case}"))
            await asyncio.wait_for(reached.wait(), 10)
            cut.cancel()
            with suppress(asyncio.CancelledError):
                await cut
        await mine(narrow, country, people[(number + 1) % len(people)])
    await demand_nobody(narrow)
