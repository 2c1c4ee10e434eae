"""The treasury as played: OMSPAN tests payees, SPAN pays SPMs and takes corrections (domain sections 2.1, 2.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from integrations.simulator.contract import POS, BankName, PayerName, Row, Rows, Rupiah, Text, slices
from integrations.simulator.luck import digits, split
from integrations.simulator.play_accounts import KKS_CODES, RK_CODES, RK_SHARES, refusal
from integrations.simulator.population import Account
from integrations.simulator.world import World, account_fault, scenario_unknown

SP2D_DIGITS = 15
OMSPAN_SHARES = {
    "RK_PASIF": 0.3,
    "RK_NAMA": 0.2,
    "KKS_BELUM_BAGI": 0.2,
    "KKS_BELUM_CETAK": 0.1,
    "KKS_RUSAK": 0.1,
    "KKS_HILANG": 0.1,
}
SPM_NOTE = "data SPM tidak sesuai dengan SPP"
SRPR_NOTE = "rekening koran tidak sesuai"


@dataclass(frozen=True, slots=True)
class UjiRow(Row):
    """One payee to test."""

    nomor_rekening: Text
    bank: BankName
    nama: Text
    nik: Text


@dataclass(frozen=True, slots=True)
class SpmRow(Row):
    """One line of an SPM."""

    nominal_rp: Rupiah
    nomor_rekening: Text
    bank: PayerName


class SpmBody(Rows[SpmRow]):
    """One order to pay."""

    nomor_spp: Text
    nomor_spm: Text
    tahun: Annotated[int, Field(ge=2000, le=2999)]
    program: Text


@dataclass(frozen=True, slots=True)
class SrprRow(Row):
    """One corrected payee."""

    nomor_rekening: Text
    bank: BankName
    nama: Text


def uji(world: World, rows: Sequence[UjiRow]) -> list[dict[str, Any]]:
    """Test payees: account, name, and by chance the card."""
    numbers = [row.nomor_rekening for row in rows]
    accounts = world.accounts(numbers)
    meetings = world.meet("uji", world.account_subjects(numbers, accounts))
    odds = split(world.rates.omspan_gagal, OMSPAN_SHARES)
    answers = []
    for row, meeting in zip(rows, meetings, strict=True):
        account = accounts.get(row.nomor_rekening)
        truth = account_fault(account, row.bank, row.nama)
        if truth is None and account is not None and account.nik != row.nik:
            truth = "RK_NAMA"  # the account belongs to a namesake
        outcome = world.outcome(meeting, truth, odds, "valid")
        if outcome == "valid":
            answers.append({"id": row.id, "hasil": "valid"})
        else:
            answers.append(refusal(row.id, meeting, outcome, RK_CODES | KKS_CODES))
    return answers


def spm(world: World, body: SpmBody) -> list[dict[str, Any]]:
    """Refuse the whole SPM, or pay its lines under one SP2D, refusing single lines."""
    note = _spm_refusal(world, body)
    if note is not None:
        return [{"id": row.id, "hasil": "ditolak", "catatan": note} for row in body.baris]
    paid = {
        "hasil": "cair",
        "nomor_sp2d": digits(SP2D_DIGITS, "sp2d", body.tahun, body.nomor_spm),
        "tanggal": world.today.isoformat(),
    }
    return [answer for rows in slices(body.baris) for answer in _pay_lines(world, rows, paid)]


def _pay_lines(world: World, rows: Sequence[SpmRow], paid: dict[str, Any]) -> list[dict[str, Any]]:
    numbers = [row.nomor_rekening for row in rows]
    accounts = world.accounts(numbers)
    meetings = world.meet("spm", world.account_subjects(numbers, accounts))
    odds = split(world.rates.spm_baris_ditolak, RK_SHARES)
    answers = []
    for row, meeting in zip(rows, meetings, strict=True):
        truth = _line_fault(row, accounts.get(row.nomor_rekening))
        outcome = world.outcome(meeting, truth, odds, "cair")
        if outcome == "cair":
            answers.append({"id": row.id, **paid})
        else:
            answers.append({**refusal(row.id, meeting, outcome, RK_CODES), "hasil": "baris_ditolak"})
    return answers


def _spm_refusal(world: World, body: SpmBody) -> str | None:
    (meeting,) = world.meet("spm", [[body.nomor_spm, body.nomor_spp, body.program]])
    outcome = world.outcome(meeting, None, [("ditolak", world.rates.spm_ditolak)], "cair")
    word, _, note = outcome.partition(":")
    if word not in {"cair", "ditolak"}:
        raise scenario_unknown(meeting, outcome)
    return (note or SPM_NOTE) if word == "ditolak" else None


def _line_fault(row: SpmRow, account: Account | None) -> str | None:
    """Return what the treasury itself sees of an account: known, at that bank, not closed.

    A dormant or blocked account bounces later, at the bank. Pos pays in cash: its lines name a danom, no account.
    """
    fault = None if row.bank == POS else account_fault(account, row.bank)
    return fault if fault in {"RK_NOMOR", "RK_BANK", "RK_TUTUP"} else None


def srpr(world: World, rows: Sequence[SrprRow]) -> list[dict[str, Any]]:
    """Take corrections whose account can now be paid to."""
    numbers = [row.nomor_rekening for row in rows]
    accounts = world.accounts(numbers)
    meetings = world.meet("srpr", world.account_subjects(numbers, accounts))
    answers: list[dict[str, Any]] = []
    for row, meeting in zip(rows, meetings, strict=True):
        fault = account_fault(accounts.get(row.nomor_rekening), row.bank, row.nama)
        truth = f"ditolak:{fault}" if fault else None
        outcome = world.outcome(meeting, truth, [("ditolak", world.rates.srpr_ditolak)], "diterima")
        word, _, note = outcome.partition(":")
        if word == "diterima":
            number = digits(SP2D_DIGITS, "sp2d-retur", world.key, row.id)
            answers.append({"id": row.id, "hasil": "diterima", "nomor_sp2d_retur": number})
        elif word == "ditolak":
            answers.append({"id": row.id, "hasil": "ditolak", "catatan": note or SRPR_NOTE})
        else:
            raise scenario_unknown(meeting, outcome)
    return answers
