"""The database refuses: what the application's roles and a slip in psql cannot do."""

from __future__ import annotations

from contextlib import closing

import pytest

from models.database import sync_connect
from models.install import role_dsn
from tests.integration.door.furnished import DOOR_TABLES, LOG, Furnished, Sql, refusal

INNER = (
    *("door_apply", "door_after", "open_apply", "door_linked", "door_linked_open", "counter_add", "counter_blocked"),
    *("actor_of", "system_identity", "approval_identity", "deciders_of"),
)
"""Functions that act for whoever they are told: called inside the door only."""
WORKER_ONLY = (
    *("work_session", "lease_take", "lease_keep", "lease_end", "door_enlist", "door_file", "approval_open"),
    *("approval_execute", "register_answered", "register_ranked"),
)
"""Functions that flows call for the system or a service."""

DENIED = "42501"
OURS = "AL000"
REFERRED = "0A000"
"""PostgreSQL's own refusal to empty a table that another refers to; ours never comes to speak."""


def writes(conn: Sql, table: str) -> dict[str, str]:
    """Return one statement of each kind that would change a table, as one would type it in psql."""
    cursor = conn.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum LIMIT 1",
        (table,),
    )
    column = (cursor.fetchone() or {})["attname"]
    return {
        "INSERT": f"INSERT INTO {table} SELECT * FROM {table} LIMIT 1",
        "UPDATE": f"UPDATE {table} SET {column} = {column}",
        "DELETE": f"DELETE FROM {table}",
        "TRUNCATE": f"TRUNCATE {table}",
        "TRUNCATE CASCADE": f"TRUNCATE {table} CASCADE",
        "MERGE": f"MERGE INTO {table} t USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
        "COPY": f"COPY {table} FROM PROGRAM 'true'",
    }


# -- the application's roles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", DOOR_TABLES)
def test_the_application_writes_no_table_of_the_door(application: Sql, table: str) -> None:
    slips = {verb: query for verb, query in writes(application, table).items() if verb != "COPY"}
    told = {verb: refusal(application, query) for verb, query in slips.items()}
    assert told == dict.fromkeys(told, DENIED)


@pytest.mark.parametrize("table", DOOR_TABLES)
def test_no_column_of_the_door_is_granted_for_writing(admin: Sql, table: str) -> None:
    granted = admin.execute(
        "SELECT r.role, p.privilege"
        "  FROM unnest(ARRAY['alur_api', 'alur_worker', 'alur_auditor', 'alur_public']) AS r(role),"
        "       unnest(ARRAY['INSERT', 'UPDATE', 'REFERENCES']) AS p(privilege)"
        " WHERE has_any_column_privilege(r.role, %s, p.privilege)",
        (table,),
    ).fetchall()
    assert granted == []


def call_of(admin: Sql, name: str) -> list[str]:
    """Return a call of every function of that name, with a null of the right type for every argument."""
    found = admin.execute(
        "SELECT format('SELECT * FROM %%I(%%s)', p.proname, ("
        "   SELECT string_agg('NULL::' || format_type(a.type, NULL), ', ' ORDER BY a.n)"
        "     FROM unnest(p.proargtypes) WITH ORDINALITY AS a(type, n))) AS call"
        "  FROM pg_proc p WHERE p.proname = %s AND p.pronamespace = 'public'::regnamespace",
        (name,),
    ).fetchall()
    return [row["call"] for row in found]


@pytest.mark.parametrize("name", INNER)
def test_an_inner_function_is_closed_to_the_application(admin: Sql, application: Sql, name: str) -> None:
    calls = call_of(admin, name)
    assert calls, f"there is no function {name}"
    assert [refusal(application, call) for call in calls] == [DENIED] * len(calls)


@pytest.mark.parametrize("name", WORKER_ONLY)
def test_a_function_of_the_flows_is_closed_to_the_api(admin: Sql, api: Sql, name: str) -> None:
    calls = call_of(admin, name)
    assert calls, f"there is no function {name}"
    assert [refusal(api, call) for call in calls] == [DENIED] * len(calls)


def test_whatever_runs_with_anothers_rights_has_a_fixed_search_path_and_is_not_for_everybody(admin: Sql) -> None:
    careless = admin.execute(
        "SELECT p.oid::regprocedure::text AS signature, p.proconfig, p.proacl::text FROM pg_proc p "
        "WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND ("
        "  NOT COALESCE('search_path=public, pg_temp' = ANY (p.proconfig), false)"
        "  OR EXISTS (SELECT 1 FROM aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) x WHERE x.grantee = 0))"
    ).fetchall()
    assert careless == []
    definers = admin.execute("SELECT count(*) AS n FROM pg_proc WHERE prosecdef AND proname LIKE 'door%%'").fetchone()
    assert definers is not None
    assert definers["n"] >= 5


