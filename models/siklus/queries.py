"""What may be asked about cycles. Inside `models.database.acting`; where a session is given, scope follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from models.case.queries import number
from models.database import Conn, fetch_value
from models.raised import domain_errors
from models.siklus.errors import CycleNotFound

PAGE_MAX = 200

_UNIT = {0: 100_000_000, 2: 1_000_000, 4: 10_000, 6: 1}
"""Digits of a region's code -> how many village codes one of its parts spans: what is told of a province is told by
kabupaten, and so on down to the village."""


async def cycles(conn: Conn, session: UUID) -> list[dict[str, Any]]:
    """Return every cycle, newest first."""
    with domain_errors():
        return await (await conn.execute("SELECT * FROM siklus_all(%s)", (session,))).fetchall()


async def cycle(conn: Conn, session: UUID, cycle_id: int) -> dict[str, Any]:
    """Return one cycle.

    Raises:
        CycleNotFound: there is none of this number.
    """
    for row in await cycles(conn, session):
        if row["id"] == cycle_id:
            return row
    raise CycleNotFound(cycle_id)


async def of_period(conn: Conn, session: UUID, period: int, *, cancelled: bool = False) -> int | None:
    """Return the case of the period's newest cycle, None where there is none; one that was cancelled only if asked."""
    for row in await cycles(conn, session):
        if row["period"] == period and (cancelled or row["state"] != "dibatalkan"):
            return int(row["id"])
    return None


async def standing_batch(conn: Conn) -> int | None:
    """Return the standing batch whose flow carries the cycles, None before it first ran or out of sight."""
    batch: int | None = await fetch_value(conn, "SELECT id FROM batch WHERE kind = 'siklus' AND region = 0")
    return batch


async def forecast(
    conn: Conn, session: UUID, lo: int, hi: int, mulai: date, selesai: date, *, after: int = 0, limit: int = PAGE_MAX
) -> list[dict[str, Any]]:
    """Return, village by village, whether a cycle between two days can be done, and when it would be.

    Rows: region, nama, keluarga, petugas, hari (working days), per_hari (families an officer and day), berat (more than
    policy allows, or nobody there), selesai (day on which the village is done at the last cycle's rate).
    """
    with domain_errors():
        cursor = await conn.execute(
            "SELECT * FROM siklus_forecast(%s, %s, %s, %s, %s, %s, %s)",
            (session, lo, hi, mulai, selesai, after, min(limit, PAGE_MAX)),
        )
    return await cursor.fetchall()


async def outlook(conn: Conn, session: UUID, mulai: date, selesai: date) -> dict[str, Any]:
    """Return the forecast of the nation in one line, for whoever decides whether a cycle takes place.

    keluarga, desa; berat: villages that cannot be done in time as things stand; selesai: day on which the last of those
    that have officers would be done.
    """
    with domain_errors():
        cursor = await conn.execute(
            """
            SELECT COALESCE(sum(keluarga), 0)::bigint AS keluarga, count(*) AS desa,
                   count(*) FILTER (WHERE berat) AS berat, max(f.selesai)::text AS selesai
              FROM siklus_forecast(%s, 0, 9999999999, %s, %s, 0, 1000000) AS f
            """,
            (session, mulai, selesai),
        )
        return await cursor.fetchone() or {}


