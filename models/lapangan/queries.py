"""What may be asked about field work, inside `models.database.acting`."""

from __future__ import annotations

from typing import Any

from models.case.queries import number
from models.database import Conn
from models.lapangan.rules import VISITS

TASKS_MOST = 200

_TASKS = """
SELECT t.*, deadline(t.since, state_time('sla', t.state_code, t.region, alur_now()), t.region) AS due
  FROM (
    SELECT DISTINCT p.case_id AS id, m.code AS machine_code, m.name AS machine, s.id AS state, s.code AS state_code,
           s.label, j.id AS jenis, c.opened_at, p.since, p.version, p.region, r.name AS region_name,
           h.id AS household, h.kepala, h.alamat, h.rt, h.rw, h.dusun
      FROM family_assignment f
      JOIN case_ c ON c.household_id = f.household_id
      JOIN position p ON p.case_id = c.id
      JOIN state s ON s.code = p.state
      JOIN machine m ON m.code = c.machine
      JOIN household h ON h.id = c.household_id
      LEFT JOIN jenis j ON j.code = c.kind
      LEFT JOIN region r ON r.code = p.region
      LEFT JOIN siklus_keluarga k ON k.kunjungan = p.case_id
      LEFT JOIN transition x ON x.case_id = p.case_id AND x.version = p.version
      LEFT JOIN LATERAL (
            SELECT told.value ->> 'pengguna' AS username
              FROM (SELECT n.value, n.kind FROM fact n WHERE n.case_id = p.case_id AND n.act = x.act
                    UNION ALL SELECT a.value, a.kind FROM act_fact a WHERE a.act = x.act) AS told
              JOIN fact_kind i ON i.code = told.kind AND i.id IN ('petugas_ditunjuk', 'petugas_lain')
             WHERE jsonb_typeof(told.value -> 'pengguna') = 'string' LIMIT 1) AS named ON true
     WHERE f.valid_from <= alur_now() AND (f.valid_to IS NULL OR f.valid_to > alur_now())
       AND m.name || '.' || s.id = ANY (%(states)s)
       AND COALESCE(k.petugas, (SELECT u.id FROM account_user u WHERE u.username = named.username), f.user_id)
           = f.user_id
       ) AS t
 ORDER BY due, t.since, t.id
 LIMIT %(limit)s
"""


async def tasks(conn: Conn, *, limit: int = TASKS_MOST) -> list[dict[str, Any]]:
    """Return the visits that wait for the caller, first due first; nothing for whoever looks after no family.

    A case in which another officer was named is his task, even where the family is the caller's.
    Rows: id, number, machine, state, label, jenis, since, due, region, region_name, household, kepala, alamat, rt, rw.
    """
    states = [f"{machine}.{state}" for machine, state in VISITS]
    rows = await (await conn.execute(_TASKS.encode(), {"states": states, "limit": min(limit, TASKS_MOST)})).fetchall()
    for row in rows:
        del row["state_code"]
        row["number"] = number(row.pop("machine_code"), row["opened_at"], row["id"])
    return rows
