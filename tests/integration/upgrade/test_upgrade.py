"""A database of every release becomes one of this version, and that release's processes go on working in it.

During a rolling upgrade the database is migrated first; API and engine of the old release are replaced one by one.
So a migration only adds (expand), and what it makes needless goes one release later (contract).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection, sql
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from alur.audit import replay_lines
from models.backup.queries import fingerprint, revision
from models.database import sync_connect
from models.install import KEPT, install, revisions, role_dsn
from models.policy import seeds
from tests.integration.schema import catalog
from tests.integration.upgrade.release import RELEASES, Call, Column, calls, columns, demanded, described, load
from tests.support.server import TestServer
from tests.support.world import DESA

Owner = Connection[DictRow]

WORDS = {
    *("machine", "role", "programme", "jenis", "jenis_effect", "state", "trigger", "reason", "fact_kind", "need"),
    *("rule", "arrow", "refusal_code", "batch_watch", "holiday", "alembic_version"),
}
"""Tables that every installation writes anew from the declarations, or adds to."""


class Before:
    """What a release's database held and answered before it was migrated."""

    def __init__(self, conn: Owner, dsn: str, called: frozenset[str]) -> None:
        self.dsn = dsn
        self.columns = columns(conn)
        self.demanded = demanded(conn)
        self.answers: dict[Call, dict[str, int]] = {}
        for call in calls(conn, called):
            with suppress(psycopg.errors.InsufficientPrivilege):  # it reads what only the owner may
                self.answers[call] = described(conn, call)
        self.rows = {table: rows(conn, table, names) for table, names in kept(self.columns_of(conn)).items()}
        self.names = kept(self.columns_of(conn))
        with conn.transaction():
            self.log = fingerprint(conn)

    @staticmethod
    def columns_of(conn: Owner) -> dict[str, list[str]]:
        told: dict[str, list[str]] = {}
        for row in conn.execute(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
            "AND NOT a.attisdropped WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY a.attnum"
        ).fetchall():
            told.setdefault(row["relname"], []).append(row["attname"])
        return told


def kept(tables: dict[str, list[str]]) -> dict[str, list[str]]:
    return {table: names for table, names in tables.items() if table not in WORDS}


def rows(conn: Owner, table: str, names: list[str]) -> list[tuple[Any, ...]]:
    query = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in names), sql.Identifier(table)
    )
    return sorted((tuple(row.values()) for row in conn.execute(query).fetchall()), key=repr)


@pytest.fixture(scope="module", params=RELEASES)
def upgraded(request: pytest.FixtureRequest, server: TestServer) -> Iterator[Before]:
    """A database of the release, migrated to this version, and what it was before."""
    dsn = server.blank()
    called = load(request.param, dsn)
    with sync_connect(dsn) as conn:
        before = Before(conn, dsn, called)
    install(dsn)
    yield before
    server.drop(dsn)


@pytest.fixture
def owner(upgraded: Before) -> Iterator[Owner]:
    with sync_connect(upgraded.dsn) as conn:
        yield conn


def test_the_first_release_is_among_them() -> None:
    assert "0.1.0" in RELEASES


# -- expand: nothing is lost, and the result is what a new installation is ------------------------------------


def test_the_schema_is_this_version_s(owner: Owner) -> None:
    assert revision(owner) == revisions()[0]


def test_every_row_stands_as_it_stood(upgraded: Before, owner: Owner) -> None:
    assert len(upgraded.rows) > 30
    assert sum(map(len, upgraded.rows.values())) > 200
    for table, names in upgraded.names.items():
        now = rows(owner, table, names)
        missing = [row for row in upgraded.rows[table] if row not in now]
        assert not missing, f"{table} lost or changed {missing[:3]}"
    with owner.transaction():
        told = {table: each.columns for table, each in upgraded.log.items()}
        assert fingerprint(owner, told) == upgraded.log


def test_what_is_new_in_policy_is_there_and_nothing_was_changed(upgraded: Before, owner: Owner) -> None:
    """Each decree's policy has every key that this version asks for; `rows` above says that the old ones stand."""
    asked = "SELECT p.key, p.value FROM policy p JOIN policy_version v ON v.id = p.version WHERE v.decree = %s"
    for version in seeds.versions():
        held = {row["key"]: row["value"] for row in owner.execute(asked, (version.decree,)).fetchall()}
        assert held == json.loads(json.dumps(version.entries)), version.decree
    before = {row[upgraded.names["policy"].index("key")] for row in upgraded.rows["policy"]}
    assert "kartu.ulang_hari" not in before, "release 0.1.0 had none, so the above says that it came"


