"""Run a PostgreSQL server of our own on this machine, for demonstrations, tests and small offices.

An operator with a database server names it in ALUR_DATABASE_URL and none of this runs.
"""

import logging
import os
import secrets
import shlex
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from alur.runtime import cluster, ports
from alur.runtime.account import Account, choose_place, give, run_as, server_account
from alur.runtime.binaries import Binaries, copy_for_others, find_binaries
from alur.runtime.errors import HostProblem
from alur.runtime.lock import hold

log = logging.getLogger(__name__)

#: Lean on memory and quiet on disk; all else is PostgreSQL's own default.
DEFAULTS: Mapping[str, str] = {
    "max_connections": "60",  # API, worker, Prefect and a dozen people with psql
    "shared_buffers": "128MB",
    "jit": "off",  # our statements are short; compiling one costs more than it saves
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "synchronous_commit": "on",  # public money: an answered request is on disk
    "timezone": "UTC",  # stored instants; people's zones are the application's
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %a ",
    "log_error_verbosity": "terse",  # the details of an error are rows, with names and numbers of people
}
#: Recovery after a power cut may have up to max_wal_size to read.
START_TIMEOUT_S = 300
STOP_TIMEOUT_S = 60
LOG_BYTES_MAX = 10_000_000
#: A free port may be taken between our look and the server's start.
PORTS_TRIED = 5


class PostgresNotStarted(HostProblem):
    """The server ended, or never became ready, while it was being started."""

    def __init__(self, data: str, tail: str) -> None:
        super().__init__(data, tail)
        self.data, self.tail = data, tail

    def __str__(self) -> str:
        return f"PostgreSQL did not start on {self.data}. The last lines of its log:\n{self.tail}"


class PostgresNotStopped(HostProblem):
    """The server still runs although it was asked to stop."""

    def __init__(self, data: str, output: str) -> None:
        super().__init__(data, output)
        self.data, self.output = data, output

    def __str__(self) -> str:
        return f"PostgreSQL on {self.data} did not stop: {self.output}"


class PasswordMissing(HostProblem):
    """There are data but not the password that was made with them."""

    def __init__(self, path: str, data: str) -> None:
        super().__init__(path, data)
        self.path, self.data = path, data

    def __str__(self) -> str:
        return (
            f"The database in {self.data} exists, but its password cannot be read from {self.path}. "
            "Bring that file back; or, to begin anew, remove that folder."
        )


class DataNotOurs(HostProblem):
    """The data folder belongs to another user."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} belongs to another user. Start Alur as that user or as root, or choose another ALUR_HOME."


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server on 127.0.0.1 whose data live under one home.

    It outlives the process that started it, unless stopped: a second `start` on the same home adopts it.
    """

    home: Path
    data: Path
    #: Programs for whoever holds this object: psql, pg_dump, pgbench and the others.
    bindir: Path
    port: int
    log: Path
    password: str = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)

    name = "postgresql"

    @classmethod
    def start(cls, home: Path, settings: Mapping[str, str] | None = None) -> Self:
        """Return a server that accepts connections: a running one of this home, or a newly started one.

        Args:
            home: where data, password and port are kept; made when missing.
            settings: server settings on top of `DEFAULTS`; a server that runs already keeps its own.

        Raises:
            HostProblem: no programs, no user, no place, or the server's own complaint.
        """
        home.mkdir(parents=True, exist_ok=True)
        home = home.resolve()
        with hold(home / "postgres.lock", wait=True):
            place = choose_place(home)
            data = place / "data"
            account = server_account(data)
            _require_ours(data)
            binaries = find_binaries(cluster.major_version(data))
            password = _password(home, data)
            programs = _reachable(binaries, place, account)
            if not data.exists():
                cluster.make(data, programs, binaries.major, account, password)
            port = _bring_up(data, programs, account, {**DEFAULTS, **(settings or {})})
        return cls(home, data, binaries.bindir, port, place / "server.log", password, dict(settings or {}))

    @property
    def admin_dsn(self) -> str:
        """The superuser's address on the database "postgres"."""
        return self.dsn("postgres")

    def dsn(self, database: str) -> str:
        """Return the superuser's address on another database."""
        return f"postgresql://{cluster.SUPERUSER}:{self.password}@{ports.LOOPBACK}:{self.port}/{database}"

    @property
    def pid(self) -> int | None:
        """The pid of the running server, or None."""
        running = cluster.postmaster(self.data)
        return running.pid if running else None

    def is_running(self) -> bool:
        """Tell whether the server runs now."""
        return self.pid is not None

    def revive(self) -> None:
        """Start the server again after it died, on the port its clients know.

        Raises:
            PostgresNotStarted: it does not come up, or its port was taken meanwhile.
        """
        again = type(self).start(self.home, self.settings)
        if again.port != self.port:
            again.stop()
            raise PostgresNotStarted(str(self.data), f"Port {self.port} was taken while the server was down.")

    def stop(self) -> None:
        """End all connections, write everything out, and return when the server is gone.

        Raises:
            PostgresNotStopped: it is still there.
        """
        with hold(self.home / "postgres.lock", wait=True):
            running = cluster.postmaster(self.data)
            if running is None:
                return
            account = server_account(self.data)
            programs = _reachable(find_binaries(cluster.major_version(self.data)), self.data.parent, account)
            pg_ctl = [programs / "pg_ctl", *_wait(STOP_TIMEOUT_S), "-D", self.data]
            for mode in ("fast", "immediate"):  # the second leaves recovery to the next start; nothing is lost
                done = run_as(account, [*pg_ctl, "-m", mode, "stop"])
                if cluster.postmaster(self.data) is None:
                    break
            else:
                raise PostgresNotStopped(str(self.data), done.stdout.strip())
            with suppress(ChildProcessError):
                os.waitpid(running.pid, os.WNOHANG)  # ours to bury when we adopt orphans, as the supervisor does
            if running.socket_folder is not None:
                cluster.remove_socket_folder(running.socket_folder)

    def remove(self) -> None:
        """Stop the server and delete its data, wherever they are: the end of a test or a demonstration."""
        self.stop()
        with hold(self.home / "postgres.lock", wait=True):
            shutil.rmtree(self.data.parent)
            for name in ("postgres.place", "postgres.password"):
                (self.home / name).unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


