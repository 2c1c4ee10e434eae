"""What may be asked about stuck cases, inside `models.database.acting`: row-level security does the rest.

Lists are read from what the watch raised, and told as things are now: what has moved since, or was freed, is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from models.case.queries import PAGE_MAX, number
from models.database import Conn, fetch_value
from models.stuck.rules import REASONS, freeing, highest

TREND_DAYS = 30
KABUPATEN = 1_000_000
"""Village codes of one kabupaten."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of stuck things is narrowed to; None leaves it open. `level` is the least one."""

    lo: int | None = None
    hi: int | None = None
    machine: str | None = None
    state: str | None = None
    reason: str | None = None
    level: int = 0


_LIST = """
SELECT a.id, a.subject, a.key, a.version, a.level, a.due
  FROM alert a
  LEFT JOIN state s ON s.code = a.state
  LEFT JOIN machine m ON m.code = s.machine
 WHERE a.ended_at IS NULL AND a.level >= %(level)s
   AND (%(lo)s::bigint IS NULL OR a.lo >= %(lo)s AND a.hi <= %(hi)s)
   AND (%(machine)s::text IS NULL OR m.name = %(machine)s)
   AND (%(state)s::text IS NULL OR s.id = %(state)s)
   AND (%(reason)s::text IS NULL OR a.reason = %(reason)s)
   AND (%(due)s::timestamptz IS NULL OR (a.due, a.id) > (%(due)s, %(id)s::bigint))
   AND NOT EXISTS (SELECT 1 FROM alert b
                    WHERE (b.subject, b.key, b.version) = (a.subject, a.key, a.version)
                      AND b.level > a.level AND b.ended_at IS NULL)
   AND (a.subject <> 'kasus'
        OR EXISTS (SELECT 1 FROM position p WHERE p.case_id = a.key AND p.version = a.version))
 ORDER BY a.due, a.id
 LIMIT %(limit)s
"""

_DESK = "held_at(w.case_id, w.state, w.region)"

# Names are for those who work here; a citizen is told the office.
_PEOPLE = """
ARRAY(SELECT jsonb_build_object('id', h.user_id, 'status', h.status, 'seen', h.seen, 'able', h.user_id = ANY ({able}),
             'name', CASE WHEN r.scope <> 'own_nik' THEN u.name END)
        FROM holders({case}, {role}, {region}, {programme}, alur_now()) h
        JOIN account_user u ON u.id = h.user_id
        JOIN role r ON r.code = (seen()).role
       ORDER BY h.user_id)
"""

_CASES = f"""
SELECT 'kasus' AS subject, w.case_id AS key, w.version, w.region AS lo, r.name AS region_name, m.name AS machine,
       s.id AS state, s.label, c.machine AS machine_code, c.opened_at, g.id AS programme, w.batch, w.gate, w.since,
       w.due,
       w.level, w.reason, o.id AS holder,
       {_PEOPLE.format(case="w.case_id", role="w.holder", region=_DESK, programme="w.programme", able="w.able")}
           AS holders,
       ARRAY(SELECT jsonb_build_object('trigger', m.name || '.' || t.id, 'roles', ARRAY(
                        SELECT x.id FROM role x WHERE x.code = ANY (u.roles) ORDER BY x.code),
                    'to', n.id, 'label', n.label)
               FROM arrow q JOIN rule u ON u.code = q.rule JOIN trigger t ON t.code = q.trigger
               JOIN state n ON n.code = u.target
              WHERE q.source = w.state AND cardinality(u.undo_of) = 0
              ORDER BY u.code) AS triggers
  FROM stuck_why(%s, alur_now()) w
  JOIN case_ c ON c.id = w.case_id
  JOIN state s ON s.code = w.state
  JOIN machine m ON m.code = s.machine
  JOIN role o ON o.code = w.holder
  LEFT JOIN programme g ON g.code = w.programme
  LEFT JOIN region r ON r.code = w.region
 WHERE w.reason IS NOT NULL
"""

_APPROVERS = "approvers(w.key, alur_now())"

