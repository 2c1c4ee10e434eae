"""What may be asked about cases. Every query runs inside `models.database.acting`: row-level security does the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.case.rules import sees_amount, sees_notes, sees_reason, shows
from models.database import Conn, fetch_value
from models.region.rules import titled
from models.register.rules import hidden

PREFIX = {1: "USL", 2: "KPS", 3: "SLR", 4: "SGH", 5: "SKL", 6: "SKD", 7: "KJG"}
"""First letters of a case's number, by machine."""

PAGE_MAX = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of cases is narrowed to; None leaves it open."""

    machine: str | None = None
    states: tuple[str, ...] = ()
    lo: int | None = None
    hi: int | None = None
    programme: str | None = None
    period: int | None = None
    batch: int | None = None
    household: int | None = None
    reason: str | None = None
    """Code of the reason by which it came where it stands."""


_COLUMNS = """
SELECT c.id, m.name AS machine, j.id AS jenis, g.id AS programme, c.period, c.household_id, c.region,
       r.name AS region_name, c.predecessor, c.opened_at, p.version, p.since, p.batch, s.id AS state,
       s.label AS label, s.meaning AS meaning, s.phase AS phase, s.terminal, s.stable, o.id AS holder,
       c.machine AS machine_code,
"""

_JOINED = """
  JOIN case_ c ON c.id = p.case_id
  JOIN machine m ON m.code = c.machine
  JOIN state s ON s.code = p.state
  JOIN role o ON o.code = s.holder
  LEFT JOIN jenis j ON j.code = c.kind
  LEFT JOIN programme g ON g.code = c.programme
  LEFT JOIN region r ON r.code = c.region
"""

_DEADLINE = """
       CASE WHEN NOT (s.terminal OR s.stable) THEN deadline(
            p.since, state_time('sla', p.state, p.region, alur_now()), p.region) END AS due
"""

_ROW = f"{_COLUMNS}{_DEADLINE} FROM position p {_JOINED}"


_WANTED = """
        %(lo)s::bigint, %(hi)s::bigint,
        (SELECT COALESCE(array_agg(s.code), '{}') FROM state s JOIN machine m ON m.code = s.machine
          WHERE (%(machine)s::text IS NULL OR m.name = %(machine)s)
            AND (%(states)s::text[] IS NULL OR s.id = ANY (%(states)s))),
        (SELECT COALESCE((SELECT g.code FROM programme g WHERE g.id = %(programme)s),
                         CASE WHEN %(programme)s::text IS NOT NULL THEN -1::smallint END)),
        %(period)s::integer, %(batch)s::bigint, %(household)s::bigint,
"""

# The queue knows when each is due.
_DUE = f"""{_COLUMNS} q.due
  FROM due_page({_WANTED} %(due)s::timestamptz, %(since)s::timestamptz, %(id)s::bigint, %(limit)s, alur_now()) AS q
  JOIN position p ON p.case_id = q.case_id {_JOINED}
 ORDER BY q.due, q.since, q.case_id
"""

_FOUND = f"""
  FROM case_page({_WANTED} %(since)s::timestamptz, %(id)s::bigint, %(limit)s,
                 (SELECT COALESCE((SELECT e.code FROM reason e WHERE e.id = %(reason)s),
                                  CASE WHEN %(reason)s::text IS NOT NULL THEN -1::smallint END))) AS q
"""

_IDS = f"SELECT q.case_id {_FOUND} ORDER BY q.since, q.case_id"

_PAGE = f"""{_COLUMNS}{_DEADLINE} {_FOUND}
  JOIN position p ON p.case_id = q.case_id {_JOINED}
 ORDER BY q.since, q.case_id
"""


def number(machine: int, opened_at: datetime, case_id: int) -> str:
    """Return the number people know a case by, e.g. USL-2026-0041873."""
    return f"{PREFIX[machine]}-{opened_at.year}-{case_id:07d}"


def _told(row: dict[str, Any]) -> dict[str, Any]:
    row["number"] = number(row.pop("machine_code"), row["opened_at"], row["id"])
    return row


def _params(wanted: Filter, limit: int) -> dict[str, Any]:
    return {
        "machine": wanted.machine,
        "states": list(wanted.states) or None,
        "lo": wanted.lo,
        "hi": wanted.hi,
        "programme": wanted.programme,
        "period": wanted.period,
        "batch": wanted.batch,
        "household": wanted.household,
        "reason": wanted.reason,
        "limit": min(limit, PAGE_MAX),
    }


async def list_due(
    conn: Conn, wanted: Filter, *, after: tuple[datetime, datetime, int] | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Return open cases that match and have a deadline, first due first; `after`: (due, since, id) of the last.

    The reason of a filter narrows `list_cases` alone.
    """
    due, since, last = after or (None, None, None)
    params = _params(wanted, limit) | {"due": due, "since": since, "id": last}
    rows = await (await conn.execute(_DUE.encode(), params)).fetchall()
    return [_told(row) for row in rows]


