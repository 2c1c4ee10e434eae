"""Connections: how a process reaches PostgreSQL, under which identity, and what it does when PostgreSQL says again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from psycopg import AsyncConnection
from psycopg.errors import DeadlockDetected, SerializationFailure
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from models.raised import domain_errors

Conn = AsyncConnection[DictRow]
Pool = AsyncConnectionPool[Conn]
T = TypeVar("T")

_RESTED_S = 1.0
"""A server takes longer to start again: no connection that broke with it is younger."""
_TRIES = 6
"""Deadlocks and serialization failures are told by PostgreSQL to be tried again; six tries with growing pauses
ended every storm of 8 sessions in the tests."""


def make_pool(dsn: str, size: int, statement_s: int = 0) -> Pool:
    """Return a closed pool, to be opened with ``async with``; a command opens its own transaction.

    Args:
        dsn: where, and as whom.
        size: connections at most.
        statement_s: seconds after which PostgreSQL ends a statement; 0: never.
    """
    return AsyncConnectionPool(
        dsn,
        min_size=1,
        max_size=size,
        open=False,
        kwargs={
            "autocommit": True,
            "row_factory": dict_row,
            "connect_timeout": 10,
            "options": f"-c statement_timeout={statement_s}s",
        },
        check=_check_rested,
        timeout=15.0,
    )


_lent: WeakKeyDictionary[Conn, float] = WeakKeyDictionary()
"""Connections of a pool -> when they were lent last. Noting when they come back would take the pool a task for each."""


async def _check_rested(conn: Conn) -> None:
    """Ask a connection whether it still lives, if it was not lent just before: asking takes a tenth of a move.

    Raises:
        OperationalError: it does not; the pool opens another.
    """
    now = time.monotonic()
    if now - _lent.get(conn, 0.0) > _RESTED_S:
        await AsyncConnectionPool.check_connection(conn)
    _lent[conn] = now


async def connect(dsn: str) -> Conn:
    """Open a single autocommit connection."""
    return await AsyncConnection.connect(dsn, autocommit=True, row_factory=dict_row, connect_timeout=10)


@asynccontextmanager
async def acting(conn: Conn, session: UUID) -> AsyncIterator[Conn]:
    """Run one transaction in which readers see what `session` may see.

    The identity ends with the transaction, so a pooled connection never carries it into the next request.
    """
    with domain_errors():
        async with conn.transaction():
            await conn.execute("SELECT set_config('alur.session', %s, true)", (str(session),))
            yield conn


async def retrying(work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` (one whole transaction) again when PostgreSQL ended it for a deadlock or a serialization failure."""
    for attempt in range(_TRIES):
        try:
            return await work()
        except (DeadlockDetected, SerializationFailure):
            if attempt == _TRIES - 1:
                raise
            await asyncio.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 -- jitter, no secret
    raise AssertionError  # unreachable: the last try raises


async def fetch_value(conn: Conn, query: str, params: Any = None) -> Any:
    """Return the first column of the first row, None when there is none."""
    cursor = await conn.execute(query, params)
    row = await cursor.fetchone()
    return None if row is None else next(iter(row.values()))


def sync_connect(dsn: str) -> psycopg.Connection[DictRow]:
    """Open a synchronous autocommit connection: for the command line, which has no loop to share."""
    return psycopg.connect(dsn, autocommit=True, row_factory=dict_row, connect_timeout=10)
