"""Pengguna: the accounts an administrator keeps, and the roles that wait for the head of an office."""

from __future__ import annotations

import base64
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import segno
from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.console.scopes import named
from api.console.visit import Posted, Posting, Visit, Visiting, place_of, visit_of
from api.routes.accounts import FILE_MB, XLSX
from api.section import Section
from api.shapes import Number
from api.writes import secret_write
from models.audit.signals import mass_changes
from models.database import Conn
from models.document.errors import DocumentTooLarge
from models.errors import AlurError
from models.region.errors import RegionCodeInvalid
from models.region.rules import parse
from models.signin.queries import events
from models.signin.rules import is_nik
from models.staff import commands, queries, workbook
from models.staff.rules import ADMINS, HEADS, Proposal, given_by
from models.usulan.workbook import WorkbookProblem
from state_machines.vocabulary import PROGRAMMES

router = Section(prefix="/pengguna")

_PAGE = 50
_EVENTS = 20
_NAME = range(2, 101)


class ProposalUnclear(AlurError):
    """A role was proposed with a NIK, name, region or day that is none."""

    status = 422
    code = "usulan_peran_belum_jelas"
    title = "Isian belum dapat dibaca"
    title_en = "Something cannot be read"
    text = "{0}"
    text_en = "{0}"
    cure = "Perbaiki isian itu, lalu kirim lagi."
    cure_en = "Mend it and send it again."

    @property
    def english(self) -> str:
        """The message in English."""
        return str(self.args[1])


class NotTheirKeeper(AlurError):
    """A role that keeps no accounts and heads no office."""

    status = 403
    code = "bukan_pengelola_akun"
    title = "Halaman pengelola akun"
    title_en = "For those who keep accounts"
    text = "Peran Anda tidak mengelola akun dan tidak mengonfirmasi peran."
    text_en = "Your role keeps no accounts and confirms no roles."
    cure = "Pindah ke wilayah kerja admin atau kepala kantor, atau hubungi admin Anda."
    cure_en = "Switch to a scope as administrator or head, or ask your administrator."


def _demand_keeper(visit: Visit) -> None:
    if not visit.keeps_people:
        raise NotTheirKeeper


