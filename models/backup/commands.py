"""What a restored database needs before it can be used."""

from __future__ import annotations

from psycopg import Connection
from psycopg.rows import DictRow


def settle(conn: Connection[DictRow]) -> int:
    """Give acts that this server's transactions have not reached yet a number of its own; returns how many.

    `act.xid` tells readers of news which acts may still have older ones under way. A new server counts transactions
    from the beginning, so that a number of the old one would read as not yet ended for years. All restored acts are
    committed: any number that has ended is right. What the reader of proposals' fates had read stays behind its
    position, what it had not lies before it. The trigger that guards the log is put back in the same transaction.
    """
    with conn.transaction():
        _count(conn)
        conn.execute("ALTER TABLE act DISABLE TRIGGER append_only")
        read = conn.execute("SELECT to_regclass('notice_cursor') IS NOT NULL AS there").fetchone()
        if read and read["there"]:
            changed = conn.execute(
                "UPDATE act SET xid = CASE WHEN (act.xid, act.id) > (c.xid, c.act) "
                "THEN pg_current_xact_id() ELSE '3'::xid8 END "
                "FROM notice_cursor c WHERE c.name = 'nasib' "
                "AND (act.xid >= pg_snapshot_xmin(pg_current_snapshot()) OR (act.xid, act.id) > (c.xid, c.act))"
            ).rowcount
            conn.execute("UPDATE notice_cursor SET xid = pg_current_xact_id(), act = 0 WHERE name = 'nasib'")
        else:  # a backup of release 0.1.0
            changed = conn.execute(
                "UPDATE act SET xid = pg_current_xact_id() WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())"
            ).rowcount
        conn.execute("ALTER TABLE act ENABLE ALWAYS TRIGGER append_only")
    return changed


def _count(conn: Connection[DictRow]) -> None:
    """Let the counts take in what their reader had not read: behind its new position lie this server's acts alone."""
    there = conn.execute("SELECT to_regclass('tally') IS NOT NULL AS there").fetchone()
    if there and there["there"]:  # else a backup of a release that kept no counts
        conn.execute(
            "SELECT tally_count(ARRAY(SELECT a.id FROM notice_cursor c JOIN act a ON (a.xid, a.id) > (c.xid, c.act) "
            "WHERE c.name = 'hitungan'))"
        )
        conn.execute(
            "UPDATE notice_cursor SET xid = pg_current_xact_id(), act = 9223372036854775807 WHERE name = 'hitungan'"
        )
