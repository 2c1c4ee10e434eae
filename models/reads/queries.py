"""Who looked at a family, inside `models.database.acting`: an auditor sees all of it, a family what is about itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.database import Conn
from models.policy.queries import policy

PAGE_MAX = 200
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a page is narrowed to; all given must hold. `lo` and `hi` bound the families' villages."""

    account: int | None = None
    household: int | None = None
    lo: int | None = None
    hi: int | None = None
    what: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def _unusual(row: dict[str, Any], bound: dict[str, int]) -> bool:
    return bool(row["families"] > bound["keluarga_hari"] or row["opened"] > bound["nomor_hari"])


async def reads(conn: Conn, wanted: Filter, *, before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Return looks, newest first, each with how much its reader looked at that day and whether that is unusual.

    What is usual is policy `baca.wajar`. `before` is the id of the last one already seen.
    """
    cursor = await conn.execute(
        """
        SELECT e.id, e.at, e.user_id AS account, u.username, u.name, b.name AS behalf, r.id AS role, e.office,
               o.name AS office_name, e.unit, e.what, e.household_id AS household, e.region, g.name AS region_name,
               e.case_id AS "case", e.document, e.purpose, e.words, e.request,
               (e.at AT TIME ZONE 'Asia/Jakarta')::date AS day
          FROM read_event e
          JOIN role r ON r.code = e.role
          LEFT JOIN account_user u ON u.id = e.user_id
          LEFT JOIN account_user b ON b.id = e.behalf
          LEFT JOIN region o ON o.code = e.office
          LEFT JOIN region g ON g.code = e.region
         WHERE (%(account)s::integer IS NULL OR e.user_id = %(account)s)
           AND (%(household)s::bigint IS NULL OR e.household_id = %(household)s)
           AND (%(lo)s::bigint IS NULL OR e.region BETWEEN %(lo)s AND %(hi)s)
           AND (%(what)s::text IS NULL OR e.what = %(what)s)
           AND (%(since)s::timestamptz IS NULL OR e.at >= %(since)s)
           AND (%(until)s::timestamptz IS NULL OR e.at < %(until)s)
           AND (%(before)s::bigint IS NULL OR e.id < %(before)s)
         ORDER BY e.id DESC
         LIMIT %(limit)s
        """,
        {
            "account": wanted.account, "household": wanted.household, "lo": wanted.lo, "hi": wanted.hi,
            "what": wanted.what, "since": wanted.since, "until": wanted.until, "before": before,
            "limit": min(limit, PAGE_MAX),
        },
    )  # fmt: skip
    rows = await cursor.fetchall()
    if not rows:
        return []
    bound = await policy(conn, "baca.wajar")
    moments = [row["at"] for row in rows]
    days = await conn.execute(
        "SELECT * FROM read_volume(%s, %s, %s)",
        (min(moments) - _DAY, max(moments) + _DAY, list({row["account"] for row in rows})),
    )
    volume = {(day["user_id"], day["day"]): day async for day in days}
    for row in rows:
        day = volume[row["account"], row.pop("day")]
        row |= {"families_that_day": day["families"], "opened_that_day": day["opened"]}
        row["unusual"] = _unusual(day, bound)
    return rows


async def unusual(conn: Conn, since: datetime, until: datetime, *, limit: int = 50) -> list[dict[str, Any]]:
    """Return readers and days above what policy `baca.wajar` calls usual, most families first."""
    bound = await policy(conn, "baca.wajar")
    cursor = await conn.execute(
        """
        SELECT v.user_id AS account, u.username, u.name, v.day, v.families, v.looks, v.opened
          FROM read_volume(%s, %s, NULL) v LEFT JOIN account_user u ON u.id = v.user_id
         WHERE v.families > %s OR v.opened > %s
         ORDER BY v.families DESC, v.opened DESC, v.day DESC, v.user_id
         LIMIT %s
        """,
        (since, until, bound["keluarga_hari"], bound["nomor_hari"], min(limit, PAGE_MAX)),
    )
    return await cursor.fetchall()


async def readers(conn: Conn, *, before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Return who looked at the caller's own family, newest first: role, office and moment, and why; never a name."""
    purposes = await policy(conn, "baca.tujuan")
    cursor = await conn.execute(
        """
        SELECT e.id, e.at, r.id AS role, e.office, o.name AS office_name, e.unit, e.what, e.purpose
          FROM read_event e JOIN role r ON r.code = e.role LEFT JOIN region o ON o.code = e.office
         WHERE e.household_id = (SELECT seen_household()) AND (%(before)s::bigint IS NULL OR e.id < %(before)s)
         ORDER BY e.id DESC
         LIMIT %(limit)s
        """,
        {"before": before, "limit": min(limit, PAGE_MAX)},
    )
    rows = await cursor.fetchall()
    for row in rows:
        label = purposes.get(row["purpose"]) or (None, None)
        row |= {"purpose_label": label[0], "purpose_label_en": label[1]}
    return rows
