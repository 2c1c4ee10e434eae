"""Outside calls from a flow: written down before they are sent, asked for after a loss, never sent twice."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import repeat
from typing import Any, TypeVar

from flows.work import CHUNK, Work
from integrations.errors import OutcomeUnknown, PortRefused, PortUnavailable, ReplyMalformed
from integrations.ports import Asked, JobPort, Reply
from integrations.wire import HasId
from models.batch import commands as batches
from models.call.commands import calls_about, calls_left, note_call, set_call

log = logging.getLogger("alur.flows")

Request = TypeVar("Request")
Result = TypeVar("Result", bound=HasId)
Row = dict[str, Any]
"""A case as `models.case.queries.in_state` tells it. Where it is asked about anew without having moved, because its
data changed or an order is repeated, ``edition`` (int) tells one question from the next. ``closed`` is asked about and
never sent: what an order of money names was closed since."""

_POLLS_S = (0.3, 0.7, 1.5, 3.0, 5.0)
"""Pauses while a job is under way on the other side; after the last one the flow ends and is woken later."""

_LATER_S = 20
"""When an outside system is down or slow, the batch looks again after this long."""


def call_key(batch: int, path: str, cases: Sequence[Row]) -> str:
    """Return the key of a call about these cases at these versions and editions: the same list, the same key."""
    listed = ",".join(
        f"{case['case_id']}:{case['version']}" + (f":{edition}" if (edition := case.get("edition")) else "")
        for case in cases
    )
    return f"{batch}-{path.replace('/', '.')}-{hashlib.sha256(listed.encode()).hexdigest()[:32]}"


async def _settled(
    work: Work,
    port: JobPort[Request, Result],
    key: str,
    ask: Callable[[], Awaitable[Reply[Result] | None]],
    *,
    refused: str,
) -> Reply[Result] | None:
    """Run one ask or send, and note what came of it. None: nothing to apply now."""
    try:
        reply = await ask()
    except PortUnavailable as error:
        await set_call(work.conn, port.path, key, "tercatat", str(error))
    except PortRefused as error:
        log.exception("%s refused call %s", port.path, key)
        await set_call(work.conn, port.path, key, refused, str(error))
        return None
    except (OutcomeUnknown, ReplyMalformed) as error:
        await set_call(work.conn, port.path, key, "tidak_diketahui", str(error))
    else:
        if reply is None or reply.finished:
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

    Calls whose outcome is not known, and answers that the door did not take, are asked for first; their cases are not
    sent again until the answer is there or the other side says that it never saw the key. Then they are sent again as
    they were, under the same key, so that a first sending which was only late does nothing twice. `request_of` may
    return None for a list with nothing to ask.
    """
    moved = False
    held: set[int] = set()
    parts: list[Sequence[Row]] = []
    standing = {case["case_id"]: case for case in cases}
    for call in await calls_about(work.conn, work.id, port.path, cases):
        there = _about(standing, call)
        asked = _editions(call["ids"], call["editions"])
        mine = [case for case in there if asked[case["case_id"]] == case.get("edition")]
        if there and not mine and call["state"] != "selesai":
            await set_call(work.conn, port.path, call["key"], "batal", "diganti pertanyaan yang lebih baru")
        if not mine:
            continue  # nothing here hangs on its answer; `close_left` notes it once its cases have moved on
        reply, known = await _ask(work, port, call["key"], Asked(call["body_hash"], tuple(call["ids"])))
        if not known and (_closed(mine) or call_key(work.id, port.path, mine) != call["key"]):
            await set_call(work.conn, port.path, call["key"], "batal", "tidak pernah sampai")
            moved = moved or _closed(mine)  # looked at again, as they are paid now
            continue
        held |= {case["case_id"] for case in mine}  # answered, unknown or to be sent again: never sent anew
        if reply is not None:
            moved = await _use(work, port, call["key"], _of(reply, mine), apply) or moved
        elif not known:
            parts.append(mine)
    free = [case for case in cases if case["case_id"] not in held and not case.get("closed")]
    parts += [free[start : start + CHUNK] for start in range(0, len(free), CHUNK)]
    for part in parts:
        moved = await _send(work, port, part, request_of, apply) or moved
    return moved


def _closed(cases: Sequence[Row]) -> bool:
    return any(case.get("closed") for case in cases)


