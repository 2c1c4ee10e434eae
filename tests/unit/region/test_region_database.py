"""Regions in a real PostgreSQL: loading twice, searching, walking up and down."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from models.region import queries
from models.region.commands import load_regions
from models.region.tables import Region
from tests.support.server import TestServer

Connection = psycopg.AsyncConnection


@pytest.fixture(scope="module")
def dsn(server: TestServer) -> Iterator[str]:
    made = server.blank()
    yield made
    server.drop(made)


@pytest_asyncio.fixture
async def conn(dsn: str) -> AsyncIterator[Connection]:
    async with await Connection.connect(dsn) as connection:
        yield connection


@pytest.fixture(scope="module")
def loaded(dsn: str) -> None:
    """The table as the model declares it, filled once."""
    table, dialect = Region.metadata.tables["region"], postgresql.dialect()  # type: ignore[no-untyped-call]
    with psycopg.connect(dsn) as connection:
        connection.execute(str(CreateTable(table).compile(dialect=dialect)))
        for index in table.indexes:
            connection.execute(str(CreateIndex(index).compile(dialect=dialect)))

    async def load() -> int:
        async with await Connection.connect(dsn) as connection:
            return await load_regions(connection)

    assert asyncio.run(load()) == 91_599


async def test_a_second_load_changes_nothing(loaded: None, conn: Connection) -> None:
    before = await (await conn.execute("SELECT sum(hashtext(xmin::text || code::text)::bigint) FROM region")).fetchone()
    assert await load_regions(conn) == 0
    after = await (await conn.execute("SELECT sum(hashtext(xmin::text || code::text)::bigint) FROM region")).fetchone()
    assert after == before


async def test_a_row_that_differs_is_mended_and_a_strange_one_stays(loaded: None, conn: Connection) -> None:
    async with conn.transaction(force_rollback=True):
        await conn.execute("UPDATE region SET name = 'Salah', postal_code = NULL WHERE code = 3204052001")
        await conn.execute("DELETE FROM region WHERE code = 3204052002")
        await conn.execute("UPDATE region SET code = 9999 WHERE code = 3201")
        assert await load_regions(conn) == 3
        mended = await queries.get(conn, 3_204_052_001)
        assert mended is not None
        assert (mended.name, mended.postal_code) == ("Cileunyi Kulon", "40621")
        assert await queries.get(conn, 9999) is not None


async def test_get(loaded: None, conn: Connection) -> None:
    region = await queries.get(conn, 3204)
    assert region is not None
    assert (region.name, region.kind, region.dotted) == ("Kabupaten Bandung", "kabupaten", "32.04")
    assert (region.lo, region.hi, region.parent, region.level) == (3_204_000_000, 3_204_999_999, 32, 4)
    assert region.timezone == "Asia/Jakarta"
    assert await queries.get(conn, 3299) is None


async def test_breadcrumb_and_children(loaded: None, conn: Connection) -> None:
    crumbs = await queries.breadcrumb(conn, 3_204_052_001)
    assert [crumb.name for crumb in crumbs] == ["Jawa Barat", "Kabupaten Bandung", "Cileunyi", "Cileunyi Kulon"]
    below = await queries.children(conn, 320_405)
    assert [village.code for village in below] == sorted(village.code for village in below)
    assert {village.parent for village in below} == {320_405}
    assert len(await queries.children(conn, None)) == 38
    assert await queries.children(conn, 3_204_052_001) == []


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("bandung", ["Kabupaten Bandung", "Kota Bandung"]),
        ("KOTA bandung", ["Kota Bandung"]),
        ("kec. cileunyi", ["Cileunyi"]),
        ("cileunyi kulon", ["Cileunyi Kulon"]),
        ("desa sadu soreang", ["Sadu"]),
        ("dki", ["Daerah Khusus Ibukota Jakarta"]),
        ("jawa b", ["Jawa Barat"]),
        ("nuapu'u", ["Bu Nuapu’u"]),
        ("propinsi bali", ["Bali"]),
        ("32.04", ["Kabupaten Bandung"]),
        ("3204052001", ["Cileunyi Kulon"]),
        ("32", ["Jawa Barat", "Kabupaten Bogor"]),
    ],
)
async def test_the_best_match_comes_first(loaded: None, conn: Connection, text: str, first: list[str]) -> None:
    hits = await queries.search(conn, text, limit=10)
    assert [hit.name for hit in hits[: len(first)]] == first


async def test_villages_show_their_path(loaded: None, conn: Connection) -> None:
    (hit,) = await queries.search(conn, "32.04.05.2001")
    assert hit.path == "Jawa Barat › Kabupaten Bandung › Cileunyi"
    assert (await queries.search(conn, "32"))[0].path == ""


async def test_an_unfinished_code_finds_all_that_begin_so(loaded: None, conn: Connection) -> None:
    hits = await queries.search(conn, "32.04.05.20", limit=50)
    assert hits
    assert {hit.code // 10_000 for hit in hits} == {320_405}
    assert [hit.level for hit in await queries.search(conn, "3204", limit=3)] == [4, 6, 6]


@pytest.mark.parametrize("text", ["", "  ", "%", "_'; DROP TABLE region --", "tidak ada desa begini", "9" * 11])
async def test_nothing_is_found_without_harm(loaded: None, conn: Connection, text: str) -> None:
    assert await queries.search(conn, text) == []
    assert await queries.get(conn, 32) is not None


async def test_limit_is_kept(loaded: None, conn: Connection) -> None:
    assert len(await queries.search(conn, "suka", limit=7)) == 7
