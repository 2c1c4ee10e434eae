"""Delegasi: lend a role of mine for a time, see what is lent and borrowed, end it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from api.console.scopes import named
from api.console.visit import Posting, Visit, Visiting, visit_of
from api.section import Section
from api.shapes import Number
from models.database import Conn
from models.delegation import commands, queries
from models.delegation.errors import DelegationPeriod
from models.errors import AlurError
from models.signin.queries import assignments

router = Section(prefix="/delegasi")

_PAGE = 50


async def _page(visit: Visit, status: int = 200, *, chosen: int | None = None, **more: Any) -> Response:
    rows = await named(visit.conn, await queries.delegations(visit.conn, visit.session, limit=_PAGE))
    own = await named(visit.conn, [row for row in await assignments(visit.conn) if row["behalf"] is None])
    if chosen is None and len(own) == 1:
        chosen = own[0]["id"]
    me = visit.who["user_id"]
    return visit.page(
        "delegasi.html",
        status,
        own=own,
        chosen=chosen,
        colleagues=await queries.colleagues(visit.conn, visit.session, chosen) if chosen else [],
        lent=[row for row in rows if row["giver"] == me],
        borrowed=[row for row in rows if row["delegate"] == me],
        kept=[row for row in rows if me not in {row["giver"], row["delegate"]}],
        **{"error": None, "typed": {}, "done": False, **more},
    )


@router.get("")
async def show(visit: Visiting, tugas: Number | None = None, selesai: str = "") -> Response:
    """Show what I lent and borrowed, and the form to lend a role."""
    return await _page(visit, chosen=tugas, done=bool(selesai))


def _end_of(day: str, zone: str) -> datetime:
    """Return the end of a day in the reader's zone.

    Raises:
        DelegationPeriod: what was typed is no day.
    """
    try:
        return datetime.combine(datetime.fromisoformat(day).date() + timedelta(days=1), time(), ZoneInfo(zone))
    except (ValueError, OverflowError) as error:
        raise DelegationPeriod from error


@router.post("")
async def lend(post: Posting, request: Request) -> Response:
    """Lend a role: from now, or from the beginning of a later day, until the end of a day."""
    assignment, to = post.numbers("tugas"), post.numbers("rekan")
    async with visit_of(request) as visit:
        zone = visit.zone
    begin = post.text("dari")

    async def work(conn: Conn) -> tuple[int, Any]:
        made = await commands.delegate(
            conn,
            post.session,
            assignment[0] if assignment else 0,
            to[0] if to else 0,
            since=_end_of(begin, zone) - timedelta(days=1) if begin else None,
            until=_end_of(post.text("sampai"), zone),
            why=post.reason(),
        )
        return 201, {"delegation": made.delegation, "request": made.request}

    try:
        await post.write(work)
    except AlurError as error:
        async with visit_of(request) as visit:
            chosen = assignment[0] if assignment else None
            return await _page(visit, error.status, chosen=chosen, error=error, typed=dict(post.form))
    return RedirectResponse("/delegasi?selesai=1", 303)


@router.post("/{number}/akhiri")
async def end(number: Number, post: Posting, request: Request) -> Response:
    """End a delegation now, with a reason."""

    async def work(conn: Conn) -> tuple[int, Any]:
        await commands.end(conn, post.session, number, post.reason())
        return 200, {"delegation": number, "ended": True}

    try:
        await post.write(work)
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _page(visit, error.status, error=error)
    return RedirectResponse("/delegasi?selesai=1", 303)
