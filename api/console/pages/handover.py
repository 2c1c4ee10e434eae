"""Serah terima: families offered to me, and what I offered; accept, refuse, or take it back."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.console.visit import Posting, Visiting, visit_of
from models.database import Conn
from models.errors import AlurError
from models.handover import commands, queries

router = APIRouter(prefix="/serah-terima")

_PAGE = 50


@router.get("")
async def show(visit: Visiting, selesai: str = "") -> Response:
    """Show offers, newest first."""
    rows = await queries.handovers(visit.conn, visit.session, limit=_PAGE)
    return visit.page("serah_terima.html", rows=rows, error=None, done=bool(selesai))


@router.post("/{number}")
async def answer(number: int, post: Posting, request: Request) -> Response:
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
            rows = await queries.handovers(visit.conn, visit.session, limit=_PAGE)
            return visit.page("serah_terima.html", error.status, rows=rows, error=error, done=False)
    return RedirectResponse("/serah-terima?selesai=1", 303)
