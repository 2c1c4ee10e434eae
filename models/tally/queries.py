"""What may be asked of the counts, inside `models.database.acting`; each answer says of which moment it tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from models.database import Conn, fetch_value
from models.region.rules import NATIONAL_SPAN, Span

Row = dict[str, Any]


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


_DESK = """
SELECT m.name AS machine, s.id AS state, s.label, s.meaning, n.n, COALESCE(k.late, 0) AS late
  FROM role o
  JOIN state s ON s.holder = o.code AND NOT (s.terminal OR s.stable)
  JOIN machine m ON m.code = s.machine
 CROSS JOIN LATERAL (
        SELECT sum(t.n)::bigint AS n FROM tally t
         WHERE t.lo = %(lo)s AND t.hi = %(hi)s AND t.state = s.code
           AND (%(programme)s::text IS NULL OR t.programme = (SELECT code FROM programme WHERE id = %(programme)s))) AS n
  LEFT JOIN ({late}) AS k ON k.state = s.code
 WHERE o.id = %(role)s AND n.n > 0
 ORDER BY k.late DESC NULLS LAST, n.n DESC, s.code
"""
_KABUPATEN = 1_000_000
_LATE = """
SELECT state, sum(due + late + blocked)::bigint AS late FROM {table}
 WHERE {key} BETWEEN %(lo)s AND %(hi)s
   AND (%(programme)s::text IS NULL OR programme = (SELECT code FROM programme WHERE id = %(programme)s))
 GROUP BY state
"""


def _late(span: Span) -> str:
    """Return the question for what is late in a place: kabupaten are summed already."""
    wide = span[1] - span[0] >= _KABUPATEN
    return _LATE.format(
        table="stuck_kab" if wide else "stuck_tally", key=f"kabupaten::bigint * {_KABUPATEN}" if wide else "region"
    )


async def desk(conn: Conn, role: str, span: Span, programme: str | None) -> list[Row]:
    """Return the states whose cases wait for a role in a place: how many, and how many of them late or blocked.

    Rows: machine, state, label, meaning, n, late; those with late ones first. What is late is as of the watch's last
    look, the rest as of `as_of`.
    """
    told = {"role": role, "lo": span[0], "hi": span[1], "programme": programme}
    cursor = await conn.execute(_DESK.format(late=_late(span)).encode(), told)
    return await cursor.fetchall()


async def late_elsewhere(conn: Conn, role: str, span: Span, programme: str | None) -> list[Row]:
    """Return what is late or blocked in a place at other desks: holder, n, and in how many regions below.

    Regions below are villages, kecamatan within a kabupaten, kabupaten beyond it.
    """
    wide = span[1] - span[0] >= _KABUPATEN
    key = "x.kabupaten" if wide else "x.region / 10000" if span[1] - span[0] > 9999 else "x.region"
    cursor = await conn.execute(
        f"""
        SELECT o.id AS holder, sum(x.due + x.late + x.blocked)::bigint AS n, count(DISTINCT {key}) AS regions
          FROM {"stuck_kab" if wide else "stuck_tally"} x
          JOIN state s ON s.code = x.state
          JOIN role o ON o.code = s.holder
         WHERE {f"x.kabupaten::bigint * {_KABUPATEN}" if wide else "x.region"} BETWEEN %(lo)s AND %(hi)s
           AND (%(programme)s::text IS NULL OR x.programme = (SELECT code FROM programme WHERE id = %(programme)s))
           AND o.id <> %(role)s AND x.due + x.late + x.blocked > 0
         GROUP BY o.id ORDER BY n DESC
        """.encode(),
        {"role": role, "lo": span[0], "hi": span[1], "programme": programme},
    )
    return await cursor.fetchall()


async def states(conn: Conn, machine: str, span: Span, programme: str | None = None) -> list[Row]:
    """Return how many cases of a machine stand in each of its states in a place: state, label, terminal, n."""
    cursor = await conn.execute(
        """
        SELECT s.id AS state, s.label, s.terminal, sum(t.n)::bigint AS n
          FROM tally t JOIN state s ON s.code = t.state JOIN machine m ON m.code = s.machine
         WHERE t.lo = %(lo)s AND t.hi = %(hi)s AND m.name = %(machine)s AND t.n > 0
           AND (%(programme)s::text IS NULL OR t.programme = (SELECT code FROM programme WHERE id = %(programme)s))
         GROUP BY s.code ORDER BY s.code
        """,
        {"lo": span[0], "hi": span[1], "machine": machine, "programme": programme},
    )
    return await cursor.fetchall()


async def arrived(conn: Conn, span: Span, programme: str | None, since: date) -> list[Row]:
    """Return how many cases came to each state from a day on, in a kabupaten or wider: machine, state, label, n.

    A case that came twice counts twice. Narrower places are not tallied by day: the list is empty.
    """
    cursor = await conn.execute(
        """
        SELECT m.name AS machine, s.id AS state, s.label, s.terminal, sum(t.n)::bigint AS n
          FROM tally_day t JOIN state s ON s.code = t.state JOIN machine m ON m.code = s.machine
         WHERE t.day >= %(since)s AND t.lo = %(lo)s AND t.hi = %(hi)s
           AND (%(programme)s::text IS NULL OR t.programme = (SELECT code FROM programme WHERE id = %(programme)s))
         GROUP BY m.name, s.code ORDER BY n DESC, s.code
        """,
        {"lo": span[0], "hi": span[1], "programme": programme, "since": since},
    )
    return await cursor.fetchall()


def differences(conn: Connection[DictRow]) -> list[Row]:
    """Return, with the owner's rights, where the counts differ from a count of every case: what was kept and counted."""
    return conn.execute("SELECT * FROM tally_differences()").fetchall()
