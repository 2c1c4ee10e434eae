"""The part of the command `alur` that looks after verval cycles."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from models.settings import settings

siklus_app = typer.Typer(
    help="Verval cycles: start one, see whether it can be done, hand work over.", no_args_is_help=True
)


@siklus_app.command("start")
def siklus_start(
    mulai: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="First day")],
    selesai: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="Last day")],
    username: Annotated[str, typer.Option("--as", help="Account of Pusdatin that starts it")],
    letter: Annotated[str, typer.Option(help="Number of the circular that orders it")],
    reason: Annotated[str, typer.Option(help="Why outside the calendar")],
) -> None:
    """Schedule a cycle outside the calendar of policy, with a reason. A period that has a cycle keeps it."""
    from alur.cycle import start  # noqa: PLC0415 -- each command loads what it needs, so that --help is quick

    code = start(settings(), username, mulai.date(), selesai.date(), letter=letter, reason=reason, say=typer.echo)
    raise typer.Exit(code)


@siklus_app.command("forecast")
def siklus_forecast(
    region: Annotated[int, typer.Argument(help="Kabupaten, kecamatan or village")],
    mulai: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="First day")],
    selesai: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="Last day")],
    username: Annotated[str, typer.Option("--as", help="Account that asks")],
    role: Annotated[str, typer.Option(help="Role in which it asks")] = "pusdatin",
) -> None:
    """Say village by village whether a cycle can be done and when it would be. Exit 1 where one cannot."""
    from alur.cycle import forecast  # noqa: PLC0415

    code = forecast(settings(), username, role, region, mulai.date(), selesai.date(), say=typer.echo)
    raise typer.Exit(code)


@siklus_app.command("handover")
def siklus_handover(
    officer: Annotated[str, typer.Argument(help="Account of the officer who leaves")],
    username: Annotated[str, typer.Option("--as", help="Account of the verifikator")],
    reason: Annotated[str, typer.Option(help="Why")],
    to: Annotated[
        list[str] | None, typer.Option(help="Account that may take visits; may be given more than once")
    ] = None,
) -> None:
    """Give all visits an officer still has to make to others by load."""
    from alur.cycle import hand_over  # noqa: PLC0415

    raise typer.Exit(hand_over(settings(), username, officer, to=to or (), reason=reason, say=typer.echo))
