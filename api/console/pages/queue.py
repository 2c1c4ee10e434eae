"""Antrean: a list to choose from, and one step for many cases: preview, confirm, an outcome for each."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import cursors
from api.console.evidence import asked_of, fields
from api.console.filters import number_asked, region_asked
from api.console.visit import Posted, Posting, Visit, Visiting, visit_of
from api.metrics import count_outcomes
from models.batch import queries as batches
from models.case import queries
from models.case.commands import move
from models.case.outcomes import Outcome
from models.case.refusals import BY_ID as REFUSALS
from models.database import Conn
from models.errors import AlurError
from models.region.rules import span
from models.request.queries import kept_answer
from models.rule.queries import reasons_named, states_of_machine, steps_from
from models.usulan.workbook_values import guarded
from state_machines import BY_NAME

router = APIRouter(prefix="/antrean")

_PAGE = 50
_BULK_MOST = 1000
"""Cases of one decision in the browser; more go through the API."""


def _filter(machine: str, states: list[str], region: str, reason: str = "", batch: str = "") -> queries.Filter:
    code = region_asked("wilayah", region)
    lo, hi = span(code) if code else (None, None)
    return queries.Filter(
        machine if machine in BY_NAME else None,
        tuple(states),
        lo,
        hi,
        batch=number_asked("kelompok", batch),
        reason=reason or None,
    )


async def _mine(visit: Visit, machine: str) -> list[dict[str, Any]]:
    return [row for row in await states_of_machine(visit.conn, machine) if row["holder"] == visit.role]


@router.get("")
async def show(
    visit: Visiting,
    mesin: str = "usulan",
    status: Annotated[list[str] | None, Query()] = None,
    wilayah: str = "",
    alasan: str = "",
    kelompok: str = "",
    urut: str = "tenggat",
    kursor: str | None = None,
) -> HTMLResponse:
    """Show cases: those that wait for my role unless I choose others, first due first.

    Narrowed to a reason (`alasan`) or to what a batch carries (`kelompok`) they are those that a page of failures or of
    a payment names; by reason, longest there first.
    """
    machine = mesin if mesin in BY_NAME else "usulan"
    states = await states_of_machine(visit.conn, machine)
    known = [row["id"] for row in states]
    own = [row["id"] for row in states if row["holder"] == visit.role and not row["rests"]]
    chosen = [one for one in status or [] if one in known]
    wanted = _filter(machine, chosen or own, wilayah, alasan, kelompok)
    if alasan or any(row["rests"] for row in states if row["id"] in chosen):
        urut = "lama"  # what has ended is due no more
    rows: list[dict[str, Any]]
    if urut == "tenggat":
        rows = await queries.list_due(visit.conn, wanted, after=cursors.read_queue(kursor), limit=_PAGE)
        last = rows[-1] if len(rows) == _PAGE else None
        after = cursors.written_queue((last["due"], last["since"], last["id"]) if last else None)
    else:
        rows = await queries.list_cases(visit.conn, wanted, after=cursors.read_due(kursor), limit=_PAGE)
        last = rows[-1] if len(rows) == _PAGE else None
        after = cursors.written_due((last["since"], last["id"]) if last else None)
    here = [("mesin", machine), *(("status", one) for one in chosen), ("wilayah", wilayah), ("alasan", alasan)]
    here += [("kelompok", kelompok), ("urut", urut)]
    return visit.page(
        "antrean.html",
        rows=rows,
        machine=machine,
        machines=list(BY_NAME),
        states=states,
        chosen=chosen,
        own=own,
        region=wilayah,
        reasons=await reasons_named(visit.conn, [alasan]) if alasan else [],
        batch=kelompok,
        sort=urut,
        next=f"/antrean?{urlencode([*here, ('kursor', after)])}" if after else None,
        steps=await steps_from(visit.conn, [(machine, one) for one in chosen or own], visit.role),
        most=_BULK_MOST,
    )


async def _chosen(visit: Visit, post: Posted) -> list[int]:
    """Return the cases that a form names: those ticked, or all that match its filter, first due first."""
    if post.text("semua") != "1":
        return list(dict.fromkeys(post.numbers("kasus")))[:_BULK_MOST]
    states = [one for one in post.form.getlist("status") if isinstance(one, str)]
    if not states:
        states = [row["id"] for row in await _mine(visit, post.text("mesin"))]
    wanted = _filter(*(post.text("mesin"), states, post.text("wilayah"), post.text("alasan"), post.text("kelompok")))
    found: list[int] = []
    after = None
    while len(found) < _BULK_MOST:
        rows = await queries.list_cases(visit.conn, wanted, after=after, limit=queries.PAGE_MAX)
        found += [row["id"] for row in rows]
        if len(rows) < queries.PAGE_MAX:
            break
        after = rows[-1]["since"], rows[-1]["id"]
    return found[:_BULK_MOST]


async def _step(visit: Visit, trigger: str) -> dict[str, Any] | None:
    machine = BY_NAME.get(trigger.partition(".")[0])
    if machine is None:
        return None
    rows = await steps_from(visit.conn, [(machine.name, state.id) for state in machine.states], visit.role)
    return next((row for row in rows if row["trigger"] == trigger), None)


async def _preview(visit: Visit, trigger: str, cases: list[int], status: int = 200, **more: Any) -> HTMLResponse:
    step = await _step(visit, trigger)
    if step is None or not cases:
        return visit.page("antrean_kosong.html", 422)
    kinds = {row["kind"]: row for row in await queries.fact_kinds(visit.conn)}
    asked = [kinds[need] for need in step["needs"] if visit.role in kinds[need]["writers"]]
    rows = await queries.preview(
        visit.conn, visit.session, trigger, cases, reason=(step["reasons"] or [None])[0],
        kinds=[kind["kind"] for kind in asked],
    )  # fmt: skip
    why = Counter(row["refusal"] for row in rows if row["refusal"])
    return visit.page(
        "antrean_pratinjau.html",
        status,
        step=step,
        rows=rows,
        open=sum(1 for row in rows if row["refusal"] is None),
        why=[(REFUSALS[code], n) for code, n in why.most_common()],
        asked=fields(asked),
        note="catatan" in step["needs"],
        reasons=await reasons_named(visit.conn, step["reasons"]),
        **{"error": None, "typed": {}, **more},
    )


@router.post("/pratinjau")
async def preview(post: Posting, request: Request) -> Response:
    """Show what a step would bring, numbers before names, without doing anything."""
    async with visit_of(request) as visit:
        # A page that knows the evidence already, such as a meeting's number, sends it along.
        return await _preview(visit, post.text("langkah"), await _chosen(visit, post), typed=dict(post.form))


@router.post("/jalankan")
async def run(post: Posting, request: Request) -> Response:
    """Take one step for all named cases: one decision, an outcome for each. Sent twice, it is done once."""
    cases = list(dict.fromkeys(post.numbers("kasus")))[:_BULK_MOST]
    versions = dict(zip(post.numbers("kasus"), post.numbers("versi"), strict=False))
    trigger = post.text("langkah")

    async def work(conn: Conn) -> tuple[int, Any]:
        outcomes = await move(
            conn,
            post.session,
            trigger,
            cases,
            versions=[versions.get(case) for case in cases],
            reason=post.text("alasan") or None,
            note=post.text("catatan") or None,
            facts=asked_of(post.form),
        )
        count_outcomes(trigger, outcomes)
        batch = number_asked("kelompok", post.text("kelompok"))
        return 200, {"trigger": trigger, "outcomes": [_told(outcome) for outcome in outcomes], "batch": batch}

    try:
        await post.write(work)
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _preview(visit, trigger, cases, error.status, error=error, typed=dict(post.form))
    return RedirectResponse(f"/antrean/hasil/{post.key}", 303)


def _told(outcome: Outcome) -> dict[str, Any]:
    return {"case": outcome.case_id, "outcome": outcome.outcome, "refusal": outcome.refusal, "state": outcome.state}


@router.get("/hasil/{key}")
async def outcome(key: str, visit: Visiting) -> HTMLResponse:
    """Show what became of each case of a decision that I made; it stays to be read again."""
    answer = await kept_answer(visit.conn, visit.session, key)
    if answer is None or "outcomes" not in answer:
        return visit.page("antrean_kosong.html", 404)
    told = answer["outcomes"]
    return visit.page(
        "antrean_hasil.html",
        trigger=answer["trigger"],
        outcomes=told,
        counts=Counter(row["outcome"] for row in told),
        refused=[row for row in told if row["refusal"]],
        words=REFUSALS,
        answer_key=key,
        batch=await batches.get(visit.conn, answer["batch"]) if answer.get("batch") else None,
    )


@router.get("/hasil/{key}/ditolak.csv")
async def refused(key: str, visit: Visiting) -> Response:
    """Return the refused cases as a list that a spreadsheet opens: number, why, how to mend it."""
    answer = await kept_answer(visit.conn, visit.session, key) or {}
    refusals = [row for row in answer.get("outcomes", []) if row["refusal"]]
    words = [(row["case"], row["refusal"], REFUSALS[row["refusal"]]) for row in refusals]
    content = refused_list([(case, code, said.text, said.cure) for case, code, said in words])
    return Response(
        content,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="ditolak.csv"', "Cache-Control": "no-store"},
    )


def refused_list(rows: Sequence[tuple[object, ...]]) -> bytes:
    """Return refused cases as a list for spreadsheets, UTF-8 with its mark; no cell of it is a formula."""
    lines = io.StringIO()
    table = csv.writer(lines)
    table.writerow(["kasus", "kode", "sebab", "perbaikan"])
    table.writerows([guarded(str(cell)) for cell in row] for row in rows)
    return lines.getvalue().encode("utf-8-sig")
