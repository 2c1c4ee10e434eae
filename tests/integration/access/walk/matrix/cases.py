"""Cases, their evidence and files, objections, and what is stuck.

Whoever sees a case reads it; who may move it is the machine's to say, and `tests/integration/door` tries every rule in
every role. Here each route of that kind is asked with one move that some may make: a draft is sent to be checked.
"""

from __future__ import annotations

from typing import Any

from tests.integration.access.walk.country import DESA, TALLY
from tests.integration.access.walk.entry import Entry
from tests.integration.access.walk.people import ADMINS, EVERYBODY, PROGRAM, PROPOSERS, Person
from tests.integration.access.walk.things import CASES, Thing
from tests.support import files

_SOME = ("usulan", "penyaluran", "desa")
_SEND = "usulan.kirim_cek"
DRAFTED_BY = PROPOSERS | {"warga"}
"""Who writes the evidence of a draft (U01, U43)."""
_COMMENTING = EVERYBODY - ADMINS - {"warga", "bank", "pos", "kppn", "auditor"}
"""Who verifies and decides, and so tells colleagues something about a case."""


def _counts(who: Person, told: Any, known: list[Thing]) -> str | None:
    """Each village counts a power of two, so their sum tells which were counted."""
    expected = sum(
        TALLY[thing.family or ""]
        for thing in known
        if thing.kind == "penyaluran" and (who.covers(thing.region) or who.programme == thing.programme)
    )
    found = sum(row["open"] for row in told["counts"])
    return None if found == expected else f"counts {found:05b} and not {expected:05b}"


def _bulk(_: Person, case: Thing) -> dict[str, Any]:
    return {"trigger": _SEND, "cases": [{"id": case.id}]}


def _outcome(expected: str) -> Any:
    def check(_: Person, told: Any, __: list[Thing]) -> str | None:
        found = told["outcomes"][0]["outcome"] if "outcomes" in told else told["cases"][0]["refusal"]
        return None if found in expected.split("|") else f"tells {found} and not {expected}"

    return check


ENTRIES = (
    Entry("GET /api/v1/cases", lists=CASES, query={"limit": 200}),
    Entry("GET /api/v1/cases", lists=("usulan",), query={"limit": 200, "sort": "due"}),
    Entry("GET /api/v1/cases", lists=(), query={"limit": 200, "region": DESA // 10**8}),
    *(
        Entry(
            "GET /api/v1/cases",
            about=(kind,),
            hidden="200",
            narrows=True,
            query=lambda _, thing, name=name: {name: thing.id},  # type: ignore[misc]
            why="narrowed to what is out of sight, the list is as empty as for what is not there",
        )
        for name, kind in (("household", "keluarga"), ("batch", "batch"))
    ),
    Entry("GET /api/v1/cases/{case_id}", about=_SOME),
    Entry("GET /api/v1/cases/{case_id}/actions", about=("usulan", "penyaluran")),
    Entry("GET /api/v1/cases/{case_id}/comments", about=("usulan", "penyaluran")),
    Entry(
        "POST /api/v1/cases/{case_id}/comments",
        about=("usulan", "penyaluran"),
        may=_COMMENTING,
        good="201",
        refused="403 komentar_bukan_milik_anda",
        body={"text": "Menunggu KK baru"},
    ),
    Entry(
        "POST /api/v1/cases/{case_id}/transitions",
        about=("usulan",),
        may=PROPOSERS,
        good="201",
        refused="409 peran",
        body={"trigger": _SEND},
    ),
    Entry(
        "POST /api/v1/cases/{case_id}/transitions",
        about=("penyaluran", "desa"),
        may=frozenset(),
        refused="409",
        body={"trigger": _SEND},
        why="no move of theirs",
    ),
    Entry(
        "POST /api/v1/cases/transitions",
        about=("usulan",),
        may=PROPOSERS,
        refused="200",
        hidden="200",
        body=_bulk,
        check=_outcome("dipindah"),
        why="a set is answered with an outcome for every case: what is out of sight is not found",
    ),
    Entry(
        "POST /api/v1/cases/transitions/preview",
        about=("usulan",),
        may=PROPOSERS,
        refused="200",
        hidden="200",
        body=lambda _, case: {"trigger": _SEND, "cases": [case.id]},
    ),
    Entry(
        "POST /api/v1/cases/{case_id}/facts",
        about=("usulan",),
        may=DRAFTED_BY,
        good="201",
        refused="422 bukti_bukan_wewenang",
        body={"evidence": {"ktp": {"nomor": 1}}},
    ),
    Entry("GET /api/v1/cases/{case_id}/facts", about=("usulan", "penyaluran")),
    Entry("GET /api/v1/cases/{case_id}/documents", about=("usulan", "penyaluran")),
    Entry(
        "POST /api/v1/cases/{case_id}/documents",
        about=("usulan",),
        may=DRAFTED_BY,
        good="201",
        refused="422 bukti_bukan_wewenang",
        query={"kind": "ktp"},
        upload=files.jpeg(files.exif()),
    ),
    Entry("GET /api/v1/documents/{number}", about=("dokumen",)),
    # -- objections ----------------------------------------------------------------------------------------------------
    Entry("GET /api/v1/objections", lists=("sanggah",), query={"limit": 200}),
    Entry("GET /api/v1/objections/{case_id}", about=("sanggah",)),
    Entry(
        "POST /api/v1/objections",
        about=("kepesertaan",),
        may=frozenset({"warga", "operator_desa", "pendamping", PROGRAM}),
        good="201|409",
        refused="403|409|422",
        hidden="404",
        body=lambda _, case: {"kind": "MUNDUR", "case": case.id, "evidence": {"pernyataan_mundur": {"nomor": 1}}},
        why="for a family in one's sight",
    ),
    Entry(
        "POST /api/v1/objections",
        about=("kepesertaan",),
        may=frozenset(),
        refused="404 keluarga_sanggah_tidak_ditemukan",
        but=frozenset({"warga"}),
        body=lambda _, case: {"kind": "SANGGAH_PIHAK_LAIN", "case": case.id, "statement": "mampu"},
        why="a citizen's alone: he names a case by its number, as lists in the village show it, and the system judges "
        "whether it is of his village (tests/integration/door/test_objection_rules.py)",
    ),
    # -- what is stuck -------------------------------------------------------------------------------------------------
    Entry("GET /api/v1/stuck", lists=("macet",), query={"limit": 200}),
    Entry("GET /api/v1/stuck/counts", check=_counts),
)
