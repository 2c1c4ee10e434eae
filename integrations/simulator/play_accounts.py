"""A bank as played: open accounts, print cards, test accounts (domain sections 2.3, 4.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from integrations.simulator.contract import Row, Text
from integrations.simulator.luck import digits, split
from integrations.simulator.names import same_name
from integrations.simulator.population import Account, Person
from integrations.simulator.world import Meeting, World, account_fault, scenario_unknown

ACCOUNT_DIGITS = {"BRI": 15, "BNI": 10, "BTN": 16, "MANDIRI": 13, "BSI": 10}
CARD_PREFIX = "601301"
ADULT_YEARS = 17
"""From this age a person has a KTP, without which no bank opens an account."""
BUREKOL_SHARES = {"BR_DATA": 0.8, "BR_GANDA_CIF": 0.15, "BR_USIA": 0.05}
RK_SHARES = {"RK_PASIF": 0.4, "RK_NAMA": 0.3, "RK_NOMOR": 0.1, "RK_TUTUP": 0.1, "RK_BLOKIR": 0.1}
RK_CODES = {*RK_SHARES, "RK_BANK"}
KKS_CODES = {"KKS_BELUM_CETAK", "KKS_BELUM_BAGI", "KKS_RUSAK", "KKS_HILANG"}


@dataclass(frozen=True, slots=True)
class BurekolRow(Row):
    """One person to open an account for."""

    nik: Text
    nama: Text
    alamat: Text


@dataclass(frozen=True, slots=True)
class KartuRow(Row):
    """One account to print a card for."""

    nomor_rekening: Text


@dataclass(frozen=True, slots=True)
class CekRow(Row):
    """One account to test."""

    nomor_rekening: Text
    nama: Text


def burekol(world: World, rows: Sequence[BurekolRow]) -> list[dict[str, Any]]:
    """Open accounts; a customer the bank knew already is refused once, then given the account they have."""
    niks = [row.nik for row in rows]
    people = world.population.persons(niks)
    held = world.accounts_of(niks)
    settled = world.store.attempts(_told(world), niks).keys() | {
        account.nik for account in world.store.accounts("nik", niks) if account.bank == world.bank
    }
    meetings = world.meet("burekol", world.person_subjects(niks, people))
    odds = split(world.rates.burekol_gagal, BUREKOL_SHARES)
    answers: list[dict[str, Any]] = []
    for row, meeting in zip(rows, meetings, strict=True):
        usable = held[row.nik] if row.nik in held and held[row.nik].status != "tutup" else None
        truth = _burekol_truth(row, people.get(row.nik), world.today)
        if truth is None and usable is not None:
            truth = "berhasil" if row.nik in settled else "BR_GANDA_CIF"
        outcome = world.outcome(meeting, truth, odds, "berhasil")
        if outcome in BUREKOL_SHARES:
            if outcome == "BR_GANDA_CIF":
                world.store.save_attempts(_told(world), {row.nik: 1})
            answers.append({"id": row.id, "hasil": "gagal", "kode": outcome})
            continue
        if outcome != "berhasil":
            raise scenario_unknown(meeting, outcome)
        account = usable
        if account is None:
            account = held[row.nik] = _new_account(world, row, held.get(row.nik))
            world.store.add_account(account)
        numbers = {"nomor_rekening": account.nomor_rekening, "cif": account.cif}
        answers.append({"id": row.id, "hasil": "berhasil", **numbers})
    return answers


def _told(world: World) -> str:
    """Return the name under which it is kept whom this bank has told that they are its customer."""
    return f"ganda_cif/{world.bank}"


def _burekol_truth(row: BurekolRow, person: Person | None, today: date) -> str | None:
    if person is None or person.status != "hidup" or not same_name(row.nama, person.nama):
        return "BR_DATA"
    born = date.fromisoformat(person.tanggal_lahir)
    if today.year - born.year - ((today.month, today.day) < (born.month, born.day)) < ADULT_YEARS:
        return "BR_USIA"
    return None


def _new_account(world: World, row: BurekolRow, closed: Account | None) -> Account:
    count, again = ACCOUNT_DIGITS[world.bank], 0
    number = digits(count, "rekening", world.bank, row.nik)
    while world.accounts([number]):  # a number once given is never given again
        again += 1
        number = digits(count, "rekening", world.bank, row.nik, again)
    cif = closed.cif if closed else digits(10, "cif", world.bank, row.nik)
    return Account(number, world.bank, row.nik, row.nama, cif, "aktif")


def kartu(world: World, rows: Sequence[KartuRow]) -> list[dict[str, Any]]:
    """Print cards for accounts that exist at this bank."""
    numbers = [row.nomor_rekening for row in rows]
    accounts = world.accounts(numbers)
    meetings = world.meet("kartu", world.account_subjects(numbers, accounts))
    answers = []
    for row, meeting in zip(rows, meetings, strict=True):
        truth = account_fault(accounts.get(row.nomor_rekening), world.bank)
        outcome = world.outcome(meeting, truth, (), "dicetak")
        if outcome == "dicetak":
            tail = digits(4, "kartu", row.nomor_rekening, meeting.attempt)
            card = f"{CARD_PREFIX}******{tail}"
            answers.append({"id": row.id, "hasil": "dicetak", "nomor_kartu_tersamar": card})
        else:
            answers.append(refusal(row.id, meeting, outcome, RK_CODES | KKS_CODES))
    return answers


def cek_rekening(world: World, rows: Sequence[CekRow]) -> list[dict[str, Any]]:
    """Test accounts against the name we believe the holder has."""
    numbers = [row.nomor_rekening for row in rows]
    accounts = world.accounts(numbers)
    meetings = world.meet("cek_rekening", world.account_subjects(numbers, accounts))
    odds = split(world.rates.rekening_gagal, RK_SHARES)
    answers = []
    for row, meeting in zip(rows, meetings, strict=True):
        truth = account_fault(accounts.get(row.nomor_rekening), world.bank, row.nama)
        outcome = world.outcome(meeting, truth, odds, "aktif")
        if outcome == "aktif":
            answers.append({"id": row.id, "hasil": "aktif"})
        else:
            answers.append(refusal(row.id, meeting, outcome, RK_CODES))
    return answers


def refusal(id_: str, meeting: Meeting, outcome: str, codes: set[str]) -> dict[str, Any]:
    """Return a refused row.

    Raises:
        Problem: the outcome is none of the codes (a scenario nobody can play).
    """
    if outcome not in codes:
        raise scenario_unknown(meeting, outcome)
    return {"id": id_, "hasil": "gagal", "kode": outcome}
