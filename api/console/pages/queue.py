"""Antrean: a list to choose cases from."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import HTMLResponse

from api import cursors
from api.console.filters import number_asked, region_asked
from api.console.visit import Visit, Visiting
from api.section import Section
from models.case import queries
from models.region.rules import span
from models.rule.queries import reasons_named, states_of_machine, steps_from
from state_machines import BY_NAME

router = Section(prefix="/antrean")

_PAGE = 50
MOST = 20_000
"""Cases of one decision in the browser: more than a kabupaten has waiting at a desk."""


def filtered(machine: str, states: list[str], region: str, reason: str = "", batch: str = "") -> queries.Filter:
    """Return the filter that a form of this page names.

    Raises:
        FilterUnreadable: the region or the batch is no number.
    """
    code = region_asked("wilayah", region)
    lo, hi = span(code) if code else (None, None)
    return queries.Filter(
        machine if machine in BY_NAME else None,
        tuple(states),
        lo,
        hi,
        batch=number_asked("kelompok", batch),
        reason=reason or None,
    )


async def waiting_for(visit: Visit, machine: str) -> list[str]:
    """Return the states of a machine whose cases wait for the visitor's role."""
    return [row["id"] for row in await states_of_machine(visit.conn, machine) if row["holder"] == visit.role]


@router.get("")
async def show(
    visit: Visiting,
    mesin: str = "usulan",
    status: Annotated[list[str] | None, Query()] = None,
    wilayah: str = "",
    alasan: str = "",
    kelompok: str = "",
    urut: str = "tenggat",
    kursor: str | None = None,
) -> HTMLResponse:
    """Show cases: those that wait for my role unless I choose others, first due first.

    Narrowed to a reason (`alasan`) or to what a batch carries (`kelompok`) they are those that a page of failures or of
    a payment names; by reason, longest there first.
    """
    machine = mesin if mesin in BY_NAME else "usulan"
    states = await states_of_machine(visit.conn, machine)
    known = [row["id"] for row in states]
    own = [row["id"] for row in states if row["holder"] == visit.role and not row["rests"]]
    chosen = [one for one in status or [] if one in known]
    wanted = filtered(machine, chosen or own, wilayah, alasan, kelompok)
    if alasan or any(row["rests"] for row in states if row["id"] in chosen):
        urut = "lama"  # what has ended is due no more
    rows: list[dict[str, Any]]
    if urut == "tenggat":
        rows = await queries.list_due(visit.conn, wanted, after=cursors.read_queue(kursor), limit=_PAGE)
        last = rows[-1] if len(rows) == _PAGE else None
        after = cursors.written_queue((last["due"], last["since"], last["id"]) if last else None)
    else:
        rows = await queries.list_cases(visit.conn, wanted, after=cursors.read_due(kursor), limit=_PAGE)
        last = rows[-1] if len(rows) == _PAGE else None
        after = cursors.written_due((last["since"], last["id"]) if last else None)
    if not chosen:  # what waits for me, which a case that was given to another village does not
        away = await queries.given_away(visit.conn, [row["id"] for row in rows])
        rows = [row for row in rows if row["id"] not in away]
    here = [("mesin", machine), *(("status", one) for one in chosen), ("wilayah", wilayah), ("alasan", alasan)]
    here += [("kelompok", kelompok), ("urut", urut)]
    return visit.page(
        "antrean.html",
        rows=rows,
        machine=machine,
        machines=list(BY_NAME),
        states=states,
        chosen=chosen,
        own=own,
        region=wilayah,
        reasons=await reasons_named(visit.conn, [alasan]) if alasan else [],
        batch=kelompok,
        sort=urut,
        next=f"/antrean?{urlencode([*here, ('kursor', after)])}" if after else None,
        steps=await steps_from(visit.conn, [(machine, one) for one in chosen or own], visit.role),
        most=MOST,
    )
