"""Cases: lists, one case with its history, what I may do and why not the rest, moves single and bulk."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from api import cursors
from api.caller import Reading, Session
from api.documented import DECISION, READ
from api.metrics import count_outcomes
from api.shapes import BulkMove, CaseId, FactsIn, Id, Move, Period, Preview, Text
from api.writes import Writing
from models.case import queries
from models.case.commands import CaseFact, move, write_facts
from models.case.errors import CaseNotFound, MoveRefused
from models.database import Conn
from models.region.rules import parse, span

router = APIRouter(prefix="/cases", tags=["kasus"])


@router.get("", responses=READ)
async def list_cases(
    conn: Reading,
    machine: Annotated[Text | None, Query(max_length=20, examples=["usulan"])] = None,
    state: Annotated[list[Text] | None, Query(max_length=50, examples=[["verif_dinsos"]])] = None,
    region: Annotated[str | None, Query(description="Kode wilayah; semua di bawahnya", examples=["32.04"])] = None,
    programme: Annotated[Text | None, Query(max_length=20, examples=["PKH"])] = None,
    period: Annotated[Period | None, Query(examples=[202604])] = None,
    batch: Id | None = None,
    household: Id | None = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=queries.PAGE_MAX)] = 50,
) -> dict[str, Any]:
    """Return cases in my sight, longest in their state first; `next` is the cursor of the next page."""
    lo, hi = span(parse(region)) if region else (None, None)
    wanted = queries.Filter(machine, tuple(state or ()), lo, hi, programme, period, batch, household)
    rows = await queries.list_cases(conn, wanted, after=cursors.read_waiting(cursor), limit=limit)
    return {"cases": rows, "next": cursors.waiting(rows[-1]) if len(rows) == limit else None}


@router.post("/transitions", responses=DECISION)
async def move_many(bulk: BulkMove, write: Writing) -> JSONResponse:
    """Fire one trigger on many cases: one decision, an outcome for every case named."""

    async def work(conn: Conn) -> tuple[int, Any]:
        outcomes = await move(
            conn,
            write.session,
            bulk.trigger,
            [case.id for case in bulk.cases],
            versions=[case.version for case in bulk.cases],
            reason=bulk.reason,
            note=bulk.note,
            facts=bulk.evidence,
        )
        count_outcomes(bulk.trigger, outcomes)
        told = [outcome.as_data() for outcome in outcomes]
        counts: dict[str, int] = {}
        for outcome in outcomes:
            counts[outcome.outcome] = counts.get(outcome.outcome, 0) + 1
        return 200, {"counts": counts, "outcomes": told}

    return await write.run(work)


@router.post("/transitions/preview", responses=READ)
async def preview_many(asked: Preview, conn: Reading, session: Session) -> dict[str, Any]:
    """Return what a bulk move would bring, case by case, without doing anything."""
    rows = await queries.preview(conn, session, asked.trigger, asked.cases, reason=asked.reason, kinds=asked.kinds)
    return {"cases": rows, "open": sum(1 for row in rows if row["refusal"] is None)}


async def _found(conn: Conn, case_id: int) -> dict[str, Any]:
    case = await queries.get_case(conn, case_id)
    if case is None:
        raise CaseNotFound(case_id)
    return case


@router.get("/{case_id}", responses=READ)
async def get_case(case_id: CaseId, conn: Reading) -> dict[str, Any]:
    """Return one case: where it stands, since when, until when, what is known, and every transition."""
    case = await _found(conn, case_id)
    return case | {
        "facts": await queries.facts(conn, case_id),
        "timeline": await queries.timeline(conn, case_id),
    }


@router.get("/{case_id}/actions", responses=READ)
async def get_actions(case_id: CaseId, conn: Reading, session: Session) -> dict[str, Any]:
    """Return every rule that leaves the case's state: open to me, or why not, with the evidence and reasons it asks."""
    await _found(conn, case_id)
    rows = await queries.actions(conn, session, case_id)
    return {
        "open": [row for row in rows if row["refusal"] is None],
        "closed": [row for row in rows if row["refusal"] is not None],
    }


@router.post("/{case_id}/transitions", status_code=201, responses=DECISION)
async def move_one(case_id: CaseId, asked: Move, write: Writing) -> JSONResponse:
    """Fire one trigger on one case. 202 means: recorded, and a second person has to do the same."""

    async def work(conn: Conn) -> tuple[int, Any]:
        [outcome] = await move(
            conn,
            write.session,
            asked.trigger,
            [case_id],
            versions=[asked.version],
            reason=asked.reason,
            note=asked.note,
            facts=asked.evidence,
        )
        count_outcomes(asked.trigger, [outcome])
        if outcome.done:
            return 201, outcome.as_data()
        if outcome.outcome == "menunggu":
            return 202, outcome.as_data()
        refused = MoveRefused(case_id, asked.trigger, outcome.refusal or "", outcome.state or "", outcome.missing)
        return refused.status, refused

    return await write.run(work)


@router.post("/{case_id}/facts", status_code=201, responses=DECISION)
async def add_facts(case_id: CaseId, asked: FactsIn, write: Writing) -> JSONResponse:
    """Add evidence about one case without moving it."""

    async def work(conn: Conn) -> tuple[int, Any]:
        facts = [CaseFact(case_id, kind, value) for kind, value in asked.evidence.items()]
        written = await write_facts(conn, write.session, facts, note=asked.note)
        if facts and not written:
            raise CaseNotFound(case_id)
        return 201, {"case": case_id, "written": written}

    return await write.run(work)
