"""Moves that two persons ask for, and how long a mistake can still be corrected. Inside `models.database.acting`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.case.queries import number
from models.case.rules import sees_notes
from models.database import Conn
from models.register.rules import hidden

_FIRST = """
SELECT c.case_id, ca.machine, ca.opened_at, g.name AS region_name, m.name || '.' || t.id AS trigger,
       s.label AS source_label, target.label AS target_label, c.user_id,
       actor_names(COALESCE(a.actor, c.user_id)) AS by, o.id AS role, c.at, e.id AS reason, e.label AS reason_label,
       n.text AS note, deadline(p.since, rule_window(r.code, p.region, alur_now()), p.region) AS until
  FROM confirmation c
  JOIN position p ON p.case_id = c.case_id AND p.version = c.version
  JOIN case_ ca ON ca.id = c.case_id
  JOIN rule r ON r.code = c.rule
  JOIN trigger t ON t.code = r.trigger
  JOIN machine m ON m.code = t.machine
  JOIN state s ON s.code = p.state
  JOIN state target ON target.code = r.target
  LEFT JOIN region g ON g.code = p.region
  LEFT JOIN act a ON a.id = c.act
  LEFT JOIN role o ON o.code = a.role
  LEFT JOIN reason e ON e.code = c.reason
  LEFT JOIN note n ON n.act = c.act
"""


def _told(row: dict[str, Any]) -> dict[str, Any]:
    row["number"] = number(row.pop("machine"), row.pop("opened_at"), row["case_id"])
    row["note"] = hidden(row["note"])
    return row


async def corrections(conn: Conn, case: int) -> dict[str, Any]:
    """Return until when each move is open that takes a mistake back, by trigger; those out of time too."""
    cursor = await conn.execute(
        """
        SELECT m.name || '.' || t.id AS trigger,
               deadline(p.since, rule_window(r.code, p.region, alur_now()), p.region) AS until
          FROM position p
          JOIN arrow w ON w.source = p.state
          JOIN rule r ON r.code = w.rule AND r.time_window IS NOT NULL
          JOIN trigger t ON t.code = r.trigger
          JOIN machine m ON m.code = t.machine
         WHERE p.case_id = %s
        """,
        (case,),
    )
    return {row["trigger"]: row["until"] for row in await cursor.fetchall()}


async def first_of(conn: Conn, case: int, role: str) -> list[dict[str, Any]]:
    """Return what somebody asked for about a case as it stands and what waits for a second person, oldest first.

    Keys: trigger, by, user_id, role, at, reason, reason_label, note, until (None: no limit), and the labels of where
    the case stands and where it would go. Notes are None where the caller's `role` is not shown them.
    """
    rows = await (await conn.execute(_FIRST + " WHERE c.case_id = %s ORDER BY c.at", (case,))).fetchall()
    return [_told(row) | ({} if sees_notes(role) else {"note": None}) for row in rows]


async def waiting_for(conn: Conn, session: UUID, *, limit: int = 50) -> list[dict[str, Any]]:
    """Return what others asked for and whose second person the caller may be, oldest first."""
    cursor = await conn.execute(
        _FIRST
        + """
          JOIN identify(%(session)s) AS me ON me.role = ANY (r.roles) OR me.role = r.second_role
         WHERE NOT ARRAY[c.user_id, c.behalf] && ARRAY[me.user_id, me.behalf]
         ORDER BY c.at LIMIT %(limit)s
        """,
        {"session": session, "limit": limit},
    )
    return [_told(row) for row in await cursor.fetchall()]
