"""Keluarga: everything about one family in one answer."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.console.visit import Visiting
from models.case import queries as cases
from models.policy import queries as policies
from models.register import queries
from models.register.errors import HouseholdNotFound
from models.register.history import history
from models.register.household import described

router = APIRouter(prefix="/keluarga")


@router.get("/{number}")
async def show(number: int, visit: Visiting) -> HTMLResponse:
    """Show a family: members, answers, programmes, payments per period and why not, proposals."""
    found = (await queries.families(visit.conn, [number])).get(number)
    if found is None:
        raise HouseholdNotFound(number)
    today = (await policies.now(visit.conn)).date()
    return visit.page(
        "keluarga.html",
        family=described(queries.masked(found), today),
        standing=await queries.standing(visit.conn, number),
        cases=await cases.list_cases(visit.conn, cases.Filter(household=number), limit=cases.PAGE_MAX),
        versions=await history(visit.conn, visit.session, number),
    )
