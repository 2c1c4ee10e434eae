"""kirim-kabar: who proposed learns what became of it, villages learn their week, and messages leave the house.

The engine does this all the time, so that a message leaves within seconds of the commit that it tells about. The flow
is the sweep: where several workers run and no engine, and after a day on which nothing ran.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from prefect import flow
from psycopg import OperationalError

from flows.batch_flow import RETRIES, RETRY_DELAY_S
from models.batch import commands as batches
from models.batch.queries import beat
from models.database import Conn, connect
from models.notice.commands import read_fates, tell_weekly, use_link
from models.notice.rules import CHANNELS
from models.penyaluran.commands import note_feed
from models.penyaluran.queries import feed_seen
from models.settings import Settings, settings
from models.tally.commands import read_on
from notifications.channels.telegram import LINKED, UNKNOWN, Telegram, TelegramAway, start_code
from notifications.delivery import Courier, channels, outbound

log = logging.getLogger("alur.notices")

_TICK_S = 1.0
_WEEKLY_S = 60.0
_BEAT_S = 5.0
_AGAIN_S = 3.0
_BOT = "telegram"


def _dsn(config: Settings) -> str:
    if config.worker_database_url is None:
        raise RuntimeError("ALUR_WORKER_DATABASE_URL is not set: notices need the database role alur_worker.")
    return config.worker_database_url.get_secret_value()


async def read_news(conn: Conn, session: UUID) -> int:
    """Tell proposers everything that is new in the log; returns how many acts were read."""
    read = 0
    while part := await read_fates(conn, session):
        read += part
    return read


async def listen_once(conn: Conn, bot: Telegram) -> int:
    """Take in what people wrote to the bot, and connect those who show their code; returns how many wrote.

    How far the bot was read is noted after each message: one that is read again finds its code used, and does nothing.

    Raises:
        TelegramAway: Telegram did not answer.
    """
    seen = await feed_seen(conn, _BOT)
    news = await bot.news(seen)
    for update in news:
        if found := start_code(update):
            chat, code = found
            language = await use_link(conn, code, chat)
            await bot.say(chat, LINKED[language] if language else UNKNOWN)
        await note_feed(conn, _BOT, int(update["update_id"]))
    return len(news)


async def _reading(config: Settings) -> None:
    conn = await connect(_dsn(config))
    try:
        weekly = beaten = 0.0
        while True:
            now = time.monotonic()
            session = await batches.work_session(conn, None)
            await read_news(conn, session)
            if now - weekly >= _WEEKLY_S:
                await tell_weekly(conn, session)
                weekly = now
            if now - beaten >= _BEAT_S:
                await beat(conn, "kabar")
                beaten = now
            await asyncio.sleep(_TICK_S)
    finally:
        await conn.close()


async def _counting(config: Settings) -> None:
    conn = await connect(_dsn(config))
    try:
        while True:
            session = await batches.work_session(conn, None)
            while await read_on(conn, session):
                pass
            await asyncio.sleep(_TICK_S)
    finally:
        await conn.close()


async def _sending(config: Settings, courier: Courier, channel: str) -> None:
    conn = await connect(_dsn(config))
    try:
        while True:
            if not await courier.deliver(conn, channel):
                await asyncio.sleep(_TICK_S)
    finally:
        await conn.close()


async def _listening(config: Settings, bot: Telegram) -> None:
    conn = await connect(_dsn(config))
    try:
        while True:
            try:
                await listen_once(conn, bot)
            except TelegramAway as error:
                log.warning("the bot's news could not be read: %s", error)
                await asyncio.sleep(_AGAIN_S)
    finally:
        await conn.close()


async def tell_for_ever(config: Settings) -> None:
    """Read, send and listen until cancelled; what breaks is begun again, and the rest goes on meanwhile."""

    async def kept(name: str, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Exception as error:
                expected = isinstance(error, OperationalError)
                log.warning("%s starts over (%s)", name, type(error).__name__, exc_info=None if expected else error)
                await asyncio.sleep(_AGAIN_S)

    async with outbound() as http, asyncio.TaskGroup() as group:
        ways = channels(config, http)
        courier = Courier(ways, base_url=config.public_url)
        group.create_task(kept("reading news", partial(_reading, config)))
        group.create_task(kept("counting", partial(_counting, config)))
        for name in CHANNELS:
            group.create_task(kept(f"sending by {name}", partial(_sending, config, courier, name)))
        bot = ways[_BOT]
        if isinstance(bot, Telegram):
            group.create_task(kept("listening to the bot", partial(_listening, config, bot)))


@flow(name="kirim-kabar", retries=RETRIES, retry_delay_seconds=RETRY_DELAY_S, timeout_seconds=1800)
async def kirim_kabar() -> str:
    """Read what is new, tell what is due, and send what waits."""
    config = settings()
    conn = await connect(_dsn(config))
    try:
        session = await batches.work_session(conn, None)
        read = await read_news(conn, session)
        weekly = await tell_weekly(conn, session)
        async with outbound() as http:
            sent = await Courier(channels(config, http), base_url=config.public_url).deliver_all(conn)
    finally:
        await conn.close()
    return f"{read} acts read, {weekly} weekly lists, {sent} messages sent or tried"
