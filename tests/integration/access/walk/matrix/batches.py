"""Batches and their gates, decrees, the money, and imported lists: inside one's region or programme."""

from __future__ import annotations

from typing import Any

from tests.integration.access.walk.country import DESA
from tests.integration.access.walk.entry import Entry
from tests.integration.access.walk.people import EVERYBODY, PROGRAM, PROPOSERS, Person, in_sight
from tests.integration.access.walk.things import Thing
from tests.integration.api.kit import Place, family, typed, workbook
from tests.integration.door.kit import RUPIAH

_VILLAGE = Place(None, None, DESA, DESA, DESA)  # type: ignore[arg-type]  # names a village, asks nobody
_PAPER = {"kepala_dinas": "surat_pengesahan", "direktorat": "nomor_sk"}
"""Role that decides -> what it decides by."""


def _proposal(who: Person, _: Thing) -> dict[str, Any]:
    told, members = typed(family(_VILLAGE, 9000 + [*sorted(EVERYBODY), who.label].index(who.label)))
    return {"family": told, "members": members}


def _decision(_: Person, gate: Thing) -> dict[str, Any]:
    return {"verdict": "setuju", "evidence": {_PAPER[gate.role or ""]: {"nomor": "9"}}}


def _gate(decider: str) -> Entry:
    """A gate waits for one role. Whoever else sees it is told which; out of sight there is none."""
    return Entry(
        "POST /api/v1/approvals/{approval}/decisions",
        about=tuple(f"gerbang {kind} {name}" for kind, name in _GATES[decider]),
        may=frozenset({decider}),
        good="201",
        refused="403 persetujuan_bukan_peran_anda",
        body=_decision,
    )


_GATES = {
    "kepala_dinas": (("pengesahan", "sadu"), ("pengesahan", "bali")),
    "direktorat": (("tahap", "sadu"), ("tahap", "garut")),
}


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
    Entry(
        "GET /api/v1/batches/{batch}/documents/{paper}.pdf",
        about=("batch",),
        good="200|404 cetakan_tidak_ada",
        path={"paper": "surat-pengesahan"},
        why="a kabupaten's month has an approval letter, the others have none",
    ),
    Entry("GET /api/v1/payments", lists=()),
    Entry("GET /api/v1/funds", check=_funds),
    Entry("GET /api/v1/funds", about=("batch",), hidden="200", query=lambda _, batch: {"batch": batch.id}),
    Entry("GET /api/v1/decrees", lists=("sk",)),
    # -- gates ---------------------------------------------------------------------------------------------------------
    Entry("GET /api/v1/approvals", lists=("gerbang",), query={"mine": False}),
    Entry("GET /api/v1/approvals"),
    Entry("GET /api/v1/approvals/{approval}", about=("gerbang",)),
    Entry("GET /api/v1/approvals/{approval}/state", about=("gerbang",)),
    _gate("kepala_dinas"),
    _gate("direktorat"),
    # -- imports -------------------------------------------------------------------------------------------------------
    Entry(
        "POST /api/v1/imports",
        may=frozenset({"operator_desa", PROGRAM, "pengisi_data_kab"}),
        good="201",
        refused="403 bukan_pengisi_data|403 daftar_bukan_tugas_anda|403 di_luar_wilayah_kerja",
        body={"region": str(DESA)},
        upload=workbook([family(_VILLAGE, 9)]),
    ),
    Entry(
        "POST /api/v1/proposals",
        may=PROPOSERS,
        good="201",
        refused="403 bukan_pengisi_data",
        body=_proposal,
        why="each enters a family of his own",
    ),
    Entry("GET /api/v1/imports/{number}", about=("impor",)),
    Entry("GET /api/v1/imports/{number}/rejected.xlsx", about=("impor",)),
)
