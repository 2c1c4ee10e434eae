"""The processes of an installation, started one by one as `alur run` starts them, and what they hold in memory."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from alur.runtime import ports, procfs
from alur.runtime.children import Running
from alur.serve import children
from alur.site import Site
from models.settings import Settings

_GRACE_S = 10.0
_LOOK_S = 0.01
_START_LOOK_S = 0.25

Found = TypeVar("Found")


def until(what: str, look: Callable[[], Found | None], seconds: float = 120, *, every_s: float = _LOOK_S) -> Found:
    """Return the first true value that `look` gives, asked every so many seconds.

    Raises:
        TimeoutError: none came in time.
    """
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(every_s)
    return found


@dataclass
class Parts:
    """The parts of an installation over one database; those that were started end with the block."""

    site: Site
    config: Settings
    simulator_port: int = field(default_factory=ports.free_port)
    _running: dict[str, Running] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Describe them all; none is started."""
        described = {child.name: child for child in children(self.site, self.config, self.simulator_port)}
        # /readyz asks about all parts, of which not every figure starts the others.
        alive = f"http://{ports.LOOPBACK}:{self.api_port}/healthz"
        self._children = described | {"api": replace(described["api"], ready=alive)}

    @property
    def api_port(self) -> int:
        """Where the API listens."""
        return self.config.port

    @property
    def simulator(self) -> str:
        """The simulator's address."""
        return f"http://{ports.LOOPBACK}:{self.simulator_port}"

    def start(self, *names: str) -> None:
        """Start parts (prefect, simulator, engine, api) and return when each is ready.

        Raises:
            ChildNotReady: one ended, or its time was over.
        """
        for name in names:
            child = self._children[name]
            running = self._running[name] = Running(child, self.site.home / "logs" / f"{name}.log")
            running.start(self.site.home)

            def ready(running: Running = running) -> bool:
                if running.process is not None:
                    running.process.poll()
                running.require_hope()
                return running.ready()

            until(name, ready, child.ready_timeout_s + _GRACE_S, every_s=_START_LOOK_S)

    def memory_kib(self, name: str) -> int:
        """Return what a part holds: its own pages, and its share of those that it shares with others."""
        pid = self._running[name].pid
        assert pid is not None
        return memory_kib(pid)

    def close(self) -> None:
        """End what was started, last first."""
        for running in reversed(self._running.values()):
            running.end(_GRACE_S, time.sleep)


def memory_kib(pid: int) -> int:
    """Return the proportional memory of a process and all below it, KiB."""
    pids = [pid, *(process.pid for process in procfs.descendants([pid]))]
    return sum(_proportional_kib(each) for each in pids)


def _proportional_kib(pid: int) -> int:
    try:
        lines = (procfs.PROC / str(pid) / "smaps_rollup").read_text("ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


@contextmanager
def parts(dsn: str) -> Iterator[Parts]:
    """Describe an installation over an installed database.

    Its API counts no requests: everybody here comes from one address, which is welcome 200 times a second.
    """
    with tempfile.TemporaryDirectory(prefix="alur-bench-") as folder:
        site = Site(Path(folder), dsn, None)
        site.demo.mkdir()
        config = Settings(_env_file=None, port=ports.free_port(), rate_session=0, rate_network=0)
        made = Parts(site, config)
        try:
            yield made
        finally:
            made.close()
