"""Sessions that meet at one case: each moves once, everybody is answered, nobody is locked out."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import chain

import psycopg
import pytest

from models.case.outcomes import Outcome
from models.database import Conn, connect, fetch_value
from tests.integration.door.board import make_families
from tests.integration.door.kit import (
    person,
    replayed,
    rows,
    stand,
    told,
    values,
)
from tests.integration.door.racing import answers_of, moves_of
from tests.integration.door.sessions import POSITIONS, all_at_once, dice, held, meet, sessions, until_waiting
from tests.support.world import World

# -- the same cases ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("versions", [None, [1]], ids=["any version", "the version seen"])
async def test_of_two_operators_on_one_case_one_moves_it_and_the_other_is_told(
    world: World, versions: list[int] | None
) -> None:
    (case,) = await stand(world, "U01")
    ani, budi = await person(world, "operator_desa", "ani"), await person(world, "operator_desa", "budi")
    async with sessions(world, 2, "alur_api") as conns:
        outcomes = await meet(
            world,
            (POSITIONS, [[case]]),
            [
                (conn, who.fire("U02", [case], versions=versions, conn=conn))
                for conn, who in zip(conns, (ani, budi), strict=True)
            ],
        )
    assert sorted(told(o) for (o,) in outcomes) == ["berubah", "dipindah"]
    winner = next(who for who, (o,) in zip((ani, budi), outcomes, strict=True) if o.done)
    log = await rows(world, "SELECT version, actor FROM transition WHERE case_id = %s AND version > 1", (case,))
    assert log == [{"version": 2, "actor": winner.user}]
    assert await values(world, "SELECT code FROM refusal WHERE case_id = %s", (case,)) == [2]


async def test_the_loser_of_a_race_is_told_where_the_case_stands_now(world: World) -> None:
    (case,) = await stand(world, "U01")
    operator = await person(world, "operator_desa")
    async with sessions(world, 2, "alur_api") as conns:
        outcomes = await meet(
            world, (POSITIONS, [[case]]), [(conn, operator.fire("U02", [case], conn=conn)) for conn in conns]
        )
    (loser,) = [o for (o,) in outcomes if not o.done]
    assert (loser.outcome, loser.state, loser.version) == ("berubah", "cek_data", 2)


async def test_a_locked_move_loses_to_the_first_as_well(world: World) -> None:
    """Moves that take a seat lock their cases first; the second finds the case gone on."""
    (case,) = await stand(world, "K01")
    system = await person(world, "sistem")
    async with sessions(world, 2) as conns:
        outcomes = await meet(
            world,
            (POSITIONS, [[case]]),
            [(conn, system.fire("K06", [case], versions=[1], conn=conn)) for conn in conns],
        )
    assert sorted(told(o) for (o,) in outcomes) == ["berubah", "dipindah"]
    assert await moves_of(world, "K06") == {case: 1}
    assert await replayed(world) == []


async def test_a_case_that_another_session_has_just_seated_keeps_no_seat_from_the_next(world: World) -> None:
    await world.policy({"kuota.program.PKH@3204": 2})
    first, second = await stand(world, "K01", count=2)
    system = await person(world, "sistem")
    async with sessions(world, 2) as (one, other):
        async with held(world, POSITIONS, [[first]]):
            alone = asyncio.ensure_future(system.fire("K06", [first], conn=one))
            await until_waiting(world, [one])
            together = asyncio.ensure_future(system.fire("K06", [first, second], conn=other))
            await until_waiting(world, [other])
        answers = [[told(o) for o in outcomes] for outcomes in (await alone, await together)]
    assert answers in (
        [["dipindah"], ["tidak_terbuka", "dipindah"]],
        [["tidak_terbuka"], ["dipindah", "dipindah"]],
    )
    assert await fetch_value(world.admin, "SELECT used FROM counter WHERE kind = 2") == 2


@pytest.mark.parametrize(("start", "rule"), [("U01", "U02"), ("K01", "K06")], ids=["unlocked", "locked"])
async def test_overlapping_sets_move_every_case_once_and_answer_for_every_id(
    world: World, start: str, rule: str
) -> None:
    cases = await stand(world, start, count=120)
    role = "operator_desa" if rule == "U02" else "sistem"
    people = [await person(world, role, f"{role} {n}") for n in range(6)]
    chance = dice(20260101)
    asked = [chance.sample(cases, 80) for _ in people]
    async with sessions(world, 6, "alur_worker" if role == "sistem" else "alur_api") as conns:
        outcomes = await all_at_once(
            who.fire(rule, part, conn=conn) for who, part, conn in zip(people, asked, conns, strict=True)
        )
    assert [[o.case_id for o in part] for part in outcomes] == asked
    answers = answers_of(outcomes)
    assert {case: words.count("dipindah") for case, words in answers.items()} == dict.fromkeys(answers, 1)
    assert set(chain.from_iterable(answers.values())) <= {"dipindah", "berubah", "tidak_terbuka"}
    assert await moves_of(world, rule) == dict.fromkeys(answers, 1)
    assert await replayed(world) == []


async def test_a_bulk_and_single_clicks_share_the_cases_between_them(world: World) -> None:
    cases = await stand(world, "U01", count=200)
    operator = await person(world, "operator_desa")
    order = dice(7).sample(cases, len(cases))

    async def one_by_one(conn: Conn, part: list[int]) -> list[Outcome]:
        return [(await operator.fire("U02", [case], conn=conn))[0] for case in part]

    async with sessions(world, 4, "alur_api") as conns:
        outcomes = await all_at_once(
            [
                operator.fire("U02", cases, conn=conns[0]),
                *(one_by_one(conn, order[n::3]) for n, conn in enumerate(conns[1:])),
            ]
        )
    answers = answers_of(outcomes)
    assert {case: len(words) for case, words in answers.items()} == dict.fromkeys(cases, 2)
    assert {case: words.count("dipindah") for case, words in answers.items()} == dict.fromkeys(cases, 1)
    assert await moves_of(world, "U02") == dict.fromkeys(cases, 1)
    assert await replayed(world) == []


MIXED = ("K04", "K05", "K06", "K09", "K10", "K12", "K13", "K15", "K17", "K18", "K19")


async def test_a_thousand_mixed_moves_of_eight_sessions_leave_a_whole_log(world: World) -> None:
    families = await world.households(60)
    system = await person(world, "sistem")
    await world.policy({"kuota.program.PKH@3204": 20})
    cases = await system.opened("K01", families)
    asked = Counter[int]()
    outcomes: list[Outcome] = []

    async def storm(conn: Conn, seed: int) -> None:
        chance = dice(seed)
        for _ in range(125):
            part = chance.sample(cases, chance.choice((1, 1, 1, 2, 3, 20)))
            versions = [chance.choice((None, None, None, 1, 2, 3, 4)) for _ in part]
            told_now = await system.fire(chance.choice(MIXED), part, versions=versions, conn=conn)
            assert [o.case_id for o in told_now] == part
            asked.update(part)
            outcomes.extend(told_now)

    async with sessions(world, 8) as conns:
        await all_at_once(storm(conn, seed) for seed, conn in enumerate(conns))

    # Without outcome: none. Lost or doubled: none.
    assert Counter(o.case_id for o in outcomes) == asked
    said = Counter((o.case_id, o.version, o.act, o.rule) for o in outcomes if o.done)
    logged = Counter(
        (row["case_id"], row["version"], row["act"], row["rule"])
        for row in await rows(
            world,
            "SELECT t.case_id, t.version, t.act, r.id AS rule FROM transition t JOIN rule r ON r.code = t.rule "
            "WHERE t.version > 1",
        )
    )
    assert said == logged
    assert max(said.values()) == 1
    assert len(said) > 300
    # Out of order: none. Every refusal but "not found" is on record once.
    assert (
        await rows(
            world,
            "SELECT * FROM ("
            "  SELECT t.case_id, t.version, a.at, lag(a.at) OVER w AS before, lag(t.version) OVER w AS last"
            "    FROM transition t JOIN act a ON a.id = t.act WINDOW w AS (PARTITION BY t.case_id ORDER BY t.version)"
            ") s WHERE at < before OR version <> COALESCE(last, 0) + 1",
        )
        == []
    )
    refused = Counter((o.act, o.case_id) for o in outcomes if not o.done)
    recorded = Counter((r["act"], r["case_id"]) for r in await rows(world, "SELECT act, case_id FROM refusal"))
    assert recorded == refused
    seats = await fetch_value(world.admin, "SELECT used FROM counter WHERE kind = 2")
    assert 0 < seats <= 20
    assert await replayed(world) == []


# -- openings ---------------------------------------------------------------------------------------------------------


async def test_of_a_hundred_thousand_openings_the_one_duplicate_is_refused(world: World) -> None:
    families = await make_families(world, 99_999)
    system = await person(world, "sistem")
    outcomes = await system.open("K01", [*families, families[54_321]])
    assert [o.ord for o in outcomes] == list(range(1, 100_001))
    refused = [o for o in outcomes if not o.done]
    assert [o.refusal for o in refused] == ["sudah_ada"]
    assert refused[0].ord in {54_322, 100_000}
    assert len({o.case_id for o in outcomes if o.done}) == 99_999
    assert await fetch_value(world.admin, "SELECT count(DISTINCT household_id) FROM case_") == 99_999
    assert await fetch_value(world.admin, "SELECT count(*) FROM claim") == 99_999
    assert await fetch_value(world.admin, "SELECT count(*) FROM transition") == 99_999


async def test_sessions_opening_for_the_same_families_at_once_open_one_case_each(world: World) -> None:
    families = await make_families(world, 600)
    system = await person(world, "sistem")
    chance = dice(11)
    orders = [families, families[::-1], chance.sample(families, 600), chance.sample(families, 600)]
    async with sessions(world, 4) as conns:
        outcomes = await all_at_once(
            system.open("K01", order, conn=conn) for conn, order in zip(conns, orders, strict=True)
        )
    told_by = Counter(
        (family, told(outcome))
        for order, part in zip(orders, outcomes, strict=True)
        for family, outcome in zip(order, part, strict=True)
    )
    assert told_by == Counter(
        {(family, word): n for family in families for word, n in (("dibuka", 1), ("sudah_ada", 3))}
    )
    assert await fetch_value(world.admin, "SELECT count(*) FROM case_") == 600
    assert await replayed(world) == []


# -- a session that dies ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "rule"), [("U01", "U02"), ("K01", "K06")], ids=["unlocked", "locked"])
async def test_a_session_killed_in_the_middle_of_a_bulk_leaves_nothing_half_done(
    world: World, start: str, rule: str
) -> None:
    """The last case of the set is held: whatever comes before it is done or locked when the session dies."""
    cases = await stand(world, start, count=400)
    who = await person(world, "operator_desa" if rule == "U02" else "sistem")
    tables = ("act", "transition", "fact", "act_fact", "refusal", "counter", "note", "position")

    async def stored() -> list[list[dict[str, object]]]:
        return [await rows(world, f"SELECT t.* FROM {table} t ORDER BY t::text") for table in tables]

    before = await stored()
    role = "alur_api" if rule == "U02" else "alur_worker"
    async with sessions(world, 1, role) as (victim,), held(world, POSITIONS, [cases[-1:]]):
        dying = asyncio.ensure_future(who.fire(rule, cases, note="dicatat", conn=victim))
        await until_waiting(world, [victim])
        await world.admin.execute("SELECT pg_terminate_backend(%s, 10000)", (victim.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            await dying
    assert await stored() == before
    assert {told(o) for o in await who.fire(rule, cases)} == {"dipindah"}
    assert await moves_of(world, rule) == dict.fromkeys(cases, 1)
    assert await replayed(world) == []


async def test_a_move_that_a_deadlock_ended_is_made_again_and_nobody_hears_of_it(world: World) -> None:
    first, second = await stand(world, "K01", count=2)
    system = await person(world, "sistem")
    async with sessions(world, 1) as (mover,), await connect(world.admin_dsn) as rival:
        await rival.execute("SET deadlock_timeout = '1h'")  # so that it is the mover whom PostgreSQL ends
        async with rival.transaction():
            await rival.execute(POSITIONS, [[second]])
            moving = asyncio.ensure_future(system.fire("K06", [first, second], conn=mover))
            await until_waiting(world, [mover])
            before = await deadlocks(world)
            await rival.execute(POSITIONS, [[first]])
        assert [told(o) for o in await moving] == ["dipindah", "dipindah"]
        await mover.execute("SELECT pg_stat_force_next_flush()")
        assert await deadlocks(world) == before + 1
    assert await replayed(world) == []


async def deadlocks(world: World) -> int:
    """Return how many deadlocks PostgreSQL has ended in this database."""
    value: int = await fetch_value(
        world.admin, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    return value
