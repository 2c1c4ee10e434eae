"""kabar-bank: news from the banks after a credit. First use of the money, and money that comes back late."""

from __future__ import annotations

from prefect import State

from flows.answers import Answers
from flows.batch_flow import BatchId, batch_flow
from flows.carry import carry
from flows.standing import standing_batch
from flows.work import Work
from integrations.bank_credits import Retur
from integrations.codes import BANKS, Bank
from integrations.errors import PortError
from models.batch import commands as batches
from models.case.queries import states_of
from models.penyaluran.queries import feed_seen, note_feed


async def read_news(work: Work) -> bool:
    """Apply every bank's news in order; how far it was applied is noted only afterwards."""
    moved = False
    for bank in BANKS:
        moved = await _read(work, bank) or moved
    return moved


async def _read(work: Work, bank: Bank) -> bool:
    path = f"bank/{bank}/kabar"
    seen = await feed_seen(work.conn, path)
    moved = False
    while True:
        try:
            news = await work.outside.banks[bank].kabar(seen)
        except PortError:
            await batches.wake(work.conn, work.id, f"menunggu {path}", seconds=60)
            return moved
        if not news:
            return moved
        service = await work.service("bank", bank)
        async with work.seeing() as conn:
            standing = await states_of(conn, [int(row.id) for row in news])
        early = next((n for n, row in enumerate(news) if standing.get(int(row.id)) == "si"), len(news))
        for row in news[:early]:
            answers = Answers()
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
            moved = await answers.fire(work, service) or moved
            seen = row.urut
        await note_feed(work.conn, path, seen)
        if early < len(news):
            # The bank tells about a credit before we have its answer to the order: its news wait for that, in order.
            await batches.wake(work.conn, work.id, f"menunggu SI {bank}", seconds=60)
            return moved


@batch_flow("kabar-bank", timeout_seconds=1 * 3600)
async def kabar_bank(batch: BatchId | None = None) -> State:
    """Read and apply the banks' news for the whole nation."""
    return await carry(batch or await standing_batch("kabar"), (read_news,))
