"""What may be asked about imports, inside `models.database.acting`."""

from __future__ import annotations

from typing import Any

from models.database import Conn


async def get_import(conn: Conn, number: int) -> dict[str, Any] | None:
    """Return what became of an imported file, None when out of sight."""
    cursor = await conn.execute(
        "SELECT id, name, region, batch, families, good, bad, report, at FROM import_file WHERE id = %s", (number,)
    )
    return await cursor.fetchone()


async def rejected(conn: Conn, number: int) -> bytes | None:
    """Return the workbook of families that could not enter, None when there is none in sight."""
    row = await (await conn.execute("SELECT rejected FROM import_file WHERE id = %s", (number,))).fetchone()
    return None if row is None or row["rejected"] is None else bytes(row["rejected"])
