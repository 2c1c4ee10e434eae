"""Import of a Musdes list: good rows enter as proposals, bad rows come back in the same layout, once per file.

A list is read, registered and sent 500 families at a time, so that one of any length takes the same memory.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from psycopg.errors import QueryCanceled
from psycopg.types.json import Jsonb

from models.batch.commands import open_batch
from models.case.commands import CaseFact, move, open_cases
from models.case.outcomes import Outcome
from models.case.refusals import BY_ID as REFUSALS
from models.database import Conn, acting, fetch_value
from models.errors import FactNotYours, RegisterNotYours
from models.policy.queries import now
from models.region.rules import ancestors, dotted, span
from models.register.commands import save_families
from models.user.queries import demand_live, me
from models.usulan.errors import ImportUnderWay, ListNotYours, told
from models.usulan.household import register_family
from models.usulan.known import elsewhere, known_families, left_out, live_proposals, outside, warn_of_doubles
from models.usulan.rules import progress_name, reason_of_deactivation
from models.usulan.workbook import FamilyRow, RowError, read, write_rows
from models.usulan.workbook_messages import row_error
from models.usulan.workbook_packed import Packed

T = TypeVar("T")
Tell = Callable[[int, int], Awaitable[None]]
"""Told how many families of a list are done, and of how many."""

_AT_ONCE = 500
"""Families read and written at a time."""
_TOLD_MOST = 1_000
"""Row errors an answer carries; all of them stand in the workbook that comes back."""
_READING = ThreadPoolExecutor(max_workers=2, thread_name_prefix="daftar")
"""Lists are read beside the requests of others, two at a time."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file.

    `batch` carries its proposals. `repeated` is set when the very same file had been taken in before: then nothing
    was changed, and the figures are those of the first time. `errors` are told row by row, the first thousand, and
    `untold` is how many more there are; `warnings` did not keep their families out.
    """

    id: int
    batch: int
    families: int
    good: int
    bad: int
    repeated: bool
    errors: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[Mapping[str, Any], ...] = ()
    untold: int = 0
    #: sheet and heading (`column`) of columns that are not understood and were not read
    unread: tuple[Mapping[str, str], ...] = ()


@dataclass(slots=True)
class _Outcome:
    """What becomes of a file while it is read: counts, the first answers, and the families that go back."""

    #: what the file calls its sheets
    titles: Mapping[str, str]
    unread: tuple[Mapping[str, str], ...] = ()
    good: int = 0
    bad: Packed[FamilyRow] = field(default_factory=Packed)
    codes: Counter[str] = field(default_factory=Counter)
    errors: list[Mapping[str, Any]] = field(default_factory=list)
    warnings: list[Mapping[str, Any]] = field(default_factory=list)
    #: NIK -> sheet and row, of members of families that go back
    back: dict[str, str] = field(default_factory=dict)
    #: families that wait for the end of the file, each with its members in the register whom another row names
    waiting: Packed[tuple[FamilyRow, list[str]]] = field(default_factory=Packed)

    def take(self, family: FamilyRow) -> None:
        """Take in a family that was tried."""
        for error in family.errors:
            self.codes[error.code] += 1
        for kept, answers in ((self.errors, family.errors), (self.warnings, family.warnings)):
            kept += [told(one, self.titles) for one in answers[: _TOLD_MOST - len(kept)]]
        if family.is_bad:
            self.bad.append(family)
            self.note_back(family)
        else:
            self.good += 1

    def note_back(self, family: FamilyRow) -> None:
        """Keep whom a family that goes back names."""
        sheet = self.titles.get(family.sheets[1], family.sheets[1])
        self.back.update({member.nik: f"{sheet} {member.row}" for member in family.members})


async def _beside(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_READING, work)


def _refused(family: FamilyRow, refusal: str) -> RowError:
    words = REFUSALS[refusal]
    return RowError(
        family.sheets[0],
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


def _wanted(family: FamilyRow) -> dict[str, Any]:
    """Return what a proposal of the list names, as the door reads it; a deactivation names its reason."""
    code = reason_of_deactivation(family.alasan) if family.jenis_usulan == "NONAKTIF" else None
    return {} if code is None else {"perubahan": {"alasan": code}}


async def alone_in(conn: Conn, region: int) -> None:
    """Wait until no other import is under way in this region, in what contains it, or in what it contains.

    Two lists that name the same family, or one list sent twice, then enter one after the other, and the second finds
    what the first one wrote. Lists of different villages do not wait for each other.

    Raises:
        ImportUnderWay: the other one takes longer than a statement may; the transaction is lost.
    """
    *above, itself = ancestors(region)
    try:
        for code in above:
            await conn.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended('impor', %s))", (code,))
        await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('impor', %s))", (itself,))
    except QueryCanceled as error:  # waited for as long as a statement may take
        raise ImportUnderWay(dotted(region)) from error


async def note_progress(conn: Conn, session: UUID, key: str, done: int, of: int) -> None:
    """Show how far a list of `session` has come; others see it while its transaction is open, and no longer."""
    await conn.execute(
        "SELECT set_config('application_name', %s, true)", (f"{progress_name(session, key)} {done} {of}",)
    )


async def import_list(
    conn: Conn, session: UUID, content: bytes, name: str, *, region: int, tell: Tell | None = None, part: int = _AT_ONCE
) -> Imported:
    """Take in a village's list: the two-sheet XLSX or the flat CSV, as it came.

    One transaction: everything good enters, is registered, opened and sent to the identity check; everything bad is
    told and kept as a workbook to mend. The same file for the same region changes nothing the second time, also when
    two people send it at once. Cut off anywhere, nothing has changed, and it can be sent again.

    Args:
        conn: a connection; a transaction is opened on it (a nested one inside the caller's).
        session: who imports; the families must lie in his scope.
        content: the file.
        name: its name, for messages.
        region: the village, kecamatan or kabupaten the list is for.
        tell: called before the first family and after every part.
        part: families read and written at a time.

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
        reading = await _beside(lambda: read(content, name, on=today))
        outcome, done = _Outcome(reading.titles, reading.unread), 0
        if tell:
            await tell(done, reading.families)
        while families := await _beside(lambda: list(islice(reading, part))):
            for family in families:
                if not family.is_bad and not (family.kode_desa and lo <= family.kode_desa <= hi):
                    family.errors.append(outside(family, region))
            left = await left_out(conn, session, [family for family in families if not family.is_bad])
            waits = {
                card: named for card, niks in left.items() if (named := [nik for nik in niks if reading.names(nik)])
            }
            now_in = [family for family in families if family.is_bad or family.no_kk not in waits]
            await enter(conn, session, batch, name, [one for one in now_in if not one.is_bad], source="impor")
            for family in families:
                if not family.is_bad and family.no_kk in waits:
                    outcome.waiting.append((family, waits[family.no_kk]))
                else:
                    outcome.take(family)
            done += len(families)
            if tell:
                await tell(done, max(done, reading.families))
        await _enter_waiting(conn, session, batch, name, outcome)
        return await _record(conn, session, fingerprint, region, name, batch, outcome)


async def _enter_waiting(conn: Conn, session: UUID, batch: int, name: str, outcome: _Outcome) -> None:
    """Let families enter that would lose a member whom another row of the file names, unless that row goes back."""
    lost: dict[str, str] = {}
    while more := {
        family.no_kk: (nik, family)
        for family, niks in outcome.waiting
        for nik in niks
        if nik in outcome.back and family.no_kk not in lost
    }:  # a family that goes back may name somebody whom another that waits would lose
        for card, (nik, family) in more.items():
            lost[card] = nik
            outcome.note_back(family)
    rows = iter(outcome.waiting)
    while part := [family for family, _ in islice(rows, _AT_ONCE)]:
        for family in part:
            if family.no_kk in lost:
                found = {"nik": lost[family.no_kk], "where": outcome.back[lost[family.no_kk]]}
                family.errors.append(
                    row_error(family.sheets[0], family.row, "no_kk", family.no_kk, "ANGGOTA_TERTAHAN", **found)
                )
        await enter(conn, session, batch, name, [family for family in part if not family.is_bad], source="impor")
        for family in part:
            outcome.take(family)


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
        known = await known_families(conn, session, [family.no_kk for family in part])
        live = await live_proposals(conn, session, [family.household for family in known.values()])
        for family in part:
            here = known.get(family.no_kk)
            if here and (here.household, family.jenis_usulan or "BARU", family.program) in live:
                family.errors.append(_refused(family, "sudah_ada"))
            elif moved := elsewhere(family, known):
                family.errors.append(moved)
        refused += [family for family in part if family.is_bad]
        part = [family for family in part if not family.is_bad]
        await warn_of_doubles(conn, session, part)
        before = [known[family.no_kk].household if family.no_kk in known else None for family in part]
        households = await save_families(
            conn, session, [register_family(f, number) for f, number in zip(part, before, strict=True)], source=source
        )
        kinds: dict[tuple[str, str], list[int]] = {}
        for place, family in enumerate(part):
            kinds.setdefault((family.jenis_usulan or "BARU", family.program), []).append(place)
        for (kind, programme), places in kinds.items():
            opened, sent = await open_and_send(
                conn,
                session,
                [households[place] or 0 for place in places],
                kind=kind,
                programme=programme or None,
                batch=batch,
                papers=name,
                named=[
                    CaseFact(number, "variabel", {"baris": part[place].row} | _wanted(part[place]))
                    for number, place in enumerate(places, 1)
                ],
            )
            cases += [outcome.case_id for outcome in sent if outcome.case_id is not None]
            for place, outcome in zip(places, opened, strict=True):
                if not outcome.done:
                    part[place].errors.append(_refused(part[place], outcome.refusal or "tidak_ditemukan"))
                    refused.append(part[place])
    return refused, cases


async def open_and_send(
    conn: Conn,
    session: UUID,
    households: Sequence[int],
    *,
    kind: str,
    batch: int,
    papers: str,
    named: Sequence[CaseFact],
    programme: str | None = None,
    more: Mapping[str, Any] | None = None,
    destination: int | None = None,
) -> tuple[list[Outcome], list[Outcome]]:
    """Open proposals of one kind and send those that were opened to the identity check; return the outcomes of both.

    `papers` says where their papers lie (a file, a form), `named` what each names (`variabel`) by its family's position
    from 1, `more` is further evidence of all, `destination` the village of families who move.
    """
    opened = await open_cases(
        conn,
        session,
        "usulan.buat_draf",
        households,
        kind=kind,
        programme=programme,
        batch=batch,
        facts={fact: {"berkas": papers} for fact in ("ktp", "kk", "foto_rumah_geotag")} | dict(more or {}),
        family_facts=named,
        destination=destination,
    )
    cases = [outcome.case_id for outcome in opened if outcome.case_id is not None]
    return opened, await move(conn, session, "usulan.kirim_cek", cases)


async def _record(
    conn: Conn, session: UUID, fingerprint: str, region: int, name: str, batch: int, outcome: _Outcome
) -> Imported:
    rejected: bytes | None = None
    if outcome.bad:
        target = io.BytesIO()
        await _beside(lambda: write_rows(target, outcome.bad, messages="id"))
        rejected = target.getvalue()
    good, bad = outcome.good, len(outcome.bad)
    untold = outcome.codes.total() - len(outcome.errors)
    report = {"kode": dict(outcome.codes), "errors": outcome.errors, "untold": untold, "warnings": outcome.warnings}
    report["unread"] = outcome.unread
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
                good + bad,
                good,
                bad,
                Jsonb(report),
                rejected,
            ),
        )
    told = tuple(outcome.errors), tuple(outcome.warnings), untold, outcome.unread
    return Imported(number, batch, good + bad, good, bad, False, *told)
