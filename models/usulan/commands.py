"""Import of a Musdes list: good rows enter as proposals, bad rows come back in the same layout, once per file."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.batch.commands import open_batch
from models.case.commands import CaseFact, move, open_cases
from models.case.refusals import BY_ID as REFUSALS
from models.database import Conn, acting, fetch_value
from models.errors import FactNotYours, RegisterNotYours
from models.policy.queries import now
from models.region.rules import ancestors, dotted, span
from models.register.commands import save_families
from models.user.queries import demand_live, me
from models.usulan.errors import ListNotYours, told
from models.usulan.rules import reason_of_deactivation
from models.usulan.workbook import FAMILY_SHEET, FamilyRow, MemberRow, RowError, read, write_rows

_AT_ONCE = 500
"""Families written by one call to the register."""
_READING = ThreadPoolExecutor(max_workers=2, thread_name_prefix="daftar")
"""Lists are read beside the requests of others, two at a time: a large one takes seconds and some hundred MB."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file.

    `batch` carries its proposals. `repeated` is set when the very same file had been taken in before: then nothing
    was changed, and the figures are those of the first time. `errors` are told row by row.
    """

    id: int
    batch: int
    families: int
    good: int
    bad: int
    repeated: bool
    errors: tuple[Mapping[str, Any], ...] = ()


def outside(family: FamilyRow, region: int) -> RowError:
    """Return what is wrong with a family that does not live in this region, the caller's."""
    where = dotted(region)
    return RowError(
        FAMILY_SHEET,
        family.row,
        "kode_desa",
        str(family.kode_desa or ""),
        "LUAR_WILAYAH",
        "error",
        f"Desa ini di luar wilayah kerja Anda ({where}).",
        f"This village is outside your scope ({where}).",
        "Periksa kode desa, atau minta operator desa itu mengirimnya.",
        "Check the village code, or ask that village's operator to send it.",
    )


def _refused(family: FamilyRow, refusal: str) -> RowError:
    words = REFUSALS[refusal]
    return RowError(
        FAMILY_SHEET,
        family.row,
        "no_kk",
        family.no_kk,
        refusal.upper(),
        "error",
        words.text,
        words.text_en,
        words.cure,
        words.cure_en,
    )


def _member(member: MemberRow) -> dict[str, Any]:
    return {
        "nik": member.nik,
        "nama": member.nama,
        "tempat_lahir": member.tempat_lahir,
        "tanggal_lahir": member.tanggal_lahir.isoformat() if member.tanggal_lahir else None,
        "jenis_kelamin": member.jk,
        "hubungan": member.hubungan,
        "status_kawin": member.status_kawin,
        "pekerjaan": member.pekerjaan,
        "hamil": bool(member.hamil),
        "disabilitas": member.disabilitas,
        "variables": _json(member.variables),
    }


def _json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _wanted(family: FamilyRow) -> dict[str, Any]:
    """Return what a proposal of the list names, as the door reads it; a deactivation names its reason."""
    code = reason_of_deactivation(family.alasan) if family.jenis_usulan == "NONAKTIF" else None
    return {} if code is None else {"perubahan": {"alasan": code}}


def register_family(family: FamilyRow, household: int | None = None) -> dict[str, Any]:
    """Return a family of a workbook as the register takes it; with `household` it changes that family."""
    head = next((member.nama for member in family.members if member.hubungan == 1), "")
    return {
        "id": household,
        "no_kk": family.no_kk,
        "region": family.kode_desa,
        "alamat": family.alamat,
        "rt": family.rt,
        "rw": family.rw,
        "dusun": family.dusun or None,
        "latitude": family.lat,
        "longitude": family.long,
        "kepala": head,
        "variables": _json(family.variables),
        "members": [_member(member) for member in family.members],
    }