def _require_ours(data: Path) -> None:
    if os.geteuid() != 0 and data.exists() and data.stat().st_uid != os.geteuid():
        raise DataNotOurs(str(data))


def _password(home: Path, data: Path) -> str:
    """Return the superuser's password, made once and readable by us alone."""
    path = home / "postgres.password"
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        if data.exists():
            raise PasswordMissing(str(path), str(data)) from None
    except PermissionError:
        raise PasswordMissing(str(path), str(data)) from None
    password = secrets.token_urlsafe(24)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(password)
        file.flush()
        os.fsync(file.fileno())
    return password


def _reachable(binaries: Binaries, place: Path, account: Account | None) -> Path:
    """Return a folder of programs which the server's user can run; a copy when the environment is closed to it."""
    if account is None:
        return binaries.bindir
    try:
        if run_as(account, [binaries.bindir / "postgres", "--version"]).returncode == 0:
            return binaries.bindir
    except PermissionError:
        pass
    return copy_for_others(binaries, place)


def _wait(timeout_s: int) -> tuple[str, ...]:
    return "-w", "-t", str(timeout_s)


def _bring_up(data: Path, programs: Path, account: Account | None, settings: Mapping[str, str]) -> int:
    """Make sure that a server runs on these data, and return its port."""
    if cluster.postmaster(data) is not None:
        return _when_ready(data, data.parent / "server.log", 0)
    cluster.clear_remains(data)
    journal = data.parent / "server.log"
    if journal.exists() and journal.stat().st_size > LOG_BYTES_MAX:
        journal.replace(journal.with_suffix(".log.1"))
    journal.touch()
    give(journal, account, 0o600)
    kept = data.parent / "port"
    port = int(kept.read_text(encoding="ascii")) if kept.exists() else ports.free_port()
    for _ in range(PORTS_TRIED):
        if not ports.is_free(port):
            port = ports.free_port()
        before = journal.stat().st_size
        folder = cluster.socket_folder(data, account)
        options = ["-h", ports.LOOPBACK, "-p", str(port), "-k", str(folder)]
        options += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        pg_ctl = [programs / "pg_ctl", *_wait(START_TIMEOUT_S), "-D", data]
        done = run_as(account, [*pg_ctl, "-l", journal, "-o", shlex.join(options), "start"])
        if done.returncode == 0 or cluster.postmaster(data) is not None:
            kept.write_text(f"{port}\n", encoding="ascii")
            return _when_ready(data, journal, before)
        cluster.remove_socket_folder(folder)
        tail = cluster.log_tail(journal, before)
        if "Address already in use" not in tail:
            break
    raise PostgresNotStarted(str(data), tail or done.stdout.strip())


def _when_ready(data: Path, journal: Path, log_since_byte: int) -> int:
    """Wait for a server that is there already, perhaps busy with recovery, and return its port."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while (running := cluster.postmaster(data)) is not None and time.monotonic() < deadline:
        if running.ready:
            return running.port
        time.sleep(0.05)
    raise PostgresNotStarted(str(data), cluster.log_tail(journal, log_since_byte))
