"""Who is told what, once, by which channel and when: the plan that is written with the notice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest

from models.database import acting, connect, fetch_value
from models.errors import OnlySystem, OutOfScope
from models.install import role_dsn
from models.notice import commands, queries
from models.notice.commands import Notice, notify
from tests.integration.notice.kit import (
    DATA,
    at_hour,
    deliveries,
    make_due,
    notices,
    reach,
    reader,
    subset,
    tell,
    wish,
)
from tests.support.world import DESA_JAUH, World

# -- telling ----------------------------------------------------------------------------------------------------------


async def test_the_same_news_are_told_once(world: World) -> None:
    user = await reader(world)
    assert await tell(world, user, "a") == 1
    assert await tell(world, user, "a", label="lain") == 0
    assert await tell(world, user, "b") == 1
    assert [row["key"] for row in await notices(world, user)] == ["a", "b"]
    assert (await notices(world, user))[0]["data"]["label"] == "DIKEMBALIKAN"


async def test_a_list_with_repeats_tells_each_once(world: World) -> None:
    one, two = await reader(world, "satu"), await reader(world, "dua")
    list_ = [Notice(user, "dikembalikan", key, DATA) for key in ("a", "b", "a") for user in (two, one)]
    assert await notify(world.worker, await world.system(), list_) == 4
    assert await notify(world.worker, await world.system(), []) == 0


async def test_what_is_rolled_back_was_never_told(world: World) -> None:
    user = await reader(world)
    await reach(world, user, email="a@b.example")
    async with world.worker.transaction(force_rollback=True):
        assert await tell(world, user) == 1
    assert await notices(world, user) == []
    assert await deliveries(world) == []


async def test_many_who_tell_the_same_people_at_once_tell_each_once(world: World) -> None:
    users = [await reader(world, f"orang{n}") for n in range(5)]
    for user in users:
        await reach(world, user, email=f"{user}@b.example")
        await wish(world, user, digest="harian")
    system = await world.system()

    async def one(order: int) -> int:
        conn = await connect(role_dsn(world.admin_dsn, "alur_worker"))
        try:
            told = 0
            for key in range(10):
                people = users if order % 2 else users[::-1]
                told += await notify(conn, system, [Notice(u, "langkah", f"k{key}", DATA) for u in people])
            return told
        finally:
            await conn.close()

    assert sum(await asyncio.gather(*(one(n) for n in range(6)))) == 50
    assert len(await deliveries(world, open=True)) == 5, "one digest a person"
    assert await fetch_value(world.admin, "SELECT count(*) FROM notice WHERE digest IS NULL") == 0


async def test_only_the_system_tells_and_only_persons_are_told(world: World) -> None:
    user = await reader(world)
    session = await world.session("pembaca", "operator_desa")
    with pytest.raises(OnlySystem):
        await notify(world.worker, session, [Notice(user, "langkah", "k", DATA)])
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await notify(world.api, await world.system(), [Notice(user, "langkah", "k", DATA)])
    for role in ("alur_api", "alur_worker"):
        conn = await connect(role_dsn(world.admin_dsn, role))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await conn.execute("SELECT notice_put(%s, 'langkah', 'k', '{}', false, NULL, NULL)", (user,))
        await conn.close()
    service = await fetch_value(world.admin, "SELECT id FROM account_user WHERE kind = 'system'")
    assert await tell(world, service) == 0


async def test_a_number_of_a_person_is_refused(world: World) -> None:
    user = await reader(world)
    with pytest.raises(psycopg.errors.CheckViolation, match="notice_impersonal"):
        await tell(world, user, label="NIK 3204110101800012")
    assert await notices(world, user) == []


async def test_functions_of_the_owner_tell_in_their_own_transaction(world: World) -> None:
    user = await reader(world)
    async with world.admin.transaction():
        await world.admin.execute("SELECT notice_put(%s, 'langkah', 'k', '{}', true, 3204, NULL)", (user,))
        await world.admin.execute("SET LOCAL ROLE alur_door")
        await world.admin.execute("SELECT notice_put(%s, 'langkah', 'k2', '{}', NULL, NULL, 7)", (user,))
    assert [subset(row, "urgent", "region", "case_id") for row in await notices(world, user)] == [
        (True, 3204, None),
        (False, None, 7),
    ]


# -- one's own --------------------------------------------------------------------------------------------------------


async def test_everybody_sees_his_own_and_nothing_else(world: World) -> None:
    mine, other = await reader(world, "saya"), await reader(world, "lain")
    for user in (mine, other):
        await reach(world, user, email=f"{user}@b.example", webhook="https://b.example/x")
        await wish(world, user, language="en")
        await tell(world, user)
    session = await world.session("saya", "operator_desa")
    async with acting(world.api, session) as conn:
        assert [row["data"]["label"] for row in await queries.inbox(conn)] == ["DIKEMBALIKAN"]
        assert await queries.unread_count(conn) == 1
        for table in ("notice", "notice_delivery", "notice_preference", "notice_address"):
            seen = await (await conn.execute(f"SELECT DISTINCT user_id FROM {table}")).fetchall()
            assert [row["user_id"] for row in seen] == [mine], table
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with conn.transaction():
                await conn.execute("SELECT secret FROM notice_address")
        for table in ("notice_link", "notice_cursor"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                async with conn.transaction():
                    await conn.execute(f"SELECT * FROM {table}")
    [theirs] = await notices(world, other)
    assert await commands.mark_read(world.api, session, [theirs["id"]]) == 0
    assert (await notices(world, other))[0]["read_at"] is None
    [own] = await notices(world, mine)
    assert await commands.mark_read(world.api, session, [own["id"]]) == 1
    async with acting(world.api, session) as conn:
        assert await queries.unread_count(conn) == 0
        assert await queries.inbox(conn, unread=True) == []


async def test_nobody_writes_past_the_functions(world: World) -> None:
    user = await reader(world)
    await tell(world, user)
    for conn in (world.api, world.worker):
        for statement in (
            "UPDATE notice SET read_at = now()",
            "DELETE FROM notice",
            "INSERT INTO notice_address (user_id, channel, address, at) VALUES (1, 'email', 'x', now())",
            "UPDATE notice_delivery SET state = 'terkirim'",
            "UPDATE notice_cursor SET act = 0",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await conn.execute(statement)


# -- which channel ----------------------------------------------------------------------------------------------------


async def test_the_first_channel_that_can_be_used_in_the_readers_order(world: World) -> None:
    user = await reader(world)
    assert await tell(world, user, "none") == 1
    assert await deliveries(world) == [], "the inbox is all there is"
    await reach(world, user, sms="+628120000001", email="a@b.example")
    await tell(world, user, "policy")
    await wish(world, user, channels=["telegram", "sms", "email"])
    await tell(world, user, "wish")
    await world.admin.execute("UPDATE notice_address SET blocked_at = now() WHERE channel = 'sms'")
    await tell(world, user, "blocked")
    await wish(world, user, channels=[])
    await tell(world, user, "silent")
    assert [row["channel"] for row in await deliveries(world)] == ["email", "sms", "email"]
    assert len(await notices(world, user)) == 5


# -- when -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("region", "zone"), [(3204052001, "Asia/Jakarta"), (DESA_JAUH, "Asia/Makassar"), (9101010001, "Asia/Jayapura")]
)
async def test_quiet_hours_are_those_of_the_readers_own_zone(world: World, region: int, zone: str) -> None:
    user = await reader(world, region=region)
    await reach(world, user, email="a@b.example")
    await at_hour(world, 20, zone)
    await tell(world, user, "evening")
    await at_hour(world, 23, zone)
    await tell(world, user, "night")
    await tell(world, user, "fire", urgent=True)
    await at_hour(world, 3, zone)
    await tell(world, user, "dawn")
    await at_hour(world, 6, zone)
    await tell(world, user, "morning")
    waits = {
        row["key"]: (row["next_try"] - row["at"], row["next_try"].astimezone(ZoneInfo(zone)).hour)
        for row in await (
            await world.admin.execute(
                "SELECT n.key, d.next_try, d.at FROM notice_delivery d JOIN notice n ON n.id = d.notice"
            )
        ).fetchall()
    }
    for at_once in ("evening", "fire", "morning"):
        assert waits[at_once][0] == timedelta(), at_once
    assert waits["night"][1] == waits["dawn"][1] == 6
    assert timedelta(hours=6) < waits["night"][0] <= timedelta(hours=7)
    assert timedelta(hours=2) < waits["dawn"][0] <= timedelta(hours=3)


async def test_ones_own_quiet_hours_go_before_policy_s(world: World) -> None:
    user = await reader(world)
    await reach(world, user, email="a@b.example")
    await wish(world, user, quiet_from=9, quiet_to=15)
    await at_hour(world, 12)
    await tell(world, user, "noon")
    await wish(world, user, quiet_from=0, quiet_to=0)
    await at_hour(world, 2)
    await tell(world, user, "night")
    noon, night = await deliveries(world)
    assert noon["next_try"].astimezone(ZoneInfo("Asia/Jakarta")).hour == 15
    assert night["next_try"] == night["at"]


async def test_a_day_is_one_digest_and_what_is_urgent_goes_at_once(world: World) -> None:
    user = await reader(world)
    await reach(world, user, email="a@b.example")
    await wish(world, user, digest="harian")
    await at_hour(world, 10)
    for key in ("a", "b", "c"):
        await tell(world, user, key)
    await tell(world, user, "fire", urgent=True)
    digest, urgent = await deliveries(world)
    assert subset(digest, "notice", "open", "urgent") == (None, True, False)
    assert digest["next_try"].astimezone(ZoneInfo("Asia/Jakarta")).hour == 7
    assert subset(urgent, "open", "urgent") == (False, True)
    assert urgent["next_try"] == urgent["at"]
    assert [row["digest"] for row in await notices(world, user)] == [digest["id"]] * 3 + [None]
    assert await commands.claim(world.worker, "email", limit=9, seconds=60) != []
    await at_hour(world, 7)
    [claimed] = await commands.claim(world.worker, "email", limit=9, seconds=60)
    assert claimed["id"] == digest["id"]
    rows, count = await queries.carried(world.worker, claimed["id"], None)
    assert (len(rows), count) == (3, 3)
    await tell(world, user, "late")
    assert len(await deliveries(world, open=True)) == 1, "what comes while it is sent makes the next digest"
    assert (await notices(world, user))[-1]["digest"] != digest["id"]


# -- dead letters -----------------------------------------------------------------------------------------------------


async def dead_letter(world: World, user: int) -> int:
    await tell(world, user, f"k{user}", urgent=True)
    [row] = await commands.claim(world.worker, "email", limit=1, seconds=60)
    assert await commands.note_failed(world.worker, row["id"], row["lease"], "550", final=True) == "mati"
    return int(row["id"])


async def test_administrators_see_and_resend_the_dead_letters_of_their_region(world: World) -> None:
    near, far = await reader(world, "dekat"), await reader(world, "jauh", region=DESA_JAUH)
    for user in (near, far):
        await reach(world, user, email=f"{user}@b.example")
    here, there = await dead_letter(world, near), await dead_letter(world, far)
    kab = await world.session("admin", "admin_kab")
    pusat = await world.session("pusat", "admin_pusat")
    assert [row["id"] for row in await queries.dead(world.api, kab)] == [here]
    [row] = await queries.dead(world.api, kab)
    assert subset(row, "username", "kind", "channel", "error") == ("dekat", "dikembalikan", "email", "550")
    assert [row["id"] for row in await queries.dead(world.api, pusat)] == [here, there]
    assert [row["id"] for row in await queries.dead(world.api, pusat, after=here)] == [there]
    with pytest.raises(OutOfScope):
        await queries.dead(world.api, await world.session("dekat", "operator_desa"))
    with pytest.raises(OutOfScope):
        await commands.resend(world.api, await world.session("dekat", "operator_desa"), [here])
    assert await commands.resend(world.api, kab, [here, there]) == [here]
    assert await commands.resend(world.api, kab, [here]) == [], "it is on its way already"
    [claimed] = await commands.claim(world.worker, "email", limit=9, seconds=60)
    assert (claimed["id"], claimed["tries"]) == (here, 1)


async def test_whoever_works_here_no_more_is_told_nothing_more(world: World) -> None:
    user = await reader(world)
    await reach(world, user, email="a@b.example")
    await tell(world, user, "before", urgent=True)
    await world.admin.execute("UPDATE account_user SET active = false WHERE id = %s", (user,))
    assert await tell(world, user, "after") == 0
    [claimed] = await commands.claim(world.worker, "email", limit=9, seconds=60)
    assert claimed["address"] is None


# -- pauses -----------------------------------------------------------------------------------------------------------


async def fail(world: World, channel: str = "email", **how: bool) -> str | None:
    await make_due(world)
    [row] = await commands.claim(world.worker, channel, limit=1, seconds=60)
    return await commands.note_failed(world.worker, row["id"], row["lease"], "away", **how)


async def test_pauses_double_with_jitter_and_end_in_a_dead_letter(world: World) -> None:
    await world.policy({"pemberitahuan.kirim": {"pindah": 2, "menyerah": 6, "jeda_awal_s": 100, "jeda_paling_s": 400}})
    user = await reader(world)
    await reach(world, user, email="a@b.example")
    await wish(world, user, quiet_from=0, quiet_to=0)
    await tell(world, user)
    pauses = []
    for _ in range(5):
        assert await fail(world) == "gagal"
        [row] = await deliveries(world)
        pauses.append((row["next_try"] - await world.now()).total_seconds())
    for pause, wanted in zip(pauses, (100, 200, 400, 400, 400), strict=True):
        assert 0.74 * wanted < pause < 1.26 * wanted
    assert len({round(pause / wanted, 3) for pause, wanted in zip(pauses, (100, 200, 400, 400, 400), strict=True)}) > 1
    assert await fail(world) == "mati"
    [row] = await deliveries(world)
    assert row["done_at"] is not None


async def test_what_one_channel_does_not_take_goes_by_the_next(world: World) -> None:
    await world.policy({"pemberitahuan.kirim": {"pindah": 2, "menyerah": 3, "jeda_awal_s": 1, "jeda_paling_s": 1}})
    user = await reader(world)
    await reach(world, user, telegram="77", email="a@b.example", sms="+628120000001")
    await tell(world, user)
    assert await fail(world, "telegram") == "gagal"
    assert await fail(world, "telegram") == "antre"
    assert await fail(world, "email", final=True) == "antre"
    assert [await fail(world, "sms") for _ in range(3)] == ["gagal", "gagal", "mati"]
    [row] = await deliveries(world)
    assert subset(row, "channel", "tried") == ("sms", ["telegram", "email"])


async def test_a_lost_claim_notes_nothing(world: World) -> None:
    user = await reader(world)
    await reach(world, user, email="a@b.example")
    await tell(world, user, urgent=True)
    [first] = await commands.claim(world.worker, "email", limit=1, seconds=60)
    assert await commands.claim(world.worker, "email", limit=1, seconds=60) == []
    await make_due(world)
    [second] = await commands.claim(world.worker, "email", limit=1, seconds=60)
    assert (second["id"], second["tries"]) == (first["id"], 2)
    assert not await commands.note_sent(world.worker, first["id"], first["lease"], None)
    assert not await commands.note_later(world.worker, first["id"], first["lease"], "x", 1)
    assert await commands.note_failed(world.worker, first["id"], first["lease"], "x") is None
    assert await commands.note_sent(world.worker, second["id"], second["lease"], "x")
    await make_due(world)
    assert await commands.claim(world.worker, "email", limit=1, seconds=60) == []


async def test_a_retry_does_not_wake_anybody(world: World) -> None:
    await world.policy({"pemberitahuan.kirim": {"pindah": 9, "menyerah": 9, "jeda_awal_s": 60, "jeda_paling_s": 60}})
    user = await reader(world)
    await reach(world, user, email="a@b.example")
    await tell(world, user)
    await at_hour(world, 23)
    assert await fail(world) == "gagal"
    [row] = await deliveries(world)
    assert row["next_try"].astimezone(ZoneInfo("Asia/Jakarta")).hour == 6
