"""A region's report: proposals, verval, final data, payments, errors, with the regions directly below."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.caller import Reading, Session
from api.documented import READ, refusals
from api.shapes import RegionCode
from models.laporan.errors import ReportNotYours, ReportOutside
from models.laporan.queries import report
from models.laporan.rules import DEFINITIONS, FIGURES
from models.region.data import known

router = APIRouter(tags=["laporan"])


@router.get("/reports/regions", responses=READ | refusals(ReportNotYours, ReportOutside))
async def region_report(
    conn: Reading,
    session: Session,
    year: Annotated[int, Query(ge=2000, le=2099, description="Tahun / year", examples=[2026])],
    quarter: Annotated[int | None, Query(ge=1, le=4, description="Triwulan; semua bila kosong / quarter")] = None,
    region: Annotated[
        RegionCode | None,
        Query(description="Kode wilayah; nasional bila kosong / empty: the nation", examples=["32.04"]),
    ] = None,
    fresh: Annotated[bool, Query(description="Hitung kabupaten/kota sekarang / count a kabupaten anew")] = False,
) -> dict[str, Any]:
    """Return the figures of a region and of each region directly below, which add up to it; money in whole rupiah.

    `definitions` says how each section counts. `kept`: read from what was counted of each kecamatan at `as_of`.
    """
    told = asdict(await report(conn, session, known(region) if region else 0, year, quarter, fresh=fresh))
    return told | {
        "path": [{"region": code, "name": name} for code, name in told["path"]],
        "definitions": {section: {"text": id_, "text_en": en} for section, (id_, en) in DEFINITIONS.items()},
        "labels": {figure.id: {"label": figure.label[0], "label_en": figure.label[1]} for figure in FIGURES},
    }
