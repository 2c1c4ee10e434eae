"""Import of village lists: the file in, the answer row by row, the bad rows back in the same layout."""

from __future__ import annotations

import hashlib
import io
from typing import Annotated, Any

from fastapi import File, Form, Request, UploadFile
from fastapi.responses import JSONResponse, Response

from api.caller import Reading
from api.documented import DECISION, READ
from api.section import Section
from api.shapes import Id, RegionCode
from api.writes import Writing
from models.database import Conn
from models.region.rules import parse
from models.usulan import queries
from models.usulan.commands import import_list
from models.usulan.errors import FileTooLarge, ImportNotFound
from models.usulan.workbook import write_template

router = Section(prefix="/imports", tags=["impor"])

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BYTES_MAX = 32 * 1024 * 1024
"""A village list of 50,000 members is about 6 MB; larger files are not one village's."""


@router.post("", status_code=201, responses=DECISION)
async def import_file(
    request: Request,
    write: Writing,
    file: Annotated[UploadFile, File(description="Daftar Musdes: XLSX dua lembar atau CSV")],
    region: Annotated[RegionCode, Form(examples=["32.04.05.2001"])],
) -> JSONResponse:
    """Take in a village list. Good families enter and are sent to the identity check; bad rows are told one by one.

    The first thousand errors are in the answer, `untold` is how many more stand in the workbook to mend; `warnings`
    kept nobody out, and `unread` names columns (sheet, column) whose headings mean nothing to us. The same file sent
    again changes nothing and answers with the figures of the first time (`repeated`).
    """
    content = await file.read(BYTES_MAX + 1)
    if len(content) > BYTES_MAX:
        raise FileTooLarge(BYTES_MAX // 1024 // 1024)
    name = "".join(filter(str.isprintable, file.filename or "daftar"))[:120]
    code = parse(region)

    async def work(conn: Conn) -> tuple[int, Any]:
        done = await import_list(conn, write.session, content, name, region=code)
        return 201, {
            "import": done.id,
            "batch": done.batch,
            "families": done.families,
            "good": done.good,
            "bad": done.bad,
            "repeated": done.repeated,
            "errors": list(done.errors),
            "untold": done.untold,
            "warnings": list(done.warnings),
            "unread": list(done.unread),
            "rejected": f"{request.url.path}/{done.id}/rejected.xlsx" if done.bad else None,
        }

    return await write.run(work, body=hashlib.sha256(content).digest() + region.encode())


@router.get("/template.xlsx", responses=READ | {200: {"content": {_XLSX: {}}}})
async def template(conn: Reading) -> Response:  # noqa: ARG001 -- only for those who sign in
    """Return the empty workbook, with help texts and drop-downs."""
    target = io.BytesIO()
    write_template(target, kind="xlsx")
    return workbook(target.getvalue(), "usulan.xlsx")


@router.get("/{number}", responses=READ)
async def get_import(number: Id, conn: Reading) -> dict[str, Any]:
    """Return what became of an imported file."""
    row = await queries.get_import(conn, number)
    if row is None:
        raise ImportNotFound(number)
    return row


@router.get("/{number}/rejected.xlsx", responses=READ | {200: {"content": {_XLSX: {}}}})
async def rejected(number: Id, conn: Reading) -> Response:
    """Return the families that could not enter, in the same layout, with a column that says what to mend."""
    content = await queries.rejected(conn, number)
    if content is None:
        raise ImportNotFound(number)
    return workbook(content, f"perbaiki-{number}.xlsx")


def workbook(content: bytes, name: str) -> Response:
    """Return a workbook as a file to be saved."""
    return Response(content, media_type=_XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
