"""The other sides, on loopback and on the wire: a web server that may misbehave, Telegram's Bot API, a mail server."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

from alur.runtime.ports import free_port

TOKEN = "4242:uji"
_OVER = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError)
"""How a conversation ends: by the other side, or with the test."""


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """An answer; `cut` closes the connection after the request was read, `slow_s` waits before answering."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    slow_s: float = 0


Answer = Callable[[Asked], Awaitable[Reply]]


@dataclass
class Web:
    """A web server that answers as it is told, and remembers what it was asked."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    """What it answers next, in order; then 200."""
    on_asked: Callable[[Asked], None] = lambda _: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        self.on_asked(asked)
        return self.replies.pop(0) if self.replies else Reply()


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[int]:
    """Serve HTTP/1.1 on a free port of loopback; yields the port."""

    talks: set[asyncio.Task[Any]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        task.add_done_callback(talks.discard)
        with contextlib.closing(writer), contextlib.suppress(*_OVER):
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").split("\r\n")
                method, path, _ = first.split(" ")
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines if line)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                reply = await answer(Asked(method, path, headers, body))
                await asyncio.sleep(reply.slow_s)
                if reply.cut:
                    break
                told = {"content-type": "application/json", "content-length": str(len(reply.body)), **reply.headers}
                writer.write(f"HTTP/1.1 {reply.status} X\r\n".encode())
                writer.write("".join(f"{k}: {v}\r\n" for k, v in told.items()).encode() + b"\r\n" + reply.body)
                await writer.drain()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await asyncio.sleep(0)  # closed writers let go of their sockets


@asynccontextmanager
async def web() -> AsyncIterator[Web]:
    """A web server of a test's own."""
    made = Web()
    async with serving(made.answer) as port:
        made.port = port
        yield made


# -- Telegram ---------------------------------------------------------------------------------------------------------


def _json(status: int, body: dict[str, Any]) -> Reply:
    return Reply(status, json.dumps(body).encode())


def refusal(code: int, description: str, **parameters: Any) -> Reply:
    """A refusal as the Bot API words it."""
    told: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return _json(code, told | ({"parameters": parameters} if parameters else {}))


@dataclass
class BotApi:
    """The part of Telegram's Bot API that is used here, with chats that may have blocked the bot."""

    port: int = 0
    sent: list[dict[str, Any]] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    """What sendMessage answers next, in order; then it does what it is asked."""
    blocked: set[int] = field(default_factory=set)
    updates: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def write(self, chat: int, text: str, *, kind: str = "private") -> None:
        """Let somebody write to the bot."""
        number = 1000 + len(self.updates)
        self.updates.append(
            {
                "update_id": number,
                "message": {
                    "message_id": number,
                    "date": 1_776_000_000,
                    "chat": {"id": chat, "type": kind, "first_name": "Uji"},
                    "from": {"id": chat, "is_bot": False, "first_name": "Uji"},
                    "text": text,
                },
            }
        )

    async def answer(self, asked: Asked) -> Reply:
        _, bot, method = asked.path.split("/")
        if bot != f"bot{TOKEN}":
            return refusal(401, "Unauthorized")
        if "json" in asked.headers.get("content-type", ""):
            told = asked.json
        else:
            told = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        if method == "getMe":
            return self._ok({"id": 4242, "is_bot": True, "first_name": "Alur", "username": "alur_uji_bot"})
        if method == "getUpdates":
            offset = int(told.get("offset", 0))
            return self._ok([update for update in self.updates if update["update_id"] >= offset])
        if method == "sendMessage":
            return self._send(told)
        return refusal(404, "Not Found")

    def _send(self, told: dict[str, Any]) -> Reply:
        if self.replies:
            return self.replies.pop(0)
        chat = int(told["chat_id"])
        if chat in self.blocked:
            return refusal(403, "Forbidden: bot was blocked by the user")
        if not told.get("text"):
            return refusal(400, "Bad Request: message text is empty")
        self.sent.append(told)
        return self._ok(
            {
                "message_id": len(self.sent),
                "date": 1_776_000_000,
                "chat": {"id": chat, "type": "private", "first_name": "Uji"},
                "text": told["text"],
            }
        )

    @staticmethod
    def _ok(result: Any) -> Reply:
        return _json(200, {"ok": True, "result": result})


@asynccontextmanager
async def bot_api() -> AsyncIterator[BotApi]:
    """Telegram, as far as it is needed."""
    made = BotApi()
    async with serving(made.answer) as port:
        made.port = port
        yield made


# -- mail -------------------------------------------------------------------------------------------------------------


@dataclass
class MailBox:
    """A mail server's boxes."""

    port: int = 0
    letters: list[bytes] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    replies: list[str] = field(default_factory=list)
    """What it answers to a letter next, in order; then it takes it. "cut" takes it and closes the connection."""

    async def handle_RCPT(  # noqa: N802 -- the server's name for it
        self, _server: SMTP, _session: SmtpSession, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.unknown:
            return f"550 5.1.1 <{address}>: no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 -- the server's name for it
        self, server: SMTP, _session: SmtpSession, envelope: Envelope
    ) -> str:
        reply = self.replies.pop(0) if self.replies else "250 2.0.0 queued as A1"
        if reply.startswith(("250", "cut")):
            self.letters.append(envelope.content if isinstance(envelope.content, bytes) else b"")
        if reply == "cut":
            transport = server.transport
            assert isinstance(transport, asyncio.Transport)
            transport.abort()
            return "250 never heard"
        return reply


@asynccontextmanager
async def blunt_mail_server(answer: Callable[[bytes], bytes]) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A mail server that takes every letter and answers it with bytes of its own; yields its port and the letters."""
    letters: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(*_OVER):
            writer.write(b"220 blunt ESMTP\r\n")
            while line := await reader.readline():
                match line[:4].upper():
                    case b"DATA":
                        writer.write(b"354 go on\r\n")
                        letters.append(await reader.readuntil(b"\r\n.\r\n"))
                        writer.write(answer(letters[-1]))
                    case b"QUIT":
                        writer.write(b"221 bye\r\n")
                        break
                    case _:
                        writer.write(b"250 ok\r\n")
                await writer.drain()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], letters
    finally:
        server.close()
        await asyncio.sleep(0)


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailBox]:
    """A real mail server, in a thread of its own."""
    box = MailBox(port=free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port, ready_timeout=10)
    await asyncio.to_thread(controller.start)
    try:
        yield box
    finally:
        await asyncio.to_thread(controller.stop)
