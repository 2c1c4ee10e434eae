"""What says nothing of anybody: that the process lives, and what everybody who signed in looks up."""

from __future__ import annotations

from tests.integration.access.walk.country import DESA
from tests.integration.access.walk.entry import Entry

ENTRIES = (
    Entry("GET /healthz", public=True),
    Entry("GET /readyz", public=True, good="200|503", why="says which part is not ready, to whoever keeps it running"),
    Entry(
        "GET /metrics",
        public=True,
        good="403 bukan_pemantau",
        why="to this machine or with its own token; the walk comes from elsewhere, with tokens of people",
    ),
    Entry("GET /api/v1/me", only_own=True),
    Entry("GET /api/v1/regions", query={"q": "Wilayah"}),
    Entry("GET /api/v1/regions/{code}", path={"code": DESA // 10**6}),
    Entry("GET /api/v1/policy"),
    Entry("GET /api/v1/register/variables"),
    Entry("GET /api/v1/machines"),
    Entry("GET /api/v1/facts/kinds"),
    Entry("GET /api/v1/reads/purposes"),
    Entry("GET /api/v1/stuck/reasons"),
    Entry("GET /api/v1/imports/template.xlsx"),
    Entry("GET /api/v1/accounts/template.xlsx"),
    Entry("GET /api/v1/demo/clock"),
    Entry(
        "POST /api/v1/demo/clock",
        may=frozenset({"admin_pusat"}),
        refused="403 di_luar_wilayah_kerja",
        body={"to": "2098-01-01T00:00:00+07:00"},
    ),
)
