"""What may be asked about gates, inside `models.database.acting`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.case.queries import number
from models.database import Conn
from models.region.rules import NATIONAL_SPAN
from models.register.rules import hidden

_ROW = """
SELECT a.id, a.batch, a.gate, a.round, o.id AS role, g.id AS programme, a.people, a.deadline, a.list_hash, a.cases,
       a.amount_rp, a.evidence, a.state, a.opened_at, a.decided_at, b.kind AS batch_kind, b.title AS batch_title,
       b.region, p.name AS region_name, b.period,
       ARRAY(SELECT m.name || '.' || t.id FROM unnest(a.triggers) WITH ORDINALITY AS x(code, n)
               JOIN trigger t ON t.code = x.code JOIN machine m ON m.code = t.machine ORDER BY x.n) AS triggers,
       (SELECT count(*) FROM decision d WHERE d.approval = a.id AND d.verdict = 'setuju') AS decided
  FROM approval a
  JOIN batch b ON b.id = a.batch
  JOIN role o ON o.code = a.role
  LEFT JOIN programme g ON g.code = a.programme
  LEFT JOIN region p ON p.code = b.region
"""


async def waiting(conn: Conn, *, role: str | None, state: str = "terbuka", limit: int = 100) -> list[dict[str, Any]]:
    """Return gates in the caller's sight, soonest deadline first; with `role` only those that wait for it."""
    cursor = await conn.execute(
        _ROW + " WHERE a.state = %s AND (%s::text IS NULL OR o.id = %s) ORDER BY a.deadline, a.id LIMIT %s",
        (state, role, role, limit),
    )
    return await cursor.fetchall()


def _shown(evidence: Mapping[str, Any]) -> dict[str, Any]:
    return {kind: hidden(value, kind) for kind, value in evidence.items()}


async def get(conn: Conn, approval: int, *, after: int = 0, limit: int = 1_000) -> dict[str, Any] | None:
    """Return one gate with its decisions and a part of its list, by case id from `after`; None when out of sight."""
    row = await (await conn.execute(_ROW + " WHERE a.id = %s", (approval,))).fetchone()
    if row is None:
        return None
    cursor = await conn.execute(
        """
        SELECT u.name, b.name AS behalf, d.verdict, e.id AS reason, e.label AS reason_label, d.evidence, d.at,
               COALESCE((SELECT (seen()).user_id) IN (d.user_id, d.behalf), false) AS mine
          FROM decision d JOIN account_user u ON u.id = d.user_id LEFT JOIN account_user b ON b.id = d.behalf
          LEFT JOIN reason e ON e.code = d.reason
         WHERE d.approval = %s ORDER BY d.at
        """,
        (approval,),
    )
    row["decisions"] = [told | {"evidence": _shown(told["evidence"])} for told in await cursor.fetchall()]
    row["evidence"] = _shown(row["evidence"])
    cursor = await conn.execute(
        """
        SELECT c.case_id, c.version, s.id AS state, k.region, r.name AS region_name, k.machine, k.opened_at,
               COALESCE(closing_of(c.case_id), nominal_of(c.case_id)) AS amount_rp
          FROM approval_case c
          JOIN position p ON p.case_id = c.case_id
          JOIN case_ k ON k.id = c.case_id
          JOIN state s ON s.code = p.state
          LEFT JOIN region r ON r.code = k.region
         WHERE c.approval = %s AND c.case_id > %s ORDER BY c.case_id LIMIT %s
        """,
        (approval, after, limit),
    )
    row["list"] = await cursor.fetchall()
    for case in row["list"]:
        case["number"] = number(case.pop("machine"), case.pop("opened_at"), case["case_id"])
    return row


