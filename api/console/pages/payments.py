"""Tahap: where the money of a programme and period stands, what failed, under which papers, and what waits for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from api.console.charts import Part, stacked
from api.console.filters import number_asked
from api.console.numbers import whole
from api.console.visit import Posting, Visit, Visiting, visit_of
from api.routes.batches import woken
from api.section import Section
from api.shapes import BatchIn, Number
from models.approval.queries import of_batch
from models.batch import queries as batches
from models.batch.errors import BatchNotFound
from models.database import Conn
from models.errors import AlurError
from models.penyaluran import commands
from models.penyaluran.queries import balance, funds, papers_of, payments, periods
from models.perbaikan.queries import failures
from models.region.rules import parse
from models.rule.queries import states_of_machine

router = Section(prefix="/tahap")

_PAGE = 20
ACCOUNTS = ("selesai", "open", "disetor", "hangus", "keluar")
"""The accounts of the closing formula, in the order in which the picture shows them."""


def account_bar(told: Mapping[str, int]) -> list[Part]:
    """Return the position of funds as one bar, a part per account of the closing formula."""
    return stacked([Part(name, told[name], shade) for shade, name in enumerate(ACCOUNTS, 1)])


class TahapUnclear(AlurError):
    """A tahap was asked for without a kabupaten or a period."""

    status = 422
    code = "tahap_belum_jelas"
    title = "Tahap belum jelas"
    title_en = "The tahap is not clear"
    text = "Isi kode kabupaten atau kota (4 angka) dan periode: tahun dan nomor tahap, misalnya 202604."
    text_en = "Give the code of a kabupaten or kota (4 digits) and the period: year and number, such as 202604."
    cure = "Perbaiki isian itu, lalu kirim lagi."
    cure_en = "Mend it and send it again."


async def _list(visit: Visit, status: int = 200, **more: Any) -> Response:
    asked = {name: visit.request.query_params.get(name, "") for name in ("tahap", "sebelum")}
    programme, _, period = asked["tahap"].partition("-")
    number = whole(period)
    chosen = (programme, number) if number is not None else None
    rows = await payments(visit.conn, before=number_asked("sebelum", asked["sebelum"]), limit=_PAGE)
    position = await funds(visit.conn, programme=chosen[0], period=chosen[1]) if chosen else []
    told = balance(position)
    return visit.page(
        "tahap.html",
        status,
        rows=rows,
        last=rows[-1]["id"] if len(rows) == _PAGE else None,
        periods=await periods(visit.conn),
        chosen=asked["tahap"] if chosen else "",
        balance=told,
        states=position,
        parts=account_bar(told),
        opens=visit.role == "direktorat",
        **{"error": None, "typed": {}, **more},
    )


@router.get("")
async def show(visit: Visiting) -> Response:
    """Show the payments in my sight, newest first, and the funds of one programme and period as a whole."""
    return await _list(visit)


@router.post("/buka")
async def open_tahap(post: Posting, request: Request) -> Response:
    """Open a tahap of my programme in one kabupaten; asked twice, it is the same."""
    async with visit_of(request) as visit:
        programme = str(visit.who["programme"] or "")

    async def work(conn: Conn) -> tuple[int, Any]:
        try:
            asked = BatchIn(
                kind="tahap",
                region=parse(post.text("wilayah")),
                programme=programme,
                period=int(post.text("periode") or 0),
            )
        except ValueError as error:
            raise TahapUnclear from error
        batch, title = await commands.open_tahap(conn, post.session, asked.region, asked.programme, asked.period)
        return 201, {"batch": batch, "title": title}

    try:
        _, told = await post.write(work)
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _list(visit, error.status, error=error, typed=dict(post.form))
    return RedirectResponse(f"/tahap/{told['batch']}", 303)


def _waiting(
    states: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    gates: Sequence[Mapping[str, Any]],
    role: str,
) -> list[dict[str, Any]]:
    """Return what waits for whom: states with cases by their holder, gates by theirs, mine first."""
    holders = {row["id"]: row for row in states}
    found = [
        {
            "role": holders[row["state"]]["holder"],
            "what": row["label"],
            "cases": row["cases"],
            "state": row["state"],
            "gate": None,
        }
        for row in rows
        if not holders[row["state"]]["rests"]
    ]
    found += [
        {"role": gate["role"], "what": gate["gate"], "cases": gate["cases"], "state": None, "gate": gate["id"]}
        for gate in gates
        if gate["state"] == "terbuka"
    ]
    return sorted(found, key=lambda one: (one["role"] != role, one["role"]))


@router.get("/{number}")
async def show_one(number: Number, visit: Visiting, dibangunkan: str = "") -> Response:
    """Show one payment of one kabupaten."""
    batch = await batches.get(visit.conn, number)
    if batch is None or batch["kind"] != "tahap":
        raise BatchNotFound(number)
    rows = await funds(visit.conn, batch=number)
    gates = await of_batch(visit.conn, number)
    told = balance(rows)
    states = await states_of_machine(visit.conn, "penyaluran")
    return visit.page(
        "tahap_satu.html",
        batch=batch,
        balance=told,
        parts=account_bar(told),
        states=rows,
        holders={row["id"]: row["holder"] for row in states},
        waiting=_waiting(states, rows, gates, visit.role),
        gates=gates,
        papers=await papers_of(visit.conn, number),
        failures=await failures(visit.conn, batch=number),
        runs=(await batches.runs(visit.conn, number))[:5],
        woken=bool(dibangunkan),
    )


@router.post("/{number}/bangunkan")
async def wake(number: Number, post: Posting) -> RedirectResponse:
    """Ask that the payment's flow looks again now. It does what can be done, and nothing else."""

    async def work(conn: Conn) -> tuple[int, Any]:
        await woken(conn, post.session, number)
        return 202, {"batch": number}

    await post.write(work)
    return RedirectResponse(f"/tahap/{number}?dibangunkan=1", 303)
