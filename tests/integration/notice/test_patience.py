"""Whoever asks for patience is given it: by those who write to him, and not for ever."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from notifications.delivery import _peer
from tests.integration.notice.kit import deliveries, reach, reader, subset, tell, wish
from tests.integration.notice.peers import Asked, Reply, serving
from tests.integration.notice.post import Post
from tests.support.world import World


@asynccontextmanager
async def rude() -> AsyncIterator[tuple[str, list[Asked]]]:
    """A host that always asks for an hour of patience; yields its address and what it was asked."""
    asked: list[Asked] = []

    async def answer(request: Asked) -> Reply:
        asked.append(request)
        return Reply(429, headers={"retry-after": "3600"})

    async with serving(answer) as port:
        yield f"http://127.0.0.1:{port}/x", asked


async def told(post: Post, name: str, **addresses: str) -> None:
    """Tell somebody something urgent who wants it by these channels, in this order."""
    user = await reader(post.world, name)
    await reach(post.world, user, **addresses)
    await wish(post.world, user, channels=list(addresses))
    await tell(post.world, user, urgent=True)


async def grow_old(world: World) -> None:
    """Let every delivery be older than a day."""
    await world.admin.execute("UPDATE notice_delivery SET at = at - interval '25 h'")


async def test_other_peoples_webhooks_do_not_wait(post: Post) -> None:
    async with rude() as (url, asked):
        await told(post, "kasar", webhook=url)
        for number in range(19):
            await told(post, f"orang{number}", webhook=f"{post.web.url}/{number}")
        assert await post.round("webhook") == 20
    assert len(asked) == 1
    assert len(post.web.asked) == 19
    [waits] = await deliveries(post.world, state="antre")
    assert subset(waits, "tries", "last_error") == (0, "HTTP 429")


async def test_those_behind_the_same_host_do(post: Post) -> None:
    async with rude() as (url, asked):
        for number in range(12):
            await told(post, f"orang{number}", webhook=url.replace("/x", f"/{number}"))
        assert await post.round("webhook") == 12
    assert 1 <= len(asked) <= 5, "those under way at that moment"
    assert {subset(row, "state", "tries") for row in await deliveries(post.world)} == {("antre", 0)}


async def test_patience_ends_in_the_next_channel(post: Post) -> None:
    async with rude() as (url, asked):
        await told(post, "kasar", webhook=url, email="a@b.example")
        for _ in range(7):
            assert await post.round("webhook") == 1
        [row] = await deliveries(post.world)
        assert subset(row, "state", "channel", "tries") == ("antre", "webhook", 0)
        await grow_old(post.world)
        for _ in range(4):
            assert await post.round("webhook") == 1
        [row] = await deliveries(post.world)
        assert subset(row, "state", "channel", "tries") == ("gagal", "webhook", 4)
        assert 3590 < (row["next_try"] - await post.world.now()).total_seconds() <= 3600
        assert await post.round("webhook") == 1
        assert len(asked) == 12
    [row] = await deliveries(post.world)
    assert subset(row, "state", "channel", "tried") == ("antre", "email", ["webhook"])
    assert await post.round() == 1
    assert (await post.state())[1] == "terkirim"


async def test_patience_ends_in_a_dead_letter(post: Post) -> None:
    await post.world.policy({"pemberitahuan.kirim": {"pindah": 2, "menyerah": 3, "jeda_awal_s": 1, "jeda_paling_s": 1}})
    async with rude() as (url, _):
        await told(post, "kasar", webhook=url)
        await grow_old(post.world)
        assert [await post.round("webhook") for _ in range(5)] == [1, 1, 1, 0, 0]
    assert await post.state() == ("webhook", "mati", "HTTP 429")


@pytest.mark.parametrize(
    ("channel", "address", "peer"),
    [
        ("webhook", "https://Desa.example/a?b", "desa.example"),
        ("webhook", "https://kunci@desa.example:8443/", "desa.example:8443"),
        ("webhook", "https://[::1", "https://[::1"),
        ("webhook", None, "webhook"),
        ("telegram", "77", "telegram"),
        ("sms", "+628120000001", "sms"),
    ],
)
def test_who_answers(channel: str, address: str | None, peer: str) -> None:
    assert _peer(channel, address) == peer
