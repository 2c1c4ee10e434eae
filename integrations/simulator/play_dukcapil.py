"""Dukcapil as played: compare a person with the record, field by field (domain sections 4.1, 4.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from integrations.simulator.contract import Row
from integrations.simulator.names import SAME_NAME_SCORE, name_score
from integrations.simulator.population import Person
from integrations.simulator.world import Meeting, World, scenario_unknown

SERVICE_VERSION = "simulator-1"
NIK_DIGITS = 16
WOMAN_DAY_OFFSET = 40
STATUS_CODES = {"ganda": 12, "meninggal": 11, "nonaktif": 14}
FOUND_CODES = {11, 12, 14}
NOT_FOUND_CODES = {13, 15}
FIELDS = ("NIK", "NO_KK", "NAMA_LGKP", "TMPT_LHR", "TGL_LHR", "JENIS_KLMIN")
STRANGE_NAME = "Tidak Sesuai (41)"


@dataclass(frozen=True, slots=True)
class VerifikasiRow(Row):
    """One person as the form has them."""

    nik: str
    no_kk: str
    nama: str
    tempat_lahir: str
    tanggal_lahir: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    jenis_kelamin: Annotated[int, Field(ge=1, le=2)]


def verifikasi(world: World, rows: Sequence[VerifikasiRow]) -> list[dict[str, Any]]:
    """Answer every row; chance plays no part, people are what the population says."""
    people = world.population.persons(row.nik for row in rows)
    meetings = world.meet("verifikasi", world.person_subjects([row.nik for row in rows], people))
    return [_answer(row, people.get(row.nik), meeting) for row, meeting in zip(rows, meetings, strict=True)]


def _answer(row: VerifikasiRow, person: Person | None, meeting: Meeting) -> dict[str, Any]:
    script = meeting.scripted
    if script is None:
        code = _code(row.nik, person)
    elif script in {"padan", "NAMA_BEDA", "KK_BEDA"}:
        code = None
    elif script.isdigit() and int(script) in FOUND_CODES | NOT_FOUND_CODES:
        code = int(script)
    else:
        raise scenario_unknown(meeting, script)
    head = {"id": row.id, "kode": code, "versi_layanan": SERVICE_VERSION}
    if code in NOT_FOUND_CODES:
        return head
    fields = _agree() if person is None or script == "padan" else _compare(row, person)
    if script == "NAMA_BEDA":
        fields["NAMA_LGKP"] = STRANGE_NAME
    if script == "KK_BEDA":
        fields["NO_KK"] = _word(same=False)
    lives = {"pekerjaan": person.pekerjaan, "kode_desa": person.kode_desa} if person else {}
    return {**head, **fields, **lives}


def _code(nik: str, person: Person | None) -> int | None:
    if not nik_valid(nik):
        return 15
    return 13 if person is None else STATUS_CODES.get(person.status)


def _agree() -> dict[str, str]:
    return {field: "Sesuai (100)" if field == "NAMA_LGKP" else "Sesuai" for field in FIELDS}


def _compare(row: VerifikasiRow, person: Person) -> dict[str, str]:
    score = name_score(row.nama, person.nama)
    same_place = row.tempat_lahir.strip().upper() == person.tempat_lahir.strip().upper()
    return {
        "NIK": _word(same=True),
        "NO_KK": _word(same=row.no_kk == person.no_kk),
        "NAMA_LGKP": f"{_word(same=score >= SAME_NAME_SCORE)} ({score})",
        "TMPT_LHR": _word(same=same_place),
        "TGL_LHR": _word(same=row.tanggal_lahir == person.tanggal_lahir),
        "JENIS_KLMIN": _word(same=row.jenis_kelamin == person.jenis_kelamin),
    }


def _word(*, same: bool) -> str:
    return "Sesuai" if same else "Tidak Sesuai"


def nik_valid(nik: str) -> bool:
    """Whether a text can be a NIK: 16 digits, a real date (women's days plus 40), a serial above 0000."""
    if len(nik) != NIK_DIGITS or not (nik.isascii() and nik.isdigit()) or nik.endswith("0000"):
        return False
    day, month, year = int(nik[6:8]), int(nik[8:10]), int(nik[10:12])
    day -= WOMAN_DAY_OFFSET if day > WOMAN_DAY_OFFSET else 0
    return any(_is_date(century + year, month, day) for century in (1900, 2000))


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
