"""Kasus: where it stands, until when, what I may do and why not the rest; and one step of it as a form."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.caller import site
from api.console import told
from api.console.contents import contents
from api.console.doing import add_file, take_step
from api.console.evidence import asked_of, field_of, fields, typed_before
from api.console.pages.machine import way_of
from api.console.picture import phases
from api.console.steps import steps_of
from api.console.visit import Posting, Visit, Visiting, visit_of
from api.routes.evidence import handed_out, taken, vault_of
from api.section import Section
from api.shapes import Number
from models.approval.queries import open_over
from models.batch import queries as batches
from models.calendar.queries import openings_for
from models.calendar.rules import waits_for
from models.case import queries, second
from models.case.errors import CaseNotFound, StepNotOpen
from models.case.linked import linked
from models.case.outcomes import WAITING
from models.case.rules import comments_on, refers, sees_comments
from models.case.timers import ahead
from models.comment.commands import LETTERS_MOST, write_comment
from models.comment.queries import comments
from models.database import Conn
from models.document.queries import documents
from models.errors import AlurError, OutOfScope
from models.handover.queries import officers
from models.lapangan.rules import FORM, reported
from models.perbaikan.rules import OFFICES
from models.register import queries as register
from models.register.history import Edits, edits_since
from models.rule.queries import reasons_named
from models.stuck import queries as stuck
from models.usulan.asked import asked_for
from state_machines import BY_NAME
from state_machines.facts import BY_ID as FACTS

router = Section(prefix="/kasus")

_DONE = ("pindah", "minta", "unggah", "masuk", "komentar")
"""What an address says was done just before."""


async def _case(visit: Visit, number: int) -> dict[str, Any]:
    found = await queries.get_case(visit.conn, number)
    if found is None:
        raise CaseNotFound(number)
    return found


@router.get("/{number}")
async def show(number: Number, request: Request) -> Response:
    """Show one case. The look is noted."""
    done = next((one for one in _DONE if request.query_params.get(one)), "")
    async with visit_of(request) as visit:
        return await _page(visit, number, done=done)


async def _page(visit: Visit, number: int, status: int = 200, **more: Any) -> HTMLResponse:
    case = await _case(visit, number)
    await visit.noted("kasus", case=number)
    mine, closed = await steps_of(visit, number)
    firsts = await second.first_of(visit.conn, number, visit.role)
    step = waits_for(case)
    windows = await openings_for(visit.conn, step, [number]) if step else {}
    families = await register.families(visit.conn, [case["household_id"]]) if case["household_id"] else {}
    family = families.get(case["household_id"])
    papers = [row for row in await queries.fact_kinds(visit.conn) if row["documents"]]
    facts = await queries.told_facts(visit.conn, visit.session, number, visit.role)
    files = await documents(visit.conn, number, visit.role)
    timeline = await queries.timeline(visit.conn, number, visit.role)
    names = {member["id"]: member["nama"] for member in family["members"]} if family else {}
    return visit.page(
        "kasus.html",
        status,
        case=case,
        mine=mine,
        closed=closed,
        firsts=firsts,
        window=windows.get(number),
        ahead=await ahead(visit.conn, number),
        gate=await open_over(visit.conn, number),
        family=register.masked(family) if family else None,
        unranked=told.unranked(case, family),
        facts=[row | {"told": contents(row["value"], names, visit.language)} for row in facts],
        amount=await queries.closed_at(visit.conn, number, visit.role) if case["machine"] == "penyaluran" else None,
        documents=files,
        document_kinds=[row for row in papers if visit.role in row["writers"]],
        offices=OFFICES,
        unseen={row["kind"] for row in papers} - {row["kind"] for row in files} - {FORM},
        asked_for=asked_for(case["jenis"] or "", facts, family, told.sent_at(timeline)),
        destination=await queries.destination(visit.conn, number),
        found=reported(facts) if visit.who["household_id"] is None else [],
        timeline=timeline,
        cause=told.cause(case, timeline, family),
        phases=phases(BY_NAME[case["machine"]], way_of(timeline, case)),
        stuck=await stuck.of_case(visit.conn, number),
        linked=await linked(visit.conn, number),
        comments=await comments(visit.conn, number, visit.role),
        sees_comments=sees_comments(visit.role),
        comments_on=comments_on(visit.role),
        refers=refers(visit.role),
        letters_most=LETTERS_MOST,
        **{"done": "", "error": None, "typed": {}, **more},
    )


async def _officers(visit: Visit, case: dict[str, Any]) -> list[dict[str, Any]]:
    """Return who may be sent about a case, least loaded first; nobody where the caller's office assigns nobody."""
    try:
        async with visit.conn.transaction():
            answer = await officers(visit.conn, visit.session, case["region"], case["id"])
    except OutOfScope:
        return []
    found: list[dict[str, Any]] = answer["officers"]
    return found


