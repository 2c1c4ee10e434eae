"""harian: what a day brings by itself. Timers, windows that open and close, the year's end, batches that look again."""

from __future__ import annotations

from prefect import State

from flows.batch_flow import BatchId, batch_flow
from flows.carry import carry
from flows.deployments import standing
from flows.kabar_bank import mark_unused
from flows.months import open_centre, serve
from flows.standing import standing_batch
from flows.work import Work
from models.batch import commands as batches
from models.batch.queries import find, in_the_air
from models.case.outcomes import Outcome
from models.case.timers import ASKED_FIRST, due, left_behind, let_in, shut_out, timers, year_end
from models.handover.commands import lapse
from models.kepesertaan.queries import left_to_nobody
from models.laporan.commands import keep
from models.policy.queries import now
from models.request.commands import forget
from models.stuck.commands import kabupaten
from models.usulan.rules import WIB


def _any_done(outcomes: list[Outcome]) -> bool:
    return any(outcome.done for outcome in outcomes)


async def run_timers(work: Work) -> bool:
    """Fire every automatic row whose waiting time has passed: expiry, escalation, locks."""
    moved = False
    for trigger, rule in timers():
        if rule.id in ASKED_FIRST:
            continue
        async with work.seeing() as conn:
            cases = await due(conn, rule.id)
        reason = rule.reasons[0] if rule.reasons else None
        moved = _any_done(await work.move(trigger, cases, reason=reason)) or moved
    return moved


async def turn_windows(work: Work) -> bool:
    """Hold what missed this month's window, and send what waited, in its order, once the window is open."""
    async with work.seeing() as conn:
        late, ready = await shut_out(conn), await let_in(conn)
    held = await work.move("usulan.tunda_jendela", late, reason="JENDELA_TUTUP")
    sent = await work.move("usulan.buka_jendela", ready)
    return _any_done([*held, *sent])


async def carry_over(work: Work) -> bool:
    """Put what a kabupaten did not approve in time into the batch of the month it now serves."""
    async with work.seeing() as conn:
        left = await left_behind(conn)
    moved = False
    for row in left:
        moved = await serve(work, row["region"], row["cases"], "sisa bulan lalu") or moved
    return moved


async def adopt(work: Work) -> bool:
    """Give memberships that were woken outside any month to the centre's batch of this month, which assesses them."""
    async with work.seeing() as conn:
        left = await left_to_nobody(conn)
    if not left:
        return False
    today = (await now(work.conn)).astimezone(WIB)
    target = await open_centre(work, today.year * 100 + today.month)
    changed = await batches.enlist(work.conn, work.session, target, left)
    await batches.wake(work.conn, target, "kepesertaan dinilai")
    return changed > 0


async def end_year(work: Work) -> bool:
    """Let unpaid disbursements of past years lapse, and send uncredited money back to kas negara.

    What the treasury or a bank is being asked about may be paid already: it waits until their answer is known.
    """
    async with work.seeing() as conn:
        ending, unknown = await year_end(conn), await in_the_air(conn)
    day = (await now(work.conn)).date().isoformat()
    moved = False
    for trigger, cases in ending.items():
        facts = {
            "penyaluran.hanguskan": {"tanggal_akhir": {"tanggal": day}},
            "penyaluran.setor_akhir_tahun": {"surat_perintah": {"tanggal": day, "sebab": "akhir tahun"}},
            "penyaluran.tenggat_pos": {"laporan": {"tanggal": day, "sebab": "akhir tahun"}},
        }[trigger]
        known = [case for case in cases if case not in unknown]
        moved = _any_done(await work.move(trigger, known, reason="AKHIR_TAHUN", facts=facts)) or moved
    return moved


async def lapse_offers(work: Work) -> bool:
    """End the offers of families that no colleague answered in time; the families stay where they are."""
    await lapse(work.conn)
    return False


async def count_reports(work: Work) -> bool:
    """Count each kabupaten anew for reports of provinces and of the nation, each in a transaction of its own."""
    async with work.seeing() as conn:
        codes = await kabupaten(conn)
    for code in codes:
        await work.keep()
        await keep(work.conn, code)
    return False


async def look_again(work: Work) -> bool:
    """Wake every open batch once a day: windows and deadlines pass without anybody knocking."""
    after = 0
    while rows := await find(work.conn, state="terbuka", after=after, limit=200):
        for row in rows:
            if row["kind"] not in standing():
                await batches.wake(work.conn, row["id"], "harian")
        after = rows[-1]["id"]
    return False


async def forget_answers(work: Work) -> bool:
    """Forget answers that nobody will ask for again under his request key."""
    while await forget(work.conn):
        await work.keep()
    return False


@batch_flow("harian", timeout_seconds=6 * 3600)
async def harian(batch: BatchId | None = None) -> State:
    """Run the day's automatic steps for the whole nation."""
    steps = (
        *(run_timers, turn_windows, carry_over, adopt, mark_unused, end_year),
        *(lapse_offers, count_reports, look_again, forget_answers),
    )
    return await carry(batch or await standing_batch("harian"), steps)