async def known_families(conn: Conn, session: UUID, families: Sequence[FamilyRow]) -> dict[str, int]:
    """Return No KK -> household of families already in the register, in the caller's sight."""
    async with acting(conn, session) as seeing:
        cursor = await seeing.execute(
            "SELECT no_kk, min(id) AS id FROM household WHERE no_kk = ANY (%s) GROUP BY no_kk",
            ([family.no_kk for family in families],),
        )
        return {row["no_kk"]: row["id"] for row in await cursor.fetchall()}


async def live_proposals(conn: Conn, session: UUID, households: Sequence[int]) -> dict[tuple[int, str, str], int]:
    """Return (household, kind, programme) -> case of proposals that live: no other one touches their families."""
    async with acting(conn, session) as seeing:
        cursor = await seeing.execute(
            """
            SELECT c.id, c.household_id, j.id AS kind, COALESCE(g.id, '') AS programme
              FROM case_ c
              JOIN position p ON p.case_id = c.id
              JOIN state s ON s.code = p.state AND NOT s.terminal
              JOIN jenis j ON j.code = c.kind
              LEFT JOIN programme g ON g.code = c.programme
             WHERE c.machine = 1 AND c.household_id = ANY (%s)
            """,
            (list(households),),
        )
        return {(row["household_id"], row["kind"], row["programme"]): row["id"] for row in await cursor.fetchall()}


async def alone_in(conn: Conn, region: int) -> None:
    """Wait until no other import is under way in this region, in what contains it, or in what it contains.

    Two lists that name the same family, or one list sent twice, then enter one after the other, and the second finds
    what the first one wrote. Lists of different villages do not wait for each other.
    """
    *above, itself = ancestors(region)
    for code in above:
        await conn.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended('impor', %s))", (code,))
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('impor', %s))", (itself,))


async def import_list(conn: Conn, session: UUID, content: bytes, name: str, *, region: int) -> Imported:
    """Take in a village's list: the two-sheet XLSX or the flat CSV, as it came.

    One transaction: everything good enters, is registered, opened and sent to the identity check; everything bad is
    told and kept as a workbook to mend. The same file for the same region changes nothing the second time, also when
    two people send it at once.

    Args:
        conn: a connection; a transaction is opened on it (a nested one inside the caller's).
        session: who imports; the families must lie in his scope.
        content: the file.
        name: its name, for messages.
        region: the village, kecamatan or kabupaten the list is for.

    Raises:
        WorkbookProblem: the file as a whole cannot be read; nothing was changed.
        OutOfScope: the region is not the caller's.
        ListNotYours: the caller looks after single families.
        RegisterNotYours: the caller's role proposes no family; nothing was changed.
    """
    fingerprint = hashlib.sha256(content).hexdigest()
    lo, hi = span(region)
    async with conn.transaction():
        await alone_in(conn, region)
        async with acting(conn, session) as seeing:
            await demand_live(seeing, session)
            if (await me(seeing, session))["scope"] == "assigned_families":
                raise ListNotYours
            before = await (
                await seeing.execute(
                    "SELECT id, batch, families, good, bad FROM import_file WHERE fingerprint = %s AND region = %s",
                    (fingerprint, region),
                )
            ).fetchone()
        if before is not None:
            return Imported(before["id"], before["batch"], before["families"], before["good"], before["bad"], True)
        batch = await open_batch(conn, session, "usulan", region, f"Usulan {dotted(region)}: {name}")
        today = (await now(conn)).date()
        good: list[FamilyRow] = []
        bad: list[FamilyRow] = []
        for family in await asyncio.get_running_loop().run_in_executor(
            _READING, lambda: list(read(content, name, on=today))
        ):
            if not family.is_bad and not (family.kode_desa and lo <= family.kode_desa <= hi):
                family.errors.append(outside(family, region))
            (bad if family.is_bad else good).append(family)
        refused, _ = await enter(conn, session, batch, name, good, source="impor")
        bad += refused
        return await _record(conn, session, fingerprint, region, name, batch, len(good) - len(refused), bad)


