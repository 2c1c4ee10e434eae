"""The schema's twins agree, installing is repeatable, and nothing in it lets a reader past row-level security.

Real: PostgreSQL, the migrations, `install()`. The twin is an empty database in which SQLAlchemy made the classes of
`models.schema` into tables.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import Connection
from psycopg.rows import DictRow
from sqlalchemy import BigInteger, Engine, create_engine, text
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from models.database import sync_connect
from models.install import install
from models.schema import METADATA
from tests.integration.schema import catalog
from tests.support.server import TestServer

OPEN = {
    "machine": "the regulation's own words",
    "role": "the regulation's own words",
    "programme": "the regulation's own words",
    "jenis": "the regulation's own words",
    "jenis_effect": "the regulation's own words",
    "state": "the regulation's own words",
    "trigger": "the regulation's own words",
    "reason": "the regulation's own words",
    "fact_kind": "the regulation's own words",
    "need": "the regulation's own words",
    "rule": "the regulation's own words",
    "arrow": "the regulation's own words",
    "refusal_code": "the regulation's own words",
    "batch_watch": "which states a kind of batch waits for",
    "clock": "the clock's setting",
    "holiday": "the calendar, decreed in public",
    "window_extension": "the calendar, decreed in public",
    "policy": "decreed in public",
    "policy_version": "decreed in public",
    "region": "the list of regions, decreed in public",
    "heartbeat": "which process last said it lives",
    "feed": "how far a feed was read: one number a feed",
}
"""Tables without row-level security, each with the reason: they hold no case and no person."""

COLUMNS: dict[str, tuple[TypeEngine[Any], str]] = {
    f"{table.name}.{column.name}": (
        column.type,
        str(mapper.class_.model_fields[column.key].description or getattr(column, "comment", None) or ""),
    )
    for mapper in SQLModel._sa_registry.mappers
    for table in mapper.tables
    for column in table.columns
}
"""`table.column` -> its type, and the sentence that says what it means."""

PAST_IT = {
    "judges the session named in the transaction": (
        *("seen", "staff_sees", "audit_deeds", "audit_paper_known", "audit_position", "audit_trail"),
        *("assignments_own", "read_note", "queue_rows", "queue_few", "register_search"),
        *("failures_counted", "funds_standing", "report_counted", "audit_signals", "audit_hasty", "audit_mass"),
    ),
    "is asked before there is a session, with a secret or a hash": (
        *("signin_begin", "signin_password", "signin_forgot", "signin_factors", "signin_code_made", "signin_answer"),
        *("signin_choices", "signin_session", "signin_reset", "link_known", "link_start", "link_chat", "link_use"),
    ),
    "is what a policy asks: yes or no about one row": (
        *("case_in_sight", "household_in_sight", "words_open", "mask_open"),
    ),
    "tells who could act, to whoever sees what waits: numbers of accounts, and in which village": (
        *("holders", "approvers", "persons_as", "parties_as", "held_at"),
    ),
    "tells how the machinery fares, and nothing of a case": (
        *("health_figures", "health_waiting", "cycles_undecided", "watch_silent", "tally_as_of"),
    ),
    "asks a flow to look again": ("wake_batch",),
}
"""Why a function with its owner's rights answers the application without being told whose session it is."""

READERS = {"alur_api", "alur_auditor", "alur_public", "public"}


@pytest.fixture(scope="module")
def installed(server: TestServer) -> Iterator[str]:
    """The DSN of an installed database that no test of this module changes."""
    dsn = server.fresh()
    yield dsn
    server.drop(dsn)


@pytest.fixture(scope="module")
def owner(installed: str) -> Iterator[Connection[DictRow]]:
    with sync_connect(installed) as conn:
        yield conn


def _engine(dsn: str) -> Engine:
    return create_engine(dsn.replace("postgresql://", "postgresql+psycopg://", 1))


@pytest.fixture(scope="module")
def twin(server: TestServer) -> Iterator[Connection[DictRow]]:
    """An empty database in which the classes became tables."""
    name = f"alur_twin_{os.getpid()}"
    server._create(name)
    dsn = server.dsn(name)
    engine = _engine(dsn)
    try:
        with engine.begin() as connection:
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
            METADATA.create_all(connection)
        with sync_connect(dsn) as conn:
            yield conn
    finally:
        engine.dispose()
        server.drop(dsn)