async def open_over(conn: Conn, case_id: int) -> dict[str, Any] | None:
    """Return the gate that is open over a case: id, gate, role, deadline; None when none is, or out of sight.

    It is one of the batch that carries the case, whose gates are few; the lists of all gates are long.
    """
    cursor = await conn.execute(
        """
        SELECT a.id, a.gate, o.id AS role, a.deadline
          FROM position p
          JOIN approval a ON a.batch = p.batch AND a.state = 'terbuka'
          JOIN approval_case c ON c.approval = a.id AND c.case_id = p.case_id
          JOIN role o ON o.code = a.role
         WHERE p.case_id = %s ORDER BY a.deadline LIMIT 1
        """,
        (case_id,),
    )
    return await cursor.fetchone()


async def of_batch(conn: Conn, batch: int) -> list[dict[str, Any]]:
    """Return every gate a batch has had, in order."""
    cursor = await conn.execute(_ROW + " WHERE a.batch = %s ORDER BY a.id", (batch,))
    return await cursor.fetchall()


async def state_of(conn: Conn, approval: int) -> str | None:
    """Return where a gate stands, None when out of sight."""
    row = await (await conn.execute("SELECT state FROM approval WHERE id = %s", (approval,))).fetchone()
    return None if row is None else str(row["state"])


async def told(conn: Conn, approval: int) -> dict[str, Any]:
    """Return what a gate's deciders brought: `evidence` by kind, their names (`people`), and if one `refused` the list.

    Numbers of persons and accounts are masked.
    """
    row = await (
        await conn.execute(
            """
            SELECT COALESCE(jsonb_merge(d.evidence ORDER BY d.at), '{}') AS evidence,
                   COALESCE(array_agg(u.name || COALESCE(' a.n. ' || b.name, '') ORDER BY d.at), '{}') AS people,
                   COALESCE(bool_or(d.verdict = 'tolak'), false) AS refused
              FROM decision d LEFT JOIN account_user u ON u.id = d.user_id LEFT JOIN account_user b ON b.id = d.behalf
             WHERE d.approval = %s
            """,
            (approval,),
        )
    ).fetchone()
    if row is None:
        raise AssertionError  # an aggregate has one row
    return row | {"evidence": hidden(row["evidence"])}


async def spread(
    conn: Conn, approval: int, digits: int, lo: int = 0, hi: int = NATIONAL_SPAN[1]
) -> list[dict[str, Any]]:
    """Return a gate's list counted per region of `digits` digits (2, 4, 6 or 10), of villages from `lo` to `hi`.

    Rows: region, name, jenis, cases, amount_rp.
    """
    cursor = await conn.execute(
        """
        SELECT x.region, r.name, x.jenis, x.cases, x.amount_rp
          FROM (SELECT c.region / %(unit)s AS region, j.id AS jenis, count(*) AS cases,
                       sum(l.rupiah)::bigint AS amount_rp
                  FROM approval_case l JOIN case_ c ON c.id = l.case_id LEFT JOIN jenis j ON j.code = c.kind
                 WHERE l.approval = %(approval)s AND c.region BETWEEN %(lo)s AND %(hi)s GROUP BY 1, 2) AS x
          LEFT JOIN region r ON r.code = x.region
         ORDER BY x.region, x.jenis
        """,
        {"approval": approval, "unit": 10 ** (10 - digits), "lo": lo, "hi": hi},
    )
    return await cursor.fetchall()


async def refused(conn: Conn, approvals: Sequence[int]) -> dict[int, dict[str, int]]:
    """Return why the door did not carry some of decided gates' cases out: gate -> refusal code -> how many."""
    cursor = await conn.execute(
        """
        SELECT a.approval, q.id AS refusal, count(*) AS n
          FROM act a JOIN refusal f ON f.act = a.id JOIN refusal_code q ON q.code = f.code
         WHERE a.approval = ANY (%s) GROUP BY 1, 2 ORDER BY 1, 3 DESC
        """,
        (list(approvals),),
    )
    found: dict[int, dict[str, int]] = {}
    for row in await cursor.fetchall():
        found.setdefault(row["approval"], {})[row["refusal"]] = row["n"]
    return found
