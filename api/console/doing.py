"""What the forms of a case do, wherever they stand: take one step, add one document."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import UploadFile

from api.console.numbers import whole
from api.console.visit import Posted
from api.moving import take
from api.routes.evidence import vault_of
from models.case.commands import Step
from models.database import Conn
from models.document.cleaning import clean
from models.document.commands import add_document, demand_may_add, demand_place
from models.document.errors import DocumentTooLarge

_VERSIONS_END = 2**31
_NONE_SUCH = -1


def _version(typed: str) -> int | None:
    """Return the version a form was opened at; what no case can have is an old one, so that no step is taken unseen."""
    number = whole(typed)
    if number is None or number >= _VERSIONS_END:
        return _NONE_SUCH if typed else None
    return number


async def take_step(
    post: Posted, number: int, trigger: str, *, reason: str | None, note: str | None, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Move a case along a trigger under the form's key, as it was when the form was opened; returns the outcome.

    Raises:
        MoveRefused: the door refused, with why; what was typed is the caller's to keep.
    """
    seen = _version(post.text("versi"))
    step = Step(number, trigger, seen, reason, note, facts)
    _, told = await take(post.request, post.session, post.key, step, await post.request.body())
    return told


async def add_file(post: Posted, number: int, kind: str) -> None:
    """Add the form's file to a case as evidence of a kind, under the form's key.

    Raises:
        DocumentTooLarge, DocumentRefused, CaseNotFound, KindWithoutDocument, FactNotYours: it is not taken.
    """
    file = post.form.get("berkas")
    content = await file.read() if isinstance(file, UploadFile) else b""
    if len(content) > post.here.settings.document_mb_max * 2**20:
        raise DocumentTooLarge(post.here.settings.document_mb_max)
    vault = vault_of(post.here.settings)
    async with post.here.pool.connection() as conn:
        wanted = await demand_may_add(conn, post.session, number, kind)
    cleaned = await clean(content)
    demand_place(wanted, cleaned)

    async def work(conn: Conn) -> tuple[int, Any]:
        return 201, await add_document(conn, vault, post.session, wanted, cleaned)

    await post.write(work, hashlib.sha256(content).digest())
