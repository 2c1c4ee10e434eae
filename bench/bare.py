"""The limits: the same rows written to the same tables, columns and indexes, with no check at all.

The tables are twins in a schema of their own: no triggers, no row-level security, no functions; the statements know
beforehand what the door has to find out.
"""

from __future__ import annotations

from psycopg import Connection, sql
from psycopg.rows import DictRow

TWINS = ("case_", "position", "act", "transition", "note", "fact", "claim")

MOVE_SET = """
WITH made AS (
    INSERT INTO bare.act (id, xid, actor, role, trigger, policy_version, at)
    VALUES (nextval('act_id'), pg_current_xact_id(), 1, 1, %(trigger)s, 1, now()) RETURNING id, at
), moved AS (
    UPDATE bare.position AS p SET state = %(state)s, version = p.version + 1, since = made.at
      FROM unnest(%(cases)s::bigint[]) AS a(id), made WHERE p.case_id = a.id
    RETURNING p.case_id, p.version, made.id AS act
), logged AS (
    INSERT INTO bare.transition (case_id, version, actor, act, rule)
    SELECT case_id, version, 1, act, %(rule)s FROM moved
)
SELECT case_id, version FROM moved
"""
"""A bare UPDATE ... RETURNING into the log; the answer names every case, as the door's does."""

MOVE_ONE = """
\\set id random(:first, :last)
WITH stand AS (
    SELECT p.case_id, p.version, w.trigger, w.rule, r.target
      FROM bare.position p
      JOIN arrow w ON w.source = p.state AND w.trigger IN (:there, :back)
      JOIN rule r ON r.code = w.rule
     WHERE p.case_id = :id FOR NO KEY UPDATE OF p
), moved AS (
    UPDATE bare.position p SET state = s.target, version = p.version + 1, since = now()
      FROM stand s WHERE p.case_id = s.case_id RETURNING p.case_id, p.version, s.rule, s.trigger
), made AS (
    INSERT INTO bare.act (id, xid, actor, role, trigger, policy_version, at)
    SELECT nextval('act_id'), pg_current_xact_id(), 1, 1, trigger, 1, now() FROM moved RETURNING id
), known AS (
    INSERT INTO bare.fact (case_id, kind, act, at, source, value)
    SELECT :id, 1, id, now(), 'bench', '{"nama": "petugas"}' FROM made
)
INSERT INTO bare.transition (case_id, version, actor, act, rule)
SELECT m.case_id, m.version, 1, made.id, m.rule FROM moved m, made
RETURNING case_id, version;
"""
"""One statement for one case: rule looked up under lock, position, act, evidence and log written."""


def make(conn: Connection[DictRow]) -> None:
    """Make the twins of the tables, with their indexes and what they hold."""
    conn.execute("CREATE SCHEMA bare")
    for table in TWINS:
        conn.execute(sql.SQL("CREATE TABLE bare.{0} (LIKE public.{0} INCLUDING ALL)").format(sql.Identifier(table)))
        options = conn.execute("SELECT reloptions FROM pg_class WHERE oid = %s::regclass", (table,)).fetchone()
        assert options is not None
        for option in options["reloptions"] or ():
            conn.execute(f"ALTER TABLE bare.{table} SET ({option})")
        conn.execute(sql.SQL("INSERT INTO bare.{0} SELECT * FROM public.{0} ORDER BY 1").format(sql.Identifier(table)))
    conn.execute("VACUUM ANALYZE")
