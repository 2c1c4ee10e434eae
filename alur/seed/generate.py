"""An invented population, family by family: the same seed gives the same people, whatever their number costs."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from alur.seed import living, names
from alur.seed.chance import Chance, Weighted, share_below
from alur.seed.dirt import CLEAN, DirtRates, Soiling, record_of
from alur.seed.model import Account, Family, Household, Person
from alur.seed.numbers import STEPS, Numbers
from alur.seed.people import CHILD, FEMALE, GRANDCHILD, HEAD, SPOUSE, Draft, household
from alur.seed.places import Village, geography
from models.usulan.workbook_identity import LATITUDE_LIMITS, LONGITUDE_LIMITS

DTSEN_FAMILIES: Final = 95_006_179
"""Families in DTSEN on 23 January 2026, for the national rank."""

_ACEH: Final = 11
_BANKS: Final = Weighted({"BRI": 0.55, "MANDIRI": 0.20, "BNI": 0.20, "BTN": 0.05})
_ACCOUNT_STATES: Final = Weighted({"aktif": 0.93, "pasif": 0.04, "tutup": 0.02, "blokir": 0.01})
_ADULT: Final = 17
# Where the NIK of those who were not born here comes from: weights of the steps of `numbers.STEPS`.
_STEPS: Final = Weighted(dict(zip(range(len(STEPS)), (0.40, 0.24, 0.16, 0.12, 0.08), strict=True)))
_CAME_FROM_ELSEWHERE: Final = 0.25
_CHILD_CAME: Final = 0.08
_HOUSEHOLDS_PER_RT: Final = 35
_RT_PER_RW: Final = 4
_RW_MAX: Final = 999
_HAMLETS: Final = 5
_CARD_DAYS: Final = 17 * 365
"""Family cards in use were printed within the last 17 years."""
_REASONS: Final = (
    "Keluarga miskin yang belum terdaftar",
    "Kepala keluarga kehilangan pekerjaan",
    "Penghasilan tidak tetap, tanggungan banyak",
    "Rumah tidak layak huni",
    "Anggota keluarga sakit menahun",
    "Hasil musyawarah desa",
)
# Deviations of welfare: together with the provinsi's shift they make about one, so that percentiles hold nationally.
_KABUPATEN_DEVIATION: Final = 0.25
_VILLAGE_DEVIATION: Final = 0.30
_FAMILY_DEVIATION: Final = 0.88
_URBAN_SHIFT: Final = 0.25
_RURAL_SHIFT: Final = -0.08


class _VillageMaker:
    """Makes the families of one village."""

    def __init__(
        self,
        village: Village,
        seed: int,
        today: date,
        numbers: Numbers,
        birth_places: dict[int, str],
        *,
        account_share: float,
        without_desil_share: float,
        clean: bool,
    ) -> None:
        self._village, self._today, self._numbers, self._birth_places = village, today, numbers, birth_places
        self._account_share, self._without_desil = account_share, without_desil_share
        self._clean = clean
        self.chance = Chance(seed, "desa", village.code)
        kabupaten = Chance(seed, "kabupaten", village.code // 10**6)
        self._welfare = (
            living.welfare_of_province(village.provinsi)
            + kabupaten.normal(0, _KABUPATEN_DEVIATION)
            + self.chance.normal(0, _VILLAGE_DEVIATION)
            + (_URBAN_SHIFT if village.is_urban else _RURAL_SHIFT)
        )
        self._hamlets = [names.hamlet_name(self.chance) for _ in range(_HAMLETS)]

    def family(self, number: int) -> Household:
        """Return the truth about the family that comes `number`-th (from 0) in the village."""
        chance, village = self.chance, self._village
        welfare = self._welfare + chance.normal(0, _FAMILY_DEVIATION)
        drafts = household(self._today, chance)
        members = self._members(drafts, welfare)
        group = number // _HOUSEHOLDS_PER_RT
        rw = group // _RT_PER_RW % _RW_MAX + 1
        dusun = "" if village.is_urban else self._hamlets[rw % _HAMLETS]
        variables = living.house(welfare, urban=village.is_urban, provinsi=village.provinsi, chance=chance)
        accounts = [self._account(drafts, members)] if chance.happens(self._account_share) else []
        variables["rekening_aktif"] = bool(accounts and accounts[0].status == "aktif")
        percent = round(100 * share_below(welfare), 4)
        ranked = not chance.happens(self._without_desil)
        lat, long = self._coordinates()
        return Household(
            no_kk=self._numbers.no_kk(self._today - timedelta(days=chance.below(_CARD_DAYS))),
            kode_desa=village.code,
            rt=f"{group % _RT_PER_RW + 1:03}",
            rw=f"{rw:03}",
            dusun=dusun,
            alamat=self._address(dusun),
            lat=lat,
            long=long,
            variables=variables,
            members=members,
            accounts=accounts,
            desil=min(10, int(percent // 10) + 1) if ranked else None,
            persentil=percent if ranked else None,
            peringkat=int(percent / 100 * (DTSEN_FAMILIES - 1)) + 1 if ranked else None,
        )

    def _members(self, drafts: list[Draft], welfare: float) -> list[Person]:
        chance, urban = self.chance, self._village.is_urban
        custom = names.custom_of(self._village.provinsi, chance)
        clan = names.clan_of(custom, chance)
        members = []
        for draft in drafts:
            came = _CHILD_CAME if draft.relation in (CHILD, GRANDCHILD) else _CAME_FROM_ELSEWHERE
            step = chance.draw(_STEPS) if chance.happens(came) else None
            nik, birth = self._numbers.nik(draft.birth, draft.sex, step)
            own_clan = clan if draft.of_the_clan else names.clan_of(custom, chance)
            disabled = living.disability(draft.age, chance)
            work, answers = living.person_answers(draft, welfare, disabled, chance, urban=urban)
            members.append(
                Person(
                    nik=nik,
                    nama=names.person_name(custom, draft.sex, birth.year, chance, clan=own_clan, order=draft.order),
                    tempat_lahir=self._birth_places[self._numbers.origin(step) // 100],
                    tanggal_lahir=birth,
                    jk=draft.sex,
                    hubungan=draft.relation,
                    status_kawin=draft.marital,
                    pekerjaan=work,
                    hamil=living.pregnant(draft, chance),
                    disabilitas=disabled,
                    variables=answers,
                )
            )
        return members

    def _account(self, drafts: list[Draft], members: list[Person]) -> Account:
        """The account of the family's pengurus: the wife, else a grown woman, else the head."""
        order = [
            *(place for place, draft in enumerate(drafts) if draft.relation == SPOUSE),
            *(place for place, draft in enumerate(drafts) if draft.sex == FEMALE and draft.age >= _ADULT),
            *(place for place, draft in enumerate(drafts) if draft.relation == HEAD),
        ]
        holder = members[order[0]]
        bank = "BSI" if self._village.provinsi == _ACEH else self.chance.draw(_BANKS)
        state = "aktif" if self._clean else self.chance.draw(_ACCOUNT_STATES)
        number = self._numbers.account(bank)
        return Account(number, bank, holder.nik, holder.nama, self._numbers.cif(), state)

    def _address(self, dusun: str) -> str:
        if not dusun or self.chance.happens(0.35):
            kind = "Gg." if self.chance.happens(0.3) else "Jl."
            return f"{kind} {names.street_name(self.chance)} No. {1 + self.chance.below(180)}"
        return f"Kp. {dusun}" if self.chance.happens(0.5) else f"Dusun {dusun} No. {1 + self.chance.below(90)}"

    def _coordinates(self) -> tuple[float | None, float | None]:
        lat, long = self._village.lat, self._village.long
        away = 0.003 if self._village.is_urban else 0.006  # degrees: about 300 and 700 metres
        north, east = self.chance.normal(0, away), self.chance.normal(0, away)
        if lat is None or long is None:
            return None, None
        return _clipped(lat + north, LATITUDE_LIMITS), _clipped(long + east, LONGITUDE_LIMITS)


