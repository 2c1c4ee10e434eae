"""The shapes that requests and answers have. Names are the domain's; examples stand in the OpenAPI page."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

CaseId = Annotated[int, Field(ge=1, le=2**63 - 1, description="Nomor dalam kasus / case id")]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]
Evidence = Annotated[
    dict[str, Any],
    Field(
        default_factory=dict,
        description="Bukti: jenis → isi / evidence: kind → value",
        examples=[{"berita_acara": {"nomor": "BA/12/2026"}, "daftar_hadir": {"hadir": 31}}],
    ),
]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Move(_Input):
    """Fire one trigger on one case."""

    trigger: Annotated[str, Field(max_length=80, examples=["usulan.teruskan"])]
    version: Annotated[Version | None, Field(description="Versi yang Anda lihat / the version you saw")] = None
    reason: Annotated[str | None, Field(max_length=40, examples=["BERKAS_KURANG"])] = None
    note: Annotated[str | None, Field(max_length=4000)] = None
    evidence: Evidence


class Pick(_Input):
    """One case of a set, with the version it was seen at."""

    id: CaseId
    version: Version | None = None


class BulkMove(_Input):
    """Fire one trigger on many cases: one decision, an outcome for each."""

    trigger: Annotated[str, Field(max_length=80, examples=["usulan.kirim"])]
    cases: Annotated[list[Pick], Field(min_length=1, max_length=10_000)]
    reason: Annotated[str | None, Field(max_length=40)] = None
    note: Annotated[str | None, Field(max_length=4000)] = None
    evidence: Evidence

    @model_validator(mode="after")
    def _each_once(self) -> BulkMove:
        ids = [case.id for case in self.cases]
        if len(set(ids)) != len(ids):
            raise ValueError("a case is named twice / satu kasus disebut dua kali")
        return self


class Preview(_Input):
    """What a bulk move would bring, without doing it."""

    trigger: Annotated[str, Field(max_length=80)]
    cases: Annotated[list[CaseId], Field(min_length=1, max_length=10_000)]
    reason: Annotated[str | None, Field(max_length=40)] = None
    kinds: Annotated[list[str], Field(max_length=20, description="Jenis bukti yang akan dilampirkan")] = []


class FactsIn(_Input):
    """Evidence about one case, without moving it."""

    evidence: Evidence
    note: Annotated[str | None, Field(max_length=4000)] = None


class ExceptIn(_Input):
    """What a decider says about one case of the list."""

    case: CaseId
    trigger: Annotated[str, Field(max_length=80, examples=["usulan.kembalikan_pengesahan"])]
    reason: Annotated[str | None, Field(max_length=40)] = None
    note: Annotated[str | None, Field(max_length=4000)] = None


class DecisionIn(_Input):
    """One person's decision about a list. The person is the token's, never the request's."""

    verdict: Annotated[str, Field(pattern="^(setuju|tolak)$", examples=["setuju"])]
    reason: Annotated[str | None, Field(max_length=40)] = None
    note: Annotated[str | None, Field(max_length=4000)] = None
    evidence: Evidence
    excepts: Annotated[list[ExceptIn], Field(max_length=10_000)] = []


class BatchIn(_Input):
    """Open a tahap: one programme, one period, one kabupaten."""

    kind: Annotated[str, Field(pattern="^tahap$", examples=["tahap"])]
    region: Annotated[int, Field(ge=1101, le=9999, description="Kode kabupaten/kota, empat angka", examples=[3204])]
    programme: Annotated[str, Field(max_length=20, examples=["PKH"])]
    period: Annotated[int, Field(ge=202001, le=209912, description="Tahun dan nomor periode", examples=[202604])]


class MemberEdit(_Input):
    """Fields of one member that change; what is not named stays."""

    id: CaseId
    nik: Annotated[str | None, Field(pattern=r"^\d{16}$")] = None
    nama: Annotated[str | None, Field(min_length=1, max_length=120)] = None
    tempat_lahir: Annotated[str | None, Field(max_length=60)] = None
    tanggal_lahir: date | None = None
    jenis_kelamin: Annotated[int | None, Field(ge=1, le=2)] = None
    hubungan: Annotated[int | None, Field(ge=1, le=8)] = None
    pekerjaan: Annotated[int | None, Field(ge=1, le=99)] = None
    hamil: bool | None = None


class HouseholdEdit(_Input):
    """Fields of a family that change; what is not named stays. What stood before is kept."""

    version: Annotated[int, Field(ge=1, description="Versi yang Anda lihat / the version you saw")]
    no_kk: Annotated[str | None, Field(pattern=r"^\d{16}$")] = None
    alamat: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    rt: Annotated[str | None, Field(max_length=5)] = None
    rw: Annotated[str | None, Field(max_length=5)] = None
    members: Annotated[list[MemberEdit], Field(max_length=40)] = []


class AccountIn(_Input):
    """A corrected account of a family's payee; it is tested anew before anything is paid to it."""

    bank: Annotated[str, Field(pattern="^(BRI|BNI|BTN|MANDIRI|BSI)$")]
    number: Annotated[str, Field(pattern=r"^\d{10,16}$")]


class ClockIn(_Input):
    """Where the clock of a demo goes; forward only."""

    to: datetime
