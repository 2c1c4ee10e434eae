"""Counts kept from the log: never other than a count of every case, whoever moves, reads or dies meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from psycopg.errors import AdminShutdown

from alur.audit import replay_lines
from models.backup.commands import settle
from models.database import Conn, acting, connect, fetch_value, sync_connect
from models.errors import OnlySystem
from models.install import role_dsn
from models.region.rules import NATIONAL_SPAN, span
from models.tally import queries
from models.tally.commands import count_again, read_on
from tests.integration.door.kit import person, rows, stand
from tests.integration.door.sessions import sessions
from tests.integration.notice.kit import settled
from tests.support.world import DESA, DESA_JAUH, World

ARRIVED = "U01 U02 U05 U10 U14 U58 U15"
"""A proposal at the kecamatan's desk."""


async def _read(world: World, conn: Conn | None = None) -> int:
    """Let the reader read everything there is; returns how many acts it read."""
    read, system = 0, await world.system()
    while part := await read_on(conn or world.worker, system, limit=3):
        read += part
    return read


async def _catch_up(world: World) -> int:
    """Let it read what has been written till now, whatever other databases of the server are at."""
    await settled(world.admin)
    return await _read(world)


def _wrong(world: World) -> list[dict[str, object]]:
    with sync_connect(world.admin_dsn) as owner:
        return queries.differences(owner)


async def test_the_counts_are_right_at_every_moment_while_cases_move_and_are_opened(world: World) -> None:
    """Six sessions move, two read, one asks: the counts and what was not read make up what stands, always."""
    cases = await stand(world, ARRIVED, count=180)
    kecamatan = await person(world, "operator_kecamatan")
    done = asyncio.Event()
    asked = 0

    async def move_some(conn: Conn, some: Sequence[int]) -> None:
        for case in some:
            await kecamatan.fire("U20", [case], reason="BERKAS_KURANG", note="x", conn=conn)

    async def read() -> None:
        async with await connect(role_dsn(world.admin_dsn, "alur_worker")) as conn:
            while not done.is_set():
                await _read(world, conn)

    async def ask() -> None:
        nonlocal asked
        while not done.is_set():
            assert await asyncio.to_thread(_wrong, world) == []
            asked += 1

    async with sessions(world, 6, "alur_api") as conns, asyncio.TaskGroup() as group:
        for task in (read, read, ask):
            group.create_task(task())
        moving = [asyncio.create_task(move_some(conn, cases[nth::6])) for nth, conn in enumerate(conns)]
        await asyncio.gather(*moving, stand(world, ARRIVED, count=5, region=DESA_JAUH))
        done.set()
    assert asked > 3
    await _catch_up(world)
    kept = await rows(world, "SELECT lo, hi, s.id, n FROM tally JOIN state s ON s.code = tally.state WHERE n > 0", ())
    assert {(row["lo"], row["id"], row["n"]) for row in kept if row["lo"] == row["hi"]} == {
        (DESA, "dikembalikan", 180),
        (DESA_JAUH, "diajukan", 5),
    }
    assert {row["n"] for row in kept if (row["lo"], row["hi"]) == NATIONAL_SPAN} == {180, 5}
    assert _wrong(world) == []


async def test_an_open_transaction_holds_the_counts_up_and_their_moment_says_so(world: World) -> None:
    slow, quick = await stand(world, ARRIVED, count=2)
    await _catch_up(world)
    kecamatan = await person(world, "operator_kecamatan")
    async with await connect(role_dsn(world.admin_dsn, "alur_api")) as other:
        async with other.transaction():
            await kecamatan.fire("U20", [slow], reason="BERKAS_KURANG", note="x", conn=other)
            await kecamatan.fire("U20", [quick], reason="BERKAS_KURANG", note="x")
            at = await fetch_value(world.admin, "SELECT max(at) FROM act")
            assert await _read(world) == 0
            async with acting(world.api, kecamatan.session):
                assert await queries.as_of(world.api) == at
        assert await _catch_up(world) == 2
    async with acting(world.api, kecamatan.session):
        moment = await queries.as_of(world.api)
    assert moment is not None
    assert moment > at
    assert _wrong(world) == []


