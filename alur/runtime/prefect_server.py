"""Prefect's server and its clients on one machine: commands and settings, each with its reason.

Figures were measured with Prefect 3.8.8 and Python 3.11 on two cores: the server takes 188 MB at first
and 203 MB after 240 runs, most of it imported modules, so that settings can save little.
"""

import os
import secrets
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from alur.runtime.errors import HostProblem
from alur.runtime.ports import LOOPBACK

#: Prefect's own migrations ask for it; they create it themselves.
EXTENSION = "pg_trgm"

#: What both the server and its clients are told.
COMMON = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",  # without a server: fail, and do not quietly start one on SQLite
    "PREFECT_PROFILE": "local",  # the operator's own profile may point to another server
    "PREFECT_LOGGING_COLORS": "false",
    "MALLOC_TRIM_THRESHOLD_": "65536",  # glibc gives freed memory back: 9 MB less in a worker after 60 runs
}


class ExtensionMissing(HostProblem):
    """The database server lacks what Prefect needs."""

    def __init__(self, extension: str) -> None:
        super().__init__(extension)
        self.extension = extension

    def __str__(self) -> str:
        return (
            f"Prefect needs PostgreSQL's extension {self.extension!r}, and this server does not have it. "
            "Install the package of PostgreSQL's additional modules, often named postgresql-contrib."
        )


class DatabaseRefused(HostProblem):
    """The database server does not let us make a database."""

    def __init__(self, name: str, user: str) -> None:
        super().__init__(name, user)
        self.name, self.user = name, user

    def __str__(self) -> str:
        return (
            f"The user {self.user!r} may not make the database {self.name!r}. "
            f"Ask its administrator for: CREATE DATABASE {self.name} OWNER {self.user}"
        )


def prefect_api_url(port: int) -> str:
    """Return the address of the API of a server on this machine."""
    return f"http://{LOOPBACK}:{port}/api"


def prefect_server_command(
    prefect_dsn: str, port: int, prefect_home: Path, *, ui: bool = False
) -> tuple[list[str], dict[str, str], str]:
    """Return how to run Prefect's server.

    It is uvicorn with the application factory (see `prefect_app`), as Prefect starts its server in the background:
    one process, without the command line's layer.

    Args:
        prefect_dsn: its own database, as `ensure_database` returns it.
        port: on the loopback address only.
        prefect_home: for its files and the secret that clients show; made when missing.
        ui: serve Prefect's pages too. They cost no memory; but 17 MB of files, and one more thing to guard.

    Returns:
        Arguments, additions to the environment, and a URL that answers once the server is ready.
    """
    prefect_home.mkdir(parents=True, exist_ok=True)
    api_url = prefect_api_url(port)
    arguments = [sys.executable, "-P", "-m", "uvicorn", "--factory", "alur.runtime.prefect_app:create_app"]
    arguments += ["--app-dir", str(prefect_home), "--host", LOOPBACK, "--port", str(port)]
    arguments += ["--log-level", "warning", "--no-access-log", "--timeout-graceful-shutdown", "3"]
    env = {
        **COMMON,
        "PREFECT_HOME": str(prefect_home),
        "PREFECT_API_URL": api_url,
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": asyncpg_url(prefect_dsn),
        # Whoever may speak to this server may run programs as us; a page in a browser on this machine could.
        "PREFECT_SERVER_API_AUTH_STRING": api_secret(prefect_home),
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": api_url.removesuffix("/api"),
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT__SERVER_FINAL": "1",  # Prefect's own switch: no second application will be made in this process
        # Five connections instead of seven at rest, ten at most, each a PostgreSQL process of several MB.
        "PREFECT_SERVER_DATABASE_SQLALCHEMY_POOL_SIZE": "3",
        "PREFECT_SERVER_DATABASE_SQLALCHEMY_MAX_OVERFLOW": "7",
        # Events and automations are not ours: what happened is in PostgreSQL. 48 kB of WAL a run instead of 112.
        "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
        # Slots of a deployment's concurrency limit are given back when their lease runs out. In memory, the default,
        # a server that is restarted forgets the leases and keeps the slots taken: for ever, after a kill of the runs.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        # Runs end after minutes and are of no use after 90 days; without this they stay for ever.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "flow_runs",
        # A machine that slept catches up on five runs of a minute's schedule, not on a hundred.
        "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_RUNS": "5",
        "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_SCHEDULED_TIME": "PT5M",
        "PREFECT_SERVER_DEPLOYMENT_SCHEDULE_MAX_SCHEDULED_RUNS": "5",
        "PREFECT_SERVER_UI_ENABLED": str(ui).lower(),
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(prefect_home / "ui"),  # not into the installed package
    }
    return arguments, env, f"{api_url}/health"


