"""The engine of one machine: a Prefect worker that runs flows in its own loop; beside it the waker, and the notices.

Flows are asynchronous and wait for PostgreSQL and for outside systems, so one process carries many at once; a run
starts within about a second and costs no memory of its own. Past one machine, ordinary Prefect workers on process,
Docker or Kubernetes pools carry the same deployments.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import signal
import time
from contextlib import suppress
from typing import Any

import anyio.abc
import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import Abort, Pause, PrefectHTTPStatusError
from prefect.flow_engine import run_flow
from prefect.flows import load_flow_from_flow_run
from prefect.workers.base import BaseWorker, BaseWorkerResult
from prefect.workers.process import ProcessJobConfiguration, ProcessVariables
from psycopg import OperationalError

from flows.deployments import apply, declared, lost, standing
from flows.kabar import tell_for_ever
from flows.standing import standing_batch
from flows.waker import sweep, wake_once
from models.batch import commands as batches
from models.batch.queries import beat
from models.database import connect
from models.settings import Settings, settings

log = logging.getLogger("alur.engine")

_TICK_S = 0.4
_SWEEP_S = 60.0
_BEAT_S = 5.0
_AGAIN_S = 3.0
_RUNS_AT_ONCE = 8


class InlineConfiguration(ProcessJobConfiguration):
    """The job of a run for which no process is started: spelling the settings out for one is a fifth of our work."""

    @classmethod
    def _base_environment(cls) -> dict[str, str]:
        return {}


class InlineWorker(BaseWorker[InlineConfiguration, ProcessVariables, BaseWorkerResult]):
    """A Prefect worker that runs each flow in its own event loop instead of a process."""

    type = "inline"
    job_configuration = InlineConfiguration
    job_configuration_variables = ProcessVariables

    async def run(
        self,
        flow_run: FlowRun,
        configuration: InlineConfiguration,  # noqa: ARG002 -- asked for by the base class
        task_status: anyio.abc.TaskStatus[Any] | None = None,
    ) -> BaseWorkerResult:
        """Run one flow to its end or its next wait; what it raised is reported to Prefect by its own engine."""
        flow = await load_flow_from_flow_run(flow_run, ignore_storage=True)
        if task_status is not None:
            task_status.started(str(os.getpid()))
        running: Any = run_flow(flow, flow_run=flow_run, return_type="state")
        try:
            with suppress(Pause, Abort):  # suspended, or refused by the server; both are reported already
                if inspect.isawaitable(running):
                    await running
        except asyncio.CancelledError:
            # Prefect cancels a run whose slot it could not renew, and reports it crashed. That is the end of this run:
            # let through, it would end the worker and every other run. Its lease runs out, and another takes over.
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise
            log.warning("Prefect cancelled run %s", flow_run.id)
        return BaseWorkerResult(identifier=str(os.getpid()), status_code=0)


async def _deployed(pool_type: str | None) -> None:
    """Apply the deployments, waiting for Prefect, or for the work pool that others make, as long as it takes."""
    while True:
        try:
            async with get_client() as client:
                await apply(client, pool_type)
        except (PrefectHTTPStatusError, httpx.HTTPError) as error:
            log.warning("Prefect is not there yet, or has no work pool (%s)", type(error).__name__)
            await asyncio.sleep(_AGAIN_S)
        else:
            return


async def _stand(config: Settings) -> None:
    """Let the standing batches look once at start: days may have passed while nothing ran."""
    if config.worker_database_url is None:
        raise RuntimeError("ALUR_WORKER_DATABASE_URL is not set: the engine needs the database role alur_worker.")
    conn = await connect(config.worker_database_url.get_secret_value())
    try:
        for kind in standing():
            await batches.wake(conn, await standing_batch(kind), "mesin mulai")
    finally:
        await conn.close()


async def _wake_for_ever(config: Settings, pool_type: str | None) -> None:
    """Serve wake rows, sweep as often as leases may lapse, and tell of it; outlive Prefect and PostgreSQL."""
    if config.worker_database_url is None:
        raise RuntimeError("ALUR_WORKER_DATABASE_URL is not set: the engine needs the database role alur_worker.")
    dsn = config.worker_database_url.get_secret_value()
    last_sweep = last_beat = 0.0
    sweep_s = min(_SWEEP_S, float(config.lease_seconds))
    while True:
        try:
            conn = await connect(dsn)
        except OperationalError as error:
            log.warning("PostgreSQL is not there (%s)", type(error).__name__)
            await asyncio.sleep(_AGAIN_S)
            continue
        try:
            async with get_client() as client:
                while True:
                    await wake_once(conn, client)
                    now = time.monotonic()
                    if now - last_beat > _BEAT_S:
                        await beat(conn, "engine")
                        last_beat = now
                    if now - last_sweep > sweep_s:
                        if await lost(client):
                            log.warning("Prefect lost deployments; applying them again")
                            await apply(client, pool_type)
                        await sweep(conn, client)
                        last_sweep = now
                    await asyncio.sleep(_TICK_S)
        except (OperationalError, PrefectHTTPStatusError, httpx.HTTPError) as error:
            log.warning("the waker starts over (%s)", type(error).__name__)
            await asyncio.sleep(_AGAIN_S)
        finally:
            with suppress(OperationalError):
                await conn.close()


async def run_engine(config: Settings | None = None, *, carries: bool = True) -> None:
    """Serve wake rows, send notices and keep Prefect's deployments until asked to stop.

    Args:
        config: the settings of this process by default.
        carries: carry the flows here too; false where ordinary Prefect workers do.
    """
    chosen = config or settings()
    pool_type = InlineWorker.type if carries else None
    await _deployed(pool_type)
    await _stand(chosen)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    tasks = [asyncio.create_task(_wake_for_ever(chosen, pool_type)), asyncio.create_task(tell_for_ever(chosen))]
    if carries:
        worker = InlineWorker(work_pool_name=declared()[0].pool, name="alur", limit=_RUNS_AT_ONCE)
        tasks.append(asyncio.create_task(worker.start()))
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    for task in [*tasks, stopping]:
        task.cancel()
    await asyncio.gather(*tasks, stopping, return_exceptions=True)
    for task in done:
        if task is not stopping and not task.cancelled() and task.exception() is not None:
            raise RuntimeError("the engine ended") from task.exception()
