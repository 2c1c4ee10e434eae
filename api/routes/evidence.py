"""Evidence: documents of a case in and out, what is known about it, and which kinds of fact there are."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from api.caller import Here, Reading, Recording, Session
from api.documented import DECISION, READ, refusals
from api.shapes import CaseId, Id, Kind
from api.uploads import read_upload
from api.writes import Writing
from models.case import queries as cases
from models.case.errors import CaseNotFound
from models.database import Conn
from models.document import queries
from models.document.cleaning import clean
from models.document.commands import add_document, demand_may_add, demand_place
from models.document.errors import (
    DocumentDamaged,
    DocumentLost,
    DocumentNotFound,
    DocumentRefused,
    DocumentTooLarge,
    KindWithoutDocument,
    VaultClosed,
)
from models.document.rules import EXTENSIONS, file_name
from models.document.vault import FileDamaged, FileMissing, Vault
from models.reads.commands import note
from models.settings import Settings
from models.user.queries import role_of

log = structlog.get_logger("alur.documents")

router = APIRouter(tags=["bukti"])

_BINARY = {"type": "string", "format": "binary"}
_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": _BINARY | {"description": "JPEG, PNG, atau PDF"}},
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": {"schema": _FORM}} | {kind: {"schema": _BINARY} for kind in EXTENSIONS},
    }
}
_HANDED_OUT = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
}
"""What is handed out was made by strangers: it is saved, never shown as a page of ours."""


def vault_of(settings: Settings) -> Vault:
    """Return where documents lie.

    Raises:
        VaultClosed: the operator set no key for them.
    """
    if settings.document_keys is None or not settings.document_keys.get_secret_value():
        raise VaultClosed
    return Vault.of(settings.document_folder, settings.document_keys.get_secret_value())


def told(row: dict[str, Any]) -> dict[str, Any]:
    """Return a document's row with the address of its file."""
    return row | {"file": f"/api/v1/documents/{row['id']}"}


async def _seen(conn: Conn, case_id: int) -> None:
    if await cases.get_case(conn, case_id) is None:
        raise CaseNotFound(case_id)


@router.post(
    "/cases/{case_id}/documents",
    status_code=201,
    responses=DECISION | refusals(DocumentRefused, DocumentTooLarge, KindWithoutDocument, VaultClosed),
    openapi_extra=_BODY,
)
async def upload_document(
    case_id: CaseId,
    kind: Annotated[Kind, Query(description="Jenis bukti / kind of evidence", examples=["foto_rumah_geotag"])],
    request: Request,
    write: Writing,
    here: Here,
) -> JSONResponse:
    """Add a document to a case as evidence: a JPEG, PNG or PDF, as the field `file` of a form or as the body itself.

    What counts is the content. Pictures are turned upright and lose what the camera wrote beside them; the place they
    name is kept as evidence. `counts` says whether the evidence is complete: two geotagged photos are two uploads.
    """
    vault = vault_of(here.settings)
    async with here.pool.connection() as conn:
        wanted = await demand_may_add(conn, write.session, case_id, kind)
    content = await read_upload(request, here.settings.document_mb_max)
    digest = hashlib.sha256(content).digest()
    cleaned = await clean(content)
    demand_place(wanted, cleaned)

    async def work(conn: Conn) -> tuple[int, Any]:
        return 201, told(await add_document(conn, vault, write.session, wanted, cleaned))

    return await write.run(work, body=digest)


@router.get("/cases/{case_id}/documents", responses=READ)
async def list_documents(case_id: CaseId, conn: Reading, session: Session) -> dict[str, Any]:
    """Return the documents of a case, newest first: kind, size, where and when a photo was taken, who added it."""
    await _seen(conn, case_id)
    return {"documents": [told(row) for row in await queries.documents(conn, case_id, await role_of(conn, session))]}


@router.get(
    "/documents/{number}",
    responses=READ
    | refusals(DocumentNotFound, DocumentLost, VaultClosed)
    | {200: {"content": {kind: {"schema": _BINARY} for kind in EXTENSIONS}}},
    response_class=Response,
)
async def download_document(number: Id, recorded: Recording, here: Here) -> Response:
    """Return a document's file, decrypted and checked against its hash, to be saved. That I took it is written down."""
    vault = vault_of(here.settings)
    async with recorded.reading() as conn:
        row = await taken(conn, number, recorded.number, await role_of(conn, recorded.session))
    return await handed_out(vault, row)


async def taken(conn: Conn, number: int, request: str, role: str) -> dict[str, Any]:
    """Return what is kept about a document that the caller takes, and write down that he did.

    Raises:
        DocumentNotFound: there is none in his sight, or none that his `role` is shown.
    """
    row = await queries.get_document(conn, number, role)
    if row is None:
        raise DocumentNotFound(number)
    await note(conn, "dokumen", case=row["case_id"], document=number, request=request)
    return row


async def handed_out(vault: Vault, row: dict[str, Any]) -> Response:
    """Return a document as a file that no browser shows as a page of ours.

    Raises:
        DocumentLost, DocumentDamaged: its file is not there, or not what it was.
    """
    number = row["id"]
    try:
        content = await run_in_threadpool(vault.get, row["sha256"])
    except FileMissing as error:
        log.exception("document file missing", document=number, sha256=row["sha256"])
        raise DocumentLost(number) from error
    except FileDamaged as error:
        log.exception("document file damaged", document=number, sha256=row["sha256"])
        raise DocumentDamaged(number) from error
    name = file_name(number, row["kind"], row["type"])
    return Response(
        content,
        media_type=row["type"],
        headers=_HANDED_OUT | {"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/cases/{case_id}/facts", responses=READ)
async def list_facts(case_id: CaseId, recorded: Recording) -> dict[str, Any]:
    """Return everything known about a case, newest first: what, from whom, since when, and whether it still counts."""
    async with recorded.reading() as conn:
        await _seen(conn, case_id)
        await note(conn, "bukti", case=case_id, request=recorded.number)
        return {"facts": await cases.told_facts(conn, recorded.session, case_id, await role_of(conn, recorded.session))}


@router.get("/facts/kinds", responses=READ)
async def list_kinds(conn: Reading) -> dict[str, Any]:
    """Return every kind of fact: its label, who writes it, how long it is fresh, and how many files make it."""
    return {"kinds": await cases.fact_kinds(conn)}
