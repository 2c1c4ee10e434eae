"""Which system user the database server runs as, and where that user can keep its data.

PostgreSQL refuses to run as root. Containers and fresh machines often have nothing but root, so
that a root's `make run` picks an existing unprivileged user. Permissions of folders that are not
ours stay as they are: when that user cannot reach the home, the data live somewhere else.
"""

import hashlib
import logging
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from alur.runtime.errors import HostProblem

log = logging.getLogger(__name__)

#: Users to run as, best first: the first is kept for this, the second exists on every system.
USERS = ("postgres", "nobody")
#: Where data go when the home cannot be reached, best first; the last two may be emptied by the system.
ELSEWHERE = (Path("/var/lib"), Path("/var/tmp"), Path(tempfile.gettempdir()))  # noqa: S108 - owner and kind are checked before use
PLACE_PREFIX = "alur-"


class NoUnprivilegedUser(HostProblem):
    """Root may not run PostgreSQL, and there is nobody else to run it as."""

    def __str__(self) -> str:
        return (
            f"PostgreSQL does not run as root, and no user named {' or '.join(USERS)} exists. "
            "Start Alur as an ordinary user, or make one: useradd --system postgres"
        )


class NoPlaceForData(HostProblem):
    """The server's user can reach neither the home nor any other folder for data."""

    def __init__(self, home: str, user: str) -> None:
        super().__init__(home, user)
        self.home, self.user = home, user

    def __str__(self) -> str:
        return (
            f"The user {self.user!r} cannot reach {self.home}, nor {', '.join(map(str, ELSEWHERE))}. "
            "Choose another home: ALUR_HOME=/srv/alur make run"
        )


@dataclass(frozen=True, slots=True)
class Account:
    """A system user."""

    name: str
    uid: int
    gid: int


def server_account(data: Path) -> Account | None:
    """Return the user to run the server as, or None to run it as ourselves.

    Args:
        data: the data folder; when it exists already, its owner keeps running it.

    Raises:
        NoUnprivilegedUser: we are root and there is nobody else.
    """
    if os.geteuid() != 0:
        return None
    candidates: list[str | int] = [*USERS]
    if data.exists() and data.stat().st_uid != 0:
        candidates.insert(0, data.stat().st_uid)
    for candidate in candidates:
        try:
            entry = pwd.getpwuid(candidate) if isinstance(candidate, int) else pwd.getpwnam(candidate)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise NoUnprivilegedUser


def run_as(account: Account | None, command: Sequence[object]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end as `account`, with an environment in which no PG… variable interferes.

    Returns:
        The finished command, its standard error mixed into `stdout`.
    """
    return subprocess.run(  # noqa: S603 - our own programs, no shell
        [str(word) for word in command],
        check=False,
        cwd="/",  # our own folder may be closed to that user
        env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        umask=0o077,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def can_enter(account: Account | None, folder: Path) -> bool:
    """Tell whether this user can go through all parents of `folder` and into it; tried, not computed."""
    return run_as(account, ["/bin/sh", "-c", 'cd -- "$0"', folder]).returncode == 0


def give(path: Path, account: Account | None, mode: int) -> None:
    """Hand a file or folder that we made over to the server's user."""
    path.chmod(mode)
    if account is not None:
        os.chown(path, account.uid, account.gid)


def choose_place(home: Path) -> Path:
    """Return the folder that holds everything of the database server, and remember the choice in the home.

    It is below the home wherever the server's user can go there. The choice is written down, since
    data must not seem lost because somebody changed a folder's permissions.

    Raises:
        NoUnprivilegedUser: we are root and there is nobody else.
        NoPlaceForData: nowhere to put them.
    """
    home.mkdir(parents=True, exist_ok=True)
    home = home.resolve()
    remembered = home / "postgres.place"
    if remembered.exists():
        place = Path(remembered.read_text(encoding="utf-8").strip())
        if place.is_dir():
            return place
    account = server_account(home / "postgres" / "data")
    place = home / "postgres"
    if can_enter(account, home):
        place.mkdir(exist_ok=True)
        place.chmod(0o755 if account else 0o700)
    else:
        _remove_places_of_vanished_tests()
        name = PLACE_PREFIX + hashlib.sha256(str(home).encode()).hexdigest()[:12]
        place = _place_elsewhere(home, name, account)
        log.warning("The database's data are in %s, because its user cannot reach %s.", place, home)
        (place / "home").write_text(f"{home}\n", encoding="utf-8")  # for whoever wonders whose data these are
    remembered.write_text(f"{place}\n", encoding="utf-8")
    return place


def _remove_places_of_vanished_tests() -> None:
    """Remove data whose home lay in the folder for temporary files and is gone, as after a test.

    Data of any other home stay, whatever became of it: a drive may merely not be mounted.
    """
    temporary = Path(tempfile.gettempdir()).resolve()
    for parent in ELSEWHERE:
        for note in parent.glob(f"{PLACE_PREFIX}*/home"):
            with suppress(OSError):  # another test may be doing the same
                home = Path(note.read_text(encoding="utf-8").strip())
                running = (note.parent / "data" / "postmaster.pid").exists()
                ours = note.parent.lstat().st_uid == os.geteuid() and not note.parent.is_symlink()
                if ours and not running and home.is_relative_to(temporary) and not home.exists():
                    shutil.rmtree(note.parent, ignore_errors=True)


def _place_elsewhere(home: Path, name: str, account: Account | None) -> Path:
    """Make a folder of root's outside the home, never one that somebody else prepared for us."""
    for parent in ELSEWHERE:
        place = parent / name
        try:
            place.mkdir(exist_ok=True)
            found = place.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
                place.chmod(0o755)
                if can_enter(account, place):
                    return place
        except OSError:
            continue
    raise NoPlaceForData(str(home), account.name if account else "")