def test_its_log_replays(upgraded: Before) -> None:
    lines, agrees = replay_lines(upgraded.dsn)
    # Cases put at the end of a history by the tests' kit have no facts; positions, claims and counters must agree.
    assert agrees, lines


def test_it_is_what_a_new_installation_is(owner: Owner, server: TestServer) -> None:
    fresh = server.blank()
    install(fresh)
    with sync_connect(fresh) as conn:
        new = {each for each in catalog.snapshot(conn) if each[0] != "rows"}
    server.drop(fresh)
    old = {each for each in catalog.snapshot(owner) if each[0] != "rows"}
    left = {name: KEPT.get(name) for kind, name, _ in old - new if kind == "function"}
    unknown = sorted(name for name, release in left.items() if release is None)
    assert not unknown, (
        f"left in an upgraded database, and installed by nobody: {unknown}. If processes of the last release call "
        "them, add them to KEPT in models/install.py; if none does, to _RETIRED."
    )
    differing = {each for each in old ^ new if each[0] != "function" or each[1] not in KEPT}
    assert not differing, f"an upgraded database differs from a new one:{catalog.sentences(differing)}"


def test_nothing_is_kept_for_nobody(owner: Owner) -> None:
    """What a release's processes no longer need is retired."""
    there = {row["name"] for row in catalog.rows(owner, _FUNCTIONS)}
    assert set(KEPT) <= there, f"take off KEPT in models/install.py: {set(KEPT) - there}"


_FUNCTIONS = "SELECT oid::regprocedure::text AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace"


# -- the old release's processes ------------------------------------------------------------------------------------


def test_what_its_processes_read_is_still_there(upgraded: Before, owner: Owner) -> None:
    now = columns(owner)
    gone = upgraded.columns - now
    assert len(upgraded.columns) > 400
    assert not gone, (
        f"its processes read or write these, with these rights and types:{catalog.sentences(gone)}\n"
        "Add beside what is there; drop it in the release after next, when nobody asks for it any more."
    )


def newly_demanded(upgraded: Before, owner: Owner) -> set[str]:
    """Return the columns of the release's own tables that its INSERT statements would have to name by now."""
    old_tables = {column.table for column in upgraded.columns}
    return {name for name in demanded(owner) - upgraded.demanded if name.split(".")[0] in old_tables}


def test_its_processes_own_inserts_still_do(upgraded: Before, owner: Owner) -> None:
    wrong = newly_demanded(upgraded, owner)
    assert not wrong, f"give these a default, or allow null, until nobody of that release inserts: {wrong}"


def test_what_its_processes_call_still_answers_as_it_did(upgraded: Before, owner: Owner) -> None:
    assert len(upgraded.answers) > 60
    broken = []
    for call, answer in upgraded.answers.items():
        try:
            now = described(owner, call)
        except psycopg.Error as error:
            broken.append(f"{call.role}: {call.name}{call.arguments}: {error.diag.message_primary}")
            continue
        broken += [
            f"{call.role}: {call.name}{call.arguments}: {name}" for name in answer if now.get(name) != answer[name]
        ]
    assert not broken, (
        f"its processes call these:{catalog.sentences(broken)}\n"
        "Keep the old argument list working: a new argument comes last and has a default, or the old function stays."
    )


# Statements of release 0.1.0, word for word: what its API and engine send.

MOVE = """
SELECT * FROM door_move(
    %(session)s::uuid, %(trigger)s::text, %(cases)s::bigint[], %(versions)s::integer[], %(reason)s::text,
    %(note)s::text, %(facts)s::jsonb, %(fact_case)s::bigint[], %(fact_kind)s::text[], %(fact_value)s::jsonb[],
    %(batch)s::bigint, %(flow_run)s::uuid)
"""
OPEN = """
SELECT * FROM door_open(
    %(session)s::uuid, %(trigger)s::text, %(households)s::bigint[], %(programme)s::text, %(period)s::integer,
    %(kind)s::text, %(predecessors)s::bigint[], %(note)s::text, %(facts)s::jsonb, %(fact_ord)s::integer[],
    %(fact_kind)s::text[], %(fact_value)s::jsonb[], %(batch)s::bigint, %(destination)s::bigint, %(flow_run)s::uuid,
    %(approval)s::bigint)
"""


