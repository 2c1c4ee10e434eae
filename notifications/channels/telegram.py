"""Telegram: messages by the Bot API, and chats that become somebody's by a one-time code.

Source: https://core.telegram.org/bots/api. Any answer is JSON with `ok`; failures carry `error_code`, `description`
and, when there were too many, `parameters.retry_after` in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx

from notifications.channels.base import SEND_S, Failed, Later, Message, Outcome, Sent, told, told_error

_PATIENCE_S = 30.0
_PATIENCE_MOST_S = 86_400.0
_POLL_S = 25
_NEWS_MOST = 100
_GONE = re.compile(
    r"chat not found|user is deactivated|bot was blocked|bot was kicked|group chat was upgraded", re.IGNORECASE
)

LINKED = {
    "id": "Tersambung. Pemberitahuan Alur akan datang ke percakapan ini.",
    "en": "Connected. Notices from Alur will come to this chat.",
}
UNKNOWN = (
    "Kode tidak dikenal atau sudah lewat. Minta kode baru di pengaturan pemberitahuan Alur.\n"
    "The code is unknown or too old. Ask for a new one in Alur's settings of notices."
)


class TelegramAway(Exception):
    """Telegram did not answer, or not as its API says."""


class Telegram:
    """One bot."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, token: str) -> None:
        self._http = http
        self._url = f"{base_url.rstrip('/')}/bot{token}"

    async def _call(self, method: str, body: Mapping[str, Any], *, timeout_s: float = SEND_S) -> dict[str, Any]:
        """Return what a method answers, also when it says no.

        Raises:
            TelegramAway: no answer, or one that is none of the API's. The address holds the token, so it is never told.
        """
        try:
            response = await self._http.post(f"{self._url}/{method}", json=dict(body), timeout=timeout_s)
            answer = response.json()
        except httpx.HTTPError as error:
            raise TelegramAway(type(error).__name__) from None
        except ValueError:
            raise TelegramAway(f"HTTP {response.status_code}, bukan JSON / not JSON") from None
        if not isinstance(answer, dict) or not isinstance(answer.get("ok"), bool):
            raise TelegramAway(f"HTTP {response.status_code}, jawaban asing / strange answer")
        return answer

    async def send(self, address: str, secret: str | None, message: Message) -> Outcome:  # noqa: ARG002 -- the protocol's
        """Send a message to a chat. The API knows no key: a lost answer may mean a message told twice."""
        body = {
            "chat_id": int(address),
            "text": message.told.telegram,
            "link_preview_options": {"is_disabled": True},
        }
        try:
            answer = await self._call("sendMessage", body)
        except TelegramAway as error:
            return Failed(str(error))
        if answer["ok"]:
            result = answer.get("result")
            return Sent(told(str(result.get("message_id"))) if isinstance(result, dict) else None)
        return judge(answer)

    async def news(self, after: int) -> list[dict[str, Any]]:
        """Return what was written to the bot after an update, waiting for something to come.

        Raises:
            TelegramAway: no answer, or a refusal.
        """
        body = {"offset": after + 1, "timeout": _POLL_S, "limit": _NEWS_MOST, "allowed_updates": ["message"]}
        answer = await self._call("getUpdates", body, timeout_s=_POLL_S + SEND_S)
        if not answer["ok"] or not isinstance(answer.get("result"), list):
            raise TelegramAway(told_error(str(answer.get("description"))))
        return [update for update in answer["result"] if isinstance(update, dict)]

    async def say(self, chat: int, text: str) -> None:
        """Answer in a chat; an answer that is lost is asked for again by whoever waits for it."""
        try:
            await self._call("sendMessage", {"chat_id": chat, "text": text})
        except TelegramAway:
            return


def judge(answer: Mapping[str, Any]) -> Outcome:
    """Return what a refusal of the API means for the message and for the chat."""
    code, said = answer.get("error_code"), told_error(str(answer.get("description", "")))
    error = f"{code} {said}" if isinstance(code, int) else said
    if code == httpx.codes.TOO_MANY_REQUESTS:
        parameters = answer.get("parameters")
        wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
        asked = float(wait) if isinstance(wait, (int, float)) and wait > 0 else _PATIENCE_S
        return Later(error, min(asked, _PATIENCE_MOST_S))
    if code == httpx.codes.FORBIDDEN or (code == httpx.codes.BAD_REQUEST and _GONE.search(said)):
        return Failed(error, blocked=True)
    return Failed(error, final=code == httpx.codes.BAD_REQUEST)


def start_code(update: Mapping[str, Any]) -> tuple[int, str] | None:
    """Return chat and code of a `/start CODE` in a private chat, None for anything else that is written to the bot."""
    message = update.get("message")
    if not isinstance(message, dict) or not isinstance(chat := message.get("chat"), dict):
        return None
    found = re.fullmatch(r"/start(?:@\w+)?\s+([0-9a-f]{32})", str(message.get("text", "")).strip())
    if found is None or chat.get("type") != "private" or not isinstance(chat.get("id"), int):
        return None
    return chat["id"], found[1]
