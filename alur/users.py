"""What the command does with accounts, as the owner of the database."""

from __future__ import annotations

from alur.site import open_site
from models.database import sync_connect
from models.settings import Settings
from models.staff.commands import OneTimeLink, first_admin, invite_known


def create_admin(config: Settings, name: str, nik: str) -> OneTimeLink | None:
    """Make an admin_pusat, or find him; returns his one-time link, None when he holds a role that touches cases."""
    with open_site(config) as site, sync_connect(site.admin_dsn) as conn:
        return first_admin(conn, site.keys(config), name, nik)


def invite(config: Settings, username: str, nik: str) -> OneTimeLink | None:
    """Give an account of before a NIK and a one-time link; None when there is none, or the NIK is another's."""
    with open_site(config) as site, sync_connect(site.admin_dsn) as conn:
        return invite_known(conn, site.keys(config), username, nik)
