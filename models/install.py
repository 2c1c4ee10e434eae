"""Make a database ready: roles, tables, functions, words, policy. Every step may be run again."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import Connection, sql
from psycopg.errors import DuplicateObject, InternalError, UniqueViolation
from psycopg.rows import DictRow
from sqlalchemy import create_engine

from models import vocabulary
from models.database import sync_connect
from models.policy import seeds

_HERE = Path(__file__).parent
_LOGIN = ("alur_api", "alur_worker", "alur_auditor", "alur_public")
_ROLES = ("alur_door", *_LOGIN)
_ROLE_TRIES = 10

MARK = "alur "
"""What the comment on the schema begins with; behind it stands which functions were installed (`digest`)."""

_BANKS = ("BRI", "BNI", "BTN", "MANDIRI", "BSI")

_FUNCTIONS = (
    "policy/sql/policy.sql",
    "calendar/sql/workdays.sql",
    "calendar/sql/windows.sql",
    "user/sql/identity.sql",
    "register/sql/complete.sql",
    "register/sql/identity.sql",
    "case/sql/judge.sql",
    "case/sql/counter.sql",
    "case/sql/evidence.sql",
    "case/sql/after.sql",
    "case/sql/door.sql",
    "case/sql/kinds.sql",
    "case/sql/open.sql",
    "case/sql/facts.sql",
    "sanggah/sql/objector.sql",
    "sanggah/sql/judge.sql",
    "sanggah/sql/effect.sql",
    "case/sql/told.sql",
    "case/sql/queue.sql",
    "siklus/sql/cycle.sql",
    "siklus/sql/freeze.sql",
    "siklus/sql/linked.sql",
    "siklus/sql/told.sql",
    "document/sql/document.sql",
    "case/sql/replay.sql",
    "batch/sql/batch.sql",
    "approval/sql/approval.sql",
    "request/sql/request.sql",
    "case/sql/once.sql",
    "register/sql/save.sql",
    "register/sql/twins.sql",
    "register/sql/search.sql",
    "audit/sql/audit.sql",
    "laporan/sql/laporan.sql",
    "health/sql/health.sql",
    "calendar/sql/decree.sql",
    "notice/sql/notice.sql",
    "notice/sql/wishes.sql",
    "notice/sql/sending.sql",
    "notice/sql/news.sql",
    "notice/sql/fate.sql",
    "notice/sql/objections.sql",
    "notice/sql/cycle.sql",
    "notice/sql/aid.sql",
    "stuck/sql/due.sql",
    "stuck/sql/holders.sql",
    "stuck/sql/stuck.sql",
    "tally/sql/tally.sql",
    "signin/sql/guess.sql",
    "signin/sql/signin.sql",
    "signin/sql/session.sql",
    "signin/sql/proof.sql",
    "staff/sql/staff.sql",
    "delegation/sql/delegation.sql",
    "handover/sql/handover.sql",
    "reads/sql/reads.sql",
    "musdes/sql/musdes.sql",
    "comment/sql/comment.sql",
    "case/sql/scope.sql",
    "case/sql/grants.sql",
)
"""Replaced as a whole after each migration, in this order; the last two set row-level security, owners and grants."""


KEPT: dict[str, str] = {
    "account_tested(uuid,bigint[],text)": "0.1.0",
    "door_is_system()": "0.1.0",
    "register_checked(uuid,bigint[],boolean[],text[])": "0.1.0",
}
"""Functions that this version no longer installs and still leaves in place: signature -> the newest release whose
processes call it. They work on while those are replaced one by one, and move to `_RETIRED` one release later."""

_RETIRED: tuple[str, ...] = (
    "actor_of(integer[])",
    "claim_back(smallint, bigint[])",
    "deciders_of(approval, integer[])",
    (
        "door_judge(smallint, bigint[], integer[], smallint, integer[], boolean, integer, boolean, smallint, "
        "smallint[], bigint, bigint, timestamptz, integer[], smallint[])"
    ),
    "edited_by(identity, smallint, bigint[])",
    "first_clicks(smallint, bigint[], integer, smallint)",
    "is_workday(date)",
    "parties(integer)",
    "shared_with(bigint, bigint, bigint)",
    "workday_after(date, integer)",
)
"""Signatures of functions that no process of a supported release calls any more; dropped with every installation."""


def ensure_database(admin_dsn: str, name: str) -> None:
    """Make an empty database on the server of `admin_dsn` unless it is there."""
    with sync_connect(admin_dsn) as conn:
        if conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
            conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def role_password(admin_dsn: str, role: str) -> str:
    """Return the password of a database role, derived from the administrator's, so that no file has to hold it."""
    parts = urlsplit(admin_dsn)
    secret = parts.password or parts.netloc
    return hmac.new(secret.encode(), f"alur:{role}".encode(), hashlib.sha256).hexdigest()


