"""The part of the command `alur` that lets the first people in; all others are let in by those."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from models.settings import settings

if TYPE_CHECKING:
    from models.staff.commands import OneTimeLink

users_app = typer.Typer(
    help="Accounts: the first administrator, accounts of before, who acts for whom, the key of accounts.",
    no_args_is_help=True,
)


@users_app.command("create-admin")
def create_admin(
    name: Annotated[str, typer.Option(prompt="Full name", help="Full name, as the history shows it")],
    nik: Annotated[str, typer.Option(prompt="NIK", help="NIK, 16 digits; asked for when left out")],
) -> None:
    """Make an admin_pusat and print his one-time link; he sets his password and second factor with it.

    He makes the administrators of provinces, and they go on from there. Whoever may run this owns the database.
    """
    from alur.users import create_admin as create  # noqa: PLC0415

    link = create(settings(), name, _demanded(nik))
    if link is None:
        typer.echo("This person holds a role that touches cases; an administrator holds none.", err=True)
        raise typer.Exit(1)
    _tell(link)


@users_app.command("invite")
def invite(
    username: Annotated[str, typer.Argument(help="Username of an account that was made without a NIK")],
    nik: Annotated[str, typer.Option(prompt="NIK", help="NIK, 16 digits; asked for when left out")],
) -> None:
    """Let an account of before (`alur token`) sign in: give it its person's NIK and print a one-time link."""
    from alur.users import invite as make  # noqa: PLC0415

    link = make(settings(), username, _demanded(nik))
    if link is None:
        typer.echo("There is no such person, or this NIK is not his.", err=True)
        raise typer.Exit(1)
    _tell(link)


def _demanded(nik: str) -> str:
    from models.signin.rules import is_nik  # noqa: PLC0415

    if not is_nik(nik):
        typer.echo("A NIK has 16 digits.", err=True)
        raise typer.Exit(2)
    return nik


def _tell(link: OneTimeLink) -> None:
    typer.echo(f"One-time link, good until {link.expires_at:%Y-%m-%d %H:%M %Z}; hand it over in person:")
    typer.echo(link.secret)
    typer.echo("It is read with POST /api/v1/auth/link/read and used with POST /api/v1/auth/link/use.")


@users_app.command("key")
def key() -> None:
    """Print a fresh key of accounts, for ALUR_ACCOUNT_KEY. With another one nobody's NIK is found any more."""
    from models.signin.keys import new_account_key  # noqa: PLC0415

    typer.echo(new_account_key())


@users_app.command("delegations")
def delegations() -> None:
    """List who acts for whom while somebody is away: role, from when until when, why."""
    from alur.users import delegations as listed  # noqa: PLC0415

    lines = listed(settings())
    for line in lines:
        typer.echo(line)
    if not lines:
        typer.echo("Nobody acts for anybody.")
