"""From the truth to what a village wrote down: how often, and in which ways, the two differ.

The default rates are those the audits of 2020 found among about 100 million records: NIK not valid 10.9 million, No KK
not valid 16.4 million, no name 5,702, NIK twice 86,465, not padan 16.8 million. Because so few more records were not
padan than had a bad No KK, bad NIK stand mostly in families whose No KK is bad too; the generator does the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from alur.seed.chance import Chance, Weighted
from alur.seed.model import Household, Person
from alur.seed.names import custom_of, person_name
from alur.seed.numbers import NO_FAMILY_SERIALS, NOBODY_SERIALS, nik_day
from models.usulan.workbook import FamilyRow, MemberRow

DIRT: Final = {
    "kk_invalid": "No KK on record is not the family's; comes with kk_bentuk or kk_lama",
    "kk_bentuk": "malformed: length, digits, date or serial",
    "kk_lama": "well formed, but of no family: as after a split",
    "nik_invalid": "NIK on record is not the person's; comes with nik_bentuk or nik_tak_ada",
    "nik_bentuk": "malformed: length, digits, date or serial",
    "nik_tak_ada": "well formed, but of nobody",
    "nik_ganda": "NIK on record belongs to a person of the family before",
    "nama_kosong": "no name on record",
    "nama_beda": "name on record is misspelt, shortened or another",
    "tanggal_beda": "date of birth on record is another",
    "jk_beda": "sex on record is the other",
    "meninggal": "the registry says that a member is dead",
    "nonaktif": "the registry says that a member's NIK is not active",
    "ganda": "the registry says that a member is registered twice",
}
"""What `Family.dirt` may hold."""

_TOGETHER: Final = 0.97
"""Share of bad NIK that stand in families with a bad No KK."""
_MALFORMED: Final = 0.5
"""Share of bad numbers that anybody can see are wrong; the others only the registry knows."""
_OTHERS: Final = Weighted(
    {
        "nama_beda": 0.50,
        "tanggal_beda": 0.15,
        "jk_beda": 0.05,
        "meninggal": 0.13,
        "nonaktif": 0.10,
        "ganda": 0.07,
    }
)
_STATUSES: Final = frozenset({"meninggal", "nonaktif", "ganda"})
_NAME_DIRT_IN_BAD_FAMILIES: Final = 0.05


@dataclass(frozen=True, slots=True)
class DirtRates:
    """Shares (0 to 1) of persons, and for the No KK of families, whose record is wrong in some way."""

    nik_invalid: float = 0.11
    kk_invalid: float = 0.16
    nama_kosong: float = 0.000_06
    nik_ganda: float = 0.001
    #: persons who differ from the registry in any way, those above included; never less than `kk_invalid`
    tidak_padan: float = 0.17


CLEAN: Final = DirtRates(0, 0, 0, 0, 0)


def record_of(truth: Household, *, reason: str) -> FamilyRow:
    """Return what a careful village would write down: the truth."""
    return FamilyRow(
        no_kk=truth.no_kk,
        kode_desa=truth.kode_desa,
        rt=truth.rt,
        rw=truth.rw,
        dusun=truth.dusun,
        alamat=truth.alamat,
        lat=truth.lat,
        long=truth.long,
        jenis_usulan="BARU",
        alasan=reason,
        variables=dict(truth.variables),
        members=[
            MemberRow(
                no_kk=truth.no_kk,
                nik=person.nik,
                nama=person.nama,
                tempat_lahir=person.tempat_lahir,
                tanggal_lahir=person.tanggal_lahir,
                jk=person.jk,
                hubungan=person.hubungan,
                status_kawin=person.status_kawin,
                pekerjaan=person.pekerjaan,
                hamil=person.hamil,
                disabilitas=person.disabilitas,
                variables=dict(person.variables),
            )
            for person in truth.members
        ],
    )


_SPOILS: Final[tuple[Callable[[str], str], ...]] = (
    lambda number: number[:-1],
    lambda number: f"{number}{number[-1]}",
    lambda number: f"{number[:12]}O{number[13:]}",
    lambda number: f"{number[:8]}13{number[10:]}",
    lambda number: f"{number[:6]}39{number[8:]}",
    lambda number: f"{number[:6]}00{number[8:]}",
    lambda number: f"{number[:12]}0000",
)


def malformed(number: str, chance: Chance) -> str:
    """Return a NIK or No KK spoilt so that its form alone shows it."""
    return chance.pick(_SPOILS)(number)


def _misspelt(name: str, person: Person, provinsi: int, chance: Chance) -> str:
    place = 1 + chance.below(max(1, len(name) - 2))
    ways = (
        name[:place] + name[place + 1 :],
        name[:place] + name[place] + name[place:] if place < len(name) else f"{name}H",
        name.split(" ", maxsplit=1)[0],
        person_name(custom_of(provinsi, chance), person.jk, person.tanggal_lahir.year, chance),
    )
    spelt = chance.pick(ways).strip()
    return spelt if spelt and spelt != name else f"{name}H"


class Soiling:
    """Makes the records of one population dirty; remembers one person for doubles."""

    def __init__(self, rates: DirtRates) -> None:
        self._rates = rates
        bad = rates.kk_invalid
        self._nik_in_bad = min(1.0, _TOGETHER * rates.nik_invalid / bad) if bad else 0.0
        good = max(1e-9, 1 - bad)
        self._nik_in_good = max(0.0, rates.nik_invalid - self._nik_in_bad * bad) / good
        self._double = rates.nik_ganda / good
        self._other = max(0.0, (rates.tidak_padan - bad) / good - self._nik_in_good - self._double)
        self._last_nik = ""

    def soil(self, truth: Household, record: FamilyRow, chance: Chance) -> set[str]:
        """Change a clean record, and the registry's view of a person, in place; returns what was done."""
        done: set[str] = set()
        bad = chance.happens(self._rates.kk_invalid)
        if bad:
            done |= {"kk_invalid", self._spoil_kk(record, chance)}
        for person, row in zip(truth.members, record.members, strict=True):
            done |= self._soil_person(person, row, truth.kode_desa // 10**8, chance, bad=bad)
            if chance.happens(self._rates.nama_kosong):
                row.nama = ""
                done.add("nama_kosong")
        self._last_nik = truth.members[0].nik
        return done

    def _soil_person(self, person: Person, row: MemberRow, provinsi: int, chance: Chance, *, bad: bool) -> set[str]:
        fate = chance.random()
        invalid = self._nik_in_bad if bad else self._nik_in_good
        if fate < invalid:
            return {"nik_invalid", self._spoil_nik(person, row, chance)}
        if bad:
            if self._other and chance.happens(_NAME_DIRT_IN_BAD_FAMILIES):
                row.nama = _misspelt(person.nama, person, provinsi, chance)
                return {"nama_beda"}
            return set()
        if fate < invalid + self._double and self._last_nik:
            row.nik = self._last_nik
            return {"nik_ganda"}
        if fate < invalid + self._double + self._other:
            return {self._differ(person, row, provinsi, chance)}
        return set()

    @staticmethod
    def _spoil_kk(record: FamilyRow, chance: Chance) -> str:
        if chance.happens(_MALFORMED):
            record.no_kk, kind = malformed(record.no_kk, chance), "kk_bentuk"
        else:
            record.no_kk, kind = f"{record.no_kk[:12]}{chance.pick(NO_FAMILY_SERIALS)}", "kk_lama"
        for row in record.members:
            row.no_kk = record.no_kk
        return kind

    @staticmethod
    def _spoil_nik(person: Person, row: MemberRow, chance: Chance) -> str:
        if chance.happens(_MALFORMED):
            row.nik = malformed(person.nik, chance)
            return "nik_bentuk"
        row.nik = f"{person.nik[:6]}{nik_day(person.tanggal_lahir, person.jk)}{chance.pick(NOBODY_SERIALS)}"
        return "nik_tak_ada"

    @staticmethod
    def _differ(person: Person, row: MemberRow, provinsi: int, chance: Chance) -> str:
        kind = chance.draw(_OTHERS)
        if kind in _STATUSES:
            person.status = kind
        elif kind == "nama_beda":
            row.nama = _misspelt(person.nama, person, provinsi, chance)
        elif kind == "jk_beda" and not person.hamil:
            row.jk = 3 - person.jk
        else:
            kind = "tanggal_beda"
            row.tanggal_lahir = person.tanggal_lahir - timedelta(days=1 + chance.below(400))
        return kind
