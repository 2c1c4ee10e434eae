"""Objections and verval cycles that nobody can move: whose desk it is, and the gate without anybody to decide it.

Real: PostgreSQL, the door, gates, the watch.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.approval.commands import open_gate
from models.batch.commands import open_batch
from models.siklus.commands import dates_fact
from tests.integration.door.kit import gate, person, values
from tests.integration.door.objecting import objecting
from tests.integration.stuck.kit import alerts, look, stuck
from tests.support import cycle
from tests.support.world import World


async def reasons(world: World) -> dict[int, tuple[str, str]]:
    """Look, and return what is stuck for want of people: key -> (holder, reason)."""
    await look(world)
    return {row["key"]: (row["holder"], row["reason"]) for row in await stuck(world) if row["blocked"]}


async def close(world: World, name: str) -> None:
    await world.admin.execute("UPDATE account_user SET active = false WHERE username = %s", (name,))


async def test_an_objection_without_a_verifikator(world: World) -> None:
    there = await objecting(world)
    case = await there.accepted("SANGGAH_PIHAK_LAIN")
    assert await reasons(world) == {case: ("verifikator_kab", "tanpa_pemegang")}
    await there.who("verifikator_kab")
    assert await reasons(world) == {}


async def test_a_check_is_held_by_the_officer_who_was_named_and_by_nobody_else(world: World) -> None:
    """The pendamping of the family looks after it and may not check it: his being at work frees nothing."""
    there = await objecting(world)
    own = await person(world, "pendamping", "pendamping keluarga")
    await world.assign_families("pendamping keluarga", [there.family])
    case = await there.accepted("SANGGAH_PIHAK_LAIN")
    assert await there.assigned(case) == "dipindah"
    assert await reasons(world) == {}
    await close(world, "petugas")
    assert await reasons(world) == {case: ("pendamping", "pemegang_nonaktif")}
    (row,) = await stuck(world)
    assert [one["id"] for one in row["holders"]] == [await world.user("petugas")]
    assert own.user != await world.user("petugas")


async def test_a_village_and_its_visits_are_held_by_the_officers_sent_there(world: World) -> None:
    await cycle.running(world, await world.households(2))
    for role in ("verifikator_kab", "kepala_dinas", "pusdatin"):
        await person(world, role)
    (opened,) = await cycle.shared_out(world)
    village = opened.case_id or 0
    await cycle.begun(world, village)
    assert await reasons(world) == {}, "a village has officers although it is no family"
    await close(world, cycle.OFFICER)
    desk = ("pendamping", "pemegang_nonaktif")
    assert await reasons(world) == dict.fromkeys([village, *await cycle.visits(world)], desk)


async def test_a_village_whose_meeting_nobody_leads(world: World) -> None:
    await cycle.running(world, await world.households(1))
    (opened,) = await cycle.shared_out(world)
    await cycle.begun(world, opened.case_id or 0)
    await cycle.recorded(world, opened.case_id or 0)
    assert await (await person(world, "sistem")).one("D03", opened.case_id or 0) == "dipindah"
    found = await reasons(world)
    assert found[opened.case_id or 0] == ("kades", "tanpa_pemegang")
    await person(world, "kades")
    assert opened.case_id not in await reasons(world)


@pytest.mark.parametrize("there", [0, 1])
async def test_a_schedule_that_too_few_may_decide(world: World, there: int) -> None:
    """Whoever looks here is of pusdatin himself; two must decide."""
    for n in range(there):
        await person(world, "pusdatin", f"pusdatin {n}")
    system = await world.system()
    batch = await open_batch(world.worker, system, "siklus", 0, "Siklus verval")
    today = (await world.now()).date()
    told = {"tanggal": dates_fact(today + timedelta(days=10), today + timedelta(days=70))}
    approval = await open_gate(world.worker, system, batch, "siklus_jadwal.202702", [], region=0, evidence=told)
    wanted = {} if there else {approval: ("pusdatin", "gerbang_tanpa_penyetuju")}
    assert {key: found for key, found in (await reasons(world)).items() if key == approval} == wanted


async def test_whoever_scheduled_a_cycle_does_not_count_among_those_who_may_close_it(world: World) -> None:
    case = await cycle.running(world, await world.households(1))
    system = await person(world, "sistem")
    (opened,) = await cycle.shared_out(world)
    await world.travel(timedelta(days=61))
    assert await system.one("D10", opened.case_id or 0) == "dipindah"
    assert await system.one("C05", case) == "dipindah"
    approval = await gate(world, "pusdatin", "C07", [case])
    there = await values(world, "SELECT unnest(approvers(%s, alur_now())) AS v", (approval,))
    assert there == [], "he scheduled it himself"
    await look(world)
    assert ("gerbang", approval, 1, "gerbang_tanpa_penyetuju") in await alerts(world)
    other = await person(world, "pusdatin", "orang lain")
    assert await values(world, "SELECT unnest(approvers(%s, alur_now())) AS v", (approval,)) == [other.user]
