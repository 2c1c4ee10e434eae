"""Field work: the visits of a pendamping; files in pieces, which are known to whoever began them alone."""

from __future__ import annotations

import base64
from typing import Any

from tests.integration.access.walk.entry import Entry
from tests.integration.access.walk.matrix.cases import DRAFTED_BY
from tests.integration.access.walk.people import Person
from tests.integration.access.walk.things import Thing

_NOBODYS = {"name": "0" * 32}
_WHY = "a name that this person began no upload under, whoever else did"
_PIECE = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}


def _announced(_: Person, case: Thing) -> dict[str, str]:
    number, kind = (base64.b64encode(told.encode()).decode() for told in (str(case.id), "ktp"))
    return {"Upload-Length": "1000", "Upload-Metadata": f"case {number},kind {kind}"}


def _own_tasks(who: Person, told: Any, _: list[Thing]) -> str | None:
    return None if who.role == "pendamping" or told == {"tasks": []} else "tells somebody's visits to another"


ENTRIES = (
    Entry("GET /api/v1/field-tasks", check=_own_tasks),
    Entry(
        "POST /api/v1/uploads",
        about=("usulan",),
        may=DRAFTED_BY,
        good="201",
        refused="422 bukti_bukan_wewenang",
        headers=_announced,
    ),
    Entry("HEAD /api/v1/uploads/{name}", path=_NOBODYS, good="404", why=_WHY),
    Entry("PATCH /api/v1/uploads/{name}", path=_NOBODYS, good="404", headers=_PIECE, why=_WHY),
    Entry("POST /api/v1/uploads/{name}/document", path=_NOBODYS, good="404", why=_WHY),
)