def role_dsn(admin_dsn: str, role: str) -> str:
    """Return the DSN under which a process of ours connects as `role` to the administrator's database."""
    parts = urlsplit(admin_dsn)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(role_password(admin_dsn, role))}@{host}"))


def _make_roles(conn: Connection[DictRow], admin_dsn: str) -> None:
    # Roles are shared by all databases of a server, and no lock spans databases: whoever comes second finds the role
    # made, or finds it being written this very moment and tries again.
    for role in _ROLES:
        name = sql.Identifier(role)
        with suppress(DuplicateObject, UniqueViolation):
            conn.execute(sql.SQL("CREATE ROLE {} NOINHERIT").format(name))
        if role not in _LOGIN:
            continue
        password = sql.Literal(role_password(admin_dsn, role))
        for attempt in range(_ROLE_TRIES):
            try:
                conn.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(name, password))
                break
            except InternalError:  # "tuple concurrently updated"
                if attempt == _ROLE_TRIES - 1:
                    raise
                time.sleep(0.05 * (attempt + 1))


def make_roles(admin_dsn: str) -> None:
    """Make the database roles of Alur on a server, with the passwords that follow from this administrator's."""
    with sync_connect(admin_dsn) as conn:
        _make_roles(conn, admin_dsn)


def revisions() -> tuple[str, ...]:
    """Return the schema revisions that this version knows, the newest first."""
    script = ScriptDirectory(str(_HERE / "migrations"))
    return tuple(step.revision for step in script.walk_revisions())


def digest() -> str:
    """Return a hash of the functions, policies and grants that this version installs."""
    told = hashlib.sha256()
    for name in _FUNCTIONS:
        told.update((_HERE / name).read_bytes())
    return told.hexdigest()[:16]


