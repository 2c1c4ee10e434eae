"""What may be asked of the counts, inside `models.database.acting`; each answer says of which moment it tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from models.database import Conn, fetch_value
from models.region.rules import NATIONAL_SPAN, Span
from models.stuck.queries import COUNTED, KABUPATEN

Row = dict[str, Any]
_KECAMATAN = 10_000
"""Village codes of one kecamatan."""


def place_of(who: Mapping[str, Any]) -> tuple[Span, str | None] | None:
    """Return the place and programme a scope is tallied for; None where it is neither: own files, own families.

    `who` is what `models.user.queries.me` tells. A programme's people see it in the whole nation.
    """
    if who["lo"] is not None:
        return (who["lo"], who["hi"]), None  # every scope is a whole place, and a delegated one is its lender's
    return (NATIONAL_SPAN, who["programme"]) if who["scope"] == "programme" else None


async def as_of(conn: Conn) -> datetime | None:
    """Return the moment of which the counts tell, None while nothing has been counted."""
    found: datetime | None = await fetch_value(conn, "SELECT tally_as_of()")
    return found


_HERE = "(%(programme)s::text IS NULL OR x.programme = (SELECT code FROM programme WHERE id = %(programme)s))"

_DESK = f"""
SELECT m.name AS machine, s.id AS state, s.label, s.meaning, n.n,
       CASE WHEN g.away THEN n.late ELSE COALESCE(k.late, 0) END AS late
  FROM role o
  JOIN state s ON s.holder = o.code AND NOT (s.terminal OR s.stable)
  JOIN machine m ON m.code = s.machine
 CROSS JOIN LATERAL (SELECT handed_on(s.code) AS away) AS g
 CROSS JOIN LATERAL (
        SELECT sum(x.n)::bigint AS n, 0 AS late FROM tally x
         WHERE NOT g.away AND x.lo = %(lo)s AND x.hi = %(hi)s AND x.state = s.code AND {_HERE}
        HAVING NOT g.away
        UNION ALL
        -- Tallied where they come from; few, and counted where they are given to.
        SELECT count(*), count(*) FILTER (WHERE x.due <= alur_now())
          FROM handed_to(s.code, %(lo)s, %(hi)s) x WHERE g.away AND {_HERE} HAVING g.away) AS n
  LEFT JOIN (SELECT x.state, sum(x.due + x.late + x.blocked)::bigint AS late FROM ({COUNTED}) AS x
              WHERE {_HERE} GROUP BY 1) AS k ON k.state = s.code
 WHERE o.id = %(role)s AND n.n > 0
 ORDER BY late DESC, n.n DESC, s.code
"""

_LATE_ELSEWHERE = f"""
SELECT o.id AS holder, sum(x.due + x.late + x.blocked)::bigint AS n, count(DISTINCT x.region / %(unit)s) AS regions
  FROM ({COUNTED}) AS x
  JOIN state s ON s.code = x.state
  JOIN role o ON o.code = s.holder
 WHERE o.id <> %(role)s AND x.due + x.late + x.blocked > 0 AND {_HERE}
 GROUP BY o.id ORDER BY n DESC
"""


def _asked(role: str, span: Span, programme: str | None) -> Row:
    """Return what a question about a place is asked with; it is answered by the regions one level below it."""
    size = span[1] - span[0] + 1
    unit = 1 if size <= _KECAMATAN else _KECAMATAN if size <= KABUPATEN else KABUPATEN
    told = {"role": role, "lo": span[0], "hi": span[1], "programme": programme}
    return {**told, "unit": unit, "wide": unit == KABUPATEN}


async def desk(conn: Conn, role: str, span: Span, programme: str | None) -> list[Row]:
    """Return the states whose cases wait for a role in a place: how many, and how many of them late or blocked.

    Rows: machine, state, label, meaning, n, late; those with late ones first. What is late is as of the watch's last
    look, the rest as of `as_of`.
    """
    cursor = await conn.execute(_DESK.encode(), _asked(role, span, programme))
    return await cursor.fetchall()


async def late_elsewhere(conn: Conn, role: str, span: Span, programme: str | None) -> list[Row]:
    """Return what is late or blocked in a place at other desks: holder, n, and in how many regions below.

    Regions below are villages, kecamatan within a kabupaten, kabupaten beyond it.
    """
    cursor = await conn.execute(_LATE_ELSEWHERE.encode(), _asked(role, span, programme))
    return await cursor.fetchall()


async def states(conn: Conn, machine: str, span: Span, programme: str | None = None) -> list[Row]:
    """Return how many cases of a machine stand in each of its states in a place: state, label, terminal, n."""
    cursor = await conn.execute(
        f"""
        SELECT s.id AS state, s.label, s.terminal, sum(x.n)::bigint AS n
          FROM tally x JOIN state s ON s.code = x.state JOIN machine m ON m.code = s.machine
         WHERE x.lo = %(lo)s AND x.hi = %(hi)s AND m.name = %(machine)s AND x.n > 0
           AND {_HERE}
         GROUP BY s.code ORDER BY s.code
        """.encode(),
        {"lo": span[0], "hi": span[1], "machine": machine, "programme": programme},
    )
    return await cursor.fetchall()


async def arrived(conn: Conn, span: Span, programme: str | None, since: date) -> list[Row]:
    """Return how many cases came to each state from a day on, in a kabupaten or wider: machine, state, label, n.

    A case that came twice counts twice. Narrower places are not tallied by day: the list is empty.
    """
    cursor = await conn.execute(
        f"""
        SELECT m.name AS machine, s.id AS state, s.label, s.terminal, sum(x.n)::bigint AS n
          FROM tally_day x JOIN state s ON s.code = x.state JOIN machine m ON m.code = s.machine
         WHERE x.day >= %(since)s AND x.lo = %(lo)s AND x.hi = %(hi)s
           AND {_HERE}
         GROUP BY m.name, s.code ORDER BY n DESC, s.code
        """.encode(),
        {"lo": span[0], "hi": span[1], "programme": programme, "since": since},
    )
    return await cursor.fetchall()


def differences(conn: Connection[DictRow]) -> list[Row]:
    """Return, with the owner's rights, where the counts differ from a count of every case: kept and counted."""
    return conn.execute("SELECT * FROM tally_differences()").fetchall()
