"""Answers that were kept, for whoever got them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.database import Conn


async def kept_answer(conn: Conn, session: UUID, key: str) -> dict[str, Any] | None:
    """Return the answer of a request of one's own under its key, None where there is none."""
    row = await (await conn.execute("SELECT * FROM request_kept(%s, %s)", (session, key))).fetchone()
    return row["answer"] if row and isinstance(row["answer"], dict) else None
