"""What may be asked about disbursements: prices, files, the position of funds. Inside `models.database.acting`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from models.database import Conn


async def unpriced(conn: Conn, cases: Sequence[int]) -> set[int]:
    """Return those of these cases for which no amount was worked out since they entered their state."""
    cursor = await conn.execute(
        """
        SELECT p.case_id
          FROM position p
         WHERE p.case_id = ANY (%s) AND NOT EXISTS (
                SELECT 1 FROM fact f JOIN fact_kind k ON k.code = f.kind AND k.id = 'nominal_per_komponen'
                 WHERE f.case_id = p.case_id AND f.at > p.since)
        """,
        (list(cases),),
    )
    return {row["case_id"] for row in await cursor.fetchall()}


async def unused_before(conn: Conn, cases: Sequence[int]) -> dict[int, int]:
    """Return, by case, the family's last payment of the programme where nobody used its money (domain section 2.2)."""
    cursor = await conn.execute(
        """
        SELECT c.id, x.id AS unused
          FROM case_ c
         CROSS JOIN LATERAL (
                SELECT o.id FROM case_ o
                 WHERE o.household_id = c.household_id AND o.machine = c.machine AND o.programme = c.programme
                   AND o.period < c.period
                 ORDER BY o.period DESC, o.id DESC LIMIT 1) AS x
          JOIN position p ON p.case_id = x.id
          JOIN state s ON s.code = p.state
         WHERE c.id = ANY (%s) AND (s.id = 'tidak_transaksi' OR s.id IN ('proses_setor', 'disetor') AND EXISTS (
                SELECT 1 FROM transition t
                  JOIN rule r ON r.code = t.rule AND r.id = 'P36'
                  JOIN act a ON a.id = t.act
                  JOIN reason e ON e.code = a.reason AND e.id = 'TX_TIDAK_ADA'
                 WHERE t.case_id = x.id))
        """,
        (list(cases),),
    )
    return {row["id"]: row["unused"] for row in await cursor.fetchall()}


async def cleared(conn: Conn, cases: Sequence[int]) -> set[tuple[int, str, int | None]]:
    """Return the findings that excluded these cases and that a person put aside: case, reason, person concerned."""
    cursor = await conn.execute(
        """
        SELECT t.case_id, e.id AS reason, (f.value ->> 'anggota')::bigint AS anggota
          FROM transition t
          JOIN rule r ON r.code = t.rule AND r.id = 'P02'
          JOIN act a ON a.id = t.act
          JOIN reason e ON e.code = a.reason
          LEFT JOIN fact f ON f.act = t.act AND f.case_id = t.case_id
               AND f.kind = (SELECT code FROM fact_kind WHERE id = 'sumber_temuan')
               AND jsonb_typeof(f.value -> 'anggota') = 'number'
         WHERE t.case_id = ANY (%s) AND EXISTS (
                SELECT 1 FROM transition b
                  JOIN rule br ON br.code = b.rule AND br.id IN ('P04', 'P46')
                  JOIN act ba ON ba.id = b.act
                  JOIN role o ON o.code = ba.role AND o.id <> 'sistem'
                 WHERE b.case_id = t.case_id AND b.version = t.version + 1)
        """,
        (list(cases),),
    )
    return {(row["case_id"], row["reason"], row["anggota"]) for row in await cursor.fetchall()}


async def amounts(conn: Conn, cases: Sequence[int]) -> dict[int, int]:
    """Return the closed amount of each case, whole rupiah."""
    cursor = await conn.execute(
        """
        SELECT c.id, n.rupiah
          FROM unnest(%s::bigint[]) AS c(id)
          LEFT JOIN LATERAL (
                SELECT rupiah FROM nominal WHERE case_id = c.id ORDER BY version DESC LIMIT 1) AS n ON true
        """,
        (list(cases),),
    )
    return {row["id"]: row["rupiah"] or 0 for row in await cursor.fetchall()}


async def files(conn: Conn, cases: Sequence[int]) -> dict[int, str]:
    """Return the paying organisation (bank or POS) in whose files each case is now."""
    cursor = await conn.execute(
        "SELECT case_id, organisation FROM file_case "
        "WHERE case_id = ANY (%s) AND ended_at IS NULL AND organisation <> 'KPPN'",
        (list(cases),),
    )
    return {row["case_id"]: row["organisation"] for row in await cursor.fetchall()}


