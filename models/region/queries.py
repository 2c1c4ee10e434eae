"""Questions about regions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg.rows import class_row

from models.region import rules


@dataclass(frozen=True, slots=True)
class RegionInfo:
    """One region as pages and rules need it."""

    code: int
    #: number of digits of the code: 2, 4, 6 or 10
    level: int
    name: str
    parent: int | None
    #: lowest and highest village code inside, inclusive
    lo: int
    hi: int
    #: degrees, WGS 84
    latitude: float | None
    longitude: float | None
    postal_code: str | None

    @property
    def dotted(self) -> str:
        """The code as the decree writes it."""
        return rules.dotted(self.code)

    @property
    def kind(self) -> str:
        """Provinsi, kabupaten, kota, kecamatan, kelurahan, desa or desa adat."""
        return rules.kind(self.code)

    @property
    def timezone(self) -> str:
        """IANA name of its time zone."""
        return rules.timezone_of(self.code)


@dataclass(frozen=True, slots=True)
class RegionHit(RegionInfo):
    """One answer of a search."""

    #: names of the regions above it, widest first, joined by " › "; empty for a provinsi
    path: str


_COLUMNS: Final = "code, level, name, parent, lo, hi, latitude, longitude, postal_code"

_GET: Final = f"SELECT {_COLUMNS} FROM region WHERE code = %(code)s"

_CHILDREN: Final = f"""
SELECT {_COLUMNS}
  FROM region
 WHERE parent = %(code)s OR (%(code)s::bigint IS NULL AND parent IS NULL)
 ORDER BY code
"""

_BREADCRUMB: Final = f"SELECT {_COLUMNS} FROM region WHERE code = ANY(%(codes)s) ORDER BY level"

# The names above are looked up only for the few rows that are shown.
_WITH_PATH: Final = """
SELECT hit.code, hit.level, hit.name, hit.parent, hit.lo, hit.hi, hit.latitude, hit.longitude, hit.postal_code,
       concat_ws(' › ', provinsi.name, kabupaten.name, kecamatan.name) AS path
  FROM hit
  LEFT JOIN region AS provinsi ON provinsi.code = hit.lo / 100000000 AND hit.level > 2
  LEFT JOIN region AS kabupaten ON kabupaten.code = hit.lo / 1000000 AND hit.level > 4
  LEFT JOIN region AS kecamatan ON kecamatan.code = hit.lo / 10000 AND hit.level > 6
 ORDER BY hit.place
"""

_SEARCH_CODE: Final = f"""
WITH hit AS (
    SELECT found.*, row_number() OVER (ORDER BY found.code) AS place
      FROM unnest(%(lows)s::bigint[], %(highs)s::bigint[]) AS wanted (low, high)
     CROSS JOIN LATERAL (
         SELECT {_COLUMNS} FROM region WHERE code BETWEEN wanted.low AND wanted.high ORDER BY code LIMIT %(limit)s
     ) AS found
     ORDER BY found.code
     LIMIT %(limit)s
)
{_WITH_PATH}
"""

# One LIKE on the longest word throws out most rows (or lets a trigram index choose them, where there is one) before
# the others are tested; without an index the whole list is read in about 20 ms.
_SEARCH_NAME: Final = f"""
WITH hit AS (
    SELECT {_COLUMNS}, row_number() OVER best AS place
      FROM region
     WHERE search LIKE %(longest)s AND search LIKE ALL(%(words)s)
    WINDOW best AS (
        ORDER BY CASE WHEN search LIKE %(exact)s THEN 0
                      WHEN search LIKE %(starts)s THEN 1
                      WHEN search LIKE %(word)s THEN 2
                      WHEN split_part(search, '|', 1) LIKE %(inside)s THEN 3
                      ELSE 4 END,
                 level, length(split_part(search, '|', 1)), code
    )
     ORDER BY place
     LIMIT %(limit)s
)
{_WITH_PATH}
"""

# Words that say which kind of region is meant and are never the whole of a name.
_KIND_WORDS: Final = frozenset(
    "desa kel kelurahan kec kecamatan kab kabupaten kota prov provinsi propinsi".split()  # noqa: SIM905  one line reads better
)
_KIND_TEXT: Final = {"propinsi": "provinsi"}


async def get(conn: psycopg.AsyncConnection[Any], code: int) -> RegionInfo | None:
    """Return one region, or None when no region carries this code."""
    async with conn.cursor(row_factory=class_row(RegionInfo)) as cursor:
        await cursor.execute(_GET, {"code": code})
        return await cursor.fetchone()


async def children(conn: psycopg.AsyncConnection[Any], code: int | None) -> list[RegionInfo]:
    """Return the regions directly below one, by code; `None` gives the provinsi."""
    async with conn.cursor(row_factory=class_row(RegionInfo)) as cursor:
        await cursor.execute(_CHILDREN, {"code": code})
        return await cursor.fetchall()


async def breadcrumb(conn: psycopg.AsyncConnection[Any], code: int) -> list[RegionInfo]:
    """Return the regions from the provinsi down to this one, widest first; unknown ones are left out.

    Raises:
        RegionCodeInvalid: the number is not shaped like a code.
    """
    async with conn.cursor(row_factory=class_row(RegionInfo)) as cursor:
        await cursor.execute(_BREADCRUMB, {"codes": list(rules.ancestors(code))})
        return await cursor.fetchall()


async def search(conn: psycopg.AsyncConnection[Any], text: str, limit: int = 20) -> list[RegionHit]:
    """Find regions by part of a name or by the beginning of a code, best match first.

    Names: case, accents and punctuation do not matter; every word must occur in the name, the kind or a name above
    ("sadu soreang", "kec coblong", "kota bandung"). Order: the name itself, names that begin so, names with a word
    that begins so, names that contain it, then regions inside a match; wider regions first.
    Codes: dotted or not, complete or not ("32.04", "3204052001", "32040"). Order: by code, wider regions first.

    Args:
        conn: any connection that may read `region`.
        text: what the person typed.
        limit: at most so many answers; at least 1.

    Returns:
        Possibly nothing; an empty text finds nothing.
    """
    digits = text.replace(".", "").replace(" ", "")
    async with conn.cursor(row_factory=class_row(RegionHit)) as cursor:
        if digits.isascii() and digits.isdigit():
            ranges = rules.prefix_ranges(digits)
            lows, highs = [low for low, _ in ranges], [high for _, high in ranges]
            await cursor.execute(_SEARCH_CODE, {"lows": lows, "highs": highs, "limit": limit})
            return await cursor.fetchall()
        words = [_KIND_TEXT.get(word, word) for word in rules.fold(text).split()]
        if not words:
            return []
        name = " ".join(word for word in words if word not in _KIND_WORDS) or " ".join(words)
        await cursor.execute(
            _SEARCH_NAME,
            {
                "longest": f"%{max(words, key=len)}%",
                "words": [f"%{word}%" for word in words],
                "exact": f"{name}|%",
                "starts": f"{name}%",
                "word": f"% {name}%",
                "inside": f"%{name}%",
                "limit": limit,
            },
        )
        return await cursor.fetchall()


async def names(conn: psycopg.AsyncConnection[Any], codes: Sequence[int]) -> dict[int, str]:
    """Return the titled names of regions by code, e.g. "Kabupaten Bandung"; unknown ones are missing."""
    async with conn.cursor(row_factory=class_row(RegionInfo)) as cursor:
        await cursor.execute(_BREADCRUMB, {"codes": sorted(set(codes))})
        return {row.code: rules.titled(row.code, row.name) for row in await cursor.fetchall()}
