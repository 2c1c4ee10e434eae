"""A watchman over the watch: every API process asks whether it still runs, and needs neither Prefect nor the engine."""

from __future__ import annotations

import asyncio
import logging

import psycopg
from psycopg_pool import PoolTimeout

from models.database import Pool
from models.stuck.queries import tell_silence

log = logging.getLogger("alur.api")

EVERY_S = 600.0
"""How often one process asks; however many ask, people are told once a day."""


async def watch_the_watch(pool: Pool, every_s: float = EVERY_S) -> None:
    """Tell every admin_pusat when the watch over stuck cases fell silent, until cancelled; outlive the database."""
    while True:
        try:
            async with pool.connection() as conn:
                if told := await tell_silence(conn):
                    log.error("the watch over stuck cases is silent; %s administrators were told", told)
        except (psycopg.Error, PoolTimeout) as error:
            log.warning("whether the watch runs is not known (%s)", type(error).__name__)
        await asyncio.sleep(every_s)
