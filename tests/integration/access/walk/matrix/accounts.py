"""Accounts: the administrator of the level above, in his own region; the head of the office confirms.

`tests/integration/access/test_staff.py` tries who gives which role where, all of it; here is who reaches whose account.
"""

from __future__ import annotations

from tests.integration.access.walk.country import DESA
from tests.integration.access.walk.entry import Entry

_WHY = {"reason": "uji coba"}

ENTRIES = (
    Entry("GET /api/v1/accounts", lists=("akun",), query={"limit": 200}),
    Entry(
        "POST /api/v1/accounts",
        may=frozenset({"admin_kab"}),
        good="201",
        refused="403 peran_bukan_wewenang",
        body={"nik": "3204050101990007", "name": "Euis Kartini", "role": "kades", "region": DESA},
    ),
    Entry(
        "POST /api/v1/accounts/import",
        good="422",
        upload=b"bukan lembar kerja",
        why="every row is judged as one proposal: tests/integration/access/test_import.py",
    ),
    Entry("POST /api/v1/accounts/{account}/link", about=("akun",), good="201", body=_WHY),
    Entry("POST /api/v1/accounts/{account}/close", about=("akun",), body=_WHY),
    Entry("POST /api/v1/accounts/{account}/open", about=("akun",), body=_WHY),
    Entry("POST /api/v1/assignments/{assignment}/end", about=("tugas",), body=_WHY),
    Entry("GET /api/v1/role-requests", lists=("permintaan",)),
    Entry("POST /api/v1/role-requests/{request}/confirm", about=("permintaan",)),
    Entry("POST /api/v1/role-requests/{request}/refuse", about=("permintaan",), body=_WHY),
)
