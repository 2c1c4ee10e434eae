"""Where webhooks may go: the public net, and nowhere inside."""

from __future__ import annotations

import socket
from typing import Any

import httpx
import pytest

from notifications.channels.webhook import AddressRefused, public, reachable
from tests.integration.notice.post import posting
from tests.support.world import World


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://127.0.0.1/x", "public"),
        ("https://localhost/x", "public"),
        ("https://10.0.0.8/x", "public"),
        ("https://169.254.169.254/latest/meta-data", "public"),
        ("https://[::1]/x", "public"),
        ("https://[::ffff:127.0.0.1]/x", "public"),
        ("https://0.0.0.0/x", "public"),
        ("https://100.64.0.1/x", "public"),
        ("https://2130706433/x", "public"),
        ("http://93.184.216.34/x", "https"),
        ("ftp://93.184.216.34/x", "https"),
        ("https:///x", "https"),
        ("https://tidak-ada.invalid/x", "no such host"),
    ],
)
async def test_addresses_inside_are_refused(url: str, why: str) -> None:
    with pytest.raises(AddressRefused, match=why):
        await reachable(url, private=False)


async def test_a_webhook_inside_is_never_called(world: World) -> None:
    async with posting(world, webhook_private=False) as post:
        await post.told(webhook=f"{post.web.url}/x")
        await post.round("webhook")
        assert post.web.asked == []
        assert (await post.state())[1] == "gagal"


async def test_public_addresses_are_not() -> None:
    assert await reachable("https://93.184.216.34:8443/x", private=False) == "93.184.216.34"
    assert public("2606:4700::1111")
    assert not public("64:ff9b::7f00:1"), "a translated address of this machine"
    assert not public("2002:7f00:1::")


# -- whoever practises ------------------------------------------------------------------------------------------------


async def practise(world: World) -> None:
    """Let the database be one for practice."""
    await world.admin.execute("UPDATE clock SET mark = 'practice'")


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize(
    "url",
    ["https://93.184.216.34/x", "https://10.0.0.8/x", "https://[2606:4700::1111]/x", "https://alur.example/x"],
)
async def test_no_address_outside_is_called_in_practice(
    url: str, private: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    ask = socket.getaddrinfo

    def looking(host: str, port: int, family: int, kind: int, proto: int, flags: int) -> Any:
        if not flags & socket.AI_NUMERICHOST:
            looked.append(host)
        return ask(host, port, family, kind, proto, flags)

    monkeypatch.setattr(socket, "getaddrinfo", looking)
    with pytest.raises(AddressRefused, match="practice"):
        await reachable(url, private=private, practice=True)
    assert looked == [], "a name that is looked up leaves the machine too"


async def test_this_machine_is_called_in_practice_where_private_addresses_are() -> None:
    assert await reachable("http://127.0.0.1:9/x", private=True, practice=True) == "127.0.0.1"
    assert await reachable("http://localhost:9/x", private=True, practice=True) in {"127.0.0.1", "::1"}
    assert await reachable("http://[::ffff:127.0.0.1]:9/x", private=True, practice=True) == "::ffff:127.0.0.1"
    with pytest.raises(AddressRefused, match="public"):
        await reachable("https://127.0.0.1/x", private=False, practice=True)


async def test_a_database_for_practice_sends_no_webhook_outside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await practise(world)
    async with posting(world) as post:
        posted: list[str] = []

        async def leaving(_: httpx.AsyncClient, request: httpx.Request, **_more: Any) -> httpx.Response:
            posted.append(str(request.url))
            return httpx.Response(200)

        monkeypatch.setattr(httpx.AsyncClient, "send", leaving)
        await post.told(webhook="https://93.184.216.34/x")
        await post.round("webhook")
        assert posted == []
        channel, state, error = await post.state()
        assert (channel, state) == ("webhook", "gagal")
        assert "practice" in error


async def test_a_database_for_practice_calls_this_machine(world: World) -> None:
    await practise(world)
    async with posting(world) as post:
        await post.told(webhook=f"{post.web.url}/x")
        await post.round("webhook")
        assert len(post.web.asked) == 1
        assert (await post.state())[1] == "terkirim"
