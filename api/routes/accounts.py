"""Accounts of those who work here, for the administrator of the level above and the head who confirms."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from api.access_shapes import LinkIn, Number, ProposalIn, ReasonIn
from api.caller import Here, Reading, Session
from api.documented import READ, InputInvalid, refusals
from api.shapes import Id
from api.uploads import read_upload
from api.writes import SecretWriting, Writing
from models.database import Conn
from models.document.errors import DocumentTooLarge
from models.errors import RequestKeyReused, SessionUnknown
from models.signin.errors import SigninUnset
from models.staff import commands, queries, workbook
from models.staff.errors import (
    AccountNotKept,
    OtherPersonConfirms,
    OwnRights,
    ReasonMissing,
    RoleDecided,
    RoleNotKept,
    RoleNotYours,
    RoleOutside,
    RolePeriod,
    RoleScopeMissing,
    RolesMixed,
    RoleThere,
    TooManyRows,
)
from models.staff.rules import Proposal
from models.user.queries import demand_live

router = APIRouter(tags=["akun"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILE_MB = 2
"""A spreadsheet of 2,000 rows has about 0.2 MB."""
_BINARY = {"type": "string", "format": "binary"}
_FILE = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "required": ["file"], "properties": {"file": _BINARY}}
            },
            XLSX: {"schema": _BINARY},
        },
    }
}
_WRITE = refusals(SessionUnknown, InputInvalid, RequestKeyReused, SigninUnset)
_PUT = refusals(
    *(SessionUnknown, RoleNotYours, RoleOutside, OwnRights, RolesMixed, RoleThere, RoleScopeMissing, RolePeriod),
    *(InputInvalid, RequestKeyReused, SigninUnset),
)


@router.get("/accounts", responses=READ)
async def list_accounts(
    conn: Reading,
    session: Session,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="Akun terakhir yang sudah dilihat")] = 0,
    limit: Annotated[int, Query(ge=1, le=queries.PAGE_MAX)] = 50,
    which: Annotated[
        str | None, Query(pattern=f"^({'|'.join(queries.WHICH)})$", description="Hanya yang begini / only these")
    ] = None,
) -> dict[str, Any]:
    """Return the accounts I keep: those whose every role is of my level and in my scope. NIK are masked."""
    rows = await queries.accounts(conn, session, after=after, limit=limit, which=which)
    return {"accounts": rows, "next": rows[-1]["account"] if len(rows) == limit else None}


@router.post("/accounts", status_code=201, responses=_PUT)
async def propose(asked: ProposalIn, write: Writing, here: Here) -> JSONResponse:
    """Propose a role for whoever has a NIK; his account is made when there is none. The office's head confirms it."""
    wanted = Proposal(**asked.model_dump())

    async def work(conn: Conn) -> tuple[int, Any]:
        made = await commands.propose(conn, here.keys, write.session, wanted)
        return 201, {"account": made.account, "request": made.request, "state": made.state, "new": made.is_new}

    return await write.run(work)


@router.get("/accounts/template.xlsx", responses=READ | {200: {"content": {XLSX: {}}}})
async def template(conn: Reading) -> Response:  # noqa: ARG001 -- only for those who sign in
    """Return the empty spreadsheet for many accounts at once."""
    return Response(
        workbook.write((), language="id"),
        media_type=XLSX,
        headers={"Content-Disposition": 'attachment; filename="akun.xlsx"'},
    )


@router.post(
    "/accounts/import",
    status_code=201,
    responses=refusals(SessionUnknown, InputInvalid, TooManyRows, DocumentTooLarge, SigninUnset),
    openapi_extra=_FILE,
)
async def import_accounts(request: Request, write: SecretWriting, here: Here) -> JSONResponse:
    """Propose a role per row of a spreadsheet. Good rows enter; bad ones come back, each with what to mend.

    The same file again changes nothing (`repeated`). `rejected` is the spreadsheet of the bad rows, in base64: it holds
    what was sent, and is kept nowhere.
    """
    async with here.pool.connection() as conn:
        await demand_live(conn, write.session)  # before a file is read
    rows = await run_in_threadpool(workbook.read, await read_upload(request, FILE_MB))

    async def work(conn: Conn) -> tuple[int, Any]:
        done = await commands.propose_all(conn, here.keys, write.session, rows)
        bad = [row for row in done.rows if row.mistakes]
        file = workbook.write(bad, language="id") if bad else None
        return 201, {
            "good": done.good,
            "repeated": done.repeated,
            "bad": len(bad),
            "accounts": [
                {"row": row, "account": made.account, "request": made.request, "state": made.state, "new": made.is_new}
                for row, made in done.made
            ],
            "errors": [{"row": row.number, **mistake.as_data()} for row in bad for mistake in row.mistakes],
            "rejected": base64.b64encode(file).decode() if file else None,
        }

    return await write.run(work)


