"""What may be asked about gates, inside `models.database.acting`."""

from __future__ import annotations

from typing import Any

from models.database import Conn
from models.register.rules import hidden

_ROW = """
SELECT a.id, a.batch, a.gate, a.round, o.id AS role, g.id AS programme, a.people, a.deadline, a.list_hash, a.cases,
       a.amount_rp, a.evidence, a.state, a.opened_at, a.decided_at, b.kind AS batch_kind, b.title AS batch_title,
       b.region, b.period,
       ARRAY(SELECT m.name || '.' || t.id FROM unnest(a.triggers) WITH ORDINALITY AS x(code, n)
               JOIN trigger t ON t.code = x.code JOIN machine m ON m.code = t.machine ORDER BY x.n) AS triggers,
       (SELECT count(*) FROM decision d WHERE d.approval = a.id AND d.verdict = 'setuju') AS decided
  FROM approval a
  JOIN batch b ON b.id = a.batch
  JOIN role o ON o.code = a.role
  LEFT JOIN programme g ON g.code = a.programme
"""


async def waiting(conn: Conn, *, role: str | None, state: str = "terbuka", limit: int = 100) -> list[dict[str, Any]]:
    """Return gates in the caller's sight, soonest deadline first; with `role` only those that wait for it."""
    cursor = await conn.execute(
        _ROW + " WHERE a.state = %s AND (%s::text IS NULL OR o.id = %s) ORDER BY a.deadline, a.id LIMIT %s",
        (state, role, role, limit),
    )
    return await cursor.fetchall()


async def get(conn: Conn, approval: int) -> dict[str, Any] | None:
    """Return one gate with its decisions and the first thousand cases of its list, None when out of sight."""
    row = await (await conn.execute(_ROW + " WHERE a.id = %s", (approval,))).fetchone()
    if row is None:
        return None
    cursor = await conn.execute(
        """
        SELECT u.name, b.name AS behalf, d.verdict, e.id AS reason, d.at
          FROM decision d JOIN account_user u ON u.id = d.user_id LEFT JOIN account_user b ON b.id = d.behalf
          LEFT JOIN reason e ON e.code = d.reason
         WHERE d.approval = %s ORDER BY d.at
        """,
        (approval,),
    )
    row["decisions"] = await cursor.fetchall()
    row["evidence"] = hidden(row["evidence"])
    cursor = await conn.execute(
        """
        SELECT c.case_id, c.version, s.id AS state, k.region, r.name AS region_name,
               COALESCE(closing_of(c.case_id), nominal_of(c.case_id)) AS amount_rp
          FROM approval_case c
          JOIN position p ON p.case_id = c.case_id
          JOIN case_ k ON k.id = c.case_id
          JOIN state s ON s.code = p.state
          LEFT JOIN region r ON r.code = k.region
         WHERE c.approval = %s ORDER BY c.case_id LIMIT 1000
        """,
        (approval,),
    )
    row["list"] = await cursor.fetchall()
    return row


async def of_batch(conn: Conn, batch: int) -> list[dict[str, Any]]:
    """Return every gate a batch has had, in order."""
    cursor = await conn.execute(_ROW + " WHERE a.batch = %s ORDER BY a.id", (batch,))
    return await cursor.fetchall()


async def state_of(conn: Conn, approval: int) -> str | None:
    """Return where a gate stands, None when out of sight."""
    row = await (await conn.execute("SELECT state FROM approval WHERE id = %s", (approval,))).fetchone()
    return None if row is None else str(row["state"])
