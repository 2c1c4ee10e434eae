"""Batches that always stand open: the daily round, the banks' news, the verval cycles, one of each for the nation."""

from __future__ import annotations

from models.batch import commands as batches
from models.database import connect
from models.settings import settings

STANDING = {"harian": "Langkah harian", "kabar": "Kabar bank", "siklus": "Siklus verval"}


async def standing_batch(kind: str, title: str) -> int:
    """Return the nation's standing batch of a kind, opened on first use."""
    dsn = settings().worker_database_url
    if dsn is None:
        raise RuntimeError("ALUR_WORKER_DATABASE_URL is not set: a flow needs the database role alur_worker.")
    conn = await connect(dsn.get_secret_value())
    try:
        session = await batches.work_session(conn, None)
        return await batches.open_batch(conn, session, kind, 0, title)
    finally:
        await conn.close()
