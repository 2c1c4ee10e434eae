"""Pos's part of a tahap: its list of payees (danom). SPP, SPM and SP2D are those of the bank channel.

Whether a family was paid at the counter is said by Pos's officer, who brings card, face and place (P42): an order to
pay that is sent by itself could meet a payment that was made by hand. Source: domain sections 2.1 and 2.4 (P41, P51).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

from flows.answers import Answers
from flows.calls import Row, call_out
from flows.tahap_accounts import exclude_strangers, file_at, paired, payees_of
from flows.work import Work
from integrations.pos import DanomKurang, DanomRow, DanomSesuai
from models.penyaluran.queries import files, paper_number, papers

POS = "POS"

log = logging.getLogger("alur.flows")


async def by_channel(work: Work, cases: Sequence[Row]) -> tuple[list[int], list[int]]:
    """Return the cases in banks' files, and those in Pos's."""
    ids = [case["case_id"] for case in cases]
    async with work.seeing() as conn:
        filed = await files(conn, ids)
    return [i for i in ids if filed.get(i) != POS], [i for i in ids if filed.get(i) == POS]


async def danom_numbers(work: Work, cases: Sequence[int]) -> dict[int, str]:
    """Return under which number each case stands on Pos's list; missing are those without one, or with a shared one.

    A number clicked for many at once is nobody's own, and the treasury would pay all of them into one.
    """
    async with work.seeing() as conn:
        told = await papers(conn, cases, "id_danom")
    numbers = {case: number for case in cases if (number := paper_number(told.get(case)))}
    used = Counter(numbers.values())
    for number in (number for number, times in used.items() if times > 1):
        log.warning("batch %s: %s cases share the danom number %s", work.id, used[number], number)
    return {case: number for case, number in numbers.items() if used[number] == 1}


async def list_at_pos(work: Work) -> bool:
    """Put what was routed to Pos into its files and on its list; whichever bank had it before sees it no more."""
    cases = await work.in_state("penyaluran.pos_danom")
    if not cases:
        return False
    known = await exclude_strangers(work, cases)
    await file_at(work, {case["case_id"]: POS for case in known})
    people = await payees_of(work, known)

    def request_of(part: Sequence[Row]) -> list[DanomRow]:
        return [
            DanomRow(str(case["case_id"]), payee["nik"], payee["nama"], payee["alamat"])
            for case, payee in paired(part, people)
        ]

    async def apply(results: Sequence[DanomSesuai | DanomKurang]) -> bool:
        answers = Answers()
        for r in results:
            if isinstance(r, DanomSesuai):
                answers.add("penyaluran.danom_sesuai", r.id, id_danom={"nomor": r.id_danom})
            else:
                answers.add("penyaluran.danom_kurang", r.id, r.kode, laporan={"pos": r.kode})
        return await answers.fire(work, await work.service("pos", POS))

    there = [case for case in known if case["case_id"] in people]
    moved = await call_out(work, work.outside.pos.danom, there, request_of, apply)
    return moved or len(known) < len(cases)
