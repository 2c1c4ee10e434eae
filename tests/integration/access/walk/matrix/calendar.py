"""The calendar: decreed in public, read by all who signed in, changed by its two keepers."""

from __future__ import annotations

from tests.integration.access.walk.country import DESA
from tests.integration.access.walk.entry import Entry
from tests.integration.access.walk.things import ABSENT

_HOLIDAYS, _WINDOWS = frozenset({"admin_pusat"}), frozenset({"pusdatin"})
_OTHERS = "403 kalender_bukan_peran_anda"
_DECREE = {"decree": "SE Dirjen 9/2026", "reason": "uji coba"}

ENTRIES = (
    Entry("GET /api/v1/calendar", query={"region": DESA}),
    Entry("GET /api/v1/calendar/windows", query={"region": DESA}),
    Entry("GET /api/v1/calendar/holidays", query={"year": 2026}),
    Entry(
        "POST /api/v1/calendar/holidays/imports",
        may=_HOLIDAYS,
        good="201",
        refused=_OTHERS,
        query={"name": "libur.csv"},
        upload=b"tanggal,nama,jenis,wilayah,dasar\n2027-02-08,Uji,libur_nasional,,SKB\n",
    ),
    Entry(
        "POST /api/v1/calendar/holidays/{number}/withdrawal",
        path={"number": ABSENT},
        may=_HOLIDAYS,
        good="404 libur_tidak_ditemukan",
        refused=_OTHERS,
        body=_DECREE,
    ),
    Entry(
        "POST /api/v1/calendar/extensions",
        may=_WINDOWS,
        good="201",
        refused=_OTHERS,
        body=_DECREE | {"step": "kirim", "region": DESA // 10**6, "first_day": "2098-12-15", "last_day": "2098-12-20"},
    ),
    Entry(
        "POST /api/v1/calendar/extensions/{number}/withdrawal",
        path={"number": ABSENT},
        may=_WINDOWS,
        good="404 perpanjangan_tidak_ditemukan",
        refused=_OTHERS,
        body=_DECREE,
    ),
)
