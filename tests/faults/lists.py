"""Village lists under way in a real installation: sent, met about, decided, and what their log says in the end."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import httpx

from alur.demo.client import Person
from alur.seed.model import Family
from alur.settle import REGISTERED, Population
from models.case.replay import differences
from models.usulan.workbook import write_rows
from tests.e2e.installation import Installation, until
from tests.faults.oracle import Deeds, gates_passed, wrongs

AGREED = "U01 U02 U05 U10 U12"
"""Draft, sent to the identity check, matched, before the meeting, agreed on."""
EVIDENCE = {"berita_acara": {"nomor": "BA"}, "daftar_hadir": {"hadir": 30}, "bnba": {"keluarga": 1}}
WIB = datetime.fromisoformat("2026-01-01T00:00:00+07:00").tzinfo


class Engine:
    """What tests of the engine do with an installation."""

    def __init__(self, installation: Installation) -> None:
        self.site = installation
        self._taken = 0
        told = installation.environment_of("engine")
        self.simulator = httpx.Client(base_url=told["ALUR_PORTS_URL"], timeout=30, trust_env=False)
        self._prefect = told["PREFECT_API_URL"]
        self._secret = told["PREFECT_API_AUTH_STRING"]

    def close(self) -> None:
        self.simulator.close()

    def early_in_the_month(self) -> None:
        """Move the demo's clock to a day on which lists may be sent."""
        admin = self.site.person("admin")
        now = datetime.fromisoformat(admin.get("/demo/clock")["now"]).astimezone(WIB)
        there = (now.replace(day=1) + timedelta(days=32)).replace(day=3, hour=8)
        admin.post("/demo/clock", {"to": there.isoformat()})

    # -- lists ---------------------------------------------------------------------------------------------------------

    @cached_property
    def _families(self) -> list[Family]:
        """Families in the villages' lists whose papers are in order, made again as the population was made."""
        with closing(sqlite3.connect(self.site.home / "demo" / "penduduk.sqlite")) as file:
            made = dict(file.execute("SELECT key, value FROM meta").fetchall())
        people = Population.of(int(made["keluarga"]), int(made["wilayah"]))
        everybody = people.families(date.fromisoformat(made["hari"]))
        return [family for number, family in everybody if number != REGISTERED and not family.dirt]

    def send(self, count: int = 2) -> Listed:
        """Let a village send a list of so many families, which nobody sent before."""
        village = self._families[self._taken].truth.kode_desa
        families = [f for f in self._families[self._taken :] if f.truth.kode_desa == village][:count]
        if len(families) < count:
            self._taken += len(families)
            return self.send(count)
        self._taken += count
        number = 1 if village == self._families[0].truth.kode_desa else 2
        operator, kades = self.site.person(f"operator{number}"), self.site.person(f"kades{number}")
        file = self.site.folder / f"usulan-{self._taken}.xlsx"
        write_rows(file, [family.record for family in families])
        done = operator.post("/imports", files={"file": (file.name, file.read_bytes())}, data={"region": str(village)})
        assert (done["good"], done["bad"], done["repeated"]) == (count, 0, False), done
        return Listed(self, done["batch"], village, operator, kades)

    # -- outside -------------------------------------------------------------------------------------------------------

    def faults(self, **faults: dict[str, Any]) -> None:
        """Let outside systems misbehave from now on; nothing given ends it."""
        told = {name.replace("_", "/"): fault for name, fault in faults.items()}
        self.simulator.put("/_simulator/faults", json=told).raise_for_status()

    def jobs(self, batch: int) -> list[dict[str, Any]]:
        """Return what outside systems were asked on behalf of a batch: puts, gets and effects per key."""
        listed = self.simulator.get("/_simulator/jobs").raise_for_status().json()["jobs"]
        return [job for job in listed if job["key"].startswith(f"{batch}-")]

    def credits(self) -> list[dict[str, Any]]:
        """Return every credit a bank made: family, order and how many times."""
        made: list[dict[str, Any]] = self.simulator.get("/_simulator/credits").raise_for_status().json()["credits"]
        return made

    # -- Prefect -------------------------------------------------------------------------------------------------------

    def prefect(self, method: str, path: str, body: Any = None) -> Any:
        """Ask Prefect's server itself."""
        name, _, password = self._secret.partition(":")
        with httpx.Client(auth=(name, password), timeout=60, trust_env=False) as http:
            return http.request(method, f"{self._prefect}{path}", json=body).raise_for_status().json()

    def ask_for_runs(self, batch: int, count: int) -> list[str]:
        """Ask Prefect for runs of a village list beside the one that its wake asked for; returns their ids."""
        deployment = self.prefect("GET", "/deployments/name/usulan-batch/usulan-batch")["id"]
        wanted = {"parameters": {"batch": batch}, "state": {"type": "SCHEDULED"}}
        path = f"/deployments/{deployment}/create_flow_run"
        return [self.prefect("POST", path, wanted)["id"] for _ in range(count)]

    # -- what is stored ------------------------------------------------------------------------------------------------

    def wrongs(self, batch: int) -> list[str]:
        """Return where the log disagrees with what is stored, and gates of a batch passed without their decisions."""
        with self.site.database() as conn:
            return [*(str(found) for found in differences(conn)), *gates_passed(conn, batch)]


