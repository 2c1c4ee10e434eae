"""Jejak: every move that matches what was asked, for those who read the log."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response

from api.console.filters import day_asked, day_missing, hour_asked, out_of_order, region_asked
from api.console.visit import Visit, Visiting, place_of
from api.cursors import read, written
from api.section import Section
from models.audit import queries
from models.audit.errors import AuditNotYours
from models.audit.moments import region_at
from models.audit.rules import may_look
from models.audit.signals import SIGNALS, signals
from models.errors import AlurError
from models.region import queries as regions
from models.region.errors import RegionProblem
from models.region.rules import NATIONAL_SPAN, span
from state_machines import MACHINES

router = Section(prefix="/jejak")

_PAGE = 50
_LATE = time(23, 59)
_STATES: dict[str, tuple[str, ...]] = {}
"""What SIKS-NG calls a state -> every state called so, in whatever machine: people type what they read."""
for _machine in MACHINES:
    for _state in _machine.states:
        _called = _state.label.casefold()
        _STATES[_called] = (*_STATES.get(_called, ()), f"{_machine.name}.{_state.id}")
_REFUSED = list(
    {
        rule.target: machine.state[rule.target]
        for machine in MACHINES
        for rule in machine.rules
        if rule.refusal and rule.target.startswith(("ditolak", "tidak_"))
    }.values()
)
"""States in which a family was told no: what auditors are asked about first."""
_FIELDS = ("actor", "office", "region", "decree", "payment", "reason", "rule", "trigger", "state")


def _demand(visit: Visit) -> None:
    """Demand a role that reads the log.

    Raises:
        AuditNotYours: another role.
    """
    if not may_look(visit.role):
        raise AuditNotYours(visit.role, "jejak")


@router.get("")
async def show(visit: Visiting, request: Request, kursor: str | None = None) -> Response:
    """Show moves, newest first."""
    _demand(visit)
    typed = {name: request.query_params.get(name, "").strip() for name in (*_FIELDS, "sejak", "sampai")}
    wanted: dict[str, Any] = {name: typed[name] or None for name in _FIELDS}
    wanted["state"] = _STATES.get(typed["state"].casefold(), wanted["state"])
    since, end_of = (day_asked(name, typed[name], visit.zone) for name in ("sejak", "sampai"))
    if since and end_of and since > end_of:
        raise out_of_order("sampai", typed["sampai"])
    asked = queries.Filter(**wanted, since=since, until=end_of and end_of + timedelta(days=1))
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
        refused=_REFUSED,
        error=error if isinstance(error, AlurError) else None,
        problem=error if isinstance(error, RegionProblem) else None,
        next=f"/jejak?{urlencode([*here, ('kursor', written(end))])}" if end else None,
    )


@router.get("/isyarat")
async def first_signals(visit: Visiting, wilayah: str = "") -> Response:
    """Show where to look first: reversals, the head's word alone, automatic forwards, haste, many edits in a day."""
    _demand(visit)
    code = region_asked("wilayah", wilayah) or place_of(visit.who) or 0
    return visit.page("jejak_isyarat.html", told=await signals(visit.conn, code), names=SIGNALS, region=wilayah)


@router.get("/wilayah")
async def region_as_of(visit: Visiting, kode: str = "", pada: str = "", jam: str = "") -> Response:
    """Show how a region stood at a moment: cases and rupiah per state, rebuilt from the log."""
    _demand(visit)
    code = region_asked("kode", kode) or place_of(visit.who) or 0
    lo, hi = span(code) if code else NATIONAL_SPAN
    day, hour = day_asked("pada", pada, visit.zone), hour_asked("jam", jam)
    if hour and not day:
        raise day_missing("pada")
    late = hour or _LATE
    at = day and day.replace(hour=late.hour, minute=late.minute)
    found = await regions.get(visit.conn, code) if code else None
    told = await region_at(visit.conn, lo, hi, at or visit.now)
    return visit.page("jejak_wilayah.html", told=told, row=found, code=kode, day=pada, hour=jam)
