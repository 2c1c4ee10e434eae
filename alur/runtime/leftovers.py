"""Find and end processes that belong to a home, also those of a supervisor that was killed.

Three traces lead to them: the record of what was started, with start times, since pids are used again; the
process groups; and an environment variable that every descendant inherits, which finds
grandchildren that left their group and session.
"""

import ctypes
import json
import os
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from alur.runtime import procfs
from alur.runtime.procfs import Process

MARK = "ALUR_SUPERVISED_FOR"
PR_SET_CHILD_SUBREAPER = 36
#: A process that SIGKILL does not end waits for a disk or a network drive; nobody can end it.
UNKILLABLE_AFTER_S = 5.0


def adopt_orphans(*, enabled: bool) -> None:
    """Let grandchildren whose parent ended become our children, instead of getting out of sight."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(enabled), 0, 0, 0)


def bury() -> dict[int, int]:
    """Take the exit codes of all children that have ended, adopted ones too; else they stay in the process table.

    Returns:
        Exit codes by pid, negative for a signal's number, as `subprocess` has them.
    """
    codes: dict[int, int] = {}
    with suppress(ChildProcessError):
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG):
            codes[ended.si_pid] = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
    return codes


def record(path: Path, running: Mapping[str, int]) -> None:
    """Write down which processes run, so that the next start can end them should we be killed.

    Args:
        path: the record; replaced whole, so that it is never half written.
        running: pids by name.
    """
    entries = [
        {"name": name, "pid": pid, "started_ticks": process.started_ticks}
        for name, pid in running.items()
        if (process := procfs.find(pid)) is not None
    ]
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps({"boot": procfs.boot_id(), "children": entries}), encoding="utf-8")
    unfinished.replace(path)


def recorded(path: Path) -> list[Process]:
    """Return the processes of a record that still run: same pid, same start time, same boot."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    if content["boot"] != procfs.boot_id():
        return []
    found = [(procfs.find(entry["pid"]), entry["started_ticks"]) for entry in content["children"]]
    return [process for process, ticks in found if process and process.started_ticks == ticks and not process.zombie]


def belonging(home: Path, path: Path) -> list[Process]:
    """Return all living processes of an earlier run on this home, never ourselves or our ancestors."""
    table = procfs.everyone()
    known = {process.pid for process in recorded(path)}
    roots = {process.pid for process in table if process.group in known}
    mark = f"{MARK}={home}".encode()
    roots |= known | {process.pid for process in table if procfs.environment_holds(process.pid, mark)}
    below = {process.pid for process in procfs.descendants(roots, table)}
    ours = _ancestors(table)
    return [p for p in table if p.pid in roots | below and p.pid not in ours and not p.zombie]


def end(
    find: Callable[[], Iterable[Process]], grace_s: float, wait: Callable[[float], bool | None] = time.sleep
) -> list[int]:
    """End processes: SIGTERM, and SIGKILL for those that have not ended after `grace_s` seconds.

    Args:
        find: asked again and again, since ending one process may bring forth or orphan others.
        grace_s: how long one may take to end by itself.
        wait: sleeps for so many seconds at most, and may answer that patience is over.

    Returns:
        The pids that were ended.
    """
    asked: set[tuple[int, int]] = set()
    deadline = time.monotonic() + grace_s
    while remaining := list(find()):
        late_s = time.monotonic() - deadline
        if late_s > UNKILLABLE_AFTER_S:
            break
        for process in remaining:
            identity = (process.pid, process.started_ticks)
            if late_s >= 0:
                _signal(process, signal.SIGKILL)
            elif identity not in asked:
                _signal(process, signal.SIGTERM)
            asked.add(identity)
        if wait(0.05):
            deadline = min(deadline, time.monotonic())
    return sorted(pid for pid, _ in asked)


def _signal(process: Process, number: signal.Signals) -> None:
    if procfs.alive(process):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, number)


def _ancestors(table: Iterable[Process]) -> set[int]:
    parents = {process.pid: process.parent for process in table}
    line = [os.getpid()]
    while (parent := parents.get(line[-1])) is not None and parent not in line:
        line.append(parent)
    return set(line)
