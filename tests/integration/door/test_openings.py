"""Openings, and what villages and policy change about a move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from models.case.commands import CaseFact
from models.database import fetch_value
from models.errors import WordUnknown
from models.policy.seeds import versions
from tests.integration.door.guarded import PADAN
from tests.integration.door.kit import (
    person,
    stand,
    told,
    values,
)
from tests.support.world import DESA_LAIN, World

# -- villages ---------------------------------------------------------------------------------------------------------


NEWEST = len(versions())
"""The policy in force in a new database: the latest of those it starts with."""


async def test_whoever_sent_a_family_does_not_receive_it(world: World) -> None:
    """One person with an assignment in both villages: the four eyes follow the person, the village the assignment."""
    (family,) = await world.households()
    at_origin = await person(world, "operator_desa", "budi")
    (case,) = await at_origin.opened("U01", [family], kind="PINDAH", destination=DESA_LAIN)
    assert await at_origin.one("U02", case) == "dipindah"
    assert await (await person(world, "sistem")).one("U05", case) == "dipindah"
    assert await at_origin.one("U60", case) == "dipindah"
    at_destination = await person(world, "operator_desa", "budi", region=DESA_LAIN)
    assert await at_origin.one("U61", case) == "wilayah"
    assert await at_destination.one("U61", case) == "empat_mata"
    assert await (await person(world, "kades", region=DESA_LAIN)).one("U61", case) == "dipindah"


# -- policy -----------------------------------------------------------------------------------------------------------


async def acts_of(world: World, cases: Sequence[int]) -> list[int]:
    """Return the policy version of each act that moved these cases, in order."""
    return await values(
        world,
        "SELECT a.policy_version FROM transition t JOIN act a ON a.id = t.act WHERE t.case_id = ANY (%s) ORDER BY a.id",
        (list(cases),),
    )


async def test_an_act_keeps_the_policy_version_it_was_judged_under(world: World) -> None:
    operator, system = await person(world, "operator_desa"), await person(world, "sistem")
    families = await world.households(2)
    (case,) = await operator.opened("U01", families[:1])
    assert await operator.one("U02", case) == "dipindah"
    # Decreed today, in force from the day after tomorrow.
    await world.admin.execute(
        "INSERT INTO policy_version (id, valid_from, decree, note, recorded_at) "
        "VALUES (%s, alur_now() + interval '2 days', 'Keputusan baru', '', now())",
        (NEWEST + 1,),
    )
    assert await system.one("U05", case) == "dipindah"
    await world.travel(timedelta(days=3))
    assert await (await person(world, "kades")).one("U11", case) == "dipindah"
    assert await acts_of(world, [case]) == [NEWEST, NEWEST, NEWEST, NEWEST + 1]
    (other,) = await operator.opened("U01", families[1:])
    assert await acts_of(world, [other]) == [NEWEST + 1]


async def test_a_case_is_judged_by_the_policy_in_force_when_it_is_asked(world: World) -> None:
    case, other = await stand(world, PADAN, count=2, kind="NONAKTIF")
    kades = await person(world, "kades")
    operator = await person(world, "operator_desa")
    assert await operator.one("U59", case) == "langkah"
    await world.admin.execute(
        "WITH made AS (INSERT INTO policy_version (id, valid_from, decree, note, recorded_at) "
        "VALUES (%s, alur_now() + interval '1 day', 'Keputusan baru', '', now()) RETURNING id) "
        "INSERT INTO policy (key, version, value) SELECT 'langkah.NONAKTIF', id, '2' FROM made",
        (NEWEST + 1,),
    )
    assert await kades.one("U11", other) == "dipindah"
    assert await operator.one("U59", case) == "langkah"
    await world.travel(timedelta(days=2))
    assert await operator.one("U59", case) == "dipindah"
    assert await acts_of(world, [case, other]) == [1] * 6 + [NEWEST, NEWEST + 1]


# -- opening ----------------------------------------------------------------------------------------------------------


async def test_a_family_has_one_live_proposal_of_a_kind(world: World) -> None:
    (family,) = await world.households()
    operator = await person(world, "operator_desa")
    told_by = [told((await operator.open("U01", [family], kind=kind))[0]) for kind in ("BARU", "BARU", "PEMBARUAN")]
    assert told_by == ["dibuka", "sudah_ada", "dibuka"]


async def test_naming_a_programme_makes_no_second_proposal_of_a_kind(world: World) -> None:
    (family,) = await world.households()
    operator = await person(world, "operator_desa")
    await operator.opened("U01", [family], kind="BARU")
    with pytest.raises(WordUnknown, match="BARU PKH"):
        await operator.open("U01", [family], kind="BARU", programme="PKH")
    assert await fetch_value(world.admin, "SELECT count(*) FROM case_") == 1


async def test_a_proposal_without_a_kind_is_not_opened(world: World) -> None:
    """It would skip every step that only some kinds take."""
    (family,) = await world.households()
    operator = await person(world, "operator_desa")
    try:
        opened = await operator.open("U01", [family], kind=None)
    except WordUnknown:
        opened = []
    assert [o.outcome for o in opened if o.done] == []


async def test_an_opening_without_its_evidence_opens_nothing(world: World) -> None:
    families = await world.households(2)
    operator = await person(world, "operator_desa")
    outcomes = await operator.open("U01", families, facts={"ktp": 1, "kk": 1, "variabel": 1})
    assert [told(o) for o in outcomes] == ["bukti_kurang", "bukti_kurang"]
    facts = [CaseFact(1, "foto_rumah_geotag", {"lat": -7})]
    outcomes = await operator.open("U01", families, facts={"ktp": 1, "kk": 1, "variabel": 1}, family_facts=facts)
    assert [told(o) for o in outcomes] == ["dibuka", "bukti_kurang"]
    assert await fetch_value(world.admin, "SELECT count(*) FROM case_") == 1