# -- twins ------------------------------------------------------------------------------------------------------------


def test_alembic_finds_no_difference(installed: str) -> None:
    engine = _engine(installed)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "compare_server_default": True}
            )
            found = compare_metadata(context, METADATA)
    finally:
        engine.dispose()
    # Columns explain themselves in the classes; the database carries no comments.
    differences = [
        step
        for group in found
        for step in (group if isinstance(group, list) else [group])
        if step[0] not in {"modify_comment", "add_table_comment"}
    ]
    assert not differences, (
        "migrations and models/*/tables.py differ; write a migration, or mend the class:"
        + catalog.sentences(differences)
    )


@pytest.mark.parametrize("name", sorted(METADATA.tables))
def test_a_class_is_its_table(name: str, owner: Connection[DictRow], twin: Connection[DictRow]) -> None:
    """Columns and their order, defaults, checks, keys, partial and covering indexes, storage options."""
    made, declared = catalog.tables(owner).get(name, []), catalog.tables(twin)[name]
    assert made == declared, (
        f"table {name}: in the database only{catalog.sentences(set(made) - set(declared))}"
        f"\nin its class only{catalog.sentences(set(declared) - set(made))}"
    )


def test_every_table_has_a_class(owner: Connection[DictRow]) -> None:
    missing = set(catalog.tables(owner)) - set(METADATA.tables)
    assert not missing, f"declare these in the tables.py of their noun and import it in models.schema: {missing}"


def test_sequences_are_the_same(owner: Connection[DictRow], twin: Connection[DictRow]) -> None:
    assert catalog.rows(owner, catalog.SEQUENCES) == catalog.rows(twin, catalog.SEQUENCES)


def test_every_column_says_what_it_means() -> None:
    silent = [where for where, (_, meaning) in COLUMNS.items() if not meaning]
    assert not silent, f"give each a sentence, with its unit: {silent}"


# -- installing -------------------------------------------------------------------------------------------------------


def test_installing_again_changes_nothing(database: str) -> None:
    """Catalog, owners, grants, policies and every row stay as they were; only sequences may have moved on."""
    with sync_connect(database) as conn:
        before = catalog.snapshot(conn)
        install(database, mark="test")
        after = catalog.snapshot(conn)
    assert after == before, f"gone{catalog.sentences(before - after)}\nnew{catalog.sentences(after - before)}"


def test_a_policy_that_a_release_brings_reaches_a_database_that_is_there(database: str) -> None:
    """What was decreed stays as decreed, also where a release begins with something else."""
    with sync_connect(database) as conn:
        conn.execute("UPDATE policy SET value = '\"en\"' WHERE key = 'pemberitahuan.bahasa'")
        conn.execute("DELETE FROM policy WHERE key = 'pemberitahuan.kirim'")
        install(database, mark="test")
        [kept] = catalog.rows(conn, "SELECT value FROM policy WHERE key = 'pemberitahuan.bahasa'")
        [new] = catalog.rows(conn, "SELECT value, version FROM policy WHERE key = 'pemberitahuan.kirim'")
    assert kept["value"] == "en"
    assert (new["value"]["menyerah"] > 1, new["version"]) == (True, 1)


# -- properties -------------------------------------------------------------------------------------------------------


def test_rupiah_is_never_an_integer(owner: Connection[DictRow]) -> None:
    """A budget of 28.7 trillion overflows `integer`, and a float loses rupiah."""
    told = {
        f"{row['table_name']}.{row['column_name']}": row["data_type"]
        for row in catalog.rows(
            owner,
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'",
        )
    }
    named = {where for where in told if re.search(r"[._](rupiah|rp)$", where)}
    said = {where for where, (_, meaning) in COLUMNS.items() if "rupiah" in meaning}
    assert named, "the amounts are gone, or called otherwise: mend this test"
    wrong = {where: told[where] for where in named | said if told.get(where) not in {"bigint", "jsonb"}}
    assert not wrong, f"rupiah are whole numbers in bigint: {wrong}"
    not_so_named = {where for where in said - named if isinstance(COLUMNS[where][0], BigInteger)}
    assert not_so_named <= {"counter.used"}, f"end the name in _rp: {not_so_named}"


