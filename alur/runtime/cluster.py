"""One data folder of PostgreSQL: make it, and tell whether and where a server runs on it."""

import logging
import os
import shutil
import signal
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from alur.runtime import procfs
from alur.runtime.account import Account, give, run_as
from alur.runtime.binaries import BUILTIN_LOCALE_SINCE
from alur.runtime.errors import HostProblem

log = logging.getLogger(__name__)

SUPERUSER = "postgres"
#: A unix socket's path holds 107 bytes at most, `/.s.PGSQL.65535.lock` included.
SOCKET_FOLDER_BYTES_MAX = 107 - len("/.s.PGSQL.65535.lock")
SOCKET_FOLDER_PREFIX = "alur-socket-"
#: Lines of the server's log that are shown when it fails.
LOG_LINES_SHOWN = 20


class ClusterNotMade(HostProblem):
    """`initdb` failed."""

    def __init__(self, data: str, output: str) -> None:
        super().__init__(data, output)
        self.data, self.output = data, output

    def __str__(self) -> str:
        return f"PostgreSQL's data folder {self.data} could not be made:\n{self.output}"


class ClusterInUse(HostProblem):
    """Processes of a server that was killed still use the data."""

    def __init__(self, data: str, pids: tuple[int, ...]) -> None:
        super().__init__(data, pids)
        self.data, self.pids = data, pids

    def __str__(self) -> str:
        return (
            f"Processes of a PostgreSQL server that was killed still use {self.data}: "
            f"{', '.join(map(str, self.pids))}. Wait for them to end, or end them, and start again."
        )


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What a server writes about itself into its data folder."""

    pid: int
    port: int
    socket_folder: Path | None
    ready: bool


def make(data: Path, programs: Path, major: int, account: Account | None, password: str) -> None:
    """Make a new data folder, whole or not at all.

    Passwords are demanded on every connection and data pages carry checksums. Texts sort by code
    point; from version 17 on without the system's libc, whose upgrade could spoil an index.

    Raises:
        ClusterNotMade: with what `initdb` said.
    """
    unfinished = data.with_name("data.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    give(unfinished, account, 0o700)
    builtin = ["--locale-provider=builtin"] if major >= BUILTIN_LOCALE_SINCE else []
    with tempfile.NamedTemporaryFile("w", dir=data.parent, prefix="password-") as file:
        file.write(password)
        file.flush()
        give(Path(file.name), account, 0o600)
        done = run_as(
            account,
            [
                programs / "initdb",
                f"--pgdata={unfinished}",
                f"--username={SUPERUSER}",
                f"--pwfile={file.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                *builtin,
                "--data-checksums",
            ],
        )
    if done.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise ClusterNotMade(str(data), done.stdout.strip())
    unfinished.rename(data)


def major_version(data: Path) -> int | None:
    """Return which major version made these data, or None when there are none."""
    try:
        return int((data / "PG_VERSION").read_text(encoding="ascii"))
    except FileNotFoundError:
        return None


def postmaster(data: Path) -> Postmaster | None:
    """Return the server that runs on this data folder now, or None.

    The pid file alone proves nothing: after kill -9 or a power cut it stays, and its pid may belong
    to any other program by now. A server's working folder is its data folder.
    """
    noted = _noted(data)
    if noted is None or procfs.working_folder(noted.pid) != data.resolve():
        return None
    return noted


def clear_remains(data: Path, patience_s: float = 20.0) -> None:
    """Remove what a server that did not stop properly has left, once nothing uses the data any more.

    Its backends notice within moments that their server is gone. A start before that would put two servers
    on one folder, so that we wait for them and do not merely remove the pid file.

    Raises:
        ClusterInUse: some did not end in time.
    """
    started = time.monotonic()
    asked = False
    while pids := _users(data):
        waited_s = time.monotonic() - started
        if waited_s > patience_s:
            raise ClusterInUse(str(data), pids)
        if waited_s > patience_s / 4 and not asked:
            asked = True
            for pid in pids:
                with suppress(OSError):
                    os.kill(pid, signal.SIGQUIT)  # a backend's own signal for "leave at once, roll back"
        time.sleep(0.05)
    noted = _noted(data)
    if noted is None:
        return
    log.info("PostgreSQL was not stopped properly last time; it recovers now.")
    if noted.socket_folder is not None:
        remove_socket_folder(noted.socket_folder)
    if procfs.find(noted.pid) is not None:
        # A newcomer under the old pid, or a zombie that nobody buries: a server would take either for a running one.
        (data / "postmaster.pid").unlink(missing_ok=True)
        for name in (f".s.PGSQL.{noted.port}", f".s.PGSQL.{noted.port}.lock"):
            ((noted.socket_folder or data) / name).unlink(missing_ok=True)


def socket_folder(data: Path, account: Account | None) -> Path:
    """Return where the server puts its unix socket: the data folder, or a short one when that path is too long."""
    if len(os.fsencode(data)) <= SOCKET_FOLDER_BYTES_MAX:
        return data
    short = Path(tempfile.mkdtemp(prefix=SOCKET_FOLDER_PREFIX, dir="/tmp"))
    give(short, account, 0o700)
    return short


def remove_socket_folder(folder: Path) -> None:
    """Remove a short folder that `socket_folder` made; never any other."""
    if folder.name.startswith(SOCKET_FOLDER_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


def log_tail(path: Path, since_byte: int = 0) -> str:
    """Return the last lines that were written to a log after this position."""
    try:
        with path.open("rb") as file:
            file.seek(since_byte)
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join(lines[-LOG_LINES_SHOWN:])


def _noted(data: Path) -> Postmaster | None:
    """Read the pid file; None when it is missing or still being written."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid, port = int(lines[0]), int(lines[3])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    folder = Path(lines[4]) if len(lines) > 4 and lines[4] else None  # noqa: PLR2004 - its fifth line
    return Postmaster(pid, port, folder, ready=lines[-1].strip() == "ready")


def _users(data: Path) -> tuple[int, ...]:
    """Return the server processes that work in this data folder."""
    folder = data.resolve()
    return tuple(
        process.pid
        for process in procfs.everyone()
        if procfs.program(process.pid) == "postgres" and procfs.working_folder(process.pid) == folder
    )
