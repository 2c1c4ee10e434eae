"""siklus-kab: one kabupaten in one verval cycle. Its villages from their list to what their visits changed."""

from __future__ import annotations

from prefect import State

from flows.batch_flow import BatchId, batch_flow
from flows.carry import carry
from flows.months import serve_each
from flows.work import Work
from models.case.queries import carried_by_nobody
from models.siklus import commands
from models.siklus import due as siklus_due


async def share_out(work: Work) -> bool:
    """Open the villages of the frozen list, each with the fingerprint of its own part."""
    async with work.seeing() as conn:
        outcomes = await commands.share_out(conn, work.session, work.batch, work.run)
    return any(outcome.done for outcome in outcomes)


async def send_out(work: Work) -> bool:
    """Open the visits of a village that got more time before anybody was sent to it."""
    recording = [case["case_id"] for case in await work.in_state("siklus_desa.pendataan")]
    return await commands.send_out(work.conn, work.session, recording) > 0


async def _fire(work: Work, trigger: str, *states: str, **more: object) -> bool:
    """Move the villages in these states along a trigger where nothing of the cycle holds them back any more."""
    villages = [case["case_id"] for case in await work.in_state(*states)]
    async with work.seeing() as conn:
        ready = await siklus_due.ready(conn, trigger, villages)
    outcomes = await work.move(trigger, ready, **more)  # type: ignore[arg-type]
    return any(outcome.done for outcome in outcomes)


async def complete(work: Work) -> bool:
    """Bring villages whose visits are all recorded before their meeting."""
    return await _fire(work, "siklus_desa.lengkap_pendataan", "siklus_desa.pendataan")


async def hold_approval(work: Work) -> bool:
    """Let the head of Dinsos decide the villages whose sample held."""
    ready = await work.in_state("siklus_desa.menunggu_sah")
    return await work.gate("siklus_sah", [case["case_id"] for case in ready])


async def apply_results(work: Work) -> bool:
    """Carry approved findings into registration and membership; what becomes a proposal joins this month's list."""
    approved = [case["case_id"] for case in await work.in_state("kunjungan.disahkan")]
    told = {"surat_pengesahan": {"batch": work.id}}
    outcomes = await work.move("kunjungan.terapkan_hasil", approved, facts=told)
    async with work.seeing() as conn:
        proposals = await carried_by_nobody(conn, "usulan.disahkan")
    served = await serve_each(work, proposals, "hasil kunjungan")
    return served or any(outcome.done for outcome in outcomes)


async def close_villages(work: Work) -> bool:
    """Close villages whose findings are applied, and give up visits that a closed village left open."""
    closed = await _fire(
        work, "siklus_desa.tutup_desa", "siklus_desa.disahkan", facts={"tanda_terima": {"batch": work.id}}
    )
    async with work.seeing() as conn:
        left = await siklus_due.left_open(conn, work.id)
    given_up = await work.move("kunjungan.lewatkan", left, reason="BELUM_VERVAL")
    return closed or any(outcome.done for outcome in given_up)


async def mark_late(work: Work) -> bool:
    """Mark villages whose time is over. Nothing of theirs is lost; their head of Dinsos may ask for more time."""
    states = ("dibagikan", "pendataan", "musdes", "qc_kab", "menunggu_sah")
    return await _fire(
        work, "siklus_desa.lewati_batas", *(f"siklus_desa.{state}" for state in states), reason="BELUM_VERVAL"
    )


@batch_flow("siklus-kab", timeout_seconds=3600)
async def siklus_kab(batch: BatchId) -> State:
    """Carry one kabupaten's villages through one verval cycle."""
    return await carry(batch, (share_out, send_out, complete, hold_approval, apply_results, close_villages, mark_late))
