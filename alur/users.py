"""What the command does with accounts, as the owner of the database."""

from __future__ import annotations

from datetime import datetime

from alur.site import open_site
from models.database import sync_connect
from models.delegation.queries import standing
from models.settings import Settings
from models.staff.commands import OneTimeLink, first_admin, invite_known
from models.usulan.rules import WIB


def create_admin(config: Settings, name: str, nik: str) -> OneTimeLink | None:
    """Make an admin_pusat, or find him; returns his one-time link, None when he holds a role that touches cases."""
    with open_site(config) as site, sync_connect(site.admin_dsn) as conn:
        return first_admin(conn, site.keys(config), name, nik)


def invite(config: Settings, username: str, nik: str) -> OneTimeLink | None:
    """Give an account of before a NIK and a one-time link; None when there is none, or the NIK is another's."""
    with open_site(config) as site, sync_connect(site.admin_dsn) as conn:
        return invite_known(conn, site.keys(config), username, nik)


def _day(moment: datetime) -> str:
    return moment.astimezone(WIB).strftime("%Y-%m-%d %H:%M")


def delegations(config: Settings) -> list[str]:
    """Return who acts for whom, now or from later on, one line each; moments in western Indonesian time."""
    with open_site(config) as site, sync_connect(site.admin_dsn) as conn:
        return [
            f"{row['delegation']}  {row['delegate']} untuk {row['giver']}, {row['role']}  "
            f"{_day(row['valid_from'])} - {_day(row['valid_to'])} WIB  {row['why']}"
            for row in standing(conn)
        ]
