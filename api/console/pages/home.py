"""Beranda: what must I do now."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.console.visit import Visiting, place_of
from models.approval import queries as approvals
from models.calendar.queries import next_window
from models.case import queries as cases
from models.stuck import queries as stuck
from models.stuck.queries import Filter as StuckFilter

router = APIRouter()

_FIRST = 8
_WINDOWS = {"operator_desa": "kirim", "kades": "kirim", "kepala_dinas": "pengesahan", "pusdatin": "tarik"}
"""The step of the monthly calendar that a role works towards; the others see when proposals are sent."""


@router.get("/")
async def home(visit: Visiting) -> HTMLResponse:
    """Show what waits for me, what is late, and what opens or closes soon."""
    at_desk = await cases.desk(visit.conn, visit.session)
    late = [row for row in at_desk if row["late"]]
    place = place_of(visit.who)
    window = None
    if place and len(str(place)) in {4, 6, 10}:
        window = await next_window(visit.conn, _WINDOWS.get(visit.role, "kirim"), visit.who["lo"])
    first = await cases.list_due(
        visit.conn, cases.Filter(states=tuple({row["state"] for row in at_desk}) or ("-",)), limit=_FIRST
    )
    below = await stuck.list_stuck(visit.conn, StuckFilter(level=1), limit=_FIRST)
    return visit.page(
        "beranda.html",
        desk=at_desk,
        late=late,
        window=window,
        first=first,
        stuck=below.rows,
        gates=await approvals.waiting(visit.conn, role=visit.role),
    )
