"""The engine's part: within seconds of a commit the message is out, whatever breaks meanwhile; and the sweep."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from prefect.logging import disable_run_logger
from pydantic import SecretStr

from flows import kabar
from models.install import role_dsn
from models.settings import Settings
from tests.integration.door.kit import person, stand
from tests.integration.notice.kit import deliveries, notices, reach, settled, tell
from tests.integration.notice.post import Post
from tests.integration.notice.test_fates import ARRIVED
from tests.support.world import World


def config(post: Post) -> Settings:
    dsn = role_dsn(post.world.admin_dsn, "alur_worker")
    return post.config.model_copy(update={"worker_database_url": SecretStr(dsn)})


@asynccontextmanager
async def engine(post: Post) -> AsyncIterator[None]:
    """Run the engine's part for notices beside the test."""
    task = asyncio.create_task(kabar.tell_for_ever(config(post)))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(there: Callable[[], Awaitable[Any]], seconds: float = 60) -> Any:
    """Wait until something is there, and return it."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if found := await there():
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("it did not come")


async def returned(world: World, case: int) -> None:
    """Let the kecamatan return a proposal."""
    kecamatan = await person(world, "operator_kecamatan")
    assert await kecamatan.one("U20", case, reason="BERKAS_KURANG", note="x") == "dipindah"


async def proposal(world: World) -> int:
    await person(world, "operator_desa", "operator")
    user = await world.user("operator")
    await reach(world, user, telegram="77")
    [case] = await stand(world, ARRIVED, actors={"U01": user})
    return case


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.kabar._AGAIN_S", 0.2)
    monkeypatch.setattr("notifications.channels.telegram._POLL_S", 0)


async def texts(post: Post) -> list[str]:
    return [sent["text"] for sent in post.telegram.sent if "dikembalikan" in sent["text"]]


async def test_a_step_is_on_the_phone_seconds_after_its_commit(post: Post) -> None:
    case = await proposal(post.world)
    async with engine(post):
        await returned(post.world, case)
        await settled(post.world.admin)
        committed = time.monotonic()
        [text] = await until(lambda: texts(post))
        assert time.monotonic() - committed < 20, "a loaded machine is slow, and this is still seconds"
    assert f"/kasus/{case}" in text


async def test_the_engine_outlives_its_connections(post: Post) -> None:
    case = await proposal(post.world)
    async with engine(post):
        beats = "SELECT 1 FROM heartbeat WHERE name = 'kabar'"

        async def beating() -> Any:
            return await (await post.world.admin.execute(beats)).fetchone()

        await until(beating)
        await post.world.admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename = 'alur_worker' AND datname = current_database() AND pid <> %s",
            (post.world.worker.info.backend_pid,),
        )
        await returned(post.world, case)
        assert len(await until(lambda: texts(post))) == 1

        async def recorded() -> Any:
            return [row for row in await deliveries(post.world, urgent=True) if row["state"] == "terkirim"]

        assert len(await until(recorded)) == 1


async def test_the_sweep_does_it_all_by_itself(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    case = await proposal(post.world)
    await returned(post.world, case)
    await settled(post.world.admin)
    monkeypatch.setattr(kabar, "settings", lambda: config(post))
    with disable_run_logger():
        said = await kabar.kirim_kabar.fn()
    assert len(await texts(post)) == 1
    assert said.endswith("messages sent or tried")
    kinds = [row["kind"] for row in await notices(post.world, await post.world.user("operator"))]
    assert "dikembalikan" in kinds
    assert "mingguan" in kinds
    with disable_run_logger():
        await kabar.kirim_kabar.fn()
    assert len(await texts(post)) == 1


async def test_a_bot_that_is_away_holds_no_mail(post: Post) -> None:
    user = await post.world.user("operator")
    await reach(post.world, user, email="a@b.example")
    broken = config(post).model_copy(update={"telegram_url": "http://127.0.0.1:1"})
    post.config = broken
    async with engine(post):
        await tell(post.world, user, urgent=True)

        async def letters() -> list[bytes]:
            return post.mail.letters

        assert len(await until(letters)) == 1
