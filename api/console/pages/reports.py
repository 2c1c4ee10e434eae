"""Laporan: a region and a year or quarter of it, part by part; as a picture, a table, a spreadsheet."""

from __future__ import annotations

from typing import Any

from fastapi.responses import Response

from api.console.charts import Part, stacked
from api.console.filters import region_asked
from api.console.pages.payments import account_bar
from api.console.visit import Visit, Visiting, place_of
from api.section import Section
from models.laporan.queries import Report, report
from models.laporan.rules import DEFINITIONS, FIGURES, FINDINGS, SECTIONS, parse_period
from models.laporan.workbook import XLSX, write_csv, write_xlsx
from models.region.rules import dotted
from models.usulan.rules import WIB
from state_machines.reasons import BY_ID as REASONS

router = Section(prefix="/laporan")

_RESULTS = ("diterima", "berjalan", "ditolak", "gugur")
_YEARS = 5


def _ratio(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the parts with how much of their closing reached families, as the width of a bar of 100."""
    return [
        row
        | {
            "reached": round(100 * row["figures"]["bayar_selesai"] / row["figures"]["bayar_closing"], 1)
            if row["figures"]["bayar_closing"]
            else None
        }
        for row in rows
    ]


async def _report(visit: Visit, wilayah: str, periode: str, kini: str = "") -> Report:
    year, quarter = parse_period(periode or str(visit.now.astimezone(WIB).year))
    code = region_asked("wilayah", wilayah) or place_of(visit.who) or 0
    return await report(visit.conn, visit.session, code, year, quarter, fresh=bool(kini))


def _named(told: Report, kind: str) -> dict[str, str]:
    place = dotted(told.code) if told.code else "nasional"
    period = f"{told.year}-{told.quarter}" if told.quarter else str(told.year)
    return {
        "Content-Disposition": f'attachment; filename="laporan-{place}-{period}.{kind}"',
        "Cache-Control": "no-store",
    }


@router.get("")
async def show(visit: Visiting, wilayah: str = "", periode: str = "", kini: str = "") -> Response:
    """Show a region's report; no family is named in it."""
    told = await _report(visit, wilayah, periode, kini)
    first = visit.now.astimezone(WIB).year
    own = place_of(visit.who) or 0
    return visit.page(
        "laporan.html",
        report=told,
        parts=_ratio(told.parts),
        below=bool(told.parts) and len(str(told.code)) < 10,  # noqa: PLR2004 -- digits of a village
        path_to=[(code, name) for code, name in told.path if own == 0 or len(str(code)) >= len(str(own))],
        sections=SECTIONS,
        definitions=DEFINITIONS,
        figures={name: [one for one in FIGURES if one.section == name] for name in SECTIONS},
        results=stacked([Part(name, told.figures[f"usulan_{name}"], n) for n, name in enumerate(_RESULTS, 1)]),
        funds=account_bar({name.removeprefix("bayar_"): n for name, n in told.figures.items()}),
        found=[name for name in (*FINDINGS, "TIDAK_TERJANGKAU", "BELUM", "BELUM_VERVAL") if told.findings.get(name)],
        reasons=REASONS,
        region=wilayah,
        period=periode or str(first),
        years=range(first, first - _YEARS, -1),
    )


@router.get("/unduh.xlsx")
async def spreadsheet(visit: Visiting, wilayah: str = "", periode: str = "") -> Response:
    """Hand out the report as a spreadsheet."""
    told = await _report(visit, wilayah, periode)
    return Response(write_xlsx(told, visit.language), media_type=XLSX, headers=_named(told, "xlsx"))


@router.get("/unduh.csv")
async def flat(visit: Visiting, wilayah: str = "", periode: str = "") -> Response:
    """Hand out the report as CSV."""
    told = await _report(visit, wilayah, periode)
    return Response(write_csv(told), media_type="text/csv; charset=utf-8", headers=_named(told, "csv"))
