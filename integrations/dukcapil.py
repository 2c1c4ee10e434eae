"""Dukcapil: is this person who the form says, and alive. Answers come per person and per field.

Source: domain section 4.2, the Dukcapil element-matching service (RESPONSE_CODE 11 to 15, `Sesuai (87)`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Annotated, Final, Protocol

from pydantic import Field, PlainValidator, TypeAdapter

from integrations.codes import Teks, TeksBolehKosong
from integrations.http import JobClient
from integrations.jobs import Operation
from integrations.ports import JobPort
from integrations.wire import Envelope, rows_to_body

SCORE_MAX = 100
_MATCH: Final = re.compile(r"(Tidak )?Sesuai(?: \((\d{1,3})\))?")


class KodeDukcapil(IntEnum):
    """Why a person can't simply be taken as found; the numbers are Dukcapil's own."""

    meninggal = 11  # found, dead
    ganda = 12  # found, double
    tidak_ada = 13  # NIK not in the database
    nonaktif = 14  # found, inactive: the person must go to Dukcapil
    format_nik = 15  # not a NIK at all


NOT_COMPARED: Final = frozenset({KodeDukcapil.tidak_ada, KodeDukcapil.format_nik})


@dataclass(frozen=True, slots=True)
class FieldMatch:
    """One field compared with Dukcapil's record."""

    sesuai: bool
    """Dukcapil's own verdict; ours is the score against the threshold in policy."""
    skor: int | None
    """Similarity 0 to 100 for fuzzy fields (names), None for exact ones."""


def parse_match(text: object) -> FieldMatch:
    """Return the match written as `Sesuai`, `Tidak Sesuai` or either with a score, e.g. `Sesuai (87)`.

    Raises:
        ValueError: anything else.
    """
    found = _MATCH.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("neither Sesuai nor Tidak Sesuai")
    score = int(found[2]) if found[2] else None
    if score is not None and score > SCORE_MAX:
        raise ValueError("a score above 100")
    return FieldMatch(found[1] is None, score)


Match = Annotated[FieldMatch, PlainValidator(parse_match)]


@dataclass(frozen=True, slots=True)
class VerifikasiRow:
    """One person as our form has them."""

    id: str
    nik: str
    """As entered, also when it is no NIK: answer 15 says so."""
    no_kk: str
    nama: str
    tempat_lahir: str
    tanggal_lahir: date
    jenis_kelamin: int
    """1 laki-laki, 2 perempuan."""
    alamat: str | None = None


@dataclass(frozen=True, slots=True)
class VerifikasiResult:
    """One person as Dukcapil has them."""

    id: str
    kode: KodeDukcapil | None
    """None: found, alive, active, one record."""
    versi_layanan: Teks
    """Version of the service that answered; kept with the reply."""
    nik: Annotated[Match | None, Field(validation_alias="NIK")] = None
    no_kk: Annotated[Match | None, Field(validation_alias="NO_KK")] = None
    nama: Annotated[Match | None, Field(validation_alias="NAMA_LGKP")] = None
    tempat_lahir: Annotated[Match | None, Field(validation_alias="TMPT_LHR")] = None
    tanggal_lahir: Annotated[Match | None, Field(validation_alias="TGL_LHR")] = None
    jenis_kelamin: Annotated[Match | None, Field(validation_alias="JENIS_KLMIN")] = None
    pekerjaan: TeksBolehKosong | None = None
    """JENIS_PKRJN as Dukcapil has it."""
    kode_desa: Annotated[str, Field(pattern=r"^[0-9]{10}$")] | None = None
    """Where Dukcapil says the person lives: Kemendagri code, ten digits."""

    def __post_init__(self) -> None:
        compared = (self.nik, self.no_kk, self.nama, self.tempat_lahir, self.tanggal_lahir, self.jenis_kelamin)
        if self.kode not in NOT_COMPARED and None in compared:
            raise ValueError("a found person comes with every field compared")


class DukcapilPort(Protocol):
    """What we ask of Dukcapil."""

    @property
    def verifikasi(self) -> JobPort[Sequence[VerifikasiRow], VerifikasiResult]:
        """Compare people field by field. Usually finished in the answer to the PUT."""


# Built once: making one takes milliseconds.
_VERIFIKASI: Final = TypeAdapter(Envelope[VerifikasiResult])


class Dukcapil:
    """Dukcapil over HTTP."""

    def __init__(self, client: JobClient) -> None:
        self.verifikasi: Operation[Sequence[VerifikasiRow], VerifikasiResult] = Operation(
            client, "dukcapil/verifikasi", rows_to_body, _VERIFIKASI
        )
