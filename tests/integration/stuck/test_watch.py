"""What the watch raises and whom it tells: once for each level, ended by a move, caught up after missed looks.

Real: PostgreSQL, the door, notices as they wait for their couriers, parallel connections.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import count

from models.database import acting, connect, fetch_value
from models.install import role_dsn
from models.stuck.commands import look_at_kabupaten
from tests.flows.interrupt import Cut, Scissors, scissors
from tests.integration.door.kit import Person, person, rows, stand
from tests.integration.stuck.kit import alerts, look, stuck, told
from tests.support.world import DESA, DESA_JAUH, DESA_LAIN, World

__all__ = ["scissors"]

AT_KECAMATAN = "U01 U02 U05 U10 U14 U58 U15"
"""A proposal sent by the village: `diajukan`, two working days for the kecamatan."""
DESKS = (
    *("operator_desa", "kades", "operator_kecamatan", "verifikator_kab", "kepala_dinas", "admin_kab"),
    *("dinsos_provinsi", "pusdatin", "admin_pusat"),
)
PAPUA = 9171012001


async def desks(world: World) -> dict[str, Person]:
    """People at every desk from one village up."""
    return {role: await person(world, role) for role in DESKS}


async def _due(world: World, case: int) -> datetime:
    value: datetime = await fetch_value(
        world.admin,
        "SELECT deadline(since, state_time('sla', state, region, alur_now()), region) FROM position WHERE case_id = %s",
        (case,),
    )
    return value


def _levels(found: list[tuple[str, int, int, str]], case: int) -> list[int]:
    return [level for subject, key, level, _ in found if (subject, key) == ("kasus", case)]


async def test_each_level_is_raised_once_and_told_to_the_office_whose_turn_it_is(world: World) -> None:
    """The kecamatan's case: its own digest first, then the kabupaten, the province and, as the top, the nation."""
    await desks(world)
    (case,) = await stand(world, AT_KECAMATAN, ago=timedelta(minutes=1))
    await look(world)
    assert await alerts(world) == []
    due = await _due(world, case)
    turns = [
        (due - timedelta(hours=2), [0], []),
        (due + timedelta(minutes=1), [0, 1], []),
        (due + timedelta(days=3, minutes=1), [0, 1, 2], ["kepala_dinas"]),
        (due + timedelta(days=7, minutes=1), [0, 1, 2, 3], ["kepala_dinas", "dinsos_provinsi"]),
        (due + timedelta(days=14, minutes=1), [0, 1, 2, 3, 4], ["kepala_dinas", "dinsos_provinsi", "pusdatin"]),
        (due + timedelta(days=31), [0, 1, 2, 3, 4], ["kepala_dinas", "dinsos_provinsi", "pusdatin"]),
    ]
    for at, levels, people in turns:
        await world.travel(at)
        for _ in range(2):
            await look(world)
            assert _levels(await alerts(world), case) == levels, at
            assert sorted(await told(world, "macet_jenjang")) == sorted((who, "macet_jenjang") for who in people)
    assert await told(world, "macet_segera") == []
    knowing = await rows(
        world, "SELECT DISTINCT u.username FROM alert_person x JOIN account_user u ON u.id = x.user_id ORDER BY 1"
    )
    assert [row["username"] for row in knowing] == ["dinsos_provinsi", "kepala_dinas", "operator_kecamatan", "pusdatin"]


async def test_missed_looks_are_caught_up_the_highest_is_told_and_the_holder_knows(world: World) -> None:
    people = await desks(world)
    (case,) = await stand(world, AT_KECAMATAN, ago=timedelta(minutes=1))
    await world.travel(await _due(world, case) + timedelta(days=8))
    await look(world)
    assert _levels(await alerts(world), case) == [0, 1, 2, 3]
    assert await told(world) == [("dinsos_provinsi", "macet_jenjang")]
    knowing = "SELECT user_id FROM alert_person x JOIN alert a ON a.id = x.alert WHERE a.level = 1"
    assert [row["user_id"] for row in await rows(world, knowing)] == [people["operator_kecamatan"].user]


