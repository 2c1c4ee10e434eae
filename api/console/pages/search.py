"""Cari: a family by NIK, No KK or name; a case by its number. What was looked for stands in no address."""

from __future__ import annotations

import re

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.console.visit import Posting, Visiting, visit_of
from api.section import Section
from models.case.queries import PREFIX, get_case
from models.register import queries

router = Section(prefix="/cari")

_CASE = re.compile(rf"(?:{'|'.join(PREFIX.values())})-\d{{4}}-(\d{{1,18}})", re.IGNORECASE)
_PERSON = re.compile(r"\d{16}")
_NAME_LEAST = 3
_ID_DIGITS = 19


def case_number(typed: str) -> int | None:
    """Return the case that a number as people write it names (USL-2026-0041873, or 41873); None for none."""
    found = _CASE.fullmatch(typed.strip())
    digits = found[1] if found else typed.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < _ID_DIGITS else None


@router.get("")
async def ask(visit: Visiting) -> HTMLResponse:
    """Show the field to type into."""
    return visit.page("cari.html", typed="", rows=None)


@router.post("")
async def find(post: Posting, request: Request) -> Response:
    """Look for what was typed; one case is opened at once."""
    typed = post.text("q")
    async with visit_of(request) as visit:
        if (found := _CASE.fullmatch(typed)) and await get_case(visit.conn, int(found[1])):
            return RedirectResponse(f"/kasus/{int(found[1])}", 303)
        rows = []
        digits = typed.replace(" ", "")
        if _PERSON.fullmatch(digits):
            rows = await queries.search(visit.conn, nik=digits, no_kk=digits)
        elif len(typed) >= _NAME_LEAST:
            rows = await queries.search(visit.conn, name=typed)
        return visit.page("cari.html", typed=typed, rows=[queries.masked(row) for row in rows])
