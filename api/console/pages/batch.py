"""Batch: what one flow carries together, in plain words; its gates, its runs, and what left it."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.console.visit import Posting, Visiting, visit_of
from api.print.orders import Paper, ordered
from api.print.press import handed_out, pressed
from api.section import Section
from api.shapes import Number
from models.approval.queries import get as gate_of
from models.approval.queries import of_batch, refused
from models.batch import queries
from models.batch.commands import wake
from models.batch.errors import BatchNotFound
from models.batch.rules import WATCHED, standing
from models.case.queries import counts
from models.case.refusals import BY_ID as REFUSALS
from models.database import Conn, acting
from models.rule.queries import states_named

router = Section(prefix="/batch")

_PAGE = 50
_KINDS = sorted({*WATCHED, "harian", "kabar", "pantau", "migrasi"})
_SK = {"penetapan", "sk_program", "sk_tahap"}


@router.get("")
async def show(visit: Visiting, jenis: str = "", keadaan: str = "", sebelum: Number | None = None) -> HTMLResponse:
    """Show batches in sight, newest first, each with where it stands."""
    state = keadaan if keadaan in {"terbuka", "selesai"} else None
    kind = jenis if jenis in _KINDS else None
    rows = await queries.newest(visit.conn, kind=kind, state=state, before=sebelum, limit=_PAGE)
    for row in rows:
        row["standing"] = standing(row)
    return visit.page(
        "batch.html",
        rows=rows,
        kinds=_KINDS,
        kind=kind or "",
        state=state or "",
        next=rows[-1]["id"] if len(rows) == _PAGE else None,
    )


def _papers(
    row: dict[str, Any], gates: list[dict[str, Any]], told: dict[str, int]
) -> list[tuple[Paper, int | None, bool]]:
    """Return what can be printed now: which paper, of which gate, and whether it is decided."""
    if row["kind"] == "usulan":
        meets, waits = told.get("usulan.musyawarah", 0) > 0, told.get("usulan.padan", 0) > 0
        has: dict[Paper, bool] = {"daftar-musdes": meets, "berita-acara": meets or bool(gates), "sptjm": waits}
        return [(paper, None, False) for paper, holds in has.items() if holds]
    found: list[tuple[Paper, int | None, bool]] = []
    for gate in gates:
        name, decided = gate["gate"].partition(".")[0], gate["state"] in {"disetujui", "dijalankan"}
        if name == "pengesahan":
            found.append(("surat-pengesahan", gate["id"], decided))
        elif name in _SK:
            found.append(("sk", gate["id"], decided))
    return found


@router.get("/{batch}")
async def show_one(batch: Number, visit: Visiting, bangun: str = "") -> HTMLResponse:
    """Show one batch: cases by state, who decided at its gates, its runs, and the cases that left it."""
    row = await queries.one_standing(visit.conn, batch)
    if row is None:
        raise BatchNotFound(batch)
    told = await counts(visit.conn, batch)
    places = [(name.partition(".")[0], name.partition(".")[2]) for name in told]
    labels = await states_named(visit.conn, places)
    gates = await of_batch(visit.conn, batch)
    for gate in gates:
        whole = await gate_of(visit.conn, gate["id"])
        gate["decisions"] = whole["decisions"] if whole else []
    return visit.page(
        "batch_satu.html",
        batch=row | {"standing": standing(row)},
        states=[
            {"machine": machine, "state": state, "label": labels[machine, state], "n": told[f"{machine}.{state}"]}
            for machine, state in places
        ],
        gates=gates,
        refused=await refused(visit.conn, [gate["id"] for gate in gates]),
        words=REFUSALS,
        runs=await queries.runs(visit.conn, batch),
        left=await queries.left(visit.conn, batch),
        papers=_papers(row, gates, told),
        woken=bool(bangun),
    )


@router.post("/{batch}/bangun")
async def call(batch: Number, post: Posting) -> Response:
    """Ask that the batch's flow looks now; it does what it would do anyway."""

    async def work(conn: Conn) -> tuple[int, Any]:
        async with acting(conn, post.session) as seeing:
            if await queries.get(seeing, batch) is None:
                error = BatchNotFound(batch)
                return error.status, error
        await wake(conn, batch, "diminta")
        return 202, {"batch": batch}

    await post.write(work)
    return RedirectResponse(f"/batch/{batch}?bangun=1", 303)


@router.get("/{batch}/cetak/{paper}.pdf")
async def print_paper(batch: Number, paper: str, request: Request, gerbang: Number | None = None) -> Response:
    """Return a paper of the batch as a PDF to be saved; that families were printed is noted."""
    async with visit_of(request) as visit:
        number = str(request.state.number)
        letter = await ordered(visit.conn, visit.who, batch, paper, request=number, approval=gerbang)
        address = visit.here.settings.public_url
    return handed_out(await pressed(letter, address), f"{paper}-{batch}")
