"""The simulator by itself: it survives being killed, keeps its settings, and its chance can be repeated."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from integrations.bank_accounts import BurekolRow, CekRekeningRow, RekeningAktif, RekeningGagal
from integrations.bank_credits import SiRow, StandingInstruction
from integrations.connect import Outside, connect
from integrations.errors import PortRefused, PortUnavailable
from integrations.http import ClientOptions
from integrations.simulator.luck import draw, fraction, letters, split
from integrations.simulator.names import name_score
from tests.unit.integrations.people import BUDI, QUICK, QUIET, REK_BUDI, Sim, free_port, make_population, wait_ready

ROOT = Path(__file__).parents[3]
RSS_MAX_BYTES = 70 * 1024 * 1024
ORDER = StandingInstruction("SI-9", "260000000000001", [SiRow("a", REK_BUDI, "BUDI SANTOSO", 600_000)])


@contextmanager
def process(folder: Path, *extra: str) -> Iterator[tuple[Sim, int]]:
    """Run the command; yields a handle and the process id, and kills the process with -9 at the end."""
    population, port = folder / "population.sqlite", free_port()
    if not population.exists():
        make_population(population)
    files = ["--population", str(population), "--state", str(folder / "state.sqlite")]
    command = [sys.executable, "-m", "integrations.simulator", "--port", str(port), *files, *extra]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, cwd=ROOT) as running, httpx.Client(base_url=url, trust_env=False) as control:
        try:
            wait_ready(url)
            yield Sim(url, population, control), running.pid
        finally:
            running.kill()


async def test_a_killed_simulator_answers_as_before(tmp_path: Path) -> None:
    customer = [BurekolRow("a", "3404015005900001", "SITI AMINAH", "JL 1")]
    with process(tmp_path) as (sim, pid):
        sim.rates(**{**QUIET, "delay_s": 0.05})
        async with connect(sim.url, options=QUICK) as outside:
            bank = outside.banks["BRI"]
            opened = await bank.burekol.send("b", customer)
            credited = await bank.si.send("k", ORDER)
            sim.faults_by({"bank/*": {"drop_rate": 1}})
            with pytest.raises(PortUnavailable):
                await bank.si.ask("k", ORDER)
        os.kill(pid, signal.SIGKILL)
    with process(tmp_path) as (sim, pid):
        assert sim.control.get("/_simulator/faults").json()["bank/*"]["drop_rate"] == 1  # settings stay too
        sim.faults_by({})
        async with connect(sim.url, options=QUICK) as outside:
            bank = outside.banks["BRI"]
            assert await bank.si.settle("k", ORDER) == credited
            assert await bank.burekol.settle("b", customer) == opened
            assert [news.id for news in await bank.kabar(0)] == ["a"]
        assert (sim.job("k")["puts"], sim.job("k")["effects"]) == (1, 1)
        assert psutil.Process(pid).memory_info().rss < RSS_MAX_BYTES


async def test_a_token_is_demanded_on_the_wire_only(tmp_path: Path) -> None:
    with process(tmp_path, "--token", "secret") as (sim, _):
        assert sim.control.get("/_simulator/rates").status_code == 200
        async with connect(sim.url, options=QUICK) as outside:
            with pytest.raises(PortRefused) as refused:
                await outside.dtsen.versi()
            assert refused.value.status == 401
        async with connect(sim.url, options=ClientOptions(token="secret")) as outside:
            assert await outside.dtsen.versi()


async def test_a_population_may_come_late_and_be_replaced(tmp_path: Path, sim: Sim, outside: Outside) -> None:
    row = [CekRekeningRow("a", REK_BUDI, "BUDI SANTOSO")]
    away = sim.population.rename(tmp_path / "away.sqlite")
    try:
        with pytest.raises(PortUnavailable, match="503"):
            await outside.banks["BRI"].cek_rekening.send("late", row)
    finally:
        away.rename(sim.population)
    assert (await outside.banks["BRI"].cek_rekening.send("late", row)).rows == (RekeningAktif("a"),)
    other = shutil.copy(sim.population, tmp_path / "other.sqlite")
    sim.population.rename(away)
    try:
        shutil.move(other, sim.population)
        sim.script(REK_BUDI, "cek_rekening", "RK_BLOKIR")
        reply = await outside.banks["BRI"].cek_rekening.send("replaced", row)
    finally:
        away.replace(sim.population)
    assert reply.rows == (RekeningGagal("a", "RK_BLOKIR"),)
    assert (await outside.banks["BRI"].cek_rekening.send("back", row)).rows == (RekeningAktif("a"),)


def test_the_population_is_never_written(sim: Sim) -> None:
    with sqlite3.connect(sim.population) as db:
        assert db.execute("SELECT count(*) FROM account").fetchone() == (5,)
    db.close()


async def test_a_scenario_nobody_can_play_is_named(sim: Sim, outside: Outside) -> None:
    sim.script(BUDI, "cek_rekening", "RK_ANEH")
    with pytest.raises(PortRefused, match="cek_rekening: RK_ANEH"):
        await outside.banks["BRI"].cek_rekening.send("strange", [CekRekeningRow("a", REK_BUDI, "BUDI SANTOSO")])
    assert sim.job("strange")["effects"] == 0


async def test_a_scenario_may_change_with_the_attempt(sim: Sim, outside: Outside) -> None:
    cek = outside.banks["BRI"].cek_rekening
    number = "002100000000009"
    for n, outcome in ((1, "RK_PASIF"), (2, "aktif"), (0, "RK_TUTUP")):
        sim.script(number, "cek_rekening", outcome, n=n)
    replies = [await cek.send(f"attempt-{n}", [CekRekeningRow("a", number, "X")]) for n in range(3)]
    again = await cek.send("attempt-0", [CekRekeningRow("a", number, "X")])  # no new attempt: the same job
    results = [getattr(reply.rows[0], "kode", "aktif") for reply in (*replies, again)]
    assert results == ["RK_PASIF", "aktif", "RK_TUTUP", "RK_PASIF"]


async def test_rates_decide_what_is_left_to_chance(sim: Sim, outside: Outside) -> None:
    sim.rates(rekening_gagal=1)
    (row,) = (
        await outside.banks["BRI"].cek_rekening.send("chance", [CekRekeningRow("a", REK_BUDI, "BUDI SANTOSO")])
    ).rows
    assert row.hasil == "gagal"
    assert sim.control.put("/_simulator/rates", json={"rekening_gagal": 2}).status_code == 422
    assert sim.control.put("/_simulator/rates", json={"nonsense": 0}).status_code == 422
    assert sim.control.get("/_simulator/rates").json()["rekening_gagal"] == 1


def test_faults_that_do_not_exist_are_refused(sim: Sim) -> None:
    for wrong in ({"*": {"nonsense": 1}}, {"*": {"drop_rate": 2}}, {"*": {"outage_until": "2026-11-20T10:00:00"}}):
        assert sim.control.put("/_simulator/faults", json=wrong).status_code == 422
    assert sim.control.get("/_simulator/faults").json() == {}


def test_chance_can_be_repeated_and_keeps_its_rate() -> None:
    odds = split(0.2, {"a": 0.75, "b": 0.25})
    first = [draw(odds, 1, "op", n) for n in range(4000)]
    assert first == [draw(odds, 1, "op", n) for n in range(4000)]
    assert first != [draw(odds, 2, "op", n) for n in range(4000)]
    assert 0.13 < first.count("a") / 4000 < 0.17
    assert 0.035 < first.count("b") / 4000 < 0.065
    assert all(0 <= fraction(n) < 1 for n in range(100))
    assert len(letters(16, "x")) == 16


@pytest.mark.parametrize(
    ("ours", "theirs", "least", "most"),
    [
        ("SITI AMINAH", "siti aminah", 100, 100),
        ("AMINAH, SITI", "SITI AMINAH", 100, 100),
        ("SITI A", "SITI AMINAH/SITI A", 100, 100),
        ("SITI AMINAH", "SITI AMINNAH", 80, 99),
        ("SITI AMINAH", "JOKO WIDAGDO", 0, 59),
        ("", "SITI", 0, 0),
    ],
)
def test_names_are_compared_as_the_ministry_does(ours: str, theirs: str, least: int, most: int) -> None:
    assert least <= name_score(ours, theirs) <= most
