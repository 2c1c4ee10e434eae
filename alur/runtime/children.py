"""One program under the supervisor: how it is described, started, asked and ended."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from signal import Signals

from alur.runtime import child as wrapper
from alur.runtime import leftovers, ports, procfs
from alur.runtime.errors import HostProblem
from alur.runtime.procfs import Process

#: Waits before the first, second, … start after deaths; the last one repeats.
BACK_OFF_S = (1.0, 2.0, 5.0, 10.0)
#: One that ran this long is healthy; its next death counts as the first.
HEALTHY_AFTER_S = 60.0
LOG_BYTES_MAX = 10_000_000
LOG_LINES_SHOWN = 20


class Kind(StrEnum):
    """What the end of a program means."""

    SERVICE = "service"  # runs until it is stopped; started again when it dies
    TASK = "task"  # runs to its end; whatever follows starts only when it ended well


class ChildNotReady(HostProblem):
    """A program ended, or stayed silent too long, before it was ready."""

    def __init__(self, name: str, reason: str, log: str, tail: str) -> None:
        super().__init__(name, reason, log, tail)
        self.name, self.reason, self.log, self.tail = name, reason, log, tail

    def __str__(self) -> str:
        return f"{self.name} {self.reason}. The last lines of {self.log}:\n{self.tail}"


@dataclass(frozen=True)
class Child:
    """One program to run."""

    name: str
    argv: Sequence[str]
    #: Set on top of our own environment.
    env: Mapping[str, str] = field(default_factory=dict)
    #: A URL that answers 2xx, or a function that says yes. None: ready as soon as it runs; a task when it ended well.
    ready: str | Callable[[], bool] | None = None
    #: Prefect's first start takes over a minute on a loaded machine.
    ready_timeout_s: float = 90.0
    kind: Kind = Kind.SERVICE
    cwd: Path | None = None
    #: How long it may take to end by itself.
    grace_s: float = 10.0


@dataclass
class Running:
    """A child and what became of it."""

    child: Child
    log: Path
    #: None while it waits to be started again.
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    log_start_byte: int = 0
    announced: bool = False
    deaths: int = 0
    start_again_at: float = 0.0

    def start(self, home: Path) -> None:
        """Start it in a process group of its own, its output going to its log, marked as belonging to `home`."""
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES_MAX:
            self.log.replace(self.log.with_suffix(".log.1"))
        command = [sys.executable, "-I", "-S", wrapper.__file__, str(os.getpid()), "--", *self.child.argv]
        marked = {"PYTHONUNBUFFERED": "1", **os.environ, **self.child.env, leftovers.MARK: str(home)}
        with self.log.open("ab") as file:
            self.log_start_byte = file.tell()
            self.process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
                command,
                env=marked,
                cwd=self.child.cwd,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        self.started_at = time.monotonic()
        self.announced = False

    @property
    def pid(self) -> int | None:
        """Its pid, also the number of its process group; None while it waits to be started again."""
        return self.process.pid if self.process else None

    @property
    def code(self) -> int | None:
        """Its exit code as far as the supervisor has seen it end."""
        return self.process.returncode if self.process else None

    @property
    def age_s(self) -> float:
        """How long ago it was started."""
        return time.monotonic() - self.started_at

    def ready(self) -> bool:
        """Ask the child's own test."""
        probe = self.child.ready
        if probe is None:
            return self.child.kind is Kind.SERVICE or self.code == 0
        return ports.answers(probe) if isinstance(probe, str) else probe()

    def require_hope(self) -> None:
        """Tell whether it may still become ready.

        Raises:
            ChildNotReady: it ended, or its time is over.
        """
        if self.code is not None and not (self.code == 0 and self.child.kind is Kind.TASK):
            raise self._failure(f"{ending(self.code)} before it was ready")
        if self.age_s > self.child.ready_timeout_s:
            raise self._failure(f"was not ready after {self.child.ready_timeout_s:g} s")

    def end(self, grace_s: float, wait: Callable[[float], bool | None]) -> None:
        """End it and all that stayed in its process group."""
        group = self.pid
        if group is None:
            return

        def members() -> list[Process]:
            return [process for process in procfs.everyone() if process.group == group and not process.zombie]

        leftovers.end(members, grace_s, wait)
        wait(0.0)
        if self.process is not None:
            self.process.poll()  # whoever supervises has buried it; for anybody else Python must
        self.process = None

    def back_off(self) -> float:
        """Note a death and return after how many seconds it starts again."""
        if self.age_s > HEALTHY_AFTER_S:
            self.deaths = 0
        pause_s = pause_after(self.deaths)
        self.deaths += 1
        self.start_again_at = time.monotonic() + pause_s
        return pause_s

    def tail(self) -> str:
        """Return the last lines it has written since this start."""
        with self.log.open("rb") as file:
            file.seek(self.log_start_byte)
            return "\n".join(file.read().decode(errors="replace").splitlines()[-LOG_LINES_SHOWN:])

    def _failure(self, reason: str) -> ChildNotReady:
        return ChildNotReady(self.child.name, reason, str(self.log), self.tail())


def pause_after(failures: int) -> float:
    """Return how long to wait after so many failures in a row."""
    return BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)]


def ending(code: int) -> str:
    """Say how a program ended."""
    return f"was ended by {Signals(-code).name}" if code < 0 else f"ended with code {code}"
