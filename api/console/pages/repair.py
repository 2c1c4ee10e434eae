"""Perbaikan: failures by cause, the list of one cause with "check again" for all of it, and the letter for a family."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import segno
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import cursors
from api.console.filters import choice_asked, region_asked
from api.console.visit import Visiting, place_of, visit_of
from api.print.press import handed_out, pressed
from api.print.rujukan import rujukan
from api.shapes import Number
from models.case import queries as cases
from models.case.errors import CaseNotFound
from models.perbaikan.queries import failures, referral
from models.perbaikan.rules import OFFICES, STATES, again, cause
from models.region.queries import breadcrumb
from models.region.rules import NATIONAL_SPAN, span
from models.rule.queries import reasons_named, states_named, steps_from
from notifications.contexts import role_name

router = APIRouter(prefix="/perbaikan")

_PAGE = 50


@router.get("")
async def show(visit: Visiting, wilayah: str = "") -> HTMLResponse:
    """Show what failed in my scope or a part of it: by cause, how many, what to do and who."""
    code = region_asked("wilayah", wilayah) or place_of(visit.who) or 0
    lo, hi = span(code) if code else NATIONAL_SPAN
    rows = await failures(visit.conn, lo, hi)
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found = cause(row["reason"])
        groups.setdefault(found.office, []).append(row | {"cause": found})
    ordered = sorted(groups.items(), key=lambda group: -sum(row["cases"] for row in group[1]))
    return visit.page("perbaikan.html", groups=ordered, offices=OFFICES, region=wilayah)


@router.get("/daftar")
async def listed(
    visit: Visiting, status: str = "", alasan: str = "", wilayah: str = "", kursor: str | None = None
) -> Response:
    """Show the cases of one cause, longest there first, and have all of them checked again."""
    if not status:
        return RedirectResponse("/perbaikan", 303)
    machine, _, state = choice_asked("status", status, STATES).partition(".")
    region = region_asked("wilayah", wilayah)
    lo, hi = span(region) if region else (None, None)
    wanted = cases.Filter(machine, (state,), lo, hi, reason=alasan or None)
    rows = await cases.list_cases(visit.conn, wanted, after=cursors.read_due(kursor), limit=_PAGE)
    after = cursors.written_due((rows[-1]["since"], rows[-1]["id"]) if len(rows) == _PAGE else None)
    steps = await steps_from(visit.conn, [(machine, state)], visit.role)
    mine = set(again([step["trigger"] for step in steps]))
    here = [("status", status), ("alasan", alasan), ("wilayah", wilayah)]
    return visit.page(
        "perbaikan_daftar.html",
        machine=machine,
        state=state,
        label=(await states_named(visit.conn, [(machine, state)]))[machine, state],
        reason=next(iter(await reasons_named(visit.conn, [alasan] if alasan else [])), None),
        cause=cause(alasan),
        offices=OFFICES,
        rows=rows,
        region=wilayah,
        steps=[step for step in steps if step["trigger"] in mine],
        next=f"/perbaikan/daftar?{urlencode([*here, ('kursor', after)])}" if after else None,
    )


@router.get("/rujukan/{number}.pdf")
async def letter_pdf(number: Number, request: Request) -> Response:
    """Hand out the letter as a PDF. The look is noted; it is set after the transaction."""
    async with visit_of(request) as visit:
        told = await referral(visit.conn, number)
        if told is None:
            raise CaseNotFound(number)
        await visit.noted("kasus", case=number)
        place = place_of(visit.who)
        region = await breadcrumb(visit.conn, place) if place else []
        at = visit.now.astimezone(ZoneInfo(visit.zone))
        letter = rujukan(told, region, at, str(visit.who["name"]), role_name(visit.role, "id").capitalize())
        url = visit.here.settings.public_url
    return handed_out(await pressed(letter, url), f"rujukan-{number}")


@router.get("/rujukan/{number}")
async def letter(number: Number, request: Request) -> Response:
    """Show the letter that sends a family to the office that can mend its data. The look is noted."""
    async with visit_of(request) as visit:
        told = await referral(visit.conn, number)
        if told is None:
            raise CaseNotFound(number)
        await visit.noted("kasus", case=number)
        url = f"{visit.here.settings.public_url.rstrip('/')}/kasus/{number}"
        picture = segno.make(url, error="m").svg_data_uri(scale=3, dark="#000", light="#fff")
        return visit.page("rujukan.html", told=told, offices=OFFICES, picture=picture)
