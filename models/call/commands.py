"""Outside calls, written down before they are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.database import Conn, fetch_value

_CALL = """c.path, c.key, c.body_hash, c.bodies, c.ids, c.versions, c.editions, c.state, c.created_at, c.sent_at,
               c.arrived_at"""


async def note_call(
    conn: Conn,
    path: str,
    key: str,
    batch: int,
    body_hash: str,
    ids: Sequence[str],
    versions: Sequence[int],
    editions: Sequence[int | None] | None = None,
) -> dict[str, Any]:
    """Write a call down before it is sent, and return it; the same key twice is the same call.

    `versions` says for each of `ids` at which version its case is asked about, `editions` which edition of its data
    is meant, None where there is only one. Under a key that is known, another body is noted beside the first: the
    other side may have either, and its answer says which.
    """
    cursor = await conn.execute(
        f"""
        INSERT INTO call AS c (path, key, batch, body_hash, ids, versions, editions, state, created_at, updated_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, 'tercatat', alur_now(), alur_now())
        ON CONFLICT (path, key) DO UPDATE SET bodies =
            CASE WHEN c.body_hash = excluded.body_hash THEN c.bodies
                 ELSE COALESCE(c.bodies, '{{}}') || jsonb_build_object(excluded.body_hash, excluded.ids) END
        RETURNING {_CALL}
        """,
        (path, key, batch, body_hash, list(ids), list(versions), None if editions is None else list(editions)),
    )
    [row] = await cursor.fetchall()
    return row


async def note_sent(conn: Conn, path: str, key: str) -> None:
    """Note that a call leaves now: from here on it may be done, whatever comes back."""
    await conn.execute(
        """
        UPDATE call SET state = 'terkirim', problem = NULL, sent_at = alur_now(), attempts = attempts + 1,
               updated_at = alur_now()
         WHERE path = %s AND key = %s
        """,
        (path, key),
    )


async def note_undone(conn: Conn, path: str, key: str) -> None:
    """Note that the only sending of a call did nothing there: it is as if it had never left."""
    await conn.execute("UPDATE call SET sent_at = NULL WHERE path = %s AND key = %s", (path, key))


async def note_arrived(conn: Conn, path: str, key: str, body_hash: str, places: Sequence[int]) -> None:
    """Note which body the other side has: the call is about its rows from now on, `places` of `ids` counted from 1."""
    await conn.execute(
        """
        UPDATE call SET arrived_at = COALESCE(arrived_at, alur_now()), body_hash = %(hash)s, bodies = NULL,
               ids = ARRAY(SELECT ids[n] FROM unnest(%(places)s::integer[]) WITH ORDINALITY AS p (n, o) ORDER BY o),
               versions = CASE WHEN versions IS NOT NULL THEN ARRAY(
                   SELECT versions[n] FROM unnest(%(places)s::integer[]) WITH ORDINALITY AS p (n, o) ORDER BY o) END,
               editions = CASE WHEN editions IS NOT NULL THEN ARRAY(
                   SELECT editions[n] FROM unnest(%(places)s::integer[]) WITH ORDINALITY AS p (n, o) ORDER BY o) END
         WHERE path = %(path)s AND key = %(key)s
        """,
        {"hash": body_hash, "places": list(places), "path": path, "key": key},
    )


async def set_call(conn: Conn, path: str, key: str, state: str, problem: str | None = None) -> None:
    """Note where a call stands: terkirim, selesai, tidak_diketahui, ditolak, batal."""
    await conn.execute(
        """
        UPDATE call SET state = %s, problem = %s, attempts = attempts + 1, updated_at = alur_now()
         WHERE path = %s AND key = %s
        """,
        (state, None if problem is None else _told(problem), path, key),
    )


def _told(problem: str) -> str:
    """Return what others said in a form that PostgreSQL keeps: no NUL, no half characters."""
    return problem.replace("\0", "").encode(errors="replace").decode()


async def calls_about(conn: Conn, batch: int, path: str, cases: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return calls of a batch that must be asked for before these cases are sent anew, oldest first.

    These are calls whose outcome is not known yet, and those that were answered about a case (`case_id`, `version`)
    which the answer has not moved: what was asked is done there, whatever became of it here.
    """
    cursor = await conn.execute(
        f"""
        SELECT {_CALL} FROM call c
         WHERE c.batch = %(batch)s AND c.path = %(path)s
           AND (c.state IN ('tercatat', 'terkirim', 'tidak_diketahui')
                OR c.state = 'selesai' AND c.id IN (
                    SELECT d.id FROM call d
                     CROSS JOIN LATERAL unnest(d.ids, d.versions) AS asked (row_id, version)
                      JOIN unnest(%(cases)s::bigint[], %(versions)s::bigint[]) AS k (id, version)
                        ON k.id = split_part(asked.row_id, '.', 1)::bigint AND k.version = asked.version
                     WHERE d.batch = %(batch)s AND d.path = %(path)s AND d.state = 'selesai'))
         ORDER BY c.id
        """,
        {
            "batch": batch,
            "path": path,
            "cases": [case["case_id"] for case in cases],
            "versions": [case["version"] for case in cases],
        },
    )
    return await cursor.fetchall()


