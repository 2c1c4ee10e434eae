"""Without an identity nothing is seen, and an identity cannot be made up: not by settings, not by names in pg_temp."""

from __future__ import annotations

from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest

from models.database import acting, fetch_value, make_pool, sync_connect
from models.errors import SessionUnknown
from models.install import role_dsn
from tests.integration.door.furnished import DOOR_TABLES, Furnished, Sql, refusal

WITHOUT_CASES_OR_PEOPLE = {
    *("machine", "role", "programme", "jenis", "state", "trigger", "reason", "fact_kind", "need", "rule", "arrow"),
    *("refusal_code", "batch_watch", "clock", "holiday", "window_extension", "policy_version", "policy", "region"),
    *("alembic_version", "feed", "heartbeat", "jenis_effect"),
}
"""Tables and views that anybody may read: words, calendar, policy, regions, feeds read, processes alive."""
WORK = {
    *("batch", "batch_run", "wake", "approval", "approval_case", "decision", "decision_case", "call", "decree"),
    *("import_file", "notice", "notice_delivery", "notice_preference", "notice_address"),
    *("alert", "alert_person", "stuck_digest", "watch_region", "stuck_tally", "stuck_kab", "stuck_daily"),
}
"""What flows see without a session: their work, and whom to tell what. Cases and people they see only through the
session of a batch."""

# -- nobody ------------------------------------------------------------------------------------------------------


def readable(admin: Sql, role: str) -> list[str]:
    """Return every table and view of ours that a database role may read and that knows cases or people."""
    found = admin.execute(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace "
        "AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_any_column_privilege(%s, c.oid, 'SELECT') ORDER BY 1",
        (role,),
    ).fetchall()
    return [row["relname"] for row in found if row["relname"] not in WITHOUT_CASES_OR_PEOPLE]


@pytest.mark.parametrize("role", ["alur_api", "alur_worker", "alur_auditor", "alur_public"])
def test_without_an_identity_nothing_is_seen(furnished: Furnished, admin: Sql, role: str) -> None:
    tables = [name for name in readable(admin, role) if role != "alur_worker" or name not in WORK]
    assert (role == "alur_public") == (tables == [])
    with closing(sync_connect(role_dsn(furnished.dsn, role))) as conn:
        seen = {name: (conn.execute(f"SELECT count(*) AS n FROM {name}").fetchone() or {})["n"] for name in tables}
    assert {name: n for name, n in seen.items() if n} == {}


HIDDEN = {
    *DOOR_TABLES,
    *("household", "person", "household_history", "account", "note", "case_share", "file_case", "family_assignment"),
    *("batch", "batch_run", "wake", "approval", "approval_case", "decision", "decision_case", "call", "import_file"),
    *("decree", "session", "assignment", "account_user", "actor_group", "request"),
}


def test_there_was_something_to_hide(admin: Sql) -> None:
    empty = [n for n in sorted(HIDDEN) if not admin.execute(f"SELECT EXISTS (SELECT FROM {n}) AS f").fetchall()[0]["f"]]
    assert empty == []


@pytest.mark.parametrize("role", ["alur_api", "alur_worker", "alur_auditor"])
def test_every_readable_table_with_cases_or_people_has_policies_that_ask_who(admin: Sql, role: str) -> None:
    names = [name for name in readable(admin, role) if role != "alur_worker" or name not in WORK]
    bare = admin.execute(
        "SELECT c.relname FROM pg_class c WHERE c.relname = ANY (%s) AND c.relnamespace = 'public'::regnamespace AND ("
        " CASE c.relkind WHEN 'v' THEN NOT COALESCE('security_invoker=true' = ANY (c.reloptions), false)"
        "                ELSE NOT c.relrowsecurity OR EXISTS ("
        "   SELECT 1 FROM pg_policies p WHERE p.tablename = c.relname AND p.cmd IN ('ALL', 'SELECT')"
        "      AND p.roles && ARRAY[%s, 'public']::name[] AND p.qual = 'true') END) ORDER BY 1",
        (names, role),
    ).fetchall()
    assert [row["relname"] for row in bare] == []


def seen_cases(conn: Sql) -> list[int]:
    return [row["id"] for row in conn.execute("SELECT id FROM case_ ORDER BY id").fetchall()]


def test_a_session_of_nobody_sees_nothing(furnished: Furnished, api: Sql) -> None:
    with api.transaction():
        api.execute("SELECT set_config('alur.session', %s, true)", (str(furnished.operator),))
        assert furnished.case in seen_cases(api)
    assert refusal_named(api, str(uuid4())) == "AL002"
    assert refusal_named(api, "' OR true --") == "22P02"
    with api.transaction():
        api.execute("SELECT set_config('alur.session', '', true)")
        assert seen_cases(api) == []


