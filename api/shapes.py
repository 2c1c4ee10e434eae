"""The shapes that requests and answers have. Names are the domain's; examples stand in the OpenAPI page."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from models.usulan.rules import WIB

_UNKEPT = re.compile("[\0\ud800-\udfff]")
"""NUL and halves of characters: JSON can say them, PostgreSQL's text cannot hold them."""
_DEPTH_MAX = 32
"""No form nests deeper; what is read back step by step must not run out of steps."""
_YEAR_MIN, _YEAR_MAX = 2000, 2099
"""A demo's clock goes no further: it cannot be put back, and years of five digits cannot be read."""


class Unfit(ValueError):
    """An input that fits its type and still cannot be taken; says why in both languages."""

    def __init__(self, text: str, text_en: str) -> None:
        super().__init__(text, text_en)
        self.text, self.text_en = text, text_en


def _kept(value: Any) -> Any:
    """Return what PostgreSQL can keep and JSON can tell again; a loop, because what is judged may nest deeply."""
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting:
        part, depth = waiting.pop()
        if isinstance(part, str):
            if _UNKEPT.search(part):
                raise Unfit("memuat tanda yang tidak dapat disimpan", "holds a sign that cannot be kept")
        elif isinstance(part, float) and not math.isfinite(part):
            raise Unfit("memuat bilangan yang bukan angka", "holds a number that is none")
        elif isinstance(part, (dict, list)):
            if depth == _DEPTH_MAX:
                raise Unfit(f"bersarang lebih dari {_DEPTH_MAX} lapis", f"nests deeper than {_DEPTH_MAX} levels")
            inner = [*part, *part.values()] if isinstance(part, dict) else part
            waiting += [(one, depth + 1) for one in inner]
    return value


def _filled(value: Any) -> Any:
    """Refuse an explicit null: what is not named stays, what is named cannot be emptied."""
    if value is None:
        raise Unfit("tidak dapat dikosongkan", "cannot be emptied")
    return value


def _zoned(moment: datetime) -> datetime:
    """Return a moment with its zone; without one it is western Indonesian time, wherever the server stands."""
    return moment if moment.tzinfo else moment.replace(tzinfo=WIB)


def _each_once(cases: Sequence[int]) -> None:
    if len(set(cases)) != len(cases):
        raise Unfit("satu kasus disebut dua kali", "a case is named twice")


def _in_order(since: datetime | None, until: datetime | None) -> None:
    if since is not None and until is not None and since >= until:
        raise Unfit("“from” harus sebelum “until”", "“from” must lie before “until”")


def _reachable(moment: datetime) -> datetime:
    if moment.year > _YEAR_MAX:
        raise Unfit(f"paling jauh tahun {_YEAR_MAX}", f"at most the year {_YEAR_MAX}")
    return moment


def _near(moment: datetime) -> datetime:
    if not _YEAR_MIN <= moment.year <= _YEAR_MAX:
        raise Unfit(f"antara tahun {_YEAR_MIN} dan {_YEAR_MAX}", f"between the years {_YEAR_MIN} and {_YEAR_MAX}")
    return moment


Text = Annotated[str, AfterValidator(_kept)]
Moment = Annotated[datetime, AfterValidator(_zoned)]
Near = Annotated[Moment, AfterValidator(_near)]
Number = Annotated[int, Field(ge=0, le=2**63 - 1)]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Period = Annotated[int, Field(ge=0, le=2**31 - 1)]
CaseId = Annotated[int, Field(ge=1, le=2**63 - 1, description="Nomor dalam kasus / case id")]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]
Kind = Annotated[Text, Field(min_length=1, max_length=80)]
RegionCode = Annotated[Text, Field(max_length=40)]
"""A region as people write it, with or without dots; `models.region.rules.parse` reads it."""


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _telling(evidence: dict[str, Any]) -> dict[str, Any]:
    """Refuse evidence that says nothing: it would satisfy what a step demands, and nobody could check it."""
    for kind, value in evidence.items():
        nothing = value in ({}, [], False, 0) or (isinstance(value, dict) and all(map(_blank, value.values())))
        if nothing or _blank(value):
            raise Unfit(
                f"bukti {kind} kosong: isi, atau jangan dikirim",
                f"the evidence {kind} is empty: fill it in, or send none",
            )
    return evidence


