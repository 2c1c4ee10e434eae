"""Kasus: where it stands, until when, what I may do and why not the rest; and one step of it as a form."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.caller import site
from api.console.doing import add_file, take_step
from api.console.evidence import asked_of, fields
from api.console.pages.machine import way_of
from api.console.picture import phases
from api.console.visit import Posting, Visit, Visiting, visit_of
from api.routes.evidence import handed_out, taken, vault_of
from models.calendar.queries import openings_for
from models.calendar.rules import WAITS_FOR
from models.case import queries
from models.case.errors import CaseNotFound
from models.case.refusals import BY_ID as REFUSALS
from models.document.queries import documents
from models.errors import AlurError, OutOfScope
from models.handover.queries import officers
from models.lapangan.rules import VISITED
from models.register import queries as register
from models.rule.queries import reasons_named, states_named
from models.stuck import queries as stuck
from state_machines import BY_NAME

router = APIRouter(prefix="/kasus")


async def _case(visit: Visit, number: int) -> dict[str, Any]:
    found = await queries.get_case(visit.conn, number)
    if found is None:
        raise CaseNotFound(number)
    return found


async def _actions(visit: Visit, number: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what I may do, and what I may not with why, each with the label of where it leads."""
    rows = await queries.actions(visit.conn, visit.session, number)
    labels = await states_named(visit.conn, [(row["trigger"].partition(".")[0], row["target"]) for row in rows])
    for row in rows:
        row["page"] = f"/tugas/{number}" if row["trigger"] in VISITED else f"/kasus/{number}/langkah/{row['trigger']}"
        row["target_label"] = labels[row["trigger"].partition(".")[0], row["target"]]
        words = REFUSALS[row["refusal"]] if row["refusal"] else None
        row["why"] = words and {"text": words.text, "text_en": words.text_en}
    hidden = {"peran"}
    return (
        [row for row in rows if row["refusal"] is None],
        [row for row in rows if row["refusal"] is not None and row["refusal"] not in hidden],
    )


@router.get("/{number}")
async def show(number: int, request: Request, pindah: str = "", unggah: str = "") -> Response:
    """Show one case. The look is noted."""
    async with visit_of(request) as visit:
        return await _page(visit, number, moved=bool(pindah), uploaded=bool(unggah))


async def _page(visit: Visit, number: int, status: int = 200, **more: Any) -> Response:
    case = await _case(visit, number)
    await visit.noted("kasus", case=number)
    mine, closed = await _actions(visit, number)
    step = None if case["machine"] != "usulan" or case["terminal"] else WAITS_FOR.get(case["phase"])
    windows = await openings_for(visit.conn, step, [number]) if step else {}
    families = await register.families(visit.conn, [case["household_id"]]) if case["household_id"] else {}
    family = families.get(case["household_id"])
    kinds = [row for row in await queries.fact_kinds(visit.conn) if row["documents"] and visit.role in row["writers"]]
    timeline = await queries.timeline(visit.conn, number)
    return visit.page(
        "kasus.html",
        status,
        case=case,
        mine=mine,
        closed=closed,
        window=windows.get(number),
        family=register.masked(family) if family else None,
        facts=await queries.told_facts(visit.conn, visit.session, number),
        documents=await documents(visit.conn, number),
        document_kinds=kinds,
        timeline=timeline,
        phases=phases(BY_NAME[case["machine"]], way_of(timeline, case)),
        stuck=await stuck.of_case(visit.conn, number),
        **{"error": None, "moved": False, "uploaded": False, **more},
    )


async def _officers(visit: Visit, case: dict[str, Any]) -> list[dict[str, Any]]:
    """Return who may be sent about a case, least loaded first; nobody where the caller's office assigns nobody."""
    try:
        async with visit.conn.transaction():
            told = await officers(visit.conn, visit.session, case["region"], case["id"])
    except OutOfScope:
        return []
    found: list[dict[str, Any]] = told["officers"]
    return found


async def _step_page(visit: Visit, number: int, trigger: str, status: int = 200, **more: Any) -> HTMLResponse:
    case = await _case(visit, number)
    mine, closed = await _actions(visit, number)
    step = next((row for row in [*mine, *closed] if row["trigger"] == trigger), None)
    if step is None:
        raise CaseNotFound(number)
    kinds = {row["kind"]: row for row in await queries.fact_kinds(visit.conn)}
    asked = fields([kinds[need] for need in step["missing"] if visit.role in kinds[need]["writers"]])
    return visit.page(
        "langkah.html",
        status,
        case=case,
        step=step,
        asked=asked,
        officers=await _officers(visit, case) if any(one["widget"] == "petugas" for one in asked) else [],
        note="catatan" in step["needs"],
        reasons=await reasons_named(visit.conn, step["reasons"]),
        **{"error": None, "typed": {}, **more},
    )


@router.get("/{number}/langkah/{trigger}")
async def ask_step(number: int, trigger: str, visit: Visiting) -> HTMLResponse:
    """Ask for what a step needs, and say what it will bring."""
    return await _step_page(visit, number, trigger)


@router.post("/{number}/langkah/{trigger}")
async def step(number: int, trigger: str, post: Posting, request: Request) -> Response:
    """Take the step; what was typed is never lost to a refusal."""
    reason, note = post.text("alasan") or None, post.text("catatan") or None
    try:
        await take_step(post, number, trigger, reason=reason, note=note, facts=asked_of(post.form))
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _step_page(visit, number, trigger, error.status, error=error, typed=dict(post.form))
    return RedirectResponse(f"/kasus/{number}?pindah=1", 303)


@router.post("/{number}/berkas")
async def upload(number: int, post: Posting, request: Request) -> Response:
    """Add a document or picture to the case."""
    try:
        await add_file(post, number, post.text("jenis"))
    except CaseNotFound:
        raise
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _page(visit, number, error.status, error=error)
    return RedirectResponse(f"/kasus/{number}?unggah=1#berkas", 303)


files = APIRouter(prefix="/berkas")


@files.get("/{number}")
async def download(number: int, request: Request) -> Response:
    """Hand out a document, to be saved. That it was taken is noted."""
    vault = vault_of(site(request).settings)
    async with visit_of(request) as visit:
        row = await taken(visit.conn, number, str(request.state.number))
    return await handed_out(vault, row)
