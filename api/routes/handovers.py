"""Families handed from one pendamping to another, and how much each of them holds."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from api.access_shapes import OfferIn, ReasonIn
from api.caller import Reading, Session
from api.documented import READ, InputInvalid, refusals
from api.shapes import Id
from api.writes import Writing
from models.database import Conn
from models.errors import OutOfScope, RequestKeyReused, SessionUnknown
from models.handover import commands, queries
from models.handover.errors import (
    AlreadyOffered,
    HandoverNotFound,
    HandoverNotYours,
    HandoverOver,
    NothingToHandOver,
    ReceiverBarred,
    ReceiverUnfit,
)
from models.region.rules import parse

router = APIRouter(tags=["serah terima"])

_OFFER = refusals(
    *(SessionUnknown, HandoverNotYours, NothingToHandOver, ReceiverUnfit, ReceiverBarred, AlreadyOffered),
    *(InputInvalid, RequestKeyReused),
)
_ANSWER = refusals(SessionUnknown, HandoverNotFound, HandoverOver, InputInvalid, RequestKeyReused)


@router.get("/officers", responses=READ | refusals(OutOfScope))
async def list_officers(
    conn: Reading,
    session: Session,
    region: Annotated[str, Query(max_length=20, description="Kode wilayah", examples=["32.04.05.2001"])],
    case: Annotated[Id | None, Query(description="Kasus yang akan dicek / the case to be checked")] = None,
) -> dict[str, Any]:
    """Return the pendamping of a region's kabupaten with their open work, least first, for whoever assigns.

    Families in all and in this region, ground checks, visits and objections to check; `per_day_most` is policy. With
    `case`, `barred` says who may not report on it: he proposed it, or it is about his own work.
    """
    return await queries.officers(conn, session, parse(region), case)


@router.get("/handovers", responses=READ)
async def list_handovers(
    conn: Reading,
    session: Session,
    before: Annotated[Id | None, Query(description="Nomor terakhir yang sudah dilihat / last one seen")] = None,
    limit: Annotated[int, Query(ge=1, le=queries.PAGE_MAX)] = 50,
) -> dict[str, Any]:
    """Return what I offered, what is offered to me, and as administrator what those I keep offered."""
    rows = await queries.handovers(conn, session, before=before, limit=limit)
    return {"handovers": rows, "next": rows[-1]["handover"] if len(rows) == limit else None}


@router.get("/handovers/{handover}", responses=READ | refusals(HandoverNotFound))
async def get_handover(handover: Id, conn: Reading, session: Session) -> dict[str, Any]:
    """Return one offer with its families: village, open work, and once answered what became of each."""
    found = await queries.get(conn, session, handover)
    if found is None:
        raise HandoverNotFound(handover)
    return found


@router.post("/handovers", status_code=201, responses=_OFFER)
async def offer(asked: OfferIn, write: Writing) -> JSONResponse:
    """Offer families to a colleague. They stay where they are until he accepts; unanswered, the offer lapses.

    `left` are families that duties bar to this colleague: offer them to another.
    """

    async def work(conn: Conn) -> tuple[int, Any]:
        made = await commands.offer(
            conn, write.session, asked.receiver, giver=asked.giver, families=asked.families, reason=asked.reason
        )
        return 201, {"handover": made.handover, "until": made.until, "left": made.left}

    return await write.run(work)


@router.post("/handovers/{handover}/accept", responses=_ANSWER)
async def accept(handover: Id, write: Writing) -> JSONResponse:
    """Take what was offered to me; the answer tells what became of each family (beralih, berubah, terhalang)."""

    async def work(conn: Conn) -> tuple[int, Any]:
        await commands.accept(conn, write.session, handover)
        return 200, await queries.get(conn, write.session, handover)

    return await write.run(work)


@router.post("/handovers/{handover}/refuse", responses=_ANSWER)
async def refuse(handover: Id, asked: ReasonIn, write: Writing) -> JSONResponse:
    """Refuse what was offered to me; the families stay with their holder."""

    async def work(conn: Conn) -> tuple[int, Any]:
        await commands.refuse(conn, write.session, handover, asked.reason)
        return 200, {"handover": handover, "state": "ditolak"}

    return await write.run(work)


@router.post("/handovers/{handover}/withdraw", responses=_ANSWER)
async def withdraw(handover: Id, asked: ReasonIn, write: Writing) -> JSONResponse:
    """Take back what I offered and nobody answered yet."""

    async def work(conn: Conn) -> tuple[int, Any]:
        await commands.withdraw(conn, write.session, handover, asked.reason)
        return 200, {"handover": handover, "state": "ditarik"}

    return await write.run(work)