@pytest.mark.parametrize(
    "attempt",
    [
        "SET ROLE alur_door",
        "SET SESSION AUTHORIZATION alur_door",
        "GRANT alur_door TO CURRENT_USER",
        "ALTER ROLE CURRENT_USER BYPASSRLS",
        "SET session_replication_role = replica",
        "ALTER TABLE position DISABLE TRIGGER ALL",
        "ALTER TABLE position DISABLE ROW LEVEL SECURITY",
        "DROP POLICY readers_scope ON position",
        "DROP TRIGGER only_door ON position",
        "CREATE FUNCTION public.identify(text) RETURNS text LANGUAGE sql AS 'SELECT 1::text'",
        "CREATE TABLE public.mine (id int)",
        "CREATE SCHEMA mine",
        "SELECT clock_travel(now() + interval '1 day')",
        "SELECT * FROM session",
    ],
)
def test_the_application_cannot_raise_itself(application: Sql, attempt: str) -> None:
    assert refusal(application, attempt) == DENIED


def test_row_level_security_cannot_be_switched_off_by_a_setting(application: Sql) -> None:
    application.execute("SET row_security = off")
    assert refusal(application, "SELECT * FROM case_") == DENIED


def test_no_case_is_opened_in_the_middle_of_a_machine(furnished: Furnished, admin: Sql) -> None:
    before = admin.execute("SELECT count(*) AS n FROM case_").fetchone()
    middle = admin.execute(
        "SELECT m.name || '.' || t.id AS trigger, CASE m.name WHEN 'usulan' THEN 'BARU' END AS kind "
        "FROM trigger t JOIN machine m ON m.code = t.machine "
        "WHERE NOT EXISTS (SELECT 1 FROM arrow w WHERE w.source = 0 AND w.trigger = t.code)"
    ).fetchall()
    with closing(sync_connect(role_dsn(furnished.dsn, "alur_worker"))) as worker:
        told = {
            row["trigger"]: [
                (answer["outcome"], answer["refusal"])
                for answer in worker.execute(
                    "SELECT * FROM door_open(%s, %s, %s, 'PKH', 202601, %s)",
                    (furnished.system, row["trigger"], [furnished.household], row["kind"]),
                ).fetchall()
            ]
            for row in middle
        }
    assert len(told) > 150
    assert {answer for answers in told.values() for answer in answers} == {("ditolak", "tidak_terbuka")}
    assert admin.execute("SELECT count(*) AS n FROM case_").fetchone() == before


# -- a slip in psql ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["origin", "replica"])
@pytest.mark.parametrize("table", DOOR_TABLES)
def test_a_superusers_slip_is_refused_on_every_table_of_the_door(admin: Sql, table: str, mode: str) -> None:
    admin.execute(f"SET session_replication_role = {mode}")
    told = {verb: refusal(admin, query) for verb, query in writes(admin, table).items()}
    referred = admin.execute("SELECT 1 FROM pg_constraint WHERE confrelid = %s::regclass LIMIT 1", (table,)).fetchone()
    assert told == dict.fromkeys(told, OURS) | ({"TRUNCATE": REFERRED} if referred else {})


@pytest.mark.parametrize("mode", ["origin", "replica"])
@pytest.mark.parametrize("table", ["decision", "decision_case"])
def test_a_superusers_slip_is_refused_on_who_decided_what(admin: Sql, table: str, mode: str) -> None:
    """The schema calls these append-only."""
    admin.execute(f"SET session_replication_role = {mode}")
    slips = {verb: query for verb, query in writes(admin, table).items() if verb in {"UPDATE", "DELETE", "TRUNCATE"}}
    told = {verb: refusal(admin, query) for verb, query in slips.items()}
    assert told == dict.fromkeys(told, OURS)


@pytest.mark.parametrize("table", LOG)
def test_not_even_the_doors_own_role_changes_history(admin: Sql, table: str) -> None:
    admin.execute("SET ROLE alur_door")
    slips = {verb: query for verb, query in writes(admin, table).items() if verb in {"UPDATE", "DELETE", "TRUNCATE"}}
    told = {verb: refusal(admin, query) for verb, query in slips.items()}
    assert set(told.values()) <= {OURS, DENIED}


def test_not_even_the_doors_own_role_deletes_a_position(admin: Sql) -> None:
    admin.execute("SET ROLE alur_door")
    assert refusal(admin, "DELETE FROM position") in {OURS, DENIED}
    assert refusal(admin, "TRUNCATE position") in {OURS, DENIED}
