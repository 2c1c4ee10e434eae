"""What everybody may look up: a region and its windows, the policy of a day, the verval cycles and how far they are."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from api.console.filters import choice_asked, day_asked, region_asked
from api.console.visit import Visiting, place_of
from models.calendar import queries as calendar
from models.calendar.rules import STEPS
from models.policy import queries as policies
from models.region import queries as regions
from models.region.rules import span
from models.siklus import queries as cycles
from models.siklus.rules import next_planned
from models.usulan.rules import WIB

router = APIRouter()

_NATION = (0, 9_999_999_999)
_PARTS = 200


@router.get("/wilayah")
async def region(visit: Visiting, kode: str = "", cari: str = "") -> Response:
    """Show a region: the way to it, what lies below, and when its windows open; or what a search finds."""
    found = await regions.search(visit.conn, cari, 20) if cari.strip() else []
    code = region_asked("kode", kode) or place_of(visit.who) or 0
    row = await regions.get(visit.conn, code) if code else None
    return visit.page(
        "wilayah.html",
        row=row,
        path_to=await regions.breadcrumb(visit.conn, code) if code else [],
        below=await regions.children(visit.conn, code or None),
        windows=[await calendar.next_window(visit.conn, step, code) for step in STEPS],
        typed=cari,
        found=found,
    )


@router.get("/kebijakan")
async def policy(visit: Visiting, awal: str = "", pada: str = "") -> Response:
    """Show what policy held on a day: its subjects, and of one subject each key with the decree it came by."""
    day = day_asked("pada", pada)
    prefix = awal.strip()
    rows = await policies.held(visit.conn, prefix, day and day.replace(hour=12))
    subjects = Counter(row["key"].partition(".")[0] for row in rows)
    return visit.page(
        "kebijakan.html", rows=rows if prefix else [], subjects=sorted(subjects.items()), prefix=prefix, on=pada
    )


@router.get("/siklus")
async def cycle(visit: Visiting, nomor: str = "", wilayah: str = "") -> Response:
    """Show the verval cycles, and how far one of them is, part by part."""
    every = await cycles.cycles(visit.conn, visit.session)
    dates = await policies.policy(visit.conn, "siklus.tanggal") or []
    numbered = {str(row["id"]): row for row in every}
    newest = every[0] if every else None
    chosen = numbered[choice_asked("nomor", nomor, numbered)] if nomor else newest
    code = region_asked("wilayah", wilayah) or place_of(visit.who) or 0
    lo, hi = span(code) if code else _NATION
    parts: list[dict[str, Any]] = []
    if chosen:
        digits = len(str(code)) if code else 0
        parts = await cycles.progress(visit.conn, visit.session, chosen["id"], lo, hi, digits, limit=_PARTS)
    return visit.page(
        "siklus.html",
        cycles=every,
        chosen=chosen,
        parts=parts,
        ahead=next_planned(dates, visit.now.astimezone(WIB).date()),
        path_to=await regions.breadcrumb(visit.conn, code) if code else [],
    )