async def editions_asked(work: Work, path: str, cases: Sequence[Row]) -> dict[int, int | None]:
    """Return by case the edition of the question that still holds it: one that is open, or whose answer is not applied.

    Cases about which nothing is out are missing.
    """
    asked: dict[int, int | None] = {}
    standing = {case["case_id"]: case for case in cases}
    for call in await calls_about(work.conn, work.id, path, cases):
        editions = _editions(call["ids"], call["editions"])
        asked |= {case["case_id"]: editions[case["case_id"]] for case in _about(standing, call)}
    return asked


async def close_left(work: Work) -> None:
    """Note how the calls ended that were left open and on whose answer no case of the batch hangs any more.

    A flow that died after it had applied an answer, and before it noted so, leaves one; so does a case that somebody
    moved on while the other side was working. The other side is asked, so that none is called unknown for ever.
    """
    async with work.seeing() as conn:
        left = await calls_left(conn, work.id)
    for call in left:
        port = work.outside.port(call["path"])
        reply, known = await _ask(work, port, call["key"], Asked(call["body_hash"], tuple(call["ids"])))
        if reply is not None:
            await set_call(work.conn, port.path, call["key"], "selesai")
        elif not known:
            await set_call(work.conn, port.path, call["key"], "batal", "tidak pernah sampai")


def _about(standing: Mapping[int, Row], call: Row) -> list[Row]:
    """Return the cases that a call is about and that have not moved since it was written down, in the call's order.

    Row ids are "case" or "case.person". An answer of yesterday says nothing of a case that came back today. Versions
    tell, and not times, which a clock that was set back would turn round; only release 0.1.0 wrote none down.
    """
    asked = dict(zip(map(_case_of, call["ids"]), call["versions"] or repeat(None), strict=False))
    return [
        case
        for number, version in asked.items()
        if (case := standing.get(number))
        and (case["since"] <= call["created_at"] if version is None else case["version"] == version)
    ]


def _case_of(row: str) -> int:
    return int(row.partition(".")[0])


def _editions(ids: Sequence[str], editions: Sequence[int | None] | None) -> dict[int, int | None]:
    """Return by case which edition a call asked about; None: its only one."""
    return {_case_of(row): edition for row, edition in zip(ids, editions or [None] * len(ids), strict=True)}


def _of(reply: Reply[Result], cases: Sequence[Row]) -> Sequence[Result]:
    """Return the rows of an answer that are about these cases."""
    wanted = {case["case_id"] for case in cases}
    return [row for row in reply.rows if _case_of(row.id) in wanted]


async def _ask(work: Work, port: JobPort[Request, Result], key: str, asked: Asked) -> tuple[Reply[Result] | None, bool]:
    """Ask how a call stands; return its finished answer, if it is there, and whether the other side may know it.

    A refusal to tell says nothing of what was done: the call stays open.
    """
    known = True

    async def ask() -> Reply[Result] | None:
        nonlocal known
        reply = await port.ask(key, asked)
        known = reply is not None
        return reply

    return await _settled(work, port, key, ask, refused="tidak_diketahui"), known


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
    await work.keep()
    about = {case["case_id"]: case for case in part}
    rows = [about[_case_of(row)] for row in asked.ids]
    versions, editions = [row["version"] for row in rows], [row.get("edition") for row in rows]
    await note_call(
        work.conn, port.path, key, work.id, asked.hash, asked.ids, versions, editions if any(editions) else None
    )
    # Open from here on, also where the same call was given up before: it may be done and its answer lost.
    await set_call(work.conn, port.path, key, "terkirim")

    async def send() -> Reply[Result]:
        return await _poll(work, port, key, asked, await port.settle(key, request))

    reply = await _settled(work, port, key, send, refused="ditolak")
    return reply is not None and await _use(work, port, key, reply.rows, apply)


async def _use(
    work: Work,
    port: JobPort[Request, Result],
    key: str,
    rows: Sequence[Result],
    apply: Callable[[Sequence[Result]], Awaitable[bool]],
) -> bool:
    """Apply a finished answer, if the batch is still ours: waiting for it may have taken longer than the lease."""
    await work.keep()
    moved = await apply(rows)
    await set_call(work.conn, port.path, key, "selesai")
    return moved
