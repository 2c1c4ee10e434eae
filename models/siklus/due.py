"""Which cycles, villages and visits may go on by themselves now: asked by flows, inside `models.database.acting`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.database import Conn
from models.siklus.errors import CycleNotFound


async def unfrozen(conn: Conn, batch: int) -> list[dict[str, Any]]:
    """Return the batch's scheduled cycles whose first day has come: case, period, mulai, selesai."""
    cursor = await conn.execute(
        """
        SELECT c.id AS case_id, c.period, d.mulai, d.selesai
          FROM position p JOIN case_ c ON c.id = p.case_id JOIN state s ON s.code = p.state AND s.id = 'dijadwalkan'
          CROSS JOIN LATERAL siklus_dates(c.id) AS d
         WHERE p.batch = %s AND c.machine = 5 AND alur_now() >= d.mulai::timestamp AT TIME ZONE region_zone(0)
         ORDER BY c.id
        """,
        (batch,),
    )
    return await cursor.fetchall()


async def frozen(conn: Conn, cycle_id: int) -> dict[str, Any]:
    """Return what was frozen of a cycle: period, days, families, villages, fingerprints."""
    row = await (
        await conn.execute(
            "SELECT case_id, period, mulai, selesai, frozen_at, keluarga, desa, hash_daftar, hash_benih "
            "FROM siklus WHERE case_id = %s",
            (cycle_id,),
        )
    ).fetchone()
    if row is None:
        raise CycleNotFound(cycle_id)
    return row


async def ready(conn: Conn, trigger: str, cases: Sequence[int]) -> list[int]:
    """Return those of these cases that nothing of the cycle holds back from a trigger any more."""
    cursor = await conn.execute(
        """
        SELECT a.id
          FROM unnest(%(cases)s::bigint[]) AS a(id)
         WHERE NOT EXISTS (
            SELECT 1 FROM siklus_blocked((SELECT t.derived FROM trigger t WHERE t.code = trigger_code(%(trigger)s)),
                                         ARRAY[a.id], alur_now()))
         ORDER BY a.id
        """,
        {"trigger": trigger, "cases": list(cases)},
    )
    return [row["id"] for row in await cursor.fetchall()]


async def left_open(conn: Conn, batch: int) -> list[int]:
    """Return visits that are still open in villages of a batch that are closed."""
    cursor = await conn.execute(
        """
        SELECT k.kunjungan
          FROM position d
          JOIN state ds ON ds.code = d.state AND ds.id = 'ditutup'
          JOIN case_ c ON c.id = d.case_id AND c.machine = 6
          JOIN siklus_keluarga k ON k.siklus = (siklus_at(c.period)).case_id AND k.region = c.region
          JOIN position p ON p.case_id = k.kunjungan
          JOIN state s ON s.code = p.state
           AND s.id IN ('ditugaskan', 'dikunjungi', 'dikembalikan', 'tidak_terjangkau')
         WHERE d.batch = %s ORDER BY 1
        """,
        (batch,),
    )
    return [row["kunjungan"] for row in await cursor.fetchall()]
