"""Verval cycles: schedule one, see whether it can be done, how far it is, whom it did not reach, and hand work over."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import JSONResponse

from api.caller import Reading, Session
from api.cycle_shapes import CycleIn, HandoverIn, SampleIn
from api.documented import DECISION, READ, refusals
from api.section import Section
from api.shapes import CaseId, Number, RegionCode, Text, Word
from api.writes import Writing
from models.batch.commands import wake
from models.case.errors import CaseNotFound, MoveRefused
from models.case.queries import get_case
from models.database import Conn, acting
from models.policy.queries import now, policy
from models.region.data import known
from models.region.rules import span
from models.siklus import commands, queries
from models.siklus.errors import CycleDatesWrong, CycleNotFound, CycleRefused, NobodyToTake
from models.siklus.rules import fits, next_planned
from models.user.queries import me
from models.usulan.rules import WIB

router = Section(prefix="/cycles", tags=["siklus"])

_READ = READ | refusals(CycleNotFound)
_SCHEDULE = DECISION | refusals(CycleDatesWrong, CycleRefused)
_HANDOVER = DECISION | refusals(NobodyToTake)

Region = Annotated[RegionCode | None, Query(description="Kode wilayah; semua di bawahnya", examples=["32.04"])]
Limit = Annotated[int, Query(ge=1, le=queries.PAGE_MAX)]


def _range(region: str | None) -> tuple[int, int, int]:
    """Return lowest and highest village of a region and the digits of its code; the nation without one."""
    if region is None:
        return 0, 9_999_999_999, 0
    code = known(region)
    return *span(code), len(str(code))


@router.get("", responses=_READ)
async def list_cycles(conn: Reading, session: Session) -> dict[str, Any]:
    """Return every cycle, newest first, and the days of the next one as policy dates it."""
    dates = await policy(conn, "siklus.tanggal") or []
    ahead = next_planned(dates, (await now(conn)).astimezone(WIB).date())
    following = None if ahead is None else {"period": ahead.period, "mulai": ahead.mulai, "selesai": ahead.selesai}
    return {"cycles": await queries.cycles(conn, session), "next": following}


@router.post("", status_code=201, responses=_SCHEDULE)
async def schedule(asked: CycleIn, write: Writing) -> JSONResponse:
    """Schedule a cycle as Pusdatin, with a reason. A period that has a cycle keeps it: 200, and nothing changes."""

    async def work(conn: Conn) -> tuple[int, Any]:
        case, new = await commands.schedule(
            conn, write.session, asked.mulai, asked.selesai, letter=asked.surat_edaran, reason=asked.reason
        )
        async with acting(conn, write.session) as seeing:
            batch = await queries.standing_batch(seeing)
        if new and batch is not None:
            await wake(conn, batch, "siklus dijadwalkan")
        return 201 if new else 200, {"cycle": case, "new": new}

    return await write.run(work)


@router.get("/forecast", responses=_READ)
async def forecast(
    conn: Reading,
    session: Session,
    mulai: date,
    selesai: date,
    region: Region = None,
    after: Number = 0,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Return, village by village, whether a cycle between two days can be done, and when it would be."""
    lo, hi, _ = _range(region)
    if not fits(mulai, selesai):
        raise CycleDatesWrong(mulai.isoformat(), selesai.isoformat())
    rows = await queries.forecast(conn, session, lo, hi, mulai, selesai, after=after, limit=limit)
    return {"villages": rows, "next": rows[-1]["region"] if len(rows) == limit else None}


@router.post("/handover", responses=_HANDOVER)
async def hand_over(asked: HandoverIn, write: Writing) -> JSONResponse:
    """Give all visits an officer still has to make to others by load: those named, or those who work nearby."""

    async def work(conn: Conn) -> tuple[int, Any]:
        taken, outcomes = await commands.hand_over(conn, write.session, asked.officer, to=asked.to, reason=asked.reason)
        return 200, {"taken": taken, "outcomes": [outcome.as_data() for outcome in outcomes]}

    return await write.run(work)


async def _village(conn: Conn, village: int) -> dict[str, Any]:
    """Return a village's case of a cycle.

    Raises:
        CaseNotFound: there is none, or it lies out of sight.
    """
    case = await get_case(conn, village)
    if case is None or case["machine"] != "siklus_desa":
        raise CaseNotFound(village)
    return case


@router.get("/villages/{village}/packages", responses=_READ)
async def propose_packages(
    village: CaseId,
    conn: Reading,
    session: Session,
    officer: Annotated[
        list[Word] | None, Query(max_length=50, description="Pengguna petugas; kosong: yang terdekat")
    ] = None,
) -> dict[str, Any]:
    """Return how a village's packages would be dealt by load, before its work begins."""
    await _village(conn, village)
    return {"packages": await queries.proposed(conn, session, village, officer)}


