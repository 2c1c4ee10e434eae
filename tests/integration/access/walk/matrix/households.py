"""Families: search, one family, its history, edits, accounts. Programmes see those they have cases of; payers none."""

from __future__ import annotations

from tests.integration.access.walk.country import BALI, DESA, GARUT
from tests.integration.access.walk.entry import Entry
from tests.integration.access.walk.people import PROPOSERS

_EDITORS = PROPOSERS | {"pusdatin", "warga"}
_MEMBER = {
    "nik": "3204050505900009",
    "nama": "Asep Sunandar",
    "tanggal_lahir": "1990-05-05",
    "jenis_kelamin": 1,
    "hubungan": 1,
}
_NEW = {
    "no_kk": "3204050101260009",
    "region": DESA,
    "alamat": "Jl. Melati 1",
    "rt": "001",
    "rw": "002",
    "members": [_MEMBER],
}

ENTRIES = (
    Entry("POST /api/v1/households/search", lists=("keluarga",), body={"name": "Anggota", "limit": 50}),
    Entry(
        "POST /api/v1/households/search",
        about=("keluarga",),
        hidden="200",
        body=lambda _, family: {"no_kk": family.key},
        check=lambda _, told, __: None if len(told["households"]) == 1 else "does not find it",
        why="the exact number of a family out of sight finds nothing, like one that nobody has",
    ),
    Entry(
        "POST /api/v1/households",
        may=_EDITORS - {"warga"},
        good="201",
        refused="403 bukan_pengisi_data|422 keluarga_tidak_sah",
        body=_NEW,
        why="a citizen edits his own family and writes no other: 422",
    ),
    Entry(
        "POST /api/v1/households",
        may=frozenset({"pusdatin"}),
        good="201",
        refused="403 bukan_pengisi_data|422 keluarga_tidak_sah",
        body=_NEW | {"region": BALI},
        why="out of everybody's region; and where no family of the pendamping lives",
    ),
    Entry("GET /api/v1/households/{household_id}", about=("keluarga",)),
    Entry("GET /api/v1/households/{household_id}/history", about=("keluarga",)),
    Entry(
        "PATCH /api/v1/households/{household_id}",
        about=("keluarga",),
        may=_EDITORS,
        refused="403 bukan_pengisi_data",
        body={"version": 1, "alamat": "Jl. Kenanga 7"},
    ),
    Entry(
        "POST /api/v1/households/{household_id}/proposals",
        about=("keluarga",),
        may=PROPOSERS,
        good="201",
        refused="403 bukan_pengisi_data",
        body=lambda _, family: {"kind": "PINDAH", "destination": str(GARUT if family.region == BALI else BALI)},
        why="each says that the family moves away",
    ),
    Entry(
        "POST /api/v1/households/{household_id}/accounts",
        about=("keluarga",),
        may=frozenset({"pendamping", "ppk"}),
        good="201",
        refused="403 bukan_pengisi_data",
        body={"bank": "BRI", "number": "002301000000017"},
        why="a bank reaches an account only where a payment in its files waits for it: tests/integration/door",
    ),
)
