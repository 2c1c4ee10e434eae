"""Who acts for whom, and who could."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow

from models.database import Conn
from models.raised import domain_errors

PAGE_MAX = 200


async def delegations(conn: Conn, session: UUID, *, before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Return what the caller delegated, was given, or keeps as administrator, newest first; state tells if it lasts."""
    with domain_errors():
        cursor = await conn.execute(
            "SELECT * FROM delegations_seen(%s, %s, %s)", (session, before, min(limit, PAGE_MAX))
        )
        return await cursor.fetchall()


def standing(conn: Connection[DictRow]) -> list[dict[str, Any]]:
    """Return who acts for whom now and from later on, as the owner of the database, soonest end first.

    Rows: delegation, role, giver, delegate (name and username), valid_from, valid_to, why.
    """
    return conn.execute(
        """
        SELECT a.id AS delegation, r.id AS role, o.name || ' <' || o.username || '>' AS giver,
               u.name || ' <' || u.username || '>' AS delegate, a.valid_from, a.valid_to,
               a.why
          FROM assignment a
          JOIN assignment d ON d.id = a.delegated_from AND (d.valid_to IS NULL OR d.valid_to > alur_now())
          JOIN role r ON r.code = a.role
          JOIN account_user u ON u.id = a.user_id AND u.active
          JOIN account_user o ON o.id = d.user_id AND o.active
         WHERE a.valid_to > alur_now()
         ORDER BY a.valid_to, a.id
        """
    ).fetchall()


async def colleagues(conn: Conn, session: UUID, assignment: int) -> list[dict[str, Any]]:
    """Return who could act in the place of an assignment that the caller holds or keeps: account, name, roles."""
    with domain_errors():
        return await (await conn.execute("SELECT * FROM delegation_choices(%s, %s)", (session, assignment))).fetchall()
