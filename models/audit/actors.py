"""What one actor did, day by day and act by act, as far as the caller sees it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from models.audit.errors import ActorNotFound, AuditNotYours
from models.audit.queries import Place, day
from models.audit.rules import changed, may_look_through
from models.case.queries import PAGE_MAX
from models.case.rules import sees_notes
from models.database import Conn
from models.register.rules import hidden
from models.vocabulary import OPERATIONS

_DEEDS = ("moves", "refusals", "waits", "facts", "edits")


async def account(conn: Conn, username: str) -> dict[str, Any]:
    """Return an account with the numbers under which the log knows it: itself, and its groups.

    Raises:
        ActorNotFound: nobody carries this username.
    """
    row = await (
        await conn.execute(
            """
            SELECT u.id, u.username, u.name, u.kind, u.active,
                   u.id || ARRAY(SELECT g.id FROM actor_group g WHERE g.members @> ARRAY[u.id]) AS actors
              FROM account_user u WHERE u.username = %s
            """,
            (username,),
        )
    ).fetchone()
    if row is None:
        raise ActorNotFound(username)
    return row


async def actor(conn: Conn, username: str, *, role: str, user: int) -> dict[str, Any]:
    """Return an account whose deeds the caller may look through, as `account` does.

    Raises:
        ActorNotFound: nobody carries this username.
        AuditNotYours: the caller (`user`, in `role`) does not look through what this person did.
    """
    row = await account(conn, username)
    if not may_look_through(role, oneself=row["id"] == user):
        raise AuditNotYours(role, "jejak orang lain")
    return row


async def days(conn: Conn, actors: Sequence[int], since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Return per day (western Indonesian time), newest first: acts, and how much of each deed; no row for idle days."""
    cursor = await conn.execute(
        "SELECT at, trigger, moves, refusals, waits, facts, edits FROM audit_deeds(%s, %s, %s, NULL, NULL, NULL)",
        (list(actors), since, until),
    )
    told: dict[str, dict[str, Any]] = {}
    async for row in cursor:
        on = told.setdefault(day(row["at"]), {"acts": 0, **dict.fromkeys(_DEEDS, 0), "decisions": 0})
        on["acts"] += 1
        on["decisions"] += row["trigger"] == OPERATIONS["putuskan"]
        for deed in _DEEDS:
            on[deed] += row[deed]
    return [{"day": one} | told[one] for one in sorted(told, reverse=True)]


_ACTS = """
SELECT k.act, k.at, k.moves, k.refusals, k.waits, k.facts, k.edits, k.cases, k.households,
       COALESCE(m.name || '.', '') || tr.id AS trigger, o.id AS role, e.id AS reason, a.note_hash IS NOT NULL AS noted,
       n.text AS note, a.policy_version, a.approval, a.cause, a.flow_run,
       ARRAY(SELECT u.username FROM account_user u
              WHERE u.id = a.actor OR u.id IN (SELECT m FROM actor_group g, unnest(g.members) AS m
                                                WHERE g.id = a.actor AND m <> ALL (g.behalf))
              ORDER BY u.id) AS actors,
       ARRAY(SELECT u.username FROM actor_group g JOIN account_user u ON u.id = ANY (g.behalf)
              WHERE g.id = a.actor ORDER BY u.id) AS behalf,
       CASE WHEN d.act IS NOT NULL THEN jsonb_build_object(
            'gate', p.gate, 'batch', p.batch, 'verdict', d.verdict, 'cases', p.cases, 'list_hash', p.list_hash,
            'excepts', (SELECT count(*) FROM decision_case x WHERE x.approval = d.approval AND x.user_id = d.user_id))
       END AS decision
  FROM audit_deeds(%(actors)s, %(since)s, %(until)s, %(at)s, %(act)s, %(limit)s) AS k
  JOIN trigger tr ON tr.code = k.trigger
  LEFT JOIN machine m ON m.code = tr.machine
  LEFT JOIN act a ON a.id = k.act
  LEFT JOIN role o ON o.code = a.role
  LEFT JOIN reason e ON e.code = a.reason
  LEFT JOIN note n ON n.act = k.act
  LEFT JOIN approval p ON p.id = a.approval
  LEFT JOIN decision d ON d.approval = a.approval AND d.act = a.id
 ORDER BY k.at DESC, k.act DESC
"""

_EDITS = """
WITH edit AS (
    SELECT y.household_id, y.version, y.act, y.before FROM household_history y WHERE y.act = ANY (%s)
)
SELECT e.act, e.household_id, e.version, e.before, COALESCE(
        (SELECT y.before FROM household_history y WHERE y.household_id = e.household_id AND y.version = e.version + 1),
        (SELECT to_jsonb(h) || jsonb_build_object('members', COALESCE((
                SELECT jsonb_agg(to_jsonb(q) - 'region' ORDER BY q.id) FROM person q
                 WHERE q.household_id = h.id AND q.removed_at IS NULL), '[]'))
           FROM household h WHERE h.id = e.household_id)) AS after
  FROM edit e ORDER BY e.act, e.household_id
"""


async def acts(
    conn: Conn,
    actors: Sequence[int],
    role: str,
    *,
    since: datetime,
    until: datetime,
    after: Place | None = None,
    limit: int = 50,
) -> tuple[list[dict[str, Any]], Place | None]:
    """Return acts of these actors within since <= at < until, newest first, and where the page ended.

    Per act: the counts of `days`, the first 20 cases and families it touched, the decision at a gate with its verdict,
    and for edits of the register the names of the fields that changed (never their values).
    """
    limit = min(limit, PAGE_MAX)
    params = {"actors": list(actors), "since": since, "until": until, "limit": limit,
              "at": after.at if after else None, "act": after.act if after else None}  # fmt: skip
    rows = await (await conn.execute(_ACTS, params)).fetchall()
    edited: dict[int, list[dict[str, Any]]] = {}
    edits = await conn.execute(_EDITS, ([row["act"] for row in rows if row["edits"]],))
    async for edit in edits:
        fields = changed(edit["before"], edit["after"]) if edit["after"] else []
        edited.setdefault(edit["act"], []).append({"household": edit["household_id"], "fields": fields})
    for row in rows:
        row["changes"] = edited.get(row["act"], [])
        row["note"] = hidden(row["note"]) if row["note"] is not None and sees_notes(role) else None
    end = rows[-1] if len(rows) == limit else None
    return rows, Place(end["at"], end["act"], 0) if end else None
