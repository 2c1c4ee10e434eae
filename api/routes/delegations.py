"""Acting for another while he is away: named by the holder or his administrator, dated, ended at any time."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import JSONResponse

from api.access_shapes import DelegationIn, Number, ReasonIn
from api.caller import Reading, Session
from api.documented import READ, InputInvalid, refusals
from api.section import Section
from api.writes import Writing
from models.database import Conn
from models.delegation import commands, queries
from models.delegation.errors import (
    DelegatedOnward,
    DelegateUnfit,
    DelegationNotFound,
    DelegationOver,
    DelegationPeriod,
    DelegationThere,
    NotDelegable,
)
from models.errors import RequestKeyReused, SessionUnknown, SignInYourself

router = Section(prefix="/delegations", tags=["delegasi"])

_PUT = refusals(
    *(SessionUnknown, SignInYourself, NotDelegable, DelegatedOnward, DelegateUnfit, DelegationNotFound),
    *(DelegationOver, DelegationThere, DelegationPeriod, InputInvalid, RequestKeyReused),
)
_END = refusals(SessionUnknown, DelegationNotFound, InputInvalid, RequestKeyReused)


@router.get("", responses=READ)
async def list_delegations(
    conn: Reading,
    session: Session,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Nomor terakhir yang sudah dilihat")] = None,
    limit: Annotated[int, Query(ge=1, le=queries.PAGE_MAX)] = 50,
) -> dict[str, Any]:
    """Return who acts for whom: what I delegated, what was delegated to me, as administrator what I keep."""
    rows = await queries.delegations(conn, session, before=before, limit=limit)
    return {"delegations": rows, "next": rows[-1]["delegation"] if len(rows) == limit else None}


@router.get("/colleagues", responses=READ)
async def list_colleagues(
    conn: Reading,
    session: Session,
    assignment: Annotated[int, Query(ge=1, le=2**31 - 1, description="Penugasan yang akan didelegasikan")],
) -> dict[str, Any]:
    """Return who could act in the place of an assignment that I hold or keep."""
    return {"colleagues": await queries.colleagues(conn, session, assignment)}


@router.post("", status_code=201, responses=_PUT)
async def delegate(asked: DelegationIn, write: Writing) -> JSONResponse:
    """Let a colleague act in the place of an assignment for some time; he chooses it like another wilayah kerja.

    As its holder it counts at once. As the administrator it waits for the head of the office (`request`).
    """

    async def work(conn: Conn) -> tuple[int, Any]:
        made = await commands.delegate(
            conn,
            write.session,
            asked.assignment,
            asked.to,
            since=asked.valid_from,
            until=asked.valid_to,
            why=asked.reason,
        )
        return 201, {"delegation": made.delegation, "request": made.request}

    return await write.run(work)


@router.post("/{delegation}/end", responses=_END)
async def end(delegation: Number, asked: ReasonIn, write: Writing) -> JSONResponse:
    """End a delegation now: as who gave it, who has it, or the administrator. Its sessions are over at once."""

    async def work(conn: Conn) -> tuple[int, Any]:
        await commands.end(conn, write.session, delegation, asked.reason)
        return 200, {"delegation": delegation, "ended": True}

    return await write.run(work)
