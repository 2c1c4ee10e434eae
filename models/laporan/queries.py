"""A region's report, inside `models.database.acting`: counted now, or read from what was kept of each kecamatan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.database import Conn
from models.laporan.errors import ReportNotYours, ReportOutside
from models.laporan.rules import figures, may_report, rates
from models.policy.queries import now
from models.region.queries import breadcrumb, children
from models.region.rules import NATIONAL_SPAN, span
from models.user.queries import me

_UNITS = {0: 10**8, 2: 10**6, 4: 10**4, 6: 1, 10: 1}
"""Digits of the region reported on -> how many village codes one of its parts spans."""
_KEPT = {0: 10_000, 2: 100, 4: 1}
"""Digits -> how many kecamatan codes one of its parts spans: reports of these are read from what was kept."""
_KABUPATEN = 4
"""Digits of the widest region that may be counted anew for whoever asks: a few seconds at a million cases."""


@dataclass(frozen=True, slots=True)
class Report:
    """A region's report. `parts` holds a row per region directly below: region, name, figures.

    Attributes:
        code: the region, 0 for the nation.
        path: (code, name) from the province down to it.
        figures: the figures of the whole, see `models.laporan.rules.FIGURES`; money in whole rupiah.
        rates: 0 to 1, None where nothing was there to divide by.
        kinds: proposals by kind.
        findings: visits by finding.
        programmes: programme -> closing, selesai and cases of its payments.
        as_of: as of when, by the house's clock.
        kept: whether it was read from what was counted before.
    """

    code: int
    name: str
    path: tuple[tuple[int, str], ...]
    year: int
    quarter: int | None
    figures: dict[str, int]
    rates: dict[str, float | None]
    parts: list[dict[str, Any]]
    kinds: dict[str, int]
    findings: dict[str, int]
    programmes: dict[str, dict[str, int]]
    as_of: datetime
    kept: bool


def _bounds(who: Mapping[str, Any], code: int) -> tuple[int, int]:
    """Return the villages of a report.

    Raises:
        ReportNotYours: the caller works for single families or files.
        ReportOutside: the region is wider than the caller's, or beside it.
    """
    if not may_report(who["scope"]):
        raise ReportNotYours(who["role"])
    lo, hi = span(code) if code else NATIONAL_SPAN
    if who["lo"] is not None and not (who["lo"] <= lo and hi <= who["hi"]):
        raise ReportOutside(code or "nasional")
    return lo, hi


async def _rows(
    conn: Conn, code: int, year: int, quarter: int | None, bounds: tuple[int, int], fresh: bool
) -> tuple[list[dict[str, Any]], datetime | None]:
    """Return the counts of a region, and as of when they were kept, None when they were counted now."""
    digits = len(str(code)) if code else 0
    if digits in _KEPT and not (fresh and digits == _KABUPATEN):
        cursor = await conn.execute(
            """
            SELECT k.region / %(unit)s AS region, g.id AS programme, k.measure, k.key, k.part,
                   sum(k.cases)::bigint AS cases, sum(k.rupiah)::bigint AS rupiah, min(k.at) AS at
              FROM laporan_cacah k LEFT JOIN programme g ON g.code = k.programme
             WHERE k.region BETWEEN %(lo)s / 10000 AND %(hi)s / 10000
               AND (k.year = 0 OR k.year = %(year)s AND (%(quarter)s::integer IS NULL OR k.quarter = %(quarter)s))
             GROUP BY 1, 2, 3, 4, 5
            """,
            {"unit": _KEPT[digits], "lo": bounds[0], "hi": bounds[1], "year": year, "quarter": quarter},
        )
        if rows := await cursor.fetchall():
            return rows, min(row["at"] for row in rows)
    cursor = await conn.execute(
        """
        SELECT r.region, g.id AS programme, r.measure, r.key, r.part, r.cases, r.rupiah
          FROM report_counted(%s, %s, %s, %s, %s) AS r LEFT JOIN programme g ON g.code = r.programme
        """,
        (*bounds, _UNITS[digits], year, quarter),
    )
    return await cursor.fetchall(), None


def _added(rows: list[dict[str, Any]], measure: str) -> dict[str, int]:
    """Return the counts of one measure by key, most first."""
    told: dict[str, int] = {}
    for row in rows:
        if row["measure"] == measure:
            told[row["key"]] = told.get(row["key"], 0) + row["cases"]
    return dict(sorted(told.items(), key=lambda item: -item[1]))


def _paid(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    told: dict[str, dict[str, int]] = {}
    for row in rows:
        if row["measure"] == "realisasi":
            one = told.setdefault(row["programme"], {"cases": 0, "closing": 0, "selesai": 0})
            one["cases"] += row["cases"]
            one["closing"] += row["rupiah"]
            one["selesai"] += row["rupiah"] if row["key"] == "selesai" else 0
    return dict(sorted(told.items()))


async def report(
    conn: Conn, session: UUID, code: int, year: int, quarter: int | None = None, *, fresh: bool = False
) -> Report:
    """Return the report of a region (0: the nation) for a year or a quarter of it.

    Reports of the nation, of provinces and of kabupaten are
    read from what was kept of each kecamatan, where anything was; the others are counted now, and a kabupaten's where
    `fresh` asks for it.

    Raises:
        ReportNotYours: the caller works for single families or files.
        ReportOutside: the region lies not within the caller's own.
    """
    rows, at = await _rows(conn, code, year, quarter, _bounds(await me(conn, session), code), fresh)
    path = await breadcrumb(conn, code) if code else []
    names = {one.code: one.name for one in await children(conn, code or None)} if len(str(code)) < 10 else {}  # noqa: PLR2004 -- digits of a village
    grouped: dict[int, list[dict[str, Any]]] = {part: [] for part in names}
    for row in rows:
        grouped.setdefault(row["region"], []).append(row)
    whole = figures(rows)
    return Report(
        code,
        path[-1].name if path else "Indonesia",
        tuple((one.code, one.name) for one in path),
        year,
        quarter,
        whole,
        rates(whole),
        [
            {"region": part, "name": names.get(part, str(part)), "figures": figures(counted)}
            for part, counted in sorted(grouped.items())
            if counted or part in names
        ],
        _added(rows, "usulan"),
        _added(rows, "verval"),
        _paid(rows),
        at or await now(conn),
        at is not None,
    )
