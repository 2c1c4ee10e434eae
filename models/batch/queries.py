"""What may be asked about batches."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import psycopg
from psycopg.rows import DictRow

from models.database import Conn, fetch_value

_ROW = """
SELECT b.id, b.kind, b.region, r.name AS region_name, b.lo, b.hi, g.id AS programme, b.period, b.title, b.state,
       b.opened_at, b.closed_at, b.data
  FROM batch b
  LEFT JOIN region r ON r.code = b.region
  LEFT JOIN programme g ON g.code = b.programme
"""


_STANDING = """
SELECT b.id, b.kind, b.region, r.name AS region_name, b.lo, b.hi, g.id AS programme, b.period, b.title, b.state,
       b.opened_at, b.closed_at, n.attempt, n.outcome, n.started_at, n.ended_at,
       COALESCE(n.lease_until > clock_timestamp(), false) AS leased, w.reason AS wake_reason, w.tries AS wake_tries,
       o.id AS waits_for
  FROM batch b
  LEFT JOIN region r ON r.code = b.region
  LEFT JOIN programme g ON g.code = b.programme
  LEFT JOIN LATERAL (SELECT * FROM batch_run x WHERE x.batch = b.id ORDER BY x.attempt DESC LIMIT 1) n ON true
  LEFT JOIN wake w ON w.batch = b.id AND w.done_at IS NULL
  LEFT JOIN LATERAL (
        SELECT a.role FROM approval a WHERE a.batch = b.id AND a.state = 'terbuka' ORDER BY a.deadline, a.id LIMIT 1
       ) a ON true
  LEFT JOIN role o ON o.code = a.role
"""


async def get(conn: Conn, batch: int) -> dict[str, Any] | None:
    """Return one batch, None when out of sight."""
    return await (await conn.execute(_ROW + " WHERE b.id = %s", (batch,))).fetchone()


async def find(
    conn: Conn, *, kind: str | None = None, state: str | None = None, after: int = 0, limit: int = 50
) -> list[dict[str, Any]]:
    """Return batches in the caller's sight, oldest first; `after` is the last id already seen."""
    cursor = await conn.execute(
        _ROW
        + """
         WHERE b.id > %(after)s AND (%(kind)s::text IS NULL OR b.kind = %(kind)s)
           AND (%(state)s::text IS NULL OR b.state = %(state)s)
         ORDER BY b.id LIMIT %(limit)s
        """,
        {"kind": kind, "state": state, "after": after, "limit": limit},
    )
    return await cursor.fetchall()