def prefect_client_env(api_url: str, home: Path) -> dict[str, str]:
    """Return what a worker, a flow run and the API are told, on top of their environment.

    Half of the runs that are asked for or resumed start within 1.0 s in a worker that runs flows in its own
    process, within 1.1 s in one that forks, and within 3.2 s in one that starts a fresh Python. Looking
    every second costs the server 2.5 % of a core. Certificates and proxies are left as the machine has them.

    Args:
        api_url: of the server, as `prefect_api_url` gives it.
        home: the server's `prefect_home`, which holds the secret; a client's own files go there too.
    """
    return {
        **COMMON,
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": api_url,
        "PREFECT_API_AUTH_STRING": api_secret(home),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "PREFECT_WORKER_PREFETCH_SECONDS": "2",  # as long as a run's process takes to start
        # Logs stay in our files: Prefect's database is kept longer, read by others, and shown without our masks.
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",  # our own log says what a run does; hints at pages we do not serve go
        "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",  # one lock file for both; saves a request per run
        "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
        "PREFECT_CLI_PROMPT": "false",
    }


def api_secret(prefect_home: Path) -> str:
    """Return the user and password that Prefect's clients show its server; made once, readable by us alone."""
    path = prefect_home / "api.secret"
    prefect_home.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"alur:{secrets.token_urlsafe(24)}")
    return path.read_text(encoding="ascii")


def asyncpg_url(dsn: str) -> str:
    """Return a PostgreSQL address as Prefect's driver wants it, which calls `sslmode` `ssl`."""
    parts = urlsplit(dsn)
    query = [("ssl" if name == "sslmode" else name, value) for name, value in parse_qsl(parts.query)]
    return urlunsplit(("postgresql+asyncpg", parts.netloc, parts.path, urlencode(query), ""))


def ensure_database(admin_dsn: str, name: str) -> str:
    """Make sure that a database of this name exists, owned by a role of the same name, and return its address.

    The role owns that database and nothing else, so that Prefect's server cannot reach the cases. Its password
    is new every time and stored nowhere. An administrator who is no superuser uses the database in
    his own name.

    Raises:
        ExtensionMissing: Prefect's migrations would fail there.
        DatabaseRefused: the database is missing and the administrator may not make it.
    """
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        if not _one(connection, "SELECT count(*) FROM pg_available_extensions WHERE name = %s", EXTENSION):
            raise ExtensionMissing(EXTENSION)
        parts = urlsplit(admin_dsn)
        netloc = parts.netloc
        role = sql.Identifier(name)
        owner: sql.Composable = sql.SQL("DEFAULT")
        if _one(connection, "SELECT count(*) FROM pg_roles WHERE rolname = current_user AND rolsuper"):
            password = secrets.token_urlsafe(24)
            # Hashed here, so that the password itself stays out of the server's log.
            secret = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
            known = _one(connection, "SELECT count(*) FROM pg_roles WHERE rolname = %s", name)
            verb = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}" if known else "CREATE ROLE {} LOGIN PASSWORD {}")
            connection.execute(verb.format(role, sql.Literal(secret)))
            netloc = f"{name}:{password}@{netloc.rpartition('@')[2]}"
            owner = role
        if not _one(connection, "SELECT count(*) FROM pg_database WHERE datname = %s", name):
            try:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, owner))
            except psycopg.errors.InsufficientPrivilege:
                raise DatabaseRefused(name, parts.username or "") from None
    return urlunsplit((parts.scheme, netloc, f"/{name}", parts.query, ""))


def _one(connection: psycopg.Connection[tuple[int]], query: str, *parameters: str) -> int:
    row = connection.execute(query, parameters).fetchone()
    return row[0] if row else 0
