"""Move the clock of a demo or test database."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from models.database import Conn, fetch_value
from models.raised import domain_errors


async def travel(conn: Conn, session: UUID, to: datetime) -> datetime:
    """Move the clock forward to `to` and wake every open batch; returns the time it is then.

    Raises:
        ClockRefused: a production database, or a time that has passed.
        OutOfScope: only the centre's administrator moves a demo's clock.
    """
    with domain_errors():
        moved: datetime = await fetch_value(conn, "SELECT demo_travel(%s, %s)", (session, to))
    return moved
