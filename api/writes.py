"""Writes: one transaction per request, committed at the edge, answered the same however often the request comes."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from api.caller import Session, note_writer, site
from models.database import Conn, retrying
from models.errors import AlurError
from models.request.commands import begin, end, release

Work = Callable[[Conn], Awaitable[tuple[int, Any]]]
"""What a write does with its transaction: returns HTTP status and answer.

An answer that is an error is a refusal: what the transaction wrote of it stays, the error is raised after the commit,
and the key is free again, because the same request may be right tomorrow.
"""

_KEY = Header(
    min_length=1,
    max_length=128,
    description="Kunci permintaan: kirim ulang dengan kunci yang sama dijawab sama, selama 90 hari / "
    "Request key: a repeat with the same key gets the same answer, for 90 days",
)


class Write:
    """One write request: its caller, its key, and the hash of what it asks."""

    def __init__(self, request: Request, session: UUID, key: str | None) -> None:
        self.request = request
        self.session = session
        self.key = key

    async def run(self, work: Work, *, body: bytes | None = None) -> JSONResponse:
        """Run `work` in one transaction and answer; a repeat under the same key is answered from the first time.

        Raises:
            RequestKeyReused: the key came before with another request.
        """
        said = await self.request.body() if body is None else body
        status, answer = await answered(self.request, self.session, self.key, work, said)
        return JSONResponse(answer if self.key else jsonable_encoder(answer), status)


def fingerprint(request: Request, said: bytes) -> str:
    """Return the hash by which a repeat of a request is known: its method, its address and what it says."""
    scope = request.scope
    path = scope["path"].replace("?", "%3F")  # what was typed as part of the address is not a query
    target = f"{scope['method']} {path}?".encode() + scope["query_string"]
    return hashlib.sha256(target + b"\n" + said).hexdigest()


async def answered(request: Request, session: UUID, key: str | None, work: Work, said: bytes) -> tuple[int, Any]:
    """Run `work` in one transaction; a repeat of the same request under the same key gets the first answer.

    Raises:
        AlurError: the refusal that `work` answered with; what it wrote of it stays.
        RequestKeyReused: the key came before with another request.
    """
    digest = fingerprint(request, said)

    async def once() -> tuple[int, Any]:
        async with site(request).pool.connection() as conn, conn.transaction():
            await note_writer(request, conn, session)
            if key is None:
                return await work(conn)
            return await _keyed(conn, session, key, digest, work)

    status, answer = await retrying(once)
    if isinstance(answer, AlurError):
        raise answer
    return status, answer


async def _keyed(conn: Conn, session: UUID, key: str, digest: str, work: Work) -> tuple[int, Any]:
    before = await begin(conn, session, key, digest)
    if before is not None:
        return before.status, before.answer
    status, answer = await work(conn)
    if isinstance(answer, AlurError):
        await release(conn, session, key)
        return status, answer
    told = jsonable_encoder(answer)
    await end(conn, session, key, status, told)
    return status, told


class SecretWrite:
    """A write that is asked or answered with a secret: nothing of it is kept, so it takes no request key."""

    def __init__(self, request: Request, session: UUID) -> None:
        self._request = request
        self.session = session

    async def run(self, work: Work) -> JSONResponse:
        """Run `work` in one transaction and answer; nobody on the way keeps the answer."""
        status, answer = await secret_write(self._request, self.session, work)
        return secret_answer(answer, status)


async def secret_write(request: Request, session: UUID, work: Work) -> tuple[int, Any]:
    """Run `work` in one transaction and return its answer, of which nothing is kept."""

    async def once() -> tuple[int, Any]:
        async with site(request).pool.connection() as conn, conn.transaction():
            await note_writer(request, conn, session)
            return await work(conn)

    return await retrying(once)


def secret_answer(answer: Any, status: int = 200) -> JSONResponse:
    """Return an answer that no browser and no proxy may keep."""
    return JSONResponse(jsonable_encoder(answer), status, headers={"Cache-Control": "no-store"})


async def writing(request: Request, session: Session, idempotency_key: Annotated[str | None, _KEY] = None) -> Write:
    """Return the caller's write."""
    return Write(request, session, idempotency_key)


async def writing_secretly(request: Request, session: Session) -> SecretWrite:
    """Return the caller's write of which nothing is kept."""
    return SecretWrite(request, session)


Writing = Annotated[Write, Depends(writing)]
SecretWriting = Annotated[SecretWrite, Depends(writing_secretly)]
