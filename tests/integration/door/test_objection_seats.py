"""The seat of a struck-off family: kept while it may appeal, nobody else's meanwhile, given on afterwards."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

from models.database import connect
from models.install import role_dsn
from tests.integration.door.kit import Person, replayed, stand
from tests.integration.door.linking import MEMBER, states
from tests.integration.door.objecting import Objecting, objecting
from tests.support.world import World


async def seat_of(there: Objecting) -> tuple[int, int]:
    """Return a full programme: the family's membership, and the case of the next in line."""
    member = await there.stands(MEMBER)
    (waiting,) = await stand(there.world, "K01 K05", households=[there.neighbour])
    await there.world.policy({"kuota.program.PKH@3204": await there.seats()})
    return member, waiting


async def test_a_seat_is_kept_until_the_time_to_appeal_is_over(world: World) -> None:
    there = await objecting(world)
    member, waiting = await seat_of(there)
    system = await there.who("sistem")
    case = await there.granted("SANGGAH_PIHAK_LAIN", reason="MAMPU")
    assert await system.one("K09", waiting) == "kuota_penuh"
    assert await replayed(world) == []
    await world.travel(timedelta(days=15))
    assert await system.one("S30", case) == "dipindah"
    assert await system.one("K09", waiting) == "dipindah"
    assert await states(world, member, waiting) == ["keluar", "menunggu_sk"]
    assert await replayed(world) == []


async def test_a_seat_is_given_on_when_the_appeal_is_lost(world: World) -> None:
    there = await objecting(world)
    _, waiting = await seat_of(there)
    system = await there.who("sistem")
    case = await there.granted("SANGGAH_PIHAK_LAIN", reason="MAMPU")
    assert await (await there.who("warga")).one("S28", case) == "dipindah"
    assert await system.one("K09", waiting) == "kuota_penuh"
    assert await (await there.who("dinsos_provinsi")).one("S32", case) == "dipindah"
    assert await system.one("K09", waiting) == "dipindah"
    assert await replayed(world) == []


async def test_a_kept_seat_is_its_family_s_whichever_way_it_returns(world: World) -> None:
    there = await objecting(world)
    member, waiting = await seat_of(there)
    system = await there.who("sistem")
    case = await there.granted("SANGGAH_PIHAK_LAIN", reason="MAMPU")
    assert await system.one("K19", member) == "dipindah"
    assert await system.one("K06", member) == "dipindah"
    assert await system.one("K09", waiting) == "kuota_penuh"
    assert await replayed(world) == []
    await world.travel(timedelta(days=15))
    assert await system.one("S30", case) == "dipindah"
    assert await there.seats() == 1
    assert await replayed(world) == []


async def _race(world: World, there: Objecting, first: tuple[Person, str, int], others: list[int]) -> list[str]:
    """Let one move and the whole waiting list knock at once; return what the list was told."""
    system = await there.who("sistem")
    conns = [await connect(role_dsn(world.admin_dsn, "alur_worker")) for _ in others]
    who, rule, case = first
    answers = await asyncio.gather(
        who.one(rule, case), *(system.one("K09", other, conn=conn) for other, conn in zip(others, conns, strict=True))
    )
    for conn in conns:
        await conn.close()
    assert answers[0] == "dipindah"
    return answers[1:]


async def test_no_other_family_takes_a_kept_seat_under_parallel_sessions(world: World) -> None:
    """Struck off, appealed, returned: at each step six families knock for the one seat, and none of them gets it."""
    there = await objecting(world)
    member, _ = await seat_of(there)
    others = await stand(world, "K01 K05", count=6)
    case = await there.before_decision("SANGGAH_PIHAK_LAIN")
    head, province = await there.who("kepala_dinas"), await there.who("dinsos_provinsi")
    assert set(await _race(world, there, (head, "S24", case), others)) == {"kuota_penuh"}
    assert set(await _race(world, there, (await there.who("warga"), "S28", case), others)) == {"kuota_penuh"}
    assert set(await _race(world, there, (province, "S31", case), others)) == {"kuota_penuh"}
    assert await states(world, member) == ["calon_penerima"]
    assert await there.seats() == 1
    assert await replayed(world) == []


async def test_a_freed_seat_goes_to_one_of_the_waiting(world: World) -> None:
    there = await objecting(world)
    await seat_of(there)
    others = await stand(world, "K01 K05", count=6)
    case = await there.granted("SANGGAH_PIHAK_LAIN", reason="MAMPU")
    await world.travel(timedelta(days=15))
    system = await there.who("sistem")
    early = await _race(world, there, (system, "S30", case), others)
    left = [other for other, answer in zip(others, early, strict=True) if answer == "kuota_penuh"]
    late = [await system.one("K09", other) for other in left]
    assert Counter([*early, *late])["dipindah"] == 1
    assert await there.seats() == 1
    assert await replayed(world) == []