@router.post(
    "/accounts/{account}/link",
    status_code=201,
    responses=refusals(SessionUnknown, InputInvalid, AccountNotKept, ReasonMissing),
)
async def make_link(account: Number, asked: LinkIn, write: SecretWriting, here: Here) -> JSONResponse:
    """Make a one-time link: an invitation, or later a reset, which ends every session and needs a reason.

    It is shown in this answer and never again; hand it over in person. What stands behind # reaches no server's log.
    """

    async def work(conn: Conn) -> tuple[int, Any]:
        link = await commands.make_link(
            conn, write.session, account, reason=asked.reason, clear_factors=asked.clear_factors
        )
        return 201, {
            "account": account,
            "purpose": link.purpose,
            "expires_at": link.expires_at,
            "link": link.secret,
            "url": f"{here.settings.public_url.rstrip('/')}/masuk/tautan#{link.secret}",
        }

    return await write.run(work)


@router.post("/accounts/{account}/close", responses=_WRITE | refusals(AccountNotKept))
async def close(account: Number, asked: ReasonIn, write: Writing) -> JSONResponse:
    """Close an account: its sessions are over at once, and nobody signs in with it."""
    return await _set_active(account, asked, write, active=False)


@router.post("/accounts/{account}/open", responses=_WRITE | refusals(AccountNotKept))
async def reopen(account: Number, asked: ReasonIn, write: Writing) -> JSONResponse:
    """Open a closed account again."""
    return await _set_active(account, asked, write, active=True)


async def _set_active(account: int, asked: ReasonIn, write: Writing, *, active: bool) -> JSONResponse:
    async def work(conn: Conn) -> tuple[int, Any]:
        await commands.set_active(conn, write.session, account, asked.reason, active=active)
        return 200, {"account": account, "active": active}

    return await write.run(work)


@router.post("/assignments/{assignment}/end", responses=_WRITE | refusals(RoleNotKept))
async def end_role(assignment: Number, asked: ReasonIn, write: Writing) -> JSONResponse:
    """End a role now; sessions in it are over at once."""

    async def work(conn: Conn) -> tuple[int, Any]:
        await commands.end_role(conn, write.session, assignment, asked.reason)
        return 200, {"assignment": assignment, "ended": True}

    return await write.run(work)


@router.get("/role-requests", responses=READ)
async def list_requests(conn: Reading, session: Session) -> dict[str, Any]:
    """Return the proposed roles that wait for me as the head of their office, oldest first."""
    return {"requests": await queries.waiting(conn, session)}


_DECIDE = _WRITE | refusals(RoleNotKept, RoleDecided, OtherPersonConfirms, RolesMixed)


@router.post("/role-requests/{request}/confirm", responses=_DECIDE)
async def confirm(request: Id, write: Writing) -> JSONResponse:
    """Confirm a proposed role; its person may act in it from its date on."""

    async def work(conn: Conn) -> tuple[int, Any]:
        return 200, {"request": request, "state": await commands.decide(conn, write.session, request, confirm=True)}

    return await write.run(work)


@router.post("/role-requests/{request}/refuse", responses=_DECIDE)
async def refuse(request: Id, asked: ReasonIn, write: Writing) -> JSONResponse:
    """Refuse a proposed role, with a reason."""

    async def work(conn: Conn) -> tuple[int, Any]:
        state = await commands.decide(conn, write.session, request, confirm=False, reason=asked.reason)
        return 200, {"request": request, "state": state}

    return await write.run(work)
