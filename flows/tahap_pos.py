"""Steps of a tahap that PT Pos takes: its list of payees (danom), and payment in cash.

Source: domain sections 2.1 (Pos) and 2.4 (P41, P51, P42, P43, P65). SPP, SPM and SP2D are those of the bank channel.
"""

from __future__ import annotations

from collections.abc import Sequence

from flows.answers import Answers
from flows.calls import Row, call_out
from flows.tahap_accounts import exclude_strangers, file_at, payees_of
from flows.work import Work
from integrations.pos import BayarRow, DanomKurang, DanomRow, DanomSesuai, Dibayar, TidakDibayar
from models.penyaluran.queries import amounts, files, paper_number, papers

POS = "POS"
_HINDERED = {"alamat": "POS_ALAMAT", "identitas": "POS_IDENTITAS", "meninggal": "POS_IDENTITAS"}
"""Why Pos did not pay whom it looked for. A death is put on record by whoever brings the certificate (P67)."""


async def by_channel(work: Work, cases: Sequence[Row]) -> tuple[list[int], list[int]]:
    """Return the cases in banks' files, and those in Pos's."""
    ids = [case["case_id"] for case in cases]
    async with work.seeing() as conn:
        filed = await files(conn, ids)
    return [i for i in ids if filed.get(i) != POS], [i for i in ids if filed.get(i) == POS]


async def danom_numbers(work: Work, cases: Sequence[int]) -> dict[int, str]:
    """Return under which number each case stands on Pos's list; those it does not know are missing."""
    async with work.seeing() as conn:
        told = await papers(conn, cases, "id_danom")
    return {case: number for case in cases if (number := paper_number(told.get(case)))}


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
            for case in part
            if (payee := people[case["case_id"]])
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


async def pay_cash(work: Work) -> bool:
    """Let Pos invite and pay who was handed to it; who did not come, or was not found, waits for people."""
    cases = await work.in_state("penyaluran.pos_undangan")
    if not cases:
        return False
    people = await payees_of(work, cases)
    ids = [case["case_id"] for case in cases]
    listed = await danom_numbers(work, ids)
    async with work.seeing() as conn:
        due = await amounts(conn, ids)

    def request_of(part: Sequence[Row]) -> list[BayarRow]:
        return [
            BayarRow(str(number), listed[number], payee["nik"], payee["nama"], due[number])
            for number in (case["case_id"] for case in part)
            if (payee := people[number])
        ]

    async def apply(results: Sequence[Dibayar | TidakDibayar]) -> bool:
        paid, absent, hindered = Answers(), Answers(), Answers()
        for r in results:
            if isinstance(r, Dibayar):
                # Photos and geotag stay in Pos's own record, which its number and the day name.
                record = {"pos": listed[int(r.id)], "tanggal": r.tanggal.isoformat()}
                paid.add("penyaluran.bayar_pos", r.id, ktp_kk=record, foto_wajah=record, geotag=record)
            elif r.hasil == "tidak_hadir":
                absent.add("penyaluran.catat_tidak_hadir", r.id, "POS_TIDAK_HADIR")
            else:
                hindered.add("penyaluran.catat_kendala", r.id, _HINDERED[r.hasil])
        pos = await work.service("pos", POS)
        moved = await paid.fire(work, pos)
        moved = await absent.fire(work, pos, note="Tidak hadir menurut laporan Pos.") or moved
        return await hindered.fire(work, pos, note=_told(results)) or moved

    there = [case for case in cases if case["case_id"] in people and case["case_id"] in listed]
    return await call_out(work, work.outside.pos.bayar, there, request_of, apply)


def _told(results: Sequence[Dibayar | TidakDibayar]) -> str:
    """Return what Pos said of those it could not pay, in the words of its report."""
    said = sorted({r.hasil for r in results if isinstance(r, TidakDibayar)} & _HINDERED.keys())
    return f"Laporan Pos: {', '.join(said)}."
