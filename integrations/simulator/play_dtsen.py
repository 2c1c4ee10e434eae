"""DTSEN as played: rank a family in a published version (domain sections 1.2, 1.3)."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from integrations.simulator.contract import Row, Rows, Text, slices
from integrations.simulator.population import Family, Population
from integrations.simulator.problems import Problem
from integrations.simulator.world import Meeting, World, scenario_unknown

RELEASE_DAY = 22
RELEASE_MONTHS = (10, 7, 4, 1)
"""Week 4 of these, newest first inside a year."""
VERSIONS_LISTED = 4
DESILS = range(1, 11)


@dataclass(frozen=True, slots=True)
class PeringkatRow(Row):
    """One family."""

    no_kk: Text


class PeringkatBody(Rows[PeringkatRow]):
    """Families in one version."""

    versi: Text


def versions(population: Population, today: date) -> list[dict[str, str]]:
    """Return the published versions, newest first: as the population file lists them, else by the calendar."""
    listed = population.meta("dtsen_versi")
    if listed is not None:
        return sorted(json.loads(listed), key=lambda item: str(item["tanggal"]), reverse=True)
    released = [
        {"versi": f"{year}-{(month + 2) // 3}", "tanggal": date(year, month, RELEASE_DAY).isoformat()}
        for year in (today.year, today.year - 1)
        for month in RELEASE_MONTHS
        if date(year, month, RELEASE_DAY) <= today
    ]
    return released[:VERSIONS_LISTED]


def peringkat(world: World, body: PeringkatBody) -> list[dict[str, Any]]:
    """Answer every row from the population.

    Raises:
        Problem: a version that was not published (422).
    """
    if body.versi not in {item["versi"] for item in versions(world.population, world.today)}:
        raise Problem(422, "versi-tidak-ada", "Versi tidak ada", "lihat GET /dtsen/versi")
    answers = []
    for rows in slices(body.baris):
        families = world.population.families(row.no_kk for row in rows)
        meetings = world.meet("peringkat", [[row.no_kk] for row in rows])
        for row, meeting in zip(rows, meetings, strict=True):
            answers.append({"id": row.id, "versi": body.versi, **_rank(families.get(row.no_kk), meeting)})
    return answers


def _rank(family: Family | None, meeting: Meeting) -> dict[str, Any]:
    script = meeting.scripted or ""
    word, _, number = script.partition(":")
    if word == "desil" and number.isdigit() and int(number) in DESILS:
        return {"hasil": "diperingkat", "desil": int(number), "persentil": int(number) * 10.0 - 5.0, "peringkat": None}
    if script not in {"", "DATA_TIDAK_CUKUP"}:
        raise scenario_unknown(meeting, script)
    if script or family is None or family.desil is None:
        return {"hasil": "tidak_diperingkat", "alasan": "DATA_TIDAK_CUKUP"}
    rank = {"desil": family.desil, "persentil": family.persentil, "peringkat": family.peringkat}
    return {"hasil": "diperingkat", **rank}