@pytest.fixture
def old_api(upgraded: Before) -> Iterator[Owner]:
    with sync_connect(role_dsn(upgraded.dsn, "alur_api")) as conn:
        yield conn


@pytest.fixture
def old_worker(upgraded: Before) -> Iterator[Owner]:
    with sync_connect(role_dsn(upgraded.dsn, "alur_worker")) as conn:
        yield conn


def one(conn: Owner, query: str, params: Any = None) -> dict[str, Any]:
    row = conn.execute(query.encode(), params).fetchone()
    assert row is not None
    return row


def session_of(owner: Owner, username: str) -> UUID:
    found: UUID = one(
        owner,
        "SELECT s.id FROM session s JOIN assignment a ON a.id = s.assignment_id "
        "JOIN account_user u ON u.id = a.user_id WHERE u.username = %s",
        (username,),
    )["id"]
    return found


def knock(conn: Owner, session: UUID, trigger: str, cases: list[int], **more: Any) -> list[dict[str, Any]]:
    nothing = {"versions": None, "reason": None, "note": None, "facts": Jsonb({}), "batch": None, "flow_run": None}
    facts: dict[str, Any] = {"fact_case": [], "fact_kind": [], "fact_value": []}
    params = {"session": session, "trigger": trigger, "cases": cases, **nothing, **facts, **more}
    return conn.execute(MOVE.encode(), params).fetchall()


def test_its_processes_carry_a_proposal_from_the_list_to_a_decision(
    owner: Owner, old_api: Owner, old_worker: Owner
) -> None:
    operator, head = session_of(owner, "operator.rilis"), session_of(owner, "kepala.rilis")
    system = one(old_worker, "SELECT work_session(%s, %s, %s)", (None, "sistem", None))["work_session"]
    member = {
        "nik": "3204050101800777",
        "nama": "Anggota Lama",
        "tempat_lahir": "Bandung",
        "tanggal_lahir": "1980-01-01",
        "jenis_kelamin": 1,
        "hubungan": 1,
    }
    family = {"no_kk": "3204050101207777", "region": DESA, "alamat": "Jl. Lama", "rt": "1", "rw": "1", "kepala": "A"}
    saved = old_api.execute(
        "SELECT * FROM register_save(%s, %s, %s)", (operator, Jsonb([family | {"members": [member]}]), "formulir")
    ).fetchall()
    household = saved[0]["household_id"]
    assert one(old_api, "SELECT * FROM request_begin(%s, %s, %s)", (operator, "k1", "h"))["found"] == "baru"
    evidence = {need: {"ada": True} for need in ("ktp", "kk", "foto_rumah_geotag", "variabel")}
    nothing = {"note": None, "batch": None, "destination": None, "flow_run": None, "approval": None}
    opened = one(
        old_api,
        OPEN,
        {
            "session": operator,
            "trigger": "usulan.buat_draf",
            "households": [household],
            "programme": None,
            "period": 0,
            "kind": "BARU",
            "predecessors": [],
            "facts": Jsonb(evidence),
            "fact_ord": [],
            "fact_kind": [],
            "fact_value": [],
            **nothing,
        },
    )
    assert (opened["outcome"], opened["state"]) == ("dibuka", "draf")
    case = opened["cases"][0]
    old_api.execute("SELECT request_end(%s, %s, %s, %s)", (operator, "k1", 201, Jsonb({"case": case})))
    again = one(old_api, "SELECT * FROM request_begin(%s, %s, %s)", (operator, "k1", "h"))
    assert (again["found"], again["answer"]) == ("ada", {"case": case}) or again["answer"] == {"case": case}
    options = old_api.execute("SELECT * FROM door_options(%s, %s)", (operator, case)).fetchall()
    assert {row["trigger"] for row in options if row["refusal"] is None} >= {"usulan.kirim_cek"}
    preview = one(
        old_api,
        "SELECT * FROM door_preview(%s, %s, %s, %s, %s)",
        (operator, "usulan.kirim_cek", [case], None, []),
    )
    assert (preview["case_id"], preview["refusal"]) == (case, None)
    [moved] = knock(old_api, operator, "usulan.kirim_cek", [case], versions=[1])
    assert (moved["outcome"], moved["state"], moved["versions"]) == ("dipindah", "cek_data", [2])
    told = one(
        old_worker,
        "SELECT * FROM door_facts(%s::uuid, %s::bigint[], %s::text[], %s::jsonb[], %s::text, %s::uuid)",
        (system, [case], ["balasan_dukcapil"], [Jsonb({"hasil": "padan"})], None, None),
    )
    assert told["written"] == 1

    batch = one(
        old_worker,
        "SELECT batch_open(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (system, "pengesahan", 3204, 3204000000, 3204999999, None, 209901, "Lama", Jsonb({})),
    )["batch_open"]
    run = uuid4()
    assert one(old_worker, "SELECT lease_reserve(%s, %s, %s, %s)", (batch, run, 1, 60))["lease_reserve"]
    assert one(old_worker, "SELECT lease_take(%s, %s, %s)", (batch, run, 60))["lease_take"] == 1
    assert one(old_worker, "SELECT lease_keep(%s, %s, %s)", (batch, run, 60))["lease_keep"]
    old_worker.execute("SELECT wake_batch(%s, %s, %s)", (batch, "uji", 0))
    waiting = [
        row["case_id"]
        for row in owner.execute(
            "SELECT p.case_id FROM approval a JOIN approval_case p ON p.approval = a.id WHERE a.state = 'terbuka'"
        ).fetchall()
    ]
    assert one(old_worker, "SELECT door_enlist(%s, %s, %s)", (system, batch, waiting))["door_enlist"] == len(waiting)
    approval = one(
        old_worker,
        "SELECT approval_open(%s, %s, %s, %s, %s, %s, %s, deadline(alur_now(), %s, %s), %s, %s)",
        (
            *(system, batch, "pengesahan", "kepala_dinas", ["usulan.sahkan", "usulan.kembalikan_pengesahan"], waiting),
            *(1, "5 wd", DESA, Jsonb({}), None),
        ),
    )["approval_open"]
    decided = one(
        old_api,
        "SELECT * FROM approval_decide(%s, %s, %s, %s, %s, %s, %s)",
        (head, approval, "setuju", None, "dibaca", Jsonb({"surat_pengesahan": {"nomor": "S/2"}}), Jsonb([])),
    )
    assert decided == {"state": "disetujui", "decided": 1, "people": 1}
    done = old_worker.execute(
        "SELECT * FROM approval_execute(%s, %s, %s, %s, %s)", (system, approval, Jsonb({}), None, run)
    ).fetchall()
    assert {(row["outcome"], row["state"]) for row in done} == {("dipindah", "disahkan")}
    old_worker.execute("SELECT lease_end(%s, %s, %s)", (batch, run, "selesai"))
    lines, agrees = replay_lines(f"{owner.info.dsn} password={owner.info.password}")
    assert agrees, lines