_WORK = f"""
SELECT w.subject, w.key, w.version, w.lo, r.name AS region_name, NULL AS machine, NULL AS state, b.title AS label,
       g.id AS programme, w.batch, CASE w.subject WHEN 'gerbang' THEN w.key END AS gate, w.since, w.due, 1 AS level,
       w.reason, COALESCE(o.id, 'sistem') AS holder,
       CASE WHEN w.role IS NULL THEN '{{}}' ELSE
       {_PEOPLE.format(case="NULL", role="w.role", region="w.lo", programme="w.programme", able=_APPROVERS)}
       END AS holders, '{{}}'::jsonb[] AS triggers
  FROM work_trouble(alur_now()) w
  JOIN batch b ON b.id = w.batch
  LEFT JOIN role o ON o.code = w.role
  LEFT JOIN programme g ON g.code = w.programme
  LEFT JOIN region r ON r.code = b.region
 WHERE (w.subject, w.key) IN (SELECT * FROM unnest(%s::text[], %s::bigint[]))
"""

_REGIONS = """
SELECT 'wilayah' AS subject, w.region AS key, w.outage AS version, w.region * 1000000 AS lo, r.name AS region_name,
       NULL AS machine, NULL AS state, w.last_error AS label, NULL AS programme, NULL::bigint AS batch,
       NULL::bigint AS gate, COALESCE(w.last_ok, w.last_error_at) AS since, w.last_error_at AS due, 1 AS level,
       'pantau_gagal' AS reason, 'admin_pusat' AS holder, '{}'::jsonb[] AS holders, '{}'::jsonb[] AS triggers
  FROM watch_region w LEFT JOIN region r ON r.code = w.region
 WHERE w.last_error IS NOT NULL AND w.region = ANY (%s)
"""


def _told(row: Row, level: int | None) -> Row:
    """Return one stuck thing as callers read it."""
    told = {
        **{name: row[name] for name in ("subject", "key", "region_name", "machine", "state", "label", "programme")},
        **{name: row[name] for name in ("batch", "gate", "since", "due", "holder", "holders")},
        "region": row["lo"],
        "level": min(max(level or 0, row["level"] or 0), highest(row["holder"])),
        "reason": row["reason"],
        "reason_label": REASONS[row["reason"]].label,
        "reason_label_en": REASONS[row["reason"]].label_en,
        "blocked": REASONS[row["reason"]].blocks,
        "action": freeing(row).as_data(),
    }
    if row["subject"] == "kasus":
        told["number"] = number(row["machine_code"], row["opened_at"], row["key"])
    return told


async def _now(conn: Conn, keys: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Row]:
    """Return how these subjects are stuck at this moment; those that are not any more are missing."""
    cases = [key for subject, key in keys if subject == "kasus"]
    regions = [key for subject, key in keys if subject == "wilayah"]
    work = [(subject, key) for subject, key in keys if subject not in {"kasus", "wilayah"}]
    rows: list[Row] = []
    if cases:
        rows += await (await conn.execute(_CASES.encode(), (cases,))).fetchall()
    if work:
        params = ([subject for subject, _ in work], [key for _, key in work])
        rows += await (await conn.execute(_WORK.encode(), params)).fetchall()
    if regions:
        rows += await (await conn.execute(_REGIONS, (regions,))).fetchall()
    return {(row["subject"], row["key"]): row for row in rows}


@dataclass(frozen=True, slots=True)
class Page:
    """Some stuck things, and where the next page begins: (due, id) of the last one looked at; None at the end."""

    rows: list[Row]
    after: tuple[datetime, int] | None


async def list_stuck(conn: Conn, wanted: Filter, *, after: tuple[datetime, int] | None = None, limit: int = 50) -> Page:
    """Return what is stuck in the caller's sight, longest due first: what, where, at whom, why, and what frees it.

    A page may hold fewer than `limit` although more follow: what was freed since the last look is left out.
    """
    most = min(limit, PAGE_MAX)
    params = {
        "lo": wanted.lo,
        "hi": wanted.hi,
        "machine": wanted.machine,
        "state": wanted.state,
        "reason": wanted.reason,
        "level": wanted.level,
        "due": after[0] if after else None,
        "id": after[1] if after else None,
        "limit": most,
    }
    raised = await (await conn.execute(_LIST, params)).fetchall()
    now = await _now(conn, [(row["subject"], row["key"]) for row in raised])
    rows = [
        {"alert": row["id"], **_told(found, row["level"])}
        for row in raised
        if (found := now.get((row["subject"], row["key"]))) and found["version"] == row["version"]
    ]
    last = raised[-1] if len(raised) == most else None
    return Page(rows, (last["due"], last["id"]) if last else None)


