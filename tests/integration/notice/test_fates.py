"""Whoever proposed hears each step, once, in the order of commit, whatever is killed meanwhile."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from psycopg.errors import AdminShutdown

from models.backup.commands import settle
from models.case.queries import number
from models.database import connect, fetch_value, sync_connect
from models.errors import OnlySystem
from models.install import role_dsn
from models.notice.commands import read_fates, tell_weekly
from notifications.kinds import compose
from tests.integration.door.kit import person, stand
from tests.integration.notice.kit import hear, notices, settled, subset
from tests.support.world import DESA, DESA_JAUH, DESA_LAIN, World

ARRIVED = "U01 U02 U05 U10 U12 U15"
CHECKING = "U01 U02"


async def proposed(world: World, path: str, count: int = 1, *, who: str = "operator", **more: Any) -> list[int]:
    """Return proposals that an operator made, at the end of a history."""
    operator = await person(world, "operator_desa", who, **({"region": more["region"]} if "region" in more else {}))
    made = await stand(world, path, count=count, actors={"U01": await world.user(who)} | more.pop("actors", {}), **more)
    assert operator.session
    return made


async def told(world: World, who: str = "operator") -> list[dict[str, Any]]:
    await hear(world)
    return await notices(world, await world.user(who))


# -- what is told -----------------------------------------------------------------------------------------------------


async def test_a_step_is_told_with_reason_next_step_and_place(world: World) -> None:
    [case] = await proposed(world, ARRIVED)
    await hear(world)
    before = len(await notices(world, await world.user("operator")))
    kecamatan = await person(world, "operator_kecamatan")
    await kecamatan.fire("U20", [case], reason="BERKAS_KURANG", note="KK buram")
    row = (await told(world))[before]
    assert subset(row, "kind", "urgent", "case_id", "region") == ("dikembalikan", True, case, DESA)
    opened = await fetch_value(world.admin, "SELECT opened_at FROM case_ WHERE id = %s", (case,))
    assert row["data"]["numbers"] == [number(1, opened, case)]
    assert row["data"]["reason"] == "BERKAS_KURANG"
    assert row["data"]["holder"] == "operator_desa"
    assert row["data"]["link"] == f"/kasus/{case}"
    due = (await world.now() + timedelta(days=14)).astimezone(ZoneInfo("Asia/Jakarta")).date()
    assert row["data"]["due"] == due.isoformat()
    message = compose(row["kind"], row["data"], "id")
    assert "Berkas belum lengkap" in message.text
    assert "buram" not in message.text, "free text may name a person"


async def test_ones_own_moves_are_no_news(world: World) -> None:
    [case] = await proposed(world, "U01")
    operator = await person(world, "operator_desa", "operator")
    assert await operator.one("U02", case) == "dipindah"
    assert await operator.one("U03", case) != "dipindah" or await told(world) == []
    assert await told(world) == []


async def test_every_step_by_others_is_told_but_the_check_itself(world: World) -> None:
    await proposed(world, "U01 U02 U05 U10 U12 U15 U19 U22 U30")
    kinds = [(row["kind"], row["data"]["state"]) for row in await told(world)]
    assert kinds == [
        ("langkah", state) for state in ("padan", "musyawarah", "usulan_final", "diajukan", "verif_dinsos", "siap_sah")
    ] + [("langkah", "disahkan")]


async def test_a_list_of_families_is_one_notice_per_village_step_and_reason(world: World) -> None:
    cases = await proposed(world, ARRIVED, 30)
    cases += await proposed(world, ARRIVED, 12, who="tetangga", region=DESA_LAIN)
    await hear(world)
    before = {who: len(await notices(world, await world.user(who))) for who in ("operator", "tetangga")}
    kecamatan = await person(world, "operator_kecamatan")
    await kecamatan.fire("U20", cases[:25] + cases[30:], reason="BERKAS_KURANG", note="x")
    await kecamatan.fire("U20", cases[25:30], reason="BA_TIDAK_SAH", note="x")
    mine = (await told(world))[before["operator"] :]
    assert sorted(subset(row["data"], "reason", "count") for row in mine) == [
        ("BA_TIDAK_SAH", 5),
        ("BERKAS_KURANG", 25),
    ]
    [row] = [row for row in mine if row["data"]["count"] == 25]
    assert len(row["data"]["numbers"]) == 10
    assert row["case_id"] is None
    assert row["data"]["link"] == f"/antrean?mesin=usulan&status=dikembalikan&wilayah={DESA}"
    [theirs] = (await told(world, "tetangga"))[before["tetangga"] :]
    assert (theirs["data"]["count"], theirs["region"]) == (12, DESA_LAIN)


async def test_a_citizens_proposal_is_told_to_him_and_to_his_villages_office(world: World) -> None:
    for who, region in (("kantor", DESA), ("kantor-lain", DESA_LAIN)):
        await person(world, "operator_desa", who, region=region)
    warga = await world.user("warga")
    [case] = await stand(world, "U43", actors={"U43": warga})
    operator = await person(world, "operator_desa", "operator")
    assert await operator.one("U45", case) == "dipindah"
    assert [row["kind"] for row in await told(world, "warga")] == ["ditolak"]
    assert [row["kind"] for row in await told(world, "kantor")] == ["ditolak"]
    assert await told(world, "operator") == [], "it was his own move"
    assert await told(world, "kantor-lain") == []


async def test_disbursements_and_memberships_are_not_the_proposers_news(world: World) -> None:
    user = await world.user("operator")
    await stand(world, "P01 P03", actors={"P01": user})
    await stand(world, "K01 K06", actors={"K01": user})
    assert await told(world) == []


# -- exactly once -----------------------------------------------------------------------------------------------------


async def test_what_commits_later_is_read_later_and_nothing_is_left_out(world: World) -> None:
    """An act that was numbered first may commit last: the reader waits for it, and numbers acts for itself."""
    slow, quick = await proposed(world, ARRIVED, 2)
    await hear(world)
    before = len(await told(world))
    kecamatan = await person(world, "operator_kecamatan")
    system = await world.system()
    other = await connect(role_dsn(world.admin_dsn, "alur_api"))
    numbered = await fetch_value(world.admin, "SELECT number FROM notice_cursor WHERE name = 'nasib'")
    async with other.transaction():
        await other.execute(
            "SELECT * FROM door_move(%s, 'usulan.kembalikan_kecamatan', %s, NULL, 'BERKAS_KURANG', 'x')",
            (kecamatan.session, [slow]),
        )
        await kecamatan.fire("U20", [quick], reason="BERKAS_KURANG", note="x")
        assert await read_fates(world.worker, system) == 0
    await other.close()
    rows = (await told(world))[before:]
    assert sum(row["data"]["count"] for row in rows) == 2
    assert await fetch_value(world.admin, "SELECT number FROM notice_cursor WHERE name = 'nasib'") == numbered + 2
    assert await hear(world) == 0


async def test_a_reader_killed_before_it_commits_told_nothing_and_the_next_tells_once(world: World) -> None:
    [case] = await proposed(world, ARRIVED)
    await hear(world)
    before = len(await told(world))
    kecamatan = await person(world, "operator_kecamatan")
    await kecamatan.fire("U20", [case], reason="BERKAS_KURANG", note="x")
    await settled(world.admin)
    victim = await connect(role_dsn(world.admin_dsn, "alur_worker"))
    pid = victim.info.backend_pid
    await victim.execute("BEGIN")
    assert await read_fates(victim, await world.system()) == 1
    await world.admin.execute("SELECT pg_terminate_backend(%s)", (pid,))
    with pytest.raises(AdminShutdown):
        await victim.execute("COMMIT")
    await victim.close()
    assert len(await notices(world, await world.user("operator"))) == before
    assert len(await told(world)) == before + 1
    assert len(await told(world)) == before + 1


async def test_two_readers_at_once_tell_each_step_once(world: World) -> None:
    cases = await proposed(world, ARRIVED, 40)
    await hear(world)
    before = len(await told(world))
    kecamatan = await person(world, "operator_kecamatan")
    for case in cases:
        await kecamatan.fire("U20", [case], reason="BERKAS_KURANG", note="x")
    await settled(world.admin)
    system = await world.system()

    async def one() -> int:
        conn = await connect(role_dsn(world.admin_dsn, "alur_worker"))
        try:
            return sum([await read_fates(conn, system, limit=3) for _ in range(40)])
        finally:
            await conn.close()

    read = sum(await asyncio.gather(*(one() for _ in range(4))))
    assert read + await hear(world) == 40
    rows = (await told(world))[before:]
    assert sum(row["data"]["count"] for row in rows) == 40


async def test_a_restored_database_tells_what_was_not_told_and_nothing_twice(world: World) -> None:
    """The new server counts transactions from the beginning: what the old one numbered lies far ahead of it."""
    await proposed(world, ARRIVED)
    before = len(await told(world))
    [unread] = await proposed(world, "U01 U02 U05")
    conn = world.admin
    cursor = await (await conn.execute("SELECT xid::text::bigint AS xid, act FROM notice_cursor")).fetchone()
    assert cursor is not None
    await conn.execute("ALTER TABLE act DISABLE TRIGGER append_only")
    await conn.execute("UPDATE act SET xid = (xid::text::bigint + 1000000000)::text::xid8")
    await conn.execute("ALTER TABLE act ENABLE ALWAYS TRIGGER append_only")
    await conn.execute("UPDATE notice_cursor SET xid = (xid::text::bigint + 1000000000)::text::xid8")
    assert await hear(world) == 0, "all of it seems to lie in the future"
    with sync_connect(world.admin_dsn) as owner:
        assert settle(owner) > 0
    rows = (await told(world))[before:]
    assert [(row["data"]["state"], row["case_id"]) for row in rows] == [("padan", unread)]
    kecamatan = await person(world, "operator_kecamatan")
    [later] = await proposed(world, ARRIVED)
    await hear(world)
    known = len(await told(world))
    await kecamatan.fire("U20", [later], reason="BERKAS_KURANG", note="x")
    assert [row["kind"] for row in (await told(world))[known:]] == ["dikembalikan"]


async def test_only_the_system_reads(world: World) -> None:
    operator = await person(world, "operator_desa")
    for reading in (read_fates, tell_weekly):
        with pytest.raises(OnlySystem):
            await reading(world.worker, operator.session)


# -- the week ---------------------------------------------------------------------------------------------------------


async def monday(world: World, hour: int, zone: str = "Asia/Jakarta") -> None:
    """Move the clock to the next Monday, so late in a zone."""
    now = (await world.now()).astimezone(ZoneInfo(zone))
    then = (now + timedelta(days=(7 - now.weekday()) % 7 or 7)).replace(hour=hour, minute=0, second=0, microsecond=0)
    await world.travel(then)


async def weekly(world: World, who: str) -> list[dict[str, Any]]:
    await tell_weekly(world.worker, await world.system())
    return [row for row in await notices(world, await world.user(who)) if row["kind"] == "mingguan"]


async def test_a_village_hears_its_week_on_monday_at_seven_in_its_own_zone(world: World) -> None:
    here, far = await proposed(world, ARRIVED, 3), await proposed(world, ARRIVED, 1, who="bali", region=DESA_JAUH)
    for region in (DESA, DESA_JAUH):
        await person(world, "kades", f"kades{region}", region=region)
    kecamatan = await person(world, "operator_kecamatan")
    await weekly(world, "operator")  # what lies before the first telling is told then
    await kecamatan.fire("U20", here[:2], reason="BERKAS_KURANG", note="x")
    assert far
    await monday(world, 6)
    known = len(await weekly(world, "operator"))
    assert len(await weekly(world, "bali")) == known + 1, "Bali is an hour ahead"
    await world.travel(timedelta(hours=1))
    rows = await weekly(world, "operator")
    assert len(rows) == known + 1
    data = rows[-1]["data"]
    assert {step["state"]: step["count"] for step in data["steps"]}["dikembalikan"] == 2
    assert data["count"] == 2
    assert {row["label"] for row in data["waiting"]} == {"DIKEMBALIKAN"}
    assert data["until"] > data["since"]
    assert rows[-1]["region"] == DESA
    assert len(await weekly(world, f"kades{DESA}")) == len(rows)
    assert len(await weekly(world, "operator")) == known + 1, "once"
    assert "2 menunggu desa" in compose("mingguan", data, "id").sms


async def test_weeks_that_were_missed_are_told_later(world: World) -> None:
    await proposed(world, ARRIVED, 1)
    await monday(world, 8)
    first = await weekly(world, "operator")
    await proposed(world, "U01 U02 U05", 1)
    await world.travel(timedelta(days=16))
    later = await weekly(world, "operator")
    assert len(later) - len(first) == 2
    assert len({row["data"]["since"] for row in later}) == len(later)
