"""What may be asked about families and persons, inside `models.database.acting`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow

from models.database import Conn, fetch_value
from models.register.rules import mask

_FAMILY = """
SELECT h.id, h.no_kk, h.region, r.name AS region_name, h.alamat, h.rt, h.rw, h.dusun, h.latitude, h.longitude,
       h.kepala, h.variables, h.desil, h.persentil, h.peringkat, h.versi_dtsen, h.version, h.updated_at
  FROM household h LEFT JOIN region r ON r.code = h.region
"""


async def families(conn: Conn, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return families with their living members, by id; those out of sight are missing."""
    rows = await (await conn.execute(_FAMILY + " WHERE h.id = ANY (%s)", (list(ids),))).fetchall()
    found: dict[int, dict[str, Any]] = {row["id"]: row | {"members": []} for row in rows}
    cursor = await conn.execute(
        """
        SELECT id, household_id, nik, nama, tempat_lahir, tanggal_lahir, jenis_kelamin, hubungan, status_kawin,
               pekerjaan, hamil, disabilitas, variables, pengurus, status, padan, checked_at
          FROM person WHERE household_id = ANY (%s) AND removed_at IS NULL ORDER BY hubungan, id
        """,
        (list(found),),
    )
    for row in await cursor.fetchall():
        found[row["household_id"]]["members"].append(row)
    return found


async def is_complete(conn: Conn, household: int) -> bool:
    """Return whether a family's required fields are filled (SQL `household_complete`)."""
    return bool(await fetch_value(conn, "SELECT household_complete(%s)", (household,)))


async def search(
    conn: Conn, *, nik: str | None = None, no_kk: str | None = None, name: str | None = None, limit: int = 20
) -> list[dict[str, Any]]:
    """Return families by NIK or KK (exact) or by the beginning of a member's name; never more than 50.

    `member` is the name by which a family was found, None where it was found by its KK.
    """
    cursor = await conn.execute(
        """
        SELECT h.id, h.no_kk, h.kepala, h.region, r.name AS region_name, h.desil,
               (SELECT p.nama FROM person p
                 WHERE p.household_id = h.id AND p.removed_at IS NULL
                   AND (p.nik = %(nik)s OR starts_with(lower(p.nama), %(name)s))
                 ORDER BY p.nama = h.kepala DESC, p.id LIMIT 1) AS member
          FROM register_search(%(nik)s, %(kk)s, %(name)s, %(limit)s) WITH ORDINALITY AS f(id, nth)
          JOIN household h ON h.id = f.id
          LEFT JOIN region r ON r.code = h.region
         ORDER BY f.nth
        """,
        {"nik": nik, "kk": no_kk, "name": name and name.lower(), "limit": min(limit, 50)},
    )
    return await cursor.fetchall()


async def twins(conn: Conn, households: Sequence[int]) -> dict[int, list[int]]:
    """Return, per person of these families, the live cases of other families in which the same NIK also stands.

    Looks across regions through a reviewed function that returns ids only.
    """
    cursor = await conn.execute("SELECT * FROM register_twins(%s)", (list(households),))
    found: dict[int, list[int]] = {}
    for row in await cursor.fetchall():
        found.setdefault(row["person_id"], []).append(row["case_id"])
    return found


async def separated(conn: Conn, households: Sequence[int]) -> set[int]:
    """Return the persons of these families whom two persons found to be no double (U52, U53)."""
    cursor = await conn.execute("SELECT person_id FROM register_separated(%s)", (list(households),))
    return {row["person_id"] for row in await cursor.fetchall()}


async def payees(
    conn: Conn, households: Sequence[int], *, banks: Sequence[str | None] | None = None
) -> dict[int, dict[str, Any]]:
    """Return the payee of each family with the account last opened for him, if any.

    With `banks`, one per family, the account is one at that bank (any, where that is None), and one that its bank found
    active goes before a newer one that nobody has tested: money follows the test.
    """
    cursor = await conn.execute(
        """
        SELECT DISTINCT ON (p.household_id) p.household_id, p.id AS person_id, p.nik, p.nama, h.alamat, h.region,
               a.id AS account_id, a.bank, a.number, a.status AS account_status
          -- Joined, not `= ANY`: inside a nested loop that condition sorted the whole list anew for each family.
          FROM unnest(%(households)s::bigint[], %(banks)s::text[]) AS w(id, bank)
          JOIN household h ON h.id = w.id
          JOIN person p ON p.household_id = h.id AND p.removed_at IS NULL AND p.status = 'hidup'
          LEFT JOIN account a ON a.household_id = p.household_id AND a.person_id = p.id AND a.status <> 'tutup'
           AND a.bank = COALESCE(w.bank, a.bank)
         ORDER BY p.household_id, p.pengurus DESC, p.hubungan, p.id, (%(tested)s AND a.status = 'aktif') DESC,
                  a.opened_at DESC, a.id DESC
        """,
        {"households": list(households), "banks": list(banks or []), "tested": banks is not None},
    )
    return {row["household_id"]: row for row in await cursor.fetchall()}


