"""Families: search, one family with everything about it, edits, accounts."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse

from api.caller import Reading, Recording
from api.documented import DECISION, READ, InputInvalid, refusals
from api.entry_shapes import ChangeIn
from api.section import Section
from api.shapes import AccountIn, HouseholdEdit, HouseholdIn, HouseholdSearch, Id
from api.writes import Writing
from models.bantuan.rules import answer
from models.database import Conn
from models.errors import OutOfScope, RegisterNotYours, RequestKeyReused, SessionUnknown
from models.policy import queries as policies
from models.reads.commands import note
from models.register import edits, queries
from models.register.commands import save_accounts
from models.register.errors import AccountTaken, HouseholdNotFound
from models.register.history import history
from models.register.household import described
from models.register.rules import mask
from models.usulan.change import propose_change
from models.usulan.errors import ChangeInvalid, EntryOpen, FamilyIncomplete

router = Section(prefix="/households", tags=["keluarga"])


@router.post("/search", responses=READ)
async def search(asked: HouseholdSearch, conn: Reading) -> dict[str, Any]:
    """Return families in my sight by NIK, No KK (exact) or the beginning of a member's name. Numbers are masked."""
    rows = await queries.search(conn, nik=asked.nik, no_kk=asked.no_kk, name=asked.name, limit=asked.limit)
    return {"households": [queries.masked(row) for row in rows]}


@router.post("", status_code=201, responses=DECISION)
async def new_household(family: HouseholdIn, write: Writing) -> JSONResponse:
    """Write a family the register does not have, such as one that split off; a proposal then names it."""

    async def work(conn: Conn) -> tuple[int, Any]:
        told = family.model_dump(exclude_unset=True, mode="json")
        return 201, {"household": await edits.new_family(conn, write.session, told), "version": 1}

    return await write.run(work)


@router.get("/{household_id}", responses=READ)
async def get_household(household_id: Id, recorded: Recording) -> dict[str, Any]:
    """Return one family: members, labelled answers and what still lacks one, and every programme and period.

    Each programme and period is told with its label and the reason for where it stands. That I looked is written down.
    """
    async with recorded.reading() as conn:
        found = (await queries.families(conn, [household_id])).get(household_id)
        if found is None:
            raise HouseholdNotFound(household_id)
        await note(conn, "keluarga", household=household_id, request=recorded.number)
        today = (await policies.now(conn)).date()
        shown = described(queries.masked(found), today)
        standing = await queries.standing(conn, household_id)
        return shown | {"programmes": standing, "answer": answer(standing).as_data()}


@router.get("/{household_id}/history", responses=READ)
async def get_history(household_id: Id, recorded: Recording) -> dict[str, Any]:
    """Return every version of a family: who made it, when, from what source, and the difference field by field."""
    async with recorded.reading() as conn:
        versions = await history(conn, recorded.session, household_id)
        if not versions:
            raise HouseholdNotFound(household_id)
        await note(conn, "riwayat", household=household_id, request=recorded.number)
    return {"household": household_id, "versions": versions}


@router.patch("/{household_id}", responses=DECISION)
async def edit_household(household_id: Id, edit: HouseholdEdit, write: Writing) -> JSONResponse:
    """Change fields and answers of a family and its members; what stood before is kept, the difference is returned."""

    async def work(conn: Conn) -> tuple[int, Any]:
        told = edit.model_dump(exclude_unset=True, mode="json")
        return 200, await edits.edit_family(conn, write.session, household_id, told)

    return await write.run(work)


@router.post(
    "/{household_id}/proposals",
    status_code=201,
    responses=refusals(
        SessionUnknown, RegisterNotYours, OutOfScope, HouseholdNotFound, ChangeInvalid, EntryOpen, FamilyIncomplete,
        InputInvalid, RequestKeyReused,
    ),
)  # fmt: skip
async def propose(household_id: Id, change: ChangeIn, write: Writing) -> JSONResponse:
    """Propose what happened to a family on record: a death, another payee, a move, a card of their own.

    It is sent to the identity check and joins that day's list of the village. What cannot be taken is told field by
    field in `errors`; where a village's name means several, `villages` names them.
    """

    async def work(conn: Conn) -> tuple[int, Any]:
        entered = await propose_change(conn, write.session, household_id, change.told())
        return 201, {"case": entered.case, "batch": entered.batch}

    return await write.run(work)


@router.post("/{household_id}/accounts", status_code=201, responses=DECISION)
async def correct_account(household_id: Id, account: AccountIn, write: Writing) -> JSONResponse:
    """Record a corrected account of the family's payee, to be tested before anything is paid to it."""

    async def work(conn: Conn) -> tuple[int, Any]:
        payee = await edits.payee_of(conn, write.session, household_id)
        told = {"household_id": household_id, "person_id": payee, "bank": account.bank, "number": account.number}
        made = await save_accounts(conn, write.session, [told])
        if household_id not in made:
            raise AccountTaken(account.bank, mask(account.number))
        return 201, {"account": made[household_id], "household": household_id}

    return await write.run(work)