def _clipped(degrees: float, limits: tuple[float, float]) -> float:
    return round(min(limits[1], max(limits[0], degrees)), 6)


def generate(
    households: int,
    villages: Sequence[int],
    seed: int,
    today: date,
    *,
    dirt: DirtRates | None = None,
    clean: bool = False,
    account_share: float = 0.85,
    without_desil_share: float = 0.03,
    more: Mapping[int, int] | None = None,
) -> Iterator[Family]:
    """Stream an invented population: truth and record of each family.

    Families come village by village in the order of the codes, as many in each as equal shares allow. The same
    arguments give the same families; a village's families stay the same when other villages are added, save for the
    serials of their numbers. Memory does not grow with the number of families. NIK and No KK are unique within one
    call and use serials from 9000 up, so that they are nobody's.

    Args:
        households: how many families in all.
        villages: ten-digit codes of real desa and kelurahan; doubles count once.
        seed: any whole number.
        today: the day ages are reckoned for; nobody is born after it.
        dirt: how often records differ from the truth; the audits' rates unless given.
        clean: records equal the truth, everybody lives, every account is active; `dirt` is not used.
        account_share: share (0 to 1) of families whose pengurus already holds an account.
        without_desil_share: share (0 to 1) of families that are not in DTSEN and have no rank.
        more: families that some of the villages have beyond an equal share, as far as `households` suffices.

    Raises:
        RegionNotFound: a code is no village of today (at the first family).
    """
    country = geography(villages)
    numbers = Numbers(country.kecamatan)
    soiling = Soiling(CLEAN if clean else dirt or DirtRates())
    beyond = {village.code: (more or {}).get(village.code, 0) for village in country.villages}
    shared = max(0, households - sum(beyond.values()))
    each, rest = divmod(shared, len(country.villages)) if country.villages else (0, 0)
    left = households if country.villages else 0
    for place, village in enumerate(country.villages):
        numbers.enter(village.kecamatan)
        maker = _VillageMaker(
            village,
            seed,
            today,
            numbers,
            country.birth_places,
            account_share=account_share,
            without_desil_share=without_desil_share,
            clean=clean,
        )
        count = min(left, each + (place < rest) + beyond[village.code])
        left -= count
        for number in range(count):
            truth = maker.family(number)
            record = record_of(truth, reason=maker.chance.pick(_REASONS))
            yield Family(truth, record, soiling.soil(truth, record, maker.chance))