def _migrate(admin_dsn: str) -> None:
    engine = create_engine(admin_dsn.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        with engine.connect() as connection:
            config = Config()
            config.set_main_option("script_location", str(_HERE / "migrations"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def _seed_policy(conn: Connection[DictRow]) -> None:
    """Write the versions of policy that are not there yet, and the keys a version lacks: those new in this release."""
    new = conn.execute("SELECT 1 FROM policy_version LIMIT 1").fetchone() is None
    for version in seeds.versions():
        when = (version.decree, version.valid_from)
        known = "SELECT id FROM policy_version WHERE decree = %s AND valid_from = %s"
        row = (
            conn.execute(known, when).fetchone()
            or conn.execute(
                "INSERT INTO policy_version (id, decree, valid_from, note, recorded_at) "
                "SELECT COALESCE(max(id), 0) + 1, %s, %s, %s, now() FROM policy_version RETURNING id",
                (*when, version.note),
            ).fetchone()
        )
        with conn.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO policy (key, version, value) VALUES (%s, %s, %s::jsonb) ON CONFLICT DO NOTHING",
                [(key, row and row["id"], json.dumps(value)) for key, value in version.entries.items()],
            )
    if not new:
        return
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO holiday (day, name, kind, decree) VALUES (%s, %s, %s, %s)",
            [(day, name, kind, seeds.LIBUR) for day, name, kind in seeds.HOLIDAYS],
        )


def _seed_system(conn: Connection[DictRow], mark: str) -> None:
    """Make the system's own account, the service accounts of outside organisations, and the clock."""
    conn.execute("INSERT INTO clock (mark) VALUES (%s) ON CONFLICT DO NOTHING", (mark,))
    services: list[tuple[str, str, str, str, str | None]] = [("sistem", "Sistem Alur", "system", "sistem", None)]
    services.append(("layanan.bps", "Layanan BPS (DTSEN)", "service", "bps", None))
    services += [(f"layanan.{bank.lower()}", f"Layanan {bank}", "service", "bank", bank) for bank in _BANKS]
    services.append(("layanan.pos", "Layanan Pos Indonesia", "service", "pos", "POS"))
    services.append(("layanan.kppn", "Layanan KPPN", "service", "kppn", "KPPN"))
    for username, name, kind, role, organisation in services:
        row = conn.execute(
            "INSERT INTO account_user (username, name, kind, created_at) SELECT %(u)s, %(n)s, %(k)s, now() "
            "WHERE NOT EXISTS (SELECT 1 FROM account_user WHERE username = %(u)s) RETURNING id",
            {"u": username, "n": name, "k": kind},
        ).fetchone()
        if row is None:
            continue
        national = role in {"sistem", "bps"}
        conn.execute(
            "INSERT INTO assignment (user_id, role, lo, hi, organisation, valid_from) "
            "SELECT %s, code, %s, %s, %s, %s FROM role WHERE id = %s",
            (
                row["id"],
                0 if national else None,
                9_999_999_999 if national else None,
                organisation,
                seeds.VALID_FROM,
                role,
            ),
        )


def analyze(conn: Connection[DictRow]) -> None:
    """Tell the planner of the tables that hold something, and of no other.

    One that was found empty is planned as empty until it is looked at again, with a reading of the whole for every row
    of something else: a tahap of 100,000 families may fill it in the minute before. One that was never looked at is
    taken to have some pages.
    """
    held = conn.execute(
        "SELECT oid::regclass::text AS name FROM pg_class "
        "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"
    ).fetchall()
    for table in held:
        conn.execute(f"ANALYZE {table['name']}".encode())
    conn.execute("ANALYZE pg_catalog.pg_proc, pg_catalog.pg_class, pg_catalog.pg_attribute")


def install(admin_dsn: str, *, mark: str = "production") -> None:
    """Bring the database named by `admin_dsn` (a superuser's DSN) to the state this version needs.

    Creates the roles, migrates the tables, replaces functions and policies, writes the declared rules, and gives a
    new database its first policy. `mark` (production, demo, test or practice) is written once, in a new database.

    Raises:
        vocabulary.RuleChanged: a declared rule differs from the stored one of the same number.
    """
    with sync_connect(admin_dsn) as conn:
        _make_roles(conn, admin_dsn)
        _migrate(admin_dsn)
        with conn.transaction():
            conn.execute("SELECT pg_advisory_xact_lock(%s)", (0x416C7574,))
            conn.execute("SET LOCAL lock_timeout = '10s'")
            conn.execute("SET LOCAL check_function_bodies = off")
            for signature in _RETIRED:
                conn.execute(f"DROP FUNCTION IF EXISTS {signature}".encode())
            for name in _FUNCTIONS:
                conn.execute((_HERE / name).read_text("utf-8").encode())
            vocabulary.install(conn)
            _seed_policy(conn)
            _seed_system(conn, mark)
            conn.execute(sql.SQL("COMMENT ON SCHEMA public IS {}").format(sql.Literal(f"{MARK}{digest()}")))
        analyze(conn)
