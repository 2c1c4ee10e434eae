"""SK: decrees with their numbers, families and rupiah; the families themselves counted per region, never named."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from fastapi.responses import HTMLResponse

from api.console.filters import region_asked
from api.console.visit import Visiting
from api.section import Section
from api.shapes import Number
from models.approval.queries import get as gate_of
from models.approval.queries import spread
from models.batch import queries
from models.batch.errors import DecreeNotFound
from models.region.queries import breadcrumb
from models.region.rules import NATIONAL_SPAN, span

router = Section(prefix="/sk")

_PAGE = 50
_BELOW = {0: 2, 2: 4, 4: 6, 6: 10, 10: 10}
"""Digits of a region -> digits of what it is counted by."""
_MACHINES = {"penetapan": "usulan", "sk_program": "kepesertaan", "sk_tahap": "kepesertaan"}


@router.get("")
async def show(visit: Visiting, sebelum: Number | None = None) -> HTMLResponse:
    """Show decrees in sight, newest first."""
    rows = await queries.newest_decrees(visit.conn, before=sebelum, limit=_PAGE)
    return visit.page("sk.html", rows=rows, next=rows[-1]["id"] if len(rows) == _PAGE else None)


@router.get("/{number}")
async def show_one(number: Number, visit: Visiting, wilayah: str = "") -> HTMLResponse:
    """Show one decree: who approved it, and its families per region, one level deeper at each click."""
    row = await queries.get_decree(visit.conn, number)
    if row is None:
        raise DecreeNotFound(number)
    code = region_asked("wilayah", wilayah) or row["region"]
    lo, hi = span(code) if code else NATIONAL_SPAN
    digits = _BELOW[len(str(code)) if code else 0]
    counted: dict[int, dict[str, Any]] = defaultdict(lambda: {"cases": 0, "amount_rp": 0})
    for part in await spread(visit.conn, row["approval"], digits, lo, hi):
        line = counted[part["region"]]
        line |= {"region": part["region"], "name": part["name"], "cases": line["cases"] + part["cases"]}
        line["amount_rp"] += part["amount_rp"] or 0
    gate = await gate_of(visit.conn, row["approval"], limit=0)
    return visit.page(
        "sk_satu.html",
        decree=row,
        gate=gate,
        parts=list(counted.values()),
        deeper=digits < 10,  # noqa: PLR2004 -- a village has nothing below it
        path_to=await breadcrumb(visit.conn, code) if code else [],
        machine=_MACHINES.get(row["kind"].partition(".")[0], "usulan"),
    )