async def accounts(conn: Conn, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return accounts by id, with whom they were opened for, as `payees` tells a payee with his account.

    `open` is false where nothing more may be paid into it: closed, or its holder dead or gone.
    """
    cursor = await conn.execute(
        """
        SELECT a.household_id, p.id AS person_id, p.nik, p.nama, a.id AS account_id, a.bank, a.number,
               a.status AS account_status,
               a.status <> 'tutup' AND p.status = 'hidup' AND p.removed_at IS NULL AS open
          FROM account a JOIN person p ON p.id = a.person_id
         WHERE a.id = ANY (%s)
        """,
        (list(ids),),
    )
    return {row["account_id"]: row for row in await cursor.fetchall()}


async def strangers(conn: Conn, session: UUID, households: Sequence[int]) -> set[int]:
    """Return the families whose payee was edited into somebody else since anybody decided about the family.

    Only the system asks, which sees every edit.
    """
    cursor = await conn.execute("SELECT register_strangers(%s, %s) AS id", (session, list(households)))
    return {row["id"] for row in await cursor.fetchall()}


async def may_edit(conn: Conn, role: str) -> bool:
    """Return whether a role changes families' data."""
    row = await (await conn.execute("SELECT edits FROM role WHERE id = %s", (role,))).fetchone()
    return row is not None and bool(row["edits"])


def masked(family: dict[str, Any]) -> dict[str, Any]:
    """Return a family as it may be shown without a stated purpose: NIK and KK masked, in its members too."""
    shown = dict(family) | {"no_kk": mask(family["no_kk"])}
    if "members" in family:
        shown["members"] = [member | {"nik": mask(member["nik"])} for member in family["members"]]
    return shown


async def standing(conn: Conn, household: int) -> list[dict[str, Any]]:
    """Return every case of a family with its SIKS-NG label and the reason for where it stands.

    One row per proposal, membership and disbursement: "terdaftar tapi tidak cair: karena …" is the row of the
    programme and period whose state or reason says so.
    """
    cursor = await conn.execute(
        """
        SELECT c.id AS case_id, m.name AS machine, j.id AS jenis, g.id AS programme, c.period, s.id AS state, s.label,
               s.meaning, o.id AS holder, p.since, e.id AS reason, e.label AS reason_label,
               nominal_of(c.id) AS nominal_rp
          FROM case_ c
          JOIN position p ON p.case_id = c.id
          JOIN machine m ON m.code = c.machine
          JOIN state s ON s.code = p.state
          JOIN role o ON o.code = s.holder
          LEFT JOIN jenis j ON j.code = c.kind
          LEFT JOIN programme g ON g.code = c.programme
          LEFT JOIN transition t ON t.case_id = c.id AND t.version = p.version
          LEFT JOIN act a ON a.id = t.act
          LEFT JOIN reason e ON e.code = a.reason
         WHERE c.household_id = %s
         ORDER BY c.machine, g.id NULLS FIRST, c.period DESC, c.id
        """,
        (household,),
    )
    return await cursor.fetchall()


def member_family(conn: Connection[DictRow], lo: int, hi: int) -> tuple[int, str] | None:
    """Return a family of a range of villages that takes part in a programme and the name of its head, None: none does.

    With the owner's rights: a demonstration gives its head an account.
    """
    row = conn.execute(
        """
        SELECT h.id, h.kepala
          FROM household h JOIN case_ c ON c.household_id = h.id JOIN machine m ON m.code = c.machine
         WHERE m.name = 'kepesertaan' AND h.region BETWEEN %s AND %s
         ORDER BY h.id LIMIT 1
        """,
        (lo, hi),
    ).fetchone()
    return None if row is None else (row["id"], row["kepala"])
