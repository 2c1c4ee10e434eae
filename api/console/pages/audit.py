"""Jejak: every move that matches what was asked, for those who read the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.console.visit import Visiting
from api.cursors import read, written
from models.audit import queries
from models.audit.errors import AuditNotYours
from models.audit.rules import may_look
from models.errors import AlurError
from models.region.errors import RegionProblem
from models.usulan.rules import WIB

router = APIRouter(prefix="/jejak")

_PAGE = 50
_FIELDS = ("actor", "office", "region", "decree", "payment", "reason", "rule", "trigger", "state")


def _day(text: str) -> datetime | None:
    """Return the beginning of a day in western Indonesian time; None for what is none."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=WIB) if text else None
    except ValueError:
        return None


@router.get("")
async def show(visit: Visiting, request: Request, kursor: str | None = None) -> Response:
    """Show moves, newest first."""
    if not may_look(visit.role):
        raise AuditNotYours(visit.role, "jejak")
    typed = {name: request.query_params.get(name, "").strip() for name in (*_FIELDS, "sejak", "sampai")}
    wanted: dict[str, Any] = {name: typed[name] or None for name in _FIELDS}
    asked = queries.Filter(**wanted, since=_day(typed["sejak"]), until=_day(typed["sampai"]))
    rows: list[dict[str, Any]] = []
    end, error = None, None
    try:
        rows, end = await queries.transitions(visit.conn, asked, visit.role, after=read(kursor), limit=_PAGE)
    except (AlurError, RegionProblem) as problem:
        error = problem
    here = [(name, value) for name, value in typed.items() if value]
    return visit.page(
        "jejak.html",
        422 if error else 200,
        rows=rows,
        typed=typed,
        error=error if isinstance(error, AlurError) else None,
        problem=error if isinstance(error, RegionProblem) else None,
        next=f"/jejak?{urlencode([*here, ('kursor', written(end))])}" if end else None,
    )
