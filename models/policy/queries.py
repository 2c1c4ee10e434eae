"""What policy holds at a moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from models.database import Conn, fetch_value


async def policy(conn: Conn, key: str, *, region: int | None = None, at: datetime | None = None) -> Any:
    """Return what `key` holds at a moment (now unless told), None when nothing.

    With a region (ten-digit village code) the kabupaten's own decision goes before the province's and the nation's.
    """
    if region is None:
        return await fetch_value(conn, "SELECT policy_at(%s, COALESCE(%s, alur_now()))", (key, at))
    return await fetch_value(conn, "SELECT policy_for(%s, %s, COALESCE(%s, alur_now()))", (key, region, at))


async def held(conn: Conn, prefix: str, at: datetime | None = None) -> list[dict[str, Any]]:
    """Return every key that begins with `prefix` as it held at a moment: key, value, version, decree, valid_from."""
    cursor = await conn.execute(
        """
        SELECT DISTINCT ON (p.key) p.key, p.value, v.id AS version, v.decree, v.valid_from
          FROM policy p JOIN policy_version v ON v.id = p.version
         WHERE starts_with(p.key, %s) AND v.valid_from <= COALESCE(%s, alur_now())
         ORDER BY p.key, v.valid_from DESC, v.id DESC
        """,
        (prefix, at),
    )
    return await cursor.fetchall()


async def mark(conn: Conn) -> str:
    """Return what the database is: production, demo, test or practice; it never becomes anything else."""
    value: str = await fetch_value(conn, "SELECT mark FROM clock")
    return value


async def now(conn: Conn) -> datetime:
    """Return the time by the one clock."""
    value: datetime = await fetch_value(conn, "SELECT alur_now()")
    return value