async def enter(
    conn: Conn, session: UUID, batch: int, name: str, good: Sequence[FamilyRow], *, source: str
) -> tuple[list[FamilyRow], list[int]]:
    """Register, open and send families to the identity check: the one way in, for lists and for single ones.

    Inside a transaction that holds `alone_in` their region.

    Args:
        conn: the connection of that transaction.
        session: who proposes.
        batch: the list that carries the proposals.
        name: what is named as the source of their papers.
        good: families without errors.
        source: how they came, for the register: ``impor`` or ``formulir``.

    Returns:
        Families the door refused, with the refusal as their error; and the cases of the others.

    Raises:
        RegisterNotYours: the caller's role proposes no family; nothing was written.
    """
    try:
        return await _entered(conn, session, batch, name, good, source)
    except FactNotYours as error:  # a proposal's evidence is written by those who propose, and by nobody else
        raise RegisterNotYours from error


async def _entered(
    conn: Conn, session: UUID, batch: int, name: str, good: Sequence[FamilyRow], source: str
) -> tuple[list[FamilyRow], list[int]]:
    refused: list[FamilyRow] = []
    cases: list[int] = []
    for start in range(0, len(good), _AT_ONCE):
        part = good[start : start + _AT_ONCE]
        known = await known_families(conn, session, part)
        live = await live_proposals(conn, session, list(known.values()))
        doubled = [f for f in part if (known.get(f.no_kk, 0), f.jenis_usulan or "BARU", f.program) in live]
        for family in doubled:
            family.errors.append(_refused(family, "sudah_ada"))
        refused += doubled
        part = [family for family in part if not family.is_bad]
        households = await save_families(
            conn, session, [register_family(f, known.get(f.no_kk)) for f in part], source=source
        )
        kinds: dict[tuple[str, str], list[int]] = {}
        for place, family in enumerate(part):
            kinds.setdefault((family.jenis_usulan or "BARU", family.program), []).append(place)
        for (kind, programme), places in kinds.items():
            opened = await open_cases(
                conn,
                session,
                "usulan.buat_draf",
                [households[place] or 0 for place in places],
                kind=kind,
                programme=programme or None,
                batch=batch,
                facts={fact: {"berkas": name} for fact in ("ktp", "kk", "foto_rumah_geotag")},
                family_facts=[
                    CaseFact(number, "variabel", {"baris": part[place].row} | _wanted(part[place]))
                    for number, place in enumerate(places, 1)
                ],
            )
            sent = [outcome.case_id for outcome in opened if outcome.case_id is not None]
            await move(conn, session, "usulan.kirim_cek", sent)
            cases += sent
            for place, outcome in zip(places, opened, strict=True):
                if not outcome.done:
                    part[place].errors.append(_refused(part[place], outcome.refusal or "tidak_ditemukan"))
                    refused.append(part[place])
    return refused, cases


async def _record(
    conn: Conn, session: UUID, fingerprint: str, region: int, name: str, batch: int, good: int, bad: list[FamilyRow]
) -> Imported:
    errors = tuple(told(error) for family in bad for error in family.errors)
    rejected: bytes | None = None
    if bad:
        target = io.BytesIO()
        write_rows(target, bad, messages="id")
        rejected = target.getvalue()
    async with acting(conn, session) as seeing:
        number: int = await fetch_value(
            seeing,
            """
            INSERT INTO import_file (fingerprint, region, name, user_id, batch, families, good, bad, report, rejected,
                                     at)
            VALUES (%s, %s, %s, (identify(%s)).user_id, %s, %s, %s, %s, %s, %s, alur_now()) RETURNING id
            """,
            (
                fingerprint,
                region,
                name,
                session,
                batch,
                good + len(bad),
                good,
                len(bad),
                Jsonb({"kode": dict(Counter(error["code"] for error in errors))}),
                rejected,
            ),
        )
    return Imported(number, batch, good + len(bad), good, len(bad), False, errors)
