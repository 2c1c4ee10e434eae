"""The part of the command `alur` that looks after notices: what they look like, and what did not arrive."""

from __future__ import annotations

from typing import Annotated

import typer

from models.settings import settings

notices_app = typer.Typer(help="Notices: preview a message, see and resend what did not arrive.", no_args_is_help=True)


@notices_app.command("kinds")
def notices_kinds() -> None:
    """List every message."""
    from notifications.kinds import KINDS  # noqa: PLC0415 -- each command loads what it needs

    for kind in sorted(KINDS):
        typer.echo(kind)


@notices_app.command("preview")
def notices_preview(
    kind: Annotated[str, typer.Argument(help="Message, as `alur notices kinds` lists them")],
    language: Annotated[str, typer.Option(help="id or en")] = "id",
    channel: Annotated[str, typer.Option(help="inbox, telegram, sms, email or html")] = "inbox",
) -> None:
    """Show a message as a channel would carry it, with example data."""
    from notifications.kinds import KINDS, compose  # noqa: PLC0415

    if kind not in KINDS or language not in {"id", "en"}:
        typer.echo(
            f"There is no message {kind} in {language}; `alur notices kinds` lists them, in id and en.", err=True
        )
        raise typer.Exit(2)
    message = compose(kind, KINDS[kind].example, language, base_url=settings().public_url)
    shown = {
        "inbox": f"{message.subject}\n\n{message.text}",
        "telegram": message.telegram,
        "sms": message.sms,
        "email": f"{message.subject}\n\n{message.email}",
        "html": message.email_html,
    }
    if channel not in shown:
        typer.echo(f"There is no channel {channel}; choose {', '.join(shown)}.", err=True)
        raise typer.Exit(2)
    typer.echo(shown[channel])


@notices_app.command("dead")
def notices_dead() -> None:
    """List messages that no channel took: number, reader, message, channel, why."""
    from alur.notices import dead_letters  # noqa: PLC0415

    for row in dead_letters(settings()):
        tried = ", ".join([*row["tried"], row["channel"]])
        typer.echo(f"{row['id']}  {row['username']}  {row['kind']}  {tried}  {row['error']}")


@notices_app.command("resend")
def notices_resend(
    ids: Annotated[list[int], typer.Argument(help="Numbers, as `alur notices dead` lists them")],
) -> None:
    """Send dead letters again, from their reader's first channel on."""
    from alur.notices import send_again  # noqa: PLC0415

    typer.echo(f"{send_again(settings(), ids)} messages are on their way again.")
