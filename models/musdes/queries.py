"""What may be asked about village meetings, inside `models.database.acting`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from models.approval.queries import of_batch
from models.case.queries import number
from models.database import Conn
from models.musdes.rules import DITUNDA, GATE, LAYAK, TIDAK_LAYAK
from models.register.rules import mask

STATES = ("padan", "musyawarah", "usulan_final")
"""Where a proposal stands before, in and after the meeting."""

PAGE = 50
"""Families on one page: a list of hundreds is written down page by page."""


async def meetings(conn: Conn, *, before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Return open village lists in sight, newest first: how many wait for, in and after the meeting."""
    cursor = await conn.execute(
        """
        SELECT b.id, b.kind, b.region, r.name AS region_name, b.title, b.opened_at,
               n.padan, n.musyawarah, n.usulan_final
          FROM batch b
          LEFT JOIN region r ON r.code = b.region
         CROSS JOIN LATERAL (
               SELECT count(*) FILTER (WHERE s.id = 'padan') AS padan,
                      count(*) FILTER (WHERE s.id = 'musyawarah') AS musyawarah,
                      count(*) FILTER (WHERE s.id = 'usulan_final') AS usulan_final
                 FROM position p JOIN state s ON s.code = p.state
                WHERE p.batch = b.id AND s.id = ANY (%(states)s)) AS n
         WHERE b.kind = 'usulan' AND b.state = 'terbuka' AND (%(before)s::bigint IS NULL OR b.id < %(before)s)
           AND n.padan + n.musyawarah + n.usulan_final > 0
         ORDER BY b.id DESC LIMIT %(limit)s
        """,
        {"before": before, "limit": limit, "states": list(STATES)},
    )
    return await cursor.fetchall()


_FAMILY = """
SELECT c.id AS case_id, c.machine AS machine_code, c.opened_at, p.version, s.id AS state, s.label AS state_label,
       j.id AS jenis, c.household_id, h.kepala, h.no_kk, h.alamat, h.rt, h.rw, h.dusun, h.desil,
       (SELECT q.nik FROM person q
         WHERE q.household_id = c.household_id AND q.removed_at IS NULL ORDER BY q.hubungan, q.id LIMIT 1) AS nik,
"""
_JOINED = """
  JOIN case_ c ON c.id = p.case_id
  JOIN state s ON s.code = p.state
  JOIN machine m ON m.code = s.machine AND m.name = 'usulan'
  LEFT JOIN jenis j ON j.code = c.kind
  LEFT JOIN household h ON h.id = c.household_id
"""
_ORDER = " ORDER BY h.dusun NULLS FIRST, h.rw, h.rt, h.kepala, c.id"


def _told(row: dict[str, Any]) -> dict[str, Any]:
    row["number"] = number(row.pop("machine_code"), row["opened_at"], row["case_id"])
    for name in ("nik", "no_kk"):
        row[name] = row[name] and mask(row[name])
    return row


async def families(
    conn: Conn, batch: int, state: str, *, offset: int = 0, limit: int | None = None
) -> list[dict[str, Any]]:
    """Return the families of a list that stand in a state, by dusun, RW, RT and name, with what the minutes say.

    NIK and KK are masked. `verdict`, `reason`, `reason_label` and `note` are None where nothing is written down.
    """
    cursor = await conn.execute(
        _FAMILY
        + " n.verdict, e.id AS reason, e.label AS reason_label, n.note FROM position p "
        + _JOINED
        + """
          LEFT JOIN notulen_keluarga n ON n.case_id = p.case_id AND n.batch = p.batch AND n.case_version = p.version
          LEFT JOIN reason e ON e.code = n.reason
         WHERE p.batch = %(batch)s AND s.id = %(state)s
        """
        + _ORDER
        + " OFFSET %(offset)s LIMIT %(limit)s",
        {"batch": batch, "state": state, "offset": offset, "limit": limit},
    )
    return [_told(row) for row in await cursor.fetchall()]


