"""Notices: one's own inbox and wishes; what did not arrive is its people's administrator's."""

from __future__ import annotations

from tests.integration.access.walk.entry import Entry
from tests.integration.access.walk.people import ADMINS

ENTRIES = (
    Entry("GET /api/v1/notices", lists=("berita",), query={"limit": 200}, only_own=True),
    Entry("POST /api/v1/notices/{notice}/read", about=("berita",)),
    Entry("GET /api/v1/notices/preferences", only_own=True),
    Entry("PUT /api/v1/notices/preferences", body={"language": "en"}),
    Entry("POST /api/v1/notices/telegram-link", good="201"),
    Entry("GET /api/v1/notices/dead", may=ADMINS, lists=("surat",), refused="403 di_luar_wilayah_kerja"),
    Entry(
        "POST /api/v1/notices/dead/resend",
        about=("surat",),
        may=ADMINS,
        refused="403 di_luar_wilayah_kerja",
        hidden="200",
        body=lambda _, letter: {"ids": [letter.id]},
        why="what is out of sight is not among what was sent again",
    ),
    Entry("GET /api/v1/notices/preview/{kind}", path={"kind": "dikembalikan"}),
)
