"""What may be asked about memberships, inside `models.database.acting`."""

from __future__ import annotations

from typing import Any

from models.database import Conn


async def without_disbursement(conn: Conn, batch: int) -> list[dict[str, Any]]:
    """Return the members of a tahap's programme and region that have no disbursement for its period yet.

    One that left under an earlier membership (the family moved before the closing, domain section 1.4) stands in
    nobody's way: nothing of it is paid. Whose payee brought the membership from another family, and is paid there for
    this period, is not among them.
    """
    cursor = await conn.execute(
        """
        SELECT p.case_id, p.version, c.household_id, p.region
          FROM batch b
          JOIN position p ON p.programme = b.programme AND p.region BETWEEN b.lo AND b.hi
          JOIN state s ON s.code = p.state AND s.id = 'calon_penerima'
          JOIN case_ c ON c.id = p.case_id
         WHERE b.id = %s AND CASE WHEN EXISTS (
                -- By family, whatever the planner heard of a period that has just begun: it took it for empty, read it
                -- whole for each family, and 100,000 of them took minutes.
                SELECT 1
                  FROM (SELECT id, machine, programme, period, predecessor
                          FROM case_ WHERE household_id = c.household_id OFFSET 0) d
                 WHERE d.machine = 3 AND d.programme = c.programme AND d.period = b.period
                   AND (d.predecessor IS NOT DISTINCT FROM c.id OR NOT EXISTS (
                        SELECT 1 FROM position x JOIN state y ON y.code = x.state
                         WHERE x.case_id = d.id AND y.account IN ('keluar', 'hangus', 'disetor'))))
           THEN false ELSE NOT paid_elsewhere(c.household_id, c.programme, b.period) END
         ORDER BY p.case_id
        """,
        (batch,),
    )
    return await cursor.fetchall()


async def left_to_nobody(conn: Conn) -> list[int]:
    """Return memberships to be assessed, or waiting for their SK, that no month's penetapan carries, oldest first.

    They came with the migration or a move, in no batch, and were woken by a reactivation or an appeal (K10, K19).
    """
    cursor = await conn.execute(
        """
        SELECT p.case_id
          FROM position p
          JOIN state s ON s.code = p.state AND s.id IN ('dinilai', 'menunggu_sk')
          JOIN machine m ON m.code = s.machine AND m.name = 'kepesertaan'
          LEFT JOIN batch b ON b.id = p.batch
         WHERE p.state < 20000 AND b.kind IS DISTINCT FROM 'penetapan'
         ORDER BY p.since
        """
    )
    return [row["case_id"] for row in await cursor.fetchall()]