@router.get("/villages/{village}/sample", responses=_READ)
async def get_sample(village: CaseId, conn: Reading, session: Session) -> dict[str, Any]:
    """Return the visits of a village that are checked again; none before the village has signed its list."""
    case = await _village(conn, village)
    return {"village": village, "state": case["state"], "visits": await queries.sample(conn, session, village)}


@router.post("/villages/{village}/sample", status_code=201, responses=DECISION)
async def record_sample(village: CaseId, asked: SampleIn, write: Writing) -> JSONResponse:
    """Record the checked sample: the village goes on, or returns with the families that were wrong."""

    async def work(conn: Conn) -> tuple[int, Any]:
        checked = {result.visit: result.wrong for result in asked.checked}
        outcome = await commands.record_sample(conn, write.session, village, asked.version, checked)
        if outcome.done:
            return 201, outcome.as_data()
        refused = MoveRefused(
            village, "siklus_desa.qc_lolos", outcome.refusal or "", outcome.state or "", outcome.missing
        )
        return refused.status, refused

    return await write.run(work)


@router.get("/{cycle}", responses=_READ)
async def get_cycle(cycle: CaseId, conn: Reading, session: Session) -> dict[str, Any]:
    """Return one cycle: where it stands, its days, how many families in how many villages were frozen."""
    return await queries.cycle(conn, session, cycle)


@router.get("/{cycle}/progress", responses=_READ)
async def get_progress(
    cycle: CaseId, conn: Reading, session: Session, region: Region = None, after: Number = 0, limit: Limit = 50
) -> dict[str, Any]:
    """Return how far each part of a region is, down to the village: visits by state, reached, rate, end."""
    await queries.cycle(conn, session, cycle)
    lo, hi, digits = _range(region)
    rows = await queries.progress(conn, session, cycle, lo, hi, digits, after=after, limit=limit)
    return {"regions": rows, "next": rows[-1]["region"] if len(rows) == limit else None}


@router.get("/{cycle}/officers", responses=_READ)
async def get_officers(
    cycle: CaseId,
    conn: Reading,
    session: Session,
    region: Region = None,
    after: Annotated[Text, Query(max_length=80)] = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Return how far each officer is: families held, recorded, left to visit."""
    await queries.cycle(conn, session, cycle)
    lo, hi, _ = _range(region)
    rows = await queries.by_officer(conn, cycle, lo, hi, after=after, limit=limit)
    return {"officers": rows, "next": rows[-1]["officer"] if len(rows) == limit else None}


@router.get("/{cycle}/packages", responses=_READ)
async def get_packages(
    cycle: CaseId,
    conn: Reading,
    session: Session,
    officer: Annotated[str | None, Query(pattern="^me$", description="me: hanya milik saya / only mine")] = None,
    region: Region = None,
    after_region: Number = 0,
    after_number: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Return packages in my sight with their visits in walking order, by village and number."""
    await queries.cycle(conn, session, cycle)
    lo, hi, _ = _range(region)
    mine = (await me(conn, session))["user_id"] if officer == "me" else None
    rows = await queries.packages(
        conn, cycle, officer=mine, lo=lo, hi=hi, after=(after_region, after_number), limit=limit
    )
    last = {"after_region": rows[-1]["region"], "after_number": rows[-1]["nomor"]} if len(rows) == limit else None
    return {"packages": rows, "next": last}


@router.get("/{cycle}/unreached", responses=_READ)
async def get_unreached(
    cycle: CaseId,
    conn: Reading,
    session: Session,
    region: Region = None,
    after_region: Number = 0,
    after_place: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Return the families no visit reached (yet), by the number of their case, with the officer and office."""
    await queries.cycle(conn, session, cycle)
    lo, hi, _ = _range(region)
    rows = await queries.unreached(conn, session, cycle, lo, hi, after=(after_region, after_place), limit=limit)
    last = {"after_region": rows[-1]["region"], "after_place": rows[-1]["place"]} if len(rows) == limit else None
    return {"families": rows, "next": last}


@router.get("/{cycle}/second-time", responses=_READ)
async def get_second_time(
    cycle: CaseId, conn: Reading, session: Session, after: Number = 0, limit: Limit = 50
) -> dict[str, Any]:
    """Return memberships on hold whose family was not found, or refused, in two cycles: a person ends them."""
    await queries.cycle(conn, session, cycle)
    rows = await queries.second_time(conn, cycle, after=after, limit=limit)
    return {"memberships": rows, "next": rows[-1]["case"] if len(rows) == limit else None}


@router.get("/{cycle}/report", responses=_READ)
async def get_report(
    cycle: CaseId, conn: Reading, session: Session, region: Region = None, after: Number = 0, limit: Limit = 50
) -> dict[str, Any]:
    """Return the newest report of a cycle, village by village: outcomes, and each case not reached with its holder."""
    await queries.cycle(conn, session, cycle)
    lo, hi, _ = _range(region)
    rows = await queries.report(conn, cycle, lo, hi, after=after, limit=limit)
    return {"villages": rows, "next": rows[-1]["region"] if len(rows) == limit else None}
