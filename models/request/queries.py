"""Answers that were kept, for whoever got them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from models.database import Conn


async def kept_answer(conn: Conn, session: UUID, key: str) -> dict[str, Any] | None:
    """Return the answer of a request of one's own under its key, None where there is none."""
    row = await (await conn.execute("SELECT * FROM request_kept(%s, %s)", (session, key))).fetchone()
    return row["answer"] if row and isinstance(row["answer"], dict) else None


async def kept_answers(conn: Conn, session: UUID, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the answers of one's own requests by their keys; a key without an answer is missing."""
    cursor = await conn.execute(
        "SELECT k.key, r.answer FROM unnest(%s::text[]) AS k (key), request_kept(%s, k.key) AS r",
        (list(keys), session),
    )
    return {row["key"]: row["answer"] for row in await cursor.fetchall() if isinstance(row["answer"], dict)}