async def newest(
    conn: Conn, *, kind: str | None = None, state: str | None = None, before: int | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Return batches in the caller's sight, newest first, each with what `rules.standing` is told by.

    That is its last run (`attempt`, `outcome`, `ended_at`, `leased`), the role of its first open gate (`waits_for`),
    and its open wake (`wake_reason`). `before` is the last id already seen.
    """
    cursor = await conn.execute(
        _STANDING
        + """
         WHERE (%(before)s::bigint IS NULL OR b.id < %(before)s) AND (%(kind)s::text IS NULL OR b.kind = %(kind)s)
           AND (%(state)s::text IS NULL OR b.state = %(state)s)
         ORDER BY b.id DESC LIMIT %(limit)s
        """,
        {"kind": kind, "state": state, "before": before, "limit": limit},
    )
    return await cursor.fetchall()


async def one_standing(conn: Conn, batch: int) -> dict[str, Any] | None:
    """Return one batch as `newest` does, None when out of sight."""
    return await (await conn.execute(_STANDING + " WHERE b.id = %s", (batch,))).fetchone()


async def left(conn: Conn, batch: int) -> list[dict[str, Any]]:
    """Return where the cases went that stood on a list of this batch and are carried by another now, or by none.

    Rows: batch (None: by none), title, machine, state, label, n.
    """
    cursor = await conn.execute(
        """
        SELECT p.batch, t.title, m.name AS machine, s.id AS state, s.label, count(*) AS n
          FROM (SELECT DISTINCT l.case_id FROM approval a JOIN approval_case l ON l.approval = a.id
                 WHERE a.batch = %(b)s) AS x
          JOIN position p ON p.case_id = x.case_id AND p.batch IS DISTINCT FROM %(b)s
          JOIN state s ON s.code = p.state
          JOIN machine m ON m.code = s.machine
          LEFT JOIN batch t ON t.id = p.batch
         GROUP BY 1, 2, 3, 4, 5 ORDER BY n DESC, 4 LIMIT 50
        """,
        {"b": batch},
    )
    return await cursor.fetchall()


async def runs(conn: Conn, batch: int) -> list[dict[str, Any]]:
    """Return the runs of a batch, newest first: attempt, flow run, lease, outcome."""
    cursor = await conn.execute(
        """
        SELECT attempt, flow_run_id, started_at, lease_until, ended_at, outcome,
               lease_until > clock_timestamp() AS leased
          FROM batch_run WHERE batch = %s ORDER BY attempt DESC
        """,
        (batch,),
    )
    return await cursor.fetchall()


async def due_wakes(conn: Conn, limit: int = 50) -> list[dict[str, Any]]:
    """Return open wake rows whose time has come, with what is known of the batch's last run."""
    cursor = await conn.execute(
        """
        SELECT w.id, w.batch, w.reason, w.tries, b.kind, b.title, n.attempt, n.flow_run_id, n.ended_at, n.outcome,
               n.lease_until > clock_timestamp() AS leased
          FROM wake w
          JOIN batch b ON b.id = w.batch
          LEFT JOIN LATERAL (
                SELECT * FROM batch_run r WHERE r.batch = w.batch ORDER BY r.attempt DESC LIMIT 1) n ON true
         WHERE w.done_at IS NULL AND w.next_try <= clock_timestamp()
         ORDER BY w.next_try LIMIT %s
        """,
        (limit,),
    )
    return await cursor.fetchall()


async def defer_wake(conn: Conn, wake: int, seconds: float) -> None:
    """Try a wake row again later: its run is busy, or the engine could not be reached."""
    await conn.execute(
        "UPDATE wake SET tries = tries + 1, next_try = clock_timestamp() + make_interval(secs => %s) WHERE id = %s",
        (seconds, wake),
    )


async def abandoned(conn: Conn) -> list[int]:
    """Return open batches whose run fell silent: its lease has run out and it never said that it ended."""
    cursor = await conn.execute(
        """
        SELECT b.id
          FROM batch b
          JOIN LATERAL (SELECT * FROM batch_run r WHERE r.batch = b.id ORDER BY r.attempt DESC LIMIT 1) n ON true
         WHERE b.state = 'terbuka' AND n.ended_at IS NULL AND n.lease_until < clock_timestamp()
        """
    )
    return [row["id"] for row in await cursor.fetchall()]


async def woken(conn: Conn, batch: int) -> bool:
    """Return whether somebody asked that the batch's flow looks (again) now."""
    return bool(
        await fetch_value(
            conn,
            "SELECT 1 FROM wake WHERE batch = %s AND done_at IS NULL AND next_try <= clock_timestamp()",
            (batch,),
        )
    )


async def has_work(conn: Conn, batch: int, standing: Collection[str] = ()) -> bool:
    """Return whether a batch has open cases, is a tahap that has had none yet, or of a kind that always stands open."""
    return bool(
        await fetch_value(
            conn,
            """
            SELECT EXISTS (SELECT 1 FROM position p WHERE p.batch = %(batch)s AND p.state < 20000)
                OR (SELECT b.kind = ANY (%(standing)s)
                        OR b.kind = 'tahap' AND NOT EXISTS (SELECT 1 FROM position p WHERE p.batch = b.id)
                      FROM batch b WHERE b.id = %(batch)s)
            """,
            {"batch": batch, "standing": list(standing)},
        )
    )


async def in_the_air(conn: Conn) -> set[int]:
    """Return the cases about which an outside system was asked where they stand now and has not answered yet.

    Calls that release 0.1.0 wrote down have no versions and are told by their time.
    """
    cursor = await conn.execute(
        """
        SELECT DISTINCT p.case_id
          FROM call c
          CROSS JOIN LATERAL unnest(c.ids, c.versions) AS asked (row_id, version)
          JOIN position p ON p.case_id = split_part(asked.row_id, '.', 1)::bigint
           AND CASE WHEN c.versions IS NULL THEN p.since <= c.created_at ELSE p.version = asked.version END
         WHERE c.state IN ('tercatat', 'terkirim', 'tidak_diketahui')
        """
    )
    return {row["case_id"] for row in await cursor.fetchall()}


async def decrees(conn: Conn, *, after: int = 0, limit: int = 100) -> list[dict[str, Any]]:
    """Return decrees in the caller's sight, oldest first."""
    cursor = await conn.execute(
        """
        SELECT d.id, d.number, d.kind, d.batch, g.id AS programme, d.period, d.region, d.cases, d.list_hash, d.at
          FROM decree d LEFT JOIN programme g ON g.code = d.programme
         WHERE d.id > %s ORDER BY d.id LIMIT %s
        """,
        (after, limit),
    )
    return await cursor.fetchall()


_DECREE = """
SELECT d.id, d.number, d.kind, d.batch, b.title AS batch_title, d.approval, g.id AS programme, d.period, d.region,
       r.name AS region_name, d.cases, d.list_hash, d.at, a.amount_rp, a.opened_at, o.id AS role
  FROM decree d
  JOIN batch b ON b.id = d.batch
  LEFT JOIN approval a ON a.id = d.approval
  LEFT JOIN role o ON o.code = a.role
  LEFT JOIN programme g ON g.code = d.programme
  LEFT JOIN region r ON r.code = d.region
"""


async def newest_decrees(conn: Conn, *, before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Return decrees in the caller's sight, newest first, with the rupiah of their lists."""
    cursor = await conn.execute(
        _DECREE + " WHERE %(before)s::bigint IS NULL OR d.id < %(before)s ORDER BY d.id DESC LIMIT %(limit)s",
        {"before": before, "limit": limit},
    )
    return await cursor.fetchall()


async def get_decree(conn: Conn, decree: int) -> dict[str, Any] | None:
    """Return one decree, None when out of sight."""
    return await (await conn.execute(_DECREE + " WHERE d.id = %s", (decree,))).fetchone()


async def heartbeats(conn: Conn) -> dict[str, float]:
    """Return, per part of the machinery, how many seconds ago it last said that it lives."""
    cursor = await conn.execute("SELECT name, extract(epoch FROM clock_timestamp() - at) AS age FROM heartbeat")
    return {row["name"]: float(row["age"]) for row in await cursor.fetchall()}


async def beat(conn: Conn, name: str) -> None:
    """Say that a part of the machinery lives."""
    await conn.execute(
        "INSERT INTO heartbeat (name, at) VALUES (%s, clock_timestamp()) "
        "ON CONFLICT (name) DO UPDATE SET at = excluded.at",
        (name,),
    )


async def waiting_runs(conn: Conn) -> list[dict[str, Any]]:
    """Return the runs that wait at gates of open batches: batch and flow run."""
    cursor = await conn.execute(
        """
        SELECT b.id AS batch, n.flow_run_id
          FROM batch b
          JOIN LATERAL (SELECT * FROM batch_run r WHERE r.batch = b.id ORDER BY r.attempt DESC LIMIT 1) n ON true
         WHERE b.state = 'terbuka' AND n.outcome = 'tunda'
           AND NOT EXISTS (SELECT 1 FROM wake w WHERE w.batch = b.id AND w.done_at IS NULL)
        """
    )
    return await cursor.fetchall()


def find_kind(conn: psycopg.Connection[DictRow], kind: str) -> bool:
    """Return whether any batch of a kind exists; asked by the command line, with the owner's rights."""
    return conn.execute("SELECT 1 FROM batch WHERE kind = %s LIMIT 1", (kind,)).fetchone() is not None
