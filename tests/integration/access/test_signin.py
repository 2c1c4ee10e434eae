"""Signing in: what opens a session, what does not, and that wrong is answered alike whatever is wrong."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from uuid import UUID

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from models.signin import rules
from models.signin.keys import digest
from models.signin.rules import MEMORY_KIB, PASSES
from models.user.commands import Scope
from tests.integration.access.kit import (
    ELSEWHERE,
    PASSWORD,
    Access,
    Person,
    attempt,
    bearer,
    later_code,
    show,
    sign_in,
)
from tests.integration.api.kit import done, problem
from tests.support.passwords import real_hasher

pytestmark = pytest.mark.asyncio(loop_scope="session")

DESA = Scope(region=3204052001)
NOBODY = Person(0, "9999990101800001", "", ())


@pytest.fixture
def dear(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords cost what they cost people."""
    monkeypatch.setattr(rules, "hasher", real_hasher)
    rules._nobodys_hash.cache_clear()
    yield
    rules._nobodys_hash.cache_clear()


async def test_nik_password_code_and_choice_open_a_session(access: Access) -> None:
    person = access.person(("operator_desa", DESA), ("operator_desa", Scope(region=3204052002)))
    async with access.client() as http:
        begun = done(await show(http, person))
        assert begun["factors"] == ["telegram"]
        assert begun["code_sent"] is True
        code = access.phone.code(person.chat)
        passed = done(
            await http.post("/auth/code", json={"attempt": begun["attempt"], "code": f" {code[:3]} {code[3:]}"})
        )
        assert [(a["id"], a["role"], a["lo"]) for a in passed["assignments"]] == [
            (person.assignments[0], "operator_desa", 3204052001),
            (person.assignments[1], "operator_desa", 3204052002),
        ]
        body = {"attempt": begun["attempt"], "assignment": person.assignments[1]}
        opened = done(await http.post("/auth/session", json=body), 201)
        me = done(await http.get("/me", headers=bearer(opened)))
    assert (me["user_id"], me["role"], me["lo"]) == (person.user, "operator_desa", 3204052002)
    assert opened["idle_s"] == 1800
    assert ("masuk", None) in access.events(person.user)


