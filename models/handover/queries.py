"""What was offered to whom, and how much each pendamping holds."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.database import Conn
from models.policy.queries import policy
from models.raised import domain_errors

PAGE_MAX = 200


async def handovers(conn: Conn, session: UUID, *, before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Return offers by and to the caller, or of those he keeps, newest first: who, until when, state, how many."""
    with domain_errors():
        cursor = await conn.execute(
            "SELECT * FROM handovers_seen(%s, NULL, %s, %s)", (session, before, min(limit, PAGE_MAX))
        )
        return await cursor.fetchall()


async def get(conn: Conn, session: UUID, handover: int) -> dict[str, Any] | None:
    """Return one offer with its families (village, outcome, open work); None when it is not the caller's."""
    with domain_errors():
        row = await (
            await conn.execute("SELECT * FROM handovers_seen(%s, %s, NULL, 1)", (session, handover))
        ).fetchone()
        if row is None:
            return None
        cursor = await conn.execute("SELECT * FROM handover_families(%s, %s)", (session, handover))
        return row | {"list": await cursor.fetchall()}


async def officers(conn: Conn, session: UUID, region: int, case: int | None = None) -> dict[str, Any]:
    """Return the pendamping of a region's kabupaten with their open work, least first, and a day's load by policy.

    With a case of that region `barred` says of each whether duties bar him from it; None without.

    Raises:
        OutOfScope: the caller's office is below the kabupaten, or another's.
    """
    with domain_errors():
        rows = await (await conn.execute("SELECT * FROM officers_load(%s, %s, %s)", (session, region, case))).fetchall()
    return {"per_day_most": await policy(conn, "siklus.beban_harian"), "officers": rows}
