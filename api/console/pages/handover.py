"""Serah terima: families offered to me, and what I offered; accept, refuse, or take it back."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from api.console.visit import Posting, Visit, place_of, visit_of
from api.section import Section
from api.shapes import Number
from models.database import Conn, acting
from models.errors import AlurError
from models.handover import commands, queries
from models.handover.errors import GiverNotKept, HandoverNotYours, ReasonMissing
from models.register import queries as register
from models.user.queries import account_called
from state_machines.vocabulary import ROLES

router = Section(prefix="/serah-terima")

_PAGE = 50
_KEEPER = next(role.admin for role in ROLES if role.id == "pendamping")
"""Who keeps the accounts of pendamping, and hands over what one of them leaves behind."""


async def _page(visit: Visit, status: int = 200, *, household: int | None = None, **more: Any) -> Response:
    known = (await register.families(visit.conn, [household])).get(household) if household else None
    place = place_of(visit.who) if visit.role == _KEEPER else None
    return visit.page(
        "serah_terima.html",
        status,
        rows=await queries.handovers(visit.conn, visit.session, limit=_PAGE),
        family=register.masked(known) if known else None,
        keeps=place is not None,
        officers=(await queries.officers(visit.conn, visit.session, place))["officers"] if place else [],
        **{"error": None, "done": False, "typed": {}, **more},
    )


@router.get("")
async def show(request: Request, selesai: str = "", keluarga: Number | None = None) -> Response:
    """Show offers, newest first; and the form to offer the family that the address names."""
    async with visit_of(request) as visit:
        if keluarga is not None:
            await visit.noted("keluarga", household=keluarga)
        return await _page(visit, household=keluarga, done=bool(selesai))


@router.post("")
async def offer(post: Posting, request: Request) -> Response:
    """Offer one of my families, or as administrator all of a pendamping's, to a colleague, who has yet to accept."""
    household, leaver = next(iter(post.numbers("keluarga")), None), post.text("dari")

    async def work(conn: Conn) -> tuple[int, Any]:
        async with acting(conn, post.session) as seeing:
            receiver = await account_called(seeing, post.text("penerima"))
            giver = await account_called(seeing, leaver) if leaver else None
        families = None if leaver else [household] if household else []
        try:
            made = await commands.offer(
                conn, post.session, receiver, giver=giver, families=families, reason=post.text("alasan")
            )
        except HandoverNotYours as error:
            if not leaver:
                raise
            raise GiverNotKept(leaver) from error
        return 201, {"handover": made.handover}

    try:
        if not post.text("alasan"):
            raise ReasonMissing
        await post.write(work)
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _page(visit, error.status, household=household, error=error, typed=dict(post.form))
    return RedirectResponse("/serah-terima?selesai=1", 303)


@router.post("/{number}")
async def answer(number: Number, post: Posting, request: Request) -> Response:
    """Answer an offer once."""
    said, words = post.text("jawab"), post.text("kata")

    async def work(conn: Conn) -> tuple[int, Any]:
        if said == "terima":
            await commands.accept(conn, post.session, number)
        elif said == "tolak":
            await commands.refuse(conn, post.session, number, words)
        else:
            await commands.withdraw(conn, post.session, number, words)
        return 200, {"handover": number, "answer": said}

    try:
        await post.write(work)
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _page(visit, error.status, error=error)
    return RedirectResponse("/serah-terima?selesai=1", 303)
