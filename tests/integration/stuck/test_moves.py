"""A family that moves: its proposal waits for the village of destination, whose people are told and hold it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from models.case import queries as cases
from models.database import acting
from models.notice.commands import tell_weekly
from models.stuck.queries import of_case
from models.tally import queries as tally
from models.tally.commands import read_on
from notifications.kinds import compose
from state_machines import MACHINES
from tests.integration.door.kit import Person, person
from tests.integration.notice.kit import hear, notices, settled
from tests.integration.stuck.kit import look, told
from tests.support.world import DESA, DESA_JAUH, DESA_LAIN, World


@dataclass
class Moving:
    """A proposal that waits, and the people of both villages."""

    world: World
    origin: Person
    case: int
    there: Person
    head: Person

    async def desk(self, who: Person, region: int) -> list[tuple[str, int, int]]:
        """Return what waits for somebody of a village: state, how many, how many late."""
        async with acting(who.conn, who.session):
            found = await tally.desk(who.conn, who.role, (region, region), None)
        return [(row["state"], row["n"], row["late"]) for row in found]

    async def told(self, who: Person) -> list[dict[str, Any]]:
        await hear(self.world)
        return await notices(self.world, who.user)


async def waiting(world: World, to: int) -> Moving:
    (family,) = await world.households()
    origin = await person(world, "operator_desa", "asal")
    there = await person(world, "operator_desa", "tujuan", region=to)
    head = await person(world, "kades", "kades tujuan", region=to)
    (case,) = await origin.opened("U01", [family], kind="PINDAH", destination=to)
    for who, rule in ((origin, "U02"), (await person(world, "sistem"), "U05"), (origin, "U60")):
        assert await who.one(rule, case) == "dipindah"
    return Moving(world, origin, case, there, head)


@pytest.fixture(params=[DESA_LAIN, DESA_JAUH], ids=["nearby", "another province"])
async def moving(world: World, request: pytest.FixtureRequest) -> Moving:
    return await waiting(world, request.param)


async def test_the_village_of_destination_is_told_that_a_family_waits_to_be_accepted(moving: Moving) -> None:
    for who in (moving.there, moving.head):
        [row] = await moving.told(who)
        assert (row["kind"], row["case_id"], row["urgent"]) == ("pindah_masuk", moving.case, True)
        assert row["data"]["link"] == f"/kasus/{moving.case}"
        assert "terima atau tolak paling lambat" in compose(row["kind"], row["data"], "id").text
    assert "pindah_masuk" not in {row["kind"] for row in await moving.told(moving.origin)}


async def test_the_proposer_hears_whose_turn_it_is(world: World) -> None:
    moving = await waiting(world, DESA_LAIN)
    assert await moving.there.one("U62", moving.case) == "dipindah"
    assert await moving.origin.one("U60", moving.case) == "dipindah"
    rows = [row for row in await moving.told(moving.origin) if row["kind"] == "langkah"]
    assert [row["data"]["state"] for row in rows] == ["padan", "padan"]
    data = next(row["data"] for row in await moving.told(moving.there) if row["kind"] == "pindah_masuk")
    assert "Berikutnya: operator desa tujuan" in compose("langkah", data, "id").text


async def test_several_families_lead_to_the_queue_in_which_they_are_seen(world: World) -> None:
    families = await world.households(2)
    origin = await person(world, "operator_desa", "asal")
    there = await person(world, "operator_desa", "tujuan", region=DESA_LAIN)
    moved = await origin.opened("U01", families, kind="PINDAH", destination=DESA_LAIN)
    for who, rule in ((origin, "U02"), (await person(world, "sistem"), "U05"), (origin, "U60")):
        assert all(one.done for one in await who.fire(rule, moved))
    await hear(world)
    [row] = await notices(world, there.user)
    assert row["data"]["link"] == "/antrean?mesin=usulan&status=menunggu_terima"
    async with acting(there.conn, there.session):
        listed = await cases.list_due(there.conn, cases.Filter(machine="usulan", states=("menunggu_terima",)))
    assert sorted(one["id"] for one in listed) == moved


async def test_it_waits_at_the_desk_of_destination_and_not_at_the_one_it_left(moving: Moving) -> None:
    world, to = moving.world, await held(moving)
    for _ in range(2):  # the first look counts everything
        await settled(world.admin)
        await read_on(world.worker, await world.system())
    assert await moving.desk(moving.there, to) == [("menunggu_terima", 1, 0)]
    assert await moving.desk(moving.origin, DESA) == []
    for who, away in ((moving.there, set()), (moving.origin, {moving.case})):
        async with acting(who.conn, who.session):
            assert await cases.given_away(who.conn, [moving.case]) == away
    await world.travel(timedelta(days=15))
    assert await moving.desk(moving.there, to) == [("menunggu_terima", 1, 1)]


async def held(moving: Moving) -> int:
    async with acting(moving.there.conn, moving.there.session):
        [row] = await (
            await moving.there.conn.execute(
                "SELECT held_at(p.case_id, p.state, p.region) AS region FROM position p WHERE p.case_id = %s",
                (moving.case,),
            )
        ).fetchall()
    return int(row["region"])


async def test_its_holders_are_those_of_destination_and_they_are_reminded(moving: Moving) -> None:
    world = moving.world
    await world.travel(timedelta(days=13, hours=1))
    await look(world, digests=True)
    reminded = {who for who, _ in await told(world, "macet_ringkasan")}
    assert reminded == {"tujuan"}
    async with acting(moving.there.conn, moving.there.session):
        row = await of_case(moving.there.conn, moving.case)
    assert row is not None
    assert [(one["id"], one["able"]) for one in row["holders"]] == [(moving.there.user, True)]


async def test_a_village_without_people_is_its_own_kabupatens_to_mend(moving: Moving) -> None:
    world, to = moving.world, await held(moving)
    for name, region in (("admin asal", DESA), ("admin tujuan", to)):
        await person(world, "admin_kab", name, region=region)
    await world.admin.execute(
        "UPDATE assignment SET valid_to = alur_now() WHERE user_id = ANY (%s)", ([moving.there.user, moving.head.user],)
    )
    await look(world)
    shared = {"admin asal"} if to == DESA_LAIN else set()  # both villages lie in his kabupaten
    assert {who for who, _ in await told(world, "macet_segera")} == {"admin tujuan"} | shared


async def test_a_week_counts_it_where_it_waits(world: World) -> None:
    moving = await waiting(world, DESA_LAIN)
    await world.travel(timedelta(days=8))
    await tell_weekly(world.worker, await world.system())
    weeks = [
        sum(row["data"]["count"] for row in await notices(world, who.user) if row["kind"] == "mingguan")
        for who in (moving.origin, moving.there)
    ]
    assert weeks == [0, 1]


def test_a_move_is_the_only_proposal_that_is_handed_on() -> None:
    """Who is told of another such state, and at whose desk it waits, has to be looked at here."""
    handed = {
        (machine.name, source)
        for machine in MACHINES
        for rule in machine.rules
        if rule.guard.place == "tujuan"
        for source in rule.sources
    }
    assert handed == {("usulan", "menunggu_terima")}
