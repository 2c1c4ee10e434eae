"""Musdes: a village's list before, in and after its meeting; minutes kept page by page; the head decides by them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile

from api.console.visit import Posted, Posting, Visit, Visiting, visit_of
from api.routes.evidence import vault_of
from api.section import Section
from api.shapes import Number
from models.approval.queries import told
from models.batch import queries as batches
from models.case.outcomes import NO_SUCH_STEP
from models.case.queries import counts, fact_kinds, in_state, preview
from models.case.refusals import BY_ID as REFUSALS
from models.database import Conn, acting
from models.document.cleaning import clean
from models.document.commands import add_document, demand_may_add, demand_place
from models.document.errors import DocumentTooLarge
from models.errors import AlurError
from models.musdes import queries, rules
from models.musdes.commands import Said, decide_meeting, record
from models.musdes.errors import MeetingNotFound, MinutesIncomplete
from models.rule.queries import reasons_of, steps_from

router = Section(prefix="/musdes")

_VERDICT, _NOTE = "putusan.", "catatan."
_CLERK = {"usulan.masuk_musdes", rules.AGREE}
"""Whoever may take one of these steps may keep the minutes; the database demands the same."""
_COPIES = ("berita_acara", "daftar_hadir", "bnba", "sptjm")
"""Papers whose signed copies belong to every family of a list."""


@router.get("")
async def show(visit: Visiting, sebelum: Number | None = None) -> HTMLResponse:
    """Show the village lists with families that wait for, or come from, a meeting."""
    rows = await queries.meetings(visit.conn, before=sebelum)
    return visit.page("musdes.html", rows=rows, next=rows[-1]["id"] if len(rows) == queries.PAGE else None)


async def _meeting(visit: Visit, batch: int) -> dict[str, Any]:
    row = await batches.get(visit.conn, batch)
    if row is None or row["kind"] != "usulan":
        raise MeetingNotFound(batch)
    return row


def _is_withdrawing(step: Mapping[str, Any]) -> bool:
    """Tell the step that no list may offer first: all its families are ticked already."""
    return bool(step["trigger"] == "usulan.tarik_usulan")


async def _one_of_each_kind(visit: Visit, batch: int, state: str) -> list[int]:
    """Return a proposal of each kind among those of a list that stand in a state, on whichever page they are."""
    return list({row["jenis"]: row["case_id"] for row in await in_state(visit.conn, batch, f"usulan.{state}")}.values())


async def _taken_by(visit: Visit, step: Mapping[str, Any], cases: Sequence[int]) -> bool:
    """Return whether the kind of any of these proposals takes a step at all."""
    reason = (step["reasons"] or [None])[0]
    told = await preview(visit.conn, visit.session, step["trigger"], cases, reason=reason, kinds=step["needs"])
    return any(row["refusal"] != NO_SUCH_STEP for row in told)


def _overlaid(rows: list[dict[str, Any]], typed: Mapping[str, Any]) -> None:
    """Put what was typed over what is kept, and keep beside it what is kept where the two differ."""
    for row in rows:
        kept = row["verdict"] and (f"{row['verdict']}:{row['reason']}" if row["reason"] else row["verdict"])
        row["choice"], row["words"] = kept or "", row["note"] or ""
        if f"{_VERDICT}{row['case_id']}" in typed:
            row["choice"] = typed[f"{_VERDICT}{row['case_id']}"]
            row["words"] = typed.get(f"{_NOTE}{row['case_id']}", "")


async def _page(
    visit: Visit,
    batch: int,
    status: int = 200,
    *,
    page: int = 1,
    told_page: int = 1,
    typed: Mapping[str, Any] | None = None,
    **more: Any,
) -> HTMLResponse:
    row = await _meeting(visit, batch)
    waits, past = await queries.gates(visit.conn, batch)
    minutes = await queries.minutes(visit.conn, batch)
    meeting = await queries.families(visit.conn, batch, "musyawarah")
    known = await queries.listed(visit.conn, waits["id"]) if waits else set()
    outcomes = await queries.decided(visit.conn, past["id"]) if past else []
    outcomes.sort(key=lambda one: one["refusal"] is None)  # what needs somebody comes first
    start, told_start = ((max(one, 1) - 1) * queries.PAGE for one in (page, told_page))
    shown = meeting[start : start + queries.PAGE]
    _overlaid(shown, typed or {})
    ready = await queries.families(visit.conn, batch, "padan", limit=queries.PAGE)
    final = await queries.families(visit.conn, batch, "usulan_final", limit=queries.PAGE)
    steps = {
        state: sorted(await steps_from(visit.conn, [("usulan", state)], visit.role), key=_is_withdrawing)
        for state in ("padan", "musyawarah", "usulan_final")
    }
    mine = {step["trigger"] for listed in steps.values() for step in listed}
    for state in ("padan", "usulan_final"):
        some = await _one_of_each_kind(visit, batch, state)
        steps[state] = [step for step in steps[state] if await _taken_by(visit, step, some)]
    kinds = [one for one in await fact_kinds(visit.conn) if one["kind"] in _COPIES and visit.role in one["writers"]]
    facts = rules.typed(typed) if typed else minutes["facts"]
    context: dict[str, Any] = {
        "error": None,
        "saved": False,
        "decided_now": False,
        "uploaded": None,
        "wrong": {},
        **more,
    }
    return visit.page(
        "musdes_daftar.html",
        status,
        batch=row,
        ready=ready,
        final=final,
        counts=await counts(visit.conn, batch),
        meeting=meeting,
        shown=shown,
        start=start,
        page_no=max(page, 1),
        pages=-(-len(meeting) // queries.PAGE),
        facts=facts,
        kept=minutes,
        tally=queries.tally(meeting),
        seen=queries.fingerprint(minutes["facts"], meeting),
        late=[one for one in meeting if one["case_id"] not in known] if waits else [],
        gate=waits,
        past=past and past | await told(visit.conn, past["id"]),
        underway=waits is None and past is not None and past["state"] in {"disetujui", "ditolak"},
        outcomes=outcomes[told_start : told_start + queries.PAGE],
        told_page=max(told_page, 1),
        told_pages=-(-len(outcomes) // queries.PAGE),
        reasons=await reasons_of(visit.conn, [rules.REFUSE]),
        steps=steps,
        clerk=bool(mine & _CLERK),
        decider=rules.AGREE in mine,
        kinds=sorted(kinds, key=lambda one: _COPIES.index(one["kind"])),
        words=REFUSALS,
        **context,
    )


@router.get("/{batch}")
async def show_one(
    batch: Number,
    visit: Visiting,
    halaman: Number = 1,
    hasil: Number = 1,
    simpan: str = "",
    putus: str = "",
    unggah: Number | None = None,
) -> HTMLResponse:
    """Show one village list: who waits for the meeting, its minutes, what was decided, what is ready to be sent."""
    said: dict[str, Any] = {"saved": bool(simpan), "decided_now": bool(putus), "uploaded": unggah}
    return await _page(visit, batch, page=halaman, told_page=hasil, **said)


def _said(post: Posted) -> list[Said]:
    """Return what a sent form says about each family; `sisa` is the verdict of those left open."""
    rest = post.text("sisa")
    found = []
    for name in post.form:
        if not name.startswith(_VERDICT) or not name.removeprefix(_VERDICT).isdecimal():
            continue
        case = name.removeprefix(_VERDICT)
        verdict, _, reason = (post.text(name) or rest).partition(":")
        found.append(Said(int(case), verdict, reason, post.text(f"{_NOTE}{case}")))
    return [one for one in found if one.verdict in {"", *rules.TRIGGER_OF}]


@router.post("/{batch}/notulen")
async def keep(batch: Number, post: Posting, request: Request) -> Response:
    """Write down the facts of the meeting and what it said about the families of this page."""
    version, page = (post.numbers("versi") or [0])[0], (post.numbers("halaman") or [1])[0]
    typed = {name: value for name, value in post.form.items() if isinstance(value, str)}

    async def work(conn: Conn) -> tuple[int, Any]:
        return 200, {"version": await record(conn, post.session, batch, version, rules.typed(typed), _said(post))}

    try:
        await post.write(work)
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _page(visit, batch, error.status, page=page, typed=typed, error=error)
    # The next page follows by itself while there are families left to write down.
    return RedirectResponse(f"/musdes/{batch}?simpan=1&halaman={page + bool(post.text('lanjut'))}#notulen", 303)


@router.post("/{batch}/putusan")
async def decide(batch: Number, post: Posting, request: Request) -> Response:
    """Decide the meeting's list by its minutes, as the head of the village."""

    async def work(conn: Conn) -> tuple[int, Any]:
        decision = await decide_meeting(
            conn, post.session, batch, post.text("lihat"), note=post.text("catatan_putusan") or None
        )
        return 201, {"state": decision.state, "decided": decision.decided, "people": decision.people}

    try:
        await post.write(work)
    except AlurError as error:
        async with visit_of(request) as visit:
            wrong: dict[str, Any] = {}
            if isinstance(error, MinutesIncomplete):
                facts = (await queries.minutes(visit.conn, batch))["facts"]
                wrong = rules.unfit(facts, visit.now.date())
            return await _page(visit, batch, error.status, error=error, wrong=wrong)
    return RedirectResponse(f"/musdes/{batch}?putus=1#putusan", 303)


