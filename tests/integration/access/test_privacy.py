"""What nobody may read: secrets in logs, in addresses, in kept answers; and tables that no role of ours may touch."""

from __future__ import annotations

import logging
from contextlib import closing

import psycopg
import pyotp
import pytest
import structlog

from alur.logs import configure
from models.database import sync_connect
from models.install import role_dsn
from models.user.commands import Scope
from tests.integration.access.kit import KEYS, PASSWORD, Access, attempt, bearer, show, sign_in
from tests.integration.access.test_links import NEW, link_for, read, use
from tests.integration.api.kit import done, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

DESA = Scope(region=3204052001)


async def test_asvs_16_2_5_nothing_secret_is_logged_in_a_whole_life_of_an_account(
    access: Access, capfd: pytest.CaptureFixture[str]
) -> None:
    configure("DEBUG", as_json=True)
    # A logger that is kept would go on writing here after this test, where others listen in vain.
    structlog.configure(cache_logger_on_first_use=False)
    logging.getLogger().setLevel(logging.DEBUG)
    person = access.person(("operator_desa", DESA))
    secrets = [person.nik, PASSWORD, NEW]
    try:
        async with access.client() as http:
            problem(await show(http, person, "sandi yang keliru"), 401)
            held = await attempt(access, http, person)
            opened = done(
                await http.post("/auth/session", json={"attempt": held, "assignment": person.assignments[0]}), 201
            )
            head = bearer(opened)
            codes = done(await http.post("/auth/recovery-codes", json={"password": PASSWORD}, headers=head))
            made = {"name": "x", "assignment": person.assignments[0], "days": 1, "password": PASSWORD}
            token = done(await http.post("/auth/tokens", json=made, headers=head), 201)
            begun = done(await http.post("/auth/forgot", json={"nik": person.nik}))
            code = access.phone.code(person.chat)
            await http.post("/auth/code", json={"attempt": begun["attempt"], "code": code})
            link = (await link_for(access, http, person, reason="HP hilang", clear_factors=True))["link"]
            told = done(await read(http, link, person.nik))
            totp = pyotp.TOTP(told["totp"]["secret"])
            done(await use(http, link, person.nik, pending=told["totp"]["pending"], code=totp.now()))
            problem(await http.post("/auth/sign-in", json={"nik": person.nik, "password": 7}), 422)
            await http.get(f"/auth/events?account={person.user}", headers=head)
        secrets += [held, opened["token"], opened["device"], token["token"], begun["attempt"], f'"{code}"', link]
        secrets += [told["totp"]["secret"], told["telegram"]["text"], *codes["recovery_codes"], "sandi yang keliru"]
        logged = "".join(capfd.readouterr())
        assert logged.count("/auth/") > 8, "it is the log that is searched"
        assert [secret for secret in secrets if secret in logged] == []
    finally:
        structlog.reset_defaults()
        logging.getLogger().setLevel(logging.WARNING)


async def test_a_problem_says_nothing_of_what_was_sent(access: Access) -> None:
    async with access.client() as http:
        answer = await http.post("/auth/sign-in", json={"nik": "320405010180000x", "password": [PASSWORD]})
        problem(answer, 422, "isian_salah")
        assert PASSWORD not in answer.text
        answer = await http.post("/auth/sign-in", json={"nik": "3204050101800001" * 2, "password": "x"})
        assert "3204050101800001" not in answer.text


async def test_asvs_14_2_4_answers_with_secrets_are_kept_by_nobody(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with access.client() as http:
        opened = await sign_in(access, http, person)
        for path, body in (
            ("/auth/recovery-codes", {"password": PASSWORD}),
            ("/auth/factors/totp", {"password": PASSWORD}),
            ("/auth/tokens", {"name": "x", "assignment": person.assignments[0], "days": 1, "password": PASSWORD}),
        ):
            answer = await http.post(path, json=body, headers={**bearer(opened), "Idempotency-Key": "kunci"})
            assert answer.headers["cache-control"] == "no-store", path
    assert access.value("SELECT count(*) FROM request WHERE key = 'kunci'") == 0


HIDDEN = (
    *("credential", "second_factor", "recovery_code", "signin_challenge", "signin_throttle", "signin_place"),
    *("signin_link", "assignment_request", "session"),
)


@pytest.mark.parametrize("role", ["alur_api", "alur_worker", "alur_auditor", "alur_public"])
async def test_no_role_of_ours_reads_what_proves_a_person(access: Access, role: str) -> None:
    with closing(sync_connect(role_dsn(access.dsn, role))) as conn:
        for table in HIDDEN:
            for statement in (f"SELECT * FROM {table}", f"DELETE FROM {table}", f"INSERT INTO {table} DEFAULT VALUES"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    conn.execute(statement.encode())


ASKED_BY_API = {
    *("signin_begin", "signin_password", "signin_forgot", "signin_factors", "signin_code_made", "signin_answer"),
    *("signin_choices", "signin_session", "signin_reset", "session_seen", "sessions_own", "session_revoke"),
    *("session_leave", "session_switch", "token_make", "link_known", "link_start", "link_chat", "link_use"),
    *("proof_begin", "proof_right", "own_password", "own_factor", "own_factor_end", "own_recovery", "own_chat"),
    *("staff_put", "staff_decide", "staff_end", "staff_link", "staff_active", "staff_list", "staff_requests"),
    "staff_sees",
}


async def test_only_the_api_asks_and_only_what_is_judged_by_itself(access: Access) -> None:
    """A definer function that anybody may call is a way around all of this: its callers are written down here."""
    rows = access.owner.execute(
        """
        SELECT p.proname AS name, r.role
          FROM pg_proc p
         CROSS JOIN unnest(ARRAY['alur_api', 'alur_worker', 'alur_auditor', 'alur_public', 'alur_door']) AS r(role)
         WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND p.proowner <> 'alur_door'::regrole
           AND has_function_privilege(r.role, p.oid, 'EXECUTE')
           AND p.prosrc ~ '(credential|second_factor|recovery_code|signin_|assignment_request|(INTO|UPDATE) session)'
        """
    ).fetchall()
    reach = {(row["name"], row["role"]) for row in rows}
    assert {name for name, role in reach if role == "alur_api"} <= ASKED_BY_API
    assert {pair for pair in reach if pair[1] != "alur_api"} <= {("staff_sees", "alur_auditor")}
    assert len({name for name, _ in reach}) > 20


async def test_events_are_appended_and_nothing_else_not_by_the_owner_either(access: Access) -> None:
    for statement in ("DELETE FROM signin_event", "UPDATE signin_event SET kind = 'x'", "TRUNCATE signin_event"):
        with pytest.raises(psycopg.DatabaseError, match="ditolak"):
            access.owner.execute(statement.encode())


async def test_a_nik_is_found_only_with_the_site_s_key(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    stored = access.value("SELECT nik_hash FROM credential WHERE user_id = %s", person.user)
    assert stored == KEYS.nik(person.nik)
    assert len(stored) == 64
    assert person.nik not in stored
