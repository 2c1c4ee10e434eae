"""Read the process table of Linux: who runs, since when, whose child, in which folder.

The files under /proc are read directly, because a process may end between two reads and
every question here is answered with "gone" rather than with an exception.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """One line of the process table."""

    pid: int
    parent: int
    group: int
    #: Clock ticks since boot; together with the pid it names a process for ever, until the next boot.
    started_ticks: int
    #: A zombie has ended; only its parent has not asked for its exit code yet.
    zombie: bool


def find(pid: int) -> Process | None:
    """Return the process with this pid, or None when there is none."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    # The second field is the program's name in parentheses and may hold spaces and parentheses itself.
    fields = text.rpartition(")")[2].split()
    return Process(
        pid=pid,
        parent=int(fields[1]),
        group=int(fields[2]),
        started_ticks=int(fields[19]),
        zombie=fields[0] in {"Z", "X"},
    )


def everyone() -> list[Process]:
    """Return all processes one may see."""
    pids = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal())
    return [process for process in map(find, pids) if process is not None]


def descendants(roots: Collection[int], table: list[Process] | None = None) -> list[Process]:
    """Return all children, grandchildren and so on of `roots`, without the roots, parents first."""
    below: dict[int, list[Process]] = {}
    for process in everyone() if table is None else table:
        below.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    queue = list(roots)
    for pid in queue:  # the queue grows while it is read
        for child in below.get(pid, []):
            found.append(child)
            queue.append(child.pid)
    return found


def alive(process: Process) -> bool:
    """Tell whether this very process still runs: a newcomer under the same pid is another one."""
    now = find(process.pid)
    return now is not None and now.started_ticks == process.started_ticks and not now.zombie


def environment_holds(pid: int, entry: bytes) -> bool:
    """Tell whether the process was started with this NAME=value in its environment."""
    try:
        return entry in (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def working_folder(pid: int) -> Path | None:
    """Return the folder a process works in, or None when it is gone or not ours to ask."""
    try:
        return (PROC / str(pid) / "cwd").readlink()
    except OSError:
        return None


def program(pid: int) -> str | None:
    """Return the file name of the program a process runs, also after that file was replaced."""
    try:
        return (PROC / str(pid) / "exe").readlink().name.removesuffix(" (deleted)")
    except OSError:
        return None


def boot_id() -> str:
    """Return what is different after every boot, so that pids written down before it are not trusted."""
    try:
        return (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"
