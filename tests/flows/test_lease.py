"""One live run per batch, and what a run leaves behind when it ends, waits, fails or is replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import anyio
import pytest
import structlog

from flows import carry as carrying
from flows.carry import Step
from flows.kabar_bank import read_news
from flows.penyaluran_tahap import penyaluran_tahap
from flows.usulan_batch import usulan_batch
from flows.work import LeaseLost, Work, working
from models.batch import commands as batches
from models.batch import queries
from models.database import connect
from models.install import role_dsn
from models.settings import settings
from tests.flows.stage import Stage
from tests.flows.steps import steps_of

VILLAGE = steps_of(usulan_batch)
TAHAP = steps_of(penyaluran_tahap)


@pytest.fixture
def configured(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The stage as the settings of this process, so that whole flows run on it."""
    monkeypatch.setenv("ALUR_WORKER_DATABASE_URL", role_dsn(stage.world.admin_dsn, "alur_worker"))
    monkeypatch.setenv("ALUR_PORTS_URL", stage.sim.url)
    settings.cache_clear()
    yield stage
    settings.cache_clear()


async def _runs(stage: Stage, batch: int) -> list[dict[str, Any]]:
    return await queries.runs(stage.world.admin, batch)


async def _outcomes(stage: Stage, batch: int) -> list[str | None]:
    return [run["outcome"] for run in await _runs(stage, batch)]


async def _lapse(stage: Stage) -> None:
    """Let every lease run out, as if its holder had been silent for long."""
    await stage.world.admin.execute("UPDATE batch_run SET lease_until = clock_timestamp() WHERE ended_at IS NULL")


async def _whole(batch: int) -> str:
    """Run a whole flow, outside Prefect; returns what it says at its end."""
    return (await usulan_batch.fn(batch)).message or ""


# -- who works ---------------------------------------------------------------------------------------------------------


async def test_of_two_runs_at_once_one_works(configured: Stage) -> None:
    stage = configured
    batch, cases = await stage.propose(await stage.register(await stage.families(3)))
    stage.sim.faults({"dukcapil/*": {"latency_ms": 200}})
    told = await asyncio.gather(*(_whole(batch) for _ in range(4)))
    assert sorted(told) == [f"batch {batch}: dibawa jalan lain · another run is carrying it"] * 3 + [
        f"batch {batch}: usulan.padan 3"
    ]
    assert await stage.states(cases) == ["padan"] * 3
    assert [job["puts"] for job in stage.sim.jobs()] == [1]
    assert await _outcomes(stage, batch) == ["selesai"]


async def test_the_same_run_may_come_back_and_another_may_not(stage: Stage) -> None:
    batch, _ = await stage.propose(await stage.register(await stage.families(1)))
    run = uuid4()
    async with stage.hands(batch, run=run):
        async with working(batch, uuid4(), stage.settings) as other:
            assert other is None
        async with working(batch, run, stage.settings) as again:
            assert again is not None
    assert [row["attempt"] for row in await _runs(stage, batch)] == [1]


async def test_a_silent_run_is_replaced_and_stops_before_it_touches_anything(stage: Stage) -> None:
    """Its question to the outside took longer than its lease; the answer is the other run's to apply."""
    batch, cases = await stage.propose(await stage.register(await stage.families(2)))
    stage.sim.faults({"dukcapil/*": {"latency_ms": 600}})
    slow, quick = uuid4(), uuid4()
    loser = asyncio.create_task(stage.look(batch, *VILLAGE, run=slow))
    await asyncio.sleep(0.4)
    await _lapse(stage)
    stage.sim.faults({})
    await stage.look(batch, *VILLAGE, run=quick)
    with pytest.raises(LeaseLost):
        await loser
    assert await stage.states(cases) == ["padan"] * 2
    cursor = await stage.world.admin.execute("SELECT DISTINCT flow_run FROM act WHERE flow_run IS NOT NULL")
    assert [row["flow_run"] for row in await cursor.fetchall()] == [quick]
    refused = await stage.world.admin.execute("SELECT count(*) AS n FROM refusal")
    assert await refused.fetchall() == [{"n": 0}]
    assert stage.sim.nothing_doubled()


