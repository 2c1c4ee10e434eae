"""The calendar: a month in a region, which windows are open, when the next one opens; and what its keepers decree."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from api.calendar_shapes import ExtensionIn, WithdrawalIn
from api.caller import Reading
from api.documented import DECISION, READ, refusals
from api.section import Section
from api.shapes import Id, Near, Text
from api.uploads import read_upload
from api.writes import Writing
from models.calendar import queries
from models.calendar.commands import (
    Extension,
    extend_window,
    import_holidays,
    withdraw_extension,
    withdraw_holiday,
)
from models.calendar.errors import ExtensionInvalid, HolidayListRefused, MonthUnreadable
from models.calendar.lists import read_list
from models.calendar.rules import HOLIDAY_KINDS, ZONES, zone_of
from models.database import Conn
from models.document.errors import DocumentTooLarge
from models.errors import CalendarNotYours, ExtensionNotFound, HolidayNotFound
from models.region.rules import parse

router = Section(prefix="/calendar", tags=["kalender"])

_FILE_MB_MAX = 2
_FILE = {"type": "string", "format": "binary"}
_FORM = {"type": "object", "properties": {"file": _FILE}, "required": ["file"], "additionalProperties": False}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": _FORM},
            "application/octet-stream": {"schema": _FILE},
        },
    }
}

Region = Annotated[
    str, Query(max_length=20, description="Kode wilayah, tingkat apa pun / of any level", examples=["3204"])
]
Programme = Annotated[Text | None, Query(max_length=20, description="Program", examples=["PBI_JK"])]


def _missing(years: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the years whose list of holidays is not there yet, with the words a person reads."""
    return [
        row
        | {
            "message": f"Daftar hari libur {row['year']} belum dimasukkan ({row['known']} hari nasional); "
            "tenggat yang melewatinya dapat bergeser.",
            "message_en": f"The list of holidays of {row['year']} is not entered yet ({row['known']} national days); "
            "deadlines that run into it may move.",
        }
        for row in years
    ]


@router.get("", responses=READ | refusals(MonthUnreadable))
async def get_month(
    conn: Reading,
    region: Region,
    month: Annotated[
        Text | None, Query(max_length=7, description="Bulan ini kecuali disebut", examples=["2026-12"])
    ] = None,
    programme: Programme = None,
) -> dict[str, Any]:
    """Return a month as it is in a region: each day with its holidays, whether offices and banks work, open steps.

    `missing` names the years whose list of holidays is not entered yet; from 1 November also the next one.
    """
    code = parse(region)
    first = queries.month_of(month) if month else (await queries.today(conn, code)).replace(day=1)
    days = await queries.month(conn, code, first, programme=programme)
    zone = zone_of(code)
    return {
        "region": code,
        "month": f"{first:%Y-%m}",
        "zone": ZONES[zone],
        "timezone": zone,
        "kinds": HOLIDAY_KINDS,
        "days": days,
        "missing": _missing(await queries.missing_years(conn)),
    }


@router.get("/windows", responses=READ)
async def get_windows(
    conn: Reading,
    region: Region,
    programme: Programme = None,
    jenis: Annotated[Text | None, Query(max_length=40, description="Jenis usulan", examples=["BARU"])] = None,
    at: Annotated[Near | None, Query(description="Pada saat itu, kini kecuali disebut / at that moment")] = None,
) -> dict[str, Any]:
    """Return every step of the monthly calendar: open or closed, until when, when it opens next, which month it serves.

    Extensions granted to the region are listed with their decree and reason, withdrawn ones too.
    """
    code = parse(region)
    found = await queries.windows(conn, code, programme=programme, jenis=jenis, at=at)
    month = (await queries.today(conn, code)).replace(day=1)
    return {
        "region": code,
        "regime": await queries.regime(conn, at),
        "windows": [window.as_data() for window in found],
        "extensions": await queries.extensions(conn, code, since=month),
    }


@router.get("/holidays", responses=READ)
async def list_holidays(
    conn: Reading,
    year: Annotated[int, Query(ge=2000, le=2099, examples=[2026])],
    ended: Annotated[bool, Query(description="Juga yang dicabut atau diganti / also withdrawn ones")] = False,
) -> dict[str, Any]:
    """Return the holidays of a year with kind, region and decree; a region of none is the whole country."""
    return {"year": year, "holidays": await queries.holidays(conn, date(year, 1, 1), date(year, 12, 31), ended=ended)}


@router.post(
    "/holidays/imports",
    status_code=201,
    responses=DECISION | refusals(CalendarNotYours, HolidayListRefused, DocumentTooLarge),
    openapi_extra=_BODY,
)
async def import_list(
    request: Request,
    write: Writing,
    name: Annotated[
        Text, Query(max_length=120, description="Nama berkas / file name", examples=["libur-2027.csv"])
    ] = "daftar",
) -> JSONResponse:
    """Enter a list of holidays, CSV or XLSX (tanggal, nama, jenis, wilayah, dasar), as form field `file` or as body.

    All rows or none: a refusal names every mistake in `fields`, with row, column and cure. The same list again changes
    nothing; a row that differs from a live one ends that one by its own decree.
    """
    content = await read_upload(request, _FILE_MB_MAX)
    called = "".join(filter(str.isprintable, name))

    async def work(conn: Conn) -> tuple[int, Any]:
        rows = await run_in_threadpool(read_list, content, called)
        return 201, asdict(await import_holidays(conn, write.session, rows, note=f"Daftar hari libur: {called}"))

    return await write.run(work, body=content)


@router.post(
    "/holidays/{number}/withdrawal",
    status_code=201,
    responses=DECISION | refusals(CalendarNotYours, HolidayNotFound),
)
async def withdraw(number: Id, asked: WithdrawalIn, write: Writing) -> JSONResponse:
    """End a holiday by decree: people work on that day after all. It stays on record."""

    async def work(conn: Conn) -> tuple[int, Any]:
        act = await withdraw_holiday(conn, write.session, number, decree=asked.decree, note=asked.reason)
        return 201, {"holiday": number, "act": act}

    return await write.run(work)


@router.post("/extensions", status_code=201, responses=DECISION | refusals(CalendarNotYours, ExtensionInvalid))
async def extend(asked: ExtensionIn, write: Writing) -> JSONResponse:
    """Give one kabupaten or kota further days for a step, by decree; what waited for the window goes on by itself."""

    async def work(conn: Conn) -> tuple[int, Any]:
        number, act = await extend_window(
            conn,
            write.session,
            Extension(
                asked.step,
                asked.region,
                asked.first_day,
                asked.last_day,
                asked.decree,
                asked.reason,
                asked.programme,
            ),
        )
        return 201, {"extension": number, "act": act}

    return await write.run(work)


@router.post(
    "/extensions/{number}/withdrawal",
    status_code=201,
    responses=DECISION | refusals(CalendarNotYours, ExtensionNotFound),
)
async def withdraw_days(number: Id, asked: WithdrawalIn, write: Writing) -> JSONResponse:
    """End an extension by decree. It stays on record."""

    async def work(conn: Conn) -> tuple[int, Any]:
        act = await withdraw_extension(conn, write.session, number, decree=asked.decree, note=asked.reason)
        return 201, {"extension": number, "act": act}

    return await write.run(work)
