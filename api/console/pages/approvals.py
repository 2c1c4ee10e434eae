"""Persetujuan: gates that wait for me, one gate with its list, and my decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.console.evidence import asked_of, fields
from api.console.filters import number_asked
from api.console.pages.search import case_number
from api.console.visit import Posted, Posting, Visit, Visiting, visit_of
from api.section import Section
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

router = Section(prefix="/persetujuan")

_LISTED = 100
"""Cases of a gate on one page."""
_EXCEPTED_MOST = 1_000
"""Cases that one decision may except."""


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
    gate = await queries.get(visit.conn, number, limit=_LISTED)
    if gate is None:
        raise ApprovalNotFound
    kinds = {row["kind"]: row for row in await fact_kinds(visit.conn)}
    reasons = await reasons_of(visit.conn, gate["triggers"])
    context = {"error": None, "typed": {}, "excepted": (), "decided": False, **more}
    needed = _asked(gate, gate["triggers"][0])
    otherwise = dict.fromkeys(need for trigger in gate["triggers"][1:] for need in _asked(gate, trigger))
    return visit.page(
        "gerbang.html",
        status,
        gate=gate,
        needed=fields([kinds[need] for need in needed]),
        needed_to_refuse=fields([kinds[need] for need in otherwise if need not in needed]),
        excepting=[row for row in reasons if row["trigger"] != gate["triggers"][0]],
        refusing=[row for row in reasons if row["trigger"] in gate["triggers"][1:2]],
        mine=any(row["mine"] for row in gate["decisions"]),
        **context,
    )


def _asked(gate: Mapping[str, Any], trigger: str, *, excepting: bool = False) -> tuple[str, ...]:
    """Return the kinds of evidence still to be brought for a step.

    Approving has what was fixed with the gate and what whoever approved before brought; refusing the list only the
    first, excepting a case only the second.
    """
    approving = trigger == gate["triggers"][0]
    brought = [row["evidence"] for row in gate["decisions"] if row["verdict"] == "setuju" and (approving or excepting)]
    fixed = {} if excepting else gate["evidence"]
    return asked(gate["gate"], {kind for told in (fixed, *brought) for kind in told}, trigger)


async def _demand_evidence(
    request: Request, number: int, verdict: str, excepting: str, told: Mapping[str, Any]
) -> None:
    """Demand what the door will ask of a decision when it is carried out.

    `excepting` is the step that single cases take instead; empty where none does.

    Raises:
        DecisionUnproven: some of it was not filled in.
    """
    async with visit_of(request) as visit:
        gate = await queries.get(visit.conn, number, limit=0)
        if gate is None:
            raise ApprovalNotFound
    if verdict == "tolak":
        needed = [need for trigger in gate["triggers"][1:2] for need in _asked(gate, trigger)]
    else:
        needed = [*_asked(gate, gate["triggers"][0])]
        needed += _asked(gate, excepting, excepting=True) if excepting else ()
    lacking = [need for need in dict.fromkeys(needed) if need not in told]
    if lacking:
        raise DecisionUnproven(",".join(lacking))


@router.get("/{number}")
async def show(number: Number, visit: Visiting, selesai: str = "") -> HTMLResponse:
    """Show a gate: what is decided over, by how many, until when; and the list as it was fixed."""
    return await _page(visit, number, decided=bool(selesai))


@router.get("/{number}/daftar")
async def whole_list(number: Number, visit: Visiting, sesudah: str = "") -> HTMLResponse:
    """Show the list as it was fixed, a hundred cases a page; beside a form that is being filled in."""
    after = number_asked("sesudah", sesudah) or 0
    gate = await queries.get(visit.conn, number, after=after, limit=_LISTED)
    if gate is None:
        raise ApprovalNotFound
    last = gate["list"][-1]["case_id"] if len(gate["list"]) == _LISTED else None
    return visit.page("gerbang_daftar.html", gate=gate, next=last, first=after == 0)


def _excepted(post: Posted) -> set[int]:
    """Return the cases that a form excepts: those ticked, and those named by their numbers.

    Raises:
        DecisionIncomplete: a number that names no case, or too many.
    """
    named = post.text("kecuali_nomor").replace(",", " ").split()
    unread = [one for one in named if case_number(one) is None]
    if unread:
        raise DecisionIncomplete(f"Bukan nomor kasus: {unread[0]}. Contoh: USL-2026-0041873.")
    found = {*post.numbers("kecuali"), *(number for one in named if (number := case_number(one)) is not None)}
    if len(found) > _EXCEPTED_MOST:
        raise DecisionIncomplete(f"Paling banyak {_EXCEPTED_MOST} kasus dikecualikan sekaligus; tolak daftarnya.")
    return found


@router.post("/{number}")
async def make_decision(number: Number, post: Posting, request: Request) -> Response:
    """Approve or refuse, with exceptions case by case."""
    verdict = post.text("putusan")

    async def work(conn: Conn) -> tuple[int, Any]:
        excepted = _excepted(post)
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
        excepting = post.text("kecuali_langkah") if _excepted(post) else ""
        await _demand_evidence(request, number, verdict, excepting, asked_of(post.form))
        await post.write(work)
    except AlurError as error:
        async with visit_of(request) as visit:
            typed = dict(post.form)
            ticked = post.numbers("kecuali")
            return await _page(visit, number, error.status, error=error, typed=typed, excepted=ticked)
    return RedirectResponse(f"/persetujuan/{number}?selesai=1", 303)