async def progress(
    conn: Conn, session: UUID, cycle_id: int, lo: int, hi: int, digits: int, *, after: int = 0, limit: int = 50
) -> list[dict[str, Any]]:
    """Return how far each part of a region is: families by where their visit stands, reached, and when it would end.

    Args:
        conn: a transaction that sees what the caller may see.
        session: the caller's.
        cycle_id: the cycle.
        lo: lowest village of the region.
        hi: highest village of the region.
        digits: length of the region's code, 0 for the nation; 10 tells the village itself.
        after: last code already seen.
        limit: how many parts.

    `recorded` visits found something or found nobody; `reached` found something; `rate` is visits recorded per working
    day since the cycle was frozen, and `ends` the day on which all would be recorded at that rate.
    """
    unit = _UNIT.get(digits, 1)
    cursor = await conn.execute(
        """
        WITH part AS MATERIALIZED (
            SELECT q.region / %(unit)s AS code, sum(q.keluarga) AS families, count(DISTINCT q.region) AS villages
              FROM siklus_paket q
             WHERE q.siklus = %(cycle)s AND q.region BETWEEN %(lo)s AND %(hi)s AND q.region / %(unit)s > %(after)s
             GROUP BY 1 ORDER BY 1 LIMIT %(limit)s
        ), visit AS MATERIALIZED (
            SELECT v.* FROM siklus_tally(
                %(session)s, %(cycle)s, greatest(%(lo)s, (SELECT min(code) FROM part) * %(unit)s),
                least(%(hi)s, (SELECT max(code) FROM part) * %(unit)s + %(unit)s - 1), %(unit)s) AS v
        ), told AS (
            SELECT code, jsonb_object_agg(state, n) AS states, sum(found)::bigint AS reached,
                   COALESCE(sum(n) FILTER (
                        WHERE state NOT IN ('tidak_dibuka', 'ditugaskan', 'dikembalikan')), 0)::bigint AS recorded
              FROM visit GROUP BY 1
        )
        SELECT part.code AS region, r.name, part.villages, part.families::bigint AS families, told.states,
               told.reached, told.recorded,
               round(100.0 * told.reached / nullif(part.families, 0), 1) AS reached_percent,
               round(told.recorded::numeric / nullif(days.n, 0), 2) AS rate,
               CASE WHEN told.recorded > 0 THEN workday_after((alur_now() AT TIME ZONE 'Asia/Jakarta')::date, ceil(
                    least((part.families - told.recorded) * days.n / told.recorded::numeric, 3650))::integer,
                    part.code * %(unit)s) END AS ends,
               (SELECT COALESCE(jsonb_object_agg(d.state, d.n), '{}') FROM (
                    SELECT t.id AS state, count(*) AS n
                      FROM case_ c JOIN position p ON p.case_id = c.id JOIN state t ON t.code = p.state
                     WHERE c.machine = 6 AND c.household_id IS NULL AND c.period = f.period
                       AND c.region BETWEEN part.code * %(unit)s AND part.code * %(unit)s + %(unit)s - 1
                     GROUP BY 1) AS d) AS village_states
          FROM part
          JOIN told USING (code)
          JOIN siklus f ON f.case_id = %(cycle)s
          LEFT JOIN region r ON r.code = part.code
          CROSS JOIN LATERAL (
                SELECT working_days_between((f.frozen_at AT TIME ZONE 'Asia/Jakarta')::date - 1,
                    (alur_now() AT TIME ZONE 'Asia/Jakarta')::date, part.code * %(unit)s) AS n) AS days
         ORDER BY part.code
        """,
        {
            "session": session,
            "cycle": cycle_id,
            "lo": lo,
            "hi": hi,
            "unit": unit,
            "after": after,
            "limit": min(limit, PAGE_MAX),
        },
    )
    return await cursor.fetchall()


async def by_officer(
    conn: Conn, cycle_id: int, lo: int, hi: int, *, after: str = "", limit: int = 50
) -> list[dict[str, Any]]:
    """Return how far each officer is inside a region: families held, recorded, still to visit, packages."""
    cursor = await conn.execute(
        """
        SELECT u.username AS officer, u.name, count(*) AS families,
               count(*) FILTER (WHERE s.id IN ('ditugaskan', 'dikembalikan')) AS left_to_visit,
               count(*) FILTER (WHERE s.id NOT IN ('ditugaskan', 'dikembalikan')) AS recorded,
               count(DISTINCT (k.region, k.paket)) AS packages
          FROM siklus_keluarga k
          JOIN account_user u ON u.id = k.petugas
          JOIN position p ON p.case_id = k.kunjungan
          JOIN state s ON s.code = p.state
         WHERE k.siklus = %s AND k.region BETWEEN %s AND %s AND u.username > %s
         GROUP BY u.username, u.name ORDER BY u.username LIMIT %s
        """,
        (cycle_id, lo, hi, after, min(limit, PAGE_MAX)),
    )
    return await cursor.fetchall()


