"""pengesahan: one kabupaten, one month. Kecamatan where it acts, the approval of the head of Dinsos, the data pull."""

from __future__ import annotations

from prefect import State

from flows.batch_flow import BatchId, batch_flow
from flows.carry import carry
from flows.identity import check_identity
from flows.identity_again import match_again
from flows.months import open_centre
from flows.work import Work
from models.batch import commands as batches
from models.calendar.queries import window_open
from models.policy.queries import policy
from state_machines.vocabulary import STEP_BITS


async def pass_kecamatan(work: Work) -> bool:
    """Where policy switched the kecamatan off, its step is passed at once; where it may be late, after its time."""
    waiting = [case["case_id"] for case in await work.in_state("usulan.diajukan")]
    if not waiting:
        return False
    if not await policy(work.conn, "kecamatan.aktif", region=work.place):
        outcomes = await work.move("usulan.lewati_kecamatan", waiting, reason="KECAMATAN_TIDAK_AKTIF")
    elif await policy(work.conn, "kecamatan.teruskan_otomatis", region=work.place):
        outcomes = await work.move("usulan.teruskan_otomatis", waiting, reason="LEWAT_SLA_KECAMATAN")
    else:
        return False
    return any(outcome.done for outcome in outcomes)


async def hold_pengesahan(work: Work) -> bool:
    """Inside the window let the head of Dinsos decide the list; outside only carry out what he decided."""
    ready = await work.in_state("usulan.siap_sah")
    inside = await window_open(work.conn, "pengesahan", work.place)
    return await work.gate("pengesahan", [case["case_id"] for case in ready] if inside else [])


async def apply_approved(work: Work) -> bool:
    """Apply the kinds that end with the approval; pull the others to the centre once the pull is open.

    A kind without approval stands here only where a visit's approval opened it (U73).
    """
    approved = await work.in_state("usulan.disahkan")
    if not approved:
        return False
    local: list[int] = []
    visited: list[int] = []
    central: list[int] = []
    for case in approved:
        steps = int(await policy(work.conn, f"langkah.{case['jenis']}"))
        ends = local if steps & STEP_BITS["pengesahan"] else visited
        (central if steps & STEP_BITS["olah_pusat"] else ends).append(case["case_id"])
    outcomes = await work.move("usulan.terapkan_sah", local)
    outcomes += await work.move("usulan.terapkan_hasil_verval", visited)
    if central and await window_open(work.conn, "tarik", work.place):
        receipt = {"tanda_terima": {"batch": work.id}}
        if await policy(work.conn, "gubernur", region=work.place) == "meneruskan":
            outcomes += await work.move("usulan.kirim_provinsi", central, facts=receipt)
        else:
            target = await open_centre(work, work.batch["period"])
            listed = receipt | {"hash_daftar": {"batch": work.id}}
            outcomes += await work.move("usulan.tarik_data", central, facts=listed, batch=target)
            await batches.wake(work.conn, target, "data ditarik")
    return any(outcome.done for outcome in outcomes)


async def pass_on(work: Work) -> bool:
    """Give what came through the province to the centre's batch of this month."""
    forwarded = [case["case_id"] for case in await work.in_state("usulan.diolah_pusat")]
    if not forwarded:
        return False
    target = await open_centre(work, work.batch["period"])
    changed = await batches.enlist(work.conn, work.session, target, forwarded)
    await batches.wake(work.conn, target, "diteruskan provinsi")
    return changed > 0


@batch_flow("pengesahan", timeout_seconds=2 * 3600)
async def pengesahan(batch: BatchId) -> State:
    """Carry one kabupaten's month from what villages sent, or mended, to what the centre pulled."""
    return await carry(batch, (match_again, check_identity, pass_kecamatan, hold_pengesahan, apply_approved, pass_on))
