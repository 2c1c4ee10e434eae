"""`alur doctor`: does everything run, and what needs a person?"""

from __future__ import annotations

import psycopg

from alur.doctor import database, keys, machine
from alur.doctor.lines import Line, Status, worst
from alur.runtime.errors import HostProblem
from alur.site import Site, open_site
from models.database import sync_connect
from models.health.queries import database_bytes
from models.settings import Settings

__all__ = ["Line", "Status", "examine", "worst"]


def examine(config: Settings, *, production: bool = False) -> list[Line]:
    """Look at everything once and return a line for each; what is broken becomes a line and ends nothing else.

    Args:
        config: the installation. An embedded database that does not run is started for the look.
        production: demand that this is no demo.
    """
    lines = [machine.versions(), *machine.processes(config)]
    try:
        with open_site(config) as site:
            lines += _of_site(site, config, production=production)
    except HostProblem as error:
        lines.append(_away(str(error)))
    return lines


def _of_site(site: Site, config: Settings, *, production: bool) -> list[Line]:
    lines: list[Line] = []
    taken = 0
    try:
        with sync_connect(site.admin_dsn) as conn:
            conn.execute("SET application_name = 'alur doctor'")
            taken = database_bytes(conn)
            lines += database.everything(conn, production=production)
            if not any(line.check == "skema" and line.status is Status.GALAT for line in lines):
                lines.append(keys.accounts(conn, config, site.home))
    except psycopg.Error as error:
        lines.append(_away(f"{type(error).__name__}: {error.diag.message_primary or error}"))
    folders = {"ALUR_HOME": site.home}
    if site.server is not None and not site.server.data.is_relative_to(site.home):
        folders["PostgreSQL"] = site.server.data.parent
    return lines + machine.room(folders, taken)


def _away(said: str) -> Line:
    return Line(
        "postgresql",
        Status.GALAT,
        f"tidak dapat ditanyai: {said.strip()}",
        f"cannot be asked: {said.strip()}",
        "periksa ALUR_DATABASE_URL (superuser) dan peladennya, atau postgres/server.log",
        "check ALUR_DATABASE_URL (a superuser) and its server, or postgres/server.log",
    )
