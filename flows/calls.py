"""Outside calls from a flow: written down before they are sent, asked for after a loss, never sent twice."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from flows.work import CHUNK, Work
from integrations.errors import OutcomeUnknown, PortRefused, PortUnavailable, ReplyMalformed
from integrations.ports import Asked, JobPort, Reply
from models.batch import commands as batches
from models.call.commands import note_call, open_calls, set_call

log = logging.getLogger("alur.flows")

Request = TypeVar("Request")
Result = TypeVar("Result")
Row = dict[str, Any]

_POLLS_S = (0.3, 0.7, 1.5, 3.0, 5.0)
"""Pauses while a job is under way on the other side; after the last one the flow ends and is woken later."""

_LATER_S = 20
"""When an outside system is down or slow, the batch looks again after this long."""


def call_key(batch: int, path: str, cases: Sequence[Row]) -> str:
    """Return the key of a call about these cases at these versions: the same list asks under the same key."""
    listed = ",".join(f"{case['case_id']}:{case['version']}" for case in cases)
    return f"{batch}-{path.replace('/', '.')}-{hashlib.sha256(listed.encode()).hexdigest()[:32]}"


async def _settled(
    work: Work, port: JobPort[Request, Result], key: str, ask: Callable[[], Awaitable[Reply[Result] | None]]
) -> Reply[Result] | None:
    """Run one ask or send, and note what came of it. None: nothing to apply now."""
    try:
        reply = await ask()
    except PortUnavailable as error:
        await set_call(work.conn, port.path, key, "tercatat", str(error))
    except PortRefused as error:
        log.exception("%s refused call %s", port.path, key)
        await set_call(work.conn, port.path, key, "ditolak", str(error))
        return None
    except (OutcomeUnknown, ReplyMalformed) as error:
        await set_call(work.conn, port.path, key, "tidak_diketahui", str(error))
    else:
        if reply is None:
            return None
        if reply.finished:
            return reply
        await set_call(work.conn, port.path, key, "terkirim")
    await batches.wake(work.conn, work.id, f"menunggu {port.path}", seconds=_LATER_S)
    return None


async def _poll(
    work: Work, port: JobPort[Request, Result], key: str, asked: Asked, first: Reply[Result]
) -> Reply[Result]:
    """Ask a few times while the other side is working."""
    reply = first
    for pause in _POLLS_S:
        if reply.finished:
            break
        await asyncio.sleep(pause)
        await work.keep()
        reply = await port.ask(key, asked) or reply
    return reply


async def call_out(
    work: Work,
    port: JobPort[Request, Result],
    cases: Sequence[Row],
    request_of: Callable[[Sequence[Row]], Request | None],
    apply: Callable[[Sequence[Result]], Awaitable[bool]],
) -> bool:
    """Ask an outside system about these cases and apply its answer; return whether anything moved.

    Calls whose outcome is not known are asked for first; their cases are not sent again until the answer is there or
    the other side says that it never saw the key. `request_of` may return None for a list with nothing to ask.
    """
    moved = False
    pending: set[str] = set()
    for call in await open_calls(work.conn, work.id, port.path):
        asked = Asked(call["body_hash"], tuple(call["ids"]))

        async def ask(key: str = call["key"], asked: Asked = asked) -> Reply[Result] | None:
            reply = await port.ask(key, asked)
            if reply is None:
                await set_call(work.conn, port.path, key, "batal", "tidak pernah sampai")
            return reply

        reply = await _settled(work, port, call["key"], ask)
        if reply is not None:
            moved = await apply(reply.rows) or moved
            await set_call(work.conn, port.path, call["key"], "selesai")
        elif await _still_open(work, port.path, call["key"]):
            pending |= set(call["ids"])
    free = [case for case in cases if not _about(case, pending)]
    for start in range(0, len(free), CHUNK):
        part = free[start : start + CHUNK]
        moved = await _send(work, port, part, request_of, apply) or moved
        await work.keep()
    return moved


async def _send(
    work: Work,
    port: JobPort[Request, Result],
    part: Sequence[Row],
    request_of: Callable[[Sequence[Row]], Request | None],
    apply: Callable[[Sequence[Result]], Awaitable[bool]],
) -> bool:
    request = request_of(part)
    if request is None:
        return False
    asked = port.asked(request)
    key = call_key(work.id, port.path, part)
    await note_call(work.conn, port.path, key, work.id, asked.hash, asked.ids)

    async def send() -> Reply[Result]:
        return await _poll(work, port, key, asked, await port.settle(key, request))

    reply = await _settled(work, port, key, send)
    if reply is None:
        return False
    moved = await apply(reply.rows)
    await set_call(work.conn, port.path, key, "selesai")
    return moved


async def _still_open(work: Work, path: str, key: str) -> bool:
    return any(call["key"] == key for call in await open_calls(work.conn, work.id, path))


def _about(case: Row, ids: set[str]) -> bool:
    """Whether a case is among the rows of a call, whose ids are "case" or "case.person"."""
    return any(row.partition(".")[0] == str(case["case_id"]) for row in ids)
