"""Batches that always stand open, one of each kind for the nation, as prefect.yaml names them."""

from __future__ import annotations

from flows.deployments import standing
from models.batch import commands as batches
from models.database import connect
from models.settings import settings


async def standing_batch(kind: str) -> int:
    """Return the nation's standing batch of a kind, opened on first use.

    Raises:
        KeyError: prefect.yaml declares no standing batch of this kind.
    """
    dsn = settings().worker_database_url
    if dsn is None:
        raise RuntimeError("ALUR_WORKER_DATABASE_URL is not set: a flow needs the database role alur_worker.")
    conn = await connect(dsn.get_secret_value())
    try:
        session = await batches.work_session(conn, None)
        return await batches.open_batch(conn, session, kind, 0, standing()[kind])
    finally:
        await conn.close()
