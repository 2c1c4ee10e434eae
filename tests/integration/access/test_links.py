"""Invitations, resets and recovery: how somebody comes in the first time, and again when something is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pyotp
import pytest

from models.signin.keys import digest
from models.staff.commands import first_admin
from models.user.commands import Scope
from tests.integration.access.kit import (
    KEYS,
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

pytestmark = pytest.mark.asyncio(loop_scope="session")

DESA = Scope(region=3204052001)
KAB = Scope(region=3204)
NEW = "sungai kapas terbit lampu 7"


async def link_for(access: Access, http: httpx.AsyncClient, person: Person, **body: Any) -> dict[str, Any]:
    """Let the administrator above make a link."""
    admin = access.person(("admin_kab", KAB), name="Admin Satu")
    opened = await sign_in(access, http, admin)
    answer = await http.post(f"/accounts/{person.user}/link", json=body, headers=bearer(opened))
    assert answer.headers["cache-control"] == "no-store"
    made: dict[str, Any] = done(answer, 201)
    return made


async def read(http: httpx.AsyncClient, link: str, nik: str) -> httpx.Response:
    return await http.post("/auth/link/read", json={"link": link, "nik": nik})


async def use(http: httpx.AsyncClient, link: str, nik: str, **more: Any) -> httpx.Response:
    return await http.post("/auth/link/use", json={"link": link, "nik": nik, "password": NEW} | more)


async def test_the_first_administrator_comes_in_by_the_command_s_link(access: Access) -> None:
    nik = "3171010101700001"
    link = first_admin(access.owner, KEYS, "Siti Admin", nik)
    assert link is not None
    async with access.client() as http:
        told = done(await read(http, link.secret, nik))
        assert (told["name"], told["purpose"]) == ("Siti Admin", "undangan")
        totp = pyotp.TOTP(told["totp"]["secret"])
        assert told["totp"]["uri"].startswith("otpauth://totp/Alur:Siti%20Admin?")
        problem(await use(http, link.secret, nik), 422, "faktor_kedua_wajib")
        proof = {"pending": told["totp"]["pending"]}
        problem(await use(http, link.secret, nik, **proof, code="000000"), 401, "kode_salah")
        used = done(await use(http, link.secret, nik, **proof, code=totp.now()))
        assert len(set(used["recovery_codes"])) == 10
        problem(await use(http, link.secret, nik, **proof, code=totp.now()), 404, "tautan_tidak_berlaku")
        held = done(await http.post("/auth/sign-in", json={"nik": nik, "password": NEW}))
        assert held["factors"] == ["totp"]
        body = {"attempt": held["attempt"], "code": later_code(totp)}
        assert [a["role"] for a in done(await http.post("/auth/code", json=body))["assignments"]] == ["admin_pusat"]


async def test_a_chat_linked_by_the_bot_is_a_second_factor(access: Access) -> None:
    nik = "3171010101700002"
    link = first_admin(access.owner, KEYS, "Budi Admin", nik)
    assert link is not None
    async with access.client() as http:
        told = done(await read(http, link.secret, nik))
        start = told["telegram"]["text"].removeprefix("/start ")
        assert access.value("SELECT notice_link_use(%s, '880001')", start) == "id"
        done(await use(http, link.secret, nik))
        held = done(await http.post("/auth/sign-in", json={"nik": nik, "password": NEW}))
        assert held["code_sent"] is True
        done(await http.post("/auth/code", json={"attempt": held["attempt"], "code": access.phone.code("880001")}))


async def test_a_link_is_for_one_person_one_use_and_its_time(access: Access) -> None:
    person, other = access.person(("operator_desa", DESA)), access.person(("operator_desa", DESA))
    async with access.client() as http:
        link = (await link_for(access, http, person, reason="HP hilang"))["link"]
        problem(await read(http, link, other.nik), 404, "tautan_tidak_berlaku")
        problem(await read(http, "x" * 43, person.nik), 404, "tautan_tidak_berlaku")
        answers = await asyncio.gather(*(use(http, link, person.nik) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404]
        late = (await link_for(access, http, person, reason="HP hilang"))["link"]
        access.owner.execute(
            "UPDATE signin_link SET expires_at = expires_at - interval '24 hours' WHERE secret_hash = %s",
            (digest(late),),
        )
        problem(await use(http, late, person.nik), 404, "tautan_tidak_berlaku")
        first = (await link_for(access, http, person, reason="HP hilang"))["link"]
        await link_for(access, http, person, reason="HP hilang lagi")
        problem(await read(http, first, person.nik), 404, "tautan_tidak_berlaku")


async def test_a_reset_needs_a_reason_ends_every_session_and_the_old_password_and_is_told(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    admin = access.person(("admin_kab", KAB))
    async with access.client() as http:
        opened, head = await sign_in(access, http, person), await sign_in(access, http, admin)
        path = f"/accounts/{person.user}/link"
        problem(await http.post(path, json={}, headers=bearer(head)), 422, "alasan_wajib")
        done(await http.get("/me", headers=bearer(opened)))
        made = done(await http.post(path, json={"reason": "HP hilang"}, headers=bearer(head)), 201)
        assert made["purpose"] == "reset"
        assert made["url"].endswith(f"/masuk/tautan#{made['link']}")
        problem(await http.get("/me", headers=bearer(opened)), 401)
        problem(await show(http, person), 401, "masuk_gagal")
        done(await use(http, made["link"], person.nik))
        held = done(await http.post("/auth/sign-in", json={"nik": person.nik, "password": NEW}))
        assert held["factors"] == ["telegram"], "who makes a link gets no further than the person's second factor"
    events = access.events(person.user)
    assert ("reset_dibuat", "HP hilang") in events
    assert ("reset_selesai", None) in events
    told = {
        row["what"]
        for row in access.owner.execute(
            "SELECT data ->> 'what' AS what FROM notice WHERE user_id = %s", (person.user,)
        ).fetchall()
    }
    assert {"reset_dibuat", "sandi_diganti"} <= told
    assert made["link"] not in str(access.owner.execute("SELECT * FROM request").fetchall())


async def test_a_lost_phone_is_replaced_by_a_reset_that_says_so(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        link = (await link_for(access, http, person, reason="HP hilang", clear_factors=True))["link"]
        told = done(await read(http, link, person.nik))
        assert told["clear_factors"] is True
        problem(await use(http, link, person.nik), 422, "faktor_kedua_wajib")
        totp = pyotp.TOTP(told["totp"]["secret"])
        used = done(await use(http, link, person.nik, pending=told["totp"]["pending"], code=totp.now()))
        assert len(used["recovery_codes"]) == 10
        held = done(await http.post("/auth/sign-in", json={"nik": person.nik, "password": NEW}))
        assert (held["factors"], held["code_sent"]) == (["totp"], False)


async def test_a_forgotten_password_is_reset_by_the_second_factor(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        opened = await sign_in(access, http, person)
        begun = done(await http.post("/auth/forgot", json={"nik": person.nik}))
        problem(await http.post("/auth/reset", json={"attempt": begun["attempt"], "password": NEW}), 401)
        code = {"attempt": begun["attempt"], "code": access.phone.code(person.chat)}
        assert done(await http.post("/auth/code", json=code)) == {"purpose": "reset", "assignments": []}
        choice = {"attempt": begun["attempt"], "assignment": person.assignments[0]}
        problem(await http.post("/auth/session", json=choice), 401, "percobaan_berakhir")
        weak = {"attempt": begun["attempt"], "password": "indonesia123"}
        problem(await http.post("/auth/reset", json=weak), 422, "sandi_lemah")
        resets = [http.post("/auth/reset", json={"attempt": begun["attempt"], "password": NEW}) for _ in range(3)]
        assert sorted(answer.status_code for answer in await asyncio.gather(*resets)) == [200, 401, 401]
        problem(await http.get("/me", headers=bearer(opened)), 401)
        problem(await show(http, person), 401, "masuk_gagal")
        done(await show(http, person, NEW))


async def test_a_forgotten_password_tells_nobody_who_has_a_nik(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        known = done(await http.post("/auth/forgot", json={"nik": person.nik}))
        unknown = done(await http.post("/auth/forgot", json={"nik": "9999990101800009"}))
        assert set(known) == set(unknown)
        for begun in (known, unknown):
            body = {"attempt": begun["attempt"], "code": "000000"}
            problem(await http.post("/auth/code", json=body), 401, "kode_salah")


async def test_a_recovery_code_works_once_instead_of_the_phone(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        opened = await sign_in(access, http, person)
        made = await http.post("/auth/recovery-codes", json={"password": PASSWORD}, headers=bearer(opened))
        codes = done(made)["recovery_codes"]
        first = done(await show(http, person))["attempt"]
        done(await http.post("/auth/code", json={"attempt": first, "code": codes[3].upper()}))
        second = done(await show(http, person))["attempt"]
        problem(await http.post("/auth/code", json={"attempt": second, "code": codes[3]}), 401, "kode_salah")
        done(await http.post("/auth/recovery-codes", json={"password": PASSWORD}, headers=bearer(opened)))
        problem(await http.post("/auth/code", json={"attempt": second, "code": codes[4]}), 401, "kode_salah")


async def test_factors_are_linked_and_unlinked_by_password_and_one_is_always_left(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        opened, other = await sign_in(access, http, person), await sign_in(access, http, person)
        proof, head = {"password": PASSWORD}, bearer(opened)
        problem(await http.post("/auth/factors/telegram/remove", json=proof, headers=head), 422, "faktor_kedua_wajib")
        offer = done(await http.post("/auth/factors/totp", json=proof, headers=head))
        totp = pyotp.TOTP(offer["secret"])
        stranger = await sign_in(access, http, access.person(("operator_desa", DESA)))
        confirm = {"pending": offer["pending"], "code": totp.now()}
        taken = await http.post("/auth/factors/totp/confirm", json=confirm, headers=bearer(stranger))
        problem(taken, 401, "kode_salah")
        done(await http.post("/auth/factors/totp/confirm", json=confirm, headers=head))
        problem(await http.get("/me", headers=bearer(other)), 401)
        done(await http.post("/auth/factors/telegram/remove", json=proof, headers=head))
        held = done(await show(http, person))
        assert held["factors"] == ["totp"]
        body = {"attempt": held["attempt"], "code": totp.now()}
        problem(await http.post("/auth/code", json=body), 401, "kode_salah")  # its first use linked it
        done(await http.post("/auth/code", json=body | {"code": later_code(totp)}))
    kinds = [kind for kind, _ in access.events(person.user)]
    assert [kind for kind in kinds if kind.startswith("faktor")] == ["faktor_ditautkan", "faktor_dilepas"]


async def test_a_reset_ends_an_attempt_that_has_passed_already(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        held = await attempt(access, http, person)
        link = (await link_for(access, http, person, reason="dicuri orang"))["link"]
        done(await use(http, link, person.nik))
        body = {"attempt": held, "assignment": person.assignments[0]}
        problem(await http.post("/auth/session", json=body), 401, "percobaan_berakhir")