async def decided(conn: Conn, approval: int) -> list[dict[str, Any]]:
    """Return the families of a decided gate with what was decided about each, and where each stands now.

    `refusal` is why the door did not carry it out (a code of `models.case.refusals`), None where it did or has not yet.
    """
    cursor = await conn.execute(
        _FAMILY
        + """
               CASE WHEN a.state = 'ditolak' OR g.state = 'tolak' THEN 'tidak_layak'
                    WHEN t.id = 'tidak_sepakat' THEN 'tidak_layak' WHEN t.id = 'tunda_musdes' THEN 'ditunda'
                    ELSE 'layak' END AS verdict,
               COALESCE(e.id, g.reason) AS reason, COALESCE(e.label, g.label) AS reason_label, x.note, f.refusal
          FROM approval a
          JOIN approval_case l ON l.approval = a.id
          JOIN position p ON p.case_id = l.case_id
        """
        + _JOINED
        + """
          LEFT JOIN decision_case x ON x.approval = a.id AND x.case_id = l.case_id
          LEFT JOIN trigger t ON t.code = x.trigger
          LEFT JOIN reason e ON e.code = x.reason
          LEFT JOIN LATERAL (
               SELECT d.verdict AS state, w.id AS reason, w.label FROM decision d JOIN reason w ON w.code = d.reason
                WHERE d.approval = a.id AND d.verdict = 'tolak' LIMIT 1) AS g ON true
          LEFT JOIN LATERAL (
               SELECT q.id AS refusal FROM refusal r JOIN act y ON y.id = r.act JOIN refusal_code q ON q.code = r.code
                WHERE y.approval = a.id AND r.case_id = l.case_id ORDER BY r.act DESC LIMIT 1) AS f ON true
         WHERE a.id = %(approval)s
        """
        + _ORDER,
        {"approval": approval},
    )
    return [_told(row) for row in await cursor.fetchall()]


async def minutes(conn: Conn, batch: int) -> dict[str, Any]:
    """Return the draft of a meeting: `facts`, their `version` (0 before anything was written), who wrote, when."""
    row = await (
        await conn.execute(
            """
            SELECT n.version, n.facts, n.at, u.name
              FROM notulen n LEFT JOIN account_user u ON u.id = n.user_id WHERE n.batch = %s
            """,
            (batch,),
        )
    ).fetchone()
    return row or {"version": 0, "facts": {}, "at": None, "name": None}


async def gates(
    conn: Conn, batch: int, approval: int | None = None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return the gate that waits for the head of the village and the last one decided, or which of them one is."""
    rounds = [row for row in await of_batch(conn, batch) if row["gate"] == GATE and approval in {None, row["id"]}]
    waits = next((row for row in rounds if row["state"] == "terbuka"), None)
    past = [row for row in rounds if row["state"] in {"disetujui", "ditolak", "dijalankan"}]
    return waits, past[-1] if past else None


async def listed(conn: Conn, approval: int) -> set[int]:
    """Return the cases that a gate was opened over."""
    cursor = await conn.execute("SELECT case_id FROM approval_case WHERE approval = %s", (approval,))
    return {row["case_id"] for row in await cursor.fetchall()}


def tally(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many families the minutes call what, and how many nothing yet (`belum`)."""
    told = [row["verdict"] for row in rows]
    return {name: told.count(name) for name in (LAYAK, TIDAK_LAYAK, DITUNDA)} | {"belum": told.count(None)}


def fingerprint(facts: dict[str, str], rows: Sequence[dict[str, Any]]) -> str:
    """Return a hash of the minutes as somebody saw them: what he decides is what he saw."""
    seen = [[row["case_id"], row["version"], row["verdict"], row["reason"], row["note"]] for row in rows]
    told = json.dumps([sorted(facts.items()), sorted(seen)], ensure_ascii=True)
    return hashlib.sha256(told.encode()).hexdigest()


async def covered(conn: Conn, batch: int, state: str) -> list[int]:
    """Return the cases that a signed paper of the meeting is about: those in `state`, else the last decided list."""
    rows = await families(conn, batch, state)
    if not rows and state == "musyawarah":
        _, past = await gates(conn, batch)
        return sorted(await listed(conn, past["id"])) if past else []
    return [row["case_id"] for row in rows]
