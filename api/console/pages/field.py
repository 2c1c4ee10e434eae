"""Tugas lapangan: the visits that wait for a field worker, and one family at a time: photos, then what was found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.console.doing import add_file, take_step
from api.console.visit import Posting, Visit, Visiting, visit_of
from api.section import Section
from api.shapes import Number
from models.case import queries as cases
from models.case.errors import CaseNotFound, MoveRefused
from models.case.refusals import BY_ID as REFUSALS
from models.document.queries import documents
from models.errors import AlurError
from models.lapangan import rules
from models.lapangan.queries import TASKS_MOST, tasks
from models.region import queries as regions
from models.register import queries as register
from state_machines import BY_NAME, Rule

router = Section(prefix="/tugas")

_FAILED = "usulan.gagal_kunjung"
_UNREACHED = "tugas_tidak.html"


@router.get("")
async def show(visit: Visiting, selesai: str = "") -> HTMLResponse:
    """Show the visits that wait for me: first due first, those of one RT together."""
    rows = await tasks(visit.conn)
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["region"], row["region_name"], row["rt"], row["rw"]), []).append(row)
    return visit.page("tugas.html", groups=groups, count=len(rows), most=TASKS_MOST, done=selesai)


async def _task(visit: Visit, number: int) -> dict[str, Any]:
    """Return one visit: the case, its rule (None once it is no visit any more), the family, what there is and lacks.

    Raises:
        CaseNotFound: out of sight, or nobody's family.
    """
    case = await cases.get_case(visit.conn, number)
    families = await register.families(visit.conn, [case["household_id"]]) if case and case["household_id"] else {}
    if case is None or not families:
        raise CaseNotFound(number)
    await visit.noted("kasus", case=number)
    rule = rules.VISITS.get((case["machine"], case["state"]))
    if rule is None:
        return {"case": case, "rule": None}
    trigger = rules.trigger_of(case["machine"], rule)
    options = {row["trigger"]: row for row in await cases.actions(visit.conn, visit.session, number)}
    for row in options.values():
        refused = REFUSALS[row["refusal"]] if row["refusal"] else None
        row["why"] = refused and (refused.text_en if visit.language == "en" else refused.text)
    kind = next(row for row in await cases.fact_kinds(visit.conn) if row["kind"] == rules.PHOTOS)
    photos = {
        row["sha256"]: row
        for row in await documents(visit.conn, number, visit.role)
        if row["kind"] == rules.PHOTOS and row["at"] > case["since"]
    }
    return {
        "case": case,
        "rule": rule,
        "family": register.masked(families[case["household_id"]]),
        "option": options[trigger],
        "unreached": options.get(rules.UNREACHED),
        "target": BY_NAME[case["machine"]].state[rule.target].label,
        "others": [
            options[name] for name in (rules.UNREACHED, _FAILED) if name in options and not options[name]["refusal"]
        ],
        "kind": kind,
        "photos": list(photos.values()),
    }


async def _page(visit: Visit, number: int, template: str, status: int = 200, **more: Any) -> HTMLResponse:
    """Return one page about a visit.

    Raises:
        CaseNotFound: out of sight, or nobody's family.
        MoveRefused: a ground check cannot end as "not reached"; it is reported otherwise.
    """
    task = await _task(visit, number)
    if task["rule"] is None:
        return visit.page("tugas_lewat.html", 409, case=task["case"])
    if template == _UNREACHED and task["unreached"] is None:
        raise MoveRefused(number, rules.UNREACHED, "tidak_terbuka", task["case"]["state"], ())
    return visit.page(template, status, **task, **{"error": None, "wrong": [], "typed": {}, **more})


@router.get("/{number}")
async def one(number: Number, request: Request, foto: str = "") -> Response:
    """Show one family to visit, and what is still to be done there. The look is noted."""
    async with visit_of(request) as visit:
        return await _page(visit, number, "tugas_satu.html", saved=bool(foto))


@router.get("/{number}/foto")
async def ask_photo(number: Number, request: Request) -> Response:
    """Ask for a photo with its place."""
    async with visit_of(request) as visit:
        return await _page(visit, number, "tugas_foto.html")


@router.post("/{number}/foto")
async def take_photo(number: Number, post: Posting, request: Request) -> Response:
    """Keep a photo; without JavaScript it comes whole and as the camera made it."""
    try:
        await add_file(post, number, rules.PHOTOS)
    except CaseNotFound:
        raise
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _page(visit, number, "tugas_foto.html", error.status, error=error)
    return RedirectResponse(f"/tugas/{number}?foto=1", 303)


def _asked(rule: Rule) -> dict[str, Any]:
    """Return what the form of a visit offers to choose from."""
    return {
        "findings": rules.findings(rule),
        "respondents": rules.RESPONDENTS,
        "dwelling": rules.dwelling(),
    }


async def _form(visit: Visit, number: int, status: int = 200, **more: Any) -> HTMLResponse:
    case = await cases.get_case(visit.conn, number)
    rule = rules.VISITS.get((case["machine"], case["state"])) if case else None
    return await _page(visit, number, "tugas_hasil.html", status, **(_asked(rule) if rule else {}), **more)


@router.get("/{number}/hasil")
async def ask_result(number: Number, request: Request) -> Response:
    """Ask what was found."""
    async with visit_of(request) as visit:
        return await _form(visit, number)


@router.post("/{number}/hasil")
async def take_result(number: Number, post: Posting, request: Request) -> Response:
    """Report what was found; what was typed is never lost, to a slip or to a refusal."""
    typed = {name: value.strip() for name, value in post.form.items() if isinstance(value, str)}
    dead = post.numbers("anggota")
    kept = {"typed": typed, "dead": dead}
    async with visit_of(request) as visit:
        task = await _task(visit, number)
        if task["rule"] is None:
            return visit.page("tugas_lewat.html", 409, case=task["case"])
        family = task["family"]
        members = [member["id"] for member in family["members"]]
        report, wrong = rules.judged(task["rule"], typed, members, dead, family["variables"])
        if report is not None:
            wrong = await _unknown_village(visit, report)
        if report is None or wrong:
            return await _form(visit, number, 422, wrong=wrong, **kept)
    try:
        await take_step(
            post,
            number,
            task["option"]["trigger"],
            reason=report.reason,
            note=typed.get("catatan") or None,
            facts=report.evidence,
        )
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _form(visit, number, error.status, error=error, **kept)
    return RedirectResponse(f"/tugas?selesai={task['case']['number']}", 303)


async def _unknown_village(visit: Visit, report: rules.Report) -> list[rules.Wrong]:
    """Return what is wrong where a report names a village that there is not."""
    village = report.evidence[rules.FORM].get("tujuan")
    if village is None or await regions.get(visit.conn, village) is not None:
        return []
    text = "Tidak ada desa dengan kode ini; cari kodenya di halaman Wilayah."
    return [rules.Wrong("tujuan", text, "No village has this code; look for it on the page of regions.")]


async def _attempts(visit: Visit, number: int, status: int = 200, **more: Any) -> HTMLResponse:
    return await _page(visit, number, _UNREACHED, status, reasons=rules.unreached(), **more)


@router.get("/{number}/tidak-terjangkau")
async def ask_attempts(number: Number, request: Request) -> Response:
    """Ask for the days on which nobody was reached."""
    async with visit_of(request) as visit:
        return await _attempts(visit, number, days=[])


@router.post("/{number}/tidak-terjangkau")
async def take_attempts(number: Number, post: Posting, request: Request) -> Response:
    """Report a family that was not reached in three visits."""
    days = [value.strip() for value in post.form.getlist("tanggal") if isinstance(value, str)]
    typed = {"alasan": post.text("alasan"), "catatan": post.text("catatan")}
    kept: Mapping[str, Any] = {"typed": typed, "days": days}
    async with visit_of(request) as visit:
        report, wrong = rules.judged_attempts(days, typed["alasan"], _today(visit.now, visit.zone))
        if report is None:
            return await _attempts(visit, number, 422, wrong=wrong, **kept)
        case = (await _task(visit, number))["case"]
    try:
        await take_step(
            post, number, rules.UNREACHED, reason=report.reason, note=typed["catatan"] or None, facts=report.evidence
        )
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _attempts(visit, number, error.status, error=error, **kept)
    return RedirectResponse(f"/tugas?selesai={case['number']}", 303)


def _today(now: datetime, zone: str) -> Any:
    return now.astimezone(ZoneInfo(zone)).date()
