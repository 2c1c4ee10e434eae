"""Keluarga: everything about one family in one answer."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.console.visit import Visit, visit_of
from models.case import queries as cases
from models.policy import queries as policies
from models.register import queries
from models.register.errors import HouseholdNotFound
from models.register.history import history
from models.register.household import described

router = APIRouter(prefix="/keluarga")


@router.get("/{number}")
async def show(number: int, request: Request) -> Response:
    """Show a family: members, answers, programmes, payments per period and why not, proposals. The look is noted."""
    async with visit_of(request) as visit:
        return await _page(visit, number)


async def _page(visit: Visit, number: int) -> Response:
    found = (await queries.families(visit.conn, [number])).get(number)
    if found is None:
        raise HouseholdNotFound(number)
    await visit.noted("keluarga", household=number)
    today = (await policies.now(visit.conn)).date()
    return visit.page(
        "keluarga.html",
        family=described(queries.masked(found), today),
        standing=await queries.standing(visit.conn, number),
        cases=await cases.list_cases(visit.conn, cases.Filter(household=number), limit=cases.PAGE_MAX),
        versions=await history(visit.conn, visit.session, number),
    )
