"""Whether the process lives, whether the whole is ready, and what it has done."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from psycopg import AsyncConnection

from models.batch.queries import beat
from tests.integration.api.kit import Caller, Place, Site, problem, running, settings
from tests.support.server import TestServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOWHERE = "http://127.0.0.1:1"


async def ready(site: Site) -> tuple[int, dict[str, Any]]:
    answer = await site.http.get("/readyz")
    told: dict[str, Any] = answer.json()
    assert told["ready"] is (answer.status_code == 200)
    return answer.status_code, told["parts"]


async def silence(conn: AsyncConnection[Any]) -> None:
    await conn.execute("UPDATE heartbeat SET at = at - interval '2 minutes'")


async def test_a_process_without_its_database_lives_and_names_what_is_away() -> None:
    async with running(settings("postgresql://postgres:x@127.0.0.1:1/tidak_ada")) as alone:
        answer = await alone.http.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {"status": "hidup"})
        assert await ready(alone) == (503, {"basis_data": False})


async def test_ready_is_who_hears_the_engine_and_a_silent_engine_is_named(place: Place, site: Site) -> None:
    world = place.world
    await world.admin.execute("DELETE FROM heartbeat")
    assert await ready(site) == (503, {"basis_data": True, "mesin": False})
    await beat(world.worker, "engine")
    assert await ready(site) == (200, {"basis_data": True, "mesin": True})
    await silence(world.admin)
    assert await ready(site) == (503, {"basis_data": True, "mesin": False})
    await beat(world.worker, "bukan mesin")
    assert (await ready(site))[0] == 503


async def test_whatever_else_it_leans_on_is_named_too(place: Place, shared: str) -> None:
    await beat(place.world.worker, "engine")
    leaning = settings(shared, prefect_api_url=f"{NOWHERE}/api", ports_url=NOWHERE)
    async with running(leaning) as made:
        assert await ready(made) == (
            503,
            {"basis_data": True, "mesin": True, "prefect": False, "sistem_luar": False},
        )


async def test_requests_to_a_database_that_went_away_are_told_to_come_again(server: TestServer) -> None:
    dsn = server.fresh()
    async with running(settings(dsn)) as made:
        made.app.state.site.pool.timeout = 0.5
        who = Caller(made.http, uuid4())
        problem(await who.get("/me"), 401)
        server.drop(dsn)
        for answer in (await who.get("/me"), await who.move(1, "usulan.kirim", key="k")):
            told = problem(answer, 503, "basis_data_sibuk")
            assert answer.headers["retry-after"] == "2"
            assert "kunci yang sama" in told["cure"]


async def test_figures_count_requests_by_route_and_hold_nothing_personal(place: Place, site: Site) -> None:
    who = await place.person("operator_desa")
    [household] = await place.families()
    nik = await place.value("SELECT nik FROM person WHERE household_id = %s LIMIT 1", household)
    await who.get("/households", nik=nik)
    await who.get(f"/households/{household}")
    await site.http.get(f"/api/v1/tidak/ada/{nik}")
    answer = await site.http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    text = answer.text
    assert nik not in text
    assert re.search(r'alur_http_requests_total\{method="GET",route="[^"]*/\{household_id\}",status="200"\}', text)
    assert re.search(r'alur_http_requests_total\{method="GET",route="-",status="404"\}', text)
    assert "alur_http_request_seconds_bucket{" in text


async def test_the_program_s_log_names_route_and_status_and_nothing_personal(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    who = await place.person("operator_desa")
    [household] = await place.families()
    nik = await place.value("SELECT nik FROM person WHERE household_id = %s LIMIT 1", household)
    capsys.readouterr()
    await who.get("/households", nik=nik)
    printed = capsys.readouterr().out
    assert "status=200" in re.sub(r"\x1b\[[0-9;]*m", "", printed)
    assert nik not in printed
    assert who.token["Authorization"].split()[1] not in printed


async def test_a_client_that_asks_for_nothing_of_ours_is_answered(site: Site) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site.app), base_url="http://alur.test") as other:
        assert (await other.get("/docs")).status_code == 200
