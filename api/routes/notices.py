"""Notices: what became of what I proposed, without asking."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query

from api.caller import Reading, Session
from api.documented import READ
from api.shapes import Moment
from models.case.queries import PAGE_MAX, fates
from notifications.fate import TOLD, tell

router = APIRouter(prefix="/notices", tags=["pemberitahuan"])


@router.get("", responses=READ)
async def list_notices(
    conn: Reading,
    session: Session,
    since: Annotated[Moment | None, Query(description="Hanya yang sesudah saat ini")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
    accept_language: Annotated[str, Header(max_length=100)] = "id",
) -> dict[str, Any]:
    """Return each step others took with my proposals: what happened, why, and what to do next. Newest first."""
    language = "en" if accept_language.lower().startswith("en") else "id"
    rows = await fates(conn, session, TOLD, since=since, limit=limit)
    return {
        "notices": [
            {"case": row["case_id"], "number": row["number"], "state": row["state"], "at": row["at"]}
            | {"subject": (told := tell(row, language)).subject, "text": told.text}
            for row in rows
        ]
    }
