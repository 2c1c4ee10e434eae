"""What may be asked about documents. Inside `models.database.acting`: row-level security does the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from models.case.rules import shows
from models.database import Conn

_ROW = """
SELECT d.id, d.case_id, k.id AS kind, k.label, k.label_en, d.sha256, d.type, d.bytes, d.latitude, d.longitude,
       d.taken_at, actor_names(d.user_id) AS uploaded_by, d.user_id, d.act, d.at
  FROM document d
  JOIN fact_kind k ON k.code = d.kind
"""


async def get_document(conn: Conn, number: int, role: str) -> dict[str, Any] | None:
    """Return one document, None when it does not exist in the caller's sight or his `role` is not shown its kind."""
    row = await (await conn.execute(_ROW + " WHERE d.id = %s", (number,))).fetchone()
    return row if row and shows(role, row["kind"]) else None


async def documents(conn: Conn, case_id: int, role: str) -> list[dict[str, Any]]:
    """Return the documents of a case that the caller's `role` is shown, newest first."""
    rows = await (await conn.execute(_ROW + " WHERE d.case_id = %s ORDER BY d.id DESC", (case_id,))).fetchall()
    return [row for row in rows if shows(role, row["kind"])]


async def standing(conn: Conn, session: UUID, case_id: int, kind: str) -> Mapping[str, Any]:
    """Return what decides whether a document may be added.

    Keys: `region` of the case (None: out of sight), `documents` that make the fact (None: no such kind), `geotagged`,
    `mine` (the caller's role writes that kind).
    """
    row = await (
        await conn.execute(
            """
            SELECT (SELECT p.region FROM position p WHERE p.case_id = %(case)s) AS region, k.documents, k.geotagged,
                   COALESCE((identify(%(session)s)).role = ANY (k.writers), false) AS mine
              FROM (VALUES (%(kind)s::text)) AS asked(kind)
              LEFT JOIN fact_kind k ON k.id = asked.kind
            """,
            {"case": case_id, "session": session, "kind": kind},
        )
    ).fetchone()
    if row is None:
        raise AssertionError  # VALUES has one row
    return row
