"""What the forms of a case do, wherever they stand: take one step, add one document."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import UploadFile

from api.console.visit import Posted
from api.metrics import count_outcomes
from api.routes.evidence import vault_of
from models.calendar.queries import openings_for
from models.case.commands import move
from models.case.errors import MoveRefused
from models.case.outcomes import CLOSED, WAITING
from models.database import Conn, acting
from models.document.cleaning import clean
from models.document.commands import add_document, demand_may_add, demand_place
from models.document.errors import DocumentTooLarge


async def take_step(
    post: Posted, number: int, trigger: str, *, reason: str | None, note: str | None, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Move a case along a trigger under the form's key, as it was when the form was opened; returns the outcome.

    Raises:
        MoveRefused: the door refused, with why; what was typed is the caller's to keep.
    """
    version = post.numbers("versi")

    async def work(conn: Conn) -> tuple[int, Any]:
        [outcome] = await move(
            conn,
            post.session,
            trigger,
            [number],
            versions=[version[0] if version else None],
            reason=reason,
            note=note,
            facts=facts,
        )
        count_outcomes(trigger, [outcome])
        if outcome.done or outcome.outcome == WAITING:
            return 201, outcome.as_data()
        window = None
        if outcome.refusal == CLOSED:
            async with acting(conn, post.session) as seeing:
                window = (await openings_for(seeing, "kirim", [number])).get(number)
        refused = MoveRefused(number, trigger, outcome.refusal or "", outcome.state or "", outcome.missing, window)
        return refused.status, refused

    _, told = await post.write(work)
    outcome: dict[str, Any] = told
    return outcome


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
