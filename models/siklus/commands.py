"""What may be done with a cycle beside the moves of its cases: schedule, freeze, release, check, hand over, report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.batch.commands import open_batch
from models.case.commands import CaseFact, move, open_cases
from models.case.outcomes import Outcome, from_groups
from models.case.refusals import BY_ID as REFUSALS
from models.database import Conn, fetch_value
from models.errors import FactNotYours
from models.policy.queries import now, policy
from models.raised import domain_errors
from models.siklus import queries
from models.siklus.errors import CycleDatesWrong, CycleRefused, NobodyToTake
from models.siklus.rules import Planned, fits, period_of, sent_back
from models.usulan.rules import WIB


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a frozen list amounts to."""

    keluarga: int
    desa: int
    hash_daftar: str
    hash_benih: str


def dates_fact(mulai: date, selesai: date, **more: Any) -> dict[str, Any]:
    """Return the evidence `tanggal` of a cycle: its days, and what else is to be known of them."""
    return {"mulai": mulai.isoformat(), "selesai": selesai.isoformat(), **more}


async def schedule(
    conn: Conn, session: UUID, mulai: date, selesai: date, *, letter: Mapping[str, Any], reason: str
) -> tuple[int, bool]:
    """Schedule a cycle as somebody of Pusdatin, for a reason; returns its case and whether it is new.

    A period that has a cycle already, live or closed, keeps that one: starting twice changes nothing.

    Raises:
        CycleDatesWrong: the days are no cycle's.
        CycleRefused: the door refused; somebody else than Pusdatin asked.
    """
    today = (await now(conn)).astimezone(WIB).date()
    if not fits(mulai, selesai) or mulai < today:
        raise CycleDatesWrong(mulai.isoformat(), selesai.isoformat())
    known = await queries.of_period(conn, session, period_of(mulai))
    if known is not None:
        return known, False
    told = {"surat_edaran": dict(letter), "tanggal": dates_fact(mulai, selesai)}
    try:
        [outcome] = await open_cases(
            conn, session, "siklus.jadwalkan", [0], period=period_of(mulai), note=reason, facts=told
        )
    except FactNotYours as error:  # whoever may not write the circular schedules no cycle
        raise CycleRefused(REFUSALS["peran"].text) from error
    if not outcome.done:
        known = await queries.of_period(conn, session, period_of(mulai))
        if known is None:
            raise CycleRefused(REFUSALS[outcome.refusal or "peran"].text)
        return known, False  # another was quicker
    return outcome.case_id or 0, True


async def schedule_as_decided(
    conn: Conn, session: UUID, batch: int, approval: int, cycle: Planned, *, flow_run: UUID | None = None
) -> Outcome:
    """Schedule a cycle of policy in the name of those who decided its gate, or a standing one."""
    [outcome] = await open_cases(
        conn,
        session,
        "siklus.jadwalkan",
        [0],
        period=cycle.period,
        facts={"tanggal": dates_fact(cycle.mulai, cycle.selesai, nomor=cycle.nomor)},
        batch=batch,
        approval=approval,
        flow_run=flow_run,
    )
    return outcome


async def freeze(conn: Conn, session: UUID, cycle: int) -> Frozen:
    """Freeze the list of a scheduled cycle and package it; asked again it answers with what was frozen."""
    with domain_errors():
        row = await (await conn.execute("SELECT * FROM siklus_freeze(%s, %s)", (session, cycle))).fetchone()
    if row is None:
        raise AssertionError  # the function returns one row or raises
    return Frozen(row["keluarga"], row["desa"], row["hash_daftar"], row["hash_benih"])


async def open_standing(
    conn: Conn, session: UUID, approval: int, cycle: int, frozen: Mapping[str, Any], *, flow_run: UUID | None = None
) -> list[Outcome]:
    """Open a cycle whose list is frozen, in the name of those who decided the standing gate."""
    with domain_errors():
        groups = await (
            await conn.execute(
                "SELECT * FROM door_standing(%s, %s, 'siklus.buka_siklus', %s, %s, %s)",
                (session, approval, [cycle], Jsonb({"hash_daftar": dict(frozen)}), flow_run),
            )
        ).fetchall()
    return from_groups(groups, [cycle])


async def release(conn: Conn, session: UUID, cycle: int, period: int) -> list[int]:
    """Open the batches of kabupaten that have none yet in a cycle; returns the new ones."""
    cursor = await conn.execute(
        """
        SELECT DISTINCT k.region / 1000000 AS kabupaten
          FROM siklus_paket k
         WHERE k.siklus = %s AND NOT EXISTS (
                SELECT 1 FROM batch b
                 WHERE b.kind = 'siklus_kab' AND b.region = k.region / 1000000 AND b.period = %s)
         ORDER BY 1
        """,
        (cycle, period),
    )
    return [
        await open_batch(
            conn,
            session,
            "siklus_kab",
            row["kabupaten"],
            f"Siklus verval {period} kabupaten {row['kabupaten']}",
            period=period,
            data={"siklus": cycle},
        )
        for row in await cursor.fetchall()
    ]


