"""Batches: who carries cases, how far they are, where the money stands."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from api.caller import Here, Reading, Recording
from api.documented import DECISION, READ, InputInvalid, refusals
from api.print.orders import Paper, ordered
from api.print.press import PrintTooHeavy, handed_out, pressed
from api.shapes import BatchIn, Id, Moment, Number, Period, Text
from api.writes import Writing
from models.approval.queries import of_batch
from models.batch import queries
from models.batch.commands import wake
from models.batch.errors import BatchNotFound, PaperNotFound
from models.case.queries import counts
from models.database import Conn, acting
from models.document.rules import PDF
from models.errors import OutOfScope, RequestKeyReused, SessionUnknown, WordUnknown
from models.penyaluran import commands
from models.penyaluran.errors import TahapNotDecreed, TahapNumberUnknown
from models.penyaluran.queries import balance, funds
from models.user.queries import demand_live, me

router = APIRouter(tags=["batch"])

_OPENED = refusals(
    *(SessionUnknown, OutOfScope, TahapNotDecreed, InputInvalid, WordUnknown, TahapNumberUnknown, RequestKeyReused)
)
_FILE = {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}


@router.get("/batches", responses=READ)
async def list_batches(
    conn: Reading,
    kind: Annotated[Text | None, Query(max_length=20, examples=["tahap"])] = None,
    state: Annotated[str | None, Query(pattern="^(terbuka|selesai)$")] = None,
    after: Number = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Return batches in my region or programme, oldest first; `after` is the last id already seen."""
    return {"batches": await queries.find(conn, kind=kind, state=state, after=after, limit=limit)}


@router.post("/batches", status_code=201, responses=_OPENED)
async def open_tahap(asked: BatchIn, write: Writing) -> JSONResponse:
    """Open a tahap of one's own programme in one kabupaten; asked twice, it is the same batch."""

    async def work(conn: Conn) -> tuple[int, Any]:
        batch, title = await commands.open_tahap(conn, write.session, asked.region, asked.programme, asked.period)
        return 201, {"batch": batch, "title": title}

    return await write.run(work)


@router.get("/batches/{batch}", responses=READ)
async def get_batch(batch: Id, conn: Reading) -> dict[str, Any]:
    """Return one batch: cases per state, its gates, its runs."""
    row = await queries.get(conn, batch)
    if row is None:
        raise BatchNotFound(batch)
    return row | {
        "counts": await counts(conn, batch),
        "approvals": await of_batch(conn, batch),
        "runs": await queries.runs(conn, batch),
    }


@router.post("/batches/{batch}/wake", status_code=202, responses=DECISION)
async def wake_batch(batch: Id, write: Writing) -> JSONResponse:
    """Ask that the batch's flow looks again now. It does what can be done, and nothing else."""

    async def work(conn: Conn) -> tuple[int, Any]:
        await woken(conn, write.session, batch)
        return 202, {"batch": batch}

    return await write.run(work)


async def woken(conn: Conn, session: UUID, batch: int) -> None:
    """Wake a batch in somebody's sight.

    Raises:
        BatchNotFound: none of this number in his sight.
    """
    async with acting(conn, session) as seeing:
        await demand_live(seeing, session)
        if await queries.get(seeing, batch) is None:
            raise BatchNotFound(batch)
    await wake(conn, batch, "diminta")


@router.get(
    "/batches/{batch}/documents/{paper}.pdf",
    responses=READ | refusals(BatchNotFound, PaperNotFound, PrintTooHeavy) | {200: _FILE},
    response_class=Response,
)
async def print_document(
    batch: Id, paper: Paper, recorded: Recording, here: Here, approval: Annotated[Id | None, Query()] = None
) -> Response:
    """Return a paper of a batch as PDF/A, in Indonesian, a draft until it is decided. Families it names are noted.

    A village's list has `daftar-musdes`, `berita-acara` and `sptjm`; a kabupaten's month `surat-pengesahan`; decrees
    are `sk`. `approval` names the gate whose list is meant; without it the last one.
    """
    async with recorded.reading() as conn:
        who = await me(conn, recorded.session)
        letter = await ordered(conn, who, batch, paper, request=recorded.number, approval=approval)
    return handed_out(await pressed(letter, here.settings.public_url), f"{paper}-{batch}")


@router.get("/payments", responses=READ)
async def list_payments(conn: Reading, after: Number = 0) -> dict[str, Any]:
    """Return payment batches (tahap) in my sight with the balance of each."""
    rows = await queries.find(conn, kind="tahap", after=after, limit=50)
    return {"payments": [row | {"balance": balance(await funds(conn, batch=row["id"]))} for row in rows]}


@router.get("/funds", responses=READ)
async def position_of_funds(
    conn: Reading,
    batch: Id | None = None,
    programme: Annotated[Text | None, Query(max_length=20, examples=["PKH"])] = None,
    period: Annotated[Period | None, Query(examples=[202604])] = None,
    at: Annotated[Moment | None, Query(description="Keadaan pada saat itu / as of that moment")] = None,
) -> dict[str, Any]:
    """Return cases and rupiah per state, now or as of a moment, and the balance by the closing formula."""
    rows = await funds(conn, batch=batch, programme=programme, period=period, at=at)
    return {"states": rows, "balance": balance(rows)}


@router.get("/decrees", responses=READ)
async def list_decrees(conn: Reading, after: Number = 0) -> dict[str, Any]:
    """Return decrees in my sight: number, kind, how many cases, the fingerprint of the list."""
    return {"decrees": await queries.decrees(conn, after=after)}
