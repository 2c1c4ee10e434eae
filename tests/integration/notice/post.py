"""Couriers of a test's own, and everybody they talk to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from models.settings import Settings
from notifications.channels.telegram import Telegram
from notifications.delivery import Courier, channels, outbound
from tests.integration.notice.kit import deliveries, make_due, reach, reader, subset, tell
from tests.integration.notice.peers import TOKEN, BotApi, MailBox, Web, bot_api, mail_server, web
from tests.support.world import World


@dataclass
class Post:
    """The world's couriers, and everybody they talk to."""

    world: World
    courier: Courier
    telegram: BotApi
    mail: MailBox
    web: Web
    bot: Telegram
    config: Settings

    async def round(self, channel: str | None = None) -> int:
        """Let everything be due, and send it once."""
        await make_due(self.world)
        if channel:
            return await self.courier.deliver(self.world.worker, channel)
        return await self.courier.deliver_all(self.world.worker)

    async def told(self, **addresses: str) -> int:
        """Tell somebody something urgent who is reached by these channels; returns his account."""
        user = await reader(self.world)
        await reach(self.world, user, **addresses)
        await tell(self.world, user, urgent=True)
        return user

    async def state(self) -> tuple[Any, ...]:
        """Return channel, state and last error of the one delivery."""
        [row] = await deliveries(self.world)
        return subset(row, "channel", "state", "last_error")


@asynccontextmanager
async def posting(world: World, **more: Any) -> AsyncIterator[Post]:
    async with bot_api() as telegram, mail_server() as mail, web() as site, outbound() as http:
        config = Settings(
            _env_file=None,
            public_url="https://alur.example",
            telegram_token=TOKEN,
            telegram_url=telegram.url,
            smtp_host="127.0.0.1",
            smtp_port=mail.port,
            smtp_tls="none",
            smtp_from="Alur <kabar@alur.example>",
            sms_url=f"{site.url}/sms",
            sms_secret="kunci-sms",
            office_channels={"dinsos": f"json://127.0.0.1:{site.port}/kantor"},
            **{"webhook_private": True, **more},
        )
        ways = channels(config, http)
        bot = ways["telegram"]
        assert isinstance(bot, Telegram)
        yield Post(world, Courier(ways, base_url=config.public_url), telegram, mail, site, bot, config)
