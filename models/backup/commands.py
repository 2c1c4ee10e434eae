"""What a restored database needs before it can be used."""

from __future__ import annotations

from psycopg import Connection
from psycopg.rows import DictRow


def settle(conn: Connection[DictRow]) -> int:
    """Give acts that this server's transactions have not reached yet a number of its own; returns how many.

    `act.xid` tells readers of news which acts may still have older ones under way. A new server counts transactions
    from the beginning, so that a number of the old one would read as not yet ended for years. All restored acts are
    committed: any number that has ended is right. The trigger that guards the log is put back in the same transaction.
    """
    with conn.transaction():
        conn.execute("ALTER TABLE act DISABLE TRIGGER append_only")
        changed = conn.execute(
            "UPDATE act SET xid = pg_current_xact_id() WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())"
        ).rowcount
        conn.execute("ALTER TABLE act ENABLE ALWAYS TRIGGER append_only")
    return changed