@router.post("/{batch}/berkas")
async def upload(batch: Number, post: Posting, request: Request) -> Response:
    """Add the signed copy of a paper to every family of the list it belongs to, once."""
    kind, file = post.text("jenis"), post.form.get("berkas")
    content = await file.read() if isinstance(file, UploadFile) else b""
    if len(content) > post.here.settings.document_mb_max * 2**20:
        raise DocumentTooLarge(post.here.settings.document_mb_max)
    vault = vault_of(post.here.settings)
    async with post.here.pool.connection() as conn:
        async with acting(conn, post.session) as seeing:
            known = await batches.get(seeing, batch)
            cases = await queries.covered(seeing, batch, "padan" if kind == "sptjm" else "musyawarah")
        if known is None or kind not in _COPIES or not cases:
            raise MeetingNotFound(batch)
        wanted = [await demand_may_add(conn, post.session, case, kind) for case in cases]
    cleaned = await clean(content)
    for one in wanted:
        demand_place(one, cleaned)

    async def work(conn: Conn) -> tuple[int, Any]:
        for one in wanted:
            await add_document(conn, vault, post.session, one, cleaned)
        return 201, {"cases": len(wanted)}

    try:
        await post.write(work, hashlib.sha256(content).digest())
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _page(visit, batch, error.status, error=error)
    return RedirectResponse(f"/musdes/{batch}?unggah={len(wanted)}#salinan", 303)
