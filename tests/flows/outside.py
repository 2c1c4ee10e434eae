"""The outside world of these tests: a real simulator process, its people, its faults, and what it really did."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from alur.runtime.ports import LOOPBACK, free_port
from alur.seed.model import Family
from alur.seed.population import Scenario, write_population
from integrations.simulator.controls import Rates

QUIET = {name: 0 for name in Rates.model_fields if name != "seed"}
"""Nothing by chance, news at once."""

_DEEDS = ("job", "tally", "effect", "credit", "attempt", "account", "news_due", "news")
_READY_S = 120.0


class Simulator:
    """A simulator in a process of its own. `begin` makes it forget everything."""

    def __init__(self, folder: Path) -> None:
        self.population = folder / "penduduk.sqlite"
        self.state = folder / "sistem-luar.sqlite"
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        write_population(self.population, [])
        self.control = httpx.Client(base_url=self.url, trust_env=False, timeout=10)
        self.start()
        self.begin()

    def start(self) -> None:
        """Start its process on what it remembers, and return when it answers."""
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "integrations.simulator", "--port", str(self.port)),
                *("--population", str(self.population), "--state", str(self.state)),
            ]
        )
        end = time.monotonic() + _READY_S
        while time.monotonic() < end:
            try:
                if self.control.get("/healthz").is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise TimeoutError(self.url)

    def kill(self) -> None:
        """End its process by kill -9."""
        self.process.kill()
        self.process.wait(10)

    def close(self) -> None:
        self.control.close()
        self.process.terminate()
        self.process.wait(10)

    def begin(self) -> None:
        """Forget every deed, and leave nothing to chance."""
        self.faults({})
        self.rates(**QUIET, seed=1)
        self._put("POST", "/_simulator/clock", {"today": None})
        with closing(sqlite3.connect(self.state, timeout=10)) as file, file:
            for table in _DEEDS:
                file.execute(f"DELETE FROM {table}")

    # -- what is so ----------------------------------------------------------------------------------------------------

    def people(self, families: Iterable[Family], scenarios: Sequence[Scenario] = ()) -> None:
        """Let these families live, and arrange what shall happen to some of them."""
        write_population(self.population, families, scenarios=scenarios)

    def rates(self, **rates: float) -> None:
        self._put("PUT", "/_simulator/rates", rates)

    def faults(self, faults: dict[str, dict[str, Any]]) -> None:
        """Let systems misbehave from now on; an empty mapping ends it."""
        self._put("PUT", "/_simulator/faults", faults)

    def answer_now(self) -> None:
        """Let every job that is still being worked on be finished."""
        self.faults({})
        with closing(sqlite3.connect(self.state, timeout=10)) as file, file:
            file.execute("UPDATE job SET siap = 0")

    def news(self, bank: str, case: int, kind: str, **about: Any) -> None:
        """Let a bank tell something about a credit it made."""
        self._put("POST", "/_simulator/kabar", {"bank": bank, "id": str(case), "jenis": kind, **about})

    def _put(self, method: str, path: str, body: Any) -> None:
        self.control.request(method, path, json=body).raise_for_status()

    # -- what was done -------------------------------------------------------------------------------------------------

    def jobs(self, path: str | None = None) -> list[dict[str, Any]]:
        """Return puts, gets and effects per key, of one operation (`bank/BRI/si`) or of all."""
        listed: list[dict[str, Any]] = self.control.get("/_simulator/jobs").raise_for_status().json()["jobs"]
        return [job for job in listed if path in {None, f"{job['system']}/{job['operation']}"}]

    def credits(self) -> list[dict[str, Any]]:
        answer = self.control.get("/_simulator/credits").raise_for_status()
        made: list[dict[str, Any]] = answer.json()["credits"]
        return made

    def nothing_doubled(self) -> bool:
        """Whether every job was done once, and every family credited once per order."""
        return all(job["effects"] <= 1 for job in self.jobs()) and all(credit["kali"] == 1 for credit in self.credits())

    def meetings(self) -> dict[tuple[str, str], int]:
        """Return how often each person, family or account met each operation."""
        with closing(sqlite3.connect(self.state, timeout=10)) as file:
            return {(operation, subject): n for operation, subject, n in file.execute("SELECT * FROM attempt")}

    # -- the same world again ------------------------------------------------------------------------------------------

    def copy_to(self, path: Path) -> None:
        """Keep what was done so far."""
        with closing(sqlite3.connect(self.state, timeout=10)) as mine, closing(sqlite3.connect(path)) as kept:
            mine.backup(kept)

    def copy_from(self, path: Path) -> None:
        """Be again as `copy_to` kept it."""
        with closing(sqlite3.connect(self.state, timeout=10)) as mine, mine:
            mine.execute("ATTACH DATABASE ? AS kept", (str(path),))
            mine.execute("BEGIN IMMEDIATE")
            for table in _DEEDS:
                mine.execute(f"DELETE FROM main.{table}")
                mine.execute(f"INSERT INTO main.{table} SELECT * FROM kept.{table}")
