"""Sessions: used, rested, listed, ended; nothing of one lasts in a pooled connection."""

from __future__ import annotations

import asyncio

import pytest

from api.tokens import sign
from models.user.commands import Scope, make_session
from tests.integration.access.kit import PASSWORD, Access, Person, bearer, running, sign_in
from tests.integration.api.kit import SECRET, done, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

DESA = Scope(region=3204052001)
NEW = "sungai kapas terbit lampu 7"


def rest(access: Access, number: int, minutes: int) -> None:
    access.owner.execute(
        "UPDATE session SET last_seen_at = last_seen_at - make_interval(mins => %s) WHERE number = %s",
        (minutes, number),
    )


async def test_asvs_7_3_1_a_session_that_rests_half_an_hour_is_over(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        opened = await sign_in(access, http, person)
        rest(access, opened["session"], 29)
        done(await http.get("/me", headers=bearer(opened)))
        rest(access, opened["session"], 29)
        done(await http.get("/me", headers=bearer(opened)))
        rest(access, opened["session"], 31)
        problem(await http.get("/me", headers=bearer(opened)), 401, "sesi_berakhir")
        problem(await http.get("/auth/sessions", headers=bearer(opened)), 401, "sesi_berakhir")


async def test_asvs_7_3_1_a_session_is_over_after_twelve_hours_however_busy(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        opened = await sign_in(access, http, person)
        whole = access.value("SELECT expires_at - issued_at FROM session WHERE number = %s", opened["session"])
        assert abs(whole.total_seconds() - 12 * 3600) < 5
        access.owner.execute(
            "UPDATE session SET expires_at = expires_at - interval '12 hours' WHERE number = %s", (opened["session"],)
        )
        problem(await http.get("/me", headers=bearer(opened)), 401, "sesi_berakhir")


async def test_a_session_that_only_writes_does_not_rest(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        opened = await sign_in(access, http, person)
        access.app.state.site.users.clear()
        rest(access, opened["session"], 20)
        done(await http.put("/notices/preferences", json={}, headers=bearer(opened)))
        seen = access.value(
            "SELECT clock_timestamp() - last_seen_at < interval '1 minute' FROM session WHERE number = %s",
            opened["session"],
        )
    assert seen is True


async def test_policy_sets_the_limits(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    version = access.value(
        "INSERT INTO policy_version (id, valid_from, decree, note, recorded_at) "
        "SELECT max(id) + 1, alur_now(), 'Uji', '', now() FROM policy_version RETURNING id"
    )
    access.owner.execute(
        "INSERT INTO policy (key, version, value) VALUES ('masuk.sesi', %s, '{\"diam_menit\": 5, \"paling_jam\": 1}')",
        (version,),
    )
    try:
        async with access.client() as http:
            opened = await sign_in(access, http, person)
        assert opened["idle_s"] == 300
        assert access.value(
            "SELECT expires_at - issued_at <= interval '1 hour' FROM session WHERE number = %s", opened["session"]
        )
    finally:
        access.owner.execute("DELETE FROM policy WHERE version = %s", (version,))
        access.owner.execute("DELETE FROM policy_version WHERE id = %s", (version,))


async def test_asvs_7_4_1_signing_out_ends_the_session_at_once(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        here, there = await sign_in(access, http, person), await sign_in(access, http, person)
        assert done(await http.post("/auth/sign-out", json={}, headers=bearer(here)))["ended"] == 1
        problem(await http.get("/me", headers=bearer(here)), 401)
        done(await http.get("/me", headers=bearer(there)))
        third = await sign_in(access, http, person)
        assert done(await http.post("/auth/sign-out", json={"everywhere": True}, headers=bearer(third)))["ended"] == 2
        problem(await http.get("/me", headers=bearer(there)), 401)


async def test_a_revoked_session_is_dead_at_once_in_every_process_and_pooled_connection(access: Access) -> None:
    """Warm caches and pools in two processes, end the session in one, and ask both through every connection."""
    person = access.person(("operator_desa", DESA))
    async with running(access.dsn, access.owner) as second, access.client() as one, second.client() as two:
        opened = await sign_in(access, one, person)
        warm = [http.get("/me", headers=bearer(opened)) for http in (one, two) for _ in range(16)]
        assert {answer.status_code for answer in await asyncio.gather(*warm)} == {200}
        done(await one.delete(f"/auth/sessions/{opened['session']}", headers=bearer(opened)))
        cold = [
            http.request(method, path, headers=bearer(opened), json={} if method == "POST" else None)
            for http in (one, two)
            for method, path in (("GET", "/me"), ("GET", "/cases"), ("POST", "/notices/1/read")) * 8
        ]
        answers = await asyncio.gather(*cold)
    assert {answer.status_code for answer in answers} == {401}


async def test_one_s_sessions_are_listed_without_their_secrets(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    other = access.person(("operator_desa", DESA))
    async with access.client() as http:
        http.headers["User-Agent"] = "Uji/1.0 (HP)"
        first, second = await sign_in(access, http, person), await sign_in(access, http, person)
        theirs = await sign_in(access, http, other)
        answer = await http.get("/auth/sessions", headers=bearer(second))
        rows = done(answer)["sessions"]
        assert [(row["number"], row["here"]) for row in rows] == [(second["session"], True), (first["session"], False)]
        assert rows[0]["user_agent"] == "Uji/1.0 (HP)"
        assert str(access.value("SELECT id FROM session WHERE number = %s", first["session"])) not in answer.text
        refused = await http.delete(f"/auth/sessions/{theirs['session']}", headers=bearer(second))
        problem(refused, 404, "sesi_tidak_ditemukan")
        done(await http.get("/me", headers=bearer(theirs)))
        done(await http.delete(f"/auth/sessions/{first['session']}", headers=bearer(second)))
        problem(await http.get("/me", headers=bearer(first)), 401)


async def test_a_role_that_ends_ends_its_sessions(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        opened = await sign_in(access, http, person)
        access.owner.execute(
            "UPDATE assignment SET valid_to = alur_now() + interval '10 days' WHERE id = %s", person.assignments
        )
        done(await http.get("/me", headers=bearer(opened)))
        access.owner.execute("UPDATE assignment SET valid_to = alur_now() WHERE id = %s", person.assignments)
        problem(await http.get("/me", headers=bearer(opened)), 401)


async def test_the_demo_s_clock_ends_roles_and_no_session(server: object, access: Access) -> None:
    """A month ahead by the house's clock: the session lives, the role that ended in between does not."""
    person = access.person(("operator_desa", DESA), ("pendamping", Scope()))
    async with access.client() as http:
        lasting = await sign_in(access, http, person, assignment=person.assignments[0])
        ending = await sign_in(access, http, person, assignment=person.assignments[1])
        access.owner.execute(
            "UPDATE assignment SET valid_to = alur_now() + interval '10 days' WHERE id = %s", (person.assignments[1],)
        )
        access.owner.execute("SELECT clock_travel(alur_now() + interval '30 days')")
        done(await http.get("/me", headers=bearer(lasting)))
        problem(await http.get("/me", headers=bearer(ending)), 401)


class TestTokens:
    async def make(self, access: Access, person: Person, **more: object) -> tuple[dict[str, str], dict[str, object]]:
        async with access.client() as http:
            opened = await sign_in(access, http, person)
            body = {"name": "server", "assignment": person.assignments[0], "days": 30, "password": PASSWORD} | more
            return bearer(opened), done(await http.post("/auth/tokens", json=body, headers=bearer(opened)), 201)

    async def test_a_token_acts_in_its_one_role_does_not_rest_and_ends(self, access: Access) -> None:
        person = access.person(("operator_desa", DESA), ("pendamping", Scope()))
        owner, made = await self.make(access, person)
        assert made["idle_s"] is None
        async with access.client() as http:
            assert done(await http.get("/me", headers=bearer(made)))["role"] == "operator_desa"
            rows = done(await http.get("/auth/sessions", headers=owner))["sessions"]
            assert [(row["kind"], row["name"]) for row in rows] == [("token", "server"), ("web", None)]
            done(await http.delete(f"/auth/sessions/{made['session']}", headers=owner))
            problem(await http.get("/me", headers=bearer(made)), 401)
        kinds = [kind for kind, _ in access.events(person.user)]
        assert kinds == ["masuk", "token_dibuat", "token_dicabut"]

    async def test_no_token_outlives_policy(self, access: Access) -> None:
        _, made = await self.make(access, access.person(("operator_desa", DESA)), days=3000)
        assert access.value(
            "SELECT expires_at - issued_at BETWEEN interval '365 days' AND interval '365 days 1 second' FROM session "
            "WHERE number = %s",
            made["session"],
        )

    async def test_a_token_makes_no_token_and_changes_no_proof(self, access: Access) -> None:
        person = access.person(("operator_desa", DESA))
        _, made = await self.make(access, person)
        proof = {"password": PASSWORD}
        async with access.client() as http:
            for path, body in (
                ("/auth/tokens", {"name": "x", "assignment": person.assignments[0], "days": 1, **proof}),
                ("/auth/switch", {"assignment": person.assignments[0]}),
                ("/auth/password", {"new": NEW, **proof}),
                ("/auth/factors/totp", proof),
                ("/auth/factors/telegram", proof),
                ("/auth/factors/telegram/remove", proof),
                ("/auth/recovery-codes", proof),
            ):
                problem(await http.post(path, json=body, headers=bearer(made)), 403, "masuk_sendiri")

    async def test_tokens_of_the_command_are_good_as_before(self, access: Access) -> None:
        person = access.person(("operator_desa", DESA))
        session = make_session(access.owner, person.assignments[0], days=1)
        async with access.client() as http:
            me = done(await http.get("/me", headers={"Authorization": f"Bearer {sign(session, SECRET)}"}))
        assert me["user_id"] == person.user


async def test_a_new_password_ends_all_other_sessions(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        first, second = await sign_in(access, http, person), await sign_in(access, http, person)
        weak = await http.post(
            "/auth/password", json={"password": PASSWORD, "new": "bismillah123"}, headers=bearer(first)
        )
        problem(weak, 422, "sandi_lemah")
        done(await http.post("/auth/password", json={"password": PASSWORD, "new": NEW}, headers=bearer(first)))
        done(await http.get("/me", headers=bearer(first)))
        problem(await http.get("/me", headers=bearer(second)), 401)
        problem(await http.post("/auth/sign-in", json={"nik": person.nik, "password": PASSWORD}), 401, "masuk_gagal")
        done(await http.post("/auth/sign-in", json={"nik": person.nik, "password": NEW}))


async def test_a_password_is_taken_as_it_is_typed_spaces_included(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        opened = await sign_in(access, http, person)
        spaced = "  kapas Ünïc sungai 🌾 lampu "
        done(await http.post("/auth/password", json={"password": PASSWORD, "new": spaced}, headers=bearer(opened)))
        problem(await http.post("/auth/sign-in", json={"nik": person.nik, "password": spaced.strip()}), 401)
        done(await http.post("/auth/sign-in", json={"nik": person.nik, "password": spaced}))
