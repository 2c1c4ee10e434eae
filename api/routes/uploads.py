"""Documents that come in pieces and go on after a cut: the core of tus 1.0 with creation (https://tus.io), and an end.

Creating says what the file is to become; pieces follow one another; HEAD tells how much has arrived. The document is
then made by a request of its own, which does exactly what an upload in one piece does, and may be repeated: whoever got
no answer asks again and gets the first one. The console has the same routes, and another way of saying who one is.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Path, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.caller import Session, Site, note_user, site
from api.documented import DECISION, InputInvalid, refusals
from api.routes.evidence import told, vault_of
from api.section import Section
from api.uploads import MB
from api.writes import answered
from models.database import Conn
from models.document.cleaning import clean
from models.document.commands import add_document, demand_may_add, demand_place
from models.document.errors import (
    DocumentRefused,
    DocumentTooLarge,
    KindWithoutDocument,
    UploadCrumbled,
    UploadElsewhere,
    UploadNotFound,
    UploadUndescribed,
    UploadUnfinished,
    UploadVersion,
    VaultClosed,
)
from models.document.landing import Landing, Ticket
from models.errors import SessionUnknown
from models.request.queries import kept_answer
from models.user.queries import demand_live

TUS = "1.0.0"
_TOLD = {"Tus-Resumable": TUS, "Cache-Control": "no-store"}
_PIECE = "application/offset+octet-stream"
_KIND_LONGEST = 80
_BINARY = {"type": "string", "format": "binary"}

Name = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="nama unggahan / name of the upload")]
Length = Annotated[int, Header(ge=1, description="panjang berkas, byte / length of the file, bytes")]
Offset = Annotated[int, Header(ge=0, description="mulai byte ke berapa / at which byte the piece begins")]
Metadata = Annotated[
    str,
    Header(
        max_length=1000,
        description="case dan kind, nilainya base64 / case and kind, values in base64",
        examples=["case NDE=,kind Zm90b19nZW90YWdfMg=="],
    ),
]


async def _version(tus_resumable: Annotated[str, Header(examples=[TUS])] = TUS) -> None:
    """Demand the protocol's version, where a client names one.

    Raises:
        UploadVersion: it speaks another.
    """
    if tus_resumable != TUS:
        raise UploadVersion(tus_resumable[:20], TUS)


def _metadata(told: str) -> tuple[int, str]:
    """Return case and kind as a client names them in tus' own way: names with base64 values, divided by commas.

    Raises:
        UploadUndescribed: it names none, or writes them otherwise.
    """
    try:
        pairs = dict(part.strip().split(" ", 1) for part in told.split(","))
        case, kind = (base64.b64decode(pairs[name], validate=True).decode() for name in ("case", "kind"))
    except (ValueError, KeyError, binascii.Error, UnicodeDecodeError) as error:
        raise UploadUndescribed from error
    if not re.fullmatch(r"[0-9]{1,18}", case) or not 0 < len(kind) <= _KIND_LONGEST:
        raise UploadUndescribed
    return int(case), kind


async def _piece(request: Request, most: int, mb_max: int) -> bytes:
    """Return a piece as far as it came: a line that is cut leaves what arrived before.

    Raises:
        DocumentTooLarge: it goes beyond the length announced.
    """
    got = bytearray()
    try:
        async for chunk in request.stream():
            got += chunk
            if len(got) > most:
                raise DocumentTooLarge(mb_max)
    except ClientDisconnect:
        pass
    return bytes(got)


@dataclass(frozen=True, slots=True)
class Uploads:
    """One request about uploads: who asks, and where his lie."""

    request: Request
    here: Site
    session: Session
    landing: Landing


async def _uploads(request: Request, session: Session) -> Uploads:
    """Return the uploads of whoever asks.

    Raises:
        SessionUnknown: nobody is signed in any more.
        VaultClosed: there is no place for documents.
    """
    here = site(request)
    vault = vault_of(here.settings)
    async with here.pool.connection() as conn:
        user = await demand_live(conn, session)
    note_user(request, session, user)
    return Uploads(request, here, session, Landing(vault, user))


Own = Annotated[Uploads, Depends(_uploads)]

router = Section(prefix="/uploads", tags=["bukti"], dependencies=[Depends(_version)])
_KNOWN = refusals(SessionUnknown, InputInvalid, UploadNotFound, UploadVersion, VaultClosed)


@router.post(
    "",
    status_code=201,
    response_class=Response,
    responses=DECISION | refusals(KindWithoutDocument, DocumentTooLarge, UploadUndescribed, UploadVersion, VaultClosed),
)
async def announce(upload_length: Length, upload_metadata: Metadata, own: Own) -> Response:
    """Announce a document that will come in pieces; the answer's Location is where they go."""
    case, kind = _metadata(upload_metadata)
    if upload_length > own.here.settings.document_mb_max * MB:
        raise DocumentTooLarge(own.here.settings.document_mb_max)
    async with own.here.pool.connection() as conn:
        await demand_may_add(conn, own.session, case, kind)
    name = await run_in_threadpool(own.landing.begin, Ticket(case, kind, upload_length))
    where = f"{own.request.url.path}/{name}"
    return Response(status_code=201, headers=_TOLD | {"Location": where, "Upload-Offset": "0"})