async def editions_answered(
    conn: Conn, batch: int, path: str, cases: Sequence[Mapping[str, Any]]
) -> set[tuple[int, int]]:
    """Return which of these questions (`case_id`, `version`, `edition`) were answered, and the answer dealt with."""
    cursor = await conn.execute(
        """
        SELECT DISTINCT k.id, k.edition
          FROM call c
         CROSS JOIN LATERAL unnest(c.ids, c.versions, c.editions) AS asked (row_id, version, edition)
          JOIN unnest(%(cases)s::bigint[], %(versions)s::bigint[], %(editions)s::bigint[]) AS k (id, version, edition)
            ON k.id = split_part(asked.row_id, '.', 1)::bigint
           AND (k.version, k.edition) = (asked.version, asked.edition)
         WHERE c.batch = %(batch)s AND c.path = %(path)s AND c.state = 'selesai'
        """,
        {
            "batch": batch,
            "path": path,
            "cases": [case["case_id"] for case in cases],
            "versions": [case["version"] for case in cases],
            "editions": [case["edition"] for case in cases],
        },
    )
    return {(row["id"], row["edition"]) for row in await cursor.fetchall()}


async def calls_left(conn: Conn, batch: int) -> list[dict[str, Any]]:
    """Return the open calls of a batch none of whose cases stands there any more as it was asked about, oldest first.

    Release 0.1.0 wrote no versions down: its calls are not among them.
    """
    cursor = await conn.execute(
        f"""
        SELECT {_CALL} FROM call c
         WHERE c.batch = %(batch)s AND c.state IN ('tercatat', 'terkirim', 'tidak_diketahui')
           AND c.versions IS NOT NULL
           AND NOT EXISTS (
                SELECT 1 FROM unnest(c.ids, c.versions) AS asked (row_id, version)
                  JOIN position p ON p.case_id = split_part(asked.row_id, '.', 1)::bigint
                   AND p.version = asked.version AND p.batch = c.batch)
         ORDER BY c.id
        """,
        {"batch": batch},
    )
    return await cursor.fetchall()


async def unmoved(conn: Conn, batch: int, cases: Sequence[Mapping[str, Any]]) -> int:
    """Return how many of these cases (`case_id`, `version`) of a batch stand as they did."""
    count: int = await fetch_value(
        conn,
        """
        SELECT count(*) FROM position p
          JOIN unnest(%s::bigint[], %s::bigint[]) AS k (id, version) ON p.case_id = k.id AND p.version = k.version
         WHERE p.batch = %s
        """,
        ([case["case_id"] for case in cases], [case["version"] for case in cases], batch),
    )
    return count
