"""siklus: the nation's verval cycles, from the day they are asked for to the report that names whom they missed.

Dates are policy. The flow asks Pusdatin ahead of time, and does itself what follows from decisions: it freezes the list
on the first day, opens it under a standing decision where there is one, releases kabupaten by kabupaten (each a batch
of its own, so that none holds up another), and makes the report.
"""

from __future__ import annotations

from prefect import State

from flows.batch_flow import BatchId, batch_flow
from flows.carry import carry
from flows.standing import standing_batch
from flows.work import Work
from models.approval.commands import open_gate
from models.approval.queries import of_batch
from models.batch import commands as batches
from models.case.queries import carried_by_nobody
from models.policy.queries import now, policy
from models.siklus import commands, queries
from models.siklus import due as siklus_due
from models.siklus.rules import Planned, due
from models.usulan.rules import WIB


async def adopt(work: Work) -> bool:
    """Carry the cycles that Pusdatin scheduled itself."""
    async with work.seeing() as conn:
        scheduled = await carried_by_nobody(conn, "siklus.dijadwalkan")
    return await batches.enlist(work.conn, work.session, work.id, [row["case_id"] for row in scheduled]) > 0


async def plan_ahead(work: Work) -> bool:
    """Schedule the cycles that are due, in the name of those who decided them; ask where nobody has decided."""
    today = (await now(work.conn)).astimezone(WIB).date()
    dates, ahead = await policy(work.conn, "siklus.tanggal"), await policy(work.conn, "siklus.siap_hari")
    moved = False
    for cycle in due(dates or [], today, ahead or 0):
        if await queries.of_period(work.conn, work.session, cycle.period, cancelled=True) is None:
            moved = await _plan(work, cycle) or moved
    return moved


async def _plan(work: Work, cycle: Planned) -> bool:
    """Schedule one cycle if it was decided, by a decision of its own or a standing one; else ask for it."""
    gate = f"siklus_jadwal.{cycle.period}"
    async with work.seeing() as conn:
        decided = {row["gate"]: row for row in await of_batch(conn, work.id)}.get(gate)
    if decided is not None and decided["state"] != "disetujui":
        # Open: people think. Refused: this cycle does not take place, unless Pusdatin starts it with a reason.
        return False
    approval = decided["id"] if decided else await commands.standing(work.conn, work.id, cycle.mulai)
    if approval is None:
        outlook = await queries.outlook(work.conn, work.session, cycle.mulai, cycle.selesai)
        told = commands.dates_fact(cycle.mulai, cycle.selesai, nomor=cycle.nomor, perkiraan=outlook)
        await open_gate(work.conn, work.session, work.id, gate, [], region=0, evidence={"tanggal": told})
        return False
    outcome = await commands.schedule_as_decided(work.conn, work.session, work.id, approval, cycle, flow_run=work.run)
    return outcome.done


async def freeze(work: Work) -> bool:
    """On its first day freeze the list of a cycle: later joiners wait for the next one."""
    async with work.seeing() as conn:
        today = await siklus_due.unfrozen(conn, work.id)
    moved = False
    for cycle in today:
        frozen = await commands.freeze(work.conn, work.session, cycle["case_id"])
        told = {"versi": cycle["period"], "hash_daftar": frozen.hash_daftar, "hash_benih": frozen.hash_benih}
        outcomes = await work.move("siklus.susun_prelist", [cycle["case_id"]], facts={"id_versi": told})
        moved = any(outcome.done for outcome in outcomes) or moved
    return moved


async def open_cycle(work: Work) -> bool:
    """Let a frozen list be opened: under a standing decision at once, else by whoever decides its gate."""
    moved = False
    for case in await work.in_state("siklus.prelist"):
        async with work.seeing() as conn:
            frozen = await siklus_due.frozen(conn, case["case_id"])
        listed = {name: frozen[name] for name in ("hash_daftar", "hash_benih", "keluarga", "desa")}
        approval = await commands.standing(work.conn, work.id, frozen["mulai"])
        if approval is not None:
            outcomes = await commands.open_standing(
                work.conn, work.session, approval, case["case_id"], listed, flow_run=work.run
            )
            moved = any(outcome.done for outcome in outcomes) or moved
        else:
            evidence = {"hash_daftar": listed}
            moved = await work.gate(f"siklus_buka.{case['period']}", [case["case_id"]], evidence=evidence) or moved
    return moved


async def release(work: Work) -> bool:
    """Give every kabupaten of a running cycle a batch of its own, once."""
    moved = False
    for case in await work.in_state("siklus.berjalan"):
        async with work.seeing() as conn:
            opened = await commands.release(conn, work.session, case["case_id"], case["period"])
        for batch in opened:
            await batches.wake(work.conn, batch, "siklus dibuka")
        moved = bool(opened) or moved
    return moved


async def recapitulate(work: Work) -> bool:
    """End the work of a cycle whose villages are done, or whose time is over."""
    running = [case["case_id"] for case in await work.in_state("siklus.berjalan")]
    async with work.seeing() as conn:
        over = await siklus_due.ready(conn, "siklus.rekap_siklus", running)
    return any(outcome.done for outcome in await work.move("siklus.rekap_siklus", over))


async def close(work: Work) -> bool:
    """Make the report of a cycle whose villages are all closed, and let somebody else than its scheduler close it."""
    waiting = {case["case_id"]: case for case in await work.in_state("siklus.rekap")}
    async with work.seeing() as conn:
        done = await siklus_due.ready(conn, "siklus.tutup_siklus", list(waiting))
    moved = False
    for case in done:
        report = await commands.report(work.conn, work.session, case)
        gate = f"siklus_tutup.{waiting[case]['period']}"
        moved = await work.gate(gate, [case], evidence={"laporan_rekap": report}) or moved
    return moved


@batch_flow("siklus", timeout_seconds=7200)
async def siklus(batch: BatchId | None = None) -> State:
    """Carry every verval cycle of the nation as far as it goes by itself."""
    steps = (adopt, plan_ahead, freeze, open_cycle, release, recapitulate, close)
    return await carry(batch or await standing_batch("siklus"), steps)
