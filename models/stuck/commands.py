"""What the watch does: one look at a kabupaten, at the work, and the day's digests. Each look is one transaction.

A look derives everything from where things stand, so a missed one is caught up by the next: every level that was passed
is raised once, the highest is told. An alert, who knows of it and his notice are written together or not at all.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from models.database import Conn, fetch_value
from models.policy.queries import now, policy
from models.region.rules import NATIONAL_SPAN, span
from models.stuck.rules import REASONS, Offices, Seat, highest
from models.stuck.telling import Raised, told_of

log = logging.getLogger("alur.watch")

_KEEP_DAYS = 31
_NATION = (0, 999_999)
"""The range of the nation's own cases, verval cycles, below every kabupaten's."""
_LOCK = 0x57_41_54_43
"""Two watches that look at the same kabupaten at once wait for each other; what is raised once is held by the key."""


async def kabupaten(conn: Conn) -> list[int]:
    """Return the codes of kabupaten with cases, and of those that were looked at before; one index probe for each.

    The nation's own cases (region 0) are looked at with its work.
    """
    cursor = await conn.execute(
        """
        WITH RECURSIVE found(code) AS (
            SELECT min(c.region) / 1000000 FROM case_ c WHERE c.region >= 1000000
            UNION ALL
            SELECT (SELECT min(c.region) / 1000000 FROM case_ c WHERE c.region >= (f.code + 1) * 1000000)
              FROM found f WHERE f.code IS NOT NULL)
        SELECT code FROM found WHERE code > 0
        UNION
        SELECT region FROM watch_region WHERE region > 0
        ORDER BY 1
        """
    )
    return [row["code"] for row in await cursor.fetchall()]


async def _offices(conn: Conn, lo: int, hi: int, at: datetime) -> Offices:
    roles = await policy(conn, "macet.kantor", region=lo) or {}
    admins = await policy(conn, "macet.admin", region=lo) or {}
    wanted = sorted({"admin_pusat", *admins.values(), *(role for told in roles.values() for role in told)})
    cursor = await conn.execute("SELECT * FROM people_over(%s, %s, %s, %s)", (wanted, lo, hi, at))
    seats = [Seat(row["user_id"], row["role"], row["lo"], row["hi"]) for row in await cursor.fetchall()]
    return Offices(roles, admins, seats)


_STUCK = """
WITH near AS MATERIALIZED (
    SELECT d.case_id FROM due_cases(%(lo)s, %(hi)s, %(now)s) d
    UNION
    SELECT u FROM stuck_unheld(%(lo)s, %(hi)s, %(now)s) AS u)
SELECT 'kasus' AS subject, w.case_id AS key, w.version::bigint, w.level, w.reason, w.region AS lo, w.region AS hi,
       w.programme, w.state, w.since, w.due, o.id AS holder, w.able, r.name AS region_name, s.label,
       c.machine AS machine_code, c.opened_at, held_at(w.case_id, w.state, w.region) AS desk
  FROM stuck_why(ARRAY(SELECT n.case_id FROM near n), %(now)s) w
  JOIN case_ c ON c.id = w.case_id
  JOIN state s ON s.code = w.state
  JOIN role o ON o.code = w.holder
  LEFT JOIN region r ON r.code = w.region
 WHERE w.reason IS NOT NULL
"""

_WORK = """
SELECT w.subject, w.key, w.version, 1 AS level, w.reason, w.lo, w.hi, w.programme, NULL::smallint AS state,
       w.since, w.due,
       COALESCE(o.id, 'sistem') AS holder,
       CASE w.subject WHEN 'gerbang' THEN approvers(w.key, %(now)s) ELSE '{}' END AS able, r.name AS region_name,
       b.title AS label,
       CASE WHEN w.due > %(now)s THEN 0 ELSE (
            SELECT count(*) FROM jsonb_array_elements_text(policy_for('macet.jenjang', w.lo, %(now)s)) AS j(word)
             WHERE deadline(w.due, j.word, w.lo) <= %(now)s) END AS climbed
  FROM work_trouble(%(now)s) w
  JOIN batch b ON b.id = w.batch
  LEFT JOIN role o ON o.code = w.role
  LEFT JOIN region r ON r.code = b.region
"""

# Known again after it had ended (somebody was inactive, came back, and is inactive again): stands again, told before.
# With another reason it is the same alert, and whoever can act on that reason is told.
_RAISE = """
INSERT INTO alert AS a (subject, key, version, level, reason, lo, hi, programme, state, since, due, raised_at)
SELECT *, %(now)s::timestamptz
  FROM unnest(%(subject)s::text[], %(key)s::bigint[], %(version)s::bigint[], %(level)s::smallint[], %(reason)s::text[],
              %(lo)s::bigint[], %(hi)s::bigint[], %(programme)s::smallint[], %(state)s::smallint[],
              %(since)s::timestamptz[], %(due)s::timestamptz[]) AS u(subject, key, version, level)
 ORDER BY u.subject, u.key, u.version, u.level
