"""Comments about a case: what colleagues tell each other; it moves nothing."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse

from api.caller import Recording
from api.documented import READ, InputInvalid, refusals
from api.section import Section
from api.shapes import CaseId, CommentIn
from api.writes import Writing
from models.case import queries as cases
from models.case.errors import CaseNotFound
from models.comment.commands import write_comment
from models.comment.errors import CommentEmpty, CommentWithNumber
from models.comment.queries import comments
from models.database import Conn
from models.errors import CommentNotYours, RequestKeyReused, SessionUnknown
from models.reads.commands import note
from models.user.queries import role_of

router = Section(prefix="/cases", tags=["kasus"])


@router.get("/{case_id}/comments", responses=READ)
async def list_comments(case_id: CaseId, recorded: Recording) -> dict[str, Any]:
    """Return the comments about a case, oldest first. Families, payers and administrators are shown none."""
    async with recorded.reading() as conn:
        if await cases.get_case(conn, case_id) is None:
            raise CaseNotFound(case_id)
        await note(conn, "kasus", case=case_id, request=recorded.number)
        return {"comments": await comments(conn, case_id, await role_of(conn, recorded.session))}


@router.post(
    "/{case_id}/comments",
    status_code=201,
    responses=refusals(
        SessionUnknown, CommentNotYours, CaseNotFound, CommentEmpty, CommentWithNumber, InputInvalid, RequestKeyReused
    ),
)
async def comment(case_id: CaseId, said: CommentIn, write: Writing) -> JSONResponse:
    """Write a comment. Officers who work on the case read it; numbers of persons and accounts are refused."""

    async def work(conn: Conn) -> tuple[int, Any]:
        written = await write_comment(conn, write.session, case_id, said.text)
        return 201, {"comment": written.comment, "at": written.at}

    return await write.run(work)
