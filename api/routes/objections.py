"""Objections: bring one, see those in my sight, one with what it means and what may be done next.

Every step after the first is a move of the case (`POST /cases/{id}/transitions`), and files are added to it
(`POST /cases/{id}/documents`).
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import JSONResponse

from api import cursors
from api.caller import Reading, Recording
from api.documented import DECISION, READ, refusals
from api.metrics import count_outcomes
from api.objection_shapes import ObjectionIn
from api.section import Section
from api.shapes import CaseId, RegionCode, Text, Word
from api.writes import Writing
from models.case import queries as cases
from models.case.errors import CaseNotFound
from models.database import Conn
from models.reads.commands import note
from models.region.rules import parse, span
from models.sanggah import queries
from models.sanggah.commands import Objection, bring
from models.sanggah.errors import FamilyNotNamed, ObjectionRefused
from models.sanggah.rules import PLAIN, papers, trigger

router = Section(prefix="/objections", tags=["sanggah"])


@router.post("", status_code=201, responses=DECISION | refusals(FamilyNotNamed))
async def new_objection(asked: ObjectionIn, write: Writing) -> JSONResponse:
    """Bring one objection, complaint or withdrawal. The answer names the files that must follow."""

    async def work(conn: Conn) -> tuple[int, Any]:
        try:
            outcome, officer = await bring(conn, write.session, Objection(**asked.model_dump()))
        except ObjectionRefused as refused:
            return refused.status, refused
        count_outcomes(trigger(asked.kind), [outcome])
        plain, plain_en = PLAIN[outcome.state or "diterima_sistem"]
        needed = [{"kind": kind, "files": n} for kind, n in papers(asked.kind, officer=officer).items()]
        return 201, outcome.as_data() | {"plain": plain, "plain_en": plain_en, "documents": needed}

    return await write.run(work)


@router.get("", responses=READ)
async def list_objections(
    conn: Reading,
    state: Annotated[list[Word] | None, Query(max_length=50, examples=[["penugasan"]])] = None,
    region: Annotated[
        RegionCode | None, Query(description="Kode wilayah; semua di bawahnya", examples=["32.04"])
    ] = None,
    programme: Annotated[Text | None, Query(max_length=20, examples=["PKH"])] = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=cases.PAGE_MAX)] = 50,
) -> dict[str, Any]:
    """Return objections in my sight, longest in their state first; `next` is the cursor of the next page."""
    lo, hi = span(parse(region)) if region else (None, None)
    wanted = cases.Filter("sanggah", tuple(state or ()), lo, hi, programme)
    rows = await cases.list_cases(conn, wanted, after=cursors.read_due(cursor), limit=limit)
    return {
        "objections": [queries.told(row) for row in rows],
        "next": cursors.written_due((rows[-1]["since"], rows[-1]["id"]) if len(rows) == limit else None),
    }


@router.get("/{case_id}", responses=READ)
async def get_objection(case_id: CaseId, recorded: Recording) -> dict[str, Any]:
    """Return one objection: where it stands in plain words, who acts until when, and what I may do or why not."""
    async with recorded.reading() as conn:
        found = await queries.get_objection(conn, case_id)
        if found is None:
            raise CaseNotFound(case_id)
        await note(conn, "kasus", case=case_id, request=recorded.number)
        rows = await cases.actions(conn, recorded.session, case_id)
    return found | {
        "open": [row for row in rows if row["refusal"] is None],
        "closed": [row for row in rows if row["refusal"] is not None],
    }