# -- these tests can fail --------------------------------------------------------------------------------------------


WITH_A_NEW_ARGUMENT = """
DROP FUNCTION lease_keep(bigint, uuid, integer);
CREATE FUNCTION lease_keep(p_batch bigint, p_flow_run uuid, p_seconds integer, p_baru text DEFAULT NULL)
RETURNS boolean LANGUAGE sql AS 'SELECT true';
"""


@pytest.mark.parametrize(
    ("statement", "test"),
    [
        ("ALTER TABLE household RENAME COLUMN alamat TO alamat_lengkap", "read"),
        ("ALTER TABLE position ALTER COLUMN batch TYPE text", "read"),
        ("REVOKE SELECT ON note FROM alur_api", "read"),
        ("ALTER TABLE call ADD COLUMN baru text NOT NULL", "insert"),
        ("DROP FUNCTION wake_batch(bigint, text, integer)", "call"),
        ("REVOKE EXECUTE ON FUNCTION lease_end(bigint, uuid, text) FROM alur_worker", "call"),
        (WITH_A_NEW_ARGUMENT, None),
    ],
)
def test_a_contraction_too_early_is_found(upgraded: Before, owner: Owner, statement: str, test: str | None) -> None:
    found = set()
    with owner.transaction(force_rollback=True):
        owner.execute("TRUNCATE call") if "call ADD" in statement else None
        owner.execute(statement.encode())
        if upgraded.columns - columns(owner):
            found.add("read")
        if newly_demanded(upgraded, owner):
            found.add("insert")
        for call, answer in upgraded.answers.items():
            try:
                now = described(owner, call)
            except psycopg.Error:
                found.add("call")
            else:
                if any(now.get(name) != answer[name] for name in answer):
                    found.add("call")
    assert found == ({test} if test else set())


def test_columns_and_calls_are_compared_by_value() -> None:
    assert Column("a", "b", "c", "d", written=True) == Column("a", "b", "c", "d", written=True)
    assert Call("a", "b", ("c",)) != Call("a", "b", ("d",))
