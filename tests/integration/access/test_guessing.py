"""Guessing is slowed where it happens; the account is locked nowhere."""

from __future__ import annotations

import asyncio

import pytest

from models.user.commands import Scope
from tests.integration.access.kit import ELSEWHERE, HOME, PASSWORD, Access, Person, bearer, running, show, sign_in
from tests.integration.api.kit import done, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

DESA = Scope(region=3204052001)
FREE = 4
"""Failures that cost no pause (masuk.jeda.tempat.bebas)."""


def over(access: Access) -> None:
    """Let the pauses of now be over, and forget no failure."""
    access.owner.execute("UPDATE signin_throttle SET next_at = clock_timestamp()")


async def guess(access: Access, person: Person, n: int, address: str = ELSEWHERE) -> list[int]:
    async with access.client(address) as http:
        return [(await show(http, person, f"tebakan nomor {k}")).status_code for k in range(n)]


async def test_asvs_6_3_1_guesses_are_slowed_ever_more_and_told_how_long(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    assert await guess(access, person, FREE + 1) == [401] * (FREE + 1)
    pauses = []
    async with access.client(ELSEWHERE) as http:
        for _ in range(4):
            answer = await show(http, person, "lagi")
            told = problem(answer, 429, "terlalu_sering")
            pauses.append(int(answer.headers["Retry-After"]))
            assert str(pauses[-1]) in told["detail"]
            over(access)
            assert (await show(http, person, "lagi")).status_code == 401
    assert pauses == [2, 4, 8, 16]
    assert ("gagal", "ditahan") in access.events(person.user)


async def test_the_pause_has_an_end_and_is_never_longer_than_policy_says(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    await guess(access, person, FREE + 1)
    access.owner.execute("UPDATE signin_throttle SET fails = 5000, next_at = clock_timestamp()")
    await guess(access, person, 1)
    async with access.client(ELSEWHERE) as http:
        answer = await show(http, person)
        problem(answer, 429)
        assert 895 <= int(answer.headers["Retry-After"]) <= 900


async def test_failures_are_forgotten_after_a_day(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    await guess(access, person, FREE + 2)
    access.owner.execute("UPDATE signin_throttle SET last_at = last_at - interval '1 day', next_at = clock_timestamp()")
    assert await guess(access, person, FREE) == [401] * FREE


async def test_a_stranger_elsewhere_does_not_keep_the_owner_out(access: Access) -> None:
    """Attacker and owner knock at the same time; the owner gets in on his first try, every time."""
    person = access.person(("operator_desa", DESA))

    async def owner() -> None:
        for _ in range(3):
            async with access.client(HOME) as http:
                await sign_in(access, http, person)

    guesses, _ = await asyncio.gather(guess(access, person, 30), owner())
    assert guesses.count(401) <= FREE + 3
    assert 429 in guesses


async def test_a_device_that_is_known_gets_in_from_the_attacker_s_own_network(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client(HOME) as http:
        device = (await sign_in(access, http, person))["device"]
    assert 429 in await guess(access, person, 12, HOME)
    async with access.client(HOME) as http:
        problem(await show(http, person), 429)
        begun = done(await show(http, person, device=device))
        done(await http.post("/auth/code", json={"attempt": begun["attempt"], "code": access.phone.code(person.chat)}))


async def test_a_device_of_somebody_else_helps_nobody(access: Access) -> None:
    person, other = access.person(("operator_desa", DESA)), access.person(("operator_desa", DESA))
    async with access.client(HOME) as http:
        device = (await sign_in(access, http, other))["device"]
        await guess(access, person, FREE + 1, HOME)
        problem(await show(http, person, device=device), 429)


async def test_guesses_at_once_are_counted_before_they_are_judged(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client(ELSEWHERE) as http:
        answers = await asyncio.gather(*(show(http, person, f"serentak {n}") for n in range(20)))
    assert [answer.status_code for answer in answers].count(401) == FREE + 1


async def test_the_count_is_one_over_several_processes(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with running(access.dsn, access.owner) as second:
        for n in range(FREE + 1):
            assert await guess((access, second)[n % 2], person, 1) == [401]
        assert await guess(access, person, 1) == [429]
        assert await guess(second, person, 1) == [429]


async def test_one_network_that_tries_many_people_is_slowed(access: Access) -> None:
    async with access.client(ELSEWHERE) as http:
        statuses = []
        # Each pause is twice the one before: a machine that sleeps through the first meets the next.
        for n in range(45):
            nobody = Person(0, f"32040501018{n:05d}", "", ())
            statuses.append((await show(http, nobody, "Password123!")).status_code)
    assert statuses[:41] == [401] * 41
    assert 429 in statuses[41:]


async def test_who_works_in_that_network_still_gets_in(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client(ELSEWHERE) as http:
        await sign_in(access, http, person)
    access.owner.execute(
        "UPDATE signin_throttle SET fails = 500, next_at = clock_timestamp() + interval '300 s' "
        "WHERE key LIKE 'jaringan:%'"
    )
    assert access.value("SELECT count(*) FROM signin_throttle WHERE key LIKE 'jaringan:%'") >= 1
    async with access.client(ELSEWHERE) as http:
        problem(await show(http, access.person(("operator_desa", DESA))), 429)
        await sign_in(access, http, person)


async def test_codes_cannot_be_guessed_by_beginning_again_from_many_networks(access: Access) -> None:
    """Who knows the password guesses the code: counted for the account over all new places, and its owner is let in."""
    person = access.person(("operator_desa", DESA))
    totp = access.totp(person)
    async with access.client(HOME) as http:
        await sign_in(access, http, person)
    codes: list[str] = []
    for n in range(4):
        async with access.client(f"198.51.{n}.7") as http:
            held = done(await show(http, person))["attempt"]
            answers = [await http.post("/auth/code", json={"attempt": held, "code": "000000"}) for _ in range(5)]
            codes += [answer.json()["code"] for answer in answers]
    assert codes.count("terlalu_sering") >= 4
    async with access.client(HOME) as http:
        held = done(await show(http, person))["attempt"]
        done(await http.post("/auth/code", json={"attempt": held, "code": totp.now()}))


async def test_one_s_own_password_cannot_be_guessed_from_an_open_session(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        opened = await sign_in(access, http, person)
        statuses = [
            (await http.post("/auth/recovery-codes", json={"password": f"x{n}"}, headers=bearer(opened))).status_code
            for n in range(FREE + 2)
        ]
        assert statuses == [*[401] * (FREE + 1), 429]
        over(access)
        codes = done(await http.post("/auth/recovery-codes", json={"password": PASSWORD}, headers=bearer(opened)))
        assert len(set(codes["recovery_codes"])) == 10
