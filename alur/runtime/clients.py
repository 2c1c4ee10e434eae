"""PostgreSQL's programs that dump and restore: found by version, run without a password on their command line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from alur.runtime.binaries import installed
from alur.runtime.errors import HostProblem

_PROGRAMS = ("pg_dump", "pg_restore")


class ClientsMissing(HostProblem):
    """No pg_dump and pg_restore were found that speak to this server."""

    def __init__(self, needed: int, found: tuple[str, ...]) -> None:
        super().__init__(needed, found)
        self.needed, self.found = needed, found

    def __str__(self) -> str:
        there = ", ".join(self.found)
        return (
            f"Perlu pg_dump dan pg_restore versi {self.needed} atau lebih baru; "
            f"{f'yang ada: {there}' if there else 'tidak ada di PATH'}. "
            f"Pasang paket postgresql-client-{self.needed}, lalu ulangi.\n"
            f"pg_dump and pg_restore of version {self.needed} or newer are needed; "
            f"{f'found: {there}' if there else 'none is on the PATH'}. "
            f"Install the package postgresql-client-{self.needed} and try again."
        )


class ClientFailed(HostProblem):
    """pg_dump or pg_restore ended with an error."""

    def __init__(self, program: str, said: str) -> None:
        super().__init__(program, said)
        self.program, self.said = program, said

    def __str__(self) -> str:
        return f"{self.program} gagal / failed:\n{self.said}"


@dataclass(frozen=True, slots=True)
class Clients:
    """One folder of programs, and their major version."""

    folder: Path
    major: int


def find_clients(least: int, first: Path | None = None) -> Clients:
    """Return the oldest programs that are new enough: a newer dump may not go back into an older server.

    Args:
        least: the major version of the server, or of the programs that made a dump.
        first: the folder of an own server's programs.

    Raises:
        ClientsMissing: none, or only older ones.
    """
    folders = [] if first is None else [first]
    on_path = shutil.which("pg_dump")
    folders += [Path(on_path).parent] if on_path else []
    folders += [found.bindir for found in installed()]
    known = [Clients(folder, major) for folder in folders if (major := _major(folder)) is not None]
    fit = [each for each in known if each.major >= least]
    if not fit:
        raise ClientsMissing(least, tuple(f"{each.folder} ({each.major})" for each in known))
    return min(fit, key=lambda each: each.major)


def _major(folder: Path) -> int | None:
    if not all((folder / name).is_file() for name in _PROGRAMS):
        return None
    try:
        told = subprocess.run(  # noqa: S603 -- an installed program, no shell
            [folder / "pg_dump", "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None  # built for another processor or another libc
    version = re.search(r"(\d+)(?:\.\d+)*", told)
    return int(version[1]) if version else None


@contextmanager
def _environment(dsn: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield an address without its password, and an environment that leads to it in a file of ours alone.

    Command lines are shown to every user of a machine, and environments to every process of the same user.
    """
    parts = conninfo_to_dict(dsn)
    password = parts.pop("password", None)
    environment = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="alur-") as folder:  # made 0700
        if password is not None:
            path = Path(folder) / "pgpass"
            escaped = re.sub(r"([\\:])", r"\\\1", str(password))
            path.write_text(f"*:*:*:*:{escaped}\n", encoding="utf-8")
            path.chmod(0o600)
            environment |= {"PGPASSFILE": str(path)}
            environment.pop("PGPASSWORD", None)
        yield make_conninfo("", **parts), environment


@contextmanager
def dumping(clients: Clients, dsn: str, snapshot: str) -> Iterator[IO[bytes]]:
    """Yield the bytes of a dump of the database as `snapshot` shows it.

    Raises:
        ClientFailed: pg_dump ended with an error; whatever was read is not whole.
    """
    options = ("--format=custom", "--no-owner", "--no-privileges", "--no-password", "--lock-wait-timeout=60s")
    with (
        _environment(dsn) as (address, environment),
        _running(clients, "pg_dump", (*options, f"--snapshot={snapshot}", f"--dbname={address}"), environment) as (
            process,
            complaints,
        ),
    ):
        if process.stdout is None:
            raise AssertionError  # asked for as a pipe
        yield process.stdout
        process.stdout.close()
        _demand(process, "pg_dump", complaints)


@contextmanager
def restoring(clients: Clients, dsn: str) -> Iterator[IO[bytes]]:
    """Yield where to write the bytes of a dump, which enter the database in one transaction or not at all.

    Raises:
        ClientFailed: pg_restore ended with an error; the database is as it was.
    """
    options = ("--format=custom", "--no-owner", "--no-privileges", "--no-password", "--single-transaction")
    with (
        _environment(dsn) as (address, environment),
        _running(clients, "pg_restore", (*options, f"--dbname={address}"), environment) as (process, complaints),
    ):
        if process.stdin is None:
            raise AssertionError  # asked for as a pipe
        try:
            yield process.stdin
            process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended, and says why
        _demand(process, "pg_restore", complaints)


@contextmanager
def _running(
    clients: Clients, program: str, arguments: Sequence[str], environment: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    writes = program == "pg_dump"
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(  # noqa: S603 -- PostgreSQL's own program, no shell
            [clients.folder / program, *arguments],
            stdin=subprocess.DEVNULL if writes else subprocess.PIPE,
            stdout=subprocess.PIPE if writes else subprocess.DEVNULL,
            stderr=complaints,
            env=environment,
        )
        try:
            yield process, complaints
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None and not pipe.closed:
                    _close(pipe)


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return  # what was still to be written is wanted by nobody


def _demand(process: subprocess.Popen[bytes], program: str, complaints: IO[bytes]) -> None:
    if process.wait() != 0:
        complaints.seek(0)
        raise ClientFailed(program, complaints.read().decode(errors="replace").strip())
