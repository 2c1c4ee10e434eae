"""Cases to measure on: families in the villages of one kabupaten, each with a proposal eight single acts old.

The history is written as the door writes it, only many rows at a time, by the role that owns the door; the last
figure replays it all and finds no difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow

from models.database import sync_connect
from models.install import role_dsn

KABUPATEN = 3204
HISTORY = ("U01", "U02", "U05", "U10", "U14", "U58", "U15", "U19")
"""From the village's draft to the kabupaten's desk (`verif_dinsos`), by three people and the system."""
_ACTORS = ("desa", "desa", "sistem", "desa", "kades", "desa", "desa", "kecamatan")
_ROLES = ("operator_desa", "operator_desa", "sistem", "operator_desa", "kades", "operator_desa", "operator_desa",
          "operator_kecamatan")  # fmt: skip

_VILLAGES = """
INSERT INTO region (code, level, name, parent, lo, hi, search)
SELECT v, 10, 'Desa ' || v, v / 10000, v, v, 'desa' FROM unnest(%s::bigint[]) AS v
"""

_FAMILIES = """
INSERT INTO household (no_kk, region, alamat, rt, rw, kepala, source, act, updated_at)
SELECT lpad(i::text, 16, '0'), (%(villages)s::bigint[])[1 + i %% cardinality(%(villages)s::bigint[])],
       'Jl. Melati ' || i, '001', '002', 'Kepala ' || i, 'bench', 0, alur_now()
  FROM generate_series(1, %(count)s) AS i
RETURNING id
"""

_HEADERS = """
INSERT INTO case_ (id, machine, kind, household_id, region, opened_at)
SELECT nextval('case_id'), m.code, j.code, h.id, h.region, alur_now() - interval '20 days'
  FROM household h, machine m, jenis j WHERE m.name = 'usulan' AND j.id = 'BARU' ORDER BY h.id
"""

_CLAIMS = """
INSERT INTO claim (kind, key, sub, case_id)
SELECT machine, household_id, claim_sub(machine, kind, programme, period), id FROM case_
"""

_ACTS = """
INSERT INTO act (id, xid, actor, role, trigger, policy_version, at)
SELECT nextval('act_id'), pg_current_xact_id(), %(actor)s, ro.code, r.trigger, 1,
       alur_now() - interval '20 days' + %(version)s * interval '2 days'
  FROM case_ c, rule r, role ro WHERE r.id = %(rule)s AND ro.id = %(role)s
"""

_LOG = """
INSERT INTO transition (case_id, version, actor, act, rule)
SELECT c.id, %(version)s, %(actor)s, %(first)s + row_number() OVER (ORDER BY c.id) - 1, r.code
  FROM case_ c, rule r WHERE r.id = %(rule)s
"""

_POSITIONS = """
INSERT INTO position (case_id, region, since, version, state, programme, kind)
SELECT c.id, c.region, a.at, t.version, r.target, c.programme, c.kind
  FROM case_ c
  JOIN transition t ON t.case_id = c.id AND t.version = %(version)s
  JOIN act a ON a.id = t.act
  JOIN rule r ON r.code = t.rule
 ORDER BY c.id
"""


@dataclass(frozen=True)
class World:
    """A database with cases at the kabupaten's desk, and the sessions of those who move them."""

    dsn: str
    cases: list[int]
    families: list[int]
    verifikator: UUID
    """The verifier of the kabupaten: scope 3204."""
    system: UUID

    @property
    def api(self) -> str:
        """The DSN under which people's moves reach the database."""
        return role_dsn(self.dsn, "alur_api")

    @property
    def worker(self) -> str:
        """The DSN under which flows do."""
        return role_dsn(self.dsn, "alur_worker")


def person(conn: Connection[DictRow], name: str) -> int:
    """Make a person and return his number."""
    user: int = _one(
        conn,
        "INSERT INTO account_user (username, name, kind, created_at) VALUES (%s, %s, 'person', now()) RETURNING id",
        (name, name.title()),
    )
    return user


def _one(conn: Connection[DictRow], query: str, params: Sequence[Any] | None = None) -> Any:
    row = conn.execute(query, params).fetchone()
    assert row is not None
    return next(iter(row.values()))


def session(conn: Connection[DictRow], user: int, role: str, lo: int, hi: int) -> UUID:
    """Give a person a role over a range of villages, and return a session of his."""
    assignment = _one(
        conn,
        "INSERT INTO assignment (user_id, role, lo, hi, valid_from) "
        "SELECT %s, code, %s, %s, '2020-01-01' FROM role WHERE id = %s RETURNING id",
        (user, lo, hi, role),
    )
    found = _one(
        conn,
        "INSERT INTO session (assignment_id, issued_at, expires_at) VALUES (%s, now(), now() + interval '1 year') "
        "RETURNING id",
        (assignment,),
    )
    assert isinstance(found, UUID)
    return found


def as_door(conn: Connection[DictRow]) -> None:
    """Write as the owner of the door, who alone may, in sight of the whole country."""
    conn.execute("SET ROLE alur_door")
    conn.execute("SELECT set_config('alur.door_lo', '0', false), set_config('alur.door_hi', '9999999999', false)")


def build(dsn: str, count: int, *, villages: int = 280, history: Sequence[str] = HISTORY) -> World:
    """Fill an installed database with `count` families, each with a proposal eight acts old.

    A shorter `history`, the beginning of `HISTORY`, leaves them on the way.
    """
    codes = [KABUPATEN * 10**6 + (1 + n // 10) * 10**4 + 2001 + n % 10 for n in range(villages)]
    with sync_connect(dsn) as conn:
        actors = {name: person(conn, name) for name in ("desa", "kades", "kecamatan", "verifikator")}
        actors["sistem"] = int(str(_one(conn, "SELECT id FROM account_user WHERE kind = 'system'")))
        conn.execute(_VILLAGES, (codes,))
        as_door(conn)
        families = [row["id"] for row in conn.execute(_FAMILIES, {"villages": codes, "count": count})]
        conn.execute(_HEADERS)
        conn.execute(_CLAIMS)
        for version, (rule, actor, role) in enumerate(zip(history, _ACTORS, _ROLES, strict=False), 1):
            told = {"rule": rule, "actor": actors[actor], "role": role, "version": version}
            first = int(str(_one(conn, "SELECT nextval('act_id') + 1")))
            conn.execute(_ACTS, told)
            conn.execute(_LOG, {**told, "first": first})
        conn.execute(_POSITIONS, {"version": len(history)})
        conn.execute("RESET ROLE")
        conn.execute("VACUUM ANALYZE")
        verifikator = session(
            conn, actors["verifikator"], "verifikator_kab", KABUPATEN * 10**6, KABUPATEN * 10**6 + 999_999
        )
        cases = [row["id"] for row in conn.execute("SELECT id FROM case_ ORDER BY id")]
    with sync_connect(role_dsn(dsn, "alur_worker")) as worker:
        system = _one(worker, "SELECT work_session(NULL, 'sistem', NULL)")
    assert isinstance(system, UUID)
    return World(dsn, cases, families, verifikator, system)