@pytest.mark.parametrize("place", [0, 1])
async def test_no_step_begins_without_the_lease(stage: Stage, place: int) -> None:
    """Whatever step comes next: a run that was replaced never reaches it."""
    batch = await stage.open_tahap()
    reached: list[int] = []

    def step(number: int) -> Step:
        async def run(work: Work) -> bool:
            reached.append(number)
            if number == place:
                await _lapse(stage)
                assert await batches.take_lease(stage.world.worker, work.id, uuid4(), 60)
            return False

        return run

    async with stage.hands(batch) as work:
        with pytest.raises(LeaseLost):
            await carrying.look(work, [step(number) for number in range(3)])
    assert reached == list(range(place + 1))


async def test_a_reserved_batch_is_taken_by_the_run_it_was_reserved_for(stage: Stage) -> None:
    batch = await stage.open_tahap()
    worker = stage.world.worker
    asked, stranger = uuid4(), uuid4()
    assert await batches.reserve_lease(worker, batch, asked, 1, 60)
    assert not await batches.reserve_lease(worker, batch, uuid4(), 1, 60)
    assert await batches.take_lease(worker, batch, stranger, 60) is None
    assert await batches.take_lease(worker, batch, asked, 60) == 1


async def test_a_hundred_takers_make_one_run(stage: Stage) -> None:
    batch = await stage.open_tahap()
    dsn = role_dsn(stage.world.admin_dsn, "alur_worker")

    async def take() -> int | None:
        conn = await connect(dsn)
        try:
            return await batches.take_lease(conn, batch, uuid4(), 60)
        finally:
            await conn.close()

    taken = await asyncio.gather(*(take() for _ in range(25)))
    assert [attempt for attempt in taken if attempt is not None] == [1]


# -- what a run leaves behind ------------------------------------------------------------------------------------------


async def test_a_run_says_how_it_ended(configured: Stage) -> None:
    """It waits at a gate, ends for now, or closes a batch none of whose cases is open."""
    stage = configured
    batch, cases = await stage.propose(await stage.register(await stage.families(2)))
    await _whole(batch)
    await stage.fire("operator_desa", "usulan.masuk_musdes", cases, id_batch_musdes=1)
    await _whole(batch)
    assert await _outcomes(stage, batch) == ["tunda", "selesai"]
    await stage.decide(batch, "musdes")
    await _whole(batch)
    assert (await stage.batch("usulan"))["state"] == "terbuka"
    await stage.fire("operator_desa", "usulan.tarik_usulan", cases, reason="SALAH_INPUT", note="keliru")
    await _whole(batch)
    assert await _outcomes(stage, batch) == ["selesai", "selesai", "tunda", "selesai"]
    assert (await stage.batch("usulan"))["state"] == "selesai"