async def list_cases(
    conn: Conn, wanted: Filter, *, after: tuple[datetime, int] | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Return cases that match, longest in their state first; `after` is (since, id) of the last one already seen."""
    since, last = after or (None, None)
    params = _params(wanted, limit) | {"since": since, "id": last}
    cursor = await conn.execute(_PAGE.encode(), params)
    return [_told(row) for row in await cursor.fetchall()]


async def case_ids(conn: Conn, wanted: Filter, *, limit: int) -> list[int]:
    """Return the numbers of the cases that match, longest in their state first, `limit` at most."""
    params = _params(wanted, limit) | {"limit": limit, "since": None, "id": None}
    cursor = await conn.execute(_IDS.encode(), params)
    return [row["case_id"] for row in await cursor.fetchall()]


async def numbers(conn: Conn, cases: Sequence[int]) -> dict[int, str]:
    """Return the numbers by which people know these cases; those out of sight are missing."""
    cursor = await conn.execute("SELECT id, machine, opened_at FROM case_ WHERE id = ANY (%s)", (list(cases),))
    return {row["id"]: number(row["machine"], row["opened_at"], row["id"]) for row in await cursor.fetchall()}


async def get_case(conn: Conn, case_id: int) -> dict[str, Any] | None:
    """Return one case, None when it does not exist in the caller's sight."""
    row = await (await conn.execute(_ROW + " WHERE p.case_id = %s", (case_id,))).fetchone()
    return _told(row) if row else None


async def closed_at(conn: Conn, case_id: int, role: str) -> int | None:
    """Return the rupiah at which a payment was closed; None before, and for a `role` that is not shown it."""
    if not sees_amount(role):
        return None
    amount: int | None = await fetch_value(conn, "SELECT nominal_of(%s)", (case_id,))
    return amount


async def destination(conn: Conn, case_id: int) -> str | None:
    """Return the region a case is shared with, as people name it: where the family moves; None where it is in one."""
    cursor = await conn.execute(
        "SELECT s.region, r.name FROM case_share s LEFT JOIN region r ON r.code = s.region WHERE s.case_id = %s",
        (case_id,),
    )
    row = await cursor.fetchone()
    return None if row is None else titled(row["region"], row["name"])


async def waits_at(conn: Conn, cases: Sequence[int]) -> dict[int, int]:
    """Return in which village each of these cases waits: its own, or the one it was given to."""
    cursor = await conn.execute(
        "SELECT p.case_id, held_at(p.case_id, p.state, p.region) AS village FROM position p WHERE p.case_id = ANY (%s)",
        (list(cases),),
    )
    return {row["case_id"]: row["village"] for row in await cursor.fetchall()}


async def given_away(conn: Conn, cases: Sequence[int]) -> set[int]:
    """Return which of these cases wait for another village than the caller's: the one they were given to."""
    cursor = await conn.execute(
        """
        SELECT p.case_id FROM position p
         WHERE p.case_id = ANY (%s) AND handed_on(p.state)
           AND NOT held_at(p.case_id, p.state, p.region) BETWEEN (SELECT seen_lo()) AND (SELECT seen_hi())
        """,
        (list(cases),),
    )
    return {row["case_id"] for row in await cursor.fetchall()}


async def timeline(conn: Conn, case_id: int, role: str) -> list[dict[str, Any]]:
    """Return every transition of a case in order: from, to, who, in which role, why, on what, under which policy.

    `actor` names who acted, `behalf` for whom he acted, None for himself. Notes, reasons and the content of evidence
    are None where the caller's `role` is not shown them.
    """
    cursor = await conn.execute(
        """
        SELECT t.version, a.at, r.id AS rule, m.name AS machine, tr.id AS trigger,
               lag(s.id, 1, 'new') OVER (ORDER BY t.version) AS source, s.id AS target, s.label AS label,
               actor_names(t.actor) AS actor, behalf_names(t.actor) AS behalf,
               t.actor AS actor_id, o.id AS role, e.id AS reason, e.label AS reason_label, n.text AS note,
               a.policy_version, a.cause, a.approval, t.act,
               (SELECT jsonb_object_agg(k.id, f.value) FROM act_fact f JOIN fact_kind k ON k.code = f.kind
                 WHERE f.act = t.act) AS shared_evidence,
               (SELECT jsonb_object_agg(k.id, f.value) FROM fact f JOIN fact_kind k ON k.code = f.kind
                 WHERE f.act = t.act AND f.case_id = t.case_id AND f.value IS NOT NULL) AS evidence
          FROM transition t
          JOIN rule r ON r.code = t.rule
          JOIN machine m ON m.code = r.machine
          JOIN state s ON s.code = r.target
          JOIN act a ON a.id = t.act
          JOIN role o ON o.code = a.role
          LEFT JOIN trigger tr ON tr.code = a.trigger
          LEFT JOIN reason e ON e.code = a.reason
          LEFT JOIN note n ON n.act = a.id
         WHERE t.case_id = %s
         ORDER BY t.version
        """,
        (case_id,),
    )
    rows = await cursor.fetchall()
    for row in rows:
        told = (row.pop("shared_evidence") or {}) | (row["evidence"] or {})
        row["evidence"] = {kind: hidden(value, kind) if shows(role, kind) else None for kind, value in told.items()}
        row["note"] = hidden(row["note"]) if sees_notes(role) else None
        if not sees_reason(role, row.pop("machine"), row["trigger"]):
            row["reason"] = row["reason_label"] = None
    return rows


async def facts(conn: Conn, case_id: int, role: str) -> list[dict[str, Any]]:
    """Return what is known about a case, newest first: kind, value, source, when, by which act.

    Numbers of persons and accounts are masked; `shown` tells whether the caller's `role` is shown the value.
    """
    cursor = await conn.execute(
        """
        SELECT k.id AS kind, k.label, COALESCE(f.value, a.value) AS value, f.source, f.at, f.act
          FROM fact f
          JOIN fact_kind k ON k.code = f.kind
          LEFT JOIN act_fact a ON a.act = f.act AND a.kind = f.kind
         WHERE f.case_id = %s
         ORDER BY f.at DESC, k.id
        """,
        (case_id,),
    )
    return [_shown(row, role) for row in await cursor.fetchall()]


def _shown(fact: dict[str, Any], role: str) -> dict[str, Any]:
    shown = shows(role, fact["kind"])
    return fact | {"value": hidden(fact["value"], fact["kind"]) if shown else None, "shown": shown}


async def actions(conn: Conn, session: UUID, case_id: int) -> list[dict[str, Any]]:
    """Return every rule that leaves the case's state, judged for whoever asks: what I may do, and why not the rest."""
    cursor = await conn.execute("SELECT * FROM door_options(%s, %s)", (session, case_id))
    return await cursor.fetchall()


async def preview(
    conn: Conn, session: UUID, trigger: str, cases: Sequence[int], *, reason: str | None, kinds: Sequence[str]
) -> list[dict[str, Any]]:
    """Return what a bulk move would bring, case by case, without doing anything."""
    cursor = await conn.execute(
        "SELECT * FROM door_preview(%s, %s, %s, %s, %s)", (session, trigger, list(cases), reason, list(kinds))
    )
    return await cursor.fetchall()


async def in_state(conn: Conn, batch: int, *states: str) -> list[dict[str, Any]]:
    """Return the cases of a batch that stand in the named states ("machine.state"), oldest first.

    Rows: case_id, version, household_id, region, programme, jenis, period, since, state.
    """
    cursor = await conn.execute(
        """
        SELECT p.case_id, p.version, c.household_id, p.region, g.id AS programme, j.id AS jenis, c.period, p.since,
               s.id AS state
          FROM position p
          JOIN case_ c ON c.id = p.case_id
          JOIN state s ON s.code = p.state
          JOIN machine m ON m.code = s.machine
          LEFT JOIN programme g ON g.code = c.programme
          LEFT JOIN jenis j ON j.code = c.kind
         WHERE p.batch = %s AND m.name || '.' || s.id = ANY (%s)
         ORDER BY p.since, p.case_id
        """,
        (batch, list(states)),
    )
    return await cursor.fetchall()


async def counts(conn: Conn, batch: int) -> dict[str, int]:
    """Return how many cases of a batch stand in each state ("machine.state" -> n)."""
    cursor = await conn.execute(
        """
        SELECT m.name || '.' || s.id AS state, count(*) AS n
          FROM position p JOIN state s ON s.code = p.state JOIN machine m ON m.code = s.machine
         WHERE p.batch = %s
         GROUP BY 1 ORDER BY 1
        """,
        (batch,),
    )
    return {row["state"]: row["n"] for row in await cursor.fetchall()}


async def states_of(conn: Conn, cases: Sequence[int]) -> dict[int, str]:
    """Return the state in which each of these cases stands; those out of sight are missing."""
    cursor = await conn.execute(
        "SELECT p.case_id, s.id FROM position p JOIN state s ON s.code = p.state WHERE p.case_id = ANY (%s)",
        (list(cases),),
    )
    return {row["case_id"]: row["id"] for row in await cursor.fetchall()}


async def told_facts(conn: Conn, session: UUID, case_id: int, role: str) -> list[dict[str, Any]]:
    """Return everything known about a case, newest first: what, who said it in which role, when, and if it counts.

    `counts_for` are the needs it satisfies for a move from the present state; `fresh_until` and `counts_from` bound
    the time in which it does, None where nothing bounds it; `shown` tells whether the caller's `role` is shown the
    value.
    """
    cursor = await conn.execute("SELECT * FROM case_facts(%s, %s)", (session, case_id))
    return [_shown(row, role) | {"counts": bool(row["counts_for"])} for row in await cursor.fetchall()]


async def fact_kinds(conn: Conn) -> list[dict[str, Any]]:
    """Return every kind of fact: what it is called, who writes it, how it counts, whether files are uploaded for it."""
    cursor = await conn.execute(
        """
        SELECT k.id AS kind, k.label, k.label_en,
               ARRAY(SELECT r.id FROM role r WHERE r.code = ANY (k.writers) ORDER BY r.code) AS writers,
               CASE WHEN k.case_scope THEN 'case' ELSE 'state' END AS scope, k.derived,
               CASE WHEN k.fresh_days IS NOT NULL THEN COALESCE(
                    (policy_at('fakta.' || k.id || '.segar', alur_now()))::integer, k.fresh_days) END AS fresh_days,
               CASE WHEN k.min_age_days IS NOT NULL THEN COALESCE(
                    (policy_at('fakta.' || k.id || '.umur', alur_now()))::integer, k.min_age_days) END AS min_age_days,
               ARRAY(SELECT a.id FROM need n JOIN fact_kind a ON a.code = n.kind
                      WHERE n.need = k.code AND n.kind <> k.code ORDER BY a.code) AS any_of,
               k.documents, k.geotagged
          FROM fact_kind k
         ORDER BY k.code
        """
    )
    return await cursor.fetchall()


async def carried_by_nobody(conn: Conn, state: str) -> list[dict[str, Any]]:
    """Return the cases in a state ("machine.state") that no batch carries yet, oldest first: case_id, region."""
    cursor = await conn.execute(
        """
        SELECT p.case_id, p.region
          FROM position p JOIN state s ON s.code = p.state JOIN machine m ON m.code = s.machine
         WHERE p.batch IS NULL AND m.name || '.' || s.id = %s
         ORDER BY p.since, p.case_id
        """,
        (state,),
    )
    return await cursor.fetchall()


DESK_MOST = 1000
"""Cases of one state that are counted one by one where no tally is kept; beyond that a desk says "more than"."""

_DESK = """
SELECT m.name AS machine, s.id AS state, s.label, s.meaning, n.n
  FROM identify(%(session)s) AS me
  JOIN state s ON s.holder = me.role AND NOT (s.terminal OR s.stable)
  JOIN machine m ON m.code = s.machine
 CROSS JOIN LATERAL (
        SELECT count(*) AS n
          FROM case_page(NULL, NULL, ARRAY[s.code], NULL, NULL, NULL, NULL, NULL, NULL, %(most)s)) AS n
 WHERE n.n > 0
 ORDER BY n.n DESC, s.code
"""


async def desk(conn: Conn, session: UUID) -> list[dict[str, Any]]:
    """Return the states whose cases wait for the caller's role, and how many; counted up to `DESK_MOST`.

    For whoever sees his own files or families alone; a place and a programme are tallied (`models.tally`).
    """
    cursor = await conn.execute(_DESK, {"session": session, "most": DESK_MOST + 1})
    return await cursor.fetchall()
