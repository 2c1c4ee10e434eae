"""The log: everybody who works here reads it as far as he sees; what another did, those who supervise."""

from __future__ import annotations

from typing import Any

from tests.integration.access.walk.entry import Entry
from tests.integration.access.walk.people import EVERYBODY, Person, in_sight
from tests.integration.access.walk.things import CASES, Thing

_READERS = EVERYBODY - {"warga"}
_SUPERVISORS = frozenset(
    {"auditor", "pusdatin", "admin_pusat", "admin_provinsi", "admin_kab", "dinsos_provinsi", "kepala_dinas"}
    | {"operator_kecamatan", "kades", "kpa"}
)
_CLOSED = "403 bukan_pembaca_jejak"


def _counts(who: Person, told: Any, known: list[Thing]) -> str | None:
    there = str(told["region"])
    seen = in_sight(who, (thing for thing in known if thing.kind in CASES and str(thing.region).startswith(there)))
    found = sum(told["machines"].values())
    return None if found == len(seen) else f"counts {found} cases, {len(seen)} are in sight"


def _narrowed(log: str, name: str, kind: str) -> Entry:
    """The log narrowed to one thing: out of sight is answered like what nobody knows, never by an empty page."""
    return Entry(
        f"GET /api/v1/audit/{log}",
        about=(kind,),
        may=_READERS,
        refused=_CLOSED,
        hidden="422 saringan_tidak_dikenal",
        narrows=kind != "batch",
        query=lambda _, thing: {name: thing.id},
    )


_FILTERS = (("case", "usulan"), ("household", "keluarga"), ("batch", "batch"))

ENTRIES = (
    Entry("GET /api/v1/audit/transitions", may=_READERS, refused=_CLOSED, lists=CASES, query={"limit": 200}),
    Entry("GET /api/v1/audit/refusals", may=_READERS, refused=_CLOSED, query={"limit": 200}),
    Entry("GET /api/v1/audit/cases/{case_id}", about=("usulan", "penyaluran"), may=_READERS, refused=_CLOSED),
    *(_narrowed("transitions", name, kind) for name, kind in _FILTERS),
    _narrowed("refusals", "case", "usulan"),
    *(
        Entry("GET /api/v1/audit/regions/{code}", path={"code": code}, may=_READERS, refused=_CLOSED, check=_counts)
        for code in (32, 51)
    ),
    Entry("GET /api/v1/audit/signals", may=_READERS, refused=_CLOSED),
    Entry(
        "GET /api/v1/audit/actors/{username}",
        path={"username": "pendahulu"},
        may=_SUPERVISORS,
        refused=_CLOSED,
        query={"limit": 200, "from": "2020-01-01T00:00:00+07:00"},
    ),
)
