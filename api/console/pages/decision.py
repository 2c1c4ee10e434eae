"""One step for many cases: preview, confirm, an outcome for each.

What is decided about stays on the server under the preview's key (`Selection`): no form carries thousands of numbers.
Confirming takes it part by part, each part one transaction under a key of its own, and shows after a few seconds how
far it has come. A form sent twice, a line that broke and a process that died leave whole parts behind; sending once
more takes up the rest.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from time import monotonic
from typing import Any
from uuid import uuid4

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.console.evidence import asked_of, fields
from api.console.filters import number_asked
from api.console.pages.queue import MOST, filtered, waiting_for
from api.console.visit import Posted, Posting, Visit, Visiting, visit_of
from api.metrics import count_outcomes
from api.section import Section
from models.batch import queries as batches
from models.case import queries
from models.case.commands import move
from models.case.outcomes import Outcome
from models.case.refusals import BY_ID as REFUSALS
from models.database import Conn
from models.errors import AlurError, RequestKeyReused
from models.request.commands import keep
from models.request.queries import kept_answer, kept_answers
from models.rule.queries import reasons_named, steps_from
from models.usulan.workbook_values import guarded
from state_machines import BY_NAME

router = Section(prefix="/antrean")

_PART = 1_000
"""Cases of one transaction."""
_TURN_S = 2.0
"""A long decision shows how far it has come about so often, in seconds."""
_SHOWN = 100
"""Refused cases that a page shows; the list to download has them all."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a preview showed: a trigger, and cases each with the version that was seen; `batch` leads back to a list."""

    trigger: str
    cases: list[int]
    versions: list[int | None]
    batch: int | None

    def parts(self, key: str) -> dict[str, slice]:
        """Return the parts that it is carried out in: their request keys and which cases each has."""
        starts = range(0, len(self.cases), _PART)
        return {f"{key}.{number}": slice(start, start + _PART) for number, start in enumerate(starts)}


async def _selection(visit: Visit, key: str) -> Selection | None:
    kept = await kept_answer(visit.conn, visit.session, key)
    return Selection(**kept["selection"]) if kept and "selection" in kept else None


async def _rest(visit: Visit, key: str) -> list[int]:
    """Return the cases of a selection that have no outcome yet."""
    selection = await _selection(visit, key)
    if selection is None:
        return []
    parts = selection.parts(key)
    done = await kept_answers(visit.conn, visit.session, list(parts))
    return [case for part, which in parts.items() if part not in done for case in selection.cases[which]]


async def _chosen(visit: Visit, post: Posted) -> list[int]:
    """Return the cases that a form names: ticked, all that match its filter, or what an earlier decision left over."""
    if earlier := post.text("pilihan"):
        return await _rest(visit, earlier)
    if post.text("semua") != "1":
        return list(dict.fromkeys(post.numbers("kasus")))[:MOST]
    machine = post.text("mesin")
    states = [one for one in post.form.getlist("status") if isinstance(one, str)]
    wanted = filtered(
        machine,
        states or await waiting_for(visit, machine),
        post.text("wilayah"),
        post.text("alasan"),
        post.text("kelompok"),
    )
    return await queries.case_ids(visit.conn, wanted, limit=MOST)


async def _step(visit: Visit, trigger: str) -> dict[str, Any] | None:
    machine = BY_NAME.get(trigger.partition(".")[0])
    if machine is None:
        return None
    rows = await steps_from(visit.conn, [(machine.name, state.id) for state in machine.states], visit.role)
    return next((row for row in rows if row["trigger"] == trigger), None)


async def _foreseen(visit: Visit, step: dict[str, Any], cases: Sequence[int]) -> list[dict[str, Any]]:
    """Return what the step would bring each case, the evidence that the form asks for taken as given."""
    return await queries.preview(
        visit.conn,
        visit.session,
        step["trigger"],
        cases,
        reason=(step["reasons"] or [None])[0],
        kinds=[kind["kind"] for kind in await _asked(visit, step)],
    )


async def _asked(visit: Visit, step: dict[str, Any]) -> list[dict[str, Any]]:
    kinds = {row["kind"]: row for row in await queries.fact_kinds(visit.conn)}
    return [kinds[need] for need in step["needs"] if visit.role in kinds[need]["writers"]]


async def _confirm(
    visit: Visit, step: dict[str, Any], rows: Sequence[dict[str, Any]], key: str, status: int = 200, **more: Any
) -> HTMLResponse:
    """Ask for confirmation: numbers before names."""
    why = Counter(row["refusal"] for row in rows if row["refusal"])
    return visit.page(
        "antrean_pratinjau.html",
        status,
        step=step,
        count=len(rows),
        open=sum(1 for row in rows if row["refusal"] is None),
        why=[(REFUSALS[code], n) for code, n in why.most_common()],
        asked=fields(await _asked(visit, step)),
        note="catatan" in step["needs"],
        reasons=await reasons_named(visit.conn, step["reasons"]),
        **{"key": key, "error": None, **more},
    )


@router.post("/pratinjau")
async def preview(post: Posting, request: Request) -> Response:
    """Show what a step would bring, without moving anything; what was shown is kept for the decision."""
    async with visit_of(request) as visit:
        step, cases = await _step(visit, post.text("langkah")), await _chosen(visit, post)
        if step is None or not cases:
            return visit.page("antrean_kosong.html", 422)
        rows = await _foreseen(visit, step, cases)
        batch = number_asked("kelompok", post.text("kelompok"))
        seen = Selection(step["trigger"], [row["case_id"] for row in rows], [row["version"] for row in rows], batch)
        key = uuid4().hex
        await keep(visit.conn, visit.session, key, {"selection": asdict(seen)})
        # A page that knows the evidence already, such as a meeting's number, sends it along.
        return await _confirm(visit, step, rows, key, typed=dict(post.form))


