"""The scope of a role in words: a region's name, a programme, an organisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.console.visit import place_of
from models.database import Conn
from models.region.queries import names


async def named(conn: Conn, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows that carry a role's scope (lo, hi, programme, organisation, office) with it in words: `place`."""
    codes = [place_of(row) or row.get("office") for row in rows]
    found = await names(conn, [code for code in codes if code])
    return [
        row
        | {
            "place": row.get("organisation")
            or row.get("programme")
            or (found.get(code, str(code)) if code else "Indonesia" if row["lo"] == 0 else "")
        }
        for row, code in zip(rows, codes, strict=True)
    ]
