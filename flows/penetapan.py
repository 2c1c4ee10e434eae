"""penetapan: what the centre decides. Quality control, ranking by DTSEN, the Minister's decree, who receives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from prefect import State

from flows.answers import Answers
from flows.batch_flow import BatchId, batch_flow
from flows.calls import Row, call_out
from flows.carry import carry
from flows.months import serve_each
from flows.work import Work
from integrations.dtsen import Diperingkat, PeringkatRequest, PeringkatRow, TidakDiperingkat
from integrations.errors import PortError
from models.approval.queries import of_batch as _gates
from models.batch import commands as batches
from models.case.commands import CaseFact
from models.kepesertaan.rules import Applicant, Verdict, applicant_of, assess, in_rank_order
from models.policy.queries import now, policy
from models.register.commands import Rank, note_ranked
from models.register.queries import families
from state_machines.vocabulary import STEP_BITS


async def _by_step(work: Work, cases: Sequence[Row], step: str) -> tuple[list[Row], list[Row]]:
    """Split cases into those whose kind takes a step and those whose kind does not."""
    taking: list[Row] = []
    passing: list[Row] = []
    for case in cases:
        steps = int(await policy(work.conn, f"langkah.{case['jenis']}"))
        (taking if steps & STEP_BITS[step] else passing).append(case)
    return taking, passing


async def _version(work: Work) -> str | None:
    """Return the newest published DTSEN version, None while DTSEN cannot be asked."""
    try:
        listed = await work.outside.dtsen.versi()
    except PortError:
        await batches.wake(work.conn, work.id, "menunggu dtsen", seconds=30)
        return None
    return listed[0].versi if listed else None


async def hold_quality(work: Work) -> bool:
    """Let Pusdatin decide what the kabupaten sent: to the ranking, or applied at once, by kind."""
    arrived = await work.in_state("usulan.diolah_pusat")
    ranked, applied = await _by_step(work, arrived, "pemeringkatan")
    version = await _version(work)
    moved = False
    if version is not None:
        facts = {"id_versi": {"versi": version}}
        moved = await work.gate("qc_pusat", [case["case_id"] for case in ranked], facts=facts)
    return await work.gate("keputusan_pusat", [case["case_id"] for case in applied]) or moved


async def give_back(work: Work) -> bool:
    """Give what came back from the centre, or must be checked again, to its kabupaten's batch."""
    return await serve_each(work, await work.in_state("usulan.dikembalikan", "usulan.cek_data"), "kembali dari pusat")


async def rank(work: Work) -> bool:
    """Ask DTSEN for desil, percentile and rank; write them down and move each case as BPS's own service."""
    cases = await work.in_state("usulan.pemeringkatan")
    if not cases:
        return False
    version = await _version(work)
    if version is None:
        return False
    async with work.seeing() as conn:
        known = await families(conn, [case["household_id"] for case in cases])

    def request_of(part: Sequence[Row]) -> PeringkatRequest:
        return PeringkatRequest(
            version, [PeringkatRow(str(case["case_id"]), known[case["household_id"]]["no_kk"]) for case in part]
        )

    async def apply(results: Sequence[Diperingkat | TidakDiperingkat]) -> bool:
        return await _ranked(work, results)

    return await call_out(work, work.outside.dtsen.peringkat, cases, request_of, apply)


async def _ranked(work: Work, results: Sequence[Diperingkat | TidakDiperingkat]) -> bool:
    standing = {case["case_id"]: case for case in await work.in_state("usulan.pemeringkatan")}
    bps = await work.service("bps")
    found = [r for r in results if isinstance(r, Diperingkat) and int(r.id) in standing]
    lacking = [int(r.id) for r in results if isinstance(r, TidakDiperingkat) and int(r.id) in standing]
    answers = Answers()
    if found:
        ranks = [Rank(standing[int(r.id)]["household_id"], r.desil, r.persentil, r.peringkat) for r in found]
        await note_ranked(work.conn, work.session, ranks, found[0].versi)
        told = {int(r.id): r for r in found}
        decreed, refreshed = await _by_step(work, [standing[case] for case in told], "sk")
        for trigger, part in (("usulan.beri_desil", decreed), ("usulan.terapkan_peringkat", refreshed)):
            for case in part:
                r = told[case["case_id"]]
                answers.add(
                    trigger,
                    r.id,
                    desil={"desil": r.desil},
                    persentil={"persentil": r.persentil},
                    id_versi={"versi": r.versi},
                )
    for case_id in lacking:
        answers.add("usulan.tidak_dapat_diperingkat", case_id, "DATA_TIDAK_CUKUP")
    return await answers.fire(work, bps, note=f"DTSEN versi {found[0].versi}" if found else "DTSEN tanpa peringkat")


