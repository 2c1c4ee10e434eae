"""Reports: for offices of a region, programmes and the centre, each within its own."""

from __future__ import annotations

from typing import Any

from tests.integration.access.walk.country import DESA
from tests.integration.access.walk.entry import Entry
from tests.integration.access.walk.people import EVERYBODY, ROLE, Person, in_sight
from tests.integration.access.walk.things import Thing

_WHOLE = frozenset(
    role
    for role in EVERYBODY & ROLE.keys()
    if ROLE[role].scope in {"national", "national_read", "programme", "region_2", "region_4"}
)


def _payments(who: Person, told: Any, known: list[Thing]) -> str | None:
    """The kabupaten's payments, of the programme of whoever runs one."""
    kabupaten = DESA // 10**6
    seen = [
        thing for thing in in_sight(who, known) if thing.kind == "penyaluran" and thing.region // 10**6 == kabupaten
    ]
    counted = told["figures"]["bayar_kasus"]
    return None if counted == len(seen) else f"counts {counted} payments; {len(seen)} are in sight there"


ENTRIES = (
    Entry(
        "GET /api/v1/reports/regions",
        query={"region": DESA // 10**6, "year": 2026},
        may=_WHOLE,
        good="200",
        refused="403 laporan_bukan_untuk_peran|404 laporan_di_luar_wilayah",
        check=_payments,
    ),
)
