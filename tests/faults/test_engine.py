"""Faults of the engine, with real processes: every batch ends by itself, each case by exactly the right steps.

In-process tests in `tests/flows` cut a flow off after every single deed; here whole processes are killed, stopped and
robbed of their database, and nobody helps them. While they are down, decisions and single moves go on.
"""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from itertools import pairwise
from random import Random
from typing import Any

import psutil
import pytest

from alur.demo.client import Failed
from alur.demo.payment import period_of
from flows.deployments import declared
from models.user.commands import Scope
from tests.e2e.installation import until
from tests.faults.conftest import LEASE_S
from tests.faults.lists import AGREED, Engine, Listed
from tests.faults.scenario import SEED

CHECKED = AGREED.removesuffix(" U10 U12")
MORTAL = ("prefect", "engine", "simulator")
"""What people do not speak to themselves; API and PostgreSQL are killed in `test_rounds.py`."""
ROUNDS_SLOW = 100
SLOW = {"dukcapil_*": {"processing_ms": 4000}}
"""An identity check that takes longer than it takes to kill whoever asked for it."""


def _asked(engine: Engine, listed: Listed) -> None:
    """Wait until Dukcapil was asked about a list."""
    until(f"a question about batch {listed.batch}", lambda: engine.jobs(listed.batch))


def test_the_operator_s_lease_reaches_the_engine(engine: Engine) -> None:
    """It stands in the `.env` of the folder where the operator started everything."""
    listed = engine.send().checked()
    (run,) = until("the run's end", lambda: [run for run in listed.runs() if run["ended_at"]])
    assert (run["lease_until"] - run["ended_at"]).total_seconds() <= LEASE_S
    listed.require(CHECKED)


def test_flow_and_runner_are_killed_in_the_middle_of_a_batch(engine: Engine) -> None:
    """Another list's decision arrives while nothing runs that could carry it out."""
    other = engine.send().waiting()
    approval = other.gate()
    engine.faults(**SLOW)
    listed = engine.send()
    _asked(engine, listed)
    killed = listed.runs()[-1]["flow_run_id"]
    pid = engine.site.signal("engine", signal.SIGKILL)
    until("the engine's end", lambda: not psutil.pid_exists(pid))
    assert other.decide(approval)["state"] == "disetujui"
    assert engine.prefect("GET", f"/flow_runs/{killed}")["state_type"] == "RUNNING"  # Prefect believes it for ever
    engine.site.until_replaced("engine", pid)
    other.reaches("usulan_final")
    listed.reaches("padan")
    other.require(AGREED)
    listed.require(CHECKED)
    until("the new run's end", lambda: [run["outcome"] for run in listed.runs()] == ["diganti", "selesai"])
    assert listed.runs()[0]["flow_run_id"] == killed


def test_the_runner_is_killed_while_banks_pay(engine: Engine) -> None:
    """A tahap whose transfer orders are at the banks: whoever brings them again, every family is credited once."""
    site = engine.site
    direktorat, kpa, ppk, ppspm = (site.person(f"{who}.pkh") for who in ("direktorat1", "kpa", "ppk", "ppspm"))
    clock = datetime.fromisoformat(site.person("admin").get("/demo/clock")["now"])
    tahap = {"kind": "tahap", "region": 3204, "programme": "PKH", "period": period_of(clock)}
    batch: int = direktorat.post("/batches", tahap)["batch"]
    direktorat.decide("sk_tahap", batch, evidence={"nomor_sk": {"nomor": f"PKH/{batch}"}})
    closing = kpa.decide("closing", batch)["amount_rp"]
    ppk.decide("spp", batch, evidence={"nomor_spp": {"nomor": f"SPP/{batch}"}})
    ppspm.decide("spm", batch, evidence={"nomor_spm": {"nomor": f"SPM/{batch}"}})
    engine.faults(**{"bank_*_si": {"processing_ms": 4000}})
    ppk.decide("si", batch, evidence={"nomor_si": {"nomor": f"SI/{batch}"}})
    until("an order at a bank", lambda: [job for job in engine.jobs(batch) if job["operation"] == "si"])
    pid = engine.site.signal("engine", signal.SIGKILL)
    site.until_replaced("engine", pid)
    auditor = site.person("auditor")

    def counts() -> dict[str, int]:
        told: dict[str, int] = auditor.get(f"/batches/{batch}")["counts"]
        return told

    until("the banks' answers", lambda: not counts().get("penyaluran.si") and not counts().get("penyaluran.sp2d"))
    paid = sum(counts().get(f"penyaluran.{state}", 0) for state in ("sukses", "selesai"))
    credited = [credit["kali"] for credit in engine.credits()]
    assert set(credited) == {1}
    assert len(credited) >= paid > 20  # a bank may also have credited another sum than was ordered
    assert [job for job in engine.jobs(batch) if job["effects"] != 1] == []
    balance = auditor.get("/funds", batch=batch)["balance"]
    assert balance["closing"] == closing == sum(n for name, n in balance.items() if name != "closing")
    assert engine.wrongs(batch) == []