async def _with_places(visit: Visit, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return accounts with the places of their roles in words, and their times as times: JSON had them as text."""
    for row in rows:
        row["roles"] = await named(visit.conn, row["roles"] or [])
        for one in row["roles"]:
            one |= {name: one[name] and datetime.fromisoformat(one[name]) for name in ("valid_from", "valid_to")}
    return rows


async def _page(visit: Visit, status: int = 200, *, after: int = 0, **more: Any) -> Response:
    _demand_keeper(visit)
    given = {name: visit.request.query_params.get(name, "").strip() for name in ("cari", "hanya")}
    which = given["hanya"] if given["hanya"] in queries.WHICH else None
    rows: list[dict[str, Any]] = []
    if visit.role in ADMINS:
        sought = given["cari"]
        nik = visit.here.keys.nik(sought) if is_nik(sought) else None
        rows = await queries.accounts(
            visit.conn,
            visit.session,
            after=after,
            limit=_PAGE,
            name=sought if sought and nik is None else None,
            nik_hash=nik,
            which=which,
        )
    return visit.page(
        "pengguna.html",
        status,
        rows=await _with_places(visit, rows),
        last=rows[-1]["account"] if len(rows) == _PAGE else None,
        sought=given["cari"],
        which=which,
        kinds=queries.WHICH,
        admin=visit.role in ADMINS,
        head=visit.role in HEADS,
        requests=await named(visit.conn, await queries.waiting(visit.conn, visit.session)),
        mass=await mass_changes(visit.conn, place_of(visit.who) or 0) if visit.role in ADMINS else [],
        **{"error": None, "done": "", **more},
    )


@router.get("")
async def show(visit: Visiting, sesudah: Number = 0, selesai: str = "") -> Response:
    """Show the roles that wait for me, and the accounts I keep."""
    return await _page(visit, after=sesudah, done=selesai)


def _ask(visit: Visit, status: int = 200, **more: Any) -> Response:
    _demand_keeper(visit)
    told = {"error": None, "problem": None, "typed": {}, **more}
    programmes = [one.id for one in PROGRAMMES]
    return visit.page("pengguna_baru.html", status, roles=given_by(visit.role), programmes=programmes, **told)


@router.get("/baru")
async def ask(visit: Visiting) -> Response:
    """Ask for one person and his role, or for a spreadsheet of many."""
    return _ask(visit)


def _proposal(post: Posted, zone: str) -> Proposal:
    """Return what a form proposes.

    Raises:
        ProposalUnclear: a field that the API would not take either.
    """
    nik, name, region, until = (post.text(field) for field in ("nik", "nama", "wilayah", "sampai"))
    nik = nik.replace(" ", "")
    if not is_nik(nik):
        raise ProposalUnclear("NIK harus 16 angka seperti di KTP.", "A NIK has 16 digits, as on the ID card.")
    if len(name) not in _NAME:
        raise ProposalUnclear("Nama harus 2 sampai 100 huruf.", "A name has 2 to 100 letters.")
    try:
        code = parse(region) if region else None
        day = datetime.fromisoformat(until).date() + timedelta(days=1) if until else None
    except RegionCodeInvalid as error:
        raise ProposalUnclear(error.message_id, error.message_en) from error
    except (ValueError, OverflowError) as error:
        raise ProposalUnclear("Hari terakhir bukan tanggal.", "The last day is no date.") from error
    return Proposal(
        nik,
        name,
        post.text("peran"),
        code,
        post.text("program") or None,
        post.text("lembaga") or None,
        valid_to=datetime.combine(day, time(), ZoneInfo(zone)) if day else None,
    )


@router.post("/baru")
async def propose(post: Posting, request: Request) -> Response:
    """Propose a role for whoever has a NIK; his account is made when there is none."""
    async with visit_of(request) as visit:
        zone = visit.zone

    async def work(conn: Conn) -> tuple[int, Any]:
        made = await commands.propose(conn, post.here.keys, post.session, _proposal(post, zone))
        return 201, {"account": made.account, "request": made.request, "state": made.state, "new": made.is_new}

    try:
        _, told = await post.write(work)
    except AlurError as error:
        async with visit_of(request) as visit:
            return _ask(visit, error.status, error=error, typed=dict(post.form))
    return RedirectResponse(f"/pengguna/{told['account']}?selesai=diusulkan", 303)


@router.get("/templat.xlsx")
async def template(visit: Visiting) -> Response:
    """Hand out the empty spreadsheet."""
    _demand_keeper(visit)
    return Response(
        workbook.write((), language=visit.language),
        media_type=XLSX,
        headers={"Content-Disposition": 'attachment; filename="akun.xlsx"'},
    )


@router.post("/impor")
async def take_file(post: Posting, request: Request) -> Response:
    """Propose a role per row of a spreadsheet; the bad rows come back, each with what to mend, and are kept nowhere."""
    file = post.form.get("daftar")
    try:
        content = await file.read(FILE_MB * 2**20 + 1) if isinstance(file, UploadFile) else b""
        if len(content) > FILE_MB * 2**20:
            raise DocumentTooLarge(FILE_MB)
        rows = await run_in_threadpool(workbook.read, content)

        async def work(conn: Conn) -> tuple[int, Any]:
            return 201, await commands.propose_all(conn, post.here.keys, post.session, rows)

        _, done = await secret_write(request, post.session, work)
    except (AlurError, WorkbookProblem) as problem:
        refused = isinstance(problem, AlurError)
        async with visit_of(request) as visit:
            status = problem.status if isinstance(problem, AlurError) else problem.status_code
            told = {"error" if refused else "problem": problem}
            return _ask(visit, status, **told)
    bad = [row for row in done.rows if row.mistakes]
    async with visit_of(request) as visit:
        rejected = base64.b64encode(workbook.write(bad, language=visit.language)).decode() if bad else None
        return visit.page("pengguna_impor.html", done=done, bad=bad, rejected=rejected, media=XLSX)


@router.post("/permintaan/{number}")
async def answer_request(number: Number, post: Posting, request: Request) -> Response:
    """Confirm or refuse a proposed role as the head of its office."""
    yes = post.text("putusan") == "setuju"

    async def work(conn: Conn) -> tuple[int, Any]:
        reason = None if yes else post.reason()
        state = await commands.decide(conn, post.session, number, confirm=yes, reason=reason)
        return 200, {"request": number, "state": state}

    try:
        await post.write(work)
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _page(visit, error.status, error=error)
    return RedirectResponse(f"/pengguna?selesai={'dikonfirmasi' if yes else 'ditolak'}", 303)


async def _one(visit: Visit, number: int, status: int = 200, **more: Any) -> Response:
    _demand_keeper(visit)
    [row] = await _with_places(visit, [await queries.account(visit.conn, visit.session, number)])
    return visit.page(
        "pengguna_satu.html",
        status,
        row=row,
        events=await events(visit.conn, account=number, limit=_EVENTS),
        **{"error": None, "typed": {}, "done": "", **more},
    )


@router.get("/{number}")
async def show_one(number: Number, visit: Visiting, selesai: str = "") -> Response:
    """Show one account: its roles, its factors, what happened to it, and what I may do with it."""
    return await _one(visit, number, done=selesai)


@router.post("/{number}/tautan")
async def make_link(number: Number, post: Posting, request: Request) -> Response:
    """Make a one-time link and show it this once, with its QR: to be printed or copied, and handed over in person."""

    async def work(conn: Conn) -> tuple[int, Any]:
        reason = post.text("alasan") and post.reason()
        lost = post.text("ganti_faktor") == "1"
        return 201, await commands.make_link(conn, post.session, number, reason=reason or None, clear_factors=lost)

    try:
        _, link = await secret_write(request, post.session, work)
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _one(visit, number, error.status, error=error, typed=dict(post.form))
    url = f"{post.here.settings.public_url.rstrip('/')}/masuk/tautan#{link.secret}"
    async with visit_of(request) as visit:
        row = await queries.account(visit.conn, visit.session, number)
        picture = segno.make(url, error="m").svg_data_uri(scale=4, dark="#000", light="#fff")
        return visit.page("pengguna_tautan.html", row=row, link=link, url=url, picture=picture)


async def _changed(number: int, post: Posted, request: Request, done: str, work: Any) -> Response:
    try:
        await post.write(work)
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _one(visit, number, error.status, error=error, typed=dict(post.form))
    return RedirectResponse(f"/pengguna/{number}?selesai={done}", 303)


@router.post("/{number}/tutup")
async def close(number: Number, post: Posting, request: Request) -> Response:
    """Close an account: its sessions are over at once."""
    return await _set_active(number, post, request, active=False)


@router.post("/{number}/buka")
async def reopen(number: Number, post: Posting, request: Request) -> Response:
    """Open a closed account again."""
    return await _set_active(number, post, request, active=True)


async def _set_active(number: int, post: Posted, request: Request, *, active: bool) -> Response:
    async def work(conn: Conn) -> tuple[int, Any]:
        await commands.set_active(conn, post.session, number, post.reason(), active=active)
        return 200, {"account": number, "active": active}

    return await _changed(number, post, request, "dibuka" if active else "ditutup", work)


@router.post("/{number}/peran/{assignment}/akhiri")
async def end_role(number: Number, assignment: Number, post: Posting, request: Request) -> Response:
    """End a role now; sessions in it are over at once."""

    async def work(conn: Conn) -> tuple[int, Any]:
        await commands.end_role(conn, post.session, assignment, post.reason())
        return 200, {"assignment": assignment, "ended": True}

    return await _changed(number, post, request, "diakhiri", work)
