"""Outside calls, written down before they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.database import Conn


async def note_call(
    conn: Conn,
    path: str,
    key: str,
    batch: int,
    body_hash: str,
    ids: Sequence[str],
    versions: Sequence[int],
    editions: Sequence[int | None] | None = None,
) -> None:
    """Write a call down before it is sent; the same key twice is the same call.

    `versions` says for each of `ids` at which version its case is asked about, `editions` which edition of its data
    is meant, None where there is only one.
    """
    await conn.execute(
        """
        INSERT INTO call (path, key, batch, body_hash, ids, versions, editions, state, created_at, updated_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, 'tercatat', alur_now(), alur_now())
        ON CONFLICT (path, key) DO NOTHING
        """,
        (path, key, batch, body_hash, list(ids), list(versions), None if editions is None else list(editions)),
    )


async def set_call(conn: Conn, path: str, key: str, state: str, problem: str | None = None) -> None:
    """Note where a call stands: terkirim, selesai, tidak_diketahui, ditolak, batal."""
    await conn.execute(
        """
        UPDATE call SET state = %s, problem = %s, attempts = attempts + 1, updated_at = alur_now()
         WHERE path = %s AND key = %s
        """,
        (state, problem, path, key),
    )


async def open_calls(conn: Conn, batch: int, path: str) -> list[dict[str, Any]]:
    """Return calls of a batch whose outcome is not known yet, oldest first."""
    cursor = await conn.execute(
        """
        SELECT key, body_hash, ids, versions, editions, state, attempts, created_at FROM call
         WHERE batch = %s AND path = %s AND state IN ('tercatat', 'terkirim', 'tidak_diketahui')
         ORDER BY id
        """,
        (batch, path),
    )
    return await cursor.fetchall()