@dataclass(frozen=True)
class Listed:
    """One list of one village, under way as one batch."""

    engine: Engine
    batch: int
    village: int
    operator: Person
    kades: Person

    # -- people --------------------------------------------------------------------------------------------------------

    def cases(self) -> list[dict[str, Any]]:
        return self.operator.cases(batch=self.batch)

    def reaches(self, state: str) -> None:
        """Wait until every case of the list stands there; it must come by itself."""
        until(f"batch {self.batch} in {state}", lambda: {case["state"] for case in self.cases()} == {state})

    def checked(self) -> Listed:
        """Wait for the identity check."""
        self.reaches("padan")
        return self

    def meet(self) -> None:
        """Put every family before the village meeting."""
        cases = self.cases()
        moved = self.operator.move("usulan.masuk_musdes", cases, evidence={"id_batch_musdes": {"nomor": self.batch}})
        assert moved == {"dipindah": len(cases)}, moved

    def gate(self) -> int:
        """Wait until the meeting's gate is open; returns the approval."""
        return until(f"a gate of batch {self.batch}", self._open_gate)

    def _open_gate(self) -> int | None:
        opened = self.operator.get(f"/batches/{self.batch}")["approvals"]
        return next((row["id"] for row in opened if row["state"] == "terbuka"), None)

    def waiting(self) -> Listed:
        """Bring the list to where its run is suspended at the meeting's gate."""
        self.checked().meet()
        self.gate()
        self.suspended()
        return self

    def suspended(self) -> None:
        """Wait until Prefect, too, knows that the run waits."""
        until(f"batch {self.batch} suspended", lambda: self.runs()[-1]["outcome"] == "tunda")
        run = self.runs()[-1]["flow_run_id"]
        until(f"run {run} paused", lambda: self.engine.prefect("GET", f"/flow_runs/{run}")["state_type"] == "PAUSED")

    def decide(self, approval: int | None = None, who: Person | None = None) -> dict[str, Any]:
        """Let the head of the village agree."""
        path = f"/approvals/{approval or self.gate()}/decisions"
        answer: dict[str, Any] = (who or self.kades).post(path, {"verdict": "setuju", "evidence": EVIDENCE})
        return answer

    # -- what came of it -----------------------------------------------------------------------------------------------

    def runs(self) -> list[dict[str, Any]]:
        """Return the batch's runs, first to last."""
        query = "SELECT * FROM batch_run WHERE batch = %(batch)s ORDER BY attempt"
        return self.engine.site.rows(query, {"batch": self.batch})

    def attempt(self) -> int:
        """Return the number of the batch's last run; 0 before the first."""
        return max((run["attempt"] for run in self.runs()), default=0)

    def open_calls(self) -> list[dict[str, Any]]:
        """Return what was asked of outside systems and is not known to be answered; its run notes so at its end."""
        query = "SELECT key FROM call WHERE batch = %(batch)s AND state NOT IN ('selesai', 'batal')"
        return list(self.engine.site.rows(query, {"batch": self.batch}))

    def require(self, path: str, *, asked: int = 1) -> None:
        """Demand that every case went along exactly this path, once, and through no gate without its decision.

        Args:
            path: the rules of every case, in order.
            asked: how many jobs outside systems were given; each must have been done once.
        """
        jobs = self.engine.jobs(self.batch)
        with self.engine.site.database() as conn:
            assert wrongs(conn, self.batch, path, len(self.cases()), Deeds(jobs)) == []
        assert len(jobs) == asked
