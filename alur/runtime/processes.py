"""Start the programs of one machine in order, keep them running, and leave none behind.

Each program gets a process group and a log of its own. The supervisor adopts orphaned grandchildren
(Linux's child subreaper), so that nothing a program started can outlive it; and every program
ends when the supervisor does, even by kill -9.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Protocol

from alur.runtime import leftovers, procfs
from alur.runtime.children import Child, ChildNotReady, Kind, Running, ending, pause_after
from alur.runtime.errors import HostProblem
from alur.runtime.lock import LockHeld, hold
from alur.runtime.procfs import Process

__all__ = ["Child", "ChildNotReady", "Kept", "Kind", "LinuxNeeded", "Supervisor", "SupervisorRunning", "require_alone"]

#: How often the supervisor looks when nothing happens, and while something starts.
LOOK_S, LOOK_CLOSELY_S = 1.0, 0.05
#: What an earlier run left behind is in nobody's way any more.
LEFTOVER_GRACE_S = 5.0
#: A wrapper may pass on the Ctrl-C that the terminal has sent us already; that is not impatience.
SAME_REQUEST_S = 1.0

_LOCK = Path("run") / "supervisor.lock"


class SupervisorRunning(HostProblem):
    """This home is being run already."""

    def __init__(self, home: str, pid: int | None) -> None:
        super().__init__(home, pid)
        self.home, self.pid = home, pid

    def __str__(self) -> str:
        how = f", or with: kill {self.pid}" if self.pid else ""
        return (
            f"Alur is running on {self.home} already, as process {self.pid or 'unknown'}. "
            f"Stop it with Ctrl-C where it runs{how}. "
            "To run a second one, give it another ALUR_HOME and another ALUR_PORT."
        )


def require_alone(home: Path) -> None:
    """Refuse early, before anything of this home is touched, what `Supervisor.run` would refuse later.

    Raises:
        SupervisorRunning: another one runs on this home.
    """
    if not (home / _LOCK).exists():
        return
    try:
        with hold(home / _LOCK, wait=False):
            return
    except LockHeld as error:
        raise SupervisorRunning(str(home.resolve()), error.holder) from None


class LinuxNeeded(HostProblem):
    """Finding and ending every process needs what only Linux offers."""

    def __str__(self) -> str:
        return "Running everything with one command needs Linux: a server, a container, or WSL on Windows."


class Kept(Protocol):
    """A server that runs beside the children and is revived, but not stopped, here: PostgreSQL."""

    @property
    def name(self) -> str:
        """What it is called in messages."""

    @property
    def pid(self) -> int | None:
        """Its main process, or None when it does not run."""

    def revive(self) -> None:
        """Start it again."""


class Supervisor:
    """Runs children on one home; for the main thread of a program that has no other children."""

    def __init__(self, home: Path, *, keep: Sequence[Kept] = (), say: Callable[[str], None] = print) -> None:
        """Make one; nothing happens before `run`.

        Args:
            home: where lock, record and logs are; one supervisor per home.
            keep: servers to look after that somebody else started and will stop.
            say: told, in whole sentences, what happens.

        Raises:
            LinuxNeeded: this is another system.
        """
        if not sys.platform.startswith("linux"):
            raise LinuxNeeded
        home.mkdir(parents=True, exist_ok=True)
        self._home = home.resolve()
        self._record = self._home / "run" / "children.json"
        self._keep = keep
        self._tell = say
        self._running: list[Running] = []
        self._stop_by: int | None = None
        self._stop_asked_at = 0.0
        self._impatient = False
        self._revivals: dict[str, tuple[int, float]] = {}
        # A shell that starts us in the background ignores Ctrl-C for us; whoever sends it to us by id means it.
        self._stopping = {signal.SIGINT, signal.SIGTERM}
        # Under nohup the end of the terminal is no reason to stop, and nohup says so by ignoring that signal.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            self._stopping.add(signal.SIGHUP)

    def run(self, children: Iterable[Child], on_ready: Callable[[], None] | None = None) -> int:
        """Start the children one after the other, each when the one before is ready, and stay until told to stop.

        A second request to stop ends everything at once.

        Args:
            children: in order; they stop in reverse order.
            on_ready: called once all are ready, to say where to look.

        Returns:
            The number of the signal that ended it: SIGINT, SIGTERM or SIGHUP.

        Raises:
            SupervisorRunning: another one runs on this home.
            ChildNotReady: a child failed before it was ready; all others are stopped by then.
        """
        try:
            with hold(self._home / _LOCK, wait=False):
                return self._run(children, on_ready)
        except LockHeld as error:
            raise SupervisorRunning(str(self._home), error.holder) from None

    def _run(self, children: Iterable[Child], on_ready: Callable[[], None] | None) -> int:
        # Waiting for blocked signals, instead of handling them, means that none can interrupt us half-way.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, self._stopping | {signal.SIGCHLD})
        leftovers.adopt_orphans(enabled=True)
        try:
            self._end_earlier_run()
            for child in children:
                if self._stop_by is None:
                    self._bring_up(child)
            if self._stop_by is None and on_ready is not None:
                on_ready()
            while self._stop_by is None:
                self._look()
                self._wait(LOOK_S)
            return self._stop_by
        finally:
            try:
                self._stop_all()
            finally:
                leftovers.adopt_orphans(enabled=False)
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _end_earlier_run(self) -> None:
        find = partial(leftovers.belonging, self._home, self._record)
        ended = leftovers.end(find, LEFTOVER_GRACE_S, self._wait)
        if ended:
            self._say(f"Ended what an earlier run left behind: {', '.join(map(str, ended))}.")

    def _start(self, running: Running) -> None:
        running.start(self._home)
        leftovers.record(self._record, {each.child.name: each.pid for each in self._running if each.pid})

    def _bring_up(self, child: Child) -> None:
        """Start a child and return when it is ready, or when we are told to stop."""
        running = Running(child, self._home / "logs" / f"{child.name}.log")
        self._running.append(running)
        self._start(running)
        while not running.ready():
            running.require_hope()
            self._wait(LOOK_CLOSELY_S)
            if self._stop_by is not None:
                return
        running.announced = True
        verb = "is done" if child.kind is Kind.TASK else "is ready"
        self._say(f"{child.name} {verb} ({running.age_s:.1f} s).")

    def _look(self) -> None:
        """See who died, start again those whose wait is over, and greet those who are back."""
        for running in self._running:
            if running.child.kind is Kind.TASK:
                continue
            if running.process is None:
                if time.monotonic() >= running.start_again_at:
                    self._start(running)
            elif running.code is not None:
                self._mourn(running, ending(running.code))
            elif not running.announced:
                if running.ready():
                    running.announced = True
                    self._say(f"{running.child.name} is back.")
                elif running.age_s > running.child.ready_timeout_s:
                    self._mourn(running, "did not become ready")
        for kept in self._keep:
            self._look_after(kept)

    def _mourn(self, running: Running, what: str) -> None:
        self._end(running)
        pause_s = running.back_off()
        self._say(
            f"{running.child.name} {what}; it starts again in {pause_s:g} s. "
            f"The last lines of {running.log}:\n{running.tail()}"
        )

    def _look_after(self, kept: Kept) -> None:
        failures, again_at = self._revivals.get(kept.name, (0, 0.0))
        if kept.pid is not None or time.monotonic() < again_at:
            return
        try:
            kept.revive()
        except HostProblem as error:
            pause_s = pause_after(failures)
            self._revivals[kept.name] = (failures + 1, time.monotonic() + pause_s)
            self._say(f"{kept.name} is down; the next try is in {pause_s:g} s. {error}")
        else:
            self._revivals.pop(kept.name, None)
            self._say(f"{kept.name} was down and is back.")

    def _stop_all(self) -> None:
        for running in reversed(self._running):
            self._end(running)
            # What has left its group is an orphan of ours now, and ends before the servers it may still talk to.
            leftovers.end(self._orphans, self._patience_s(running), self._wait)
        self._running.clear()
        leftovers.end(partial(leftovers.belonging, self._home, self._record), 0.0, self._wait)
        self._record.unlink(missing_ok=True)

    def _end(self, running: Running) -> None:
        running.end(self._patience_s(running), self._wait)

    def _patience_s(self, running: Running) -> float:
        return 0.0 if self._impatient else running.child.grace_s

    def _orphans(self) -> list[Process]:
        """Return our descendants that belong neither to a child that still runs nor to a kept server."""
        table = procfs.everyone()
        spared = {running.pid for running in self._running if running.pid}
        spared |= {kept.pid for kept in self._keep if kept.pid}
        spared |= {process.pid for process in procfs.descendants(spared, table)}
        ours = procfs.descendants([os.getpid()], table)
        return [process for process in ours if process.pid not in spared and not process.zombie]

    def _wait(self, seconds: float) -> bool:
        """Sleep until a signal comes, at most so long, and return whether we were asked twice to stop."""
        received = signal.sigtimedwait(self._stopping | {signal.SIGCHLD}, seconds)
        codes = leftovers.bury()
        for running in self._running:
            if running.process is not None and running.pid in codes:
                running.process.returncode = codes[running.pid]
        if received is not None and received.si_signo != signal.SIGCHLD:
            if self._stop_by is None:
                self._stop_by, self._stop_asked_at = received.si_signo, time.monotonic()
                self._say("Stopping.")
            elif time.monotonic() - self._stop_asked_at > SAME_REQUEST_S:
                self._impatient = True
        return self._impatient

    def _say(self, sentence: str) -> None:
        """Tell whoever listens; a terminal that was closed must not keep us from stopping."""
        with suppress(OSError):
            self._tell(sentence)
