"""Who acts for whom, and who could."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.database import Conn
from models.errors import domain_errors

PAGE_MAX = 200


async def delegations(conn: Conn, session: UUID, *, before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Return what the caller delegated, was given, or keeps as administrator, newest first; state tells if it lasts."""
    with domain_errors():
        cursor = await conn.execute(
            "SELECT * FROM delegations_seen(%s, %s, %s)", (session, before, min(limit, PAGE_MAX))
        )
        return await cursor.fetchall()


async def colleagues(conn: Conn, session: UUID, assignment: int) -> list[dict[str, Any]]:
    """Return who could act in the place of an assignment that the caller holds or keeps: account, name, roles."""
    with domain_errors():
        return await (await conn.execute("SELECT * FROM delegation_choices(%s, %s)", (session, assignment))).fetchall()