Evidence = Annotated[
    dict[Kind, Any],
    AfterValidator(_kept),
    AfterValidator(_telling),
    Field(
        default_factory=dict,
        description="Bukti: jenis → isi / evidence: kind → value",
        examples=[{"berita_acara": {"nomor": "BA/12/2026"}, "daftar_hadir": {"hadir": 31}}],
    ),
]


class Input(BaseModel):
    """What a request holds: nothing that is not named here, and words without blanks around them."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Move(Input):
    """Fire one trigger on one case."""

    trigger: Annotated[Text, Field(min_length=1, max_length=80, examples=["usulan.teruskan"])]
    version: Annotated[Version | None, Field(description="Versi yang Anda lihat / the version you saw")] = None
    reason: Annotated[Text | None, Field(min_length=1, max_length=40, examples=["BERKAS_KURANG"])] = None
    note: Annotated[Text | None, Field(max_length=4000)] = None
    evidence: Evidence


class Pick(Input):
    """One case of a set, with the version it was seen at."""

    id: CaseId
    version: Version | None = None


class BulkMove(Input):
    """Fire one trigger on many cases: one decision, an outcome for each."""

    trigger: Annotated[Text, Field(min_length=1, max_length=80, examples=["usulan.kirim"])]
    cases: Annotated[list[Pick], Field(min_length=1, max_length=10_000, examples=[[{"id": 41873, "version": 7}]])]
    reason: Annotated[Text | None, Field(min_length=1, max_length=40)] = None
    note: Annotated[Text | None, Field(max_length=4000)] = None
    evidence: Evidence

    @model_validator(mode="after")
    def _once(self) -> BulkMove:
        _each_once([case.id for case in self.cases])
        return self


class Preview(Input):
    """What a bulk move would bring, without doing it."""

    trigger: Annotated[Text, Field(min_length=1, max_length=80, examples=["usulan.kirim"])]
    cases: Annotated[list[CaseId], Field(min_length=1, max_length=10_000, examples=[[41873, 41874]])]
    reason: Annotated[Text | None, Field(min_length=1, max_length=40)] = None
    kinds: Annotated[list[Kind], Field(max_length=20, description="Jenis bukti yang akan dilampirkan")] = []

    @model_validator(mode="after")
    def _once(self) -> Preview:
        _each_once(self.cases)
        return self


class FactsIn(Input):
    """Evidence about one case, without moving it."""

    evidence: Annotated[
        dict[Kind, Any],
        AfterValidator(_kept),
        AfterValidator(_telling),
        Field(min_length=1, examples=[{"foto": {"id": "F-12"}}]),
    ]
    note: Annotated[Text | None, Field(max_length=4000)] = None


class CommentIn(Input):
    """What one tells the colleagues who see a case."""

    text: Annotated[Text, Field(min_length=1, max_length=2000, examples=["Menunggu KK baru dari Disdukcapil"])]


class ExceptIn(Input):
    """What a decider says about one case of the list."""

    case: CaseId
    trigger: Annotated[Text, Field(min_length=1, max_length=80, examples=["usulan.kembalikan_pengesahan"])]
    reason: Annotated[Text | None, Field(min_length=1, max_length=40)] = None
    note: Annotated[Text | None, Field(max_length=4000)] = None


class DecisionIn(Input):
    """One person's decision about a list. The person is the token's, never the request's."""

    verdict: Annotated[str, Field(pattern="^(setuju|tolak)$", examples=["setuju"])]
    reason: Annotated[Text | None, Field(min_length=1, max_length=40)] = None
    note: Annotated[Text | None, Field(max_length=4000)] = None
    evidence: Evidence
    excepts: Annotated[list[ExceptIn], Field(max_length=10_000)] = []

    @model_validator(mode="after")
    def _once(self) -> DecisionIn:
        _each_once([said.case for said in self.excepts])
        return self


class BatchIn(Input):
    """Open a tahap: one programme, one period, one kabupaten."""

    kind: Annotated[str, Field(pattern="^tahap$", examples=["tahap"])]
    region: Annotated[int, Field(ge=1101, le=9999, description="Kode kabupaten/kota, empat angka", examples=[3204])]
    programme: Annotated[Text, Field(max_length=20, examples=["PKH"])]
    period: Annotated[int, Field(ge=202001, le=209912, description="Tahun dan nomor periode", examples=[202604])]


