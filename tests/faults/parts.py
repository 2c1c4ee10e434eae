"""The processes of a plant, as functions that a forked process becomes: the API, and whoever carries batches.

They are forked from one process that has imported everything, so that a hundred kills cost a hundred forks and not a
hundred starts of Python.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from prefect.flows import load_flow_from_entrypoint
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from alur.runtime.child import PR_SET_PDEATHSIG
from alur.runtime.ports import LOOPBACK
from api.app import create_app
from flows import calls, carry, work
from flows.deployments import declared, flow_of
from integrations.connect import connect as connect_outside
from models.batch import commands as batches
from models.batch import queries
from models.database import Conn, connect
from models.settings import settings as own_settings
from tests.flows.stage import QUICK
from tests.integration.api.kit import settings

_TICK_S = 0.02
_SOON_S = 0.3
"""Where a flow says that it looks again later, and Prefect and the waker take half a minute, tests take this long."""

log = logging.getLogger("alur.tests")


def _begin(journal: Path) -> None:
    """Let this process end with the one it was forked from, and write what it says into a file."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    handle = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(handle, stream.fileno())
    logging.basicConfig(level=logging.INFO, force=True)


def api(journal: Path, dsn: str, port: int) -> None:
    """Serve the API over a database on a port."""
    _begin(journal)
    app = create_app(settings(dsn))
    uvicorn.run(app, host=LOOPBACK, port=port, log_config=None, access_log=False)


def carrier(journal: Path, worker_dsn: str, ports_url: str) -> None:
    """Carry every batch that is woken, one after the other, as the engine does; nothing of Prefect is needed."""
    _begin(journal)
    os.environ |= {"ALUR_WORKER_DATABASE_URL": worker_dsn, "ALUR_PORTS_URL": ports_url}
    own_settings.cache_clear()
    calls._LATER_S = carry._AGAIN_S = 1
    vars(work)["connect"] = partial(connect_outside, options=QUICK)  # impatient, as tests are
    asyncio.run(_carry_for_ever(worker_dsn))


async def _carry_for_ever(dsn: str) -> None:
    flows: dict[str, Any] = {each.name: load_flow_from_entrypoint(each.entrypoint) for each in declared()}
    while True:
        try:
            conn = await connect(dsn)
            try:
                while True:
                    await _carry_woken(conn, flows)
                    await asyncio.sleep(_TICK_S)
            finally:
                await conn.close()
        except (OperationalError, PoolTimeout) as error:
            log.warning("the database is away (%s)", type(error).__name__)
            await asyncio.sleep(_TICK_S)


async def _carry_woken(conn: Conn, flows: dict[str, Any]) -> None:
    for batch in await queries.abandoned(conn):
        await batches.wake(conn, batch, "jalan terputus")
    for row in await queries.due_wakes(conn):
        name = flow_of(row["kind"])
        if name is None:
            await batches.acknowledge(conn, row["batch"])
            continue
        try:
            await flows[name].fn(row["batch"])
        except carry.RunFailed:
            log.exception("batch %s", row["batch"])
        await queries.defer_wake(conn, row["id"], _SOON_S)
