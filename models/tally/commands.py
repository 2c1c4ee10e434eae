"""Keeping the counts: reading the log on, and counting anew."""

from __future__ import annotations

from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow

from models.database import Conn, fetch_value
from models.raised import domain_errors

ACTS_MOST = 500
"""Acts counted in one transaction: a person's each move one case, a flow's up to a whole batch."""


async def read_on(conn: Conn, session: UUID, *, limit: int = ACTS_MOST) -> int:
    """Count what the next acts of the log did; returns how many were read. The first call counts everything.

    Counts and position are one transaction. 0: nothing is new, or another reader is at it.

    Raises:
        OnlySystem: the session is a person's.
    """
    with domain_errors():
        return int(await fetch_value(conn, "SELECT tally_read(%s, %s)", (session, limit)))


def count_again(conn: Connection[DictRow]) -> None:
    """Forget the counts and count every case anew, with the owner's rights."""
    conn.execute("SELECT tally_again()")
