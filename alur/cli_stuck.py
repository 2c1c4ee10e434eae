"""The part of the command `alur` that tells what is stuck."""

from __future__ import annotations

from typing import Annotated

import typer

from models.settings import settings


def stuck(
    username: Annotated[
        str, typer.Option("--as", help="Account that asks; it sees what its role may see")
    ] = "pusdatin",
    region: Annotated[str | None, typer.Option(help="Region code; everything inside it, e.g. 32.04")] = None,
    machine: Annotated[str | None, typer.Option(help="Machine")] = None,
    state: Annotated[str | None, typer.Option(help="State")] = None,
    reason: Annotated[str | None, typer.Option(help="Reason, e.g. tanpa_pemegang")] = None,
    level: Annotated[int, typer.Option(min=0, max=9, help="Least level: 0 soon due, 1 due, 2 an office above")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Rows at most")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per row")] = False,
) -> None:
    """List what is stuck: what, where, since when, at whom, why, and the action that frees it."""
    from alur.stuck import show  # noqa: PLC0415 -- each command loads what it needs, so that --help is quick

    asked = (region, machine, state, reason, level)
    raise typer.Exit(show(settings(), username, asked, limit=limit, as_json=as_json, say=typer.echo))