Answers = Annotated[
    dict[Annotated[Text, Field(min_length=1, max_length=40)], bool | int | float | Text | None],
    AfterValidator(_kept),
    Field(
        max_length=200,
        description="Jawaban kuesioner: nama → nilai, null menghapus; lihat /register/variables / "
        "answers of the questionnaire: name → value, null takes one back",
        examples=[{"lantai": 6, "listrik": 1, "daya": 1}],
    ),
]
_NEW_MEMBER = ("nik", "nama", "tanggal_lahir", "jenis_kelamin", "hubungan")


class MemberEdit(Input):
    """Fields of one member that change; what is not named stays. Without `id` it is a new member, told whole."""

    id: Annotated[Id | None, AfterValidator(_filled)] = None
    nik: Annotated[str | None, Field(pattern=r"^[0-9]{16}$"), AfterValidator(_filled)] = None
    nama: Annotated[Text | None, Field(min_length=1, max_length=120), AfterValidator(_filled)] = None
    tempat_lahir: Annotated[Text | None, Field(max_length=60)] = None
    tanggal_lahir: date | None = None
    jenis_kelamin: Annotated[int | None, Field(ge=1, le=2)] = None
    hubungan: Annotated[int | None, Field(ge=1, le=8)] = None
    status_kawin: Annotated[int | None, Field(ge=1, le=4)] = None
    pekerjaan: Annotated[int | None, Field(ge=1, le=99)] = None
    hamil: Annotated[bool | None, AfterValidator(_filled)] = None
    disabilitas: Annotated[int | None, Field(ge=0, le=2)] = None
    variables: Answers = {}

    @model_validator(mode="after")
    def _whole(self) -> MemberEdit:
        if self.id is None and (lacking := [name for name in _NEW_MEMBER if getattr(self, name) is None]):
            names = ", ".join(lacking)
            raise Unfit(f"anggota baru tanpa {names}", f"a new member without {names}")
        return self


class HouseholdEdit(Input):
    """Fields of a family that change; what is not named stays. What stood before is kept."""

    version: Annotated[Version, Field(description="Versi yang Anda lihat / the version you saw", examples=[1])]
    no_kk: Annotated[str | None, Field(pattern=r"^[0-9]{16}$"), AfterValidator(_filled)] = None
    alamat: Annotated[Text | None, Field(min_length=1, max_length=200), AfterValidator(_filled)] = None
    rt: Annotated[Text | None, Field(max_length=5), AfterValidator(_filled)] = None
    rw: Annotated[Text | None, Field(max_length=5), AfterValidator(_filled)] = None
    dusun: Annotated[Text | None, Field(max_length=60)] = None
    latitude: Annotated[float | None, Field(ge=-11.5, le=6.5, description="Derajat / degrees, WGS 84")] = None
    longitude: Annotated[float | None, Field(ge=94.5, le=141.5, description="Derajat / degrees, WGS 84")] = None
    variables: Answers = {}
    variant: Annotated[
        str | None,
        Field(
            pattern="^(regsosek|dtsen)$",
            description="Penomoran kode dalam permintaan ini / numbering of the codes in this request",
        ),
    ] = None
    members: Annotated[list[MemberEdit], Field(max_length=40)] = []


Word = Annotated[Text, Field(min_length=1, max_length=80)]


