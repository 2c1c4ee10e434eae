"""Cases: lists, one case with its history, what I may do and why not the rest, moves single and bulk."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from fastapi.responses import JSONResponse

from api import cursors
from api.caller import Reading, Recording, Session
from api.documented import DECISION, READ
from api.metrics import count_outcomes
from api.moving import take
from api.section import Section
from api.shapes import BulkMove, CaseId, FactsIn, Id, Move, Period, Preview, RegionCode, Text, Word
from api.writes import Writing
from models.calendar.queries import openings_for
from models.calendar.rules import Window, waits_for
from models.case import queries
from models.case.commands import CaseFact, Step, move, write_facts
from models.case.errors import CaseNotFound
from models.case.outcomes import CLOSED, Outcome
from models.database import Conn, acting
from models.reads.commands import note
from models.region.data import known
from models.region.rules import span
from models.stuck import queries as stuck
from models.user.queries import role_of

router = Section(prefix="/cases", tags=["kasus"])


@router.get("", responses=READ)
async def list_cases(
    conn: Reading,
    machine: Annotated[Text | None, Query(max_length=20, examples=["usulan"])] = None,
    state: Annotated[list[Word] | None, Query(max_length=50, examples=[["verif_dinsos"]])] = None,
    region: Annotated[
        RegionCode | None, Query(description="Kode wilayah; semua di bawahnya", examples=["32.04"])
    ] = None,
    programme: Annotated[Text | None, Query(max_length=20, examples=["PKH"])] = None,
    period: Annotated[Period | None, Query(examples=[202604])] = None,
    batch: Id | None = None,
    household: Id | None = None,
    sort: Annotated[
        Literal["since", "due"], Query(description="due: yang pertama jatuh tempo dulu / first due first")
    ] = "since",
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=queries.PAGE_MAX)] = 50,
) -> dict[str, Any]:
    """Return cases in my sight, longest in their state first; `next` is the cursor of the next page.

    With `sort=due` only open cases that have a deadline, first due first. A cursor belongs to its order.
    """
    lo, hi = span(known(region)) if region else (None, None)
    wanted = queries.Filter(machine, tuple(state or ()), lo, hi, programme, period, batch, household)
    if sort == "due":
        rows = await queries.list_due(conn, wanted, after=cursors.read_queue(cursor), limit=limit)
        last = rows[-1] if len(rows) == limit else None
        return {
            "cases": rows,
            "next": cursors.written_queue((last["due"], last["since"], last["id"]) if last else None),
        }
    rows = await queries.list_cases(conn, wanted, after=cursors.read_due(cursor), limit=limit)
    return {
        "cases": rows,
        "next": cursors.written_due((rows[-1]["since"], rows[-1]["id"]) if len(rows) == limit else None),
    }


async def _openings(conn: Conn, session: UUID, outcomes: list[Outcome]) -> dict[int, Window]:
    """Return the next opening for each case that met the window closed, inside a write."""
    shut = [outcome.case_id for outcome in outcomes if outcome.refusal == CLOSED and outcome.case_id]
    if not shut:
        return {}
    async with acting(conn, session) as seeing:
        return await openings_for(seeing, "kirim", shut)


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
        openings = await _openings(conn, write.session, outcomes)
        told = [outcome.as_data(openings.get(outcome.case_id or 0)) for outcome in outcomes]
        counts: dict[str, int] = {}
        for outcome in outcomes:
            counts[outcome.outcome] = counts.get(outcome.outcome, 0) + 1
        return 200, {"counts": counts, "outcomes": told}

    return await write.run(work)


@router.post("/transitions/preview", responses=READ)
async def preview_many(asked: Preview, conn: Reading, session: Session) -> dict[str, Any]:
    """Return what a bulk move would bring, case by case, without doing anything."""
    rows = await queries.preview(conn, session, asked.trigger, asked.cases, reason=asked.reason, kinds=asked.kinds)
    openings = await openings_for(conn, "kirim", [row["case_id"] for row in rows if row["refusal"] == CLOSED])
    told = [row | {"window": window.as_data()} if (window := openings.get(row["case_id"])) else row for row in rows]
    return {"cases": told, "open": sum(1 for row in rows if row["refusal"] is None)}


async def _found(conn: Conn, case_id: int) -> dict[str, Any]:
    case = await queries.get_case(conn, case_id)
    if case is None:
        raise CaseNotFound(case_id)
    return case


@router.get("/{case_id}", responses=READ)
async def get_case(case_id: CaseId, recorded: Recording) -> dict[str, Any]:
    """Return one case: where it stands, until when, why it does not move, what is known, and every transition.

    A proposal that waits for a step of the monthly calendar says when that opens next (`window`). That I looked is
    written down.
    """
    async with recorded.reading() as conn:
        case = await _found(conn, case_id)
        await note(conn, "kasus", case=case_id, request=recorded.number)
        role = await role_of(conn, recorded.session)
        step = waits_for(case)
        window = (await openings_for(conn, step, [case_id])).get(case_id) if step else None
        return case | {
            "window": window.as_data() if window else None,
            "facts": await queries.facts(conn, case_id, role),
            "timeline": await queries.timeline(conn, case_id, role),
            "stuck": await stuck.of_case(conn, case_id),
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
    step = Step(case_id, asked.trigger, asked.version, asked.reason, asked.note, asked.evidence)
    status, told = await take(write.request, write.session, write.key, step, await write.request.body())
    return JSONResponse(told, status)


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
