"""Gates: what waits for a decision, and the decision."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import JSONResponse

from api.caller import Reading, Session
from api.documented import InputInvalid, Responses, refusals
from api.section import Section
from api.shapes import DecisionIn, Id
from api.writes import Writing
from models.approval import queries
from models.approval.commands import Except, decide
from models.approval.errors import DecisionUnproven
from models.database import Conn
from models.errors import (
    AnotherPersonNeeded,
    ApprovalClosed,
    ApprovalNotFound,
    ApprovalNotYours,
    DecisionIncomplete,
    EvidenceDiffers,
    FactNotYours,
    NoteMissing,
    ReasonUnfit,
    RequestKeyReused,
    SessionUnknown,
)
from models.user.queries import me

router = Section(prefix="/approvals", tags=["persetujuan"])

_READ: Responses = refusals(SessionUnknown, ApprovalNotFound, InputInvalid)
_DECIDE: Responses = refusals(
    SessionUnknown,
    ApprovalNotYours,
    ApprovalNotFound,
    ApprovalClosed,
    AnotherPersonNeeded,
    InputInvalid,
    DecisionIncomplete,
    DecisionUnproven,
    EvidenceDiffers,
    ReasonUnfit,
    NoteMissing,
    FactNotYours,
    RequestKeyReused,
)


@router.get("", responses=_READ)
async def list_approvals(
    conn: Reading,
    session: Session,
    state: Annotated[str, Query(pattern="^(terbuka|disetujui|ditolak|dijalankan|lewat)$")] = "terbuka",
    mine: Annotated[bool, Query(description="Hanya yang menunggu peran saya")] = True,
) -> dict[str, Any]:
    """Return gates in my sight; by default those that wait for my role."""
    role = (await me(conn, session))["role"] if mine else None
    return {"approvals": await queries.waiting(conn, role=role, state=state)}


@router.get("/{approval}", responses=_READ)
async def get_approval(approval: Id, conn: Reading) -> dict[str, Any]:
    """Return one gate: its list as fixed when it opened, who decided what, how many must."""
    row = await queries.get(conn, approval)
    if row is None:
        raise ApprovalNotFound
    return row


@router.get("/{approval}/state", responses=_READ)
async def get_state(approval: Id, conn: Reading) -> dict[str, Any]:
    """Return only where a gate stands: cheap to ask again."""
    state = await queries.state_of(conn, approval)
    if state is None:
        raise ApprovalNotFound
    return {"approval": approval, "state": state}


@router.post("/{approval}/decisions", status_code=201, responses=_DECIDE)
async def make_decision(approval: Id, told: DecisionIn, write: Writing) -> JSONResponse:
    """Decide a gate as the person behind the token; the flow that waits is woken once enough people have."""

    async def work(conn: Conn) -> tuple[int, Any]:
        decided = await decide(
            conn,
            write.session,
            approval,
            told.verdict,
            reason=told.reason,
            note=told.note,
            evidence=told.evidence,
            excepts=[Except(said.case, said.trigger, said.reason, said.note) for said in told.excepts],
        )
        return 201, {
            "approval": approval,
            "state": decided.state,
            "decided": decided.decided,
            "people": decided.people,
        }

    return await write.run(work)
