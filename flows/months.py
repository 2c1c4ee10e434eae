"""The month a proposal serves: which kabupaten's batch carries it from the day it was sent, or came back."""

from __future__ import annotations

from collections.abc import Sequence

from flows.calls import Row
from flows.work import Work
from models.batch import commands as batches
from models.policy.queries import now, policy
from models.usulan.rules import month_served


async def open_centre(work: Work, month: int) -> int:
    """Return the centre's batch of a month (yyyymm), which ranks, decrees and assesses."""
    return await batches.open_batch(work.conn, work.session, "penetapan", 0, f"Penetapan {month}", period=month)


async def serve(work: Work, kabupaten: int, cases: Sequence[int], why: str) -> bool:
    """Give cases to a kabupaten's batch of the month they will serve; return whether any changed hands."""
    last_day = (await policy(work.conn, "jendela.pengesahan", region=kabupaten * 1_000_000))["sampai"]
    month = month_served(await now(work.conn), last_day)
    title = f"Pengesahan {month} kabupaten {kabupaten}"
    target = await batches.open_batch(work.conn, work.session, "pengesahan", kabupaten, title, period=month)
    changed = await batches.enlist(work.conn, work.session, target, cases)
    await batches.wake(work.conn, target, why)
    return changed > 0


async def serve_each(work: Work, cases: Sequence[Row], why: str) -> bool:
    """Give each case to the batch of its own kabupaten; return whether any changed hands."""
    homes: dict[int, list[int]] = {}
    for case in cases:
        homes.setdefault(case["region"] // 1_000_000, []).append(case["case_id"])
    changed = False
    for kabupaten, ids in sorted(homes.items()):
        changed = await serve(work, kabupaten, ids, why) or changed
    return changed
