"""kabar-bank: news from the banks after a credit. First use of the money, and money that comes back late."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterator, Mapping, Sequence

import psycopg
from prefect import State

from flows.answers import Answers
from flows.batch_flow import BatchId, batch_flow
from flows.carry import carry
from flows.standing import standing_batch
from flows.work import Work
from integrations.bank_credits import Retur, Transaksi
from integrations.codes import BANKS, Bank
from integrations.errors import PortError
from models.batch import commands as batches
from models.case.queries import states_of
from models.case.timers import due
from models.errors import AlurError
from models.penyaluran.commands import note_feed, park, unpark
from models.penyaluran.queries import feed_seen, files, paper_number, papers, parked
from models.policy.queries import now

log = logging.getLogger("alur.flows")

_EARLY = {"si", "selisih_nominal"}
"""Where a credit waits for the bank's own answer, or to be put right: news about it is kept until it left."""
_FAR = 10**9
"""A number so far beyond the last one is no next number: believed, it would hide all news that follow."""
_DIGITS = 18
_UNUSABLE = (AlurError, psycopg.DataError)

News = Transaksi | Retur


async def read_news(work: Work) -> bool:
    """Apply every bank's news in order; how far it was applied is noted only afterwards."""
    moved = False
    for bank in BANKS:
        await work.keep()
        try:
            moved = await _read(work, bank) or moved
        except PortError:
            await batches.wake(work.conn, work.id, f"menunggu {_path(bank)}", seconds=60)
    return moved


def _path(bank: Bank) -> str:
    return f"bank/{bank}/kabar"


async def mark_unused(work: Work) -> bool:
    """Mark credits that nobody used within the days allowed (P38), bank by bank.

    That a bank has told all its news and nothing of a credit is the evidence; while a bank cannot be read, or has more
    to tell, nothing of it is marked.
    """
    async with work.seeing() as conn:
        due_at = await files(conn, await due(conn, "P38"))
    day = (await now(work.conn)).date().isoformat()
    moved = False
    for bank in BANKS:
        path, cases = _path(bank), [case for case, payer in due_at.items() if payer == bank]
        if not cases:
            continue
        await work.keep()
        seen = await feed_seen(work.conn, path)
        kept = {case for case, _ in await parked(work.conn, path)}
        try:
            if await work.outside.banks[bank].kabar(seen, 1):
                continue
        except PortError:
            continue
        told = {"berkas_bank": {"kabar": seen, "tanggal": day, "isi": "tanpa transaksi"}}
        unused = [case for case in cases if case not in kept]
        outcomes = await work.move("penyaluran.tandai_tidak_transaksi", unused, reason="TX_TIDAK_ADA", facts=told)
        moved = moved or any(outcome.done for outcome in outcomes)
    return moved


async def _read(work: Work, bank: Bank) -> bool:
    """Read a bank's news to the end, then take up again what was kept."""
    path = _path(bank)
    seen = await feed_seen(work.conn, path)
    waiting = {case for case, _ in await parked(work.conn, path)}
    moved = False
    while news := await work.outside.banks[bank].kabar(seen):
        if news[-1].urut > seen + _FAR:
            log.error("%s: number %s after %s is not believed; its page was not applied", path, news[-1].urut, seen)
            break
        for part in _in_turn(news):
            kept = await _apply(work, bank, part, waiting)
            for row in kept:
                await park(work.conn, path, int(row.id), row.urut)
                waiting.add(int(row.id))
            moved = moved or len(kept) < len(part)
        seen = news[-1].urut
        await note_feed(work.conn, path, seen)
    return await _take_up(work, bank) or moved


def _in_turn(news: Sequence[News]) -> Iterator[list[News]]:
    """Divide news so that no part tells twice about a case: what a case hears, it hears in order."""
    part: dict[str, News] = {}
    for row in news:
        if row.id in part:
            yield list(part.values())
            part = {}
        part[row.id] = row
    yield list(part.values())


async def _take_up(work: Work, bank: Bank) -> bool:
    """Apply what was kept, each case's in its order, once the case has left the state in which it was early."""
    path = _path(bank)
    waiting = await parked(work.conn, path)
    async with work.seeing() as conn:
        standing = await states_of(conn, [case for case, _ in waiting])
    if "si" in standing.values():
        # The bank told about a credit before we have its answer to the order.
        await batches.wake(work.conn, work.id, f"menunggu SI {bank}", seconds=60)
    moved = False
    for case, number in waiting:
        if standing.get(case) in _EARLY:
            continue
        rows = await work.outside.banks[bank].kabar(number - 1, 1)
        if await _apply(work, bank, [row for row in rows if row.urut == number and row.id == str(case)]):
            continue  # too early again
        await unpark(work.conn, path, case, number)
        moved = True
    return moved


async def _apply(work: Work, bank: Bank, rows: Sequence[News], waiting: Container[int] = ()) -> list[News]:
    """Apply news, each about another case; return what came too early, or after such news of its case.

    What is about nothing of ours is passed over, and what is odd about one row holds nobody else's news.
    """
    path = _path(bank)
    named = [row for row in rows if row.id.isascii() and row.id.isdigit() and len(row.id) <= _DIGITS]
    if len(named) < len(rows):
        log.error("%s: %d rows name no case: passed over", path, len(rows) - len(named))
    cases = [int(row.id) for row in named]
    async with work.seeing() as conn:
        standing = await states_of(conn, cases)
        orders = await papers(conn, cases, "nomor_si")
    ours = [row for row in named if row.nomor_si == f"{paper_number(orders.get(int(row.id)))}-{bank}"]
    if len(ours) < len(named):
        # A bounce of the order before, read late or told twice, says nothing about the money of today.
        log.warning("%s: %d rows are about no order of today: passed over", path, len(named) - len(ours))
    early: list[News] = []
    ready: list[News] = []
    for row in ours:
        case = int(row.id)
        (early if case in waiting or standing.get(case) in _EARLY else ready).append(row)
    session = await work.service("bank", bank)
    try:
        await _answers(ready, standing).fire(work, session)
    except _UNUSABLE:
        for row in ready:
            try:
                await _answers([row], standing).fire(work, session)
            except _UNUSABLE as error:
                log.error("%s: number %s is refused (%s): passed over", path, row.urut, type(error).__name__)  # noqa: TRY400
    return early


def _answers(rows: Sequence[News], standing: Mapping[int, str]) -> Answers:
    answers = Answers()
    for row in rows:
        if isinstance(row, Retur):
            letter = {"nomor": row.nomor_surat_retur, "tanggal": row.tanggal.isoformat()}
            answers.add("penyaluran.retur_terlambat", row.id, row.kode, surat_retur=letter)
        else:
            late = standing.get(int(row.id)) == "tidak_transaksi"
            answers.add(
                "penyaluran.pakai_terlambat" if late else "penyaluran.pakai_pertama",
                row.id,
                tanggal_transaksi={"tanggal": row.tanggal.isoformat()},
                saldo_sisa={"rupiah": row.saldo_sisa_rp},
            )
    return answers


@batch_flow("kabar-bank", timeout_seconds=1 * 3600)
async def kabar_bank(batch: BatchId | None = None) -> State:
    """Read and apply the banks' news for the whole nation."""
    return await carry(batch or await standing_batch("kabar"), (read_news,))
