"""What the calendar's keepers do: enter and withdraw holidays, extend windows. Each is one transaction and one act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from psycopg.types.json import Jsonb

from models.calendar.errors import ExtensionInvalid
from models.calendar.lists import HolidayRow
from models.calendar.rules import STEPS
from models.database import Conn, fetch_value
from models.raised import domain_errors
from models.region.data import known_codes
from models.region.rules import Level, level, span


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of a list of holidays; `act` is None when nothing changed."""

    act: int | None
    added: int
    replaced: int
    unchanged: int


async def import_holidays(conn: Conn, session: UUID, rows: Sequence[HolidayRow], *, note: str) -> Entered:
    """Enter holidays. Those that say otherwise than a live one end it by their decree; the same again changes nothing.

    Raises:
        CalendarNotYours: another role than admin_pusat.
    """
    with domain_errors():
        cursor = await conn.execute(
            "SELECT * FROM holiday_import(%s, %s, %s)", (session, Jsonb([row.as_data() for row in rows]), note)
        )
        row = await cursor.fetchone()
    if row is None:
        raise AssertionError  # the function returns one row
    return Entered(row["act"], row["added"], row["replaced"], row["unchanged"])


async def withdraw_holiday(conn: Conn, session: UUID, number: int, *, decree: str, note: str) -> int:
    """End a holiday by decree, with the reason; returns the act.

    Raises:
        CalendarNotYours: another role than admin_pusat.
        HolidayNotFound: no such holiday, or it has ended.
    """
    with domain_errors():
        act: int = await fetch_value(conn, "SELECT holiday_withdraw(%s, %s, %s, %s)", (session, number, decree, note))
    return act


@dataclass(frozen=True, slots=True)
class Extension:
    """Further days of a step for one kabupaten or kota (four digits), local, both included, within one month."""

    step: str
    kabupaten: int
    first_day: date
    last_day: date
    decree: str
    reason: str
    #: id of a programme; None for all
    programme: str | None = None


async def extend_window(conn: Conn, session: UUID, wanted: Extension) -> tuple[int, int]:
    """Give a kabupaten further days; returns the extension's number and its act. The same again is the first one.

    Raises:
        ExtensionInvalid: no such kabupaten or step, or days that do not lie in one month in their order.
        CalendarNotYours: another role than pusdatin.
        WordUnknown: no such programme.
    """
    first, last = wanted.first_day, wanted.last_day
    if (
        wanted.step not in STEPS
        or wanted.kabupaten not in known_codes()
        or level(wanted.kabupaten) is not Level.KABUPATEN
        or first > last
        or (first.year, first.month) != (last.year, last.month)
    ):
        raise ExtensionInvalid(wanted.step, wanted.kabupaten, f"{first} … {last}")
    lo, hi = span(wanted.kabupaten)
    with domain_errors():
        cursor = await conn.execute(
            "SELECT * FROM window_extend(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (session, wanted.step, lo, hi, wanted.programme, first, last, wanted.decree, wanted.reason),
        )
        row = await cursor.fetchone()
    if row is None:
        raise AssertionError  # the function returns one row
    return row["id"], row["act"]


async def withdraw_extension(conn: Conn, session: UUID, number: int, *, decree: str, note: str) -> int:
    """End an extension by decree, with the reason; returns the act.

    Raises:
        CalendarNotYours: another role than pusdatin.
        ExtensionNotFound: no such extension, or it has ended.
    """
    with domain_errors():
        act: int = await fetch_value(conn, "SELECT window_withdraw(%s, %s, %s, %s)", (session, number, decree, note))
    return act
