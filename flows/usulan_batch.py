"""usulan-batch: a village's list, from the identity check to the day it is sent to the kabupaten."""

from __future__ import annotations

from prefect import State

from flows.batch_flow import BatchId, batch_flow
from flows.carry import carry
from flows.identity import check_identity
from flows.identity_again import accept_moved, match_again
from flows.months import serve_each
from flows.work import Work


async def hold_musdes(work: Work) -> bool:
    """Let the head of the village decide the list of the meeting."""
    cases = await work.in_state("usulan.musyawarah")
    return await work.gate("musdes", [case["case_id"] for case in cases])


async def hand_over(work: Work) -> bool:
    """Give what was sent to the kabupaten's batch of the month it will serve."""
    return await serve_each(work, await work.in_state("usulan.diajukan"), "usulan masuk")


@batch_flow("usulan-batch", timeout_seconds=2 * 3600)
async def usulan_batch(batch: BatchId) -> State:
    """Carry one village list: identity check, village meeting, hand-over to the kabupaten."""
    return await carry(batch, (match_again, check_identity, accept_moved, hold_musdes, hand_over))
