"""What a database's catalog says of itself, as rows that can be compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import DictRow

_TABLES = """
    SELECT c.relname AS name, coalesce(c.reloptions::text[], '{}') AS options
      FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version'
"""
_COLUMNS = """
    SELECT c.relname AS name,
           concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
                     CASE WHEN a.attnotnull THEN 'not null' END,
                     'default ' || pg_get_expr(d.adbin, d.adrelid),
                     'identity ' || nullif(a.attidentity::text, '')) AS told
      FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
     ORDER BY c.relname, a.attnum
"""
# Not-null constraints (contype n, since PostgreSQL 18) are told by the columns.
_CONSTRAINTS = """
    SELECT c.relname AS name, k.conname || ' ' || pg_get_constraintdef(k.oid) AS told
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE k.connamespace = 'public'::regnamespace AND k.contype <> 'n'
     ORDER BY 1, 2
"""
_INDEXES = """
    SELECT tablename AS name, indexdef AS told FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2
"""
SEQUENCES = """
    SELECT sequencename || ' ' || data_type AS told FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1
"""

_SNAPSHOT = {
    "relation": """
        SELECT c.relname || ' ' || c.relkind::text AS name,
               concat_ws(' ', c.relowner::regrole, c.relrowsecurity, c.relforcerowsecurity, c.reloptions::text,
                         (SELECT string_agg(x::text, ' ' ORDER BY x::text) FROM unnest(c.relacl) AS x),
                         CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END) AS told
          FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
    """,
    "trigger": """
        SELECT t.tgrelid::regclass::text || ' ' || t.tgname AS name,
               t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid) AS told
          FROM pg_trigger t WHERE NOT t.tgisinternal
    """,
    "policy": """
        SELECT tablename || ' ' || policyname AS name,
               concat_ws(' ', permissive, roles::text, cmd, qual, 'check ' || with_check) AS told
          FROM pg_policies
    """,
    "function": """
        SELECT p.oid::regprocedure::text AS name,
               concat_ws(' ', p.proowner::regrole, md5(CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END),
                         (SELECT string_agg(x::text, ' ' ORDER BY x::text) FROM unnest(p.proacl) AS x)) AS told
          FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
    """,
    "type": """
        SELECT t.typname AS name, t.typtype::text AS told FROM pg_type t WHERE t.typnamespace = 'public'::regnamespace
    """,
    "schema": """
        SELECT n.nspname AS name,
               (SELECT string_agg(x::text, ' ' ORDER BY x::text) FROM unnest(n.nspacl) AS x) AS told
          FROM pg_namespace n WHERE n.nspname = 'public'
    """,
}


def rows(conn: Connection[DictRow], query: str) -> list[dict[str, Any]]:
    return conn.execute(query.encode()).fetchall()


def tables(conn: Connection[DictRow]) -> dict[str, list[str]]:
    """Return for each table its columns in order, constraints, indexes and storage options, one sentence each."""
    told = {row["name"]: sorted(row["options"]) for row in rows(conn, _TABLES)}
    for query in (_COLUMNS, _CONSTRAINTS, _INDEXES):
        for row in rows(conn, query):
            if row["name"] in told:
                told[row["name"]].append(row["told"])
    return told


def snapshot(conn: Connection[DictRow]) -> set[tuple[str, str, str]]:
    """Return everything installed: the catalog with owners, grants and policies, and a digest of every table's rows."""
    told = {(kind, row["name"], str(row["told"])) for kind, query in _SNAPSHOT.items() for row in rows(conn, query)}
    for name, lines in tables(conn).items():
        told |= {("table", name, line) for line in lines}
        digest = sql.SQL("SELECT count(*) || ' ' || md5(string_agg(t::text, ' ' ORDER BY t::text)) AS told FROM {} t")
        row = conn.execute(digest.format(sql.Identifier(name))).fetchone()
        told.add(("rows", name, str(row and row["told"])))
    return told


def sentences(values: Iterable[object]) -> str:
    """Return values one per line, for a failure message."""
    return "".join(f"\n  {value}" for value in sorted(map(str, values)))
