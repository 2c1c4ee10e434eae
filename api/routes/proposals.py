"""One proposal at a time, for systems of villages: the same columns and judgement as a row of a village's list."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse

from api.documented import InputInvalid, refusals
from api.entry_shapes import EntryIn
from api.section import Section
from api.writes import Writing
from models.database import Conn
from models.errors import RegisterNotYours, RequestKeyReused, SessionUnknown
from models.usulan.entry import enter_family
from models.usulan.errors import EntryInvalid, EntryOpen, EntryUnsure

router = Section(prefix="/proposals", tags=["kasus"])


@router.post(
    "",
    status_code=201,
    responses=refusals(
        SessionUnknown, RegisterNotYours, EntryInvalid, EntryOpen, EntryUnsure, InputInvalid, RequestKeyReused
    ),
)
async def enter_proposal(told: EntryIn, write: Writing) -> JSONResponse:
    """Enter one family's proposal and send it to the identity check; it joins that day's list of its village.

    Columns and their values are those of the list (`/imports/template.xlsx`). What cannot be taken is told column by
    column in `errors`. What is odd, or replaces a family on record, is answered with 409 and a `mark`; whoever has
    looked at it sends the same again with `seen`.
    """

    async def work(conn: Conn) -> tuple[int, Any]:
        entered = await enter_family(conn, write.session, told.family, told.members, seen=told.seen)
        return 201, {"case": entered.case, "batch": entered.batch}

    return await write.run(work)
