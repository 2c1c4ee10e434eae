"""A release as its processes know it: the database it leaves, what they read there, and the statements they send."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from psycopg import Connection, sql
from psycopg.rows import DictRow

from models.database import sync_connect
from models.install import make_roles

_HERE = Path(__file__).parent
RELEASES = sorted(path.name.removeprefix("release-").removesuffix(".sql.gz") for path in _HERE.glob("release-*.sql.gz"))
CALLERS = ("alur_api", "alur_worker")
"""The roles as which a release's processes connect; everything else is the database's own affair."""


def load(release: str, dsn: str) -> frozenset[str]:
    """Make an empty database into that of a release, as `make.py` kept it; returns the functions it calls by name."""
    make_roles(dsn)
    script = gzip.decompress((_HERE / f"release-{release}.sql.gz").read_bytes())
    with sync_connect(dsn) as conn:
        conn.execute(script)
    return frozenset(script.splitlines()[0].decode().removeprefix("-- calls: ").split())


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a role may read: its type, and whether that role may also write it."""

    role: str
    table: str
    name: str
    type: str
    written: bool


_COLUMNS = """
SELECT r AS role, c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       has_column_privilege(r, c.oid, a.attnum, 'INSERT')
       OR has_column_privilege(r, c.oid, a.attnum, 'UPDATE') AS written
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  CROSS JOIN unnest(%s::text[]) r
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')
   AND has_column_privilege(r, c.oid, a.attnum, 'SELECT')
"""


def columns(conn: Connection[DictRow]) -> set[Column]:
    """Return every column that the processes may read."""
    return {Column(**row) for row in conn.execute(_COLUMNS, (list(CALLERS),)).fetchall()}


_DEMANDED = """
SELECT c.relname || '.' || a.attname AS name
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnotnull AND NOT a.atthasdef
   AND a.attidentity = ''
   AND EXISTS (SELECT 1 FROM unnest(%s::text[]) r WHERE has_table_privilege(r, c.oid, 'INSERT'))
"""


def demanded(conn: Connection[DictRow]) -> set[str]:
    """Return the columns without which the processes' own INSERT statements fail."""
    return {row["name"] for row in conn.execute(_DEMANDED, (list(CALLERS),)).fetchall()}


@dataclass(frozen=True, slots=True)
class Call:
    """A function as a process calls it: with so many arguments of these types."""

    role: str
    name: str
    arguments: tuple[str, ...]


_CALLS = """
SELECT r AS role, p.proname AS name, p.pronargs - p.pronargdefaults AS least,
       ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS u(t, n) ORDER BY n) AS arguments
  FROM pg_proc p CROSS JOIN unnest(%s::text[]) r
 WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.prorettype <> 'trigger'::regtype
   AND has_function_privilege(r, p.oid, 'EXECUTE')
   AND p.proname = ANY (%s)
"""


def calls(conn: Connection[DictRow], names: frozenset[str]) -> Iterator[Call]:
    """Yield every way in which a process may call these: with all arguments, and without those that default."""
    for row in conn.execute(_CALLS, (list(CALLERS), list(names))).fetchall():
        for length in range(row["least"], len(row["arguments"]) + 1):
            yield Call(row["role"], row["name"], tuple(row["arguments"][:length]))


def described(conn: Connection[DictRow], call: Call) -> dict[str, int]:
    """Return the columns that a call answers with, name to type, as its role is told; nothing is run.

    Raises:
        psycopg.Error: there is no such function, or more than one would do.
    """
    values = sql.SQL(", ").join(sql.SQL("NULL::{}").format(sql.SQL(kind)) for kind in call.arguments)
    statement = sql.SQL("SELECT * FROM {}({})").format(sql.Identifier(call.name), values)
    with conn.transaction(force_rollback=True):
        conn.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(call.role)))
        conn.execute(sql.SQL("EXPLAIN {}").format(statement))  # demands the right to execute it
        conn.pgconn.prepare(b"described", statement.as_bytes(conn))
        told = conn.pgconn.describe_prepared(b"described")
        conn.execute("DEALLOCATE described")
    return {(told.fname(n) or b"").decode(): told.ftype(n) for n in range(told.nfields)}
