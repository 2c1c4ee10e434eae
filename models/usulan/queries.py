"""What may be asked about imports, inside `models.database.acting`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from models.database import Conn
from models.usulan.change_rules import CHANGES
from models.usulan.rules import Named, progress_name


async def get_import(conn: Conn, number: int) -> dict[str, Any] | None:
    """Return what became of an imported file, None when out of sight.

    `report`: `kode` (code -> how often), and as they were first told the `errors` row by row, how many more are
    `untold`, the `warnings`, and the columns `unread` (sheet, column). Files of release 0.1.0 have `kode` alone.
    """
    cursor = await conn.execute(
        "SELECT id, name, region, batch, families, good, bad, report, at FROM import_file WHERE id = %s", (number,)
    )
    return await cursor.fetchone()


async def rejected(conn: Conn, number: int) -> bytes | None:
    """Return the workbook of families that could not enter, None when there is none in sight."""
    row = await (await conn.execute("SELECT rejected FROM import_file WHERE id = %s", (number,))).fetchone()
    return None if row is None or row["rejected"] is None else bytes(row["rejected"])


async def progress(conn: Conn, session: UUID, key: str) -> tuple[int, int] | None:
    """Return how many families are done, and of how many, of a list that `session` sends under this request key.

    None when none is on its way: not yet begun to be read, or done, or cut off. A transaction's rows are nobody's to
    see before it ends; what its session calls itself (`note_progress`) everybody sees at once, and it ends with it.
    """
    cursor = await conn.execute(
        "SELECT split_part(application_name, ' ', 3)::integer AS done, split_part(application_name, ' ', 4)::integer "
        "AS families FROM pg_stat_activity WHERE starts_with(application_name, %s)",
        (f"{progress_name(session, key)} ",),
    )
    row = await cursor.fetchone()
    return None if row is None else (row["done"], row["families"])


async def cards_of(conn: Conn, niks: Sequence[str]) -> list[dict[str, Any]]:
    """Return in which families of the register these persons stand, in the caller's sight: nik, no_kk."""
    cursor = await conn.execute(
        """
        SELECT DISTINCT p.nik, h.no_kk
          FROM person p JOIN household h ON h.id = p.household_id
         WHERE p.nik = ANY (%s) AND p.removed_at IS NULL
         ORDER BY p.nik, h.no_kk
        """,
        (list(niks),),
    )
    return await cursor.fetchall()


async def named_in(conn: Conn, cases: Sequence[int]) -> dict[int, Named]:
    """Return whom proposals name who died, is the payee from now on, or has a new card; of other kinds nothing."""
    cursor = await conn.execute(
        """
        SELECT c.id, CASE j.id WHEN 'MENINGGAL' THEN dead_among(c.household_id, w.wanted) ELSE '{}' END AS died,
               number_in(w.wanted -> 'pengurus') AS payee,
               ARRAY(SELECT here.id FROM person here
                       JOIN person there ON there.nik = here.nik AND there.removed_at IS NULL
                      WHERE here.household_id = c.household_id AND here.removed_at IS NULL
                        AND there.household_id = number_in(w.wanted -> 'keluarga_baru')) AS leaves
          FROM case_ c JOIN jenis j ON j.code = c.kind AND j.id = ANY (%s)
         CROSS JOIN LATERAL (SELECT proposed(c.id) AS wanted) AS w
         WHERE c.id = ANY (%s)
        """,
        (list(CHANGES), list(cases)),
    )
    return {
        row["id"]: Named(frozenset(row["died"]), row["payee"], frozenset(row["leaves"]))
        for row in await cursor.fetchall()
    }


async def edited_waiting(conn: Conn, cases: Sequence[int]) -> set[int]:
    """Return which of these proposals wait where their family was edited into somebody else: NIK, name, card."""
    cursor = await conn.execute("SELECT * FROM edited_waiting(%s) AS case_id", (list(cases),))
    return {row["case_id"] for row in await cursor.fetchall()}
