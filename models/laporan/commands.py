"""Keep what reports of many kabupaten are read from. Only flows ask, one kabupaten per transaction."""

from __future__ import annotations

from models.database import Conn, fetch_value


async def keep(conn: Conn, kabupaten: int) -> int:
    """Count one kabupaten anew in place of what was kept of it; returns how many rows were kept."""
    return int(await fetch_value(conn, "SELECT report_keep(%s)", (kabupaten,)))
