"""Who is told of what is stuck: urgent things and escalations at once, everything else in one digest a day.

That a person knows of an alert is written with his notice, in one savepoint for each person: one message that cannot
be written holds back nobody else's, and is tried again at the next look.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from models.calendar.rules import zone_of
from models.case.queries import number
from models.database import Conn
from models.errors import AlurError
from models.notice.commands import Notice, notify
from models.policy.queries import policy
from models.stuck.rules import REASONS, Offices

log = logging.getLogger("alur.watch")

_WORST = 10
_LIST = "/macet"


@dataclass(frozen=True, slots=True)
class Raised:
    """A standing alert, and the row it was raised for."""

    alert: int
    level: int
    row: Mapping[str, Any]

    @property
    def kind(self) -> str | None:
        """The message that tells of it at once; None when the digest does."""
        if REASONS[self.row["reason"]].blocks:
            return "macet_segera"
        return "macet_jenjang" if self.level > 1 else None

    @property
    def line(self) -> dict[str, Any]:
        """What a message says of it: number, village, step, reason, day; nothing that names a person."""
        row, reason = self.row, REASONS[self.row["reason"]]
        case = row["subject"] == "kasus"
        return {
            "number": number(row["machine_code"], row["opened_at"], row["key"])
            if case
            else f"{row['subject']} {row['key']}",
            "region_name": row["region_name"],
            "label": row["label"],
            "reason": reason.label,
            "reason_en": reason.label_en,
            "due": _last_day(row["due"], row["lo"]),
        }


def _last_day(due: datetime, region: int) -> str:
    """Return the last day of a deadline as people there are told it: one at midnight ends the day before."""
    return (due - timedelta(microseconds=1)).astimezone(ZoneInfo(zone_of(region))).date().isoformat()


def _data(raised: Sequence[Raised], link: str) -> dict[str, Any]:
    worst = sorted(raised, key=lambda one: (-one.level, one.row["due"], one.alert))[:_WORST]
    return {
        "count": len(raised),
        "soon": sum(1 for one in raised if one.level == 0),
        "due": sum(1 for one in raised if one.level == 1),
        "late": sum(1 for one in raised if one.level > 1),
        "worst": [one.line for one in worst],
        "link": link,
    }


def _notices(user: int, fresh: Sequence[Raised]) -> list[Notice]:
    """Return what a person is told at once: one message of each kind for a look, named after its first alert."""
    told = []
    for kind in ("macet_segera", "macet_jenjang"):
        about = [one for one in fresh if one.kind == kind]
        if not about:
            continue
        first = min(one.alert for one in about)
        lows = {one.row["lo"] // 1_000_000 for one in about}
        link = f"{_LIST}?wilayah={lows.pop()}" if len(lows) == 1 and min(lows) > 0 else _LIST
        urgent = kind == "macet_segera"
        told.append(Notice(user, kind, f"{kind}:{first}", _data(about, link), urgent=urgent))
    return told


async def told_of(conn: Conn, session: UUID, offices: Offices, raised: Sequence[Raised], at: datetime) -> None:
    """Let everybody who can act know of these alerts, each once."""
    by_user: dict[int, list[Raised]] = {}
    for one in raised:
        row = one.row
        # A case that was given to another village lies there: its people are told, and the offices above them.
        lo, hi = (row["desk"], row["desk"]) if "desk" in row else (row["lo"], row["hi"])
        for user in offices.told(row["holder"], one.level, row["reason"], row["able"], lo, hi):
            by_user.setdefault(user, []).append(one)
    for user, alerts in sorted(by_user.items()):
        try:
            async with conn.transaction():
                await _tell(conn, session, user, alerts, at)
        except (psycopg.Error, AlurError) as error:
            if conn.closed:
                raise
            log.warning("user %s was not told of %s alerts (%s)", user, len(alerts), type(error).__name__)


async def _tell(conn: Conn, session: UUID, user: int, alerts: Sequence[Raised], at: datetime) -> None:
    cursor = await conn.execute(
        """
        INSERT INTO alert_person (alert, user_id, at) SELECT a, %s, %s FROM unnest(%s::bigint[]) AS a ORDER BY a
        ON CONFLICT DO NOTHING RETURNING alert
        """,
        (user, at, [one.alert for one in alerts]),
    )
    fresh = {row["alert"] for row in await cursor.fetchall()}
    await notify(conn, session, _notices(user, [one for one in alerts if one.alert in fresh]))


_DESK = """
SELECT DISTINCT ON (a.key) a.id, a.level, a.reason, a.key, a.lo, a.due, r.name AS region_name, s.label,
       c.machine AS machine_code, c.opened_at
  FROM alert_person x
  JOIN alert a ON a.id = x.alert AND a.ended_at IS NULL AND a.subject = 'kasus'
  JOIN position p ON p.case_id = a.key AND p.version = a.version
  JOIN case_ c ON c.id = a.key
  JOIN state s ON s.code = a.state
  LEFT JOIN region r ON r.code = a.lo
 WHERE x.user_id = %s
 ORDER BY a.key, a.level DESC
"""


async def due_digests(conn: Conn) -> list[tuple[int, date]]:
    """Return who has something stuck at his desk and no digest of his day yet, after the hour that policy names.

    With each person comes the day it is where he works.
    """
    cursor = await conn.execute(
        """
        SELECT u.user_id, z.local::date AS day
          FROM (SELECT DISTINCT x.user_id FROM alert_person x JOIN alert a ON a.id = x.alert
                 WHERE a.ended_at IS NULL AND a.subject = 'kasus') AS u
          JOIN account_user k ON k.id = u.user_id AND k.active AND k.kind = 'person'
         CROSS JOIN LATERAL (SELECT desk_time(u.user_id) AS local) AS z
         WHERE extract(hour FROM z.local) >= COALESCE((policy_at('macet.ringkasan', alur_now()) ->> 'jam')::integer, 0)
           AND NOT EXISTS (SELECT 1 FROM stuck_digest d WHERE d.user_id = u.user_id AND d.day >= z.local::date)
         ORDER BY u.user_id
        """
    )
    return [(row["user_id"], row["day"]) for row in await cursor.fetchall()]


async def write_digest(conn: Conn, session: UUID, user: int, day: date) -> bool:
    """Give one person the digest of one day, inside `acting`; returns whether there was anything to tell."""
    rows = await (await conn.execute(_DESK, (user,))).fetchall()
    raised = [Raised(row["id"], row["level"], row | {"subject": "kasus"}) for row in rows]
    await conn.execute(
        "INSERT INTO stuck_digest AS d (user_id, day) VALUES (%s, %s) "
        "ON CONFLICT (user_id) DO UPDATE SET day = excluded.day WHERE d.day < excluded.day",
        (user, day),
    )
    if not raised:
        return False
    most = ((await policy(conn, "macet.ringkasan")) or {}).get("kasus", _WORST)
    data = _data(raised, _LIST)
    data["worst"] = data["worst"][:most]
    return await notify(conn, session, [Notice(user, "macet_ringkasan", f"macet_ringkasan:{day}", data)]) > 0
