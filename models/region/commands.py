"""Loading the regions into PostgreSQL."""

from collections.abc import Iterator
from typing import Any, Final

import psycopg

from models.region import rules
from models.region.data import RegionRow, read_regions

# Names people type that the decree does not write.
_ALIASES: Final = {31: "dki", 34: "diy di"}

_CREATE_STAGE: Final = "CREATE TEMP TABLE region_stage (LIKE region) ON COMMIT DROP"

_COPY_STAGE: Final = """
COPY region_stage (code, level, name, parent, lo, hi, latitude, longitude, postal_code, search) FROM STDIN
"""

# Regions that left the decree stay: old cases still point at them.
_MERGE_STAGE: Final = """
INSERT INTO region AS known (code, level, name, parent, lo, hi, latitude, longitude, postal_code, search)
SELECT code, level, name, parent, lo, hi, latitude, longitude, postal_code, search
  FROM region_stage
    ON CONFLICT (code) DO UPDATE
   SET level = excluded.level, name = excluded.name, parent = excluded.parent, lo = excluded.lo, hi = excluded.hi,
       latitude = excluded.latitude, longitude = excluded.longitude, postal_code = excluded.postal_code,
       search = excluded.search
 WHERE (known.level, known.name, known.parent, known.lo, known.hi, known.latitude, known.longitude,
        known.postal_code, known.search)
       IS DISTINCT FROM
       (excluded.level, excluded.name, excluded.parent, excluded.lo, excluded.hi, excluded.latitude,
        excluded.longitude, excluded.postal_code, excluded.search)
"""


def search_text(row: RegionRow, above: str) -> str:
    """Return what search compares: the bare name, the kind of region, then the regions above it.

    Args:
        row: the region.
        above: the search text of its parent, or `""` for a provinsi.

    Returns:
        For example `"sadu|desa|soreang|kecamatan|bandung|kabupaten|jawa barat|provinsi|"`. Fields end in `|`, which
        no folded text contains, so a name is found exact as `sadu|`. "Kabupaten" and "Kota" are cut from the name
        because the kind says them.
    """
    name = rules.fold(row.name).removeprefix("kabupaten ").removeprefix("kota ")
    alias = _ALIASES.get(row.code)
    return f"{name}|{row.kind}{f' {alias}' if alias else ''}|{above}"


def _values(rows: Iterator[RegionRow]) -> Iterator[tuple[object, ...]]:
    texts: dict[int | None, str] = {None: ""}
    for row in rows:
        level, parent = rules.level(row.code), rules.parent(row.code)
        search = search_text(row, texts[parent])
        if level is not rules.Level.DESA:
            texts[row.code] = search
        lo, hi = rules.span(row.code)
        yield (
            row.code,
            int(level),
            row.name,
            parent,
            lo,
            hi,
            row.latitude,
            row.longitude,
            row.postal_code,
            search,
        )


async def load_regions(conn: psycopg.AsyncConnection[Any]) -> int:
    """Bring the `region` table to the list carried with the product, in one transaction.

    Safe to call at every start: rows that are already right are not touched, rows that differ are mended, rows that
    the list no longer has are left alone.

    Args:
        conn: a connection that owns `region`; inside a transaction of the caller it joins that transaction.

    Returns:
        The number of rows written: 91,599 the first time, 0 when nothing changed.
    """
    async with conn.transaction(), conn.cursor() as cursor:
        await cursor.execute(_CREATE_STAGE)
        async with cursor.copy(_COPY_STAGE) as copy:
            for values in _values(read_regions()):
                await copy.write_row(values)
        await cursor.execute(_MERGE_STAGE)
        written = cursor.rowcount
        if written:
            await cursor.execute("ANALYZE region")  # a plan made for an empty table is disastrous on a full one
        await cursor.execute("DROP TABLE region_stage")
    return written