def refusal_named(conn: Sql, session: str) -> str:
    """Name a session and return the SQLSTATE of reading with it."""
    conn.execute("SELECT set_config('alur.session', %s, false)", (session,))
    try:
        return refusal(conn, "SELECT * FROM case_")
    finally:
        conn.execute("RESET alur.session")


SETTINGS = {
    "alur.door_lo": "0",
    "alur.door_hi": "9999999999",
    "alur.door_programme": "1",
    "alur.door_household": "1",
    "alur.door_organisation": "BRI",
    "alur.door_families_of": "1",
    "alur.door_stand_in": "1",
    "alur.seen_lo": "0",
    "alur.seen_hi": "9999999999",
    "alur.role": "sistem",
    "alur.user": "1",
    "alur.region": "0",
}


def forge(conn: Sql, furnished: Furnished) -> None:
    """Set everything one could hope the door or the policies believe."""
    for name, value in SETTINGS.items():
        conn.execute("SELECT set_config(%s, %s, false)", (name, value))
    conn.execute(
        "SELECT door_enter(ROW(1, 24, 'none', 0, 9999999999, 1, 'BRI', %s, 1, ARRAY[1], true, NULL)::identity)",
        (furnished.household,),
    )


def test_no_setting_shows_more_than_the_session_does(furnished: Furnished, application: Sql) -> None:
    forge(application, furnished)
    assert seen_cases(application) == []
    with application.transaction():
        application.execute("SELECT set_config('alur.session', %s, true)", (str(furnished.far_operator),))
        forge(application, furnished)
        assert seen_cases(application) == []
        people = application.execute("SELECT count(*) AS n FROM person").fetchone()
        assert people == {"n": 0}


def test_no_setting_moves_what_the_session_may_not(furnished: Furnished, api: Sql) -> None:
    def knock() -> tuple[str, str]:
        with api.transaction(force_rollback=True):
            forge(api, furnished)
            row = api.execute(
                "SELECT outcome, refusal FROM door_move(%s, 'usulan.tarik_usulan', %s, NULL, 'SALAH_INPUT', 'x')",
                (furnished.far_operator, [furnished.case]),
            ).fetchone()
        assert row is not None
        return row["outcome"], row["refusal"]

    assert knock() == ("tidak_ditemukan", "tidak_ditemukan")
    forge(api, furnished)
    written = api.execute(
        "SELECT written FROM door_facts(%s, %s, %s, %s::jsonb[])",
        (furnished.far_operator, [furnished.case], ["ktp"], ["{}"]),
    ).fetchone()
    assert written == {"written": 0}
    opened = api.execute(
        "SELECT outcome FROM door_open(%s, 'usulan.buat_draf', %s, p_kind => 'BARU')",
        (furnished.far_operator, [furnished.household]),
    ).fetchone()
    assert opened == {"outcome": "tidak_ditemukan"}


@pytest.mark.parametrize(
    "call",
    [
        "door_move(%s, 'usulan.tarik_usulan', '{1}')",
        "door_open(%s, 'usulan.buat_draf', '{1}')",
        "door_facts(%s, '{1}', '{ktp}', ARRAY['{}'::jsonb])",
        "door_options(%s, 1)",
        "door_preview(%s, 'usulan.tarik_usulan', '{1}')",
    ],
)
def test_the_door_opens_for_no_unknown_session(application: Sql, call: str) -> None:
    assert refusal(application, f"SELECT * FROM {call}", (uuid4(),)) == "AL002"
    assert refusal(application, f"SELECT * FROM {call}", (None,)) == "AL002"


# -- a pooled connection -------------------------------------------------------------------------------------------


class Interrupted(Exception):
    """Something went wrong in the middle of a request."""


@pytest.mark.parametrize("ending", ["committed", "failed", "refused"])
async def test_the_identity_of_one_request_is_gone_in_the_next(furnished: Furnished, ending: str) -> None:
    async with make_pool(role_dsn(furnished.dsn, "alur_api"), 1) as pool:
        async with pool.connection() as conn:
            first = conn.info.backend_pid
            if ending == "failed":
                with pytest.raises(Interrupted):
                    await interrupted(conn, furnished)
            else:
                async with acting(conn, furnished.operator):
                    assert await fetch_value(conn, "SELECT count(*) FROM case_") > 0
            if ending == "refused":
                with pytest.raises(SessionUnknown):
                    async with acting(conn, uuid4()):
                        await conn.execute("SELECT * FROM case_")
        async with pool.connection() as conn:
            assert conn.info.backend_pid == first
            assert await fetch_value(conn, "SELECT current_setting('alur.session', true)") in {None, ""}
            assert await fetch_value(conn, "SELECT count(*) FROM case_") == 0
            assert await fetch_value(conn, "SELECT count(*) FROM person") == 0
            async with acting(conn, furnished.far_operator):
                assert await fetch_value(conn, "SELECT count(*) FROM case_") == 0