def test_whoever_holds_cases_or_people_has_row_level_security(owner: Connection[DictRow]) -> None:
    bare = {
        row["relname"]
        for row in catalog.rows(
            owner,
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
            "AND NOT relrowsecurity AND relname <> 'alembic_version'",
        )
    }
    assert bare <= set(OPEN), f"add to the list in case/sql/scope.sql, with a policy: {sorted(bare - set(OPEN))}"
    assert set(OPEN) <= bare, f"guarded now, take them off the list here: {sorted(set(OPEN) - bare)}"


def test_row_level_security_binds_every_role_of_ours(owner: Connection[DictRow]) -> None:
    """It binds whoever owns no table, may not bypass it and may become nobody who does: then FORCE adds nothing.

    The owner is left free of it on purpose: the functions that look past it are his, and are listed below.
    """
    loose = catalog.rows(
        owner,
        "SELECT r.rolname FROM pg_roles r WHERE r.rolname LIKE 'alur\\_%%' AND (r.rolsuper OR r.rolbypassrls "
        "OR r.rolcreaterole OR r.rolreplication OR EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid) "
        "OR EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid AND c.relnamespace = 'public'::regnamespace))",
    )
    assert loose == []
    assert len(catalog.rows(owner, "SELECT 1 FROM pg_roles WHERE rolname LIKE 'alur\\_%%'")) >= len(READERS)


def test_only_what_is_listed_looks_past_row_level_security_for_nobody_in_particular(
    owner: Connection[DictRow],
) -> None:
    """A function with its owner's rights takes the session as its first argument and judges it, or has a reason."""
    found = {
        row["name"]
        for row in catalog.rows(
            owner,
            "SELECT p.proname AS name FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef "
            "AND EXISTS (SELECT 1 FROM unnest(ARRAY['alur_api', 'alur_auditor', 'alur_public']) AS r(role) "
            "WHERE has_function_privilege(r.role, p.oid, 'EXECUTE')) "
            "AND pg_get_function_arguments(p.oid) NOT LIKE 'p_session uuid%%'",
        )
    }
    unknown = found - {name for names in PAST_IT.values() for name in names}
    assert not unknown, f"give it the session, REVOKE it, or list it with its reason: {sorted(unknown)}"
    assert {name for names in PAST_IT.values() for name in names} <= found


def test_no_policy_shows_everything_to_a_reader(owner: Connection[DictRow]) -> None:
    """A policy that is simply true shows every row, also to a pooled session that named nobody."""
    waived = {
        f"{row['tablename']} ({row['policyname']})"
        for row in catalog.rows(owner, "SELECT * FROM pg_policies WHERE qual = 'true'")
        if READERS & set(row["roles"])
    }
    assert not waived, f"write what of the session's scope must hold: {sorted(waived)}"


def test_definer_functions_fix_their_search_path(owner: Connection[DictRow]) -> None:
    """Otherwise a caller's temporary table, searched first, stands in for ours with the owner's rights."""
    loose = [
        row["name"]
        for row in catalog.rows(
            owner,
            "SELECT p.oid::regprocedure::text AS name, p.proconfig FROM pg_proc p "
            "JOIN pg_namespace n ON n.oid = p.pronamespace "
            "WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')",
        )
        if not any(re.fullmatch(r"search_path=.*\bpg_temp", option) for option in row["proconfig"] or ())
    ]
    assert not loose, f"add SET search_path = public, pg_temp: {loose}"


def test_views_show_no_more_than_their_reader_may_see(owner: Connection[DictRow]) -> None:
    """A view without security_invoker reads with its owner's rights, past row-level security."""
    loose = [
        row["relname"]
        for row in catalog.rows(
            owner,
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm') "
            "AND NOT coalesce(reloptions::text[], '{}') && ARRAY['security_invoker=true', 'security_invoker=on']",
        )
    ]
    assert not loose, f"write CREATE VIEW ... WITH (security_invoker = true): {loose}"