async def test_alerts_end_when_the_case_moves_and_begin_anew_at_its_next_desk(world: World) -> None:
    people = await desks(world)
    (case,) = await stand(world, AT_KECAMATAN, ago=timedelta(days=30))
    await look(world)
    assert [row["key"] for row in await stuck(world)] == [case]
    assert await people["operator_kecamatan"].one("U19", case) == "dipindah"
    assert await stuck(world) == []  # gone at once, before the watch looks again
    await look(world)
    assert await alerts(world) == []
    ended = await rows(world, "SELECT level FROM alert WHERE key = %s AND ended_at IS NOT NULL ORDER BY 1", (case,))
    assert [row["level"] for row in ended] == [0, 1, 2, 3, 4]
    await world.travel(await _due(world, case) + timedelta(minutes=1))
    await look(world)
    assert _levels(await alerts(world), case) == [0, 1]


async def test_a_changed_policy_moves_what_is_due_and_rewrites_nothing(world: World) -> None:
    await desks(world)
    (case,) = await stand(world, AT_KECAMATAN, ago=timedelta(days=30))
    await look(world)
    assert _levels(await alerts(world), case) == [0, 1, 2, 3, 4]
    await world.policy({"sla.usulan.diajukan@3204": "90 d"})
    await look(world)
    assert await alerts(world) == []
    assert await stuck(world) == []


async def test_who_knows_it_is_told_again_only_of_what_is_new(world: World) -> None:
    """A second case at the same desk is a new message; the first one is not repeated in it."""
    await desks(world)
    await stand(world, AT_KECAMATAN, ago=timedelta(days=8))
    await look(world)
    await stand(world, AT_KECAMATAN, count=3, ago=timedelta(days=8))
    await look(world)
    await look(world)
    counts = await rows(
        world, "SELECT (data ->> 'count')::integer AS n FROM notice WHERE kind = 'macet_jenjang' ORDER BY id"
    )
    assert [row["n"] for row in counts] == [1, 3]


async def test_a_late_case_without_an_office_above_reaches_whoever_is_there(world: World) -> None:
    """No head of Dinsos, no province: the message climbs on until somebody is at work."""
    for role in ("operator_kecamatan", "pusdatin"):
        await person(world, role)
    (case,) = await stand(world, AT_KECAMATAN, ago=timedelta(minutes=1))
    await world.travel(await _due(world, case) + timedelta(days=3, minutes=1))
    await look(world)
    assert await told(world) == [("pusdatin", "macet_jenjang")]


# -- digests -----------------------------------------------------------------------------------------------------------


async def test_everybody_gets_one_digest_on_each_of_his_own_days(world: World) -> None:
    """Western, central and eastern time, looked at every hour for two days: one at seven of one's own morning."""
    for village in (DESA, DESA_JAUH, PAPUA):
        await person(world, "operator_kecamatan", f"kecamatan.{village}", region=village)
        await stand(world, AT_KECAMATAN, count=2, ago=timedelta(days=4), region=village)
    begun = (await world.now()).replace(hour=2, minute=30) + timedelta(days=1)  # between nine and noon, nobody's night
    for hour in range(50):
        await world.travel(begun + timedelta(hours=hour))
        await look(world, digests=True)
    found = await rows(
        world,
        "SELECT u.username, n.key, n.at, (n.data ->> 'count')::integer AS cases, n.data -> 'worst' -> 0 AS worst "
        "FROM notice n JOIN account_user u ON u.id = n.user_id WHERE n.kind = 'macet_ringkasan' ORDER BY 1, n.id",
    )
    assert {row["username"] for row in found} == {f"kecamatan.{village}" for village in (DESA, DESA_JAUH, PAPUA)}
    for village, zone in ((DESA, 7), (DESA_JAUH, 8), (PAPUA, 9)):
        mine = [row for row in found if row["username"] == f"kecamatan.{village}"]
        local = [row["at"] + timedelta(hours=zone) for row in mine]
        assert len({at.date() for at in local}) == len(mine) >= 3
        assert [row["key"] for row in mine] == [f"macet_ringkasan:{at.date()}" for at in local]
        assert all(at.hour == 7 for at in local[1:]), local
        assert {row["cases"] for row in mine} == {2}
        assert set(mine[0]["worst"]) == {"number", "region_name", "label", "reason", "reason_en", "due"}


