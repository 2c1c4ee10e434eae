"""Pages out of templates: escaped, in the reader's language and time zone, with numbers as Indonesia writes them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, SupportsInt
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from api.console.catalogue import Language, translations
from api.console.words import (
    asked,
    batch_name,
    duration,
    fact,
    factor,
    jenis,
    month,
    on_pages,
    said_role,
    said_role_within,
    state_mark,
    tahap,
    verb,
)
from models.region.rules import dotted
from notifications.declared import declared

HERE = Path(__file__).parent
STATIC = HERE / "static"

_ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


@cache
def static_url(name: str) -> str:
    """Return a file's address; it changes with its content, so that browsers may keep the file for ever."""
    mark = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/statis/{name}?v={mark}"


def _language(context: Context) -> Language:
    return "en" if context.get("language") == "en" else "id"


@pass_context
def _gettext(context: Context, text: str) -> str:
    return translations(_language(context)).gettext(text)


@pass_context
def _ngettext(context: Context, one: str, many: str, number: SupportsInt | None) -> str:
    return translations(_language(context)).ngettext(one, many, int(number or 0))


@pass_context
def of_machine(context: Context, text: str) -> str:
    """Return what a machine says of itself (a state's meaning, a reason's label) in the reader's language."""
    return declared(text, _language(context))


@pass_context
def moment(context: Context, at: datetime | None) -> str:
    """Return a moment in the reader's zone, e.g. "Sen 3 Agu 2026 14.05 WIB"."""
    if at is None:
        return "–"
    zone = str(context["zone"])
    told = format_datetime(at, "EEE d MMM y HH.mm", tzinfo=ZoneInfo(zone), locale=_language(context))
    return f"{told} {_ZONES.get(zone, '')}".strip()


@pass_context
def until(context: Context, at: datetime | None) -> str:
    """Return a deadline as people read it: at midnight it is the end of the day before, "Sen 14 Des 2026 24.00 WIB"."""
    if at is None or at.astimezone(ZoneInfo(str(context["zone"]))).time() != time():
        return moment(context, at)
    before = moment(context, at - timedelta(days=1))
    return before.replace("00.00", "24.00")


@pass_context
def until_day(context: Context, at: datetime | None) -> str:
    """Return the last day of a deadline, e.g. "14 Des 2026" for one at the midnight that ends it."""
    return "–" if at is None else day(context, at - timedelta(microseconds=1))


@pass_context
def day(context: Context, at: datetime | date | None) -> str:
    """Return a day, e.g. "3 Agu 2026"."""
    if at is None:
        return "–"
    if isinstance(at, datetime):
        at = at.astimezone(ZoneInfo(str(context["zone"]))).date()
    return format_date(at, "d MMM y", locale=_language(context))


@pass_context
def days(context: Context, first: str, last: str) -> str:
    """Return days from one to another, both as year-month-day: "1 Feb – 30 Apr 2027"."""
    one, other = date.fromisoformat(first), date.fromisoformat(last)
    form = "d MMM" if one.year == other.year else "d MMM y"
    return f"{format_date(one, form, locale=_language(context))} – {day(context, other)}"


@pass_context
def relative(context: Context, at: datetime | None) -> str:
    """Return how far a moment is from now by the system's clock, e.g. "3 hari yang lalu" or "dalam 2 jam"."""
    if at is None:
        return ""
    gap: timedelta = at - context["now"]
    return format_timedelta(gap, add_direction=True, locale=_language(context))


@pass_context
def number(context: Context, value: float | None) -> str:
    """Return a number with its separators: 18.800.000 in Indonesian."""
    return "–" if value is None else format_decimal(value, locale=_language(context))


def rupiah(value: int | None) -> str:
    """Return rupiah as Indonesia writes them in both languages: Rp1.250.000."""
    return "–" if value is None else "Rp" + format_decimal(value, locale="id")


@pass_context
def of_language(context: Context, row: Mapping[str, Any], name: str) -> Any:
    """Return a field in the reader's language where the data carry both (`label`, `label_en`)."""
    if _language(context) == "en" and row.get(f"{name}_en"):
        return row[f"{name}_en"]
    return row[name]


@pass_context
def of_record(context: Context, told: object, name: str) -> Any:
    """Return an attribute in the reader's language where an object carries both (`text`, `text_en`)."""
    return getattr(told, f"{name}_en" if _language(context) == "en" else name)


def zone_name(zone: str) -> str:
    """Return what people call a time zone: WIB, WITA or WIT."""
    return _ZONES.get(zone, zone)


def pick(name: str, row: Mapping[str, Any]) -> Any:
    """Return the value that a row has under a name, for `map`."""
    return row[name]


def under(to: str, path: str) -> bool:
    """Return whether a page lies at an address or below it."""
    return path == to or path.startswith(f"{to}/")


@cache
def environment() -> Environment:
    """Return the templates' environment, made once."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters |= {
        "declared": of_machine,
        "moment": moment,
        "until": until,
        "until_day": until_day,
        "day": day,
        "days": days,
        "month": month,
        "relative": relative,
        "tahap": tahap,
        "number": number,
        "rupiah": rupiah,
        "dotted": dotted,
        "verb": verb,
        "mark": state_mark,
        "duration": duration,
        "fact": fact,
        "asked": asked,
        "batch_name": batch_name,
        "jenis": jenis,
        "factor": factor,
        "pick": pick,
        "under": under,
        "zone_name": zone_name,
        "on_pages": on_pages,
    }
    made.globals |= {
        "static": static_url,
        "said": of_language,
        "said_of": of_record,
        "role_name": pass_context(said_role),
        "role_within": pass_context(said_role_within),
    }
    return made


def render(template: str, context: Mapping[str, Any]) -> str:
    """Return a page. Every page's context has `language`, `zone` and `now`."""
    return environment().get_template(template).render(context)
