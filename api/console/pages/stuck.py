"""Macet: what cannot move, at whom, why, and the action that frees it; regions × states as a heat map."""

from __future__ import annotations

from typing import Any

from fastapi.responses import HTMLResponse

from api import cursors
from api.console.filters import region_asked
from api.console.visit import Visiting, place_of
from api.section import Section
from models.region.rules import NATIONAL_SPAN, span
from models.stuck import queries

router = Section(prefix="/macet")

_PAGE = 30
_UNITS = {0: 10**8, 2: 10**6, 4: 10**4, 6: 1, 10: 1}
"""Digits of the region looked at -> how many village codes one of its children spans."""
_STEPS = 5


def _held(row: dict[str, Any]) -> int:
    """Return how many stand still in a cell: past their time, at it, or blocked whatever the time."""
    return int(row["late"] + row["due"] + row["blocked"])


def _heat(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return tallies as a table: regions down, states across, each with its shade from 0 to 5 and the numbers."""
    worst = max((_held(row) for row in rows), default=0)
    states = {(row["machine"], row["state"]): row["label"] for row in rows if _held(row)}
    regions = {row["region"]: row["region_name"] for row in rows}
    cells = {(row["region"], row["machine"], row["state"]): row for row in rows}
    for row in rows:
        held = _held(row)
        row["shade"] = 0 if not held else 1 + (held * (_STEPS - 1)) // worst
    return {"states": states, "regions": regions, "cells": cells}


@router.get("")
async def show(visit: Visiting, wilayah: str = "", kursor: str | None = None) -> HTMLResponse:
    """Show what is stuck within my scope, or a part of it."""
    own = place_of(visit.who)
    code = region_asked("wilayah", wilayah) or own or 0
    lo, hi = span(code) if code else NATIONAL_SPAN
    wanted = queries.Filter(lo, hi) if wilayah else queries.Filter()
    page = await queries.list_stuck(visit.conn, wanted, after=cursors.read_due(kursor), limit=_PAGE)
    counted = await queries.counts(visit.conn, lo, hi, _UNITS[len(str(code)) if code else 0])
    return visit.page(
        "macet.html",
        rows=page.rows,
        region=wilayah,
        next=cursors.written_due(page.after),
        heat=_heat(counted["counts"]),
        as_of=counted["as_of"],
        trend=counted["trend"],
        failing=counted["failing"],
    )
