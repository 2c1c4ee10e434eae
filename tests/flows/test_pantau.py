"""pantau-macet as a flow: what is broken in one place holds back nobody else, and the watch itself is watched.

Real: PostgreSQL with faults put into it by triggers, the flow's own steps under a lease, a little HTTP server that is
pinged. The API's watchman is the task every API process runs.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest
from pydantic import SecretStr

from api.watchman import watch_the_watch
from flows import pantau_macet as watch
from flows.carry import Step, look
from flows.work import working
from models.batch import commands as batches
from models.database import fetch_value, make_pool
from models.install import role_dsn
from models.settings import Settings
from models.stuck.queries import watch_age
from tests.flows.steps import steps_of
from tests.integration.door.kit import person, rows, stand
from tests.integration.stuck.kit import alerts, told
from tests.integration.stuck.test_watch import AT_KECAMATAN, desks
from tests.support.world import DESA_JAUH, World

STEPS = steps_of(watch.pantau_macet)


async def run(world: World, *steps: Step) -> None:
    """One run of the flow, from the lease to its end."""
    config = Settings(
        _env_file=None,
        worker_database_url=SecretStr(role_dsn(world.admin_dsn, "alur_worker")),
        ports_url="http://127.0.0.1:9",
    )
    batch = await batches.open_batch(world.worker, await world.system(), "pantau", 0, "Pantau kasus macet")
    me = uuid4()
    async with working(batch, me, config) as work:
        assert work is not None
        assert await look(work, steps or STEPS) is False
        await batches.end_lease(work.conn, batch, me, "selesai")


async def _break(world: World, table: str, when: str) -> None:
    """Let every insert of such a row fail, as a fault in the data or in somebody's trigger would."""
    await world.admin.execute(
        "CREATE OR REPLACE FUNCTION uji_rusak() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'rusak 3204052001123456'; END $$"
    )
    await world.admin.execute(
        f"CREATE TRIGGER uji_rusak BEFORE INSERT ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION uji_rusak()"
    )


async def _mend(world: World, table: str) -> None:
    await world.admin.execute(f"DROP TRIGGER uji_rusak ON {table}")


async def test_a_broken_kabupaten_is_told_and_holds_back_no_other(world: World) -> None:
    await desks(world)
    await person(world, "kepala_dinas", "kepala.jauh", region=DESA_JAUH)
    await person(world, "operator_kecamatan", "kecamatan.jauh", region=DESA_JAUH)
    await stand(world, AT_KECAMATAN, ago=timedelta(days=6))
    await stand(world, AT_KECAMATAN, ago=timedelta(days=6), region=DESA_JAUH)
    await _break(world, "alert", f"NEW.subject = 'kasus' AND NEW.lo < {DESA_JAUH}")
    for _ in range(2):
        await run(world)
    assert await told(world, "macet_jenjang") == [("kepala.jauh", "macet_jenjang")]
    assert await told(world, "macet_segera") == [("admin_pusat", "macet_segera")]
    (failed,) = await rows(world, "SELECT * FROM watch_region WHERE last_error IS NOT NULL")
    assert (failed["region"], failed["outage"]) == (3204, 1)
    assert failed["last_error"] == "RaiseException P0001"  # and nothing of what it says
    assert ("wilayah", 3204, 1, "pantau_gagal") in await alerts(world)
    assert await watch_age(world.worker) < 60

    await _mend(world, "alert")
    await run(world)
    assert ("kepala_dinas", "macet_jenjang") in await told(world, "macet_jenjang")  # caught up
    assert not [row for row in await alerts(world) if row[0] == "wilayah"]
    await _break(world, "alert", f"NEW.subject = 'kasus' AND NEW.lo < {DESA_JAUH}")
    await stand(world, AT_KECAMATAN, ago=timedelta(days=6))
    await run(world)
    assert await told(world, "macet_segera") == [("admin_pusat", "macet_segera")] * 2  # another outage, another message


async def test_a_broken_policy_of_one_kabupaten_holds_back_no_other(world: World) -> None:
    await desks(world)
    await person(world, "kepala_dinas", "kepala.jauh", region=DESA_JAUH)
    await person(world, "operator_kecamatan", "kecamatan.jauh", region=DESA_JAUH)
    await stand(world, AT_KECAMATAN, ago=timedelta(days=6))
    await stand(world, AT_KECAMATAN, ago=timedelta(days=6), region=DESA_JAUH)
    await world.policy({"macet.jenjang@3204": {"bukan": "daftar"}})
    await run(world)
    assert await told(world, "macet_jenjang") == [("kepala.jauh", "macet_jenjang")]
    assert ("wilayah", 3204, 1, "pantau_gagal") in await alerts(world)