async def of_case(conn: Conn, case_id: int) -> Row | None:
    """Return why a case does not move and what frees it, now; None when nothing holds it."""
    row = (await _now(conn, [("kasus", case_id)])).get(("kasus", case_id))
    return None if row is None else _told(row, None)


_SUMS = """sum({0}.soon)::bigint AS soon, sum({0}.due)::bigint AS due, sum({0}.late)::bigint AS late,
                   sum({0}.blocked)::bigint AS blocked"""


COUNTED = """
SELECT region, state, programme, open, soon, due, late, blocked, at
  FROM stuck_tally WHERE NOT (%(wide)s AND sees_whole_kabupaten()) AND region BETWEEN %(lo)s AND %(hi)s
 UNION ALL
SELECT kabupaten::bigint * 1000000, state, programme, open, soon, due, late, blocked, at
  FROM stuck_kab WHERE %(wide)s AND sees_whole_kabupaten() AND kabupaten BETWEEN %(lo)s / 1000000 AND %(hi)s / 1000000
"""
"""The watch's tallies of a range of villages, by village; with `wide` by whole kabupaten, which are summed already, for
whoever sees whole ones."""


async def counts(conn: Conn, lo: int, hi: int, unit: int) -> Row:
    """Return tallies of a range of villages, by regions of `unit` villages and by state, with their trend by day.

    As of the oldest look they come from; `failing` names the kabupaten that the watch could not look at.
    """
    span = {"lo": lo, "hi": hi, "unit": unit, "days": TREND_DAYS, "wide": unit >= KABUPATEN}
    rows = await (
        await conn.execute(
            f"""
            SELECT t.region / %(unit)s AS region, r.name AS region_name, m.name AS machine, s.id AS state, s.label,
                   sum(t.open)::bigint AS open, {_SUMS.format("t")}, min(t.at) AS as_of
              FROM ({COUNTED}) AS t
              JOIN state s ON s.code = t.state
              JOIN machine m ON m.code = s.machine
              LEFT JOIN region r ON r.code = t.region / %(unit)s
             GROUP BY 1, 2, 3, 4, 5, s.code ORDER BY 1, s.code
            """.encode(),
            span,
        )
    ).fetchall()
    trend = await (
        await conn.execute(
            f"""
            SELECT d.day, {_SUMS.format("d")}
              FROM stuck_daily d
             WHERE d.region BETWEEN %(lo)s AND %(hi)s AND d.day > alur_now()::date - %(days)s::integer
             GROUP BY 1 ORDER BY 1
            """.encode(),
            span,
        )
    ).fetchall()
    failing = await (
        await conn.execute(
            "SELECT region, last_ok, last_error_at FROM watch_region "
            "WHERE last_error IS NOT NULL AND region BETWEEN %(lo)s / 1000000 AND %(hi)s / 1000000 ORDER BY region",
            span,
        )
    ).fetchall()
    return {
        "as_of": min((row.pop("as_of") for row in rows), default=None),
        "counts": rows,
        "trend": trend,
        "failing": failing,
    }


async def watch_age(conn: Conn) -> float:
    """Return for how many seconds the watch has not come to its end."""
    return float(await fetch_value(conn, "SELECT watch_age()"))


def watch_state(conn: Connection[DictRow]) -> tuple[float, float, list[int]]:
    """Return, with the owner's rights: the watch's age, the age at which it counts as dead, and kabupaten it fails for.

    Ages in seconds; 0 among the kabupaten stands for the work of the nation.
    """
    row = conn.execute(
        """
        SELECT watch_age() AS age,
               COALESCE(extract(epoch FROM (policy_at('macet.pantau_mati', alur_now()) #>> '{}')::interval),
                        'infinity')::double precision AS most,
               ARRAY(SELECT region FROM watch_region WHERE last_error IS NOT NULL ORDER BY region) AS failing
        """
    ).fetchone()
    if row is None:
        raise AssertionError  # a SELECT without FROM answers
    return row["age"], row["most"], row["failing"]


async def tell_silence(conn: Conn) -> int:
    """Tell every admin_pusat when the watch has been silent for too long; returns how many were told just now."""
    return int(await fetch_value(conn, "SELECT watch_silent()"))
