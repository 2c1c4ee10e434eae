"""`alur calendar`: lists of holidays in and out, days withdrawn, a region's month at a glance."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from alur.site import open_site
from models.calendar import queries
from models.calendar.commands import import_holidays, withdraw_holiday
from models.calendar.errors import HolidayListRefused
from models.calendar.lists import read_list, write_list
from models.calendar.rules import HOLIDAY_KINDS, STEPS, ZONES, day_words, zone_of
from models.database import Conn, connect, sync_connect
from models.errors import AlurError
from models.install import role_dsn
from models.region.errors import RegionProblem
from models.region.rules import parse
from models.settings import Settings
from models.user.commands import open_session
from models.usulan.workbook import WorkbookProblem

Say = Callable[[str], None]
T = TypeVar("T")

_KEEPER = "admin_pusat"
_WEEKDAYS = ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min")
_SHOWN = 50


async def _with(dsn: str, work: Callable[[Conn], Awaitable[T]]) -> T:
    conn = await connect(dsn)
    try:
        async with conn.transaction():
            return await work(conn)
    finally:
        await conn.close()


def _as_keeper(config: Settings, username: str, work: Callable[[Conn, UUID], Awaitable[str]], say: Say) -> int:
    """Do something as an account that keeps the calendar and say what came of it; return the exit status."""
    with open_site(config) as site:
        with sync_connect(site.admin_dsn) as owner:
            session = open_session(owner, username, (_KEEPER,))
        if session is None:
            say(f"There is no account {username} with the role {_KEEPER}. Make one with `alur token`.")
            return 2
        try:
            said = asyncio.run(_with(role_dsn(site.admin_dsn, "alur_api"), lambda conn: work(conn, session)))
        except AlurError as problem:
            say(f"{problem.english} {problem.cure_en}")
            return 2
    say(said)
    return 0


def import_file(config: Settings, file: Path, username: str, say: Say) -> int:
    """Enter a list of holidays, all of it or nothing; return the exit status (1: mistakes, each told)."""
    try:
        rows = read_list(file.read_bytes(), file.name)
    except WorkbookProblem as problem:
        say(str(problem))
        return 2
    except HolidayListRefused as refused:
        say(refused.english)
        for wrong in refused.fields[:_SHOWN]:
            say(f"  row {wrong['row']}, {wrong['column']}: {wrong['message_en']} {wrong['cure_en']}")
        if len(refused.fields) > _SHOWN:
            say(f"  … and {len(refused.fields) - _SHOWN} more.")
        return 1

    async def work(conn: Conn, session: UUID) -> str:
        done = await import_holidays(conn, session, rows, note=f"Daftar hari libur: {file.name}")
        return f"{done.added} added, {done.replaced} replaced, {done.unchanged} unchanged."

    return _as_keeper(config, username, work, say)


def withdraw(config: Settings, number: int, username: str, decree: str, reason: str, say: Say) -> int:
    """End a holiday by decree; return the exit status."""

    async def work(conn: Conn, session: UUID) -> str:
        act = await withdraw_holiday(conn, session, number, decree=decree, note=reason)
        return f"Holiday {number} is withdrawn (act {act})."

    return _as_keeper(config, username, work, say)


def _ask(config: Settings, work: Callable[[Conn], Awaitable[T]]) -> T:
    with open_site(config) as site:
        return asyncio.run(_with(role_dsn(site.admin_dsn, "alur_api"), work))


def export(config: Settings, year: int, file: Path | None, say: Say) -> int:
    """Write a year's holidays as a list that can be imported: XLSX by its ending, else CSV; printed without a file."""
    rows = _ask(config, lambda conn: queries.holidays(conn, date(year, 1, 1), date(year, 12, 31)))
    if file is None:
        say(write_list(rows).decode("utf-8-sig").rstrip())
        return 0
    file.write_bytes(write_list(rows, xlsx=file.suffix.lower() == ".xlsx"))
    say(f"{len(rows)} days written to {file}.")
    return 0


def _line(day: dict[str, Any]) -> str:
    names = "; ".join(f"{one['name']} ({HOLIDAY_KINDS[one['kind']][0].lower()})" for one in day["holidays"])
    works = "kerja" if day["office"] else "libur"
    opened = " ".join(day["open"])
    return f"{_WEEKDAYS[day['day'].weekday()]} {day['day']:%d}  {works:<6} {opened:<24} {names}".rstrip()


def show(config: Settings, region: str, month: str | None, say: Say) -> int:
    """Print a region's month: days worked, holidays, open steps; then every step with its next opening."""
    try:
        code = parse(region)
        zone = zone_of(code)
        wanted = None if month is None else queries.month_of(month)
    except RegionProblem as problem:
        say(str(problem))
        return 2
    except AlurError as problem:
        say(f"{problem.english} {problem.cure_en}")
        return 2

    async def work(conn: Conn) -> list[str]:
        first = wanted or (await queries.today(conn, code)).replace(day=1)
        days = await queries.month(conn, code, first)
        lines = [f"{day_words(first)[0].partition(' ')[2]}, wilayah {region}, {ZONES[zone]}"]
        lines += [_line(day) for day in days]
        lines += [window.words()[0] for window in await queries.windows(conn, code)]
        lines += [
            f"Perpanjangan {one['id']}: {STEPS[one['step']][0]} {one['first_day']} sampai {one['last_day']}, "
            f"{one['decree']}"
            for one in await queries.extensions(conn, code, since=first)
            if one["ended_at"] is None
        ]
        for year in await queries.missing_years(conn):
            lines.append(f"PERHATIAN: daftar libur {year['year']} belum dimasukkan ({year['known']} hari nasional).")
        return lines

    for line in _ask(config, work):
        say(line)
    return 0