async def card_refusals(conn: Conn, cases: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return how often a bank refused to print a card for each case where it stands now: times, at (last), code, bank.

    A case that is missing was not refused.
    """
    cursor = await conn.execute(
        """
        SELECT DISTINCT ON (p.case_id) p.case_id, count(*) OVER (PARTITION BY p.case_id)::integer AS times, f.at,
               f.value ->> 'kode' AS code, f.value ->> 'bank' AS bank
          FROM position p
          JOIN fact f ON f.case_id = p.case_id AND f.at >= p.since AND f.value ->> 'kartu' = 'gagal'
         WHERE p.case_id = ANY (%s) AND f.kind = (SELECT code FROM fact_kind WHERE id = 'berkas_bank')
         ORDER BY p.case_id, f.at DESC, f.act DESC
        """,
        (list(cases),),
    )
    return {row["case_id"]: row for row in await cursor.fetchall()}


async def papers(conn: Conn, cases: Sequence[int], kind: str) -> dict[int, Any]:
    """Return the value of the latest paper of a kind (nomor_spp, nomor_sp2d ...) that moved each case."""
    cursor = await conn.execute(
        """
        SELECT DISTINCT ON (x.case_id) x.case_id, x.value
          FROM (
            SELECT t.case_id, t.version, a.value
              FROM transition t JOIN act_fact a ON a.act = t.act
             WHERE t.case_id = ANY (%(cases)s) AND a.kind = (SELECT code FROM fact_kind WHERE id = %(kind)s)
            UNION ALL
            SELECT t.case_id, t.version, f.value
              FROM transition t JOIN fact f ON f.act = t.act AND f.case_id = t.case_id AND f.value IS NOT NULL
             WHERE t.case_id = ANY (%(cases)s) AND f.kind = (SELECT code FROM fact_kind WHERE id = %(kind)s)) AS x
         ORDER BY x.case_id, x.version DESC
        """,
        {"cases": list(cases), "kind": kind},
    )
    return {row["case_id"]: row["value"] for row in await cursor.fetchall()}


def paper_number(paper: object) -> str:
    """Return the number written on a paper, as people gave it: ``{"nomor": …}`` or plain text; empty for none."""
    return str(paper.get("nomor", "")) if isinstance(paper, dict) else str(paper or "")


async def funds(
    conn: Conn,
    *,
    batch: int | None = None,
    programme: str | None = None,
    period: int | None = None,
    at: datetime | None = None,
) -> list[dict[str, Any]]:
    """Return the position of funds: per state cases and rupiah, with the account each state belongs to.

    One formula, everywhere: closing = selesai + disetor + hangus + keluar + open, over cases with a closed amount.
    With `at` the position is rebuilt from the log as it stood at that moment.
    """
    cursor = await conn.execute(
        """
        WITH mine AS (
            SELECT c.id
              FROM case_ c
              LEFT JOIN programme g ON g.code = c.programme
              JOIN position p ON p.case_id = c.id
             WHERE c.machine = 3
               AND (%(batch)s::bigint IS NULL OR p.batch = %(batch)s)
               AND (%(programme)s::text IS NULL OR g.id = %(programme)s)
               AND (%(period)s::integer IS NULL OR c.period = %(period)s)
        ), stood AS (
            SELECT m.id, x.target AS state, x.version
              FROM mine m
              JOIN LATERAL (
                SELECT r.target, t.version
                  FROM transition t JOIN rule r ON r.code = t.rule JOIN act a ON a.id = t.act
                 WHERE t.case_id = m.id AND (%(at)s::timestamptz IS NULL OR a.at <= %(at)s)
                 ORDER BY t.version DESC LIMIT 1) x ON true
        )
        SELECT s.id AS state, s.label, s.phase, s.account, count(*) AS cases,
               count(n.rupiah) AS closed, COALESCE(sum(n.rupiah), 0)::bigint AS rupiah
          FROM stood d
          JOIN state s ON s.code = d.state
          LEFT JOIN LATERAL (
                SELECT rupiah FROM nominal n WHERE n.case_id = d.id AND n.version <= d.version
                 ORDER BY n.version DESC LIMIT 1) n ON true
         GROUP BY s.code, s.id, s.label, s.phase, s.account
         ORDER BY s.code
        """,
        {"batch": batch, "programme": programme, "period": period, "at": at},
    )
    return await cursor.fetchall()


async def payments(conn: Conn, *, before: int | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """Return tahap batches in the caller's sight, newest first, each with its cases and the balance of its funds.

    `before` is the last one already seen.
    """
    cursor = await conn.execute(
        """
        SELECT b.id, b.region, r.name AS region_name, g.id AS programme, b.period, b.title, b.state, b.opened_at
          FROM batch b LEFT JOIN region r ON r.code = b.region LEFT JOIN programme g ON g.code = b.programme
         WHERE b.kind = 'tahap' AND (%(before)s::bigint IS NULL OR b.id < %(before)s)
         ORDER BY b.id DESC LIMIT %(limit)s
        """,
        {"before": before, "limit": limit},
    )
    batches = await cursor.fetchall()
    cursor = await conn.execute("SELECT * FROM funds_standing(%s)", ([row["id"] for row in batches],))
    stands: dict[int, list[dict[str, Any]]] = {}
    for row in await cursor.fetchall():
        stands.setdefault(row["batch"], []).append(row)
    return [
        row
        | {
            "cases": sum(part["cases"] for part in stands.get(row["id"], [])),
            "balance": balance(stands.get(row["id"], [])),
        }
        for row in batches
    ]


async def periods(conn: Conn) -> list[dict[str, Any]]:
    """Return the programmes and periods for which a tahap in the caller's sight was opened, newest first."""
    cursor = await conn.execute(
        """
        SELECT DISTINCT g.id AS programme, b.period
          FROM batch b JOIN programme g ON g.code = b.programme
         WHERE b.kind = 'tahap' ORDER BY b.period DESC, g.id LIMIT 100
        """
    )
    return await cursor.fetchall()


PAPERS = ("nomor_sk", "nomor_spp", "nomor_spm", "nomor_sp2d", "nomor_si", "nomor_sp2d_retur", "ntpn")


async def papers_of(conn: Conn, batch: int) -> list[dict[str, Any]]:
    """Return the papers under which the cases of a batch moved: kind, label, number, cases, rupiah, first day.

    A case counts under every paper it ever moved by; rupiah are what it is worth now.
    """
    cursor = await conn.execute(
        """
        WITH moved AS (
            SELECT t.case_id, t.act, a.at FROM position p
              JOIN transition t ON t.case_id = p.case_id JOIN act a ON a.id = t.act
             WHERE p.batch = %(batch)s
        ), paper AS (
            SELECT DISTINCT m.case_id, f.kind, COALESCE(f.value ->> 'nomor', f.value ->> 'ntpn') AS number, m.at
              FROM moved m JOIN act_fact f ON f.act = m.act
            UNION
            SELECT m.case_id, f.kind, COALESCE(f.value ->> 'nomor', f.value ->> 'ntpn'), m.at
              FROM moved m JOIN fact f ON f.act = m.act AND f.case_id = m.case_id AND f.value IS NOT NULL
        )
        SELECT k.id AS kind, k.label, k.label_en, x.number, count(DISTINCT x.case_id) AS cases,
               sum(nominal_of(x.case_id))::bigint AS rupiah, min(x.at) AS at
          FROM (SELECT case_id, kind, number, min(at) AS at FROM paper GROUP BY case_id, kind, number) AS x
          JOIN fact_kind k ON k.code = x.kind AND k.id = ANY (%(kinds)s)
         WHERE x.number IS NOT NULL
         GROUP BY k.code, k.id, k.label, k.label_en, x.number
         ORDER BY k.code, x.number LIMIT 200
        """,
        {"batch": batch, "kinds": list(PAPERS)},
    )
    return await cursor.fetchall()


def balance(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Return the closing formula of a position of funds, rupiah: closing, selesai, disetor, hangus, keluar, open.

    Every state that is not named by its own account is open; a case without a closed amount counts nowhere.
    """
    closed = {"selesai", "disetor", "hangus", "keluar"}
    told = {account: sum(row["rupiah"] for row in rows if row["account"] == account) for account in sorted(closed)}
    told["open"] = sum(row["rupiah"] for row in rows if row["account"] not in closed)
    told["closing"] = sum(row["rupiah"] for row in rows)
    return told


async def feed_seen(conn: Conn, path: str) -> int:
    """Return how far an outside system's news feed has been applied."""
    row = await (await conn.execute("SELECT seen FROM feed WHERE path = %s", (path,))).fetchone()
    return row["seen"] if row else 0


async def parked(conn: Conn, path: str) -> list[tuple[int, int]]:
    """Return what is kept of a feed's news, in the feed's order: case and number."""
    cursor = await conn.execute("SELECT path, seen FROM feed WHERE starts_with(path, %s) ORDER BY seen", (f"{path}/",))
    return [(int(row["path"].split("/")[-2]), row["seen"]) for row in await cursor.fetchall()]
