"""pantau-macet: who is late, what cannot move, and who is told. Hourly; a missed run is caught up by the next.

Each kabupaten is looked at in a transaction of its own, and each person's message is written in a savepoint of its own:
what is broken in one place is noted, told to whoever runs the system, and holds back nobody else.
"""

from __future__ import annotations

import logging
from functools import partial

import httpx
import psycopg
from prefect import State

from flows.batch_flow import BatchId, batch_flow
from flows.carry import carry
from flows.standing import standing_batch
from flows.work import LeaseLost, Work
from models.batch.queries import beat
from models.database import retrying
from models.settings import settings
from models.stuck.commands import kabupaten, look_at_kabupaten, look_at_work, note_failure
from models.stuck.telling import due_digests, write_digest

log = logging.getLogger("alur.watch")

BEAT = "pantau"
"""Under this name the watch says that it came to its end."""

_PING_S = 5.0


def _named(error: Exception) -> str:
    """Return what kind of error it was; its words may quote rows about people."""
    state = error.sqlstate if isinstance(error, psycopg.Error) else None
    return f"{type(error).__name__} {state}" if state else type(error).__name__


async def _look(work: Work, code: int) -> int:
    async with work.seeing() as conn:
        return await look_at_kabupaten(conn, work.session, code)


async def watch_regions(work: Work) -> bool:
    """Look at every kabupaten, one after the other; what fails is noted and told, and the next one follows."""
    async with work.seeing() as conn:
        codes = await kabupaten(conn)
    for code in codes:
        await work.keep()
        try:
            await retrying(partial(_look, work, code))
        except LeaseLost:
            raise
        except Exception as error:
            if work.conn.closed:
                raise
            log.warning("kabupaten %s could not be looked at (%s)", code, _named(error), exc_info=error)
            await _note(work, code, _named(error))
    return False


async def _note(work: Work, code: int, error: str) -> None:
    """Note a failed look; where even that fails, the log has it and the other kabupaten still follow."""
    try:
        async with work.seeing() as conn:
            await note_failure(conn, work.session, code, error)
    except psycopg.Error as worse:
        if work.conn.closed:
            raise
        log.warning("kabupaten %s: the failure could not be noted (%s)", code, _named(worse))


async def watch_work(work: Work) -> bool:
    """Look at gates, batches, calls and requests to wake."""
    await work.keep()
    try:
        async with work.seeing() as conn:
            await look_at_work(conn, work.session)
    except psycopg.Error as error:
        if work.conn.closed:
            raise
        log.warning("the work could not be looked at (%s)", _named(error), exc_info=error)
        await _note(work, 0, _named(error))
    return False


async def write_digests(work: Work) -> bool:
    """Give everybody with something stuck at his desk the digest of his day, each in a transaction of his own."""
    async with work.seeing() as conn:
        waiting = await due_digests(conn)
    for user, day in waiting:
        await work.keep()
        try:
            async with work.seeing() as conn:
                await write_digest(conn, work.session, user, day)
        except psycopg.Error as error:
            if work.conn.closed:
                raise
            log.warning("user %s got no digest (%s)", user, _named(error))
    return False


async def ping(url: str) -> bool:
    """Tell an outside watchman that the watch came to its end; it never stops the watch that he does not answer."""
    if not url:
        return False
    try:
        async with httpx.AsyncClient(timeout=_PING_S) as http:
            return (await http.get(url)).is_success
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        log.warning("ALUR_WATCH_PING_URL does not answer (%s)", type(error).__name__)
        return False


async def finish(work: Work) -> bool:
    """Say, here and outside, that the watch came to its end."""
    await beat(work.conn, BEAT)
    await ping(settings().watch_ping_url)
    return False


@batch_flow("pantau-macet", timeout_seconds=3600)
async def pantau_macet(batch: BatchId | None = None) -> State:
    """Look at everything that may be stuck, and tell who can act."""
    steps = (watch_regions, watch_work, write_digests, finish)
    return await carry(batch or await standing_batch("pantau"), steps)
