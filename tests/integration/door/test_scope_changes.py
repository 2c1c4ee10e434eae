"""A family between two villages, and sessions that are over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from models.case.commands import CaseFact, move, write_facts
from models.database import acting, fetch_value
from models.errors import ApprovalNotFound, SessionUnknown
from models.raised import domain_errors
from tests.integration.door.kit import Person, person, stand, version
from tests.integration.door.scoping import (
    DESA,
    KABUPATEN_LAIN,
    KECAMATAN_LAIN,
    REGIONAL,
    TETANGGA,
    VILLAGES,
    Country,
)
from tests.support.world import World

# -- two villages -----------------------------------------------------------------------------------------------------


async def test_a_moving_family_is_seen_by_the_village_it_moves_to(world: World) -> None:
    (family,) = await world.households()
    origin = await person(world, "operator_desa", "asal")
    (case,) = await origin.opened("U01", [family], kind="PINDAH", destination=TETANGGA)

    async def sees(region: int) -> bool:
        who = await person(world, "operator_desa", f"desa {region}", region=region)
        async with acting(world.api, who.session) as conn:
            return bool(await fetch_value(conn, "SELECT count(*) FROM position WHERE case_id = %s", (case,)))

    assert {name: await sees(region) for name, region in VILLAGES.items()} == {
        "desa": True,
        "tetangga": True,
        "kecamatan_lain": False,
        "kabupaten_lain": False,
        "provinsi_lain": False,
        "provinsi_pertama": False,
    }


async def test_each_village_takes_only_its_own_steps_of_a_move(world: World) -> None:
    families = await world.households(2)
    origin = await person(world, "operator_desa", "asal")
    destination = await person(world, "operator_desa", "tujuan", region=TETANGGA)
    stranger = await person(world, "operator_desa", "lain", region=KECAMATAN_LAIN)
    waiting, matched = await origin.opened("U01", families, kind="PINDAH", destination=TETANGGA)
    system = await person(world, "sistem")
    for rule, who in (("U02", origin), ("U05", system)):
        assert all(o.done for o in await who.fire(rule, [waiting, matched]))
    assert await origin.one("U60", waiting) == "dipindah"
    # The village of origin neither accepts nor refuses for the other; the other does not act at the origin.
    assert await origin.one("U61", waiting) == "wilayah"
    assert await (await person(world, "kades", "kades asal")).one("U62", waiting) == "wilayah"
    assert await destination.one("U60", matched) == "wilayah"
    assert await stranger.one("U61", waiting) == "tidak_ditemukan"
    assert await destination.one("U61", waiting) == "dipindah"


# -- sessions that are over -------------------------------------------------------------------------------------------


LAPSES = {
    "the session is revoked": "UPDATE session SET revoked_at = now() WHERE id = %(session)s",
    "the session expired": "UPDATE session SET expires_at = now() - interval '1 second' WHERE id = %(session)s",
    "the assignment ended": "UPDATE assignment SET valid_to = alur_now() WHERE user_id = %(user)s",
    "the assignment begins tomorrow": "UPDATE assignment SET valid_from = alur_now() + interval '1 day' "
    "WHERE user_id = %(user)s",
    "the person left": "UPDATE account_user SET active = false WHERE id = %(user)s",
    "the session is unknown": "DELETE FROM session WHERE id = %(session)s",
}


async def turned_away(who: Person, case: int, family: int) -> list[bool]:
    """Try everything one may do with a session; return whether each was refused for the session's sake."""

    async def read() -> Any:
        async with acting(who.conn, who.session) as conn:
            return await fetch_value(conn, "SELECT count(*) FROM case_")

    async def decide() -> Any:
        with domain_errors():
            return await who.conn.execute(
                "SELECT * FROM approval_decide(%s, 1, 'setuju', NULL, NULL, '{}', '[]')", (who.session,)
            )

    attempts: tuple[Callable[[], Awaitable[Any]], ...] = (
        lambda: who.fire("U02", [case]),
        lambda: who.open("U01", [family]),
        lambda: write_facts(who.conn, who.session, [CaseFact(case, "ktp", {})]),
        read,
        decide,
    )
    answers = []
    for attempt in attempts:
        try:
            await attempt()
        except SessionUnknown:
            answers.append(True)
        except ApprovalNotFound:
            answers.append(False)
        else:
            answers.append(False)
    return answers


async def test_whoever_no_longer_works_here_is_turned_away(world: World) -> None:
    for lapse, statement in LAPSES.items():
        cases = await stand(world, "U01", count=2)
        families = await world.households(2)
        operator = await person(world, "operator_desa", lapse)
        assert await turned_away(operator, cases[0], families[0]) == [False] * 5
        await world.admin.execute(statement, {"session": operator.session, "user": operator.user})
        assert await turned_away(operator, cases[1], families[1]) == [True] * 5, lapse
        assert await version(world, cases[1]) == 1


async def test_an_assignment_lapses_by_the_clock_of_the_house(world: World) -> None:
    (case,) = await stand(world, "U01")
    operator = await person(world, "operator_desa")
    await world.admin.execute(
        "UPDATE assignment SET valid_to = alur_now() + interval '2 days' WHERE user_id = %s", (operator.user,)
    )
    await world.travel(timedelta(days=1))
    assert await operator.one("U02", case) == "dipindah"
    await world.travel(timedelta(days=2))
    with pytest.raises(SessionUnknown):
        await operator.fire("U03", [case])


async def test_a_flows_session_sees_the_region_of_its_batch(country: Country) -> None:
    world = country.world
    system = await person(world, "sistem")
    batch = await fetch_value(
        world.worker,
        "SELECT batch_open(%s, 'pengesahan', 3204000000, 3204000000, 3204999999, NULL, 202601, 'Pengesahan')",
        (system.session,),
    )
    bound = await world.system(batch)
    async with acting(world.worker, bound) as conn:
        seen = await (await conn.execute("SELECT id FROM case_")).fetchall()
    kabupaten = {country.cases[village] for village in REGIONAL["verifikator_kab"]}
    assert {row["id"] for row in seen} == kabupaten
    answers = await move(
        world.worker, bound, "usulan.cek_padan", list(country.cases.values()), facts={"balasan_dukcapil": {}}
    )
    assert {o.case_id for o in answers if o.done} == kabupaten
    assert {o.outcome for o in answers if not o.done} == {"tidak_ditemukan"}


async def test_the_register_takes_no_family_outside_ones_region(world: World) -> None:
    operator = await person(world, "operator_desa")
    family = {"no_kk": "3205010101010001", "alamat": "Jl. Jauh", "rt": "1", "rw": "1", "kepala": "Ani"}
    saved = await (
        await world.api.execute(
            "SELECT household_id FROM register_save(%s, %s, 'uji')",
            (operator.session, Jsonb([family | {"region": DESA}, family | {"region": KABUPATEN_LAIN}])),
        )
    ).fetchall()
    assert [row["household_id"] is not None for row in saved] == [True, False]
