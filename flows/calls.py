"""Outside calls from a flow: written down before they are sent, asked for after a loss, never sent twice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import TypeVar

import psycopg

from flows.work import CHUNK, Work
from flows.written import (
    Row,
    about,
    asked_by,
    call_key,
    case_of,
    editions_of,
    left,
    lost,
    may_come,
    moves,
    rows_about,
    system_of,
)
from integrations.errors import OutcomeUnknown, PortRefused, PortUnavailable, ReplyMalformed
from integrations.ports import JobPort, Reply
from integrations.wire import HasId
from models.batch import commands as batches
from models.call.commands import (
    calls_about,
    calls_left,
    note_arrived,
    note_call,
    note_sent,
    note_undone,
    set_call,
    unmoved,
)
from models.errors import AlurError
from models.policy.queries import now

__all__ = ["Row", "call_key", "call_out", "close_left", "editions_asked"]

log = logging.getLogger("alur.flows")

Request = TypeVar("Request")
Result = TypeVar("Result", bound=HasId)
_POLLS_S = (0.3, 0.7, 1.5, 3.0, 5.0)
"""Pauses while a job is under way on the other side; after the last one the flow ends and is woken later."""

_LATER_S = 20
"""When an outside system is down or slow, the batch looks again after this long."""

_HELD_S = 300
"""An order that the other side does not know is asked for again after this long."""

_UNDER_WAY_AT_MOST = timedelta(days=1)
"""No gateway delivers a request later than this."""

_NOT_THERE_YET = "sudah dikirim, belum dikenal di sana: mungkin masih di jalan, maka tidak dikirim dengan nomor lain"
_CONTENT_REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
"""What says that something in the list is wrong; other refusals are about us or the key."""

_UNUSABLE = "sudah dijawab, tetapi jawabannya tidak dapat dicatat"
_UNMOVED = "sudah dijawab, tetapi {} kasus tidak bergerak: lihat penolakannya pada kasus itu"
_FORGOTTEN = "pernah diterima di sana, sekarang dijawab tidak dikenal: tanyakan kepada mereka apa yang sudah dikerjakan"


async def call_out(
    work: Work,
    port: JobPort[Request, Result],
    cases: Sequence[Row],
    request_of: Callable[[Sequence[Row]], Request | None],
    apply: Callable[[Sequence[Result]], Awaitable[bool]],
) -> bool:
    """Ask an outside system about these cases and apply its answer; return whether anything moved.

    Calls whose outcome is not known, and answers that the door did not take, are asked for first; their cases are not
    sent again until the answer is there or the other side says that it never saw the key. Then they are sent again
    under the same key, so that a first sending which was only late does nothing twice. `request_of` may return None
    for a list with nothing to ask.
    """
    moved = False
    held: set[int] = set()
    standing = {case["case_id"]: case for case in cases}
    for call in await calls_about(work.conn, work.id, port.path, cases):
        there = about(standing, call)
        asked = editions_of(call["ids"], call["editions"])
        mine = [case for case in there if asked[case["case_id"]] == case.get("edition")]
        if there and not mine and call["state"] != "selesai":
            await set_call(work.conn, port.path, call["key"], "batal", "diganti pertanyaan yang lebih baru")
        if not mine:
            continue  # nothing here hangs on its answer; `close_left` notes it once its cases have moved on
        sound = [case for case in mine if not case.get("closed")]
        reply, known = await _ask(work, port, call, request_of(sound) if sound else None)
        if not known and not may_come(call) and call_key(work.id, port.path, sound) != call["key"]:
            await set_call(work.conn, port.path, call["key"], "batal", "tidak pernah sampai")
            moved = moved or len(sound) < len(mine)  # looked at again, as they are paid now
            continue
        held |= {case["case_id"] for case in mine}  # answered, unknown or to be sent again: never sent anew
        if reply is not None:
            moved = await _use(work, port, call, reply, mine, apply) or moved
        elif not known and (lost(call) or not sound):
            await _hold(work, port, call)
        elif not known:
            moved = await _send(work, port, sound, request_of, apply, call) or moved
    free = [case for case in cases if case["case_id"] not in held and not case.get("closed")]
    for start in range(0, len(free), CHUNK):
        moved = await _send(work, port, free[start : start + CHUNK], request_of, apply) or moved
    return moved


async def editions_asked(work: Work, path: str, cases: Sequence[Row]) -> dict[int, int | None]:
    """Return by case the edition of the question that still holds it: one that is open, or whose answer is not applied.

    Cases about which nothing is out are missing.
    """
    asked: dict[int, int | None] = {}
    standing = {case["case_id"]: case for case in cases}
    for call in await calls_about(work.conn, work.id, path, cases):
        editions = editions_of(call["ids"], call["editions"])
        asked |= {case["case_id"]: editions[case["case_id"]] for case in about(standing, call)}
    return asked


async def close_left(work: Work) -> None:
    """Note how the calls ended that were left open and on whose answer no case of the batch hangs any more.

    A flow that died after it had applied an answer, and before it noted so, leaves one; so does a case that somebody
    moved on while the other side was working. The other side is asked, so that none is called unknown for ever. An
    order that may still be under way is given up only after a day: nothing is held back on the wire for so long.
    """
    async with work.seeing() as conn:
        left_open = await calls_left(conn, work.id)
    for call in left_open:
        port = work.outside.port(call["path"])
        reply, known = await _ask(work, port, call, None)
        if reply is not None:
            await set_call(work.conn, port.path, call["key"], "selesai")
        elif not known and may_come(call) and await _lately(work, call):
            await _hold(work, port, call)
        elif not known:
            await set_call(work.conn, port.path, call["key"], "batal", "tidak pernah sampai")


async def _lately(work: Work, call: Row) -> bool:
    return call["arrived_at"] is not None or bool(
        call["sent_at"] and await now(work.conn) - call["sent_at"] < _UNDER_WAY_AT_MOST
    )


async def _hold(work: Work, port: JobPort[Request, Result], call: Row) -> None:
    """Leave an order as it is, say why, and ask again later."""
    why = _FORGOTTEN if lost(call) else _NOT_THERE_YET
    await set_call(work.conn, port.path, call["key"], "tidak_diketahui", why)
    await batches.wake(work.conn, work.id, f"menunggu {port.path}", seconds=_HELD_S)


async def _later(work: Work, port: JobPort[Request, Result]) -> None:
    await batches.wake(work.conn, work.id, f"menunggu {port.path}", seconds=_LATER_S)


async def _settled(
    work: Work,
    port: JobPort[Request, Result],
    call: Row,
    ask: Callable[[], Awaitable[Reply[Result] | None]],
) -> Reply[Result] | None:
    """Run what asks or sends, and note what came of it; a refusal is the caller's to judge.

    None: nothing to apply now.
    """
    key = call["key"]
    try:
        reply = await ask()
    except PortUnavailable as error:
        work.silent.add(system_of(port.path))
        state = "tercatat" if not left(call) else "terkirim" if call["state"] == "terkirim" else "tidak_diketahui"
        await set_call(work.conn, port.path, key, state, str(error))
    except (OutcomeUnknown, ReplyMalformed) as error:
        if isinstance(error, OutcomeUnknown):
            work.silent.add(system_of(port.path))
        await set_call(work.conn, port.path, key, "tidak_diketahui", str(error))
    else:
        if reply is not None:
            await _arrived(work, port, call, reply)
        if reply is None or reply.finished:
            return reply
        await set_call(work.conn, port.path, key, "terkirim")
    await _later(work, port)
    return None


async def _arrived(work: Work, port: JobPort[Request, Result], call: Row, reply: Reply[Result]) -> None:
    """Note that the other side has a call, and with which body: rows that this did not name are free again."""
    if call["arrived_at"] is not None and call["body_hash"] == reply.hash and not call["bodies"]:
        return
    rows = asked_by(call).rows(reply.hash) or ()
    places = {row: place for place, row in enumerate(call["ids"], 1)}
    await note_arrived(work.conn, port.path, call["key"], reply.hash, [places[row] for row in rows])
    call |= {"arrived_at": True, "body_hash": reply.hash, "bodies": None, "ids": list(rows)}


async def _ask(
    work: Work, port: JobPort[Request, Result], call: Row, request: Request | None
) -> tuple[Reply[Result] | None, bool]:
    """Ask how a call stands; return its finished answer, if it is there, and whether the other side may know it.

    A refusal to tell says nothing of what was done: the call stays open. `request` is what is still known of what was
    asked, None for nothing.
    """
    known = True

    async def ask() -> Reply[Result] | None:
        nonlocal known
        reply = await port.ask(call["key"], asked_by(call), request=request)
        known = reply is not None
        return reply

    if system_of(port.path) in work.silent:
        await _later(work, port)
        return None, True  # it did not answer a moment ago
    await work.keep()
    try:
        return await _settled(work, port, call, ask), known
    except PortRefused as error:
        await _refused(work, port, call, "tidak_diketahui", error)
        return None, True


async def _refused(work: Work, port: JobPort[Request, Result], call: Row, state: str, error: PortRefused) -> None:
    log.error("%s refused call %s: %s", port.path, call["key"], error.status)
    await set_call(work.conn, port.path, call["key"], state, str(error))
    if state == "tidak_diketahui":
        await _later(work, port)


async def _poll(
    work: Work, port: JobPort[Request, Result], call: Row, request: Request, first: Reply[Result]
) -> Reply[Result]:
    """Ask a few times while the other side is working."""
    reply = first
    for pause in _POLLS_S:
        if reply.finished:
            break
        await asyncio.sleep(pause)
        await work.keep()
        reply = await port.ask(call["key"], asked_by(call), request=request) or reply
    return reply


async def _send(
    work: Work,
    port: JobPort[Request, Result],
    part: Sequence[Row],
    request_of: Callable[[Sequence[Row]], Request | None],
    apply: Callable[[Sequence[Result]], Awaitable[bool]],
    again: Row | None = None,
) -> bool:
    """Send a list, or under its own key what may still be sent of one that did not arrive; apply the answer.

    Returns whether anything moved.
    """
    if system_of(port.path) in work.silent:
        await _later(work, port)
        return False
    request = request_of(part)
    if request is None:
        return False
    asked = port.asked(request)
    key = again["key"] if again else call_key(work.id, port.path, part)
    by_number = {case["case_id"]: case for case in part}
    rows = [by_number[case_of(row)] for row in asked.ids]
    versions, editions = [row["version"] for row in rows], [row.get("edition") for row in rows]
    call = await note_call(
        work.conn, port.path, key, work.id, asked.hash, asked.ids, versions, editions if any(editions) else None
    )
    if again is None:
        # Asked first also where we know of nothing: the database may come from a backup.
        reply, known = await _ask(work, port, call, request)
        if reply is not None:
            return await _use(work, port, call, reply, part, apply)
        if known:
            return False
    moved, whole = await _put(work, port, call, part, request, apply)
    if not whole or len(part) == 1:
        return moved
    # Refused for one row, as it seems: each half goes by itself, down to the row that is not taken.
    middle = len(part) // 2
    for half in (part[:middle], part[middle:]):
        moved = await _send(work, port, half, request_of, apply) or moved
    return moved


async def _put(
    work: Work,
    port: JobPort[Request, Result],
    call: Row,
    part: Sequence[Row],
    request: Request,
    apply: Callable[[Sequence[Result]], Awaitable[bool]],
) -> tuple[bool, bool]:
    """Send a call; return whether anything moved, and whether it was refused for what it says, as a whole."""
    was_out, several = left(call), len(call["ids"])
    await work.keep()
    # Open from here on, also where the same call was given up before: it may be done and its answer lost.
    await note_sent(work.conn, port.path, call["key"])
    call |= {"state": "terkirim", "sent_at": True}

    async def undone() -> None:
        if not was_out:
            await note_undone(work.conn, port.path, call["key"])
            call.update(state="tercatat", sent_at=None)

    async def send() -> Reply[Result]:
        try:
            first = await port.send(call["key"], request)
        except PortUnavailable:
            await undone()
            raise
        await _arrived(work, port, call, first)
        try:
            return await _poll(work, port, call, request, first)
        except PortRefused as error:  # to tell how it stands, not to do it
            raise ReplyMalformed(port.path, call["key"], str(error)) from None

    try:
        reply = await _settled(work, port, call, send)
    except PortRefused as error:
        # Only the first sending can be refused for good: of an earlier one nobody knows, and a key in use is in use.
        final = not was_out and error.status != HTTPStatus.CONFLICT
        if final:
            await undone()
        await _refused(work, port, call, "ditolak" if final else "tidak_diketahui", error)
        return False, final and error.status in _CONTENT_REFUSED
    narrowed = len(call["ids"]) < several  # who is not on the list that arrived is looked at again
    if reply is None:
        return narrowed, False
    return await _use(work, port, call, reply, part, apply) or narrowed, False


async def _use(
    work: Work,
    port: JobPort[Request, Result],
    call: Row,
    reply: Reply[Result],
    cases: Sequence[Row],
    apply: Callable[[Sequence[Result]], Awaitable[bool]],
) -> bool:
    """Apply a finished answer, if the batch is still ours: waiting for it may have taken longer than the lease."""
    await work.keep()
    try:
        moved = await apply(rows_about(reply, cases))
    except (AlurError, psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError) as error:
        # Its own words may quote the answer. What was moved before it stays moved: each part is one transaction.
        name = type(error).__name__
        log.error("%s: the answer to call %s cannot be used: %s", port.path, call["key"], name)  # noqa: TRY400
        await set_call(work.conn, port.path, call["key"], "tidak_diketahui", f"{_UNUSABLE}: {name}")
        await batches.wake(work.conn, work.id, f"menunggu {port.path}", seconds=_HELD_S)
        return False
    if waiting := await _unmoved(work, port, cases):
        log.warning("%s answered call %s, and %s cases did not move", port.path, call["key"], waiting)
        await set_call(work.conn, port.path, call["key"], "tidak_diketahui", _UNMOVED.format(waiting))
    else:
        await set_call(work.conn, port.path, call["key"], "selesai")
    return moved


async def _unmoved(work: Work, port: JobPort[Request, Result], cases: Sequence[Row]) -> int:
    """Return how many cases stand as they were asked about although any answer moves them."""
    if not moves(port.path):
        return 0
    async with work.seeing() as conn:
        return await unmoved(conn, work.id, cases)
