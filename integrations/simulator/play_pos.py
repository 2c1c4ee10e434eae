"""PT Pos as played: lists of payees and payment in cash (domain sections 2.1, 2.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from integrations.simulator.contract import Row, Rupiah, Text
from integrations.simulator.luck import digits, split
from integrations.simulator.names import same_name
from integrations.simulator.population import Person
from integrations.simulator.world import World, scenario_unknown

DANOM_SHARES = {"EX_DATA": 0.7, "EX_PINDAH": 0.3}
DANOM_CODES = {"EX_DATA", "EX_MENINGGAL", "EX_PINDAH"}
NOT_PAID = {"tidak_hadir", "alamat", "identitas", "meninggal"}


@dataclass(frozen=True, slots=True)
class DanomRow(Row):
    """One payee for the list."""

    nik: Text
    nama: Text
    alamat: Text


@dataclass(frozen=True, slots=True)
class BayarRow(Row):
    """One payee to invite and pay."""

    id_danom: Text
    nik: Text
    nama: Text
    nominal_rp: Rupiah


def danom(world: World, rows: Sequence[DanomRow]) -> list[dict[str, Any]]:
    """Put payees on the list."""
    niks = [row.nik for row in rows]
    people = world.population.persons(niks)
    meetings = world.meet("danom", world.person_subjects(niks, people))
    odds = split(world.rates.danom_kurang, DANOM_SHARES)
    answers = []
    for row, meeting in zip(rows, meetings, strict=True):
        outcome = world.outcome(meeting, _danom_truth(row, people.get(row.nik)), odds, "sesuai")
        if outcome == "sesuai":
            id_danom = "DNM" + digits(12, "danom", world.key, row.id)
            answers.append({"id": row.id, "hasil": "sesuai", "id_danom": id_danom})
        elif outcome in DANOM_CODES:
            answers.append({"id": row.id, "hasil": "kurang", "kode": outcome})
        else:
            raise scenario_unknown(meeting, outcome)
    return answers


def _danom_truth(row: DanomRow, person: Person | None) -> str | None:
    if person is None or not same_name(row.nama, person.nama):
        return "EX_DATA"
    return "EX_MENINGGAL" if person.status == "meninggal" else None


def bayar(world: World, rows: Sequence[BayarRow]) -> list[dict[str, Any]]:
    """Pay in cash those who come and are who they say."""
    niks = [row.nik for row in rows]
    people = world.population.persons(niks)
    meetings = world.meet("bayar", world.person_subjects(niks, people))
    rates = world.rates
    odds = [("tidak_hadir", rates.pos_tidak_hadir), ("alamat", rates.pos_alamat), ("identitas", rates.pos_identitas)]
    answers = []
    for row, meeting in zip(rows, meetings, strict=True):
        person = people.get(row.nik)
        truth = "meninggal" if person is not None and person.status == "meninggal" else None
        if person is None or not same_name(row.nama, person.nama):
            truth = "identitas"
        outcome = world.outcome(meeting, truth, odds, "dibayar")
        if outcome == "dibayar":
            answers.append({"id": row.id, "hasil": "dibayar", "tanggal": world.today.isoformat()})
        elif outcome in NOT_PAID:
            answers.append({"id": row.id, "hasil": outcome})
        else:
            raise scenario_unknown(meeting, outcome)
    return answers
