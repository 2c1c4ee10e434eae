"""What may be asked about a whole database, with the owner's rights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import DictRow

_LOG = ("act", "transition", "refusal", "fact", "act_fact", "nominal", "decision", "position")
"""What the fingerprint is taken of: everything the door wrote, and where the cases stand by it."""

_NOT_HASHED = {("act", "xid")}
"""Transaction numbers belong to one server; restored elsewhere they are written anew (`commands.settle`)."""

_HEX = 15
"""Hexadecimal digits of a row's hash that fit a bigint as a positive number."""


@dataclass(frozen=True, slots=True)
class Print:
    """The fingerprint of one table: its columns in order, how many rows, and the sum of the rows' SHA-256.

    Rows are summed and not chained, so that neither their order nor their number costs memory. It finds what a
    backup lost or spoilt; it is no proof against somebody who edits the log (`alur audit`).
    """

    columns: tuple[str, ...]
    rows: int
    hash: str

    def as_data(self) -> dict[str, Any]:
        """Return it for a manifest."""
        return {"columns": list(self.columns), "rows": self.rows, "hash": self.hash}


@contextmanager
def snapshot(conn: Connection[DictRow]) -> Iterator[str]:
    """Hold one moment of the database; yields the name under which other programs see the same moment."""
    conn.execute("SET application_name = 'alur backup'")
    with conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = conn.execute("SELECT pg_export_snapshot() AS name").fetchone()
        if row is None:
            raise AssertionError  # a function answers
        yield row["name"]


def counts(conn: Connection[DictRow]) -> dict[str, int]:
    """Return how many rows every table of ours has."""
    names = [
        row["relname"]
        for row in conn.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
        ).fetchall()
    ]
    told = {}
    for name in names:
        row = conn.execute(sql.SQL("SELECT count(*) AS n FROM {}").format(sql.Identifier("public", name))).fetchone()
        told[name] = int(row["n"]) if row else 0
    return told


def _columns(conn: Connection[DictRow], table: str) -> tuple[str, ...]:
    rows = conn.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass('public.' || quote_ident(%s)) AND attnum > 0 "
        "AND NOT attisdropped ORDER BY attnum",
        (table,),
    ).fetchall()
    return tuple(row["attname"] for row in rows if (table, row["attname"]) not in _NOT_HASHED)


def _print(conn: Connection[DictRow], table: str, columns: Sequence[str]) -> Print:
    statement = sql.SQL(
        "SELECT count(*) AS n, coalesce(sum(('x' || left(h, {digits}))::bit(60)::bigint), 0) AS low, "
        "coalesce(sum(('x' || right(h, {digits}))::bit(60)::bigint), 0) AS high "
        "FROM (SELECT encode(sha256(convert_to(ROW({columns})::text, 'UTF8')), 'hex') AS h FROM {table}) AS hashed"
    ).format(
        digits=sql.Literal(_HEX),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        table=sql.Identifier("public", table),
    )
    row = conn.execute(statement).fetchone()
    if row is None:
        raise AssertionError  # an aggregate answers
    return Print(tuple(columns), int(row["n"]), f"{row['low']}.{row['high']}")


def fingerprint(conn: Connection[DictRow], columns: Mapping[str, Sequence[str]] | None = None) -> dict[str, Print]:
    """Return the log's fingerprint by table, inside the caller's transaction.

    Args:
        conn: the owner's; a fingerprint sees everything.
        columns: table -> columns, as an earlier fingerprint named them; without it, all that there are.
    """
    for setting in ("SET LOCAL TimeZone = 'UTC'", "SET LOCAL DateStyle = 'ISO'", "SET LOCAL bytea_output = 'hex'"):
        conn.execute(setting.encode())
    wanted = columns if columns is not None else {table: _columns(conn, table) for table in _LOG}
    return {table: _print(conn, table, names) for table, names in wanted.items()}


def last_act(conn: Connection[DictRow]) -> dict[str, Any]:
    """Return id and moment of the act with the highest id; None in a database without acts."""
    row = conn.execute("SELECT id, at FROM act ORDER BY id DESC LIMIT 1").fetchone()
    return {"id": None, "at": None} if row is None else {"id": row["id"], "at": row["at"].isoformat()}


@contextmanager
def document_names(conn: Connection[DictRow]) -> Iterator[Iterator[str]]:
    """Yield the SHA-256 of every document that a row names, in order, as they are at the beginning.

    They are kept by the server: the caller's transaction may end before the last of them was read.
    """
    there = conn.execute("SELECT to_regclass('public.document') IS NOT NULL AS there").fetchone()
    if there is None or not there["there"]:  # a schema from before there were documents
        yield iter(())
        return
    with conn.cursor("document_names", withhold=True) as cursor:
        cursor.execute('SELECT sha256 COLLATE "C" AS sha256 FROM document GROUP BY 1 ORDER BY 1')
        yield (row["sha256"] for row in cursor)


def is_empty(conn: Connection[DictRow]) -> bool:
    """Return whether nobody has made a table, view or function in this database."""
    row = conn.execute(
        "SELECT EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace) "
        "OR EXISTS (SELECT 1 FROM pg_proc WHERE pronamespace = 'public'::regnamespace) AS used"
    ).fetchone()
    return row is not None and not row["used"]


def revision(conn: Connection[DictRow]) -> str | None:
    """Return the schema revision of a database, None when Alur was never installed in it."""
    there = conn.execute("SELECT to_regclass('public.alembic_version') IS NOT NULL AS there").fetchone()
    if there is None or not there["there"]:
        return None
    row = conn.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row["version_num"])


def server_version(conn: Connection[DictRow]) -> tuple[int, str]:
    """Return the server's major version and its full name."""
    row = conn.execute("SELECT current_setting('server_version') AS told").fetchone()
    return conn.info.server_version // 10_000, str(row["told"]) if row else ""


def clock(conn: Connection[DictRow]) -> dict[str, Any]:
    """Return what kind of database this is, and how far its clock is shifted, in seconds."""
    row = conn.execute("SELECT mark, extract(epoch FROM shift)::double precision AS shift_s FROM clock").fetchone()
    return dict(row) if row else {"mark": None, "shift_s": 0.0}
