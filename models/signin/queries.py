"""What may be asked about one's own sessions, and about what happened to accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow

from models.database import Conn
from models.raised import domain_errors

PAGE_MAX = 200


async def sessions(conn: Conn, session: UUID) -> list[dict[str, Any]]:
    """Return the caller's sessions and tokens that live, newest first, under the numbers by which he ends them."""
    with domain_errors():
        return await (await conn.execute("SELECT * FROM sessions_own(%s)", (session,))).fetchall()


async def assignments(conn: Conn) -> list[dict[str, Any]]:
    """Return the wilayah kerja that the session named in this transaction could switch to: `id`, role and scope.

    `behalf` is for whom one would act there, None for oneself.
    """
    return await (await conn.execute("SELECT * FROM assignments_own()")).fetchall()


async def events(
    conn: Conn, *, account: int | None = None, before: int | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Return what happened to accounts in the caller's sight, newest first: his own, those he keeps, an auditor all.

    Args:
        conn: inside `models.database.acting`.
        account: only this one.
        before: id of the last one already seen.
        limit: how many at most.
    """
    cursor = await conn.execute(
        """
        SELECT e.id, e.at, e.kind, e.user_id AS account, u.name, e.actor, m.name AS actor_name, r.id AS role,
               e.session, left(e.network, 8) AS network, e.reason
          FROM signin_event e
          LEFT JOIN account_user u ON u.id = e.user_id
          LEFT JOIN account_user m ON m.id = e.actor
          LEFT JOIN role r ON r.code = e.role
         WHERE (%(account)s::integer IS NULL OR e.user_id = %(account)s)
           AND (%(before)s::bigint IS NULL OR e.id < %(before)s)
         ORDER BY e.id DESC
         LIMIT %(limit)s
        """,
        {"account": account, "before": before, "limit": min(limit, PAGE_MAX)},
    )
    return await cursor.fetchall()


@dataclass(frozen=True, slots=True)
class Sealed:
    """A second factor as it is kept: whose, of which kind, and encrypted with the site's key."""

    user: int
    kind: str
    sealed: bytes


def sealed_sample(conn: Connection[DictRow], size: int) -> list[Sealed]:
    """Return some second factors taken at random, for the owner of the database: does his key open them?"""
    rows = conn.execute("SELECT user_id, kind, sealed FROM second_factor ORDER BY random() LIMIT %s", (size,))
    return [Sealed(row["user_id"], row["kind"], row["sealed"]) for row in rows]
