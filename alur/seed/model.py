"""What the generator makes: the truth about a family, what the village wrote down, and how the two differ."""

from dataclasses import dataclass, field
from datetime import date

from models.usulan.workbook import FamilyRow, Value


@dataclass(slots=True)
class Person:
    """One person as the civil registry knows them; codes are those of `models/register/data/kode.toml`."""

    nik: str
    nama: str
    tempat_lahir: str
    tanggal_lahir: date
    jk: int
    hubungan: int
    status_kawin: int
    pekerjaan: int = 1
    hamil: bool = False
    #: 0 none, 1 mild or moderate, 2 severe
    disabilitas: int = 0
    #: the questionnaire's answers about this person
    variables: dict[str, Value] = field(default_factory=dict)
    #: hidup, meninggal, nonaktif or ganda, as the registry would answer
    status: str = "hidup"


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account a family already holds."""

    nomor_rekening: str
    #: BRI, BNI, MANDIRI, BTN or BSI
    bank: str
    nik: str
    nama: str
    cif: str
    #: aktif, pasif, tutup or blokir
    status: str


@dataclass(slots=True)
class Household:
    """The truth about one family card."""

    no_kk: str
    kode_desa: int
    rt: str
    rw: str
    dusun: str
    alamat: str
    #: degrees, WGS 84; None where the village's place is not known
    lat: float | None
    long: float | None
    variables: dict[str, Value]
    members: list[Person]
    accounts: list[Account]
    #: national rank of welfare: tenth 1-10, percent 0-100, place among all families; None when not in DTSEN
    desil: int | None
    persentil: float | None
    peringkat: int | None


@dataclass(slots=True)
class Family:
    """Truth and record of one family."""

    truth: Household
    #: what the village wrote down; its members stand in the order of the truth's
    record: FamilyRow
    #: what was done to the record or to the registry's view; empty for a clean family. See `alur.seed.dirt`
    dirt: set[str]
