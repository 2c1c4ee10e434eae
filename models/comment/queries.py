"""What may be asked about comments, inside `models.database.acting`."""

from __future__ import annotations

from typing import Any

from models.database import Conn


async def comments(conn: Conn, case: int) -> list[dict[str, Any]]:
    """Return the comments about a case, oldest first: who, on whose behalf, in which role, when, and what."""
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


def may_read_comments(scope: str) -> bool:
    """Return whether somebody of such a scope is shown comments: not families, nor those who pay."""
    return scope not in {"own_nik", "own_files"}


def may_comment(scope: str) -> bool:
    """Return whether somebody of such a scope writes comments: neither do auditors, who change nothing."""
    return may_read_comments(scope) and scope != "national_read"