async def test_asvs_6_3_3_without_a_second_factor_there_is_no_session(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        begun = done(await show(http, person))
        body = {"attempt": begun["attempt"], "assignment": person.assignments[0]}
        problem(await http.post("/auth/session", json=body), 401, "percobaan_berakhir")
        problem(
            await http.post("/auth/reset", json={"attempt": begun["attempt"], "password": "kapas lampu sungai x9"}), 401
        )


async def test_wrong_nik_and_wrong_password_are_answered_alike(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        wrong = problem(await show(http, person, "bukan sandi yang benar"), 401, "masuk_gagal")
        unknown = problem(await show(http, NOBODY), 401, "masuk_gagal")
        access.owner.execute("UPDATE account_user SET active = false WHERE id = %s", (person.user,))
        closed = problem(await show(http, person), 401, "masuk_gagal")
    assert wrong == unknown == closed
    assert access.events(person.user) == [("gagal", "sandi"), ("gagal", "sandi")]
    assert access.phone.sent == [] or access.phone.sent[-1][0] != person.chat


@pytest.mark.usefixtures("dear")
async def test_wrong_nik_takes_as_long_as_wrong_password(access: Access) -> None:
    """Both hash once: without the hash for nobody an unknown NIK would be answered many times faster."""
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        await sign_in(access, http, person)

    async def took(who: Person) -> float:
        times = []
        for n in range(6):
            async with access.client(f"10.9.{n}.1") as http:
                begun = time.perf_counter()
                problem(await show(http, who, "bukan sandi yang benar"), 401)
                times.append(time.perf_counter() - begun)
        return statistics.median(times)

    assert await took(NOBODY) > 0.5 * await took(person)


@pytest.mark.usefixtures("dear")
async def test_asvs_11_4_2_passwords_are_kept_as_argon2id_above_owasp_s_minimum(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        await sign_in(access, http, person)
    kept = access.value("SELECT password_hash FROM credential WHERE user_id = %s", person.user)
    _, kind, version, cost, *_ = kept.split("$")
    assert (kind, version) == ("argon2id", "v=19")
    assert cost == f"m={MEMORY_KIB},t={PASSES},p=1"
    assert MEMORY_KIB >= 19 * 1024
    assert PASSES >= 2


@pytest.mark.usefixtures("dear")
async def test_a_hash_of_lesser_strength_is_renewed_by_signing_in(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    weak = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8192, parallelism=1),)).hash(PASSWORD)
    access.owner.execute("UPDATE credential SET password_hash = %s WHERE user_id = %s", (weak, person.user))
    async with access.client() as http:
        await sign_in(access, http, person)
    assert f"m={MEMORY_KIB}" in access.value("SELECT password_hash FROM credential WHERE user_id = %s", person.user)


async def test_nik_and_secrets_are_nowhere_in_the_database(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        opened = await sign_in(access, http, person)
    code = access.phone.code(person.chat)
    for table in (
        "credential",
        "second_factor",
        "recovery_code",
        "signin_challenge",
        "signin_throttle",
        "signin_place",
        "signin_link",
        "signin_event",
        "account_user",
        "session",
    ):
        rows = " ".join(row["t"] for row in access.owner.execute(f"SELECT t::text AS t FROM {table} t").fetchall())
        for secret in (person.nik, PASSWORD, code + ",", opened["token"], opened["device"]):
            assert secret not in rows, table
    assert (
        access.value("SELECT nik_masked FROM credential WHERE user_id = %s", person.user)
        == f"320405••••••{person.nik[-4:]}"
    )


class TestCodes:
    async def test_asvs_6_5_1_a_sent_code_works_once(self, access: Access) -> None:
        person = access.person(("operator_desa", DESA))
        async with access.client() as http:
            first = done(await show(http, person))["attempt"]
            code = access.phone.code(person.chat)
            done(await http.post("/auth/code", json={"attempt": first, "code": code}))
            problem(await http.post("/auth/code", json={"attempt": first, "code": code}), 401, "percobaan_berakhir")
            other = done(await show(http, person))["attempt"]
            problem(await http.post("/auth/code", json={"attempt": other, "code": code}), 401, "kode_salah")

    async def test_asvs_6_5_1_an_authenticator_s_code_works_once_in_all_attempts(self, access: Access) -> None:
        person = access.person(("operator_desa", DESA))
        totp = access.totp(person)
        async with access.client() as http:
            attempts = [done(await show(http, person))["attempt"] for _ in range(2)]
            code = totp.now()
            done(await http.post("/auth/code", json={"attempt": attempts[0], "code": code}))
            problem(await http.post("/auth/code", json={"attempt": attempts[1], "code": code}), 401, "kode_salah")
            done(await http.post("/auth/code", json={"attempt": attempts[1], "code": later_code(totp)}))

    async def test_one_code_used_by_many_at_once_gives_one_session(self, access: Access) -> None:
        person = access.person(("operator_desa", DESA))
        async with access.client() as http:
            held = done(await show(http, person))["attempt"]
            body = {"attempt": held, "code": access.phone.code(person.chat)}
            answers = await asyncio.gather(*(http.post("/auth/code", json=body) for _ in range(8)))
            assert sorted(answer.status_code for answer in answers) == [200, *[401] * 7]
            choice = {"attempt": held, "assignment": person.assignments[0]}
            opened = await asyncio.gather(*(http.post("/auth/session", json=choice) for _ in range(8)))
            assert sorted(answer.status_code for answer in opened) == [201, *[401] * 7]
        mine = access.value("SELECT count(*) FROM session WHERE assignment_id = %s", person.assignments[0])
        assert mine == 1

    async def test_one_authenticator_code_in_two_attempts_at_once_passes_one(self, access: Access) -> None:
        person = access.person(("operator_desa", DESA))
        totp = access.totp(person)
        async with access.client() as http:
            attempts = [done(await show(http, person))["attempt"] for _ in range(4)]
            code = totp.now()
            answers = await asyncio.gather(
                *(http.post("/auth/code", json={"attempt": held, "code": code}) for held in attempts)
            )
        assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]

    async def test_a_code_is_good_for_five_minutes(self, access: Access) -> None:
        person = access.person(("operator_desa", DESA))
        async with access.client() as http:
            held = done(await show(http, person))["attempt"]
            until = access.value(
                "UPDATE signin_challenge SET code_until = code_until - interval '5 minutes' WHERE id = %s "
                "RETURNING code_until - clock_timestamp() BETWEEN interval '-10 s' AND interval '0'",
                digest(held),
            )
            assert until is True
            body = {"attempt": held, "code": access.phone.code(person.chat)}
            problem(await http.post("/auth/code", json=body), 401, "kode_salah")

    async def test_after_five_wrong_codes_the_attempt_is_over_and_its_person_told(self, access: Access) -> None:
        person = access.person(("operator_desa", DESA))
        async with access.client() as http:
            held = done(await show(http, person))["attempt"]
            code = access.phone.code(person.chat)
            wrong = "000000" if code != "000000" else "000001"
            statuses = [
                (await http.post("/auth/code", json={"attempt": held, "code": wrong})).json()["code"] for _ in range(5)
            ]
            assert statuses == [*["kode_salah"] * 4, "percobaan_berakhir"]
            problem(await http.post("/auth/code", json={"attempt": held, "code": code}), 401, "percobaan_berakhir")
        assert access.events(person.user)[-1] == ("gagal", "kode_habis")
        told = access.value("SELECT data ->> 'what' FROM notice WHERE user_id = %s ORDER BY id DESC", person.user)
        assert told == "kode_gagal"

    async def test_another_code_is_sent_after_a_pause_and_ends_the_first(self, access: Access) -> None:
        person = access.person(("operator_desa", DESA))
        async with access.client() as http:
            held = done(await show(http, person))["attempt"]
            first = access.phone.code(person.chat)
            problem(await http.post("/auth/code/send", json={"attempt": held}), 409, "kode_tidak_terkirim")
            access.owner.execute(
                "UPDATE signin_challenge SET sent_at = sent_at - interval '31 s' WHERE id = %s", (digest(held),)
            )
            done(await http.post("/auth/code/send", json={"attempt": held}))
            assert len([1 for to, _ in access.phone.sent if to == person.chat]) == 2
            second = access.phone.code(person.chat)
            if first != second:
                problem(await http.post("/auth/code", json={"attempt": held, "code": first}), 401, "kode_salah")
            done(await http.post("/auth/code", json={"attempt": held, "code": second}))

    async def test_with_telegram_away_the_authenticator_lets_in(self, access: Access) -> None:
        person = access.person(("operator_desa", DESA))
        totp = access.totp(person)
        access.phone.away = True
        try:
            async with access.client() as http:
                begun = done(await show(http, person))
                assert (begun["code_sent"], begun["factors"]) == (False, ["telegram", "totp"])
                done(await http.post("/auth/code", json={"attempt": begun["attempt"], "code": totp.now()}))
        finally:
            access.phone.away = False


class TestChoice:
    async def test_a_role_of_somebody_else_is_no_choice(self, access: Access) -> None:
        person, other = access.person(("operator_desa", DESA)), access.person(("pusdatin", Scope()))
        async with access.client() as http:
            held = await attempt(access, http, person)
            body = {"attempt": held, "assignment": other.assignments[0]}
            problem(await http.post("/auth/session", json=body), 422, "wilayah_kerja_bukan_milik")
            done(await http.post("/auth/session", json=body | {"assignment": person.assignments[0]}), 201)

    async def test_a_role_that_ended_or_has_not_begun_is_no_choice(self, access: Access) -> None:
        person = access.person(("operator_desa", DESA), ("kades", DESA), ("pendamping", Scope()))
        access.owner.execute("UPDATE assignment SET valid_to = alur_now() WHERE id = %s", (person.assignments[0],))
        access.owner.execute(
            "UPDATE assignment SET valid_from = alur_now() + interval '1 day' WHERE id = %s", (person.assignments[1],)
        )
        async with access.client() as http:
            begun = done(await show(http, person))
            code = {"attempt": begun["attempt"], "code": access.phone.code(person.chat)}
            passed = done(await http.post("/auth/code", json=code))
            assert [each["id"] for each in passed["assignments"]] == [person.assignments[2]]

    async def test_switching_opens_the_other_role_and_ends_the_first(self, access: Access) -> None:
        person = access.person(("operator_desa", DESA), ("pendamping", Scope()))
        async with access.client() as http:
            first = await sign_in(access, http, person)
            second = done(
                await http.post("/auth/switch", json={"assignment": person.assignments[1]}, headers=bearer(first))
            )
            assert second["expires_at"] == first["expires_at"], "switching prolongs nothing"
            problem(await http.get("/me", headers=bearer(first)), 401, "sesi_berakhir")
            assert done(await http.get("/me", headers=bearer(second)))["role"] == "pendamping"


async def test_asvs_7_2_1_what_the_token_says_is_verified_by_us(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client(ELSEWHERE) as http:
        opened = await sign_in(access, http, person)
        token = opened["token"]
        session = UUID(str(access.value("SELECT id FROM session WHERE number = %s", opened["session"])))
        # Not the last sign: some of its bits mean nothing.
        bent = token[:-5] + ("A" if token[-5] != "A" else "B") + token[-4:]
        for forged in (bent, session.hex, f'"{session.hex}".', ""):
            problem(await http.get("/me", headers={"Authorization": f"Bearer {forged}"}), 401, "sesi_berakhir")
        done(await http.get("/me", headers=bearer(opened)))
