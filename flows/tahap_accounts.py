"""Steps of a tahap before the treasury: which channel, accounts opened and tested, cards, the OMSPAN test."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from flows.answers import Answers
from flows.calls import Row, call_out, editions_asked
from flows.work import Work
from integrations.bank_accounts import (
    BurekolBerhasil,
    BurekolGagal,
    BurekolRow,
    CekRekeningRow,
    KartuDicetak,
    KartuGagal,
    KartuRow,
    RekeningAktif,
    RekeningGagal,
)
from integrations.codes import BANKS, Bank
from integrations.omspan import UjiGagal, UjiRow, UjiValid
from models.batch import commands as batches
from models.case.commands import CaseFact, write_facts
from models.penyaluran.queries import card_refusals, files
from models.penyaluran.rules import ordered_again
from models.policy.queries import now, policy
from models.register.commands import note_judged, save_accounts
from models.register.queries import accounts, payees, strangers

log = logging.getLogger("alur.flows")


async def by_bank(work: Work, cases: Sequence[Row]) -> dict[Bank, list[Row]]:
    """Sort cases by the bank in whose files they are."""
    async with work.seeing() as conn:
        filed = await files(conn, [case["case_id"] for case in cases])
    return {bank: [case for case in cases if filed.get(case["case_id"]) == bank] for bank in BANKS}


async def file_at(work: Work, payers: Mapping[int, str]) -> None:
    """Put each case into the files of its payer (a bank or ``POS``); who had it before sees it no more."""
    async with work.seeing() as conn:
        filed = await files(conn, list(payers))
    handed: dict[str, list[int]] = {}
    for case, payer in payers.items():
        if filed.get(case) != payer:
            handed.setdefault(payer, []).append(case)
    for payer, ids in sorted(handed.items()):
        await batches.hand_to(work.conn, work.session, payer, ids)


async def payees_of(work: Work, cases: Sequence[Row], *, tested: bool = False) -> dict[int, Row]:
    """Return the payee of each case's family, by case, with the account last opened for him.

    With `tested`, with the account that its bank found active, at the bank in whose files the case is: another one may
    know the number of an account elsewhere as a stranger's.
    """
    households = [case["household_id"] for case in cases]
    async with work.seeing() as conn:
        filed = await files(conn, [case["case_id"] for case in cases]) if tested else {}
        known = await payees(conn, households, banks=[filed.get(case["case_id"]) for case in cases] if tested else None)
    return {case["case_id"]: known[case["household_id"]] for case in cases if case["household_id"] in known}


def payable(cases: Sequence[Row], people: Mapping[int, Row]) -> list[Row]:
    """Keep the cases whose payee lives and has an account; the others wait for people and hold nobody."""
    return [case for case in cases if (payee := people.get(case["case_id"])) and payee["number"]]


def by_account(cases: Sequence[Row], people: Mapping[int, Row]) -> list[Row]:
    """Ask about the account that each payee has now: an answer about the one before says nothing of it."""
    return [case | {"edition": people[case["case_id"]]["account_id"]} for case in cases]


async def _by_payee(work: Work, path: str, cases: Sequence[Row], people: Mapping[int, Row]) -> list[Row]:
    """Ask for whom each family is paid through now: an account that was opened for the one before is not his.

    A question of a release that noted nobody stays what it is; a second one would open a second account.
    """
    unnamed = {case for case, edition in (await editions_asked(work, path, cases)).items() if edition is None}
    return [
        case | {"edition": None if case["case_id"] in unnamed else people[case["case_id"]]["person_id"]}
        for case in cases
    ]


async def as_ordered(
    work: Work, path: str, cases: Sequence[Row], people: Mapping[int, Row]
) -> tuple[list[Row], dict[int, Row]]:
    """Keep an order about money that is out to the account that it names; whoever mends it changes a later order.

    Such an order is asked for until its answer is there, whatever became of account and payee here, for it may be done;
    one that turns out never to have arrived goes into no account that was closed meanwhile (``closed``). Returns the
    cases that there is an account or an order to ask about, and their payees with it.
    """
    out = await editions_asked(work, path, cases)
    async with work.seeing() as conn:
        named = await accounts(conn, [account for account in out.values() if account])
    asked: list[Row] = []
    paid: dict[int, Row] = {}
    for case in cases:
        number, order = case["case_id"], named.get(out.get(case["case_id"]) or 0)
        found = people.get(number, {}) | (order or {})
        if found:
            paid[number] = found
        if number in out:
            asked.append(
                case | {"edition": out[number], "closed": not (order["open"] if order else found.get("number"))}
            )
        elif found.get("number"):
            asked.append(case | {"edition": found["account_id"]})
    return asked, paid


async def note_accounts(work: Work, people: Mapping[int, Row], ids: Sequence[str], status: str) -> None:
    """Note what a bank said of the accounts of these rows: those that `people` names for the cases."""
    asked = [people[int(row)] for row in ids if int(row) in people]
    told = [(payee["household_id"], payee["number"]) for payee in asked if payee["number"]]
    await note_judged(work.conn, work.session, told, status)


def paired(cases: Sequence[Row], people: Mapping[int, Row]) -> Iterator[tuple[Row, Row]]:
    """Yield each case with its payee."""
    return ((case, people[case["case_id"]]) for case in cases)


async def exclude_strangers(work: Work, cases: Sequence[Row]) -> list[Row]:
    """Take out of the list whose payee was edited into somebody else since the family was decided; return the rest.

    Who edits a family alone must not lead its money elsewhere: a proposal that somebody else decides (identity mended,
    another payee) comes first, and the family follows in a later round.
    """
    edited = await strangers(work.conn, work.session, [case["household_id"] for case in cases])
    found = {"sumber": "register", "temuan": "pengurus_berubah", "tanggal": str((await now(work.conn)).date())}
    excluded = Answers()
    for case in cases:
        if case["household_id"] in edited:
            excluded.add("penyaluran.kecualikan", case["case_id"], "EX_ANOMALI", sumber_temuan=found)
    await excluded.fire(work)
    return [case for case in cases if case["household_id"] not in edited]


async def without_strangers(work: Work, cases: Sequence[Row], people: Mapping[int, Row]) -> list[Row]:
    """The same for those whose account no bank has found active yet: one that is, belongs to whom its bank knows."""
    unproved = [case for case in cases if people[case["case_id"]]["account_status"] != "aktif"]
    known = {case["case_id"] for case in await exclude_strangers(work, unproved)}
    return [c for c in cases if c["case_id"] in known or people[c["case_id"]]["account_status"] == "aktif"]


async def route(work: Work) -> bool:
    """Send each closed case on its way: to the account test where an account exists, else to burekol."""
    cases = await work.in_state("penyaluran.siap_salur")
    if not cases:
        return False
    people = await payees_of(work, cases)
    default = await policy(work.conn, "bank.penyalur", region=work.place) or "BRI"
    there = [case for case in cases if case["case_id"] in people]
    known = await without_strangers(work, there, people)
    tested: list[CaseFact] = []
    opened: list[CaseFact] = []
    banks: dict[int, str] = {}
    for case, payee in paired(known, people):
        bank = banks[case["case_id"]] = payee["bank"] or default
        if payee["account_id"] and payee["account_status"] in {"aktif", "belum_diuji"}:
            tested.append(CaseFact(case["case_id"], "rekening", {"rekening": payee["account_id"], "bank": bank}))
        else:
            opened.append(CaseFact(case["case_id"], "batch_bank", {"bank": bank, "batch": work.id}))
    await file_at(work, banks)
    outcomes = await work.move("penyaluran.uji_rekening", [f.case for f in tested], case_facts=tested)
    outcomes += await work.move("penyaluran.kirim_burekol", [f.case for f in opened], case_facts=opened)
    return len(known) < len(there) or any(outcome.done for outcome in outcomes)


async def open_accounts(work: Work) -> bool:
    """Burekol: ask each bank to open accounts for payees without one."""
    cases = await work.in_state("penyaluran.burekol_proses")
    if not cases:
        return False
    people = await payees_of(work, cases)
    there = [case for case in cases if case["case_id"] in people]
    cases = await exclude_strangers(work, there)
    households = {case["case_id"]: case["household_id"] for case in cases}
    moved = len(cases) < len(there)
    for bank, filed in (await by_bank(work, cases)).items():
        mine = await _by_payee(work, work.outside.banks[bank].burekol.path, filed, people)

        def request_of(part: Sequence[Row]) -> list[BurekolRow]:
            return [
                BurekolRow(str(case["case_id"]), payee["nik"], payee["nama"], payee["alamat"])
                for case, payee in paired(part, people)
            ]

        async def apply(results: Sequence[BurekolBerhasil | BurekolGagal], bank: Bank = bank) -> bool:
            made = [r for r in results if isinstance(r, BurekolBerhasil) and int(r.id) in households]
            saved = await save_accounts(
                work.conn,
                work.session,
                [
                    {
                        "household_id": households[int(r.id)],
                        "person_id": people[int(r.id)]["person_id"],
                        "bank": bank,
                        "number": r.nomor_rekening,
                        "cif": r.cif,
                        "status": "belum_diuji",
                    }
                    for r in made
                ],
            )
            answers = Answers()
            for r in results:
                account = saved.get(households.get(int(r.id), 0))
                if isinstance(r, BurekolGagal):
                    refused = {"bank": bank, "kode": r.kode}
                    answers.add("penyaluran.burekol_tolak", r.id, r.kode, berkas_bank=refused)
                elif account is not None:
                    opened = {"rekening": account}
                    answers.add("penyaluran.burekol_jadi", r.id, nomor_rekening=opened, cif=opened)
            return await answers.fire(work, await work.service("bank", bank))

        moved = await call_out(work, work.outside.banks[bank].burekol, mine, request_of, apply) or moved
    return moved


async def print_cards(work: Work) -> bool:
    """Ask each bank to print the cards of accounts just opened; handing them out is people's work.

    No rule leads from a card that could not be printed: the refusal stays with the case as a fact, and the card is
    ordered anew after a pause (policy ``kartu.ulang_hari``), each time longer, until it is printed or people decide.
    """
    cases = await _due_cards(work, await work.in_state("penyaluran.burekol_berhasil"))
    if not cases:
        return False
    people = await payees_of(work, cases)
    orders = {case["case_id"]: (case["edition"] or 0) + 1 for case in cases}
    moved = False
    for bank, mine in (await by_bank(work, payable(cases, people))).items():

        def request_of(part: Sequence[Row]) -> list[KartuRow]:
            return [KartuRow(str(case["case_id"]), people[case["case_id"]]["number"]) for case in part]

        async def apply(results: Sequence[KartuDicetak | KartuGagal], bank: Bank = bank) -> bool:
            answers = Answers()
            refused: list[CaseFact] = []
            for r in results:
                if isinstance(r, KartuDicetak):
                    told = {"akhir": r.nomor_kartu_tersamar[-4:]}
                    answers.add("penyaluran.kartu_dicetak", r.id, nomor_kartu_tersamar=told)
                else:
                    why = {"bank": bank, "kartu": "gagal", "kode": r.kode, "pesanan": orders[int(r.id)]}
                    refused.append(CaseFact(int(r.id), "berkas_bank", why))
            service = await work.service("bank", bank)
            if refused:
                await write_facts(work.conn, service, refused, flow_run=work.run)
                codes = Counter(fact.value["kode"] for fact in refused)
                told_codes = ", ".join(f"{code} {n}" for code, n in sorted(codes.items()))
                log.warning(
                    "batch %s: bank %s printed no card for %s cases: %s", work.id, bank, len(refused), told_codes
                )
            return await answers.fire(work, service)

        moved = await call_out(work, work.outside.banks[bank].kartu, mine, request_of, apply) or moved
    return moved


async def _due_cards(work: Work, cases: Sequence[Row]) -> list[Row]:
    """Keep the cases whose card may be ordered now; ``edition`` counts the orders refused so far, None before any."""
    pauses = await policy(work.conn, "kartu.ulang_hari", region=work.place)
    at = await now(work.conn)
    async with work.seeing() as conn:
        refused = await card_refusals(conn, [case["case_id"] for case in cases])
    due: list[Row] = []
    for case in cases:
        last = refused.get(case["case_id"])
        if last is None:
            due.append(case | {"edition": None})
        elif at >= ordered_again(last["times"], last["at"], pauses):
            due.append(case | {"edition": last["times"]})
    return due


async def check_accounts(work: Work) -> bool:
    """Ask each bank whether the account is active and the name agrees."""
    cases = await work.in_state("penyaluran.cek_rekening")
    if not cases:
        return False
    people = await payees_of(work, cases)
    there = payable(cases, people)
    cases = by_account(await without_strangers(work, there, people), people)
    # A mended account may be at another bank than the one that failed.
    await file_at(work, {case["case_id"]: people[case["case_id"]]["bank"] for case in cases})
    moved = len(cases) < len(there)
    for bank, mine in (await by_bank(work, cases)).items():

        def request_of(part: Sequence[Row]) -> list[CekRekeningRow]:
            return [
                CekRekeningRow(str(case["case_id"]), payee["number"], payee["nama"])
                for case, payee in paired(part, people)
            ]

        async def apply(results: Sequence[RekeningAktif | RekeningGagal], bank: Bank = bank) -> bool:
            answers = Answers()
            for r in results:
                if isinstance(r, RekeningAktif):
                    answers.add("penyaluran.rekening_aktif", r.id, balasan_uji={"bank": bank, "hasil": "aktif"})
                else:
                    told = {"bank": bank, "hasil": r.kode}
                    answers.add("penyaluran.rekening_gagal", r.id, r.kode, balasan_uji=told)
            for status, wanted in (("aktif", RekeningAktif), ("gagal", RekeningGagal)):
                await note_accounts(work, people, [r.id for r in results if isinstance(r, wanted)], status)
            return await answers.fire(work, await work.service("bank", bank))

        moved = await call_out(work, work.outside.banks[bank].cek_rekening, mine, request_of, apply) or moved
    return moved


async def test_in_omspan(work: Work) -> bool:
    """Let the treasury's monitor test account and payee; no money moves here."""
    cases = await work.in_state("penyaluran.omspan_proses")
    if not cases:
        return False
    people = await payees_of(work, cases, tested=True)

    def request_of(part: Sequence[Row]) -> list[UjiRow]:
        return [
            UjiRow(str(case["case_id"]), payee["number"], payee["bank"], payee["nama"], payee["nik"])
            for case, payee in paired(part, people)
        ]

    async def apply(results: Sequence[UjiValid | UjiGagal]) -> bool:
        answers = Answers()
        for r in results:
            if isinstance(r, UjiValid):
                answers.add("penyaluran.omspan_valid", r.id, berkas_omspan={"hasil": "valid"})
            else:
                answers.add("penyaluran.omspan_tolak", r.id, r.kode, berkas_omspan={"hasil": r.kode})
        return await answers.fire(work)

    asked = by_account(payable(cases, people), people)
    return await call_out(work, work.outside.omspan.uji, asked, request_of, apply)
