"""The faulty wire in front of the simulator: refuse, delay, cut, hold or spoil an exchange.

It works below the routes, on ASGI messages, because a cut connection is not an answer a route could give.
"""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime
from random import SystemRandom
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.simulator.controls import Controls, Fault
from integrations.simulator.problems import Problem, problem_response

HOLD_MAX_S = 120
"""A held connection is let go after this, should the caller never give up."""
HTML = b"<!doctype html><title>502</title><p>Layanan sedang sibuk.</p>"
TELEGRAM: Final = "telegram"
"""The system whose paths hold the bot's own token: `/bot<token>/<method>`."""
SPOILS: Final = ("html", "malformed", "repeated", "wrong_id", "missing_row", "duplicate_answer", "wrong_hash")

_luck = SystemRandom()


def wire_names(path: str) -> tuple[str, str] | None:
    """Return system and operation of a path on the wire; None for paths that never misbehave."""
    parts = path.strip("/").split("/")
    if parts[0].startswith("_") or parts[0] == "healthz":
        return None
    if parts[0] == "bank" and len(parts) > 2:  # noqa: PLR2004 - /bank/{bank}/{operation}
        return f"bank/{parts[1]}", parts[2]
    system = TELEGRAM if parts[0].startswith("bot") else parts[0]
    return system, parts[1] if len(parts) > 1 else ""


class Gate:
    """Decides for each exchange whether and how it goes wrong."""

    def __init__(self) -> None:
        self._fired: Counter[str] = Counter()

    def reset(self) -> None:
        """Forget how often faults fired: new faults were set."""
        self._fired.clear()

    async def carry(self, controls: Controls, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry one exchange through the fault that is set for it, if any."""
        names = wire_names(scope["path"])
        found = controls.fault_for(*names) if names else None
        if found is None or scope["method"] not in found[1].methods:
            await app(scope, receive, send)
            return
        pattern, fault = found
        await asyncio.sleep((fault.latency_ms + fault.latency_jitter_ms * _luck.random()) / 1000)
        if _is_out(fault) or self._hit(pattern, fault, "error"):
            await _unavailable(scope, receive, send)
        elif self._hit(pattern, fault, "lost"):
            await _cut(receive, send)
        else:
            await self._after(pattern, fault, app, scope, receive, send)

    async def _after(
        self, pattern: str, fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Let the work be done, then lose or spoil its answer."""
        answer = _Recorder()
        await app(scope, receive, answer)
        if self._hit(pattern, fault, "drop"):
            await _cut(receive, send)
            return
        if self._hit(pattern, fault, "timeout"):
            await _hold(receive)
            await _cut(receive, send)
            return
        for kind in SPOILS:
            if self._hit(pattern, fault, kind):
                spoil(kind, answer)
        await answer.replay(send)

    def _hit(self, pattern: str, fault: Fault, kind: str) -> bool:
        rate: float = getattr(fault, f"{kind}_rate")
        if rate == 0 or (fault.times is not None and self._fired[pattern] >= fault.times):
            return False
        hit = _luck.random() < rate
        self._fired[pattern] += hit
        return hit


class _Recorder:
    """An answer kept back until it is decided what becomes of it."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")

    def set_media_type(self, media_type: bytes) -> None:
        self.headers = [(b"content-type", media_type)]

    async def replay(self, send: Send) -> None:
        headers = [(name, value) for name, value in self.headers if name != b"content-length"]
        length = str(len(self.body)).encode()
        await send(
            {"type": "http.response.start", "status": self.status, "headers": [*headers, (b"content-length", length)]}
        )
        await send({"type": "http.response.body", "body": self.body})


def spoil(kind: str, answer: _Recorder) -> None:
    """Spoil an answer in one of the ways of `SPOILS`; one without rows can only be turned to HTML or cut."""
    if kind == "html":
        answer.status, answer.body = 200, HTML
        answer.set_media_type(b"text/html; charset=utf-8")
        return
    if kind == "malformed":
        answer.body = answer.body[: len(answer.body) // 2]
        return
    if kind == "repeated":
        answer.body *= 2
        return
    try:
        document = json.loads(answer.body)
    except ValueError:  # spoilt before
        return
    rows = next((value for value in document.values() if isinstance(value, list) and value), None)
    if rows is not None:
        _spoil_rows(kind, rows)
    if kind == "wrong_hash" and "hash" in document:
        document["hash"] = document["hash"][::-1]
    answer.body = json.dumps(document).encode()


def _spoil_rows(kind: str, rows: list[dict[str, Any]]) -> None:
    if kind == "wrong_id":
        rows[0]["id"] = f"bukan-{rows[0].get('id', '')}"
    elif kind == "missing_row":
        rows.pop()
    elif kind == "duplicate_answer":
        rows.append(dict(rows[0]))


def _is_out(fault: Fault) -> bool:
    return fault.outage_until is not None and datetime.now(UTC) < fault.outage_until


async def _unavailable(scope: Scope, receive: Receive, send: Send) -> None:
    problem = Problem(503, "sedang-gangguan", "Sedang gangguan", "tidak ada yang dikerjakan")
    await problem_response(problem, {"Retry-After": "0"})(scope, receive, send)


async def _hold(receive: Receive) -> None:
    """Wait until the caller gives up."""
    try:
        async with asyncio.timeout(HOLD_MAX_S):
            await _gone(receive)
    except TimeoutError:
        return


async def _cut(receive: Receive, send: Send) -> None:
    """End the connection without a byte of answer.

    ASGI has no message for that, so the server's transport is taken from behind its `send`. Under a server that
    hides it the promise of a body is broken instead, which closes the connection as well.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
        return
    transport.abort()
    await _gone(receive)  # returning earlier, the server would still try to answer


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
