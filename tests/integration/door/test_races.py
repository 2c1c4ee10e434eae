"""Many at once: nothing lost, nothing doubled, nothing overbooked, and an outcome for everything asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import chain

import psycopg
import pytest

from models.case.commands import CaseFact
from models.case.outcomes import Outcome
from models.database import Conn, connect, fetch_value
from models.errors import ApprovalClosed
from tests.integration.door.board import make_families, open_window
from tests.integration.door.kit import (
    RULES,
    RUPIAH,
    Person,
    decide,
    execute,
    gate,
    person,
    replayed,
    rows,
    stand,
    told,
    values,
)
from tests.integration.door.sessions import APPROVAL, POSITIONS, all_at_once, dice, held, meet, sessions, until_waiting
from tests.support.world import DESA_LAIN, World

SIAP_SAH = "U01 U02 U05 U11 U15 U19 U22"


def answers_of(outcomes: list[list[Outcome]]) -> dict[int, list[str]]:
    """Return case -> what each call was told about it."""
    found: dict[int, list[str]] = {}
    for outcome in chain.from_iterable(outcomes):
        found.setdefault(outcome.case_id or 0, []).append(told(outcome))
    return found


async def moves_of(world: World, rule: str) -> Counter[int]:
    """Return how often each case was moved by a rule, from the log."""
    return Counter(
        await values(world, "SELECT t.case_id FROM transition t JOIN rule r ON r.code = t.rule AND r.id = %s", (rule,))
    )


# -- the same cases ------------------------------------------------------------------------------------------------


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


# -- openings ------------------------------------------------------------------------------------------------------


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


# -- seats, budget, monthly quota ----------------------------------------------------------------------------------


async def seats(world: World) -> int | None:
    value: int | None = await fetch_value(world.admin, "SELECT used FROM counter WHERE kind = 2")
    return value


async def test_seats_are_never_overbooked_by_many_sessions(world: World) -> None:
    await world.policy({"kuota.program.PKH@3204": 17})
    cases = await stand(world, "K01", count=60)
    system = await person(world, "sistem")
    async with sessions(world, 12) as conns:
        outcomes = await all_at_once(
            system.fire("K06", cases[5 * n : 5 * n + 5], conn=conn) for n, conn in enumerate(conns)
        )
    told_by = Counter(told(o) for o in chain.from_iterable(outcomes))
    assert told_by == {"dipindah": 17, "kuota_penuh": 43}
    assert await seats(world) == 17
    assert await replayed(world) == []


async def test_seats_are_given_in_the_order_of_the_list(world: World) -> None:
    await world.policy({"kuota.program.PKH@3204": 3})
    cases = await stand(world, "K01", count=8)
    ranked = dice(3).sample(cases, 8)
    outcomes = await (await person(world, "sistem")).fire("K06", ranked)
    assert [told(o) for o in outcomes] == ["dipindah"] * 3 + ["kuota_penuh"] * 5
    assert [o.case_id for o in outcomes] == ranked


async def test_a_case_that_may_not_have_a_seat_keeps_none_from_the_next(world: World) -> None:
    """Seats are dealt among those who pass everything else, however they are mixed with those who do not."""
    await world.policy({"kuota.program.PKH@3204": 2})
    waiting = await stand(world, "K01", count=3)
    elsewhere = await stand(world, "K01 K04", count=2)
    order = [elsewhere[0], waiting[0], 999_999, elsewhere[1], waiting[1], waiting[2]]
    outcomes = await (await person(world, "sistem")).fire("K06", order)
    assert [told(o) for o in outcomes] == [
        *("tidak_terbuka", "dipindah", "tidak_ditemukan", "tidak_terbuka", "dipindah", "kuota_penuh")
    ]


async def test_a_case_named_twice_takes_one_seat(world: World) -> None:
    await world.policy({"kuota.program.PKH@3204": 2})
    first, second = await stand(world, "K01", count=2)
    outcomes = await (await person(world, "sistem")).fire("K06", [first, first, second])
    assert [told(o) for o in outcomes] == ["dipindah"] * 3
    assert await seats(world) == 2
    assert await replayed(world) == []


async def test_a_seat_of_another_kabupaten_is_another_seat(world: World) -> None:
    await world.policy({"kuota.program.PKH@3204": 1, "kuota.program.PKH@5171": 2})
    bandung, denpasar = await stand(world, "K01", count=3), await stand(world, "K01", count=3, region=5171010001)
    outcomes = await (await person(world, "sistem")).fire("K06", [*bandung, *denpasar])
    assert [o.done for o in outcomes] == [True, False, False, True, True, False]


@pytest.mark.parametrize("rule", ["K08", "K12", "K17"])
async def test_a_seat_is_given_back_on_the_way_out(world: World, rule: str) -> None:
    await world.policy({"kuota.program.PKH@3204": 1})
    source = RULES[rule].sources[-1]
    (seated,) = await stand(world, {"menunggu_sk": "K01 K06", "calon_penerima": "K01 K06 K07"}[source])
    (waiting,) = await stand(world, "K01")
    system = await person(world, "sistem")
    assert await system.one("K06", waiting) == "kuota_penuh"
    leaver = await person(world, RULES[rule].by[0])
    assert await leaver.one(rule, seated) == "dipindah"
    assert await system.one("K06", waiting) == "dipindah"
    assert await seats(world) == 1
    assert await replayed(world) == []


async def test_seats_given_back_and_taken_at_once_never_exceed_the_quota(world: World) -> None:
    await world.policy({"kuota.program.PKH@3204": 10})
    seated = await stand(world, "K01 K06", count=10)
    waiting = await stand(world, "K01", count=30)
    system = await person(world, "sistem")
    async with sessions(world, 8) as conns:
        outcomes = await all_at_once(
            [
                *(system.fire("K17", seated[3 * n : 3 * n + 2], conn=conn) for n, conn in enumerate(conns[:3])),
                *(system.fire("K06", waiting[6 * n : 6 * n + 6], conn=conn) for n, conn in enumerate(conns[3:])),
            ]
        )
    left = sum(o.done for o in chain.from_iterable(outcomes[:3]))
    came = sum(o.done for o in chain.from_iterable(outcomes[3:]))
    assert left == 6
    assert came <= 6
    assert await seats(world) == 10 - left + came
    assert {told(o) for o in chain.from_iterable(outcomes[3:])} <= {"dipindah", "kuota_penuh"}
    # Whoever came too early is seated on the next call, and then the house is full.
    rest = await system.fire("K06", [o.case_id or 0 for o in chain.from_iterable(outcomes[3:]) if not o.done])
    assert sum(o.done for o in rest) == 6 - came
    assert await seats(world) == 10
    assert await replayed(world) == []


async def budget(world: World) -> int:
    value: int = await fetch_value(world.admin, "SELECT used FROM counter WHERE kind = 3")
    return value


async def test_the_budget_is_never_overbooked_by_parallel_closings(world: World) -> None:
    await world.policy({"pagu.PKH.2026": 13 * RUPIAH + RUPIAH // 2})
    cases = await stand(world, "P01", count=40)
    kpa = await person(world, "kpa")
    async with sessions(world, 8, "alur_api") as conns:
        outcomes = await all_at_once(
            kpa.fire("P03", cases[5 * n : 5 * n + 5], conn=conn) for n, conn in enumerate(conns)
        )
    assert Counter(told(o) for o in chain.from_iterable(outcomes)) == {"dipindah": 13, "pagu_habis": 27}
    assert await budget(world) == 13 * RUPIAH
    assert await fetch_value(world.admin, "SELECT sum(rupiah)::bigint FROM nominal") == 13 * RUPIAH
    assert await replayed(world) == []


async def test_the_budget_serves_the_order_of_the_list(world: World) -> None:
    await world.policy({"pagu.PKH.2026": 1_000_000})
    cases = await stand(world, "P01", count=4)
    order = [cases[2], cases[0], cases[3], cases[1]]
    amounts = (600_000, 400_000, 1, 1)
    facts = [CaseFact(case, "nominal_per_komponen", {"rupiah": n}) for case, n in zip(order, amounts, strict=True)]
    outcomes = await (await person(world, "kpa")).fire("P03", order, case_facts=facts)
    assert [told(o) for o in outcomes] == ["dipindah", "dipindah", "pagu_habis", "pagu_habis"]
    assert await budget(world) == 1_000_000


async def test_a_case_named_twice_takes_its_amount_once(world: World) -> None:
    (case,) = await stand(world, "P01")
    outcomes = await (await person(world, "kpa")).fire("P03", [case, case])
    assert [told(o) for o in outcomes] == ["dipindah", "dipindah"]
    assert await budget(world) == RUPIAH
    assert await replayed(world) == []


@pytest.mark.parametrize("path", ["P01 P03", "P01 P03 P02"], ids=["hangus", "keluar"])
async def test_money_that_lapses_goes_back_to_the_budget(world: World, path: str) -> None:
    await world.policy({"pagu.PKH.2026": RUPIAH})
    (closed,) = await stand(world, path)
    (waiting,) = await stand(world, "P01")
    kpa, system = await person(world, "kpa"), await person(world, "sistem")
    assert await kpa.one("P03", waiting) == "pagu_habis"
    assert await system.one("P05" if path.endswith("P02") else "P72", closed) == "dipindah"
    assert await kpa.one("P03", waiting) == "dipindah"
    assert await budget(world) == RUPIAH
    assert await replayed(world) == []


async def test_a_payment_closed_again_takes_only_the_difference(world: World) -> None:
    await world.policy({"pagu.PKH.2026": RUPIAH + 1000})
    (case,) = await stand(world, "P01 P03 P02 P46")
    kpa = await person(world, "kpa")
    for amount, expected in ((RUPIAH + 1001, "pagu_habis"), (RUPIAH + 1000, "dipindah")):
        facts = [CaseFact(case, "nominal_per_komponen", {"rupiah": amount})]
        assert await kpa.one("P24", case, case_facts=facts) == expected
    assert await budget(world) == RUPIAH + 1000
    assert await replayed(world) == []


async def test_the_monthly_quota_of_a_village_is_never_overbooked(world: World) -> None:
    await open_window(world)
    await world.policy({"kuota.usulan": 5})
    final = "U01 U02 U05 U11"
    here, there = await stand(world, final, count=12), await stand(world, final, count=12, region=DESA_LAIN)
    filler = await person(world, "pengisi_data_kab")
    mixed = dice(5).sample([*here, *there], 24)
    async with sessions(world, 6, "alur_api") as conns:
        outcomes = await all_at_once(
            filler.fire("U15", mixed[4 * n : 4 * n + 4], conn=conn) for n, conn in enumerate(conns)
        )
    answers = answers_of(outcomes)
    for village in (here, there):
        assert Counter(answers[case][0] for case in village) == {"dipindah": 5, "kuota_penuh": 7}
    # The next month is another quota.
    now = await world.now()
    month = now.replace(year=now.year + now.month // 12, month=now.month % 12 + 1, day=2)
    await world.travel(month)
    left = [case for case in here if answers[case] == ["kuota_penuh"]]
    assert [told(o) for o in await filler.fire("U15", left)] == ["dipindah"] * 5 + ["kuota_penuh"] * 2
    used = await values(world, "SELECT used FROM counter WHERE kind = 1 ORDER BY period, key")
    assert used == [5, 5, 5]


# -- a session that dies -------------------------------------------------------------------------------------------


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


# -- gates ---------------------------------------------------------------------------------------------------------


async def heads(world: World) -> tuple[Person, Person]:
    return await person(world, "kepala_dinas", "ani"), await person(world, "kepala_dinas", "budi")


async def test_of_two_deciders_at_once_the_first_decides_and_the_second_is_told(world: World) -> None:
    cases = await stand(world, SIAP_SAH, count=2)
    approval = await gate(world, "kepala_dinas", "U30 U31", cases)

    async def click(conn: Conn, who: Person) -> str:
        try:
            return await decide(who, approval, known={"surat_pengesahan": 1}, conn=conn)
        except ApprovalClosed:
            return "sudah"

    async with sessions(world, 2, "alur_api") as conns:
        answers = await meet(
            world,
            (APPROVAL, [approval]),
            [(conn, click(conn, who)) for conn, who in zip(conns, await heads(world), strict=True)],
        )
    assert sorted(answers) == ["disetujui", "sudah"]
    assert await fetch_value(world.admin, "SELECT count(*) FROM decision") == 1


async def test_where_two_must_decide_two_at_once_are_two(world: World) -> None:
    cases = await stand(world, SIAP_SAH, count=2)
    approval = await gate(world, "kepala_dinas", "U30 U31", cases, people=2)
    async with sessions(world, 2, "alur_api") as conns:
        answers = await meet(
            world,
            (APPROVAL, [approval]),
            [
                (conn, decide(who, approval, known={"surat_pengesahan": 1}, conn=conn))
                for conn, who in zip(conns, await heads(world), strict=True)
            ],
        )
    assert sorted(answers) == ["disetujui", "terbuka"]
    assert await execute(world, approval) == dict.fromkeys(cases, "dipindah")


async def test_one_person_deciding_twice_at_once_is_one(world: World) -> None:
    cases = await stand(world, SIAP_SAH)
    approval = await gate(world, "kepala_dinas", "U30 U31", cases, people=2)
    head, _ = await heads(world)

    async def click(conn: Conn) -> str:
        try:
            return await decide(head, approval, known={"surat_pengesahan": 1}, conn=conn)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is compared below
            return type(error).__name__

    async with sessions(world, 2, "alur_api") as conns:
        answers = await meet(world, (APPROVAL, [approval]), [(conn, click(conn)) for conn in conns])
    assert sorted(answers) == ["AnotherPersonNeeded", "terbuka"]


async def test_a_gate_carried_out_by_two_sessions_at_once_moves_its_cases_once(world: World) -> None:
    cases = await stand(world, SIAP_SAH, count=5)
    approval = await gate(world, "kepala_dinas", "U30 U31", cases)
    head, _ = await heads(world)
    await decide(head, approval, known={"surat_pengesahan": 1})
    async with sessions(world, 2) as conns:
        answers = await meet(
            world, (APPROVAL, [approval]), [(conn, execute(world, approval, conn=conn)) for conn in conns]
        )
    assert sorted(answers, key=len) == [{}, dict.fromkeys(cases, "dipindah")]
    assert await moves_of(world, "U30") == dict.fromkeys(cases, 1)
    assert await execute(world, approval) == {}


async def test_the_second_click_of_two_at_once_finds_the_first(world: World) -> None:
    """Two persons who correct one case at the same moment never both wait for ever."""
    (gone,) = await stand(world, "K01 K06 K07 K17")
    people = [await person(world, "pusdatin", name) for name in ("ani", "budi")]
    async with sessions(world, 2, "alur_api") as conns:
        first = await all_at_once(who.one("K20", gone, conn=conn) for conn, who in zip(conns, people, strict=True))
    if "dipindah" not in first:  # neither saw the other's click: either one's next click does
        assert first == ["menunggu_orang_lain"] * 2
        assert await people[0].one("K20", gone) == "dipindah"
    assert await moves_of(world, "K20") == {gone: 1}
    assert await replayed(world) == []
