"""Perbaikan: failures by cause, the list of one cause with "check again" for all of it, and the letter for a family."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import segno
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import cursors
from api.console.filters import choice_asked, region_asked
from api.console.visit import Visit, Visiting, place_of, visit_of
from api.print.letter import Letter
from api.print.press import handed_out, pressed
from api.print.rujukan import rujukan
from api.section import Section
from api.shapes import Number
from models.case import queries as cases
from models.case.errors import CaseNotFound
from models.case.rules import refers
from models.errors import AlurError
from models.perbaikan.queries import failures, referral
from models.perbaikan.rules import OFFICES, STATES, again, cause
from models.region.queries import breadcrumb
from models.region.rules import NATIONAL_SPAN, span
from models.rule.queries import reasons_named, states_named, steps_from
from notifications.contexts import role_name

router = Section(prefix="/perbaikan")

_PAGE = 50
_LETTERS_MOST = 100
"""Letters set at once: two seconds of the press."""


@router.get("")
async def show(visit: Visiting, wilayah: str = "") -> HTMLResponse:
    """Show what failed in my scope or a part of it: by cause, how many, what to do and who."""
    code = region_asked("wilayah", wilayah) or place_of(visit.who) or 0
    lo, hi = span(code) if code else NATIONAL_SPAN
    rows = await failures(visit.conn, lo, hi)
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found = cause(row["reason"], f"{row['machine']}.{row['state']}")
        groups.setdefault(found.office, []).append(row | {"cause": found})
    ordered = sorted(groups.items(), key=lambda group: -sum(row["cases"] for row in group[1]))
    return visit.page("perbaikan.html", groups=ordered, offices=OFFICES, region=wilayah)


def _narrowed(status: str, reason: str, region: str) -> cases.Filter:
    """Return what a list of one cause is narrowed to.

    Raises:
        FilterUnreadable: nothing is mended in this state, or there is no such region.
    """
    machine, _, state = choice_asked("status", status, STATES).partition(".")
    code = region_asked("wilayah", region)
    lo, hi = span(code) if code else (None, None)
    return cases.Filter(machine, (state,), lo, hi, reason=reason or None)


@router.get("/daftar")
async def listed(
    visit: Visiting, status: str = "", alasan: str = "", wilayah: str = "", kursor: str | None = None
) -> Response:
    """Show the cases of one cause, longest there first, and have all of them checked again."""
    if not status:
        return RedirectResponse("/perbaikan", 303)
    wanted = _narrowed(status, alasan, wilayah)
    machine, _, state = status.partition(".")
    rows = await cases.list_cases(visit.conn, wanted, after=cursors.read_due(kursor), limit=_PAGE)
    after = cursors.written_due((rows[-1]["since"], rows[-1]["id"]) if len(rows) == _PAGE else None)
    steps = await steps_from(visit.conn, [(machine, state)], visit.role)
    found = cause(alasan, status)
    mine = set(again([step["trigger"] for step in steps]))
    here = [("status", status), ("alasan", alasan), ("wilayah", wilayah)]
    return visit.page(
        "perbaikan_daftar.html",
        machine=machine,
        state=state,
        label=(await states_named(visit.conn, [(machine, state)]))[machine, state],
        reason=next(iter(await reasons_named(visit.conn, [alasan] if alasan else [])), None),
        cause=found,
        offices=OFFICES,
        rows=rows,
        region=wilayah,
        steps=[step for step in steps if step["trigger"] in mine],
        letters=f"/perbaikan/rujukan.pdf?{urlencode(here)}" if found.referred and refers(visit.role) else None,
        next=f"/perbaikan/daftar?{urlencode([*here, ('kursor', after)])}" if after else None,
    )


class LettersTooMany(AlurError):
    """More letters than are set at once."""

    status = 422
    code = "rujukan_terlalu_banyak"
    title = "Terlalu banyak surat sekaligus"
    title_en = "Too many letters at once"
    text = "Daftar ini lebih dari {0} surat."
    text_en = "This list has more than {0} letters."
    cure = "Persempit dengan wilayah (kecamatan atau desa) di halaman Perbaikan, lalu cetak lagi."
    cure_en = "Narrow it to a region (kecamatan or village) on the page Repairs, and print again."


async def _letter(visit: Visit, number: int) -> Letter | None:
    """Return the letter about a case; None where it needs none. The look is noted."""
    told = await referral(visit.conn, number, visit.role)
    if told is None:
        return None
    await visit.noted("kasus", case=number)
    place = place_of(visit.who)
    region = await breadcrumb(visit.conn, place) if place else []
    at = visit.now.astimezone(ZoneInfo(visit.zone))
    return rujukan(told, region, at, str(visit.who["name"]), role_name(visit.role, "id").capitalize())


@router.get("/rujukan.pdf")
async def letters_pdf(request: Request, status: str = "", alasan: str = "", wilayah: str = "") -> Response:
    """Hand out the letters about all cases of one cause as one PDF. Every look is noted."""
    async with visit_of(request) as visit:
        if not (cause(alasan, status).referred and refers(visit.role)):
            raise CaseNotFound(status)
        rows = await cases.list_cases(visit.conn, _narrowed(status, alasan, wilayah), limit=_LETTERS_MOST + 1)
        if len(rows) > _LETTERS_MOST:
            raise LettersTooMany(_LETTERS_MOST)
        letters = [made for row in rows if (made := await _letter(visit, row["id"])) is not None]
        url = visit.here.settings.public_url
    if not letters:
        raise CaseNotFound(status)
    return handed_out(await pressed(letters, url), f"rujukan-{alasan.lower()}")


@router.get("/rujukan/{number}.pdf")
async def letter_pdf(number: Number, request: Request) -> Response:
    """Hand out the letter as a PDF. The look is noted; it is set after the transaction."""
    async with visit_of(request) as visit:
        letter = await _letter(visit, number)
        if letter is None:
            raise CaseNotFound(number)
        url = visit.here.settings.public_url
    return handed_out(await pressed(letter, url), f"rujukan-{number}")


@router.get("/rujukan/{number}")
async def letter(number: Number, request: Request) -> Response:
    """Show the letter that sends a family to the office that can mend its data. The look is noted."""
    async with visit_of(request) as visit:
        told = await referral(visit.conn, number, visit.role)
        if told is None:
            raise CaseNotFound(number)
        await visit.noted("kasus", case=number)
        url = f"{visit.here.settings.public_url.rstrip('/')}/kasus/{number}"
        picture = segno.make(url, error="m").svg_data_uri(scale=3, dark="#000", light="#fff")
        return visit.page("rujukan.html", told=told, offices=OFFICES, picture=picture)
