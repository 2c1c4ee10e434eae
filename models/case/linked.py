"""Cases that belong together. Inside `models.database.acting`: what is out of sight is no link."""

from __future__ import annotations

from typing import Any

from models.case.queries import number
from models.database import Conn

_MOST = 50
"""Links of one case; a family's payments over four years are as many."""


async def linked(conn: Conn, case: int) -> list[dict[str, Any]]:
    """Return the cases of the same family, what this one continues and what continues it; open ones and new ones first.

    `relation` is ``asal`` (this case continues it), ``lanjutan`` (it continues this one) or ``keluarga``; `opened_here`
    says that a move of this case opened it, `opens_this` that a move of it opened this one.
    """
    cursor = await conn.execute(
        """
        SELECT x.id, x.machine AS machine_code, m.name AS machine, x.opened_at, j.id AS jenis, g.id AS programme,
               x.period, s.id AS state, s.label, s.terminal, o.id AS holder,
               CASE WHEN x.id = this.predecessor THEN 'asal' WHEN x.predecessor = this.id THEN 'lanjutan'
                    ELSE 'keluarga' END AS relation,
               opened_by(this.id, x.id) AS opened_here, opened_by(x.id, this.id) AS opens_this
          FROM case_ this
          JOIN case_ x ON x.id <> this.id
           AND (x.household_id = this.household_id OR x.predecessor = this.id OR x.id = this.predecessor)
          JOIN position p ON p.case_id = x.id
          JOIN state s ON s.code = p.state
          JOIN machine m ON m.code = x.machine
          JOIN role o ON o.code = s.holder
          LEFT JOIN jenis j ON j.code = x.kind
          LEFT JOIN programme g ON g.code = x.programme
         WHERE this.id = %s
         ORDER BY s.terminal, x.id DESC
         LIMIT %s
        """,
        (case, _MOST),
    )
    rows = await cursor.fetchall()
    for row in rows:
        row["number"] = number(row.pop("machine_code"), row["opened_at"], row["id"])
    return rows
