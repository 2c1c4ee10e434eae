"""The engine's worker: what one run comes to is nothing to the others."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from prefect import flow
from prefect.client.schemas.objects import FlowRun

from flows import engine
from flows.engine import InlineConfiguration, InlineWorker


@flow
async def nothing() -> None:
    """Only loaded, never run."""


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> InlineWorker:
    async def loaded(*_: object, **__: object) -> Any:
        return nothing

    monkeypatch.setattr(engine, "load_flow_from_flow_run", loaded)
    return InlineWorker(work_pool_name="alur")


async def _run(worker: InlineWorker) -> int:
    return (await worker.run(FlowRun(flow_id=uuid4()), InlineConfiguration())).status_code


async def test_a_run_that_prefect_cancels_leaves_the_worker_alone(
    worker: InlineWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prefect does so where it cannot renew the run's slot: its server was away, or lost what it knew."""

    async def cancelled(*_: object, **__: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(engine, "run_flow", cancelled)
    assert await _run(worker) == 0


async def test_a_worker_that_is_stopped_stops_its_run(worker: InlineWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = asyncio.Event()

    async def endless(*_: object, **__: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(engine, "run_flow", endless)
    task = asyncio.create_task(_run(worker))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
