"""Peta mesin: a machine's picture with every status explained, and where one case stands on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.console.picture import Way, draw
from api.console.visit import Visit, Visiting, visit_of
from api.shapes import Number
from models.case import queries
from models.case.errors import CaseNotFound
from models.policy.queries import held
from state_machines import BY_NAME, Machine

router = APIRouter()


@router.get("/mesin/{name}")
async def show(name: str, visit: Visiting) -> HTMLResponse:
    """Explain every status of a machine: its SIKS-NG label, what it means, who acts and until when."""
    machine = BY_NAME.get(name)
    if machine is None:
        return visit.page("mesin_lain.html", 404, machines=list(BY_NAME))
    return visit.page(
        "mesin.html",
        machine=machine,
        machines=list(BY_NAME),
        picture=draw(machine),
        times=await _times(visit, machine.name),
        leads={state.id: _leads(machine, state.id) for state in machine.states},
    )


async def _times(visit: Visit, machine: str) -> dict[str, str]:
    """Return how long a case may stand in each state, as the nation's policy says today."""
    rows = await held(visit.conn, f"sla.{machine}.")
    return {row["key"].rpartition(".")[2]: row["value"] for row in rows if "@" not in row["key"]}


def _leads(machine: Machine, state: str) -> list[str]:
    """Return the states that rules lead to from a state, corrections left out, in order and each once."""
    found = (rule.target for rule in machine.open_from(state) if not rule.undo_of and rule.target != state)
    return list(dict.fromkeys(found))


@router.get("/kasus/{number}/peta")
async def of_case(number: Number, request: Request) -> Response:
    """Show where a case stands on its machine: the way it came, and where it may go next. The look is noted."""
    async with visit_of(request) as visit:
        case = await queries.get_case(visit.conn, number)
        if case is None:
            raise CaseNotFound(number)
        await visit.noted("kasus", case=number)
        machine = BY_NAME[case["machine"]]
        way = way_of(await queries.timeline(visit.conn, number, visit.role), case)
        actions = await queries.actions(visit.conn, visit.session, number)
        steps = [row for row in actions if row["target"] != case["state"]]
        drawn = Way([state for state, _ in way], list(dict.fromkeys(row["target"] for row in steps)))
        picture = draw(machine, drawn)
        return visit.page("peta.html", case=case, machine=machine, picture=picture, way=way, steps=steps)


def way_of(timeline: Sequence[Mapping[str, Any]], case: Mapping[str, Any]) -> list[tuple[str, datetime]]:
    """Return the states a case was in as far as the reader may know, each with when it came there."""
    way = [(row["target"], row["at"]) for row in timeline]
    return way if way and way[-1][0] == case["state"] else [*way, (case["state"], case["since"])]
