"""What everybody may look up: who I am, regions, policy, machines."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.caller import Reading, Session
from api.documented import READ
from api.shapes import Moment, RegionCode, Text
from models.policy import queries as policies
from models.region import queries as regions
from models.region.errors import RegionNotFound
from models.region.rules import parse
from models.register.variables import reference
from models.user.queries import me
from state_machines import MACHINES
from state_machines.describe import as_data

router = APIRouter(tags=["rujukan"], responses=READ)


@router.get("/me")
async def who_am_i(conn: Reading, session: Session) -> dict[str, Any]:
    """Return the person behind the token, in which role, within which scope, and the time by the system's clock."""
    return await me(conn, session) | {"now": await policies.now(conn)}


def _region(row: regions.RegionInfo) -> dict[str, Any]:
    return asdict(row) | {"dotted": row.dotted, "kind": row.kind, "timezone": row.timezone}


@router.get("/regions")
async def search_regions(
    conn: Reading,
    q: Annotated[Text, Query(min_length=1, max_length=80, description="Nama atau kode", examples=["Soreang"])],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> dict[str, Any]:
    """Search the 91,599 regions by name or by the beginning of a code."""
    return {"regions": [_region(row) for row in await regions.search(conn, q, limit)]}


@router.get("/regions/{code}")
async def get_region(code: RegionCode, conn: Reading) -> dict[str, Any]:
    """Return one region with the path that leads to it and the regions directly below it."""
    number = parse(code)
    row = await regions.get(conn, number)
    if row is None:
        raise RegionNotFound(number)
    return _region(row) | {
        "path": [_region(above) for above in await regions.breadcrumb(conn, number)],
        "children": [_region(below) for below in await regions.children(conn, number)],
    }


@router.get("/policy")
async def read_policy(
    conn: Reading,
    prefix: Annotated[Text, Query(max_length=80, examples=["jendela."])] = "",
    at: Annotated[Moment | None, Query(description="Yang berlaku pada saat itu / as held then")] = None,
) -> dict[str, Any]:
    """Return what policy held at a moment (now unless told): every key with its value, version and decree."""
    return {"policy": await policies.held(conn, prefix, at)}


@router.get("/register/variables")
async def register_variables(conn: Reading) -> dict[str, Any]:  # noqa: ARG001 -- only for those who sign in
    """Return the questionnaire: each variable with type, limits and when it applies, each code in every numbering."""
    return reference()


@router.get("/machines")
async def machines(conn: Reading) -> dict[str, Any]:  # noqa: ARG001 -- only for those who sign in
    """Return the machines as declared: states, rules, roles, reason codes."""
    return as_data(MACHINES)