def test_what_a_killed_run_had_asked_of_the_database_is_done_once(engine: Engine) -> None:
    """It is killed while PostgreSQL holds its request to carry a decision out; the request outlives it."""
    listed = engine.send().waiting()
    approval = listed.gate()
    attempt = listed.attempt()
    with engine.site.database() as conn, conn.transaction():
        conn.execute("LOCK TABLE transition IN SHARE MODE")  # readers pass; whoever moves a case waits
        listed.decide(approval)
        until("a flow that carries it out", lambda: _held_up(engine, "approval_execute", "approval", approval))
        engine.site.signal("engine", signal.SIGKILL)
        until("the run that replaces it", lambda: listed.attempt() > attempt)
    listed.reaches("usulan_final")
    listed.require(AGREED)


def _held_up(engine: Engine, function: str, table: str, row: int) -> bool:
    """Whether a flow waits in this function of the database for a lock, and holds this row meanwhile.

    The row tells which batch's flow it is: others, of the same kind, may wait there too.
    """
    return bool(
        engine.site.rows(
            f"SELECT 1 FROM {table} t JOIN pg_locks l ON l.transactionid = t.xmax AND l.granted "
            "JOIN pg_stat_activity a ON a.pid = l.pid "
            "WHERE t.id = %(row)s AND a.usename = 'alur_worker' AND a.wait_event_type = 'Lock' "
            "AND a.query LIKE '%%' || %(function)s || '(%%'",
            {"row": row, "function": function},
        )
    )


def test_a_decision_arrives_before_the_run_has_suspended(engine: Engine) -> None:
    """Prefect hangs while the flow opens its gate; the head of the village is quicker than both."""
    listed = engine.send().checked()
    with ExitStack() as until_decided:
        with engine.site.database() as conn, conn.transaction():
            conn.execute("LOCK TABLE approval IN SHARE MODE")  # readers pass; whoever opens a gate waits
            listed.meet()
            until("a flow that opens the gate", lambda: _held_up(engine, "approval_open", "batch", listed.batch))
            until_decided.enter_context(engine.site.frozen("prefect"))
        approval = listed.gate()
        until("the end of the look", lambda: listed.runs()[-1]["outcome"] == "tunda")
        assert listed.decide(approval)["state"] == "disetujui"
        assert {case["state"] for case in listed.cases()} == {"musyawarah"}
    listed.reaches("usulan_final")
    listed.require(AGREED)


def test_of_two_decisions_at_once_one_counts(engine: Engine) -> None:
    listed = engine.send().waiting()
    approval = listed.gate()
    deputy = engine.site.hire("kades.wakil", "kades", Scope(region=listed.village))
    together = threading.Barrier(2)

    def decide(who: Any) -> dict[str, Any] | Failed:
        together.wait(30)
        try:
            return listed.decide(approval, who)
        except Failed as refused:
            return refused

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(decide, (listed.kades, deputy)))
    refused = [answer for answer in told if isinstance(answer, Failed)]
    assert [answer["state"] for answer in told if isinstance(answer, dict)] == ["disetujui"]
    assert len(refused) == 1
    assert "409" in str(refused[0])
    listed.reaches("usulan_final")
    listed.require(AGREED)