@router.post("/jalankan")
async def run(post: Posting, request: Request) -> Response:
    """Take one step for all cases of a preview, or go on with it. Sent twice, it is done once."""
    key, turn_ends = post.key, monotonic() + _TURN_S
    async with visit_of(request) as visit:
        selection = await _selection(visit, key)
        if selection is None:
            return visit.page("antrean_kosong.html", 422)
        parts = selection.parts(key)
        done = await kept_answers(visit.conn, visit.session, list(parts))
    for part, which in parts.items():
        try:
            await _carry_out(post, selection, part, which)
        except RequestKeyReused:
            # What is done keeps the words it was done with; the page of outcomes takes up the rest under new ones.
            break
        except AlurError as error:
            return await _refused(post, selection, error)
        if part not in done and part != [*parts][-1] and monotonic() > turn_ends:
            async with visit_of(request) as visit:
                return await _told(visit, selection, key, form=post.form)
    return RedirectResponse(f"/antrean/hasil/{key}", 303)


async def _carry_out(post: Posted, selection: Selection, part: str, which: slice) -> None:
    """Move one part; done before, it stays as it was.

    Raises:
        AlurError: the door refused the decision as a whole; nothing of this part moved.
    """
    reason, note, evidence = post.text("alasan") or None, post.text("catatan") or None, asked_of(post.form)

    async def work(conn: Conn) -> tuple[int, Any]:
        outcomes = await move(
            conn,
            post.session,
            selection.trigger,
            selection.cases[which],
            versions=selection.versions[which],
            reason=reason,
            note=note,
            facts=evidence,
        )
        count_outcomes(selection.trigger, outcomes)
        return 200, {"outcomes": [_outcome(outcome) for outcome in outcomes]}

    said = json.dumps([reason, note, evidence], sort_keys=True).encode()
    await post.write(work, said, part)


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {"case": outcome.case_id, "outcome": outcome.outcome, "refusal": outcome.refusal, "state": outcome.state}


async def _refused(post: Posted, selection: Selection, error: AlurError) -> Response:
    """Say why a decision was refused: in its form, or, where a part of it is done, beside how far it came."""
    async with visit_of(post.request) as visit:
        key = post.key
        if len(await _rest(visit, key)) < len(selection.cases):
            return await _told(visit, selection, key, error.status, error=error, form=post.form)
        step = await _step(visit, selection.trigger)
        if step is None:
            return visit.page("antrean_kosong.html", 422)
        rows = await _foreseen(visit, step, selection.cases)
        return await _confirm(visit, step, rows, key, error.status, error=error, typed=dict(post.form))


@router.get("/hasil/{key}")
async def outcome(key: str, visit: Visiting) -> HTMLResponse:
    """Show what became of each case of a decision that I made; it may be read again for 90 days."""
    selection = await _selection(visit, key)
    return visit.page("antrean_kosong.html", 404) if selection is None else await _told(visit, selection, key)


async def _outcomes(visit: Visit, selection: Selection, key: str) -> list[dict[str, Any]]:
    parts = selection.parts(key)
    kept = await kept_answers(visit.conn, visit.session, list(parts))
    return [row for part in parts if part in kept for row in kept[part]["outcomes"]]


async def _told(visit: Visit, selection: Selection, key: str, status: int = 200, **more: Any) -> HTMLResponse:
    """Tell the outcomes so far; `form`, where given, is what goes on with the rest."""
    told = await _outcomes(visit, selection, key)
    refused = [row for row in told if row["refusal"]]
    numbers = await queries.numbers(visit.conn, [row["case"] for row in refused[:_SHOWN]])
    return visit.page(
        "antrean_hasil.html",
        status,
        trigger=selection.trigger,
        done=len(told),
        whole=len(selection.cases),
        counts=Counter(row["outcome"] for row in told),
        refused=refused[:_SHOWN],
        numbers=numbers,
        unshown=len(refused[_SHOWN:]),
        words=REFUSALS,
        answer_key=key,
        batch=await batches.get(visit.conn, selection.batch) if selection.batch else None,
        **{"error": None, "form": None, **more},
    )


@router.get("/hasil/{key}/ditolak.csv")
async def refused(key: str, visit: Visiting) -> Response:
    """Return the refused cases as a list that a spreadsheet opens: number, why, how to mend it."""
    selection = await _selection(visit, key)
    told = await _outcomes(visit, selection, key) if selection else []
    rows = [(row["case"], REFUSALS[row["refusal"]]) for row in told if row["refusal"]]
    numbers = await queries.numbers(visit.conn, [case for case, _ in rows])
    content = refused_list([(case, numbers.get(case, ""), said.id, said.text, said.cure) for case, said in rows])
    return Response(
        content,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="ditolak.csv"', "Cache-Control": "no-store"},
    )


def refused_list(rows: Sequence[tuple[object, ...]]) -> bytes:
    """Return refused cases as a list for spreadsheets, UTF-8 with its mark; no cell of it is a formula."""
    lines = io.StringIO()
    table = csv.writer(lines)
    table.writerow(["kasus", "nomor", "kode", "sebab", "perbaikan"])
    table.writerows([guarded(str(cell)) for cell in row] for row in rows)
    return lines.getvalue().encode("utf-8-sig")
