"""A Prefect server as its own users start one, with an ordinary process pool; nothing of `alur run` is in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
from prefect.settings import PREFECT_API_URL, temporary_settings

from alur.runtime import child
from alur.runtime.ports import LOOPBACK, answers, free_port

ROOT = Path(__file__).parents[2]
PATIENCE_S = 300.0
"""For what takes seconds on a machine with nothing else to do, and must not fail on one that has."""

Found = TypeVar("Found")


def until(what: str, look: Callable[[], Found | None]) -> Found:
    """Return the first true value that `look` gives.

    Raises:
        AssertionError: none came in time.
    """
    end = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < end, f"waited {PATIENCE_S:.0f} s for {what}"
        time.sleep(0.2)
    return found


class PlainPrefect:
    """`prefect server start` on SQLite in a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.elsewhere = folder / "elsewhere"
        self.elsewhere.mkdir()
        port = free_port()
        self.url = f"http://{LOOPBACK}:{port}/api"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ALUR_", "PREFECT_"))}
        self._environment = inherited | {
            "PYTHONPATH": str(ROOT),
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_API_URL": self.url,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "DO_NOT_TRACK": "1",
        }
        self._printed = folder / "prefect.log"
        self._log = self._printed.open("wb")
        self._server = self._start("server", "start", "--host", LOOPBACK, "--port", str(port), "--no-ui")
        until("an answer of Prefect", lambda: answers(f"{self.url}/health"))
        self._http = httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    def close(self) -> None:
        self._http.close()
        self._end(self._server)
        self._log.close()

    def _start(self, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        """Start a command of Prefect's that goes on, in a folder that holds nothing of ours."""
        return subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", child.__file__, str(os.getpid()), "--"),
                *(sys.executable, "-m", "prefect", *arguments),
            ],
            env=self._environment | more,
            cwd=self.elsewhere,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)

    def command(self, *arguments: str) -> str:
        """Give one command of Prefect's in the repository, as an operator does; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
            env=self._environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, module: str, *arguments: str, said: str, **environment: str) -> str:
        """Run a module of ours with this environment beside Prefect's; returns everything it printed."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=self._environment | environment,
            cwd=self.elsewhere,
            input=said,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    @contextmanager
    def worker(self, environment: Mapping[str, str]) -> Iterator[None]:
        """Let an ordinary worker of the pool work, in another folder, with this environment beside Prefect's."""
        process = self._start("worker", "start", "--pool", "alur", "--type", "process", **environment)
        try:
            yield
        finally:
            self._end(process)

    @contextmanager
    def client_settings(self) -> Iterator[None]:
        """Let Prefect's client in this process speak to this server."""
        with temporary_settings({PREFECT_API_URL: self.url}):
            yield

    def printed(self) -> str:
        """Return what the server and its workers have printed."""
        return self._printed.read_text(errors="replace")

    # -- over its REST API ---------------------------------------------------------------------------------------------

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask until it is answered: a server whose SQLite is busy says 503, as to any client."""

        def answered() -> httpx.Response | None:
            answer = self._http.request(method, path, json=body)
            return None if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else answer

        return until(f"{method} {path}", answered).raise_for_status().json()

    def refused(self, path: str, body: Any) -> int:
        """Return the status with which it answers what it must not take."""
        return self._http.post(path, json=body).status_code

    def deployments(self) -> dict[str, dict[str, Any]]:
        return {row["name"]: row for row in self.ask("POST", "/deployments/filter", {})}

    def run(self, name: str, **parameters: object) -> str:
        """Ask for a run of a deployment, as `prefect deployment run` does; returns its id."""
        deployment = self.deployments()[name]["id"]
        asked = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
        made: str = self.ask("POST", f"/deployments/{deployment}/create_flow_run", asked)["id"]
        return made

    def until_state(self, run: str, state: str) -> dict[str, Any]:
        """Wait until a run stands in a state; returns the run."""

        def look() -> dict[str, Any] | None:
            row: dict[str, Any] = self.ask("GET", f"/flow_runs/{run}")
            return row if row["state_type"] == state else None

        return until(f"{state} of run {run}", look)
