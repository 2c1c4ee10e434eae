"""What may be asked about objections, inside `models.database.acting`; the flow asks as the system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.case.queries import get_case
from models.database import Conn
from models.register.rules import hidden
from models.sanggah.rules import PLAIN

_AT_ONCE = 5000
"""Objections judged in one look; the rest comes with the next."""


def told(row: dict[str, Any]) -> dict[str, Any]:
    """Return a case of the machine with what its state means, in plain words of both languages."""
    plain, plain_en = PLAIN[row["state"]]
    return row | {"plain": plain, "plain_en": plain_en}


async def get_objection(conn: Conn, case_id: int) -> dict[str, Any] | None:
    """Return one objection, None when there is none in the caller's sight.

    Beside the case: the reasons its objector gave, as far as the caller may read them; whether the caller's family is
    the one it is about or the one that brought it; until when that family may answer, and whether it did; the last
    reason code.
    """
    case = await get_case(conn, case_id)
    if case is None or case["machine"] != "sanggah":
        return None
    cursor = await conn.execute(
        """
        SELECT (SELECT x.value ->> 'teks' FROM told_about(c.id, 'alasan') AS x ORDER BY x.at LIMIT 1) AS statement,
               CASE WHEN seen_household() IS NULL THEN NULL
                    WHEN seen_household() = c.household_id THEN 'keluarga' ELSE 'pengaju' END AS party,
               h.answer_until, h.answered,
               (SELECT e.id FROM transition t JOIN act a ON a.id = t.act JOIN reason e ON e.code = a.reason
                 WHERE t.case_id = c.id ORDER BY t.version DESC LIMIT 1) AS reason,
               (SELECT e.label FROM transition t JOIN act a ON a.id = t.act JOIN reason e ON e.code = a.reason
                 WHERE t.case_id = c.id ORDER BY t.version DESC LIMIT 1) AS reason_label
          FROM case_ c
          LEFT JOIN LATERAL (
                SELECT max(deadline(a.at, policy_for('sanggah.hak_jawab', c.region, alur_now()) #>> '{}', c.region))
                           FILTER (WHERE r.id = 'S10') AS answer_until,
                       bool_or(r.id IN ('S17', 'S18')) AS answered
                  FROM transition t JOIN rule r ON r.code = t.rule JOIN act a ON a.id = t.act
                 WHERE t.case_id = c.id AND c.kind = 21
                   AND c.household_id = COALESCE(seen_household(), c.household_id)) AS h ON true
         WHERE c.id = %s
        """,
        (case_id,),
    )
    more = await cursor.fetchone() or {}
    return told(case) | more | {"statement": hidden(more.get("statement"))}


async def new(conn: Conn) -> list[dict[str, Any]]:
    """Return objections whose admissibility is to be judged, oldest first: case_id, kind, verdict, answer_until.

    `verdict` is None where they may go on, TUNGGU while files may follow, else the reason code of the refusal;
    `answer_until` is how long the family may answer when it goes on now.
    """
    cursor = await conn.execute(
        """
        SELECT i.case_id, i.kind, i.verdict,
               deadline(alur_now(), policy_for('sanggah.hak_jawab', p.region, alur_now()) #>> '{}', p.region)
                   AS answer_until
          FROM objection_intake(ARRAY(
                SELECT p.case_id FROM position p JOIN state s ON s.code = p.state AND s.id = 'diterima_sistem'
                 ORDER BY p.since LIMIT %s)) AS i
          JOIN position p USING (case_id)
         ORDER BY i.case_id
        """,
        (_AT_ONCE,),
    )
    return await cursor.fetchall()


async def unchecked(conn: Conn) -> list[int]:
    """Return objections whose field check is over its time."""
    cursor = await conn.execute(
        """
        SELECT c.id FROM position p
          JOIN rule r ON r.id = 'S21' AND p.state = ANY (r.sources)
          JOIN case_ c ON c.id = p.case_id
         WHERE p.state < 20000
           AND alur_now() >= deadline(
                c.opened_at, policy_for('sanggah.batas_cek', c.region, alur_now()) #>> '{}', c.region)
         ORDER BY c.id LIMIT %s
        """,
        (_AT_ONCE,),
    )
    return [row["id"] for row in await cursor.fetchall()]


async def lapsing(conn: Conn, due: Sequence[int]) -> list[int]:
    """Return those of these unanswered escalations that lapse, by the policy of their kabupaten."""
    cursor = await conn.execute(
        """
        SELECT c.id FROM case_ c
         WHERE c.id = ANY (%s) AND c.kind = 21
           AND (policy_for('sanggah.gugur', c.region, alur_now()))::boolean
         ORDER BY c.id
        """,
        (list(due),),
    )
    return [row["id"] for row in await cursor.fetchall()]


async def reopened(conn: Conn) -> list[dict[str, Any]]:
    """Return proposals that decisions opened past the village and that no batch carries yet: case_id, region."""
    cursor = await conn.execute(
        """
        SELECT p.case_id, p.region
          FROM position p
          JOIN state s ON s.code = p.state AND s.id IN ('verif_dinsos', 'disahkan')
          JOIN transition t ON t.case_id = p.case_id AND t.version = 1
          JOIN rule r ON r.code = t.rule AND r.id IN ('U72', 'U73')
         WHERE p.batch IS NULL
         ORDER BY p.case_id LIMIT %s
        """,
        (_AT_ONCE,),
    )
    return await cursor.fetchall()


async def next_in_line(conn: Conn) -> list[dict[str, Any]]:
    """Return memberships that wait for a seat where one is free, in their order: desil, then rank, then time.

    Per programme and kabupaten no more than there are seats. Rows: case_id, place (from 1).
    """
    cursor = await conn.execute(
        """
        SELECT l.case_id, l.place
          FROM seats_free() AS f
          CROSS JOIN LATERAL (
                SELECT p.case_id, row_number() OVER (
                            ORDER BY h.desil NULLS LAST, h.peringkat NULLS LAST, p.since, p.case_id) AS place
                  FROM position p
                  JOIN state s ON s.code = p.state AND s.id = 'daftar_tunggu'
                  JOIN case_ c ON c.id = p.case_id
                  JOIN household h ON h.id = c.household_id
                 WHERE p.programme = f.programme
                   AND p.region BETWEEN f.kabupaten * 1000000 AND f.kabupaten * 1000000 + 999999) AS l
         WHERE l.place <= COALESCE(f.seats, l.place)
         ORDER BY f.programme, f.kabupaten, l.place
         LIMIT %s
        """,
        (_AT_ONCE,),
    )
    return await cursor.fetchall()
