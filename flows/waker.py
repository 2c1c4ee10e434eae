"""The waker: carries wake rows from PostgreSQL to Prefect, until the flow has looked.

A wake row stays open until its flow acknowledges it; being tried is not being heard. A run that fell silent, that
Prefect forgot, or that ended is replaced by the batch's next attempt.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound, PrefectException

from flows.deployments import flow_of
from flows.report import run_name, run_tags
from models.batch import commands as batches
from models.batch import queries
from models.database import Conn

log = logging.getLogger("alur.waker")

_PAUSES_S = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""A resume that arrives before the suspend is lost, so it is tried again: soon, then less often."""

_START_S = 60
"""How long a run that was asked for may take until it holds its lease itself."""

_QUEUE_S = 600
"""How long a run may wait for a worker to be free before another is asked for."""

_GONE = {None, StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED}
"""States after which nothing more comes of a run; None when Prefect does not know it."""


async def _state(client: PrefectClient, run: UUID) -> tuple[StateType | None, float]:
    """Return where Prefect believes a run to be, and for how many seconds; None when it does not know the run."""
    try:
        found = await client.read_flow_run(run)
    except ObjectNotFound:  # its database was lost
        return None, 0.0
    if found.state is None:
        return None, 0.0
    return found.state.type, (datetime.now(UTC) - found.state.timestamp).total_seconds()


async def _start(conn: Conn, client: PrefectClient, row: dict[str, Any]) -> None:
    """Ask Prefect for the batch's next attempt, and note that run as the one that may take the lease."""
    name = flow_of(row["kind"])
    batch = await queries.get(conn, row["batch"])
    if name is None or batch is None:
        await batches.acknowledge(conn, row["batch"])  # nothing runs by itself there (a migration)
        return
    attempt = (row["attempt"] or 0) + 1
    deployment = await client.read_deployment_by_name(f"{name}/{name}")
    run = await client.create_flow_run_from_deployment(
        deployment.id, parameters={"batch": row["batch"]}, name=run_name(batch), tags=run_tags(batch)
    )
    if not await batches.reserve_lease(conn, row["batch"], run.id, attempt, _START_S):
        await client.delete_flow_run(run.id)
        return
    log.info("batch %s: run %s asked for (%s)", row["batch"], attempt, row["reason"])


async def _serve(conn: Conn, client: PrefectClient, row: dict[str, Any]) -> None:
    """Do for one wake row what its batch's last run calls for."""
    run: UUID | None = row["flow_run_id"]
    if run is None or row["outcome"] in {"selesai", "gagal", "diganti"}:
        await _start(conn, client, row)
        return
    if row["ended_at"] is None and row["leased"]:
        return  # it is working, and looks at everything before it ends
    state, seconds = await _state(client, run)
    if state is StateType.PAUSED:
        await client.resume_flow_run(run)
        log.info("batch %s: run %s resumed (%s)", row["batch"], row["attempt"], row["reason"])
    elif state in _GONE:
        await _start(conn, client, row)
    elif seconds < (_QUEUE_S if state is StateType.SCHEDULED else _START_S if row["outcome"] == "tunda" else 0):
        return  # asked for or resumed, and not begun yet: another run would only stand in line behind it
    elif not row["leased"]:
        await _start(conn, client, row)


async def wake_once(conn: Conn, client: PrefectClient) -> int:
    """Serve every wake row whose time has come; returns how many. One broken batch never stops the others."""
    rows = await queries.due_wakes(conn)
    for row in rows:
        try:
            await _serve(conn, client, row)
        except (PrefectException, httpx.HTTPError) as error:
            log.warning("batch %s: Prefect did not answer (%s)", row["batch"], type(error).__name__)
        pause = _PAUSES_S[min(row["tries"], len(_PAUSES_S) - 1)]
        await queries.defer_wake(conn, row["id"], pause)
    return len(rows)


async def sweep(conn: Conn, client: PrefectClient) -> None:
    """Wake batches nobody carries any more: the lease ran out, or Prefect lost the run that waits at a gate."""
    for batch in await queries.abandoned(conn):
        await batches.wake(conn, batch, "jalan terputus")
    for row in await queries.waiting_runs(conn):
        state, _ = await _state(client, row["flow_run_id"])
        if state in _GONE:
            await batches.wake(conn, row["batch"], "jalan hilang dari Prefect")
