"""Plays Telegram: takes what a bot sends into an inbox that people can read, and gives the bot what they write to it.

The part of the Bot API that is used here: sendMessage, getUpdates, getMe. Kept in memory: a phone that was lost.
"""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

KEPT_MAX = 500
_WAIT_MAX_S = 25
BOT: dict[str, Any] = {"id": 4242, "is_bot": True, "first_name": "Alur", "username": "alur_demo_bot"}


class BotRefused(Exception):
    """What the Bot API answers instead of a result: code and description."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(code, description)
        self.code, self.description = code, description


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of the bot's."""

    number: int
    at: float
    chat: int
    text: str


@dataclass(slots=True)
class Telegram:
    """The chats of one bot."""

    inbox: deque[Sent] = field(default_factory=lambda: deque(maxlen=KEPT_MAX))
    _updates: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT_MAX))
    _number: int = field(default_factory=lambda: int(time.time()))
    """Goes on after a restart: a bot asks for what came after the last number it saw."""
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    def _next(self) -> int:
        self._number += 1
        return self._number

    def write(self, chat: int, text: str) -> None:
        """Let the owner of a chat write to the bot."""
        number = self._next()
        message = {"message_id": number, "date": int(time.time()), "text": text}
        person = {"id": chat, "first_name": f"Chat {chat}"}
        message |= {"chat": person | {"type": "private"}, "from": person | {"is_bot": False}}
        self._updates.append({"update_id": number, "message": message})
        self._came.set()

    async def call(self, method: str, told: dict[str, Any]) -> Any:
        """Return the result of a method.

        Raises:
            BotRefused: the method is not played, or its arguments are wrong.
        """
        if method == "getMe":
            return BOT
        if method == "getUpdates":
            return await self._news(_whole(told.get("offset", 0)), _whole(told.get("timeout", 0)))
        if method != "sendMessage":
            raise BotRefused(404, "Not Found")
        chat, text = _whole(told.get("chat_id")), told.get("text")
        if not isinstance(text, str) or not text.strip():
            raise BotRefused(400, "Bad Request: message text is empty")
        sent = Sent(self._next(), time.time(), chat, text)
        self.inbox.append(sent)
        return {
            "message_id": sent.number,
            "date": int(sent.at),
            "chat": {"id": chat, "type": "private", "first_name": f"Chat {chat}"},
            "text": text,
        }

    async def _news(self, offset: int, timeout_s: int) -> list[dict[str, Any]]:
        until = time.monotonic() + min(timeout_s, _WAIT_MAX_S)
        while True:
            self._came.clear()
            found = [update for update in self._updates if update["update_id"] >= offset]
            left = until - time.monotonic()
            if found or left <= 0:
                return found
            try:
                async with asyncio.timeout(left):
                    await self._came.wait()
            except TimeoutError:
                return []


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise BotRefused(400, "Bad Request: chat not found") from error