async def _edits(visit: Visit, case: dict[str, Any]) -> Edits | None:
    """Return what was changed of the case's family since the case stands where it does."""
    household = case["household_id"]
    return await edits_since(visit.conn, visit.session, household, case["since"]) if household else None


async def _known(visit: Visit, case: dict[str, Any]) -> dict[str, Any]:
    """Return what a form need not ask because the case tells it: the number of the village's list that carries it."""
    batch = await batches.get(visit.conn, case["batch"]) if case["batch"] else None
    return {"bukti.id_batch_musdes": batch["id"]} if batch and batch["kind"] == "usulan" else {}


async def _step_page(visit: Visit, number: int, trigger: str, status: int = 200, **more: Any) -> HTMLResponse:
    case = await _case(visit, number)
    mine, closed = await steps_of(visit, number)
    step = next((row for row in [*mine, *closed] if row["trigger"] == trigger), None)
    if step is None:
        error = more.get("error") or StepNotOpen()
        return await _page(visit, number, error.status, error=error)
    # Two persons agree when they give the same reason.
    second = bool(step["first"]) and step["first"]["user_id"] != visit.who["user_id"]
    agreed = step["first"]["reason"] if second else None
    kinds = {row["kind"]: row for row in await queries.fact_kinds(visit.conn)}
    facts = await queries.told_facts(visit.conn, visit.session, number, visit.role)
    # What the first of two persons brought is for the second to agree with, and not to write anew.
    before = {} if second else typed_before(facts, step["needs"], visit.role)
    sent = more.pop("typed", {})
    # A change is told anew each time: the newest word about it counts. What was typed before can be typed anew.
    needed = [
        need
        for need in step["needs"]
        if need in step["missing"] or FACTS[need].asks == "beda" or field_of(need) in {*before, *sent}
    ]
    asked = fields([kinds[need] for need in needed if visit.role in kinds[need]["writers"]])
    known = await _known(visit, case) if any(one["widget"] == "daftar" for one in asked) else {}
    return visit.page(
        "langkah.html",
        status,
        case=case,
        step=step,
        asked=asked,
        officers=await _officers(visit, case) if any(one["widget"] == "petugas" for one in asked) else [],
        edits=await _edits(visit, case) if any(one["widget"] == "beda" for one in asked) else None,
        note="catatan" in step["needs"],
        reasons=await reasons_named(visit.conn, [agreed] if agreed else step["reasons"]),
        typed=known | before | sent,
        **{"error": None, **more},
    )


@router.get("/{number}/langkah/{trigger}")
async def ask_step(number: Number, trigger: str, visit: Visiting) -> HTMLResponse:
    """Ask for what a step needs, and say what it will bring."""
    return await _step_page(visit, number, trigger)


@router.post("/{number}/langkah/{trigger}")
async def step(number: Number, trigger: str, post: Posting, request: Request) -> Response:
    """Take the step; what was typed is never lost to a refusal."""
    reason, note = post.text("alasan") or None, post.text("catatan") or None
    try:
        taken_step = await take_step(post, number, trigger, reason=reason, note=note, facts=asked_of(post.form))
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _step_page(visit, number, trigger, error.status, error=error, typed=dict(post.form))
    done = "minta" if taken_step["outcome"] == WAITING else "pindah"
    return RedirectResponse(f"/kasus/{number}?{done}=1", 303)


@router.post("/{number}/komentar")
async def comment(number: Number, post: Posting, request: Request) -> Response:
    """Tell the others who work on the case something; it moves nothing."""

    async def work(conn: Conn) -> tuple[int, Any]:
        written = await write_comment(conn, post.session, number, post.text("komentar"))
        return 201, {"comment": written.comment}

    try:
        await post.write(work)
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _page(visit, number, error.status, error=error, typed=dict(post.form))
    return RedirectResponse(f"/kasus/{number}?komentar=1#komentar", 303)


@router.post("/{number}/berkas")
async def upload(number: Number, post: Posting, request: Request) -> Response:
    """Add a document or picture to the case."""
    try:
        await add_file(post, number, post.text("jenis"))
    except CaseNotFound:
        raise
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _page(visit, number, error.status, error=error)
    return RedirectResponse(f"/kasus/{number}?unggah=1#berkas", 303)


files = Section(prefix="/berkas")


@files.get("/{number}")
async def download(number: Number, request: Request) -> Response:
    """Hand out a document, to be saved. That it was taken is noted."""
    vault = vault_of(site(request).settings)
    async with visit_of(request) as visit:
        row = await taken(visit.conn, number, str(request.state.number), visit.role)
    return await handed_out(vault, row)
