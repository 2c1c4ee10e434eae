"""What is stuck: lists with the action that frees each thing, and counts by region and state with their trend."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query

from api import cursors
from api.caller import Reading
from api.documented import READ
from api.section import Section
from api.shapes import RegionCode, Text
from models.case.queries import PAGE_MAX
from models.region.data import known
from models.region.rules import NATIONAL_SPAN, Level, level, span
from models.stuck import queries
from models.stuck.rules import REASONS

router = Section(prefix="/stuck", tags=["macet"])

_UNITS = {Level.PROVINSI: 1_000_000, Level.KABUPATEN: 10_000, Level.KECAMATAN: 1, Level.DESA: 1}
"""Level of the region asked about -> how many village codes one of its children spans."""


@router.get("", responses=READ)
async def list_stuck(
    conn: Reading,
    region: Annotated[
        RegionCode | None, Query(description="Kode wilayah; semua di bawahnya", examples=["32.04"])
    ] = None,
    machine: Annotated[Text | None, Query(max_length=20, examples=["usulan"])] = None,
    state: Annotated[Text | None, Query(max_length=40, examples=["verif_dinsos"])] = None,
    reason: Annotated[Text | None, Query(max_length=40, description=", ".join(REASONS))] = None,
    least: Annotated[
        int,
        Query(alias="level", ge=0, le=9, description="Tingkat paling rendah: 0 segera jatuh tempo, 1 jatuh tempo, …"),
    ] = 0,
    cursor: Annotated[str | None, Query(max_length=200, description="`next` dari halaman sebelumnya")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
) -> dict[str, Any]:
    """Return what is stuck in my sight, longest due first: what, where, since when, at whom, why, what frees it.

    Read from the last look of the watch, told as it is now: what was freed meanwhile is left out.
    """
    lo, hi = span(known(region)) if region else (None, None)
    wanted = queries.Filter(lo, hi, machine, state, reason, least)
    after: tuple[datetime, int] | None = cursors.read_due(cursor)
    page = await queries.list_stuck(conn, wanted, after=after, limit=limit)
    return {"stuck": page.rows, "next": cursors.written_due(page.after)}


@router.get("/counts", responses=READ)
async def count_stuck(
    conn: Reading,
    region: Annotated[
        RegionCode | None, Query(description="Kode wilayah; kosong: seluruh negeri", examples=["32.04"])
    ] = None,
) -> dict[str, Any]:
    """Return tallies by child region and state with their as-of time, and the trend of the last 30 days."""
    code = known(region) if region else None
    lo, hi = span(code) if code else NATIONAL_SPAN
    return await queries.counts(conn, lo, hi, _UNITS[level(code)] if code else 100_000_000)


@router.get("/reasons", responses=READ)
async def list_reasons(conn: Reading) -> dict[str, Any]:  # noqa: ARG001 -- only for those who have a session
    """Return every reason for which something counts as stuck."""
    return {
        "reasons": [
            {"id": each.id, "label": each.label, "label_en": each.label_en, "blocked": each.blocks}
            for each in REASONS.values()
        ]
    }