async def test_a_broken_message_holds_back_no_other_and_is_sent_when_it_can_be(world: World) -> None:
    people = await desks(world)
    second = await person(world, "kepala_dinas", "kepala.kedua")
    await stand(world, AT_KECAMATAN, ago=timedelta(days=6))
    await _break(world, "notice", f"NEW.user_id = {people['kepala_dinas'].user}")
    for _ in range(2):
        await run(world)
    assert await told(world, "macet_jenjang") == [("kepala.kedua", "macet_jenjang")]
    assert await rows(world, "SELECT 1 FROM watch_region WHERE last_error IS NOT NULL") == []
    await _mend(world, "notice")
    for _ in range(2):
        await run(world)
    assert await told(world, "macet_jenjang") == [("kepala.kedua", "macet_jenjang"), ("kepala_dinas", "macet_jenjang")]
    assert second.user != people["kepala_dinas"].user


async def test_broken_work_holds_back_no_case(world: World) -> None:
    await desks(world)
    await stand(world, AT_KECAMATAN, ago=timedelta(days=6))
    await world.policy({"macet.jalan": {"sewa": "bukan waktu"}})
    await world.admin.execute("UPDATE policy SET value = '{}' WHERE key = 'macet.jalan' AND version = 1")
    await batches.open_batch(world.worker, await world.system(), "uji", 3204, "Uji")
    await run(world, watch.watch_work)
    (failed,) = await rows(world, "SELECT * FROM watch_region WHERE last_error IS NOT NULL")
    assert failed["region"] == 0
    assert ("wilayah", 0, 1, "pantau_gagal") in await alerts(world)


# -- the watch is watched ----------------------------------------------------------------------------------------------


class _Watchman(BaseHTTPRequestHandler):
    asked: Sequence[str] = ()

    def do_GET(self) -> None:
        type(self).asked = [*type(self).asked, self.path]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def watchman() -> Iterator[str]:
    """The address of a server that notes who pings it."""
    _Watchman.asked = ()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Watchman)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def test_a_good_run_pings_outside_and_no_answer_stops_nothing(
    world: World, watchman: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in (f"{watchman}/ping/abc", "http://127.0.0.1:9/", "bukan alamat", ""):
        config = Settings(_env_file=None, watch_ping_url=url)
        monkeypatch.setattr(watch, "settings", lambda config=config: config)
        await world.admin.execute("DELETE FROM heartbeat WHERE name = 'pantau'")
        await run(world)
        assert await fetch_value(world.admin, "SELECT count(*) FROM heartbeat WHERE name = 'pantau'") == 1
    assert _Watchman.asked == ["/ping/abc"]


async def test_administrators_are_told_once_a_day_when_the_watch_is_silent(world: World) -> None:
    """Told by API processes alone: several, asking often, while nothing of Prefect or the engine runs."""
    await person(world, "admin_pusat")
    await run(world)
    dsn = role_dsn(world.admin_dsn, "alur_api")

    async def processes() -> None:
        async with make_pool(dsn, 2) as pool:
            asking = [asyncio.create_task(watch_the_watch(pool, 0.05)) for _ in range(3)]
            await asyncio.sleep(0.5)
            for task in asking:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    await processes()
    assert await told(world) == []
    await world.admin.execute("UPDATE heartbeat SET at = at - interval '5 hours' WHERE name = 'pantau'")
    await processes()
    assert await told(world) == [("admin_pusat", "pantau_mati")]
    assert await fetch_value(world.admin, "SELECT (data ->> 'jam')::integer FROM notice") == 5
    await world.travel(timedelta(days=1))
    await processes()
    assert await told(world) == [("admin_pusat", "pantau_mati")] * 2
    await run(world)
    await world.travel(timedelta(days=1))
    await processes()
    assert len(await told(world)) == 2


async def test_a_watch_that_never_ran_is_silent_since_the_installation(world: World) -> None:
    assert 0 <= await watch_age(world.api) < 3600
    await world.admin.execute("UPDATE policy_version SET recorded_at = recorded_at - interval '2 days'")
    assert await watch_age(world.api) > 86_400
