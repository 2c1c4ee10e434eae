"""Impor: a village's list in, the answer row by row, and what could not enter back in the same layout."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile

from api.console.visit import Posting, Visit, Visiting, place_of, visit_of
from api.routes.imports import BYTES_MAX, workbook
from api.section import Section
from api.shapes import Number
from models.database import Conn
from models.errors import AlurError
from models.region.errors import RegionCodeInvalid
from models.region.rules import parse
from models.usulan import queries
from models.usulan.commands import import_list, note_progress
from models.usulan.errors import FileTooLarge, ImportNotFound
from models.usulan.workbook import WorkbookProblem, write_template

router = Section(prefix="/impor")

_ROWS = 50
"""Answers that are shown before all are asked for: a page stays light on a bad line."""


def _page(visit: Visit, status: int = 200, **more: Any) -> Response:
    place = place_of(visit.who)
    own = str(place) if place and len(str(place)) == 10 else ""  # noqa: PLR2004 -- a village's code has ten digits
    return visit.page("impor.html", status, **{"error": None, "problem": None, "region": own, **more})


@router.get("")
async def ask(visit: Visiting) -> Response:
    """Ask for a list and the village it is from."""
    return _page(visit)


@router.post("")
async def take(post: Posting, request: Request) -> Response:
    """Take in a list; the same file sent again changes nothing."""
    file, region = post.form.get("daftar"), post.text("wilayah")
    content = await file.read(BYTES_MAX + 1) if isinstance(file, UploadFile) else b""
    name = file.filename if isinstance(file, UploadFile) else None
    shown = "".join(filter(str.isprintable, name or "daftar"))[:120]

    async def work(conn: Conn) -> tuple[int, Any]:
        if len(content) > BYTES_MAX:
            raise FileTooLarge(BYTES_MAX // 1024 // 1024)

        async def tell(done: int, of: int) -> None:
            await note_progress(conn, post.session, post.key, done, of)

        done = await import_list(conn, post.session, content, shown, region=parse(region), tell=tell)
        return 201, {"import": done.id}

    try:
        _, told = await post.write(work, hashlib.sha256(content).digest() + region.encode())
    except AlurError as error:
        async with visit_of(request) as visit:
            return _page(visit, error.status, error=error, region=region)
    except (RegionCodeInvalid, WorkbookProblem) as problem:
        async with visit_of(request) as visit:
            return _page(visit, problem.status_code, problem=problem, region=region)
    return RedirectResponse(f"/impor/{told['import']}", 303)


@router.get("/templat.xlsx")
async def template(visit: Visiting) -> Response:  # noqa: ARG001 -- only for those who sign in
    """Hand out the empty workbook."""
    target = io.BytesIO()
    write_template(target, kind="xlsx")
    return workbook(target.getvalue(), "usulan.xlsx")


@router.get("/kemajuan")
async def progress(visit: Visiting, kunci: str = "") -> Response:
    """Say how many families of a list that one is sending are done; nothing when none is on its way."""
    found = await queries.progress(visit.conn, visit.session, kunci)
    told = {} if found is None else {"selesai": found[0], "dari": found[1]}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


@router.get("/{number}")
async def show(number: Number, visit: Visiting, semua: str = "") -> Response:
    """Show what became of a list, row by row, now and later, to whoever sees it."""
    row = await queries.get_import(visit.conn, number)
    if row is None:
        raise ImportNotFound(number)
    told = {"errors": [], "untold": 0, "warnings": [], "unread": []} | row["report"]
    return visit.page("impor_hasil.html", row=row, told=told, most=None if semua else _ROWS)


@router.get("/{number}/perbaiki.xlsx")
async def rejected(number: Number, visit: Visiting) -> Response:
    """Hand out the families that could not enter, with a column that says what to mend."""
    content = await queries.rejected(visit.conn, number)
    if content is None:
        raise ImportNotFound(number)
    return workbook(content, f"perbaiki-{number}.xlsx")