class _Trail(Input):
    """What a page of the log is narrowed to. All filters given must hold; a misspelt filter is refused."""

    case: CaseId | None = None
    household: Annotated[
        Id | None, Field(description="Semua kasus keluarga ini; nomornya dari POST /households/search")
    ] = None
    actor: Annotated[Word | None, Field(description="Nama akun", examples=["verifikator1"])] = None
    office: Annotated[
        Word | None, Field(description="Wilayah kerja pelaku saat itu, kode apa pun", examples=["32.04"])
    ] = None
    region: Annotated[Word | None, Field(description="Wilayah kasus, kode apa pun", examples=["3204"])] = None
    decree: Annotated[Word | None, Field(description="Nomor SK", examples=["PKH/202604/3"])] = None
    batch: Annotated[Id | None, Field(description="Tahap atau batch lain")] = None
    payment: Annotated[
        Word | None, Field(description="Nomor SPP, SPM, SP2D, SI atau NTPN: semua langkah kasusnya", examples=["SPM/7"])
    ] = None
    reason: Annotated[Word | None, Field(examples=["BERKAS_KURANG"])] = None
    trigger: Annotated[Word | None, Field(examples=["usulan.teruskan"])] = None
    machine: Annotated[Word | None, Field(examples=["usulan"])] = None
    since: Annotated[Moment | None, Field(alias="from", description="Sejak / from, inclusive")] = None
    until: Annotated[Moment | None, Field(description="Sebelum / before, exclusive")] = None
    order: Annotated[str, Field(pattern="^(terbaru|terlama)$", description="Urutan / newest or oldest first")] = (
        "terbaru"
    )
    cursor: Annotated[str | None, Field(max_length=200, description="`next` dari jawaban sebelumnya")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50

    @model_validator(mode="after")
    def _forward(self) -> _Trail:
        _in_order(self.since, self.until)
        return self


class TransitionTrail(_Trail):
    """Filters of moves."""

    rule: Annotated[Word | None, Field(examples=["U19"])] = None
    state: Annotated[Word | None, Field(description="Keadaan yang dimasuki", examples=["usulan.ditetapkan"])] = None


class RefusalTrail(_Trail):
    """Filters of refusals."""

    refusal: Annotated[Word | None, Field(description="Kode penolakan pintu", examples=["empat_mata"])] = None


class ActorTrail(Input):
    """When somebody's deeds are looked through; the last 30 days unless told."""

    since: Annotated[Moment | None, Field(alias="from", description="Sejak / from, inclusive")] = None
    until: Annotated[Moment | None, Field(description="Sebelum / before, exclusive")] = None
    cursor: Annotated[str | None, Field(max_length=200, description="`next` dari jawaban sebelumnya")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50

    @model_validator(mode="after")
    def _forward(self) -> ActorTrail:
        _in_order(self.since, self.until)
        return self


class HouseholdSearch(Input):
    """What to look for. It stands in the body: addresses end up in logs, and these numbers are personal."""

    nik: Annotated[str | None, Field(pattern=r"^[0-9]{16}$", description="Persis / exact")] = None
    no_kk: Annotated[str | None, Field(pattern=r"^[0-9]{16}$", description="Persis / exact")] = None
    name: Annotated[Text | None, Field(min_length=3, max_length=60, description="Awal nama / how a name begins")] = None
    limit: Annotated[int, Field(ge=1, le=50, examples=[20])] = 20


_NEW_EXAMPLE = {
    "nik": "3204050505900009",
    "nama": "Asep Sunandar",
    "tanggal_lahir": "1990-05-05",
    "jenis_kelamin": 1,
    "hubungan": 1,
}


class HouseholdIn(Input):
    """A family the register does not have yet, told whole; such as one that split off another."""

    no_kk: Annotated[str, Field(pattern=r"^[0-9]{16}$", examples=["3204050101260009"])]
    region: Annotated[
        int, Field(ge=1101011001, le=9999999999, description="Kode desa / village", examples=[3204052001])
    ]
    alamat: Annotated[Text, Field(min_length=1, max_length=200, examples=["Jl. Melati 1"])]
    rt: Annotated[Text, Field(min_length=1, max_length=5, examples=["001"])]
    rw: Annotated[Text, Field(min_length=1, max_length=5, examples=["002"])]
    dusun: Annotated[Text | None, Field(max_length=60)] = None
    variables: Answers = {}
    members: Annotated[list[MemberEdit], Field(min_length=1, max_length=40, examples=[[_NEW_EXAMPLE]])]

    @model_validator(mode="after")
    def _new(self) -> HouseholdIn:
        if any(member.id is not None for member in self.members):
            raise Unfit("anggota keluarga baru belum punya id", "a new family's members have no id yet")
        return self


class AccountIn(Input):
    """A corrected account of a family's payee; it is tested anew before anything is paid to it."""

    bank: Annotated[str, Field(pattern="^(BRI|BNI|BTN|MANDIRI|BSI)$", examples=["BRI"])]
    number: Annotated[str, Field(pattern=r"^[0-9]{10,16}$", examples=["002301000000017"])]


class ClockIn(Input):
    """Where the clock of a demo goes; forward only."""

    to: Annotated[Moment, AfterValidator(_reachable), Field(examples=["2026-12-15T08:00:00+07:00"])]
