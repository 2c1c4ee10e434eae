"""penyaluran-tahap: one programme, one period, one kabupaten, from the SK of the tahap to money in the family's hands.

A family in repair (burekol, account, card, retur) stays where it is and never holds the others: every gate takes the
list that is ready, and who comes later comes with the next round.
"""

from __future__ import annotations

from collections.abc import Sequence

from prefect import State

from flows.answers import Answers
from flows.batch_flow import BatchId, batch_flow
from flows.carry import carry
from flows.tahap_accounts import check_accounts, exclude_strangers, open_accounts, print_cards, route, test_in_omspan
from flows.tahap_credits import correct, credit, pay, return_money
from flows.tahap_pos import by_channel, list_at_pos
from flows.work import Work
from models.case.commands import CaseFact, write_facts
from models.kepesertaan.queries import without_disbursement
from models.kepesertaan.rules import applicant_of, assess
from models.penyaluran.queries import cleared, unpriced, unused_before
from models.penyaluran.rules import Amount, monthly_amount, pkh_amount
from models.policy.queries import now, policy
from models.register.queries import families


async def hold_tahap(work: Work) -> bool:
    """Let the directorate confirm who is paid this period; each confirmed membership opens one disbursement."""
    async with work.seeing() as conn:
        due = await without_disbursement(conn, work.id)
    period = {"periode": {"periode": work.batch["period"], "batch": work.id}}
    return await work.gate("sk_tahap", [row["case_id"] for row in due], facts=period)


async def price(work: Work) -> bool:
    """Work out what each family receives; who must not be paid is excluded with the reason and the member concerned."""
    cases = await work.in_state("penyaluran.calon", "penyaluran.susulan")
    async with work.seeing() as conn:
        fresh = await unpriced(conn, [case["case_id"] for case in cases])
        cases = [case for case in cases if case["case_id"] in fresh]
        known = await families(conn, [case["household_id"] for case in cases])
        put_aside = await cleared(conn, [case["case_id"] for case in cases])
        unused = await unused_before(conn, [case["case_id"] for case in cases])
    if not cases:
        return False
    programme, period = work.batch["programme"], work.batch["period"]
    today = (await now(work.conn)).date()
    ages = await policy(work.conn, "pkh.usia")
    desil_max = await policy(work.conn, f"desil.{programme}", region=work.place)
    months = (await policy(work.conn, f"periode.{programme}"))["bulan"]
    excluded = Answers()
    priced: list[CaseFact] = []
    for case in cases:
        applicant = applicant_of(case["case_id"], programme, known[case["household_id"]], today, ages)
        number = case["case_id"]
        vouched = {who for who in applicant.persons if (number, "EX_PEKERJAAN", who) in put_aside}
        verdict = assess(applicant, desil_max=desil_max, cleared=vouched)
        if verdict.reason is not None:
            found = verdict.fact | {"sumber": "register", "tanggal": str(today)}
            excluded.add("penyaluran.kecualikan", number, verdict.reason, sumber_temuan=found)
            continue
        if number in unused and (number, "EX_TIDAK_TRANSAKSI", None) not in put_aside:
            found = {"sumber": "bank", "tanggal": str(today), "kasus": unused[number]}
            excluded.add("penyaluran.kecualikan", number, "EX_TIDAK_TRANSAKSI", sumber_temuan=found)
            continue
        amount = await _amount(work, programme, period, applicant.members, months)
        told = {"rupiah": amount.rupiah, "komponen": dict(amount.komponen)}
        priced.append(CaseFact(case["case_id"], "nominal_per_komponen", told))
    await write_facts(work.conn, work.session, priced, flow_run=work.run)
    return await excluded.fire(work)


async def _amount(work: Work, programme: str, period: int, members: Sequence[tuple[str, ...]], months: int) -> Amount:
    if programme == "PKH":
        return pkh_amount(
            members,
            period,
            per_year_rp=await policy(work.conn, "pkh.komponen"),
            limits=await policy(work.conn, "pkh.batas"),
            months=months,
        )
    return monthly_amount(await policy(work.conn, f"nominal.{programme}"), months)


async def hold_closing(work: Work) -> bool:
    """Let the KPA close the list: amounts are locked, the budget is drawn."""
    cases = [case["case_id"] for case in await work.in_state("penyaluran.calon")]
    late = [case["case_id"] for case in await work.in_state("penyaluran.susulan")]
    moved = await work.gate("closing", cases)
    return await work.gate("closing_susulan", late) or moved


async def hold_spp(work: Work) -> bool:
    """Let the PPK ask for payment of what passed OMSPAN or Pos's own check."""
    banks = await work.in_state("penyaluran.omspan_berhasil")
    pos = await work.in_state("penyaluran.danom_siap")
    known = await exclude_strangers(work, pos)
    moved = await work.gate("spp", [case["case_id"] for case in (*banks, *known)])
    return moved or len(known) < len(pos)


async def hold_spm(work: Work) -> bool:
    """Let the PPSPM order the payment; he is never the PPK of the same case."""
    cases = await work.in_state("penyaluran.spp")
    return await work.gate("spm", [case["case_id"] for case in cases])


async def hold_si(work: Work) -> bool:
    """Let the PPK instruct the banks, and hand Pos its part, once the money has left the treasury."""
    banks, pos = await by_channel(work, await work.in_state("penyaluran.sp2d"))
    moved = await work.gate("si", banks)
    return await work.gate("serah_pos", pos) or moved


async def hold_correction(work: Work) -> bool:
    """Let the PPK ask KPPN to redirect returned money, or order it back to kas negara."""
    cases = await work.in_state("penyaluran.retur")
    return await work.gate("ralat", [case["case_id"] for case in cases])


@batch_flow("penyaluran-tahap", timeout_seconds=6 * 3600)
async def penyaluran_tahap(batch: BatchId) -> State:
    """Carry one tahap of one programme in one kabupaten."""
    steps = (
        hold_tahap,
        price,
        hold_closing,
        route,
        list_at_pos,
        open_accounts,
        print_cards,
        check_accounts,
        test_in_omspan,
        hold_spp,
        hold_spm,
        pay,
        hold_si,
        credit,
        hold_correction,
        correct,
        return_money,
    )
    return await carry(batch, steps)
