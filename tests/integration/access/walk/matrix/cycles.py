"""Verval cycles: that there is one concerns everybody; its villages and families are their region's."""

from __future__ import annotations

from typing import Any

from tests.integration.access.walk.entry import Entry
from tests.integration.access.walk.people import Person, in_sight
from tests.integration.access.walk.things import Thing

_DAYS = {"mulai": "2027-02-01", "selesai": "2027-04-30"}


def _families(who: Person, told: Any, known: list[Thing]) -> str | None:
    """The frozen list has one family for each registration."""
    expected = len({thing for thing in known if thing.kind == "registrasi" and who.covers(thing.region)})
    found = sum(row["families"] for row in told["regions"])
    return None if found == expected else f"counts {found} families and not {expected}"


def _villages(who: Person, told: Any, known: list[Thing]) -> str | None:
    lived_in = {thing.region for thing in in_sight(who, known) if thing.kind == "keluarga"}
    outside = [row["region"] for row in told["villages"] if row["region"] not in lived_in]
    return f"tells of {outside}" if outside else None


def _officers(who: Person, told: Any, known: list[Thing]) -> str | None:
    visits = in_sight(who, (thing for thing in known if thing.kind == "kunjungan"))
    found = sum(row["families"] for row in told["officers"])
    return None if found == len(visits) else f"counts {found} visits, {len(visits)} are in sight"


def _unreached(who: Person, told: Any, known: list[Thing]) -> str | None:
    """An office is told of all families nobody reached yet; a pendamping of those he was sent to, here of none."""
    expected = {thing.id for thing in known if thing.kind == "kunjungan" and who.covers(thing.region)}
    found = {row["case"] for row in told["families"] if row["case"]}
    return None if found == expected else f"tells of visits {found} and not {expected}"


ENTRIES = (
    Entry("GET /api/v1/cycles", lists=("siklus",)),
    Entry(
        "POST /api/v1/cycles",
        may=frozenset({"pusdatin"}),
        good="201",
        refused="409 siklus_ditolak",
        body=_DAYS | {"surat_edaran": {"nomor": "SE/9"}, "reason": "verval ulang"},
    ),
    Entry("GET /api/v1/cycles/forecast", query=_DAYS, check=_villages),
    Entry(
        "POST /api/v1/cycles/handover",
        about=("kunjungan sadu", "kunjungan bali"),
        may=frozenset({"verifikator_kab"}),
        refused="422 bukti_bukan_wewenang",
        hidden="200",
        body=lambda _, visit: {
            "officer": f"petugas {visit.family or 'yang tidak ada'}",
            "reason": "pindah tugas",
            "to": ["pejalan pendamping"],
        },
        why="of an officer whose visits are out of sight nothing is left to give away",
    ),
    Entry("GET /api/v1/cycles/villages/{village}/packages", about=("desa",), good="200|409"),
    Entry("GET /api/v1/cycles/villages/{village}/sample", about=("desa",)),
    Entry(
        "POST /api/v1/cycles/villages/{village}/sample",
        about=("desa",),
        may=frozenset({"verifikator_kab"}),
        good="409",
        refused="409|422",
        body={"checked": [{"visit": 1}]},
        why="the village still records",
    ),
    Entry("GET /api/v1/cycles/{cycle}", about=("siklus",)),
    Entry("GET /api/v1/cycles/{cycle}/progress", about=("siklus",), check=_families),
    Entry("GET /api/v1/cycles/{cycle}/officers", about=("siklus",), check=_officers),
    Entry("GET /api/v1/cycles/{cycle}/packages", about=("siklus",)),
    Entry("GET /api/v1/cycles/{cycle}/unreached", about=("siklus",), check=_unreached),
    Entry("GET /api/v1/cycles/{cycle}/second-time", about=("siklus",)),
    Entry("GET /api/v1/cycles/{cycle}/report", about=("siklus",), check=_villages),
)
