"""The walk finds what it is there to find: routes added without thought, in the ways in which that is usually done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI, HTTPException

from api.caller import Here, Reading, Session
from tests.integration.access.walk.asking import Walk
from tests.integration.access.walk.country import Country
from tests.integration.access.walk.entry import Entry
from tests.integration.access.walk.matrix import MATRIX
from tests.integration.access.walk.people import EVERYBODY, Person
from tests.integration.access.walk.test_walk import missing
from tests.integration.access.walk.things import CASES
from tests.integration.api.kit import BASE, routes, running, settings

pytestmark = pytest.mark.asyncio(loop_scope="session")


def careless(app: FastAPI, country: Country) -> None:
    """Add routes as somebody in a hurry would; the owner's connection stands for anything past row-level security."""

    def all_cases() -> list[int]:
        return [row["id"] for row in country.owner.execute("SELECT id FROM case_ ORDER BY id").fetchall()]

    async def open_to_all() -> dict[str, Any]:
        return {"cases": all_cases()}

    async def past_the_scope(session: Session) -> dict[str, Any]:
        return {"cases": all_cases()}

    async def without_who(here: Here, session: Session) -> dict[str, Any]:
        async with here.pool.connection() as conn:
            return {"cases": await (await conn.execute("SELECT id FROM case_")).fetchall()}

    async def tells(case_id: int, conn: Reading) -> dict[str, Any]:
        found = await (await conn.execute("SELECT id FROM case_ WHERE id = %s", (case_id,))).fetchone()
        if found is None:
            raise HTTPException(403 if case_id in all_cases() else 404)
        return {"case": case_id}

    async def breaks(case_id: int, conn: Reading) -> dict[str, Any]:
        found = await (await conn.execute("SELECT id FROM case_ WHERE id = %s", (case_id,))).fetchone()
        return {"case": found["id"]}  # type: ignore[index]  # the very mistake

    careless_ones: dict[str, Callable[..., Any]] = {
        "/terbuka": open_to_all,
        "/semua": past_the_scope,
        "/kosong": without_who,
        "/lupa/{case_id}": tells,
        "/patah/{case_id}": breaks,
    }
    for path, made in careless_ones.items():
        app.add_api_route(f"/api/v1{path}", made)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hurried(walked_dsn: str, country: Country, everybody: list[Person]) -> AsyncIterator[Walk]:
    """Everybody, asking an application with careless routes."""
    async with running(settings(walked_dsn)) as made:
        careless(made.app, country)
        transport = httpx.ASGITransport(made.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
            yield Walk(http, everybody, country.ledger)


async def test_a_route_without_a_line_says_what_to_write(walked_dsn: str, country: Country) -> None:
    async with running(settings(walked_dsn)) as made:
        careless(made.app, country)
        served = {f"{method} {path}" for method, path in routes(made)}
    told = missing(served, {entry.route for entry in MATRIX})
    assert [line.partition(":")[0] for line in told] == [
        f"GET /api/v1/{path}" for path in ("kosong", "lupa/{case_id}", "patah/{case_id}", "semua", "terbuka")
    ]
    assert all("Write an Entry" in line for line in told)


async def test_a_line_without_a_route_is_to_be_taken_out() -> None:
    assert missing(set(), {"GET /api/v1/dulu"}) == ["GET /api/v1/dulu: no such route. Take its line out of the matrix."]


async def test_a_route_that_asks_for_no_token_is_found(hurried: Walk) -> None:
    wrong = await hurried.wrong(Entry("GET /api/v1/terbuka", lists=CASES))
    assert any(line.startswith("tanpa_token") and "answered without a token" in line for line in wrong)


async def test_a_route_past_the_scope_is_found_for_every_role_that_has_one(hurried: Walk) -> None:
    wrong = await hurried.wrong(Entry("GET /api/v1/semua", lists=CASES))
    bounded = EVERYBODY - {"pusdatin", "bps", "menteri", "admin_pusat", "auditor"}
    assert {line.partition(" ")[0] for line in wrong if "shows " in line} == bounded


async def test_a_route_that_forgot_who_asks_shows_nothing_and_is_found_by_that(hurried: Walk) -> None:
    wrong = await hurried.wrong(Entry("GET /api/v1/kosong", lists=CASES))
    assert {line.partition(" ")[0] for line in wrong} == EVERYBODY
    assert all("leaves out " in line for line in wrong)


async def test_a_refusal_that_tells_that_there_is_something_is_found(hurried: Walk) -> None:
    wrong = await hurried.wrong(Entry("GET /api/v1/lupa/{case_id}", about=("usulan",)))
    assert any("operator_desa · usulan bali: tells what is out of sight: 403" in line for line in wrong)
    assert not [line for line in wrong if line.startswith("auditor")]


async def test_a_fault_out_of_sight_is_found(hurried: Walk) -> None:
    wrong = await hurried.wrong(Entry("GET /api/v1/patah/{case_id}", about=("usulan",)))
    assert any("operator_desa · usulan bali: a fault: 500" in line for line in wrong)
