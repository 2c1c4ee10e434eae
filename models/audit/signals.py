"""First signals: rates that tell an auditor where to look, and nothing more. Inside `models.database.acting`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from models.database import Conn
from models.policy.queries import now, policy
from models.region.rules import NATIONAL_SPAN, span

_UNITS = {0: 10**8, 2: 10**6, 4: 10**4, 6: 1, 10: 1}
"""Digits of the region looked at -> how many village codes one of its parts spans."""
SIGNALS = ("pembalikan", "sptjm", "otomatis")
_MOST = 30


async def signals(conn: Conn, code: int = 0, *, until: datetime | None = None) -> dict[str, Any]:
    """Return the signals of a region (0: the nation) over the days of policy `jejak.isyarat`, up to `until` or now.

    `rates`: per signal and part of the region `part` of `whole` moves, most parts first; `hasty`: people who decided
    faster than one reads; `mass`: people who edited many families in a day. As far as the caller sees the cases.
    """
    rule = await policy(conn, "jejak.isyarat")
    end = until or await now(conn)
    begin = end - timedelta(days=rule["hari"])
    lo, hi = span(code) if code else NATIONAL_SPAN
    window = {"lo": lo, "hi": hi, "from": begin, "until": end}
    cursor = await conn.execute(
        """
        SELECT s.signal, s.region, r.name, s.part, s.whole
          FROM audit_signals(%(lo)s, %(hi)s, %(unit)s, %(from)s, %(until)s) AS s
          LEFT JOIN region r ON r.code = s.region
         ORDER BY s.part::numeric / nullif(s.whole, 0) DESC NULLS LAST, s.region
        """,
        window | {"unit": _UNITS[len(str(code)) if code else 0]},
    )
    rates: dict[str, list[dict[str, Any]]] = {name: [] for name in SIGNALS}
    for row in await cursor.fetchall():
        rates[row["signal"]].append(row)
    cursor = await conn.execute(
        """
        SELECT u.username, u.name, h.decisions, h.hasty, h.cases
          FROM audit_hasty(%(lo)s, %(hi)s, %(from)s, %(until)s, %(seconds)s, %(most)s) AS h
          JOIN account_user u ON u.id = h.actor
         ORDER BY h.hasty DESC, u.id
        """,
        window | {"seconds": rule["detik_baca"], "most": _MOST},
    )
    hasty = await cursor.fetchall()
    return {
        "from": begin,
        "until": end,
        "rule": rule,
        "rates": rates,
        "hasty": hasty,
        "mass": await mass_changes(conn, code, until=end),
    }


async def mass_changes(conn: Conn, code: int = 0, *, until: datetime | None = None) -> list[dict[str, Any]]:
    """Return who edited many families of a region (0: the nation) in one day: username, name, day, families.

    The days looked at and how many are many: policy `jejak.isyarat`. Whoever sees no region is told nothing.
    """
    rule = await policy(conn, "jejak.isyarat")
    end = until or await now(conn)
    lo, hi = span(code) if code else NATIONAL_SPAN
    cursor = await conn.execute(
        """
        SELECT u.username, u.name, m.day, m.families
          FROM audit_mass(%s, %s, %s, %s, %s) AS m JOIN account_user u ON u.id = m.actor
         ORDER BY m.families DESC, u.id
        """,
        (lo, hi, end - timedelta(days=rule["hari"]), end, rule["keluarga_sehari"]),
    )
    return await cursor.fetchall()
