"""Beranda: what must I do now."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.console.visit import Visiting, place_of
from models.approval import queries as approvals
from models.calendar.queries import next_window
from models.case import queries as cases
from models.lapangan.rules import OFFICER, VISITS
from models.tally import queries as tally

router = APIRouter()

_FIRST = 8
_WINDOWS = {
    **dict.fromkeys(("operator_desa", "kades"), "kirim"),
    **dict.fromkeys(("operator_kecamatan", "verifikator_kab", "kepala_dinas"), "pengesahan"),
    "pusdatin": "tarik",
}
"""The step of the monthly calendar that a role works towards; the others see when proposals are sent."""
_OFFICES = {"region_10", "region_6", "region_4"}
"""Scopes small enough that one wants to know where each of its proposals is."""
_SETTLED = {"ditetapkan", "nonaktif"}
"""Where a proposal has become the family's registration."""
_PLACES = {("kades", "usulan", "musyawarah"): "/musdes"} | {(OFFICER, *at): "/tugas" for at in VISITS}
"""(role, machine, state) -> the page on which that work is done; all other work is in the queue."""


@router.get("/")
async def home(visit: Visiting) -> HTMLResponse:
    """Show what waits for me, what is late, what came since yesterday, and what opens or closes soon."""
    as_of = await tally.as_of(visit.conn)
    tallied = tally.place_of(visit.who) if as_of else None
    if tallied:
        at_desk = await tally.desk(visit.conn, visit.role, *tallied)
        elsewhere = await tally.late_elsewhere(visit.conn, visit.role, *tallied)
        yesterday = visit.now.astimezone(ZoneInfo(visit.zone)).date() - timedelta(days=1)
        arrived = await tally.arrived(visit.conn, *tallied, since=yesterday)
    else:
        at_desk, elsewhere, arrived = await cases.desk(visit.conn, visit.session), [], []
    for row in at_desk:
        queue = f"/antrean?mesin={row['machine']}&status={row['state']}"
        row["page"] = _PLACES.get((visit.role, row["machine"], row["state"]), queue)
    small = tallied and visit.who["scope"] in _OFFICES
    proposals = await tally.states(visit.conn, "usulan", tallied[0]) if tallied and small else []
    place = place_of(visit.who)
    window = None
    if place and len(str(place)) in {4, 6, 10}:
        window = await next_window(visit.conn, _WINDOWS.get(visit.role, "kirim"), visit.who["lo"])
    first = await cases.list_due(
        visit.conn, cases.Filter(states=tuple({row["state"] for row in at_desk}) or ("-",)), limit=_FIRST
    )
    away = await cases.given_away(visit.conn, [row["id"] for row in first])
    return visit.page(
        "beranda.html",
        desk=at_desk,
        most=None if tallied else cases.DESK_MOST,
        as_of=as_of if tallied else visit.now,
        late=[row for row in at_desk if row.get("late")],
        elsewhere=elsewhere,
        arrived=arrived[:_FIRST],
        window=window,
        proposals=[row for row in proposals if not row["terminal"] and row["state"] not in _SETTLED],
        first=[row for row in first if row["id"] not in away],
        # A meeting's list is decided on the meeting's own page, and counted there.
        gates=[
            gate
            for gate in await approvals.waiting(visit.conn, role=visit.role)
            if not gate["gate"].startswith("musdes")
        ],
    )
