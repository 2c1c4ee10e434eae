"""Questions about the calendar: windows and their next opening, working days, months, lists that are missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from models.calendar.errors import MonthUnreadable
from models.calendar.rules import STEPS, Window, region_text, span_of, years_due
from models.database import Conn, fetch_value
from state_machines.vocabulary import STEP_BITS

_NEXT = """
SELECT w.*, m.at FROM (SELECT COALESCE(%(at)s, alur_now()) AS at) AS m
 CROSS JOIN LATERAL next_window(%(step)s, %(place)s, %(programme)s, %(jenis)s, m.at) AS w
"""


async def window_open(conn: Conn, step: str, region: int) -> bool:
    """Return whether a step of the monthly calendar (kirim, pengesahan, tarik) is open in a village now."""
    return bool(await fetch_value(conn, "SELECT window_open(%s, %s, alur_now())", (step, region)))


async def next_window(
    conn: Conn,
    step: str,
    region: int,
    *,
    programme: str | None = None,
    jenis: str | None = None,
    at: datetime | None = None,
) -> Window:
    """Return the opening of a step that is now or comes next, at a moment (now unless told).

    `region` is a code of any level, 0 for the nation. With `jenis`, kinds that wait for no window are always open.
    """
    params = {"step": step, "place": span_of(region)[0], "programme": programme, "jenis": jenis, "at": at}
    row = await (await conn.execute(_NEXT, params)).fetchone()
    if row is None:
        raise AssertionError  # the function returns one row
    return Window(
        step, region, programme, jenis, row["at"], row["open_now"], row["opens_at"], row["closes_at"], row["serves"]
    )


async def windows(
    conn: Conn, region: int, *, programme: str | None = None, jenis: str | None = None, at: datetime | None = None
) -> list[Window]:
    """Return the opening of every step that is now or comes next, in the order of the steps."""
    return [await next_window(conn, step, region, programme=programme, jenis=jenis, at=at) for step in STEPS]


async def openings_for(conn: Conn, step: str, cases: Sequence[int]) -> dict[int, Window]:
    """Return for proposals in the caller's sight the opening of a step that is now or comes next; alike share it.

    Kinds that policy lets apply without the head's approval (`langkah.<JENIS>`) wait for no window of it.
    """
    cursor = await conn.execute(
        """
        SELECT c.region / 1000000 AS place, g.id AS programme, j.id AS jenis, array_agg(c.id) AS cases
          FROM case_ c JOIN jenis j ON j.code = c.kind LEFT JOIN programme g ON g.code = c.programme
         WHERE c.id = ANY (%(cases)s)
           AND (%(bit)s = 0 OR (policy_at('langkah.' || j.id, alur_now()))::integer & %(bit)s > 0)
         GROUP BY 1, 2, 3
        """,
        {"cases": list(cases), "bit": STEP_BITS.get(step, 0)},
    )
    found: dict[int, Window] = {}
    for row in await cursor.fetchall():
        window = await next_window(conn, step, row["place"], programme=row["programme"], jenis=row["jenis"])
        found |= dict.fromkeys(row["cases"], window)
    return found


async def extensions(conn: Conn, region: int, *, since: date | None = None) -> list[dict[str, Any]]:
    """Return the extensions of windows that reach into a region or lie in it, withdrawn ones too, the latest first.

    `since` leaves out those that ended before that day.
    """
    lo, hi = span_of(region)
    cursor = await conn.execute(
        """
        SELECT id, step, programme, lo, hi, first_day, last_day, decree, reason, added_at, ended_at, ended_decree
          FROM window_extension
         WHERE lo <= %(hi)s AND hi >= %(lo)s AND (%(since)s::date IS NULL OR last_day >= %(since)s)
         ORDER BY first_day DESC, id DESC
        """,
        {"lo": lo, "hi": hi, "since": since},
    )
    return [_placed(row) for row in await cursor.fetchall()]


def _placed(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"region": region_text(row.pop("lo"), row.pop("hi"))}


async def holidays(conn: Conn, first: date, last: date, *, ended: bool = False) -> list[dict[str, Any]]:
    """Return the holidays between two days, both included, by day; `ended` adds those withdrawn or replaced."""
    cursor = await conn.execute(
        """
        SELECT id, day, name, kind, lo, hi, decree, added_at, ended_at, ended_decree
          FROM holiday WHERE day BETWEEN %s AND %s AND (ended_at IS NULL OR %s)
         ORDER BY day, lo, kind, id
        """,
        (first, last, ended),
    )
    return [_placed(row) for row in await cursor.fetchall()]


async def month(conn: Conn, region: int, first: date, *, programme: str | None = None) -> list[dict[str, Any]]:
    """Return the days of the month that begins at `first`, as they are in a region.

    Each day has `day`, `office` and `bank` (whether they work), `holidays` (live ones that hold there) and `open`, the
    steps open at some moment of it. A regional holiday is told where it holds for the whole region or lies within it.
    """
    lo, hi = span_of(region)
    after = (first + timedelta(days=31)).replace(day=1)
    cursor = await conn.execute(
        """
        WITH spans AS MATERIALIZED (
            SELECT s.step, s.place, w.opens_at, w.closes_at
              FROM unnest(%(steps)s::text[]) WITH ORDINALITY AS s(step, place)
             CROSS JOIN LATERAL window_spans(s.step, %(lo)s, %(programme)s, midnight(%(first)s, %(lo)s),
                                             midnight(%(next)s, %(lo)s)) AS w)
        SELECT d.day, is_workday(d.day, %(lo)s) AS office, is_workday(d.day, %(lo)s, 'bank') AS bank,
               ARRAY(SELECT s.step FROM spans s
                      WHERE s.opens_at < midnight(d.day + 1, %(lo)s) AND s.closes_at > midnight(d.day, %(lo)s)
                      GROUP BY s.step, s.place ORDER BY s.place) AS open
          FROM (SELECT %(first)s::date + n.i AS day
                  FROM generate_series(0, %(next)s::date - %(first)s::date - 1) AS n(i)) AS d
         ORDER BY d.day
        """,
        {"lo": lo, "steps": list(STEPS), "programme": programme, "first": first, "next": after},
    )
    days = await cursor.fetchall()
    cursor = await conn.execute(
        """
        SELECT id, day, name, kind, decree, lo, hi FROM holiday
         WHERE ended_at IS NULL AND day BETWEEN %s AND %s AND lo <= %s AND hi >= %s ORDER BY day, lo, kind
        """,
        (first, after - timedelta(days=1), hi, lo),
    )
    named: dict[date, list[dict[str, Any]]] = {}
    for row in await cursor.fetchall():
        named.setdefault(row.pop("day"), []).append(_placed(row))
    return [day | {"holidays": named.get(day["day"], [])} for day in days]


async def regime(conn: Conn, at: datetime | None = None) -> str | None:
    """Return the regime (DTKS_OFFLINE, DTKS_ONLINE, DTSEN) whose rules hold at a moment, now unless told."""
    said = await fetch_value(conn, "SELECT policy_at('rezim', COALESCE(%s, alur_now())) #>> '{}'", (at,))
    return None if said is None else str(said)


_MISSING = """
SELECT y.year, count(h.id)::integer AS known, (policy_at('libur.minimal', alur_now()))::integer AS wanted
  FROM unnest(%s::integer[]) AS y(year)
  LEFT JOIN holiday h ON h.kind = 'libur' AND h.ended_at IS NULL AND extract(year FROM h.day) = y.year
 GROUP BY y.year HAVING count(h.id) < (policy_at('libur.minimal', alur_now()))::integer ORDER BY y.year
"""
_TODAY = "SELECT (alur_now() AT TIME ZONE region_zone(0))::date AS today"


async def missing_years(conn: Conn) -> list[dict[str, Any]]:
    """Return the years whose list of holidays should be entered and is not: year, days known, days wanted."""
    years = years_due(await today(conn, 0))
    return await (await conn.execute(_MISSING, (list(years),))).fetchall()


def missing_years_now(conn: Connection[DictRow]) -> list[dict[str, Any]]:
    """The same for `alur doctor`."""
    row = conn.execute(_TODAY).fetchone() or {}
    return conn.execute(_MISSING, (list(years_due(row["today"])),)).fetchall()


async def today(conn: Conn, region: int) -> date:
    """Return the day it is in a region."""
    day: date = await fetch_value(conn, "SELECT (alur_now() AT TIME ZONE region_zone(%s))::date", (span_of(region)[0],))
    return day


def month_of(text: str) -> date:
    """Return the first day of a month written yyyy-mm.

    Raises:
        MonthUnreadable: no such month, or one that no calendar of ours knows.
    """
    if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", text, re.ASCII):
        raise MonthUnreadable(text)
    return date.fromisoformat(f"{text}-01")