ON CONFLICT (subject, key, version, level) DO UPDATE
   SET ended_at = NULL, reason = excluded.reason WHERE a.ended_at IS NOT NULL OR a.reason <> excluded.reason
"""

_ENDED = """
UPDATE alert a SET ended_at = %(now)s
 WHERE a.ended_at IS NULL AND (a.subject = 'kasus') = %(cases)s AND a.subject <> 'wilayah'
   AND a.lo BETWEEN %(lo)s AND %(hi)s
   AND NOT EXISTS (SELECT 1 FROM unnest(%(subject)s::text[], %(key)s::bigint[], %(version)s::bigint[],
                                        %(level)s::smallint[]) AS u(subject, key, version, level)
                    WHERE (u.subject, u.key, u.version, u.level) = (a.subject, a.key, a.version, a.level))
"""

_FIELDS = ("subject", "key", "version", "level", "reason", "lo", "hi", "programme", "state", "since", "due")


def _levels(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one row for every level that each stuck thing has passed, up to the last that reaches a further office."""
    told: list[dict[str, Any]] = []
    for row in rows:
        least = 1 if REASONS[row["reason"]].blocks else 0
        top = min(max(row["level"] or 0, least), highest(row["holder"]))
        told += [dict(row) | {"level": level} for level in range(min(least, top), top + 1)]
    return told


async def _raise(conn: Conn, rows: Sequence[dict[str, Any]], lo: int, hi: int, at: datetime, *, cases: bool) -> None:
    """Write the alerts that these rows call for, and end those of this range that nothing calls for any more."""
    levels = _levels(rows)
    params: dict[str, Any] = {name: [row[name] for row in levels] for name in _FIELDS}
    await conn.execute(_RAISE, params | {"now": at})
    await conn.execute(_ENDED, params | {"now": at, "lo": lo, "hi": hi, "cases": cases})


async def _raised(conn: Conn, rows: Sequence[dict[str, Any]]) -> list[Raised]:
    """Return the alerts of each row that are told of: the first, for whoever holds it, and the highest."""
    cursor = await conn.execute(
        """
        SELECT a.id, a.subject, a.key, a.level
          FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS u(subject, key, version)
         CROSS JOIN LATERAL (
            SELECT a.id, a.subject, a.key, a.level, max(a.level) OVER () AS top FROM alert a
             WHERE (a.subject, a.key, a.version) = (u.subject, u.key, u.version) AND a.ended_at IS NULL) AS a
         WHERE a.level IN (1, a.top)
         ORDER BY a.id
        """,
        ([row["subject"] for row in rows], [row["key"] for row in rows], [row["version"] for row in rows]),
    )
    by_key = {(row["subject"], row["key"]): row for row in rows}
    return [
        Raised(found["id"], found["level"], by_key[found["subject"], found["key"]]) for found in await cursor.fetchall()
    ]


async def look_at_kabupaten(conn: Conn, session: UUID, code: int) -> int:
    """Look at one kabupaten, inside `acting`: raise, tell, end, count. Returns how many of its cases are stuck."""
    await conn.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_LOCK, code))
    at = await now(conn)
    stuck = await _look_at_cases(conn, session, *span(code), at)
    await _well(conn, code, at)
    return stuck


async def _look_at_cases(conn: Conn, session: UUID, lo: int, hi: int, at: datetime) -> int:
    """Raise, tell, end and count what is stuck in a range of villages; returns how many cases are."""
    told = {"lo": lo, "hi": hi, "now": at}
    rows = await (await conn.execute(_STUCK, told)).fetchall()
    await _raise(conn, rows, lo, hi, at, cases=True)
    here: list[Raised] = []
    elsewhere: dict[int, list[Raised]] = {}
    for one in await _raised(conn, rows):
        desk = one.row["desk"]
        (here if lo <= desk <= hi else elsewhere.setdefault(desk, [])).append(one)
    await told_of(conn, session, await _offices(conn, lo, hi, at), here, at)
    for desk, raised in sorted(elsewhere.items()):
        await told_of(conn, session, await _offices(conn, desk, desk, at), raised, at)
    await _tally(conn, told, rows)
    return len(rows)