async def share_out(conn: Conn, session: UUID, batch: Mapping[str, Any], flow_run: UUID | None = None) -> list[Outcome]:
    """Open the villages of a kabupaten that are on the frozen list and have no case yet."""
    cursor = await conn.execute(
        """
        SELECT l.region, l.families, l.packages, l.hash
          FROM siklus_lists(%(siklus)s, %(lo)s, %(hi)s) l
         WHERE NOT EXISTS (SELECT 1 FROM case_ d WHERE d.machine = 6 AND d.household_id IS NULL
                              AND d.period = %(period)s AND d.region = l.region)
         ORDER BY l.region
        """,
        {"siklus": batch["data"]["siklus"], "lo": batch["lo"], "hi": batch["hi"], "period": batch["period"]},
    )
    lists = await cursor.fetchall()
    return await open_cases(
        conn,
        session,
        "siklus_desa.bagikan",
        [row["region"] for row in lists],
        period=batch["period"],
        family_facts=[
            CaseFact(
                place, "prelist_desa", {"keluarga": row["families"], "paket": row["packages"], "hash": row["hash"]}
            )
            for place, row in enumerate(lists, 1)
        ],
        batch=batch["id"],
        flow_run=flow_run,
    )


async def send_out(conn: Conn, session: UUID, villages: Sequence[int]) -> int:
    """Open the visits of villages that record and were never shared out; returns how many visits these have now."""
    with domain_errors():
        return int(await fetch_value(conn, "SELECT siklus_send_out(%s, %s)", (session, list(villages))))


async def record_sample(
    conn: Conn, session: UUID, village: int, version: int | None, checked: Mapping[int, str | None]
) -> Outcome:
    """Record what checking a village's sample again found, and let the village go on or back, as policy says.

    Args:
        conn: a connection inside the caller's transaction.
        session: the verifikator's.
        village: the village's case.
        version: the version it was seen at, None where any will do.
        checked: visit -> None where it was right, else the reason that sends it back (DATA_JANGGAL, …).

    More wrong than the limit: the village returns (D05) and each wrong visit with its reason (V05). Else it goes on
    (D06). The door judges the same again and refuses a sample that was not checked whole.
    """
    wrong = {str(case): reason for case, reason in checked.items() if reason is not None}
    terms = await policy(conn, "siklus.sampel")
    drawn = await queries.sample(conn, session, village)
    back = sent_back(drawn, [int(case) for case in wrong], terms["gagal_persen"])
    [outcome] = await move(
        conn,
        session,
        "siklus_desa.qc_gagal" if back else "siklus_desa.qc_lolos",
        [village],
        versions=[version],
        reason="SAMPEL_GAGAL" if back else None,
        facts={"hasil_sampel": {"diperiksa": sorted(checked), "salah": wrong}},
    )
    return outcome


async def hand_over(
    conn: Conn, session: UUID, leaving: str, *, to: Sequence[str] = (), reason: str
) -> tuple[dict[str, int], list[Outcome]]:
    """Give every visit an officer still has to make to others, village by village, to whoever holds fewest.

    Args:
        conn: a connection inside the caller's transaction.
        session: a verifikator's; visits out of his sight stay.
        leaving: account of the officer who leaves.
        to: accounts that may take them; empty: those who look after families of the same village or kabupaten.
        reason: why, as the note of every move.

    Returns:
        Account -> visits taken, and the door's outcome for each visit.

    Raises:
        NobodyToTake: in some village nobody else is there.
    """
    held = await queries.held_by(conn, session, leaving)
    taken: Counter[str] = Counter()
    given: dict[str, list[int]] = {}
    for village, visits in held.items():
        loads = await queries.officers(conn, session, village[0], village[1], named=to)
        loads.pop(leaving, None)
        if not loads:
            raise NobodyToTake(leaving, village[1])
        for visit in visits:
            chosen = min(loads, key=lambda name: (loads[name] + taken[name], name))
            taken[chosen] += 1
            given.setdefault(chosen, []).append(visit)
    outcomes: list[Outcome] = []
    for name, visits in sorted(given.items()):
        outcomes += await move(
            conn,
            session,
            "kunjungan.ganti_petugas",
            visits,
            reason="PETUGAS_GANTI",
            note=reason,
            facts={"petugas_ditunjuk": {"pengguna": name}},
        )
    return dict(taken), outcomes


async def report(conn: Conn, session: UUID, cycle: int) -> dict[str, Any]:
    """Write the report of a cycle whose villages are closed; returns its number, size and fingerprint."""
    with domain_errors():
        row = await (await conn.execute("SELECT * FROM siklus_report(%s, %s)", (session, cycle))).fetchone()
    return dict(row or {})


async def standing(conn: Conn, batch: int, mulai: date) -> int | None:
    """Return the standing gate under which a cycle that begins on a day needs no decision of its own."""
    approval: int | None = await fetch_value(conn, "SELECT siklus_standing(%s, %s)", (batch, mulai))
    return approval
