"""Where webhooks may go: the public net, and nowhere inside."""

from __future__ import annotations

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
