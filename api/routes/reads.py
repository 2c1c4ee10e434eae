"""Who looked at a family: for auditors, for the family itself; and numbers shown open for a stated purpose."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from api.access_shapes import PurposeIn, ReadTrail
from api.caller import Reading, Recording, Session
from api.documented import READ, InputInvalid, refusals
from api.shapes import Id, Near
from api.writes import secret_answer
from models.errors import SessionUnknown
from models.policy.queries import now, policy
from models.reads import queries
from models.reads.commands import Purpose, open_numbers
from models.reads.errors import NumbersStayMasked, PurposeUnknown, ReadersHidden
from models.region.rules import parse, span
from models.register.errors import HouseholdNotFound
from models.user.queries import me

router = APIRouter(tags=["pembacaan"])

_WEEK = timedelta(days=7)
_AUDITOR = READ | refusals(ReadersHidden)


async def auditing(conn: Reading, session: Session) -> None:
    """Demand an auditor.

    Raises:
        ReadersHidden: another role.
    """
    told = await me(conn, session)
    if told["scope"] != "national_read":
        raise ReadersHidden(told["role"])


Auditing = Depends(auditing)


@router.get("/reads/purposes", responses=READ)
async def list_purposes(conn: Reading) -> dict[str, Any]:
    """Return the purposes for which numbers of a family may be opened."""
    told = await policy(conn, "baca.tujuan")
    return {"purposes": [{"code": code, "label": label, "label_en": en} for code, (label, en) in told.items()]}


@router.post(
    "/households/{household_id}/numbers",
    responses=refusals(SessionUnknown, NumbersStayMasked, HouseholdNotFound, PurposeUnknown, InputInvalid),
)
async def show_numbers(household_id: Id, asked: PurposeIn, recorded: Recording) -> JSONResponse:
    """Return NIK, No KK and account numbers of a family in the open. Purpose, words and who asked are written down.

    Auditors see it, and the family sees that its numbers were opened, by which office and for what.
    """
    async with recorded.reading() as conn:
        told = await open_numbers(
            conn, recorded.session, household_id, Purpose(asked.purpose, asked.words), request=recorded.number
        )
    return secret_answer(told)


@router.get("/audit/reads", responses=_AUDITOR, dependencies=[Auditing])
async def list_reads(asked: Annotated[ReadTrail, Query()], conn: Reading) -> dict[str, Any]:
    """Return who looked at which family, newest first: role, office, purpose, request, and whether the day is unusual.

    For auditors. Lists show no numbers and leave no rows here.
    """
    lo, hi = span(parse(asked.region)) if asked.region else (None, None)
    wanted = queries.Filter(asked.account, asked.household, lo, hi, asked.what, asked.since, asked.until)
    rows = await queries.reads(conn, wanted, before=asked.before, limit=asked.limit)
    return {"reads": rows, "next": rows[-1]["id"] if len(rows) == asked.limit else None}


@router.get("/audit/reads/unusual", responses=_AUDITOR, dependencies=[Auditing])
async def list_unusual(
    conn: Reading,
    since: Annotated[Near | None, Query(alias="from", description="Sejak; bawaan: 7 hari / 7 days unless told")] = None,
    until: Annotated[Near | None, Query(description="Sebelum / before, exclusive")] = None,
    limit: Annotated[int, Query(ge=1, le=queries.PAGE_MAX)] = 50,
) -> dict[str, Any]:
    """Return readers who looked at more families in a day, or opened more numbers, than policy calls usual."""
    end = until or await now(conn) + timedelta(seconds=1)
    return {"days": await queries.unusual(conn, since or end - _WEEK, end, limit=limit)}


@router.get("/reads/mine", responses=READ)
async def who_looked(
    conn: Reading,
    before: Annotated[Id | None, Query(description="Id terakhir yang sudah dilihat / last one seen")] = None,
    limit: Annotated[int, Query(ge=1, le=queries.PAGE_MAX)] = 50,
) -> dict[str, Any]:
    """Return who looked at my own family: role, office, moment and purpose. Empty for everybody but citizens."""
    rows = await queries.readers(conn, before=before, limit=limit)
    return {"readers": rows, "next": rows[-1]["id"] if len(rows) == limit else None}
