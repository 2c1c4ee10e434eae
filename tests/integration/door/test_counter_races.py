"""Seats, budget and monthly quota under parallel sessions: never overbooked, served in the order given."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import pytest

from models.case.commands import CaseFact
from models.database import fetch_value
from tests.integration.door.board import open_window
from tests.integration.door.kit import (
    RULES,
    RUPIAH,
    person,
    replayed,
    stand,
    told,
    values,
)
from tests.integration.door.racing import answers_of, seats
from tests.integration.door.sessions import all_at_once, dice, sessions
from tests.support.world import DESA_LAIN, World


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
