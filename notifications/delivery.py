"""Delivery: from the queue to the channels, at least once, each message under a key of its own.

A sender claims what is due, sends it, and notes at once what came of it. Killed before it sent, it loses nothing: the
claim ends by itself. Killed between acceptance and note, the message is sent once more under the same key. No message
and no channel holds up another: every channel has its own round, and every message its own judgement.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
import jinja2

from models.database import Conn
from models.notice import commands, queries
from models.notice.rules import CHANNELS
from models.policy.queries import mark
from models.settings import Settings
from notifications.channels.base import SEND_S, Channel, Failed, Later, Message, Outcome, Sent, Unset
from notifications.channels.kantor import Kantor
from notifications.channels.mail import Mail
from notifications.channels.telegram import Telegram
from notifications.channels.webhook import Sms, Webhook
from notifications.kinds import compose

log = logging.getLogger("alur.notices")

_CLAIM = 20
_AT_ONCE = 5
_LEASE_S = int(SEND_S * (_CLAIM / _AT_ONCE + 2))
"""A claim outlives the slowest round: every message of it takes all the time it may."""


@cache
def _tls() -> ssl.SSLContext:
    """Return the trusted roots, read once per process: reading them takes longer than a message."""
    return httpx.create_ssl_context(trust_env=False)


@asynccontextmanager
async def outbound() -> AsyncIterator[httpx.AsyncClient]:
    """Open a pool that goes straight to the named host: proxies of the environment are not configuration."""
    async with httpx.AsyncClient(verify=_tls(), trust_env=False, follow_redirects=False) as http:
        yield http


def channels(config: Settings, http: httpx.AsyncClient) -> dict[str, Channel]:
    """Return every channel as the operator set it up."""
    token, password, secret = config.telegram_token, config.smtp_password, config.sms_secret
    offices = {name: address.get_secret_value() for name, address in config.office_channels.items()}
    made: dict[str, Channel] = {
        "telegram": Telegram(http, config.telegram_url, token.get_secret_value())
        if token and token.get_secret_value()
        else Unset("ALUR_TELEGRAM_TOKEN"),
        "email": Mail(
            config.smtp_host,
            config.smtp_port,
            config.smtp_from,
            config.smtp_user,
            password.get_secret_value() if password else "",
            config.smtp_tls,
        )
        if config.smtp_host
        else Unset("ALUR_SMTP_HOST"),
        "sms": Sms(http, config.sms_url, secret.get_secret_value())
        if config.sms_url and secret and secret.get_secret_value()
        else Unset("ALUR_SMS_URL, ALUR_SMS_SECRET"),
        "webhook": Webhook(http, private=config.webhook_private),
        "kantor": Kantor(offices),
    }
    return {name: made[name] for name in CHANNELS}


class Courier:
    """One sender: the queue on one side, the channels on the other."""

    def __init__(self, ways: Mapping[str, Channel], *, base_url: str = "") -> None:
        self._ways = ways
        self._base_url = base_url.rstrip("/")
        self._mark: str | None = None

    async def deliver(self, conn: Conn, channel: str) -> int:
        """Send what is due on one channel, up to a claim's worth; returns how many messages were claimed."""
        rows = await commands.claim(conn, channel, limit=_CLAIM, seconds=_LEASE_S)
        waiting: dict[str, Later] = {}
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def one(row: Mapping[str, Any]) -> None:
            peer = _peer(channel, row["address"])
            async with at_once:
                # Once the other side asked for patience, nobody else of this round asks it again.
                outcome: Outcome = waiting.get(peer) or await self._sent(conn, channel, row)
                if isinstance(outcome, Later):
                    waiting[peer] = outcome
                await _note(conn, row, outcome)

        ends = await asyncio.gather(*(one(row) for row in rows), return_exceptions=True)
        for row, fault in zip(rows, ends, strict=True):
            if fault is not None:  # its claim ends by itself, and it is given up after policy's number of tries
                log.error("delivery %s: what came of it could not be noted", row["id"], exc_info=fault)
        return len(rows)

    async def _sent(self, conn: Conn, channel: str, row: Mapping[str, Any]) -> Outcome:
        """Render and send one message; whatever goes wrong is this message's outcome and nobody else's."""
        if row["address"] is None:
            return Failed("tidak ada alamat / no address", final=True)
        try:
            message = await self._message(conn, row)
        except (LookupError, TypeError, ValueError, jinja2.TemplateError) as error:
            log.exception("delivery %s: its message cannot be written", row["id"])
            return Failed(f"templat / template: {type(error).__name__}", final=True)
        try:
            async with asyncio.timeout(SEND_S):
                return await (await self._way(conn, channel)).send(row["address"], row["secret"], message)
        except TimeoutError:
            return Failed("TimeoutError")
        except Exception as error:  # one channel's fault must not stop the others
            log.exception("delivery %s: channel %s failed", row["id"], channel)
            return Failed(type(error).__name__)

    async def _way(self, conn: Conn, channel: str) -> Channel:
        """Return a channel. From a database for practice nobody's webhook is called outside this machine."""
        way = self._ways[channel]
        if not isinstance(way, Webhook):
            return way
        self._mark = self._mark or await mark(conn)
        return replace(way, practice=True) if self._mark == "practice" else way

    async def _message(self, conn: Conn, row: Mapping[str, Any]) -> Message:
        """Return the message a delivery carries: one notice, or the subjects of a day's."""
        notices, count = await queries.carried(conn, row["id"], row["notice"])
        language = row["language"]
        if row["notice"] is None and count > 1:
            subjects = [compose(notice["kind"], notice["data"], language).subject for notice in notices]
            kind, data = "ringkasan", {"count": count, "subjects": subjects}
        else:
            kind, data = notices[0]["kind"], notices[0]["data"]
        return Message(f"alur-{row['id']}", kind, compose(kind, data, language, base_url=self._base_url), data)

    async def deliver_all(self, conn: Conn) -> int:
        """Send everything that is due now, on every channel; returns how many messages were claimed."""

        async def drained(channel: str) -> int:
            claimed = 0
            while part := await self.deliver(conn, channel):
                claimed += part
            return claimed

        return sum(await asyncio.gather(*(drained(channel) for channel in self._ways)))


def _peer(channel: str, address: str | None) -> str:
    """Return who answers: behind a channel stands one, behind people's webhooks as many as there are hosts."""
    if channel != "webhook" or address is None:
        return channel
    try:
        return urlsplit(address).netloc.rpartition("@")[2].lower()
    except ValueError:
        return address


async def _note(conn: Conn, row: Mapping[str, Any], outcome: Outcome) -> None:
    """Write down what came of one delivery."""
    delivery, lease = row["id"], row["lease"]
    match outcome:
        case Sent(provider):
            await commands.note_sent(conn, delivery, lease, provider)
        case Later(error, seconds):
            await commands.note_later(conn, delivery, lease, error, seconds)
        case Failed(error, final, blocked):
            state = await commands.note_failed(conn, delivery, lease, error, final=final, blocked=blocked)
            log.warning("delivery %s: %s, now %s", delivery, error, state)
