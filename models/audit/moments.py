"""A case, and a region, as they stood at a moment: folded from the log, never from positions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from models.audit.errors import NotYetOpened
from models.audit.queries import evidence, kinds
from models.case.errors import CaseNotFound
from models.case.queries import number
from models.database import Conn
from models.penyaluran.queries import balance
from models.usulan.rules import WIB

_CASE = """
WITH step AS (
    SELECT t.version, t.act, t.rule, a.at, a.approval, max(a.at) OVER (ORDER BY t.version) AS since
      FROM transition t JOIN act a ON a.id = t.act WHERE t.case_id = %(case)s
), stood AS (
    -- Times along the versions may be out of order by a late lock; the running maximum never is.
    SELECT * FROM step WHERE since <= %(at)s ORDER BY version DESC LIMIT 1
)
SELECT c.id AS "case", c.machine AS machine_code, c.opened_at, m.name AS machine, j.id AS jenis, g.id AS programme,
       c.period, c.household_id AS household, c.region, rg.name AS region_name, d.version, d.since, r.id AS rule,
       d.act, s.id AS state, s.label, s.meaning, s.phase, s.terminal, s.stable, o.id AS holder,
       (SELECT n.rupiah FROM nominal n WHERE n.case_id = c.id AND n.version <= d.version
         ORDER BY n.version DESC LIMIT 1) AS nominal_rp,
       (SELECT p.batch FROM step x JOIN approval p ON p.id = x.approval WHERE x.version <= d.version
         ORDER BY x.version DESC LIMIT 1) AS batch,
       (SELECT max(version) FROM step) AS version_now
  FROM case_ c
  JOIN machine m ON m.code = c.machine
  LEFT JOIN stood d ON true
  LEFT JOIN rule r ON r.code = d.rule
  LEFT JOIN state s ON s.code = r.target
  LEFT JOIN role o ON o.code = s.holder
  LEFT JOIN jenis j ON j.code = c.kind
  LEFT JOIN programme g ON g.code = c.programme
  LEFT JOIN region rg ON rg.code = c.region
 WHERE c.id = %(case)s
"""

_FACTS = """
SELECT k.id AS kind, COALESCE(f.value, a.value) AS value, f.source, f.at, f.act
  FROM fact f
  JOIN fact_kind k ON k.code = f.kind
  LEFT JOIN act_fact a ON a.act = f.act AND a.kind = f.kind
 WHERE f.case_id = %(case)s AND f.at <= %(at)s
 ORDER BY f.at DESC, k.id, f.act DESC
"""


async def case_at(conn: Conn, case: int, at: datetime, role: str) -> dict[str, Any]:
    """Return a case as of a moment: state, version, since, amount in rupiah, facts known then, newest first.

    `batch` is the batch whose gate last moved the case by then; who merely carried it is no part of the log.

    Raises:
        CaseNotFound: out of the caller's sight.
        NotYetOpened: it was opened later.
    """
    row = await (await conn.execute(_CASE, {"case": case, "at": at})).fetchone()
    if row is None:
        raise CaseNotFound(case)
    if row["version"] is None:
        raise NotYetOpened(case, f"{row['opened_at'].astimezone(WIB):%d-%m-%Y %H.%M} WIB")
    row["number"] = number(row.pop("machine_code"), row["opened_at"], case)
    known = await kinds(conn)
    facts = await (await conn.execute(_FACTS, {"case": case, "at": at})).fetchall()
    row["facts"] = [
        {"source": fact["source"], "at": fact["at"], "act": fact["act"]} | shown
        for fact, shown in zip(facts, evidence(facts, known, role), strict=True)
    ]
    return row | {"at": at}


async def region_at(conn: Conn, lo: int, hi: int, at: datetime) -> dict[str, Any]:
    """Return where the cases of villages `lo` to `hi` stood at a moment, as far as the caller sees them.

    `states`: per machine and state the number of cases, how many had a closed amount, and the rupiah.
    `machines`: cases per machine. `balance`: the closing formula in rupiah (`models.penyaluran.queries.balance`).
    """
    cursor = await conn.execute(
        """
        SELECT m.name AS machine, s.id AS state, s.label, s.phase, s.account, p.cases, p.closed, p.rupiah
          FROM audit_position(%s, %s, %s) AS p
          JOIN state s ON s.code = p.state
          JOIN machine m ON m.code = s.machine
         ORDER BY s.machine, s.code
        """,
        (lo, hi, at),
    )
    rows = await cursor.fetchall()
    machines: dict[str, int] = {}
    for row in rows:
        machines[row["machine"]] = machines.get(row["machine"], 0) + row["cases"]
    paid = [row for row in rows if row["machine"] == "penyaluran"]
    return {"at": at, "machines": machines, "states": rows, "balance": balance(paid)}
