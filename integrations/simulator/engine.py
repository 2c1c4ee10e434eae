"""Take jobs in, do each once, and tell how it stands. Runs in one thread: one job after the other."""

import json
import time
from pathlib import Path
from typing import Any

from integrations.simulator import feed
from integrations.simulator.contract import KEY_MAX_CHARS, JobView, canonical_hash, rows_json
from integrations.simulator.controls import Controls
from integrations.simulator.play_dtsen import versions
from integrations.simulator.population import Population
from integrations.simulator.problems import Problem, body_refused, job_unknown, key_reused, operation_unknown
from integrations.simulator.registry import bank_of, part_for
from integrations.simulator.store import Store, StoredJob
from integrations.simulator.world import World

CONTROLS = "controls"


class Engine:
    """Everything behind the routes."""

    def __init__(self, population_path: Path, state_path: Path) -> None:
        self.population = Population(population_path)
        self.store = Store(state_path)
        self.controls = Controls()

    def open(self) -> None:
        """Open the state and take up the settings it holds."""
        stored = self.store.setting(CONTROLS)
        if stored is not None:
            self.controls = Controls.model_validate_json(stored)

    def close(self) -> None:
        """Close both files."""
        self.population.close()
        self.store.close()

    def save_controls(self) -> None:
        """Keep what was set for the next process."""
        self.store.save_setting(CONTROLS, self.controls.model_dump_json())

    def put(self, system: str, operation: str, key: str, raw: bytes, traceparent: str | None) -> tuple[JobView, bool]:
        """Take a job in, or recognise it.

        Returns:
            The job, and whether it was already there.

        Raises:
            Problem: unknown operation, bad key or body, or the key is used for another body.
        """
        part = part_for(system, operation)
        if not 1 <= len(key) <= KEY_MAX_CHARS:
            raise Problem(422, "kunci-tidak-sah", "Kunci tidak sah", f"1 sampai {KEY_MAX_CHARS} karakter")
        self.store.count("puts", system, operation, key)
        hash_ = _hash_of(raw)  # parsed once more below: keeping the document would cost memory
        known = self.store.job(system, operation, key)
        if known is not None:
            if known.hash != hash_:
                raise key_reused()
            return self._view(key, known), True
        body = part.parse(raw)
        found = self.controls.fault_for(system, operation)
        ready = time.time() + (found[1].processing_ms / 1000 if found else 0)
        with self.store.transaction():
            world = World(self.population, self.store, self.controls.rates, self.controls.date(), key, bank_of(system))
            rows = part.play(world, body)
            job = StoredJob(hash_, rows_json(rows), ready, self.controls.stamp(ready))
            self.store.add_job(system, operation, key, job, len(rows), traceparent)
        return self._view(key, job), False

    def get(self, system: str, operation: str, key: str) -> JobView:
        """Return a job.

        Raises:
            Problem: unknown operation or job (404).
        """
        part_for(system, operation)
        job = self.store.job(system, operation, key)
        self.store.count("gets", system, operation, key)
        if job is None:
            raise job_unknown(key)
        return self._view(key, job)

    def news(self, bank: str, sejak: int, batas: int) -> list[dict[str, Any]]:
        """Return a bank's news after a number.

        Raises:
            Problem: unknown bank (404).
        """
        if not bank_of(f"bank/{bank}"):
            raise operation_unknown(f"bank/{bank}/kabar")
        return feed.read(self.store, bank, sejak, batas, self.controls.date())

    def versions(self) -> list[dict[str, str]]:
        """Return DTSEN's published versions, newest first."""
        return versions(self.population, self.controls.date())

    @staticmethod
    def _view(key: str, job: StoredJob) -> JobView:
        if time.time() < job.siap:
            return JobView(key, "diproses", job.hash, None, None)
        return JobView(key, "selesai", job.hash, job.hasil, job.selesai_pada)


def _hash_of(raw: bytes) -> str:
    try:
        document = json.loads(raw)
        hash_ = canonical_hash(document)
    except ValueError:  # broken JSON, broken UTF-8, half a surrogate pair
        raise Problem(400, "bukan-json", "Bukan JSON", "isi bukan JSON yang sah") from None
    if not isinstance(document, dict):
        raise body_refused("isi harus objek JSON")
    return hash_
