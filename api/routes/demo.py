"""The clock of a demo. These routes exist only where the database is marked demo or test."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse

from api.caller import Reading
from api.documented import DECISION, READ
from api.section import Section
from api.shapes import ClockIn
from api.writes import Writing
from models.database import Conn
from models.policy.commands import travel
from models.policy.queries import now

router = Section(prefix="/demo", tags=["demo"])


@router.get("/clock", responses=READ)
async def read_clock(conn: Reading) -> dict[str, Any]:
    """Return the time by the system's clock."""
    return {"now": await now(conn)}


@router.post("/clock", responses=DECISION)
async def set_clock(asked: ClockIn, write: Writing) -> JSONResponse:
    """Move the demo's clock forward and let every open batch look again, as time passing would."""

    async def work(conn: Conn) -> tuple[int, Any]:
        return 200, {"now": await travel(conn, write.session, asked.to)}

    return await write.run(work)
