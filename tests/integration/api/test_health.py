"""Whether the process lives, whether the whole is ready, and what it has done."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
import structlog
from psycopg import AsyncConnection
from pydantic import SecretStr

from models.batch.commands import open_batch, take_lease, wake
from models.batch.queries import beat
from models.call.commands import note_call, set_call
from tests.integration.api.kit import Caller, Place, Site, problem, running, settings
from tests.support.server import TestServer
from tests.support.world import World

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
    await who.search(nik=nik)
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


async def test_the_program_s_log_names_route_status_time_and_user_and_nothing_personal(
    place: Place, site: Site
) -> None:
    who = await place.person("operator_desa")
    [household] = await place.families()
    nik = await place.value("SELECT nik FROM person WHERE household_id = %s LIMIT 1", household)
    site.app.state.site.users.clear()
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        answer = await who.search(nik=nik)
        await who.patch(f"/households/{household}", {"version": 9})
        await site.http.get(f"/api/v1/households?nik={nik}", headers={"X-Request-Id": f"cari-{nik}"})
        await site.http.get("/healthz", headers={"X-Request-Id": "dari.luar-7"})
    read, write, lost, nobody = (line for line in lines if line["event"] == "request")
    assert read["request"] == answer.headers["x-request-id"]
    assert (read["method"], read["route"], read["status"]) == ("POST", "/households/search", 200)
    assert read["ms"] > 0
    assert (read["user"], write["user"], lost["user"], nobody["user"]) == (who.user, who.user, None, None)
    assert (write["route"], write["status"]) == ("/households/{household_id}", 409)
    assert (lost["route"], lost["status"]) == ("/households", 405)
    assert nobody["request"] == "dari.luar-7"
    for secret in (nik, who.token["Authorization"].split()[1], who.name, "Anggota"):
        assert secret not in repr(lines)


class TestWhoMayReadTheFigures:
    async def read(self, site: Site, address: str, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(site.app, client=(address, 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://alur.test") as other:
            return await other.get("/metrics", headers=headers)

    @pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
    async def test_without_a_token_this_machine_may(self, site: Site, address: str) -> None:
        assert (await self.read(site, address)).status_code == 200

    @pytest.mark.parametrize("address", ["10.0.0.7", "192.168.1.2", "2001:db8::1", "bukan alamat"])
    async def test_without_a_token_nobody_else_may(self, site: Site, address: str) -> None:
        told = problem(await self.read(site, address), 403, "bukan_pemantau")
        assert "ALUR_METRICS_TOKEN" in told["cure"]

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
    async def test_a_proxy_on_this_machine_speaks_for_somebody_else(self, site: Site, header: str) -> None:
        problem(await self.read(site, "127.0.0.1", **{header: "203.0.113.5"}), 403)

    async def test_with_a_token_only_who_shows_it_may_from_anywhere(self, shared: str) -> None:
        async with running(settings(shared, metrics_token=SecretStr("pemantau"))) as made:
            assert (await self.read(made, "10.0.0.7", Authorization="Bearer pemantau")).status_code == 200
            for shown in ({}, {"Authorization": "Bearer salah"}, {"Authorization": "Bearer "}):
                problem(await self.read(made, "127.0.0.1", **shown), 403)


def figure(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, name
    return float(found[1])


async def test_the_machinery_s_figures_are_those_of_the_database(server: TestServer) -> None:
    dsn = server.fresh()
    async with World(dsn) as world, running(settings(dsn)) as made:

        async def read() -> str:
            return (await made.http.get("/metrics")).text

        quiet = await read()
        assert "alur_engine_silent_seconds " not in quiet
        for name in ("wakes_open", "wake_oldest_seconds", "leases_lapsed", "calls_unknown", "gates_late"):
            assert figure(quiet, f"alur_{name}") == 0

        system = await world.system()
        batches = [await open_batch(world.worker, system, "usulan", 3204052001, f"Uji {n}") for n in range(3)]
        await world.admin.execute("UPDATE wake SET done_at = now()")
        await wake(world.worker, batches[0], "uji")
        await world.admin.execute(
            "UPDATE wake SET created_at = alur_now() - interval '10 minutes' WHERE done_at IS NULL"
        )
        assert await take_lease(world.worker, batches[0], uuid4(), 60) == 1
        assert await take_lease(world.worker, batches[1], uuid4(), -90) == 1
        await beat(world.worker, "engine")
        for key, state in (("a", "tidak_diketahui"), ("b", "ditolak"), ("c", "terkirim"), ("d", "selesai")):
            await note_call(world.worker, "/uji", key, batches[0], "x", ["1"], [1])
            await set_call(world.worker, "/uji", key, state)
        await world.admin.execute(
            "INSERT INTO approval (batch, gate, round, role, triggers, lo, hi, people, deadline, list_hash, cases, "
            "opened_at) SELECT %s, 'uji', n, 1, '{}', 0, 1, 1, alur_now() + make_interval(days => 2 * n - 3), '', 0, "
            "alur_now() FROM generate_series(1, 2) n",
            (batches[0],),
        )
        told = await read()
        expected = {
            "wakes_open": 1,
            "leases_live": 1,
            "leases_lapsed": 1,
            "calls_open": 2,
            "calls_unknown": 1,
            "calls_refused": 1,
            "gates_open": 2,
            "gates_late": 1,
            "database_up": 1,
        }
        assert {name: figure(told, f"alur_{name}") for name in expected} == expected
        assert 600 <= figure(told, "alur_wake_oldest_seconds") < 660
        assert 90 <= figure(told, "alur_lease_lapsed_oldest_seconds") < 150
        assert 86_400 <= figure(told, "alur_gate_late_oldest_seconds") < 86_460
        assert 0 <= figure(told, "alur_engine_silent_seconds") < 30
        assert 1 <= figure(told, "alur_database_connections") <= figure(told, "alur_database_connections_most")
        assert figure(told, "alur_pool_size") >= 1
    server.drop(dsn)


async def test_a_database_that_is_away_is_a_figure_too() -> None:
    async with running(settings("postgresql://postgres:x@127.0.0.1:1/tidak_ada")) as alone:
        told = (await alone.http.get("/metrics")).text
    assert figure(told, "alur_database_up") == 0
    assert "alur_wakes_open " not in told


async def test_what_the_door_said_is_counted_by_machine_and_outcome(place: Place, site: Site) -> None:
    who = await place.person("operator_desa")
    moving, standing = await place.drafts(who, 2)
    name = 'alur_door_outcomes_total{machine="usulan",outcome="%s"}'

    async def counted(outcome: str) -> float:
        text = (await site.http.get("/metrics")).text
        return figure(text, name % outcome) if name % outcome in text else 0.0

    before = await counted("dipindah"), await counted("ditolak")
    bulk = {"trigger": "usulan.tarik_usulan", "cases": [{"id": moving}], "reason": "SALAH_INPUT", "note": "Salah"}
    assert (await who.post("/cases/transitions", bulk)).json()["counts"] == {"dipindah": 1}
    problem(await who.move(standing, "usulan.teruskan"), 409)
    problem(await who.move(standing, "usulan.tidak_ada"), 422)
    assert (await counted("dipindah"), await counted("ditolak")) == (before[0] + 1, before[1] + 1)
    assert "tidak_ada" not in (await site.http.get("/metrics")).text


async def test_a_client_that_asks_for_nothing_of_ours_is_answered(site: Site) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site.app), base_url="http://alur.test") as other:
        assert (await other.get("/docs")).status_code == 200