async def interrupted(conn: Any, furnished: Furnished) -> None:
    async with acting(conn, furnished.operator):
        assert await fetch_value(conn, "SELECT count(*) FROM case_") > 0
        raise Interrupted


# -- names in pg_temp ----------------------------------------------------------------------------------------------

HIJACK = """
SET search_path = pg_temp, public;
CREATE TEMP TABLE session AS SELECT gen_random_uuid() AS id, 1 AS assignment_id, NULL::bigint AS batch,
    now() AS issued_at, now() + interval '1 day' AS expires_at, NULL::timestamptz AS revoked_at;
CREATE TEMP TABLE assignment AS SELECT 1 AS id, 1 AS user_id, 24::smallint AS role, 0::bigint AS lo,
    9999999999::bigint AS hi, NULL::smallint AS programme, NULL::text AS organisation, NULL::bigint AS household_id,
    '2020-01-01'::timestamptz AS valid_from, NULL::timestamptz AS valid_to;
CREATE TEMP TABLE account_user AS SELECT 1 AS id, 'x' AS username, 'x' AS name, 'system' AS kind, true AS active,
    now() AS created_at;
CREATE TEMP TABLE role AS SELECT 24::smallint AS code, 'sistem' AS id, 'none' AS scope;
CREATE TEMP TABLE batch (LIKE public.batch);
CREATE TEMP TABLE actor_group (LIKE public.actor_group);
CREATE TEMP TABLE position (LIKE public.position);
CREATE TEMP TABLE transition (LIKE public.transition);
CREATE TEMP TABLE case_ (LIKE public.case_);
CREATE TEMP TABLE rule AS SELECT * FROM public.rule;
UPDATE pg_temp.rule SET barred = '{}', needs = '{}', reasons = '{}', roles = ARRAY(SELECT code FROM public.role);
CREATE TEMP TABLE arrow AS SELECT s.code AS source, r.trigger, r.code AS rule FROM public.state s, public.rule r;
CREATE TEMP TABLE clock AS SELECT true AS one, 'test' AS mark, interval '10 years' AS shift;
CREATE TYPE pg_temp.identity AS (lo bigint, hi bigint);
CREATE FUNCTION pg_temp.identify(uuid) RETURNS public.identity LANGUAGE sql AS
    'SELECT ROW(1, 24, ''none'', 0, 9999999999, NULL, NULL, NULL, 1, ARRAY[1], true, NULL)::public.identity';
CREATE FUNCTION pg_temp.seen() RETURNS public.identity LANGUAGE sql AS 'SELECT pg_temp.identify(NULL)';
CREATE FUNCTION pg_temp.seen_lo() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
CREATE FUNCTION pg_temp.door_lo() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
CREATE FUNCTION pg_temp.facts_given(smallint, text[]) RETURNS smallint[] LANGUAGE sql AS
    'SELECT array_agg(code) FROM public.fact_kind';
"""


def test_names_in_pg_temp_hijack_nothing(furnished: Furnished, api: Sql) -> None:
    """Everything that the door's functions look up is planted in the application's own temporary schema first."""

    def answers() -> list[Any]:
        found: list[Any] = []
        with api.transaction(force_rollback=True):
            api.execute("SELECT set_config('alur.session', %s, true)", (str(furnished.far_operator),))
            found.append(api.execute("SELECT count(*) AS n FROM public.case_").fetchone())
            found.append(api.execute("SELECT count(*) AS n FROM public.person").fetchone())
        with api.transaction(force_rollback=True):
            for session in (furnished.operator, furnished.far_operator):
                for trigger in ("usulan.terapkan_langsung", "usulan.tarik_usulan", "usulan.cek_padan"):
                    move = "SELECT outcome, refusal, rule, state, versions, missing FROM public.door_move(%s, %s, %s)"
                    found += api.execute(move, (session, trigger, [furnished.case])).fetchall()
        return found

    honest = answers()
    assert {"outcome": "tidak_ditemukan"}.items() <= honest[-1].items()
    api.execute(HIJACK)
    assert answers() == honest
    assert api.execute("SELECT count(*) AS n FROM pg_temp.position").fetchone() == {"n": 0}
    assert api.execute("SELECT count(*) AS n FROM pg_temp.transition").fetchone() == {"n": 0}
    planted = api.execute("SELECT id FROM pg_temp.session").fetchone()
    assert planted is not None
    assert refusal(api, "SELECT * FROM public.door_options(%s, 1)", (planted["id"],)) == "AL002"
