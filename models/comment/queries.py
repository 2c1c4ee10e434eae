"""What may be asked about comments, inside `models.database.acting`."""

from __future__ import annotations

from typing import Any

from models.case.rules import sees_comments
from models.database import Conn


async def comments(conn: Conn, case: int, role: str) -> list[dict[str, Any]]:
    """Return the comments about a case that the caller's `role` is shown, oldest first.

    Each: who, on whose behalf, in which role, when, and what.
    """
    if not sees_comments(role):
        return []
    cursor = await conn.execute(
        """
        SELECT c.id, actor_names(c.actor) AS actor, behalf_names(c.actor) AS behalf, r.id AS role, c.at, c.text
          FROM case_comment c JOIN role r ON r.code = c.role
         WHERE c.case_id = %s
         ORDER BY c.id
        """,
        (case,),
    )
    return await cursor.fetchall()
