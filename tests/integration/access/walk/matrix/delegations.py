"""Acting for another: the holder names who, or his administrator; both of them and the administrator see and end it.

`tests/integration/access/test_delegations.py` tries who fits and what a delegation is worth; here is who reaches whose.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.integration.access.walk.country import DESA
from tests.integration.access.walk.entry import Entry
from tests.integration.access.walk.people import ADMINS, EVERYBODY, PROGRAM, Person
from tests.integration.access.walk.things import Thing

_WHY = {"reason": "cuti melahirkan"}
_UNTIL = (datetime.now(UTC) + timedelta(days=5)).isoformat()
_DELEGATE = EVERYBODY - ADMINS - {"warga", PROGRAM}
_PERSONS = EVERYBODY - {PROGRAM}
_NOBODY_S = "403 peran_tidak_didelegasikan"
_KABUPATEN = str(DESA // 10**6)


def _far(thing: Thing) -> bool:
    return not (str(thing.region).startswith(_KABUPATEN) or _KABUPATEN.startswith(str(thing.region or "")))


def _colleagues(_: Person, told: Any, known: list[Thing]) -> str | None:
    """Of those who have an account nobody of another kabupaten is told, and of oneself the colleague always."""
    found = {row["account"] for row in told["colleagues"]}
    outside = [str(thing) for thing in known if thing.kind in {"akun", "orang"} and thing.id in found and _far(thing)]
    return f"names {', '.join(outside)}" if outside else None


def _own(who: Person, told: Any, known: list[Thing]) -> str | None:
    found = {row["account"] for row in told["colleagues"]}
    if (who.colleague in found) == (who.label in _DELEGATE):
        return _colleagues(who, told, known)
    return f"names {found}, his colleague is {who.colleague}"


ENTRIES = (
    Entry("GET /api/v1/delegations", lists=("delegasi",), query={"limit": 200}),
    Entry(
        "GET /api/v1/delegations/colleagues",
        query=lambda who, _: {"assignment": who.assignment or 1},
        colleagues=True,
        check=_own,
        why="of one's own role; a citizen's and an administrator's are delegated to nobody",
    ),
    Entry(
        "GET /api/v1/delegations/colleagues",
        about=("tugas",),
        hidden="200",
        query=lambda _, task: {"assignment": task.id},
        colleagues=True,
        check=_colleagues,
        why="of an assignment in nobody's hands there is no one to choose from",
    ),
    Entry(
        "POST /api/v1/delegations",
        may=_DELEGATE,
        good="201",
        refused=f"{_NOBODY_S}|403 masuk_sendiri",
        body=lambda who, _: _WHY | {"assignment": who.assignment or 1, "to": who.colleague or 1, "valid_to": _UNTIL},
        why="one's own",
    ),
    *(
        Entry(
            "POST /api/v1/delegations",
            about=tuple(f"tugas {name}" for name in names),
            may=_PERSONS,
            good=good,
            refused="403 masuk_sendiri",
            body=lambda _, task: _WHY | {"assignment": task.id, "to": int(task.key), "valid_to": _UNTIL},
            why="another's, as the administrator who keeps his account",
        )
        for names, good in ((("desa", "bali", "pusat"), "201"), (("bandung", "denpasar"), _NOBODY_S))
    ),
    Entry("POST /api/v1/delegations/{delegation}/end", about=("delegasi",), body=_WHY),
)
