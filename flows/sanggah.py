"""sanggah: objections as far as they go by themselves. Admissibility, lateness, and what decisions left to be carried.

The plain timers of the machine (silent payers, appeals not made) are fired with all others by `harian`.
"""

from __future__ import annotations

from prefect import State

from flows.batch_flow import BatchId, batch_flow
from flows.carry import carry
from flows.months import serve_each
from flows.standing import standing_batch
from flows.work import Work
from models.case.commands import CaseFact
from models.case.outcomes import Outcome
from models.case.timers import due
from models.sanggah import queries

_WAITS = "TUNGGU"


def _any_done(outcomes: list[Outcome]) -> bool:
    return any(outcome.done for outcome in outcomes)


async def judge_admissibility(work: Work) -> bool:
    """Admit new objections, or refuse them with the reason; who still owes files waits.

    Of two of a kind the door admits one; the other is found to be a twin in the next round.
    """
    async with work.seeing() as conn:
        found = await queries.new(conn)
    moved = False
    for verdict in sorted({row["verdict"] for row in found} - {None, _WAITS}):
        refused = [row["case_id"] for row in found if row["verdict"] == verdict]
        facts = {"hasil_syarat": {"hasil": verdict}}
        moved = _any_done(await work.move("sanggah.tolak_syarat", refused, reason=verdict, facts=facts)) or moved
    fit = [row for row in found if row["verdict"] is None]
    left = [row["case_id"] for row in fit if row["kind"] == "MUNDUR"]
    checked = [row for row in fit if row["kind"] != "MUNDUR"]
    notices = [
        CaseFact(row["case_id"], "pemberitahuan", {"kepada": ["keluarga", "pengaju", "verifikator_kab"]}
                 | ({"jawab_sampai": row["answer_until"].isoformat()} if row["kind"] == "SANGGAH_PIHAK_LAIN" else {}))
        for row in checked
    ]  # fmt: skip
    moved = _any_done(await work.move("sanggah.mundur_langsung", left, facts={"pernyataan_mundur": {}})) or moved
    admitted = await work.move("sanggah.terima_syarat", [row["case_id"] for row in checked], case_facts=notices)
    return _any_done(admitted) or moved


async def escalate(work: Work) -> bool:
    """Hand checks that took too long to the verifikator, who must answer."""
    async with work.seeing() as conn:
        late = await queries.unchecked(conn)
    return _any_done(await work.move("sanggah.lewat_waktu", late, reason="LEWAT_14_HARI"))


async def lapse(work: Work) -> bool:
    """Let unanswered objections to others lapse, where policy follows that practice."""
    async with work.seeing() as conn:
        lapsed = await queries.lapsing(conn, await due(conn, "S23"))
    return _any_done(await work.move("sanggah.gugurkan", lapsed, reason="LEWAT_14_HARI"))


async def hand_over(work: Work) -> bool:
    """Give proposals that decisions opened to the kabupaten's batch of the month they will serve."""
    async with work.seeing() as conn:
        opened = await queries.reopened(conn)
    return await serve_each(work, opened, "dibuka oleh putusan")


async def call_up(work: Work) -> bool:
    """Give free seats to those who wait for them, in their order."""
    async with work.seeing() as conn:
        line = await queries.next_in_line(conn)
    ranks = [CaseFact(row["case_id"], "peringkat", {"urutan": row["place"]}) for row in line]
    return _any_done(await work.move("kepesertaan.kuota_bebas", [r["case_id"] for r in line], case_facts=ranks))


@batch_flow("sanggah", timeout_seconds=3600)
async def sanggah(batch: BatchId | None = None) -> State:
    """Run what objections do by themselves, for the whole nation."""
    steps = (judge_admissibility, escalate, lapse, hand_over, call_up)
    return await carry(batch or await standing_batch("sanggah"), steps)