async def test_a_reader_killed_before_it_commits_counted_nothing(world: World) -> None:
    [case] = await stand(world, ARRIVED)
    await _catch_up(world)
    kecamatan = await person(world, "operator_kecamatan")
    await kecamatan.fire("U20", [case], reason="BERKAS_KURANG", note="x")
    await settled(world.admin)
    victim = await connect(role_dsn(world.admin_dsn, "alur_worker"))
    await victim.execute("BEGIN")
    assert await read_on(victim, await world.system()) == 1
    await world.admin.execute("SELECT pg_terminate_backend(%s)", (victim.info.backend_pid,))
    with pytest.raises(AdminShutdown):
        await victim.execute("COMMIT")
    await victim.close()
    assert _wrong(world) == []
    assert await _read(world) == 1
    assert _wrong(world) == []


async def test_a_restored_database_counts_what_was_not_counted_and_nothing_twice(world: World) -> None:
    await stand(world, ARRIVED, count=3)
    await _catch_up(world)
    [unread] = await stand(world, ARRIVED)
    before = await fetch_value(world.admin, "SELECT sum(n) FROM tally_day WHERE lo = 0")
    with sync_connect(world.admin_dsn) as owner:
        settle(owner)
        settle(owner)
    assert _wrong(world) == []
    assert await fetch_value(world.admin, "SELECT sum(n) FROM tally_day WHERE lo = 0") == (before or 0) + 7
    kecamatan = await person(world, "operator_kecamatan")
    await kecamatan.fire("U20", [unread], reason="BERKAS_KURANG", note="x")
    assert await _catch_up(world) == 1
    assert _wrong(world) == []


async def test_a_wrong_count_is_found_and_counting_again_mends_it(world: World) -> None:
    await stand(world, ARRIVED, count=3)
    await _catch_up(world)
    await world.admin.execute("UPDATE tally SET n = n + 1 WHERE lo = hi")
    assert [(row["kept"], row["counted"]) for row in _wrong(world)] == [(4, 3)]
    lines, agrees = replay_lines(world.admin_dsn)
    assert not agrees
    assert "1 of its counts" in lines[-1]
    with sync_connect(world.admin_dsn) as owner:
        count_again(owner)
    assert _wrong(world) == []
    with pytest.raises(OnlySystem):
        await read_on(world.worker, (await person(world, "operator_kecamatan")).session)


async def test_a_desk_and_its_late_cases_are_those_of_the_place(world: World) -> None:
    await stand(world, ARRIVED, count=3)
    await stand(world, ARRIVED, count=2, region=DESA_JAUH)
    await _catch_up(world)
    await world.admin.execute(
        "INSERT INTO stuck_tally SELECT region, state, programme, count(*), 0, 1, 1, 0, alur_now() FROM position "
        "GROUP BY 1, 2, 3"
    )
    await world.admin.execute(
        "INSERT INTO stuck_kab SELECT region / 1000000, state, programme, sum(open), 0, sum(due), sum(late), 0, "
        "alur_now() FROM stuck_tally GROUP BY 1, 2, 3"
    )
    near, far, nation = span(DESA // 10_000), span(DESA_JAUH // 1_000_000), NATIONAL_SPAN
    kecamatan = await person(world, "operator_kecamatan")
    pusat = await world.session("pusat", "pusdatin")
    async with acting(world.api, kecamatan.session):
        [mine] = await queries.desk(world.api, "operator_kecamatan", near, None)
        assert (mine["state"], mine["n"], mine["late"]) == ("diajukan", 3, 2)
        assert await queries.desk(world.api, "operator_kecamatan", far, None) == []
        assert await queries.late_elsewhere(world.api, "kades", near, None) == [
            {"holder": "operator_kecamatan", "n": 2, "regions": 1}
        ]
    async with acting(world.api, pusat):
        [theirs] = await queries.late_elsewhere(world.api, "pusdatin", nation, None)
        assert theirs == {"holder": "operator_kecamatan", "n": 4, "regions": 2}
        today = (await fetch_value(world.api, "SELECT alur_now()")).date()
        came = await queries.arrived(world.api, nation, None, today - timedelta(days=40))
        assert {row["state"]: row["n"] for row in came} == {}
        stand_now = await queries.states(world.api, "usulan", nation)
        assert [(row["state"], row["n"]) for row in stand_now] == [("diajukan", 5)]
