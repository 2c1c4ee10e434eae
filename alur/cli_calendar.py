"""The part of the command `alur` that keeps and shows the calendar."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from models.settings import settings

calendar_app = typer.Typer(help="Holidays and windows: import, export, withdraw, show.", no_args_is_help=True)

_As = Annotated[str, typer.Option("--as", help="Account with the role admin_pusat")]


@calendar_app.command("import")
def calendar_import(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX: tanggal, nama, jenis, wilayah, dasar")
    ],
    username: _As,
) -> None:
    """Enter a list of holidays: all of it, or nothing and every mistake named. The same list again changes nothing."""
    from alur.calendar import import_file  # noqa: PLC0415

    raise typer.Exit(import_file(settings(), file, username, typer.echo))


@calendar_app.command("export")
def calendar_export(
    year: Annotated[int, typer.Option(help="Year", min=2000, max=2099)],
    file: Annotated[Path | None, typer.Argument(dir_okay=False, help="Where to write it, .csv or .xlsx")] = None,
) -> None:
    """Write a year's holidays as a list that can be imported again; to the terminal without a file."""
    from alur.calendar import export  # noqa: PLC0415

    raise typer.Exit(export(settings(), year, file, typer.echo))


@calendar_app.command("withdraw")
def calendar_withdraw(
    number: Annotated[int, typer.Argument(help="Number of the holiday, from GET /api/v1/calendar/holidays")],
    username: _As,
    decree: Annotated[str, typer.Option(help="Decree that withdraws it")],
    reason: Annotated[str, typer.Option(help="Why")],
) -> None:
    """End a holiday by decree; it stays on record."""
    from alur.calendar import withdraw  # noqa: PLC0415

    raise typer.Exit(withdraw(settings(), number, username, decree, reason, typer.echo))


@calendar_app.command("show")
def calendar_show(
    region: Annotated[str, typer.Option(help="Region code of any level, e.g. 3204")],
    month: Annotated[str | None, typer.Option(help="Month, yyyy-mm; this month unless told")] = None,
) -> None:
    """Show a region's month: days worked, holidays, open steps, and when each step opens next."""
    from alur.calendar import show  # noqa: PLC0415

    raise typer.Exit(show(settings(), region, month, typer.echo))
