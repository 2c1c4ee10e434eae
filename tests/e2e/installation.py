"""An installation as an operator has it: `alur run` in a process of its own, with everything that it starts.

Nothing of it runs inside the test process. Tests talk to it over HTTP, send signals to its parts by their pids, and
read its database as its administrator to see what came of it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx
import psutil
import psycopg
from psycopg.rows import DictRow

from alur.demo.client import Person
from alur.people import Person as Account
from alur.people import make_people
from alur.runtime import child, cluster, ports
from models.database import sync_connect
from models.user.commands import Scope

ROOT = Path(__file__).parents[2]
PATIENCE_S = 150.0
"""For what takes seconds: a machine may be busy with ten other things."""

Found = TypeVar("Found")


def until(what: str, look: Callable[[], Found | None], seconds: float = PATIENCE_S) -> Found:
    """Return the first true value that `look` gives.

    Raises:
        AssertionError: none came in time.
    """
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.05)
    return found


def command(*arguments: str) -> list[str]:
    """Return the arguments of our command."""
    return [sys.executable, "-m", "alur", *arguments]


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return what a process of this home is told, whatever the environment of the tests says."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ALUR_", "PREFECT_"))}
    return inherited | {"ALUR_HOME": str(home), "PYTHONPATH": str(ROOT)} | more


def processes_of(home: Path) -> list[psutil.Process]:
    """Return every process that was started for a home, whoever its parent is now."""
    found = []
    for process in psutil.process_iter():
        try:
            said = [*process.cmdline(), *process.environ().values()]
            if process.status() != psutil.STATUS_ZOMBIE and any(str(home) in word for word in said):
                found.append(process)
        except psutil.Error:
            continue
    return found


class Installation:
    """One home, run by one `alur run` at a time."""

    def __init__(self, folder: Path, *, region: int = 3204, households: int = 400) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.port = ports.free_port()
        self.url = f"http://{ports.LOOPBACK}:{self.port}"
        self._plan = ("--region", str(region), "--households", str(households))
        self._said = folder / "said.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._people: dict[str, Person] = {}
        self.http = httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    # -- the whole -----------------------------------------------------------------------------------------------------

    def start(self, *, story: bool = False) -> None:
        """Start everything and return when it says that it is ready."""
        arguments = command("run", *self._plan, "--story" if story else "--no-story")
        with self._said.open("wb") as said:
            # It ends with the test process, however that ends.
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", child.__file__, str(os.getpid()), "--", *arguments],
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until("readiness", self._ready, 300)

    @property
    def environment(self) -> dict[str, str]:
        return environment(self.home, ALUR_PORT=str(self.port))

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"it ended:\n{self.said}"
        return ports.answers(f"{self.url}/readyz", 10)

    @property
    def said(self) -> str:
        """What `alur run` has told its terminal since it was started."""
        return self._said.read_text(errors="replace")

    @property
    def pid(self) -> int:
        """The pid of `alur run` itself."""
        assert self._process is not None
        return self._process.pid

    def interrupt(self) -> int:
        """Press Ctrl-C, wait for the end and return the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(120)
        self._process = None
        return code

    def close(self) -> None:
        """End everything, whatever state it is in."""
        self.http.close()
        if self._process is not None and self._process.poll() is None:
            for pid in self.children().values():
                with_pid(pid, signal.SIGCONT)
            self._process.terminate()
            self._process.wait(120)

    def alur(self, *arguments: str, seconds: float = PATIENCE_S) -> subprocess.CompletedProcess[str]:
        """Give one command on this home."""
        return subprocess.run(
            command(*arguments),
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    # -- its parts -----------------------------------------------------------------------------------------------------

    def children(self) -> dict[str, int]:
        """Return the pids of the parts by name: prefect, simulator, engine, api."""
        told = json.loads((self.home / "run" / "children.json").read_text())
        return {each["name"]: each["pid"] for each in told["children"]}

    def environment_of(self, name: str) -> dict[str, str]:
        """Return what one of the parts was told when it was started."""
        return psutil.Process(self.children()[name]).environ()

    def signal(self, name: str, number: int) -> int:
        """Send a signal to one part; returns its pid."""
        pid = self.children()[name]
        with_pid(pid, number)
        return pid

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Let one part hang, deaf to everything, inside this block."""
        pid = self.signal(name, signal.SIGSTOP)
        try:
            yield
        finally:
            with_pid(pid, signal.SIGCONT)

    def until_replaced(self, name: str, pid: int) -> None:
        """Wait until another process does the work of one that was ended."""
        until(f"another {name}", lambda: self.children().get(name) not in {None, pid})

    def until_ready(self) -> None:
        """Wait until every part answers."""
        until("readiness", self._ready, 300)

    # -- its database --------------------------------------------------------------------------------------------------

    def dsn(self, database: str = "alur") -> str:
        """Return the administrator's address of one of its databases."""
        running = until("PostgreSQL", lambda: cluster.postmaster(self._data))
        password = (self.home / "postgres.password").read_text("ascii")
        return f"postgresql://{cluster.SUPERUSER}:{password}@{ports.LOOPBACK}:{running.port}/{database}"

    @property
    def _data(self) -> Path:
        place = self.home / "postgres.place"
        return (Path(place.read_text().strip()) if place.exists() else self.home / "postgres") / "data"

    @contextmanager
    def database(self, name: str = "alur") -> Iterator[psycopg.Connection[DictRow]]:
        """Connect as the administrator; every statement is its own transaction unless one is begun."""
        with sync_connect(self.dsn(name)) as conn:
            yield conn

    def rows(self, query: str, params: Mapping[str, object] | None = None) -> list[DictRow]:
        """Return what the administrator is answered."""
        with self.database() as conn:
            return conn.execute(query.encode(), params).fetchall()

    # -- its people ----------------------------------------------------------------------------------------------------

    def person(self, username: str) -> Person:
        """Return somebody who has a token of the demo, or was made by `hire`."""
        if username not in self._people:
            told = json.loads((self.home / "demo" / "tokens.json").read_text())[username]
            self._people[username] = Person(self.http, username, told)
        return self._people[username]

    def hire(self, username: str, role: str, scope: Scope) -> Person:
        """Give somebody a role, as `alur token` does."""
        secret = (self.home / "secret").read_text("ascii").strip()
        with self.database() as conn:
            made = make_people(conn, [Account(username, username, role, scope)], secret, 1)[username]
        told = {"name": username, "role": role, "token": made.token}
        self._people[username] = Person(self.http, username, told)
        return self._people[username]


def with_pid(pid: int, number: int) -> None:
    """Send a signal to a process that may be gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


@contextmanager
def installed(env_file: str = "", **plan: int) -> Iterator[Installation]:
    """Make a place for an installation whose operator wrote this `.env`, and leave nothing of it behind."""
    folder = Path(tempfile.mkdtemp(prefix="alur-e2e-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user when the tests run as root; he must be able to enter
    (folder / ".env").write_text(env_file)
    installation = Installation(folder, **plan)
    try:
        yield installation
    finally:
        installation.close()
        shutil.rmtree(folder, ignore_errors=True)