@router.head("/{name}", response_class=Response, responses=_KNOWN)
async def stands(name: Name, own: Own) -> Response:
    """Tell how many bytes have arrived, so that sending can go on from there."""
    ticket, at = await run_in_threadpool(own.landing.standing, name)
    return Response(headers=_TOLD | {"Upload-Offset": str(at), "Upload-Length": str(ticket.length)})


@router.patch(
    "/{name}",
    status_code=204,
    response_class=Response,
    responses=_KNOWN | refusals(UploadElsewhere, UploadCrumbled, DocumentTooLarge),
    openapi_extra={"requestBody": {"required": True, "content": {_PIECE: {"schema": _BINARY}}}},
)
async def send_piece(name: Name, upload_offset: Offset, own: Own) -> Response:
    """Take the next piece; what came of one that was cut is kept."""
    if own.request.headers.get("content-type", "").lower() != _PIECE:
        raise HTTPException(415)
    ticket, at = await run_in_threadpool(own.landing.standing, name)
    if upload_offset != at:
        raise UploadElsewhere(at)
    piece = await _piece(own.request, ticket.length - at, own.here.settings.document_mb_max)
    after = await run_in_threadpool(own.landing.add, name, at, piece)
    return Response(status_code=204, headers=_TOLD | {"Upload-Offset": str(after)})


@router.post(
    "/{name}/document", status_code=201, responses=DECISION | _KNOWN | refusals(UploadUnfinished, DocumentRefused)
)
async def make_document(name: Name, own: Own) -> JSONResponse:
    """Make the document of an upload that has wholly arrived, as `POST /cases/{case_id}/documents` does.

    The upload's name is the request key: whoever lost the answer asks again and gets it, and nothing is added twice.
    """
    key = f"unggahan:{name}"
    async with own.here.pool.connection() as conn:
        kept = await kept_answer(conn, own.session, key)
    if kept is not None:
        return JSONResponse(kept, 201)
    ticket, at = await run_in_threadpool(own.landing.standing, name)
    if at != ticket.length:
        raise UploadUnfinished(at, ticket.length)
    async with own.here.pool.connection() as conn:
        wanted = await demand_may_add(conn, own.session, ticket.case, ticket.kind)
    content = await run_in_threadpool(own.landing.content, name)
    try:
        cleaned = await clean(content)
        demand_place(wanted, cleaned)
    except DocumentRefused:
        await run_in_threadpool(own.landing.drop, name)
        raise
    vault = own.landing.vault

    async def work(conn: Conn) -> tuple[int, Any]:
        return 201, told(await add_document(conn, vault, own.session, wanted, cleaned))

    status, answer = await answered(own.request, own.session, key, work, hashlib.sha256(content).digest())
    await run_in_threadpool(own.landing.drop, name)
    return JSONResponse(jsonable_encoder(answer), status)