async def test_a_run_that_fails_gives_its_lease_back_and_is_woken(
    configured: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = configured
    batch, _ = await stage.propose(await stage.register(await stage.families(1)))

    async def broken(_work: Work, _steps: object) -> bool:
        raise RuntimeError("broken")

    with monkeypatch.context() as patch:
        patch.setattr(carrying, "look", broken)
        with pytest.raises(carrying.RunFailed):
            await _whole(batch)
    assert await _outcomes(stage, batch) == ["gagal"]
    assert len(await stage.open_wakes(batch)) == 1
    await _whole(batch)
    assert await _outcomes(stage, batch) == ["selesai", "gagal"]


async def test_a_run_that_is_out_of_time_gives_its_lease_back_and_is_woken(
    configured: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prefect ends it from outside, and goes on ending whatever it still waits for."""
    stage = configured
    batch, _ = await stage.propose(await stage.register(await stage.families(1)))
    with anyio.CancelScope() as time:

        async def hangs(_work: Work, _steps: object) -> bool:
            time.cancel()
            await asyncio.Event().wait()
            return False

        monkeypatch.setattr(carrying, "look", hangs)
        await _whole(batch)
    assert time.cancelled_caught
    assert await _outcomes(stage, batch) == ["gagal"]
    assert len(await stage.open_wakes(batch)) == 1


async def test_a_killed_run_is_found_by_the_sweep(stage: Stage) -> None:
    """Also in a tahap that was closed before money came back late."""
    families = await stage.families(2)
    households = await stage.register(families)
    await stage.members(households)
    batch = await stage.open_tahap()
    await stage.play(batch, *TAHAP)
    await stage.look(await stage.standing("kabar"), read_news)
    cases = await stage.payments(households, batch)
    assert await stage.states(cases) == ["selesai"] * 2
    await batches.close(stage.world.worker, batch)
    await stage.fire("kppn", "penyaluran.retur_terlambat", cases, reason="RK_TUTUP", surat_retur={"nomor": "R/1"})
    assert await stage.open_wakes(batch)
    await _killed_while_looking(stage, batch)
    assert not await stage.open_wakes(batch)
    await _lapse(stage)
    assert await queries.abandoned(stage.world.worker) == [batch]
    assert (await stage.batch("tahap"))["state"] == "terbuka"


async def _killed_while_looking(stage: Stage, batch: int) -> None:
    """Let a whole run begin and die without a word once it has acknowledged its wake."""
    held = asyncio.Event()

    async def endless(_work: Work) -> bool:
        held.set()
        await asyncio.sleep(3600)
        return False

    async def run() -> None:
        config = stage.settings
        async with working(batch, uuid4(), config) as work:
            assert work is not None
            if await carrying._has_work(work):
                await batches.reopen(work.conn, batch)
            await carrying.look(work, [endless])

    task = asyncio.create_task(run())
    await held.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_batch_closed_in_error_is_open_again_when_it_is_looked_at(configured: Stage) -> None:
    """A list was closed in the moment in which another flow put cases into it."""
    stage = configured
    batch, _ = await stage.propose(await stage.register(await stage.families(1)))
    await batches.close(stage.world.worker, batch)
    await _whole(batch)
    assert (await stage.batch("usulan"))["state"] == "terbuka"


# -- wakes -------------------------------------------------------------------------------------------------------------


async def test_a_wake_that_comes_while_it_looks_makes_it_look_again(stage: Stage) -> None:
    batch, _ = await stage.propose(await stage.register(await stage.families(1)))
    seen = 0

    async def knocked(work: Work) -> bool:
        nonlocal seen
        seen += 1
        if seen == 1:
            await batches.wake(stage.world.worker, work.id, "ada kabar")
        return False

    await stage.look(batch, knocked)
    assert seen == 2
    assert not await stage.open_wakes(batch)


async def test_a_wake_for_later_is_kept_for_later(stage: Stage) -> None:
    batch = await stage.open_tahap()

    async def later(work: Work) -> bool:
        await batches.wake(work.conn, work.id, "nanti", seconds=30)
        return False

    await stage.look(batch, later)
    (wake,) = await stage.open_wakes(batch)
    assert 20 < wake["due_in"] <= 30


async def test_a_step_that_always_claims_progress_ends(stage: Stage) -> None:
    batch = await stage.open_tahap()
    rounds = 0

    async def busy(_work: Work) -> bool:
        nonlocal rounds
        rounds += 1
        return True

    await stage.look(batch, busy)
    assert rounds == carrying._ROUNDS_MAX


async def test_a_move_that_commits_while_the_flow_looks_wakes_it_again(stage: Stage) -> None:
    """The wake was open when the move knocked, and acknowledged before the move was seen: it must not be lost."""
    batch, cases = await stage.propose(await stage.register(await stage.families(2)))
    await stage.look(batch, *VILLAGE)
    await batches.wake(stage.world.worker, batch, "sebab lain")
    operator = await stage.person("operator_desa")
    slow = await connect(role_dsn(stage.world.admin_dsn, "alur_api"))
    try:
        async with slow.transaction():
            await slow.execute(
                "SELECT * FROM door_move(%s, 'usulan.masuk_musdes', %s, NULL, NULL, NULL, '{\"id_batch_musdes\": 1}')",
                (operator, cases),
            )
            looked = asyncio.create_task(stage.look(batch, *VILLAGE))
            await asyncio.sleep(0.5)
        await looked
    finally:
        await slow.close()
    if await stage.gates(batch, "terbuka"):
        return  # the look waited for the move and saw it
    assert await stage.open_wakes(batch), "families stand before the meeting, and nobody will look before tomorrow"


async def test_leases_and_wakes_name_nobody(stage: Stage) -> None:
    batch, _ = await stage.propose(await stage.register(await stage.families(1)))
    await stage.look(batch, *VILLAGE)
    (run,) = await _runs(stage, batch)
    assert isinstance(run["flow_run_id"], UUID)
    assert set(run) == {"attempt", "flow_run_id", "started_at", "lease_until", "ended_at", "outcome", "leased"}


async def test_every_line_that_is_logged_under_way_names_batch_and_run(
    configured: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    batch = await configured.open_tahap()
    seen: list[dict[str, Any]] = []

    async def step(work: Work) -> bool:
        seen.append({"work": (work.id, str(work.run)), **structlog.contextvars.get_contextvars()})
        return False

    await carrying.carry(batch, [step])
    [told] = seen
    assert (told["batch"], told["run"]) == told["work"]
    assert not structlog.contextvars.get_contextvars()
