"""Batches and their gates, decrees, the money, and imported lists: inside one's region or programme."""

from __future__ import annotations

from typing import Any

from tests.integration.access.walk.country import DESA
from tests.integration.access.walk.entry import Entry
from tests.integration.access.walk.people import PROGRAM, Person, in_sight
from tests.integration.access.walk.things import Thing
from tests.integration.door.kit import RUPIAH

_DECISION = {"verdict": "setuju", "evidence": {"surat_pengesahan": {"nomor": 1}, "nomor_sk": {"nomor": "SK/9"}}}


def _funds(who: Person, told: Any, known: list[Thing]) -> str | None:
    """Payments are all of one amount, so cases and rupiah tell the same number."""
    seen = in_sight(who, (thing for thing in known if thing.kind == "penyaluran"))
    cases, rupiah = sum(row["cases"] for row in told["states"]), told["balance"]["closing"]
    if (cases, rupiah) == (len(seen), RUPIAH * len(seen)):
        return None
    return f"adds {cases} payments, Rp {rupiah}; {len(seen)} are in sight"


ENTRIES = (
    Entry("GET /api/v1/batches", lists=("batch",), query={"limit": 200}),
    Entry(
        "POST /api/v1/batches",
        may=frozenset({"direktorat"}),
        good="201",
        refused="403 di_luar_wilayah_kerja",
        body={"kind": "tahap", "region": DESA // 10**6, "programme": "PKH", "period": 202601},
    ),
    Entry(
        "POST /api/v1/batches",
        may=frozenset(),
        refused="403 di_luar_wilayah_kerja",
        body={"kind": "tahap", "region": DESA // 10**6, "programme": "SEMBAKO", "period": 202602},
        why="the directorate of another programme does not exist here",
    ),
    Entry("GET /api/v1/batches/{batch}", about=("batch",)),
    Entry(
        "POST /api/v1/batches/{batch}/wake",
        about=("batch",),
        good="202",
        why="its flow looks again and does what it would do anyway",
    ),
    Entry("GET /api/v1/payments", lists=()),
    Entry("GET /api/v1/funds", check=_funds),
    Entry("GET /api/v1/decrees", lists=("sk",)),
    # -- gates ---------------------------------------------------------------------------------------------------------
    Entry("GET /api/v1/approvals", lists=("gerbang",), query={"mine": False}),
    Entry("GET /api/v1/approvals"),
    Entry("GET /api/v1/approvals/{approval}", about=("gerbang",)),
    Entry("GET /api/v1/approvals/{approval}/state", about=("gerbang",)),
    Entry(
        "POST /api/v1/approvals/{approval}/decisions",
        about=("gerbang",),
        may=frozenset({"kepala_dinas", "direktorat"}),
        good="201|403 persetujuan_bukan_peran_anda",
        refused="403 persetujuan_bukan_peran_anda",
        body=_DECISION,
        why="a gate waits for one role; the head of Dinsos reads the gate of a programme in his kabupaten",
    ),
    # -- imports -------------------------------------------------------------------------------------------------------
    Entry(
        "POST /api/v1/imports",
        may=frozenset({"operator_desa", PROGRAM, "pengisi_data_kab"}),
        good="201|422",
        refused="403",
        body={"region": str(DESA)},
        upload=b"bukan daftar",
    ),
    Entry("GET /api/v1/imports/{number}", about=("impor",)),
    Entry("GET /api/v1/imports/{number}/rejected.xlsx", about=("impor",)),
)
