"""Cases without a family under the watch: the nation's cycle, and a village in it that waits for its visits."""

from __future__ import annotations

from datetime import timedelta

from tests.integration.door.kit import person, rows
from tests.integration.stuck.kit import alerts, look, stuck
from tests.integration.stuck.test_watch import desks
from tests.support import cycle
from tests.support.world import World


async def test_a_late_cycle_is_told_like_any_other_case(world: World) -> None:
    await desks(world)
    pusdatin = await world.session("pusdatin.siklus", "pusdatin")
    told = {"surat_edaran": {"nomor": "SE/1"}, "tanggal": await cycle.days(world)}
    (opened,) = await world.open(pusdatin, "siklus.jadwalkan", [0], period=cycle.PERIOD, facts=told)
    case = opened.case_id or 0
    (moved,) = await world.move(await world.system(), "siklus.susun_prelist", [case], facts={"id_versi": 1})
    assert moved.done, moved
    await look(world)
    assert await alerts(world) == []
    await world.travel(timedelta(days=8))  # a list has seven days to be opened
    await look(world)
    assert await alerts(world) == [("kasus", case, level, "terlambat") for level in (0, 1)]
    assert await rows(world, "SELECT region FROM watch_region WHERE last_error IS NOT NULL") == []
    (row,) = await stuck(world)
    assert (row["key"], row["holder"], row["region"]) == (case, "pusdatin", 0)
    assert [one for one in row["holders"] if one["able"]]


async def test_a_village_that_records_is_held_by_its_officer_and_freed_by_its_visits(world: World) -> None:
    await desks(world)
    await person(world, "verifikator_kab", "verifikator.siklus")
    await cycle.running(world, await world.households(2))
    (opened,) = await cycle.shared_out(world)
    village = opened.case_id or 0
    await cycle.begun(world, village)
    await look(world)
    assert [row for row in await alerts(world) if row[1] == village] == []
    await world.travel(timedelta(days=46))  # 45 days to visit
    await look(world)
    (row,) = [row for row in await stuck(world) if row["key"] == village]
    assert (row["reason"], row["holder"]) == ("terlambat", "pendamping")
    assert [one["name"] for one in row["holders"] if one["able"]] == [cycle.OFFICER.title()]
    assert row["action"]["do"] == "tuntaskan"
    assert "siklus_desa.lengkap_pendataan" in {one["trigger"] for one in row["action"]["triggers"]}


async def test_a_late_village_s_head_is_told_whom_to_ask(world: World) -> None:
    await desks(world)
    await cycle.running(world, await world.households(1))
    (opened,) = await cycle.shared_out(world)
    village = opened.case_id or 0
    await world.travel(timedelta(days=62))
    late = await world.move(await world.system(), "siklus_desa.lewati_batas", [village], reason="BELUM_VERVAL")
    assert late[0].done, late
    await world.travel(timedelta(days=15))
    await look(world)
    (row,) = [row for row in await stuck(world) if row["key"] == village]
    assert (row["holder"], row["action"]["do"]) == ("kepala_dinas", "minta")
    assert "pusdatin" in row["action"]["text"]
    assert "pusdatin" in row["action"]["text_en"]
