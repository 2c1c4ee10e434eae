"""A bank as played: credit money, let it bounce or be used later, return it (domain sections 2.1, 2.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from integrations.simulator import feed
from integrations.simulator.contract import Row, Rows, Rupiah, Text, slices
from integrations.simulator.luck import Odds, fraction, letters, split
from integrations.simulator.play_accounts import RK_CODES, RK_SHARES, refusal
from integrations.simulator.world import Meeting, World, account_fault, scenario_unknown

CREDITED = {"sukses", "tidak_transaksi", "retur", "kurang", "lebih"}
DIFFERENCE_RP = 50_000
"""How far a wrong sum is off unless the scenario says so."""
RETUR_SHARES = {"retur:RK_PASIF": 0.5, "retur:RK_TUTUP": 0.3, "retur:RK_NAMA": 0.2}
EMPTIED_SHARE = 0.7
"""Of those who use their money, so many take all of it at once."""


@dataclass(frozen=True, slots=True)
class SiRow(Row):
    """One credit to make."""

    nomor_rekening: Text
    nama: Text
    nominal_rp: Rupiah


class SiBody(Rows[SiRow]):
    """The order to credit money."""

    nomor_si: Text
    nomor_sp2d: Text


@dataclass(frozen=True, slots=True)
class SetorRow(Row):
    """One sum to return."""

    nominal_rp: Rupiah


@dataclass(frozen=True, slots=True)
class _Credit:
    """One credit made, and the news it will be in."""

    row: SiRow
    hasil: str
    nominal_rp: int
    news: dict[str, Any] | None


def si(world: World, body: SiBody) -> list[dict[str, Any]]:
    """Credit every row that can be credited, and let the news about it follow."""
    return [answer for rows in slices(body.baris) for answer in _si_slice(world, body.nomor_si, rows)]


def _si_slice(world: World, nomor_si: str, rows: Sequence[SiRow]) -> list[dict[str, Any]]:
    numbers = [row.nomor_rekening for row in rows]
    accounts = world.accounts(numbers)
    meetings = world.meet("si", world.account_subjects(numbers, accounts))
    odds = _odds(world)
    answers: list[dict[str, Any]] = []
    credits_: list[_Credit] = []
    for row, meeting in zip(rows, meetings, strict=True):
        truth = account_fault(accounts.get(row.nomor_rekening), world.bank, row.nama)
        outcome = world.outcome(meeting, "SI_BEDA_DATA" if truth == "RK_NAMA" else truth, odds, "sukses")
        if outcome == "SI_BEDA_DATA":
            answers.append({"id": row.id, "hasil": "beda", "kode": outcome})
        elif outcome.partition(":")[0] in CREDITED:
            credit = _credit(world, nomor_si, row, meeting, outcome)
            credits_.append(credit)
            valued = {"tanggal_valuta": world.today.isoformat(), "nominal_rp": credit.nominal_rp}
            answers.append({"id": row.id, "hasil": credit.hasil, **valued})
        else:
            answers.append(refusal(row.id, meeting, outcome, RK_CODES))
    _book(world, nomor_si, credits_)
    return answers


def _odds(world: World) -> Odds:
    rates = world.rates
    return [
        ("SI_BEDA_DATA", rates.si_beda),
        *split(rates.si_gagal, RK_SHARES),
        ("kurang", rates.si_kurang),
        ("lebih", rates.si_lebih),
        *split(rates.retur_terlambat, RETUR_SHARES),
        ("tidak_transaksi", rates.tidak_transaksi),
    ]


def _credit(world: World, nomor_si: str, row: SiRow, meeting: Meeting, outcome: str) -> _Credit:
    word, _, detail = outcome.partition(":")
    nominal_rp = row.nominal_rp
    news: dict[str, Any] | None = {"jenis": "transaksi", "id": row.id, "nomor_si": nomor_si}
    if word in {"kurang", "lebih"}:
        if detail and not (detail.isdigit() and int(detail) > 0):
            raise scenario_unknown(meeting, outcome)
        difference_rp = int(detail) if detail else DIFFERENCE_RP
        nominal_rp = max(nominal_rp - difference_rp, 0) if word == "kurang" else nominal_rp + difference_rp
    elif word == "retur":
        if detail not in RK_CODES:
            raise scenario_unknown(meeting, outcome)
        news = {"jenis": "retur", "id": row.id, "nomor_si": nomor_si, "kode": detail}
    elif word == "tidak_transaksi":
        news = None
    if news is not None and news["jenis"] == "transaksi":
        news["saldo_sisa_rp"] = _left_over_rp(world, row.nomor_rekening, meeting.attempt, nominal_rp)
    return _Credit(row, word if word in {"kurang", "lebih"} else "sukses", nominal_rp, news)


def _left_over_rp(world: World, number: str, attempt: int, nominal_rp: int) -> int:
    luck = fraction(world.rates.seed, "saldo", number, attempt)
    if luck < EMPTIED_SHARE:
        return 0
    return int(nominal_rp * (luck - EMPTIED_SHARE)) // 1000 * 1000


def _book(world: World, nomor_si: str, credits_: list[_Credit]) -> None:
    db = world.store.db
    db.executemany(
        "INSERT INTO credit (bank, nomor_si, id, key, nominal_rp) VALUES (?, ?, ?, ?, ?)",
        ((world.bank, nomor_si, credit.row.id, world.key, credit.nominal_rp) for credit in credits_),
    )
    news = [credit.news for credit in credits_ if credit.news is not None]
    feed.schedule(db, world.bank, world.rates.delay_s, news)


def setor(world: World, rows: Sequence[SetorRow]) -> list[dict[str, Any]]:
    """Return every sum to kas negara, each with its own receipt number (NTPN, 16 characters)."""
    return [
        {"id": row.id, "hasil": "disetor", "ntpn": letters(16, "ntpn", world.bank, world.key, row.id)} for row in rows
    ]
