"""Same request, same answer: the keys under which answers are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.database import Conn, fetch_value
from models.errors import RequestKeyReused
from models.raised import domain_errors

KEPT_DAYS = 90
"""How long an answer is kept under its key: longer than a phone is out of reach and a list under way."""
_AT_ONCE = 10_000
"""Answers forgotten in one transaction; an answer about a whole list has a megabyte."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer given before: HTTP status and JSON."""

    status: int
    answer: Any


async def begin(conn: Conn, session: UUID, key: str, body_hash: str) -> Stored | None:
    """Claim a key in this transaction: None to go on, the stored answer for a repeat; a running twin is waited for.

    Raises:
        RequestKeyReused: the key came before with another body.
    """
    with domain_errors():
        found = await (
            await conn.execute("SELECT * FROM request_begin(%s, %s, %s)", (session, key, body_hash))
        ).fetchone()
    if found is None or found["found"] == "baru":
        return None
    if found["found"] == "beda":
        raise RequestKeyReused(key)
    return Stored(found["status"], found["answer"])


async def end(conn: Conn, session: UUID, key: str, status: int, answer: Any) -> None:
    """Keep the answer, in the transaction that did the work."""
    await conn.execute("SELECT request_end(%s, %s, %s, %s)", (session, key, status, Jsonb(answer)))


async def keep(conn: Conn, session: UUID, key: str, answer: Any) -> None:
    """Keep under a fresh key of our own what later requests will ask for (`models.request.queries`)."""
    await begin(conn, session, key, "")
    await end(conn, session, key, 200, answer)


async def release(conn: Conn, session: UUID, key: str) -> None:
    """Give a key back in the transaction that claimed it: its request was refused."""
    await conn.execute("SELECT request_release(%s, %s)", (session, key))


async def forget(conn: Conn) -> bool:
    """Forget some of the answers that are older than `KEPT_DAYS`; returns whether there may be more. For flows."""
    return bool(await fetch_value(conn, "SELECT request_forget(%s, %s)", (KEPT_DAYS, _AT_ONCE)) == _AT_ONCE)
