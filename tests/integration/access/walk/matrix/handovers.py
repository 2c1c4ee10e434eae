"""Families handed over: offered by who looks after them or his administrator, answered by the receiver alone.

`tests/integration/api/test_handovers.py` tries what goes along and who is barred; here is who reaches which offer.
"""

from __future__ import annotations

from typing import Any

from tests.integration.access.walk.country import BALI, DESA
from tests.integration.access.walk.entry import Entry
from tests.integration.access.walk.people import CENTRE, EVERYBODY, PROGRAM, ROLE, Person
from tests.integration.access.walk.things import Thing

_WHY = {"reason": "pindah tugas"}
_ASSIGN = frozenset(
    label
    for label in EVERYBODY - {PROGRAM}
    if ROLE[label].scope in {"region_4", "region_2", "national", "national_read"}
)
"""Offices of the kabupaten and above: they choose who is sent."""
_NEAR, _FAR = {"pejalan pendamping", "rekan pendamping"}, {"pendamping jauh 1", "pendamping jauh 2"}
_RECEIVER = frozenset({"pendamping"})


def _officers(here: set[str], elsewhere: set[str]) -> Any:
    def check(_: Person, told: Any, known: list[Thing]) -> str | None:
        found = {row["account"] for row in told["officers"]}
        names = {thing.name for thing in known if thing.kind == "orang" and thing.id in found}
        return None if here <= names and not elsewhere & names else f"names {names}"

    return check


def _answer(what: str, *about: str, may: frozenset[str] = _RECEIVER) -> Entry:
    return Entry(
        f"POST /api/v1/handovers/{{handover}}/{what}",
        about=about,
        may=may,
        refused="404 serah_tidak_ditemukan",
        body=None if what == "accept" else _WHY,
        why="whoever sees an offer and may not answer it is told that it is not in his hands",
    )


ENTRIES = (
    *(
        Entry(
            "GET /api/v1/officers",
            may=may,
            refused="403 di_luar_wilayah_kerja",
            query={"region": str(region)},
            check=_officers(here, elsewhere),
        )
        for region, may, here, elsewhere in ((DESA, _ASSIGN, _NEAR, _FAR), (BALI, CENTRE, _FAR, _NEAR))
    ),
    Entry(
        "GET /api/v1/officers",
        about=("usulan",),
        may=_ASSIGN,
        refused="403 di_luar_wilayah_kerja",
        hidden="200",
        query=lambda _, case: {"region": str(DESA), "case": case.id},
        why="of a case out of sight nobody is told who is barred from it",
    ),
    Entry("GET /api/v1/handovers", lists=("serah",), query={"limit": 200}),
    Entry("GET /api/v1/handovers/{handover}", about=("serah",)),
    Entry(
        "POST /api/v1/handovers",
        about=("keluarga",),
        may=_RECEIVER,
        good="201",
        refused="403 serah_bukan_pemegang",
        hidden="422 serah_kosong",
        body=lambda who, family: _WHY | {"receiver": who.colleague or 1, "families": [family.id]},
        why="one's own families: of others nobody is told that there are any",
    ),
    _answer("accept", "serah diterima", "serah jauh"),
    _answer("accept", "serah diberi", may=frozenset()),
    _answer("refuse", "serah diterima", "serah jauh"),
    _answer("refuse", "serah diberi", may=frozenset()),
    _answer("withdraw", "serah diberi", "serah jauh"),
    _answer("withdraw", "serah diterima", may=frozenset()),
)
