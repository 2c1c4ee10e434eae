"""Steps of a tahap at the treasury and after: SPM to SP2D, transfer orders, corrections, money going back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from flows.answers import Answers
from flows.calls import Row, call_out
from flows.tahap_accounts import as_ordered, by_bank, file_at, note_accounts, payees_of
from flows.tahap_pos import by_channel, danom_numbers
from flows.work import Work
from integrations.bank_credits import (
    Disetor,
    SetorRow,
    SiBeda,
    SiGagal,
    SiRow,
    SiSelisih,
    SiSukses,
    StandingInstruction,
)
from integrations.codes import Penyalur
from integrations.span import (
    SpmBarisDitolak,
    SpmCair,
    SpmDitolak,
    SpmRequest,
    SpmRow,
    SrprDiterima,
    SrprDitolak,
    SrprRow,
)
from models.batch import commands as batches
from models.penyaluran.queries import amounts, files, paper_number, papers
from models.penyaluran.rules import parse_period


async def pay(work: Work) -> bool:
    """Send each SPM to SPAN and take its SP2D, its refused lines, or its refusal."""
    cases = await work.in_state("penyaluran.proses_spm")
    if not cases:
        return False
    cases, numbers = await _paid_into(work, cases)
    ids = [case["case_id"] for case in cases]
    await batches.hand_to(work.conn, work.session, "KPPN", ids)
    async with work.seeing() as conn:
        due = await amounts(conn, ids)
        filed = await files(conn, ids)
        requests = await papers(conn, ids, "nomor_spp")
        orders = await papers(conn, ids, "nomor_spm")
    year, _ = parse_period(work.batch["period"])
    moved = False
    for order in sorted({paper_number(orders.get(case)) for case in ids}):
        mine = [case for case in cases if paper_number(orders.get(case["case_id"])) == order]

        def request_of(part: Sequence[Row], order: str = order) -> SpmRequest:
            return SpmRequest(
                nomor_spp=paper_number(requests.get(part[0]["case_id"])),
                nomor_spm=order,
                tahun=year,
                program=work.batch["programme"],
                rows=[
                    SpmRow(
                        str(case["case_id"]),
                        due[case["case_id"]],
                        numbers[case["case_id"]],
                        cast("Penyalur", filed[case["case_id"]]),
                    )
                    for case in part
                ],
            )

        async def apply(results: Sequence[SpmCair | SpmBarisDitolak | SpmDitolak]) -> bool:
            answers = Answers()
            for r in results:
                if isinstance(r, SpmCair):
                    number, day = {"nomor": r.nomor_sp2d}, {"tanggal": r.tanggal.isoformat()}
                    answers.add("penyaluran.terbitkan_sp2d", r.id, nomor_sp2d=number, tanggal=day)
                elif isinstance(r, SpmBarisDitolak):
                    answers.add("penyaluran.tolak_baris", r.id, r.kode)
                else:
                    answers.add("penyaluran.tolak_spm", r.id, "SPM_DITOLAK")
            note = next((r.catatan for r in results if isinstance(r, SpmDitolak)), "Baris ditolak SPAN.")
            return await answers.fire(work, await work.service("kppn", "KPPN"), note=note)

        moved = await call_out(work, work.outside.span.spm, mine, request_of, apply) or moved
    return moved


async def _paid_into(work: Work, cases: Sequence[Row]) -> tuple[list[Row], dict[int, str]]:
    """Return the cases that the treasury can pay, and what it pays each into.

    That is an account which its bank found active, or a number on Pos's list.
    """
    people = await payees_of(work, cases, tested=True)
    banks, pos = (set(ids) for ids in await by_channel(work, cases))
    listed = await danom_numbers(work, sorted(pos))
    asked, payees = await as_ordered(
        work, work.outside.span.spm.path, [case for case in cases if case["case_id"] in banks], people
    )
    at_pos = [case for case in cases if case["case_id"] in listed]
    return asked + at_pos, {case: payee["number"] for case, payee in payees.items()} | listed


async def credit(work: Work) -> bool:
    """Give each bank its transfer order and take the result line by line."""
    cases = await work.in_state("penyaluran.si")
    if not cases:
        return False
    people = await payees_of(work, cases, tested=True)
    ids = [case["case_id"] for case in cases]
    async with work.seeing() as conn:
        due = await amounts(conn, ids)
        orders = await papers(conn, ids, "nomor_si")
        paid = await papers(conn, ids, "nomor_sp2d")
    moved = False
    for bank, filed in (await by_bank(work, cases)).items():
        mine, payees = await as_ordered(work, work.outside.banks[bank].si.path, filed, people)
        lists: dict[tuple[str, str], list[Row]] = {}
        for case in mine:
            key = (paper_number(orders.get(case["case_id"])), paper_number(paid.get(case["case_id"])))
            lists.setdefault(key, []).append(case)
        for (order, sp2d), part in lists.items():

            def request_of(
                rows: Sequence[Row],
                order: str = order,
                sp2d: str = sp2d,
                bank: str = bank,
                payees: Mapping[int, Row] = payees,
            ) -> StandingInstruction:
                return StandingInstruction(
                    nomor_si=f"{order}-{bank}",
                    nomor_sp2d=sp2d,
                    rows=[
                        SiRow(
                            str(case["case_id"]),
                            payees[case["case_id"]]["number"],
                            payees[case["case_id"]]["nama"],
                            due[case["case_id"]],
                        )
                        for case in rows
                    ],
                )

            async def apply(
                results: Sequence[SiSukses | SiSelisih | SiBeda | SiGagal],
                bank: str = bank,
                payees: Mapping[int, Row] = payees,
            ) -> bool:
                await note_accounts(work, payees, [r.id for r in results if isinstance(r, SiGagal)], "gagal")
                return await _credited(results, bank).fire(work, await work.service("bank", bank))

            moved = await call_out(work, work.outside.banks[bank].si, part, request_of, apply) or moved
    return moved


def _credited(results: Sequence[SiSukses | SiSelisih | SiBeda | SiGagal], bank: str) -> Answers:
    answers = Answers()
    for r in results:
        if isinstance(r, SiSukses):
            day = {"tanggal": r.tanggal_valuta.isoformat()}
            answers.add("penyaluran.top_up", r.id, tanggal_valuta=day, nominal={"rupiah": r.nominal_rp})
        elif isinstance(r, SiSelisih):
            reason = "NOMINAL_KURANG" if r.hasil == "kurang" else "NOMINAL_LEBIH"
            answers.add("penyaluran.catat_selisih", r.id, reason, nominal={"rupiah": r.nominal_rp})
        else:
            trigger = "penyaluran.si_beda" if isinstance(r, SiBeda) else "penyaluran.gagal_kredit"
            answers.add(trigger, r.id, r.kode, berkas_bank={"bank": bank, "kode": r.kode})
    return answers


async def correct(work: Work) -> bool:
    """Ask KPPN to redirect returned money to the corrected account."""
    cases = await work.in_state("penyaluran.ralat_diajukan")
    if not cases:
        return False
    people = await payees_of(work, cases)
    asked, people = await as_ordered(work, work.outside.span.srpr.path, cases, people)

    def request_of(part: Sequence[Row]) -> list[SrprRow]:
        return [
            SrprRow(
                str(case["case_id"]),
                people[case["case_id"]]["number"],
                people[case["case_id"]]["bank"],
                people[case["case_id"]]["nama"],
            )
            for case in part
        ]

    async def apply(results: Sequence[SrprDiterima | SrprDitolak]) -> bool:
        # The account that KPPN redirects to is the one to pay from now on.
        accepted = [r.id for r in results if isinstance(r, SrprDiterima)]
        await note_accounts(work, people, accepted, "aktif")
        await file_at(work, {int(row): bank for row in accepted if (bank := people.get(int(row), {}).get("bank"))})
        answers = Answers()
        for r in results:
            if isinstance(r, SrprDiterima):
                answers.add("penyaluran.terima_ralat", r.id, nomor_sp2d_retur={"nomor": r.nomor_sp2d_retur})
            else:
                answers.add("penyaluran.tolak_ralat", r.id, "SRPR_DITOLAK")
        note = next((r.catatan for r in results if isinstance(r, SrprDitolak)), None)
        return await answers.fire(work, await work.service("kppn", "KPPN"), note=note)

    return await call_out(work, work.outside.span.srpr, asked, request_of, apply)


async def return_money(work: Work) -> bool:
    """Take each bank's receipt for money it returned to kas negara."""
    cases = await work.in_state("penyaluran.proses_setor")
    if not cases:
        return False
    async with work.seeing() as conn:
        due = await amounts(conn, [case["case_id"] for case in cases])
    moved = False
    for bank, mine in (await by_bank(work, cases)).items():

        def request_of(part: Sequence[Row]) -> list[SetorRow]:
            return [SetorRow(str(case["case_id"]), due[case["case_id"]]) for case in part]

        async def apply(results: Sequence[Disetor], bank: str = bank) -> bool:
            answers = Answers()
            for r in results:
                answers.add("penyaluran.bukti_setor", r.id, ntpn={"ntpn": r.ntpn})
            return await answers.fire(work, await work.service("bank", bank))

        moved = await call_out(work, work.outside.banks[bank].setor, mine, request_of, apply) or moved
    return moved
