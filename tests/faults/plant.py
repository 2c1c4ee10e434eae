"""A plant of real processes that may be killed at any moment: PostgreSQL, the API, a carrier of batches, a simulator.

Prefect has no part in it, so that a round takes a second or two. `tests/faults/test_engine.py` breaks whole
installations, Prefect's server and database with them.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
from psycopg.rows import DictRow

from alur.runtime import ports, postgres
from models.database import sync_connect
from models.install import role_dsn
from tests.faults import parts
from tests.faults.oracle import Deeds
from tests.faults.proxy import Wire, whole_of_http, whole_of_postgres
from tests.flows.outside import Simulator
from tests.support.server import TestServer

PATIENCE_S = 90.0
"""For what takes a second or two when nothing is broken and nobody else works."""
_LEASE_OVER = "UPDATE batch_run SET lease_until = clock_timestamp() WHERE ended_at IS NULL"
_BACKENDS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename IN ('alur_api', 'alur_worker')"
)

Found = TypeVar("Found")


def until(what: str, look: Callable[[], Found | None], seconds: float = PATIENCE_S) -> Found:
    """Return the first true value that `look` gives; a database that is away is asked again.

    Raises:
        AssertionError: none came in time.
    """
    end = time.monotonic() + seconds
    while True:
        with suppress(psycopg.OperationalError, httpx.TransportError):
            if found := look():
                return found
        assert time.monotonic() < end, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.02)


class Plant:
    """Every process there is, by name; what is killed is started again by whoever killed it."""

    def __init__(self, folder: Path, disk: Path | None = None) -> None:
        """Start PostgreSQL and the simulator.

        Args:
            folder: for their files and journals.
            disk: where PostgreSQL keeps its data, if that shall be a disk of its own.
        """
        self.folder, self.disk = folder, disk
        self.sim = Simulator(folder)
        self.server = TestServer(alone=True, under=disk)
        assert self.server.own is not None
        self.postgres: postgres.Server = self.server.own
        self.database_wire = Wire(self.postgres.port, whole_of_postgres)
        self._api_port = ports.free_port()
        self.api_wire = Wire(self._api_port, whole_of_http)
        self.http = httpx.Client(base_url=f"http://{ports.LOOPBACK}:{self.api_wire.port}", timeout=30, trust_env=False)
        self._fork = multiprocessing.get_context("forkserver")
        self._fork.set_forkserver_preload([parts.__name__])
        self._running: dict[str, BaseProcess] = {}
        self.dsn = ""

    def close(self) -> None:
        for wire in (self.api_wire, self.database_wire):
            wire.close()
        self.http.close()
        self.sim.close()
        self.server.close()

    @contextmanager
    def database(self) -> Iterator[str]:
        """Begin anew in an empty database, with a simulator that has forgotten everything; nothing runs yet."""
        for journal in self.folder.glob("*.log"):
            journal.unlink()
        self.sim.begin()
        self.dsn = self.server.fresh()
        try:
            yield self.dsn
        finally:
            for name in [*self._running]:
                self.end(name)
            self.server.drop(self.dsn)

    # -- its processes -------------------------------------------------------------------------------------------------

    def start(self, name: str) -> None:
        """Start a part and return when it answers."""
        if name == "simulator":
            self.sim.start()
        elif name == "postgres":
            self.postgres.revive()
        elif name == "api":
            self._become(name, parts.api, self._wired(self.dsn), self._api_port)
            until("the API", lambda: self.http.get("/healthz").is_success)
        else:
            self._become(name, parts.carrier, self._wired(role_dsn(self.dsn, "alur_worker")), self.sim.url)

    def kill(self, name: str) -> None:
        """End a part by kill -9, in the middle of whatever it does."""
        if name == "simulator":
            self.sim.kill()
        elif name == "postgres":
            self._kill_postgres()
        elif name == "backend":
            self._kill_backend()
        else:
            self.end(name)

    def again(self, name: str) -> None:
        """Start again what was killed."""
        if name != "backend":  # PostgreSQL starts the rest of itself again
            self.start(name)
        if name in {"carrier", "postgres", "backend"}:
            self.end_leases()

    def end_leases(self) -> None:
        """Let so much time pass that the leases of runs which lost their process or their connection have run out."""
        until("the end of the leases", lambda: self.rows(_LEASE_OVER) is not None)

    def end(self, name: str) -> None:
        process = self._running.pop(name)
        process.kill()
        process.join(10)

    def _become(self, name: str, what: Callable[..., None], *arguments: Any) -> None:
        process = self._fork.Process(target=what, args=(self.journal(name), *arguments), daemon=True)
        process.start()
        self._running[name] = process

    def _wired(self, dsn: str) -> str:
        """Return an address by way of the wire that loses answers."""
        parts_ = urlsplit(dsn)
        address = parts_.netloc.replace(f":{self.postgres.port}", f":{self.database_wire.port}")
        return urlunsplit(parts_._replace(netloc=address))

    def _kill_postgres(self) -> None:
        pid = self.postgres.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        until("the end of PostgreSQL", lambda: self.postgres.pid is None)

    def _kill_backend(self) -> None:
        """Kill one session of ours; PostgreSQL ends all others at once and recovers, as after any crash."""
        for row in self.rows(_BACKENDS)[:1]:
            with suppress(ProcessLookupError):
                os.kill(row["pid"], signal.SIGKILL)

    # -- what came of it -----------------------------------------------------------------------------------------------

    def admin(self) -> psycopg.Connection[DictRow]:
        """Connect as the administrator, past the wire."""
        return sync_connect(self.dsn)

    def rows(self, query: str, params: dict[str, Any] | None = None) -> list[DictRow]:
        """Return what the administrator is answered."""
        with self.admin() as conn:
            cursor = conn.execute(query.encode(), params)
            return cursor.fetchall() if cursor.description else []

    def deeds(self) -> Deeds:
        """Return what outside systems did since `database`."""
        return Deeds(self.sim.jobs(), self.sim.credits(), self.sim.meetings())

    def journal(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def said(self) -> str:
        """Return the last words of every part, for whoever has to find out what happened."""
        ends = {path.stem: path.read_text(errors="replace")[-3000:] for path in sorted(self.folder.glob("*.log"))}
        return "\n".join(f"--- {name} ---\n{text}" for name, text in ends.items())