async def hold_decree(work: Work) -> bool:
    """Let two different people of the Minister's side decree the registrations."""
    ranked = await work.in_state("usulan.menunggu_sk")
    return await work.gate("penetapan", [case["case_id"] for case in ranked])


async def assess_memberships(work: Work) -> bool:
    """Test each new membership against its programme; seats go to the poorest first, the rest wait."""
    cases = await work.in_state("kepesertaan.dinilai")
    if not cases:
        return False
    async with work.seeing() as conn:
        known = await families(conn, [case["household_id"] for case in cases])
    ages = await policy(work.conn, "pkh.usia")
    today = (await now(work.conn)).date()
    verdicts: dict[int, Verdict] = {}
    applicants: list[Applicant] = []
    for case in cases:
        applicant = applicant_of(case["case_id"], case["programme"], known[case["household_id"]], today, ages)
        desil_max = await policy(work.conn, f"desil.{case['programme']}", region=case["region"])
        verdicts[case["case_id"]] = assess(applicant, desil_max=desil_max)
        if verdicts[case["case_id"]].fits:
            applicants.append(applicant)
    refused = Answers()
    for verdict in verdicts.values():
        if not verdict.fits:
            refused.add("kepesertaan.nilai_tidak_lolos", verdict.case, verdict.reason, hasil_uji_syarat=verdict.fact)
    moved = await refused.fire(work)
    fitting = in_rank_order(applicants)
    facts = [CaseFact(a.case, "hasil_uji_syarat", verdicts[a.case].fact) for a in fitting]
    outcomes = await work.move("kepesertaan.nilai_lolos", [a.case for a in fitting], case_facts=facts)
    full = [outcome.case_id for outcome in outcomes if outcome.refusal == "kuota_penuh" and outcome.case_id]
    line = {case["case_id"]: (case["programme"], case["region"] // 1_000_000) for case in cases}
    length: Counter[tuple[str, int]] = Counter()
    place: dict[int, int] = {}
    for applicant in fitting:  # seats are given by programme and kabupaten, and so are places in the line for them
        length[line[applicant.case]] += 1
        place[applicant.case] = length[line[applicant.case]]
    waiting = await work.move(
        "kepesertaan.nilai_kuota_penuh",
        full,
        reason="KUOTA_PENUH",
        case_facts=[CaseFact(case, "peringkat", {"urutan": place[case]}) for case in full],
    )
    return moved or any(outcome.done for outcome in [*outcomes, *waiting])


async def hold_programmes(work: Work) -> bool:
    """Let two different people of each programme's directorate decree who receives."""
    chosen: dict[str, list[int]] = {}
    for case in await work.in_state("kepesertaan.menunggu_sk"):
        chosen.setdefault(case["programme"], []).append(case["case_id"])
    moved = False
    async with work.seeing() as conn:
        begun = {row["gate"] for row in await _gates(conn, work.id)}
    for programme in sorted(set(chosen) | {g.partition(".")[2] for g in begun if g.startswith("sk_program.")}):
        moved = await work.gate(f"sk_program.{programme}", chosen.get(programme, []), programme=programme) or moved
    return moved


@batch_flow("penetapan", timeout_seconds=6 * 3600)
async def penetapan(batch: BatchId) -> State:
    """Carry one month's list from the data pull to registrations and programme lists."""
    return await carry(batch, (hold_quality, give_back, rank, hold_decree, assess_memberships, hold_programmes))