async def _tally(conn: Conn, told: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Count the kabupaten's open cases by village, state and programme, and keep the day's last count."""
    await conn.execute("DELETE FROM stuck_tally WHERE region BETWEEN %(lo)s AND %(hi)s", told)
    await conn.execute("DELETE FROM stuck_kab WHERE kabupaten = %(lo)s / 1000000", told)
    await conn.execute(
        """
        WITH stuck AS (
            SELECT * FROM unnest(%(key)s::bigint[], %(level)s::smallint[], %(blocks)s::boolean[])
                       AS u(case_id, level, blocks)),
        counted AS (
            INSERT INTO stuck_tally (region, state, programme, open, soon, due, late, blocked, at)
            SELECT p.region, p.state, p.programme, count(*), count(*) FILTER (WHERE s.level = 0 AND NOT s.blocks),
                   count(*) FILTER (WHERE s.level = 1 AND NOT s.blocks),
                   count(*) FILTER (WHERE s.level > 1 AND NOT s.blocks), count(*) FILTER (WHERE s.blocks), %(now)s
              FROM position p LEFT JOIN stuck s ON s.case_id = p.case_id
             WHERE p.state < 20000 AND p.region BETWEEN %(lo)s AND %(hi)s
             GROUP BY 1, 2, 3
            RETURNING *),
        summed AS (
            INSERT INTO stuck_kab (kabupaten, state, programme, open, soon, due, late, blocked, at)
            SELECT %(lo)s / 1000000, state, programme, sum(open), sum(soon), sum(due), sum(late), sum(blocked), %(now)s
              FROM counted GROUP BY state, programme),
        gone AS (
            DELETE FROM stuck_daily d
             WHERE d.region BETWEEN %(lo)s AND %(hi)s
               AND (d.day < %(now)s::date - %(keep)s::integer
                    OR d.day = (%(now)s AT TIME ZONE region_zone(%(lo)s))::date AND NOT EXISTS (
                       SELECT 1 FROM counted c
                        WHERE (c.region, c.state, c.programme) = (d.region, d.state, d.programme)
                          AND c.soon + c.due + c.late + c.blocked > 0)))
        INSERT INTO stuck_daily (day, region, state, programme, soon, due, late, blocked)
        SELECT (%(now)s AT TIME ZONE region_zone(%(lo)s))::date, region, state, programme, soon, due, late, blocked
          FROM counted WHERE soon + due + late + blocked > 0
        ON CONFLICT (day, region, state, programme) DO UPDATE
           SET soon = excluded.soon, due = excluded.due, late = excluded.late, blocked = excluded.blocked
        """,
        {
            **told,
            "keep": _KEEP_DAYS,
            "key": [row["key"] for row in rows],
            "level": [row["level"] if row["level"] is not None else 0 for row in rows],
            "blocks": [REASONS[row["reason"]].blocks for row in rows],
        },
    )


async def look_at_work(conn: Conn, session: UUID) -> int:
    """Look at batches, gates, calls, requests to wake and the nation's own cases, inside `acting`.

    Returns how many are stuck.
    """
    await conn.execute("SELECT pg_advisory_xact_lock(%s, 0)", (_LOCK,))
    lo, hi = NATIONAL_SPAN
    at = await now(conn)
    rows = await (await conn.execute(_WORK, {"now": at})).fetchall()
    rows = [row | {"level": row["level"] + row["climbed"]} for row in rows]
    await _raise(conn, rows, lo, hi, at, cases=False)
    await told_of(conn, session, await _offices(conn, lo, hi, at), await _raised(conn, rows), at)
    cases = await _look_at_cases(conn, session, *_NATION, at)
    await _well(conn, 0, at)
    return len(rows) + cases


async def _well(conn: Conn, code: int, at: datetime) -> None:
    """Note that a look came to its end, and end the outage before it."""
    await conn.execute(
        """
        INSERT INTO watch_region AS w (region, last_ok) VALUES (%s, %s)
        ON CONFLICT (region) DO UPDATE SET last_ok = excluded.last_ok, last_error = NULL
        """,
        (code, at),
    )
    await conn.execute(
        "UPDATE alert SET ended_at = %s WHERE subject = 'wilayah' AND key = %s AND ended_at IS NULL", (at, code)
    )


async def note_failure(conn: Conn, session: UUID, code: int, error: str) -> None:
    """Note that the look at a kabupaten (0: at the work) failed, and tell whoever runs the system, once an outage.

    `error` names class and SQLSTATE, nothing of the data.
    """
    at = await now(conn)
    outage = await fetch_value(
        conn,
        """
        INSERT INTO watch_region AS w (region, last_error_at, last_error, outage)
        VALUES (%(code)s, %(now)s, %(error)s, 1)
        ON CONFLICT (region) DO UPDATE
           SET last_error_at = excluded.last_error_at, last_error = excluded.last_error,
               outage = w.outage + CASE WHEN w.last_error IS NULL THEN 1 ELSE 0 END
        RETURNING outage
        """,
        {"code": code, "now": at, "error": error},
    )
    lo, hi = span(code) if code else NATIONAL_SPAN
    row = {
        "subject": "wilayah", "key": code, "version": outage, "level": 1, "reason": "pantau_gagal", "lo": lo, "hi": hi,
        "programme": None, "state": None, "since": at, "due": at, "holder": "sistem", "able": [], "label": error,
        "region_name": await fetch_value(conn, "SELECT name FROM region WHERE code = %s", (code,)),
    }  # fmt: skip
    await conn.execute(_RAISE, {name: [row[name]] for name in _FIELDS} | {"now": at})
    await told_of(conn, session, await _offices(conn, lo, hi, at), await _raised(conn, [row]), at)
