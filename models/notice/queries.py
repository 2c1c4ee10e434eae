"""What may be asked about notices. The inbox is read inside `models.database.acting`: one sees one's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow

from models.database import Conn, fetch_value
from models.notice.rules import NATION
from models.raised import domain_errors

PAGE_MAX = 200
DIGEST_MOST = 100
"""Notices that one digest tells in words; it counts the rest."""


async def inbox(
    conn: Conn, *, since: datetime | None = None, unread: bool = False, before: int | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Return one's notices, newest first; `before` is the id of the last one already seen."""
    cursor = await conn.execute(
        """
        SELECT id, kind, urgent, at, region, case_id, data, read_at
          FROM notice
         WHERE user_id = (SELECT seen_user())
           AND (%(before)s::bigint IS NULL OR id < %(before)s)
           AND (%(since)s::timestamptz IS NULL OR at > %(since)s)
           AND (NOT %(unread)s OR read_at IS NULL)
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"before": before, "since": since, "unread": unread, "limit": min(limit, PAGE_MAX)},
    )
    return await cursor.fetchall()


async def unread_count(conn: Conn) -> int:
    """Return how many of one's notices are unread."""
    return int(
        await fetch_value(conn, "SELECT count(*) FROM notice WHERE user_id = (SELECT seen_user()) AND read_at IS NULL")
    )


async def wishes(conn: Conn) -> dict[str, Any]:
    """Return how one is told: one's choices, policy where one chose nothing, and addresses without their secrets."""
    row = await (
        await conn.execute(
            """
            SELECT COALESCE(n.channels, ARRAY(SELECT jsonb_array_elements_text(
                        policy_at('pemberitahuan.saluran', alur_now())))) AS channels,
                   notice_language(me.id) AS language,
                   COALESCE(n.digest, policy_at('pemberitahuan.ringkasan', alur_now()) ->> 'bawaan') AS digest,
                   (policy_at('pemberitahuan.ringkasan', alur_now()) ->> 'jam')::integer AS digest_hour,
                   COALESCE(n.quiet_from, (q.hours ->> 'dari')::integer) AS quiet_from,
                   COALESCE(n.quiet_to, (q.hours ->> 'sampai')::integer) AS quiet_to,
                   notice_zone(me.id) AS zone
              FROM (SELECT seen_user() AS id) AS me
             CROSS JOIN (SELECT policy_at('pemberitahuan.jam_tenang', alur_now()) AS hours) AS q
              LEFT JOIN notice_preference n ON n.user_id = me.id
            """
        )
    ).fetchone()
    cursor = await conn.execute(
        "SELECT channel, address, at, blocked_at, blocked_why FROM notice_address "
        "WHERE user_id = (SELECT seen_user()) ORDER BY channel"
    )
    return dict(row or {}) | {"addresses": await cursor.fetchall()}


async def language(conn: Conn) -> str:
    """Return the language one reads."""
    value: str = await fetch_value(conn, "SELECT notice_language(seen_user())")
    return value


async def carried(conn: Conn, delivery: int, notice: int | None) -> tuple[list[dict[str, Any]], int]:
    """Return the notices a delivery carries, oldest first, and how many they are; of a digest at most DIGEST_MOST."""
    cursor = await conn.execute(
        """
        SELECT id, kind, at, case_id, region, data, count(*) OVER () AS n
          FROM notice
         WHERE id = %(notice)s::bigint OR (%(notice)s::bigint IS NULL AND digest = %(delivery)s)
         ORDER BY id
         LIMIT %(most)s
        """,
        {"notice": notice, "delivery": delivery, "most": DIGEST_MOST},
    )
    rows = await cursor.fetchall()
    return rows, rows[0]["n"] if rows else 0


async def dead(conn: Conn, session: UUID, *, after: int = 0, limit: int = 50) -> list[dict[str, Any]]:
    """Return messages that were given up, oldest first, of people inside the administrator's region.

    Raises:
        OutOfScope: the caller is no administrator.
    """
    with domain_errors():
        cursor = await conn.execute("SELECT * FROM deliveries_dead(%s, %s, %s)", (session, after, min(limit, PAGE_MAX)))
        return await cursor.fetchall()


def dead_anywhere(conn: Connection[DictRow], limit: int = 1000) -> list[dict[str, Any]]:
    """Return messages that were given up, of everybody, as the owner of the database; oldest first."""
    return conn.execute("SELECT * FROM dead_letters(%s, %s, 0, %s)", (*NATION, limit)).fetchall()
