"""Which accounts an administrator keeps, and which roles wait for a head."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.database import Conn
from models.raised import domain_errors
from models.staff.errors import AccountNotKept

PAGE_MAX = 200


WHICH = ("tanpa_faktor", "belum_dipakai", "segera_berakhir", "menunggu", "tertutup")
"""What a list of accounts can be narrowed to, see `staff_list`."""


async def accounts(
    conn: Conn,
    session: UUID,
    *,
    after: int = 0,
    limit: int = 50,
    name: str | None = None,
    nik_hash: str | None = None,
    which: str | None = None,
) -> list[dict[str, Any]]:
    """Return the accounts the caller keeps, by number. NIK are masked.

    Args:
        conn: inside `models.database.acting`.
        session: of whoever asks.
        after: the last account already seen.
        limit: how many at most.
        name: a part of the person's name, in whatever case.
        nik_hash: one person by the hash of his NIK (`models.signin.keys.Keys.nik`).
        which: one of `WHICH`.
    """
    with domain_errors():
        cursor = await conn.execute(
            "SELECT * FROM staff_list(%s, %s, %s, %s, %s, %s)",
            (session, after, min(limit, PAGE_MAX), name, nik_hash, which),
        )
        return await cursor.fetchall()


async def account(conn: Conn, session: UUID, number: int) -> dict[str, Any]:
    """Return one account that the caller keeps.

    Raises:
        AccountNotKept: none of this number.
    """
    rows = await accounts(conn, session, after=number - 1, limit=1)
    if not rows or rows[0]["account"] != number:
        raise AccountNotKept(number)
    return rows[0]


async def waiting(conn: Conn, session: UUID) -> list[dict[str, Any]]:
    """Return the proposed roles that wait for the caller as head of their office, oldest first, at most 500."""
    with domain_errors():
        return await (await conn.execute("SELECT * FROM staff_requests(%s)", (session,))).fetchall()