async def test_a_digest_names_the_worst_ten_and_counts_the_rest(world: World) -> None:
    await person(world, "operator_kecamatan")
    await stand(world, AT_KECAMATAN, count=14, ago=timedelta(days=5))
    await stand(world, AT_KECAMATAN, count=1, ago=timedelta(days=400))
    await world.travel((await world.now()).replace(hour=2, minute=0) + timedelta(days=1))  # nine in the morning, WIB
    await look(world, digests=True)
    (data,) = [row["data"] for row in await rows(world, "SELECT data FROM notice WHERE kind = 'macet_ringkasan'")]
    assert (data["count"], len(data["worst"])) == (15, 10)
    assert data["worst"][0]["due"] < data["worst"][1]["due"]


# -- exactly once ------------------------------------------------------------------------------------------------------


async def test_two_watches_at_once_raise_and_tell_everything_once(world: World) -> None:
    await desks(world)
    await stand(world, AT_KECAMATAN, count=40, ago=timedelta(days=8))
    await stand(world, AT_KECAMATAN, count=20, ago=timedelta(days=30), region=DESA_LAIN)
    session = await world.system()
    dsn = role_dsn(world.admin_dsn, "alur_worker")

    async def watch() -> None:
        conn = await connect(dsn)
        try:
            for _ in range(3):
                async with acting(conn, session):
                    await look_at_kabupaten(conn, session, DESA // 1_000_000)
        finally:
            await conn.close()

    await asyncio.gather(*(watch() for _ in range(4)))
    found = await rows(world, "SELECT key, level, count(*) AS n FROM alert GROUP BY 1, 2 HAVING count(*) > 1")
    assert found == []
    sums = await rows(world, "SELECT kind, sum((data ->> 'count')::integer) AS n FROM notice GROUP BY 1 ORDER BY 1")
    # Each of the sixty is told once, to the office of its highest level.
    assert [(row["kind"], row["n"]) for row in sums] == [("macet_jenjang", 60)]


async def test_a_watch_that_is_killed_after_any_step_repeats_and_loses_nothing(
    world: World, scissors: Scissors
) -> None:
    await desks(world)
    await stand(world, AT_KECAMATAN, count=3, ago=timedelta(days=8))
    await stand(
        world, AT_KECAMATAN, count=2, ago=timedelta(days=30), region=DESA_JAUH
    )  # where nobody works below the centre
    await world.travel((await world.now()).replace(hour=2, minute=0) + timedelta(days=1))
    for step in count(1):
        try:
            with scissors.after(step):
                await look(world, digests=True)
        except Cut:
            continue
        break
    assert scissors.cuts >= 8
    found = await rows(world, "SELECT key, level FROM alert WHERE ended_at IS NULL")
    assert len(found) == len({(row["key"], row["level"]) for row in found})
    sent = await rows(
        world,
        "SELECT u.username, n.kind, (n.data ->> 'count')::integer AS n FROM notice n "
        "JOIN account_user u ON u.id = n.user_id ORDER BY 1, 2, n.id",
    )
    assert [(row["username"], row["kind"], row["n"]) for row in sent] == [
        ("admin_pusat", "macet_ringkasan", 2),
        ("admin_pusat", "macet_segera", 2),
        ("kepala_dinas", "macet_jenjang", 3),
        ("kepala_dinas", "macet_ringkasan", 3),
        ("operator_kecamatan", "macet_ringkasan", 3),
        ("pusdatin", "macet_ringkasan", 2),
        ("pusdatin", "macet_segera", 2),
    ]


# -- scope -------------------------------------------------------------------------------------------------------------


async def test_one_sees_what_is_stuck_in_ones_own_scope(world: World) -> None:
    (here,) = await stand(world, AT_KECAMATAN, ago=timedelta(days=10))
    (beside,) = await stand(world, AT_KECAMATAN, ago=timedelta(days=10), region=DESA_LAIN)
    (far,) = await stand(world, AT_KECAMATAN, ago=timedelta(days=10), region=DESA_JAUH)
    await look(world)
    sight = {
        ("operator_desa", DESA): {here},
        ("operator_desa", DESA_LAIN): {beside},
        ("operator_kecamatan", DESA): {here, beside},
        ("kepala_dinas", DESA): {here, beside},
        ("dinsos_provinsi", DESA_JAUH): {far},
        ("pusdatin", DESA): {here, beside, far},
        ("direktorat", DESA): set(),
    }
    for (role, region), seen in sight.items():
        found = await stuck(world, f"{role}.{region}", role, region=region)
        assert {row["key"] for row in found} == seen, role
