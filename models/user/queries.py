"""Who is calling, in words, inside `models.database.acting`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.database import Conn, fetch_value
from models.raised import domain_errors


async def demand_live(conn: Conn, session: UUID) -> int:
    """Demand that a session lives, and return its user: row-level security asks only where there are rows to judge.

    A session that may not rest for ever is noted as used, to the minute.

    Raises:
        SessionUnknown: from the database, when the session has ended.
    """
    with domain_errors():
        return int(await fetch_value(conn, "SELECT session_seen(%s)", (session,)))


async def me(conn: Conn, session: UUID) -> dict[str, Any]:
    """Return the person behind a session, in which role, within which scope, and on whose behalf (None: his own).

    Raises:
        SessionUnknown: from the database, when the session has ended.
    """
    row = await (
        await conn.execute(
            """
            SELECT i.user_id, u.username, u.name, r.id AS role, i.scope, i.lo, i.hi, g.id AS programme,
                   i.organisation, i.household_id, b.name AS behalf
              FROM identify(%s) AS i
              JOIN account_user u ON u.id = i.user_id
              JOIN role r ON r.code = i.role
              LEFT JOIN programme g ON g.code = i.programme
              LEFT JOIN account_user b ON b.id = i.behalf
            """,
            (session,),
        )
    ).fetchone()
    if row is None:
        raise AssertionError  # identify raises for unknown sessions
    return row


async def role_of(conn: Conn, session: UUID) -> str:
    """Return the role in which a session acts.

    Raises:
        SessionUnknown: from the database, when the session has ended.
    """
    return str(await fetch_value(conn, "SELECT r.id FROM identify(%s) AS i JOIN role r ON r.code = i.role", (session,)))


async def account_called(conn: Conn, username: str) -> int:
    """Return the account of a colleague by the name he signs under, 0 where nobody is called so."""
    row = await (
        await conn.execute("SELECT id FROM account_user WHERE username = %s AND kind = 'person'", (username,))
    ).fetchone()
    return int(row["id"]) if row else 0
