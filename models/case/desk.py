"""What lies at somebody's desk: how many cases wait for his role in each state, within his scope."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.database import Conn

MOST = 1000
"""Cases of one state that are counted one by one; beyond that a desk says "more than"."""

_DESK = """
SELECT m.name AS machine, s.id AS state, s.label, s.meaning, n.n, n.oldest, late.n AS late
  FROM identify(%(session)s) AS me
  JOIN state s ON s.holder = me.role AND NOT (s.terminal OR s.stable)
  JOIN machine m ON m.code = s.machine
 CROSS JOIN LATERAL (
        SELECT count(*) AS n, min(x.since) AS oldest
          FROM (SELECT p.since FROM position p WHERE p.state = s.code AND p.state < 20000 LIMIT %(most)s) AS x) AS n
 CROSS JOIN LATERAL (
        SELECT count(*) AS n
          FROM (SELECT 1 FROM alert a JOIN position p ON p.case_id = a.key AND p.version = a.version
                 WHERE a.subject = 'kasus' AND a.level = 1 AND a.ended_at IS NULL AND a.state = s.code
                 LIMIT %(most)s) AS x) AS late
 WHERE n.n > 0
 ORDER BY late.n DESC, n.oldest
"""


async def desk(conn: Conn, session: UUID) -> list[dict[str, Any]]:
    """Return the states whose cases wait for the caller's role: how many (at most `MOST`), since when, how many late.

    Asked inside `models.database.acting`: row-level security is the scope.
    """
    cursor = await conn.execute(_DESK, {"session": session, "most": MOST + 1})
    return await cursor.fetchall()