async def packages(
    conn: Conn,
    cycle_id: int,
    *,
    officer: int | None,
    lo: int,
    hi: int,
    after: tuple[int, int] = (0, 0),
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Return packages in the caller's sight, by village and number; with `officer` those in which he holds families.

    Each tells its village, number, day, officer, and its visits in walking order: case, place, state.
    """
    cursor = await conn.execute(
        """
        SELECT q.region, r.name, q.nomor, q.keluarga, q.hari, u.username AS officer,
               COALESCE(jsonb_agg(jsonb_build_object(
                    'case', k.kunjungan, 'household', k.household_id, 'place', k.urut, 'state', s.id) ORDER BY k.urut)
                    FILTER (WHERE k.kunjungan IS NOT NULL), '[]') AS visits
          FROM siklus_paket q
          JOIN siklus_keluarga k ON (k.siklus, k.region, k.paket) = (q.siklus, q.region, q.nomor)
          LEFT JOIN position p ON p.case_id = k.kunjungan
          LEFT JOIN state s ON s.code = p.state
          LEFT JOIN account_user u ON u.id = q.petugas
          LEFT JOIN region r ON r.code = q.region
         WHERE q.siklus = %(cycle)s AND q.region BETWEEN %(lo)s AND %(hi)s
           AND (q.region, q.nomor) > (%(after_region)s, %(after_number)s)
           AND (%(officer)s::integer IS NULL OR k.petugas = %(officer)s)
         GROUP BY q.siklus, q.region, q.nomor, q.keluarga, q.hari, u.username, r.name
         ORDER BY q.region, q.nomor
         LIMIT %(limit)s
        """,
        {
            "cycle": cycle_id,
            "lo": lo,
            "hi": hi,
            "officer": officer,
            "after_region": after[0],
            "after_number": after[1],
            "limit": min(limit, PAGE_MAX),
        },
    )
    return await cursor.fetchall()


async def unreached(
    conn: Conn, session: UUID, cycle_id: int, lo: int, hi: int, *, after: tuple[int, int] = (0, 0), limit: int = 50
) -> list[dict[str, Any]]:
    """Return the families of a cycle that no visit reached (yet), by village and place: case, state, who holds them."""
    cursor = await conn.execute(
        """
        SELECT v.region, r.name AS region_name, v.urut AS place, v.kunjungan AS "case", v.opened_at, v.state,
               v.petugas AS officer, v.nama AS officer_name, v.region / 1000000 AS office, o.name AS office_name
          FROM siklus_missed(%s, %s, %s, %s, %s, %s, %s) AS v
          LEFT JOIN region r ON r.code = v.region
          LEFT JOIN region o ON o.code = v.region / 1000000
         ORDER BY v.region, v.urut
        """,
        (session, cycle_id, lo, hi, *after, min(limit, PAGE_MAX)),
    )
    return [_numbered(row) for row in await cursor.fetchall()]


def _numbered(row: dict[str, Any]) -> dict[str, Any]:
    opened = row.pop("opened_at")
    row["number"] = None if row["case"] is None else number(7, opened, row["case"])
    return row


async def second_time(conn: Conn, cycle_id: int, *, after: int = 0, limit: int = 50) -> list[dict[str, Any]]:
    """Return memberships on hold whose family was not found, or refused, in this cycle and in the one before it.

    Whether such a membership ends (K16) is a person's decision; this is his list. Rows: case (the membership), since,
    household, region, visit (this cycle's), found now and before.
    """
    cursor = await conn.execute(
        """
        SELECT m.id AS "case", mp.since, k.household_id AS household, k.region, k.kunjungan AS visit,
               visit_found(k.kunjungan) AS found, visit_found(b.id) AS found_before
          FROM siklus_keluarga k
          JOIN position p ON p.case_id = k.kunjungan
          JOIN state s ON s.code = p.state AND s.id = 'diterapkan'
          JOIN LATERAL (
                SELECT c.id FROM case_ c
                 WHERE c.household_id = k.household_id AND c.machine = 7 AND c.id < k.kunjungan
                 ORDER BY c.id DESC LIMIT 1) AS b ON true
          JOIN case_ m ON m.household_id = k.household_id AND m.machine = 2
          JOIN position mp ON mp.case_id = m.id
          JOIN state ms ON ms.code = mp.state AND ms.id = 'ditangguhkan'
         WHERE k.siklus = %s AND m.id > %s
           AND visit_found(k.kunjungan) IN ('TIDAK_DITEMUKAN', 'MENOLAK')
           AND visit_found(b.id) IN ('TIDAK_DITEMUKAN', 'MENOLAK')
         ORDER BY m.id LIMIT %s
        """,
        (cycle_id, after, min(limit, PAGE_MAX)),
    )
    return await cursor.fetchall()


async def report(
    conn: Conn, cycle_id: int, lo: int, hi: int, *, after: int = 0, limit: int = 50
) -> list[dict[str, Any]]:
    """Return the newest report of a cycle, village by village, with the number of each case not reached."""
    cursor = await conn.execute(
        """
        SELECT l.nomor, l.region, r.name AS region_name, l.isi, l.hash, l.at
          FROM siklus_laporan l LEFT JOIN region r ON r.code = l.region
         WHERE l.siklus = %(cycle)s AND l.region BETWEEN %(lo)s AND %(hi)s AND l.region > %(after)s
           AND l.nomor = (SELECT max(m.nomor) FROM siklus_laporan m WHERE m.siklus = %(cycle)s)
         ORDER BY l.region LIMIT %(limit)s
        """,
        {"cycle": cycle_id, "lo": lo, "hi": hi, "after": after, "limit": min(limit, PAGE_MAX)},
    )
    rows = await cursor.fetchall()
    for row in rows:
        for family in row["isi"]["tidak_terjangkau"]:
            if family["kasus"] is not None:
                family["nomor"] = f"KJG-{family['dibuka'][:4]}-{family['kasus']:07d}"
    return rows


async def sample(conn: Conn, session: UUID, village: int) -> list[int]:
    """Return the visits of a village that are checked again; none before its list is signed."""
    with domain_errors():
        cursor = await conn.execute("SELECT siklus_drawn(%s, %s) AS visit", (session, village))
        return [row["visit"] for row in await cursor.fetchall()]


async def proposed(conn: Conn, session: UUID, village: int, officers: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return how a village's packages would be dealt among officers: nomor, keluarga, petugas, nama, hari."""
    with domain_errors():
        cursor = await conn.execute(
            "SELECT * FROM siklus_proposed(%s, %s, %s)", (session, village, list(officers) if officers else None)
        )
        return await cursor.fetchall()


async def held_by(conn: Conn, session: UUID, officer: str) -> dict[tuple[int, int], list[int]]:
    """Return the visits an officer still has to make in the caller's sight: (cycle, village) -> cases, in order."""
    with domain_errors():
        cursor = await conn.execute("SELECT * FROM siklus_held(%s, %s)", (session, officer))
        rows = await cursor.fetchall()
    return {(row["siklus"], row["region"]): row["kunjungan"] for row in rows}


async def officers(
    conn: Conn, session: UUID, cycle_id: int, region: int, *, named: Sequence[str] = ()
) -> dict[str, int]:
    """Return who may take visits of a village, with the families they hold: those named, else those who are near."""
    with domain_errors():
        cursor = await conn.execute(
            "SELECT * FROM siklus_takers(%s, %s, %s, %s)", (session, cycle_id, region, list(named))
        )
        return {row["pengguna"]: row["beban"] for row in await cursor.fetchall()}
