"""One move of one case, asked by a route or by a form: one statement, whose answer is kept under the request's key."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import Request

from api.caller import note_writer, site
from api.metrics import count_outcomes
from api.writes import fingerprint
from models.calendar.queries import openings_for
from models.case.commands import Step, move_once
from models.case.errors import MoveRefused
from models.case.outcomes import CLOSED, WAITING, Outcome
from models.database import Conn, acting
from models.request.commands import Stored


async def take(request: Request, session: UUID, key: str | None, step: Step, said: bytes) -> tuple[int, dict[str, Any]]:
    """Take a step and return HTTP status and answer; a repeat of the same request under its key gets the first answer.

    `said` is the request's body, by which a repeat is known.

    Raises:
        MoveRefused: the door refused, with why; the refusal stays on record and the key is free again.
        RequestKeyReused: the key came before with another request.
    """
    async with site(request).pool.connection() as conn:
        await note_writer(request, conn, session)
        found = await move_once(conn, session, step, key, fingerprint(request, said))
        if isinstance(found, Stored):
            return found.status, found.answer
        count_outcomes(step.trigger, [found])
        if found.done:
            return 201, found.as_data()
        if found.outcome == WAITING:
            return 202, found.as_data()
        raise await _refused(conn, session, step, found)


async def _refused(conn: Conn, session: UUID, step: Step, outcome: Outcome) -> MoveRefused:
    """Return the refusal; one that met its window closed names the next opening."""
    opening = None
    if outcome.refusal == CLOSED:
        async with acting(conn, session) as seeing:
            opening = (await openings_for(seeing, "kirim", [step.case])).get(step.case)
    return MoveRefused(step.case, step.trigger, outcome.refusal or "", outcome.state or "", outcome.missing, opening)
