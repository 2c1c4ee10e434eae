"""Which accounts an administrator keeps, and which roles wait for a head."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.database import Conn
from models.errors import domain_errors

PAGE_MAX = 200


async def accounts(conn: Conn, session: UUID, *, after: int = 0, limit: int = 50) -> list[dict[str, Any]]:
    """Return the accounts the caller keeps, by number; `after` is the last one already seen. NIK are masked."""
    with domain_errors():
        cursor = await conn.execute("SELECT * FROM staff_list(%s, %s, %s)", (session, after, min(limit, PAGE_MAX)))
        return await cursor.fetchall()


async def waiting(conn: Conn, session: UUID) -> list[dict[str, Any]]:
    """Return the proposed roles that wait for the caller as head of their office, oldest first, at most 500."""
    with domain_errors():
        return await (await conn.execute("SELECT * FROM staff_requests(%s)", (session,))).fetchall()