def test_of_several_runs_at_once_one_works(engine: Engine) -> None:
    engine.faults(**SLOW)
    listed = engine.send()
    _asked(engine, listed)
    more = engine.ask_for_runs(listed.batch, 3)
    listed.reaches("padan")
    until("the other runs' end", lambda: {_state(engine, run) for run in more} == {"COMPLETED"})
    listed.require(CHECKED)
    assert [job["puts"] for job in engine.jobs(listed.batch)] == [1]
    runs = listed.runs()  # one that Prefect began late may have looked once more, after the other's end
    assert [after for before, after in pairwise(runs) if after["started_at"] < before["ended_at"]] == []


def _state(engine: Engine, run: str) -> str:
    state: str = engine.prefect("GET", f"/flow_runs/{run}")["state_type"]
    return state


def test_prefect_s_server_is_gone_for_a_while(engine: Engine) -> None:
    """One list is being checked, one waits for its head, one for its operator."""
    waiting, checked = engine.send().waiting(), engine.send().checked()
    approval = waiting.gate()
    engine.faults(**SLOW)
    listed = engine.send()
    _asked(engine, listed)
    pid = engine.site.signal("prefect", signal.SIGKILL)
    until("Prefect's end", lambda: not psutil.pid_exists(pid))
    assert waiting.decide(approval)["state"] == "disetujui"
    checked.meet()
    assert {case["state"] for case in checked.cases()} == {"musyawarah"}
    engine.site.until_replaced("prefect", pid)
    waiting.reaches("usulan_final")
    listed.reaches("padan")
    checked.decide()
    checked.reaches("usulan_final")
    waiting.require(AGREED)
    checked.require(AGREED)
    listed.require(CHECKED)


def test_prefect_s_database_is_lost(engine: Engine) -> None:
    """Nothing of it comes back: no deployment, no run. Lists that were under way get a new run."""
    waiting, checked = engine.send().waiting(), engine.send().checked()
    approval = waiting.gate()
    lost = waiting.runs()[-1]["flow_run_id"]
    with engine.site.frozen("prefect"):
        with engine.site.database("postgres") as conn:
            conn.execute("DROP DATABASE alur_prefect WITH (FORCE)")
            conn.execute("CREATE DATABASE alur_prefect OWNER alur_prefect")
        pid = engine.site.signal("prefect", signal.SIGKILL)
    assert waiting.decide(approval)["state"] == "disetujui"
    checked.meet()
    engine.site.until_replaced("prefect", pid)
    waiting.reaches("usulan_final")
    checked.decide()
    checked.reaches("usulan_final")
    waiting.require(AGREED)
    checked.require(AGREED)
    assert waiting.runs()[-1]["flow_run_id"] != lost
    names = {deployment["name"] for deployment in engine.prefect("POST", "/deployments/filter", {})}
    assert names == {each.name for each in declared()}
    until("runs by the clock", lambda: _by_the_clock(engine) == {"harian", "kabar"})


def _by_the_clock(engine: Engine) -> set[str]:
    """Return the kinds whose next runs Prefect has put down by itself."""
    wanted = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}, "tags": {"all_": ["auto-scheduled"]}}}
    return {tag for run in engine.prefect("POST", "/flow_runs/filter", wanted) for tag in run["tags"]} & {
        "harian",
        "kabar",
    }


@pytest.mark.parametrize("number", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, ROUNDS_SLOW + 1))])
def test_parts_die_at_random_moments_of_a_list(engine: Engine, number: int) -> None:
    luck = Random(f"{SEED}/installation/{number}")  # noqa: S311 -- moments, no secret
    deaths = [(luck.uniform(0, 5), part) for part in luck.sample(MORTAL, luck.randint(1, len(MORTAL)))]
    listed = engine.send()
    timers = [threading.Timer(moment, engine.site.signal, (part, signal.SIGKILL)) for moment, part in deaths]
    for timer in timers:
        timer.start()
    try:
        listed.checked().meet()
        listed.decide()
        listed.reaches("usulan_final")
        for timer in timers:
            timer.join()
        engine.site.until_ready()
        until("its calls", lambda: not listed.open_calls())
        listed.require(AGREED)
    except BaseException as error:
        error.add_note(f"round {number}, killed {deaths}, ALUR_FAULT_SEED={SEED}")
        raise
