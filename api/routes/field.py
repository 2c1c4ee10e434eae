"""Field work: the visits that wait for whoever asks."""

from __future__ import annotations

from typing import Any

from api.caller import Reading
from api.documented import READ
from api.section import Section
from models.lapangan.queries import tasks

router = Section(prefix="/field-tasks", tags=["kasus"])


@router.get("", responses=READ)
async def list_tasks(conn: Reading) -> dict[str, Any]:
    """Return the visits that wait for me, first due first: case, family, address, due. At most 200.

    Photos go to `/uploads` or `/cases/{case_id}/documents`; the result is a transition of the case.
    """
    return {"tasks": await tasks(conn)}
