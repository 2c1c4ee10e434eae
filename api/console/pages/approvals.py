"""Persetujuan: gates that wait for me, one gate with its list, and my decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.console.evidence import asked_of, fields
from api.console.visit import Posting, Visit, Visiting, visit_of
from api.shapes import Number
from models.approval import queries
from models.approval.commands import Except, decide
from models.approval.errors import DecisionUnproven
from models.approval.rules import asked
from models.case.queries import fact_kinds
from models.case.second import waiting_for
from models.database import Conn
from models.errors import AlurError, ApprovalNotFound, DecisionIncomplete
from models.rule.queries import reasons_of

router = APIRouter(prefix="/persetujuan")


@router.get("")
async def waiting(visit: Visiting) -> HTMLResponse:
    """Show the gates that wait for my role, soonest deadline first."""
    return visit.page(
        "persetujuan.html",
        gates=await queries.waiting(visit.conn, role=visit.role),
        seconds=await waiting_for(visit.conn, visit.session),
        past=await queries.waiting(visit.conn, role=visit.role, state="dijalankan", limit=20),
    )


async def _page(visit: Visit, number: int, status: int = 200, **more: Any) -> HTMLResponse:
    gate = await queries.get(visit.conn, number)
    if gate is None:
        raise ApprovalNotFound
    kinds = {row["kind"]: row for row in await fact_kinds(visit.conn)}
    reasons = await reasons_of(visit.conn, gate["triggers"])
    context = {"error": None, "typed": {}, "decided": False, **more}
    written = _written(gate)
    needed, refusing = (asked(gate["gate"], written, refusing=refusing) for refusing in (False, True))
    return visit.page(
        "gerbang.html",
        status,
        gate=gate,
        needed=fields([kinds[need] for need in needed]),
        needed_to_refuse=fields([kinds[need] for need in refusing if need not in needed]),
        excepting=[row for row in reasons if row["trigger"] != gate["triggers"][0]],
        refusing=[row for row in reasons if row["trigger"] in gate["triggers"][1:2]],
        mine=any(visit.who["user_id"] in row["persons"] for row in gate["decisions"]),
        **context,
    )


def _written(gate: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the evidence that is there already: fixed with the gate, or brought by whoever approved before."""
    brought = [row["evidence"] for row in gate["decisions"] if row["verdict"] == "setuju"]
    return {kind: value for told in (gate["evidence"], *brought) for kind, value in told.items()}


async def _demand_evidence(request: Request, number: int, verdict: str, told: Mapping[str, Any]) -> None:
    """Demand what the door will ask of a decision when it is carried out.

    Raises:
        DecisionUnproven: some of it was not filled in.
    """
    async with visit_of(request) as visit:
        gate = await queries.get(visit.conn, number)
        if gate is None:
            raise ApprovalNotFound
        kinds = {row["kind"]: row for row in await fact_kinds(visit.conn)}
    needed = asked(gate["gate"], _written(gate), refusing=verdict == "tolak")
    lacking = [kinds[need] for need in needed if need not in told]
    if lacking:
        raise DecisionUnproven(*(", ".join(row[label] for row in lacking) for label in ("label", "label_en")))


@router.get("/{number}")
async def show(number: Number, visit: Visiting, selesai: str = "") -> HTMLResponse:
    """Show a gate: what is decided over, by how many, until when; and the list as it was fixed."""
    return await _page(visit, number, decided=bool(selesai))


@router.post("/{number}")
async def make_decision(number: Number, post: Posting, request: Request) -> Response:
    """Approve or refuse, with exceptions case by case."""
    excepted = set(post.numbers("kecuali"))

    verdict = post.text("putusan")

    async def work(conn: Conn) -> tuple[int, Any]:
        if verdict not in {"setuju", "tolak"}:
            raise DecisionIncomplete("Belum dipilih: setujui atau tolak.")
        decided = await decide(
            conn,
            post.session,
            number,
            verdict,
            reason=post.text("alasan") or None,
            note=post.text("catatan") or None,
            evidence=asked_of(post.form),
            excepts=[
                Except(case, post.text("kecuali_langkah"), post.text("kecuali_alasan") or None, post.text("catatan"))
                for case in sorted(excepted)
            ],
        )
        return 201, {"state": decided.state, "decided": decided.decided, "people": decided.people}

    try:
        await _demand_evidence(request, number, verdict, asked_of(post.form))
        await post.write(work)
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _page(visit, number, error.status, error=error, typed=dict(post.form))
    return RedirectResponse(f"/persetujuan/{number}?selesai=1", 303)
