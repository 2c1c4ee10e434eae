"""How people live: school, work, health, and the house, better or worse with the welfare of the family.

Welfare is a standard normal number over the whole country, so that its share below is the percentile that ranking
gives. Each answer depends on it in part and on chance for the rest.
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from alur.seed.chance import Chance, Weighted, share_below
from alur.seed.people import CHILD, FEMALE, HEAD, MARRIED, Draft
from models.usulan.workbook import Value

_PULL: Final = 0.75
"""How much of an answer welfare explains (a correlation); the rest is chance."""
_REST: Final = math.sqrt(1 - _PULL**2)

_ATTENDING: Final = 2
_NOT_WORKING: Final = 1
_HOMEMAKER: Final = 2
_STUDENT: Final = 3
_PENSIONED: Final = 4
_SEVERE: Final = 2

_SCHOOL_START: Final = 7
_COLLEGE_END: Final = 24
_WORK_AGE: Final = 15
_ILLNESS_AGE: Final = 40
_OLD_AGE: Final = 60
_FERTILE: Final = range(17, 45)
_MOST_FERTILE: Final = range(20, 35)
_PENSION_SHARE: Final = 0.6

_PAST_SCHOOL: Final = Weighted({"": 0.06, "sd": 0.34, "smp": 0.20, "sma": 0.29, "pt": 0.11})
# Age from which a level is attended, the level, the share that stays on at middle welfare, what welfare adds, and the
# level of those who left.
_STAGES: Final = (
    (19, "pt", 0.26, 0.16, "sma"),
    (16, "sma", 0.80, 0.10, "smp"),
    (13, "smp", 0.955, 0.02, "sd"),
    (_SCHOOL_START, "sd", 0.99, 0.0, "sd"),
)
_PIG_PROVINCES: Final = frozenset({12, 51, 53, 61, 62, 71, 91, 92, 93, 94, 95, 96})
_PIG_TIMES: Final = 12
_URBAN_HERD: Final = 0.2


@dataclass(frozen=True, slots=True)
class _Tables:
    ladders: Mapping[str, Weighted[int]]
    assets: Mapping[str, tuple[float, float]]
    herds: Mapping[str, float]
    work: Mapping[bool, tuple[Weighted[int], Weighted[int], Weighted[int]]]
    trade: Mapping[int, tuple[int, int]]
    levels: Mapping[str, Weighted[int]]
    illnesses: Weighted[int]
    welfare: Mapping[int, float]


def _weighted(raw: Mapping[str, float]) -> Weighted[int]:
    return Weighted({int(code): share for code, share in raw.items()})


@cache
def _tables() -> _Tables:
    raw: dict[str, Any] = tomllib.loads(files("alur.seed").joinpath("data", "kehidupan.toml").read_text("utf-8"))
    work = {
        place: tuple(_weighted(raw["kerja"][name][third]) for third in ("miskin", "sedang", "mampu"))
        for place, name in ((False, "desa"), (True, "kota"))
    }
    return _Tables(
        ladders={name: _weighted(shares) for name, shares in raw["tangga"].items()},
        assets={name: (share, slope) for name, (share, slope) in raw["aset"].items()},
        herds=raw["ternak"],
        work={place: (thirds[0], thirds[1], thirds[2]) for place, thirds in work.items()},
        trade={int(code): (industry, status) for code, (industry, status) in raw["usaha"].items()},
        levels={name: _weighted(shares) for name, shares in raw["jenjang"].items()},
        illnesses=_weighted(raw["penyakit"]["orang_tua"]),
        welfare={int(code): shift for code, shift in raw["kesejahteraan"].items()},
    )


def welfare_of_province(provinsi: int) -> float:
    """Return how far a provinsi (two-digit code) stands from the middle of the country, in standard deviations."""
    return _tables().welfare.get(provinsi, 0.0)


def house(welfare: float, *, urban: bool, provinsi: int, chance: Chance) -> dict[str, Value]:
    """Return the answers about dwelling, goods and animals of one family.

    Args:
        welfare: standard normal over the country.
        urban: lives in a kelurahan.
        provinsi: two-digit code.
        chance: where to draw from.
    """
    tables = _tables()
    answers: dict[str, Value] = {
        name: ladder.at(share_below(_PULL * welfare + _REST * chance.normal()))
        for name, ladder in tables.ladders.items()
    }
    answers["luas_lantai"] = max(12, min(400, round(58 + 16 * welfare + chance.normal(0, 18))))
    if answers["air_minum"] in (5, 6, 7, 8):  # a well or spring has a distance to the next pit
        answers["jarak_tinja"] = 2 if chance.happens(share_below(0.2 + 0.5 * welfare)) else 1
    if answers["listrik"] != 1:
        del answers["daya"]
    if answers["bab"] not in (1, 2, 3):
        del answers["kloset"], answers["tinja"]
    if answers["penguasaan"] != 1:
        del answers["bukti_lahan"]
    for name, (share, slope) in tables.assets.items():
        answers[name] = chance.happens(1 / (1 + (1 - share) / share * math.exp(-1.7 * slope * welfare)))
    for name, share in tables.herds.items():
        often = (
            share * (_URBAN_HERD if urban else 1) * (_PIG_TIMES if name == "babi" and provinsi in _PIG_PROVINCES else 1)
        )
        answers[name] = 1 + chance.below(4) if chance.happens(often) else 0
    return answers


def _schooling(person: Draft, welfare: float, disabled: int, chance: Chance) -> tuple[int, str]:
    """Attendance (1 never, 2 attending, 3 no longer) and level ("" where there is none)."""
    if person.age < _SCHOOL_START:
        early = person.age == _SCHOOL_START - 1 and chance.happens(0.35)
        return (_ATTENDING, "sd") if early else (1, "")
    if disabled == _SEVERE and chance.happens(0.6):
        return 1, ""
    if person.age < _COLLEGE_END and person.marital != MARRIED:
        _, level, stays, more, left = next(stage for stage in _STAGES if person.age >= stage[0])
        return (_ATTENDING, level) if chance.happens(stays + more * welfare) else (3, left)
    cohort = -0.9 if person.age > _OLD_AGE else 0.35  # schools were fewer when the old were young
    level = _PAST_SCHOOL.at(share_below(_PULL * welfare + cohort + _REST * chance.normal()))
    return (3, level) if level else (1, "")


def _occupation(person: Draft, school: int, welfare: float, chance: Chance, *, urban: bool) -> int:
    """Code of the list pekerjaan."""
    place = share_below(welfare)
    if school == _ATTENDING and person.age >= _SCHOOL_START:
        return _STUDENT
    if person.age < _WORK_AGE or (person.relation == CHILD and chance.happens(0.3)):
        return _NOT_WORKING
    retired = person.age > _OLD_AGE and chance.happens(0.45)
    if retired and place > _PENSION_SHARE and chance.happens(0.35):
        return _PENSIONED
    if person.sex == FEMALE and (retired or (person.relation != HEAD and chance.happens(0.52))):
        return _HOMEMAKER
    if retired:
        return _NOT_WORKING
    return chance.draw(_tables().work[urban][min(2, int(place * 3))])


def disability(age: int, chance: Chance) -> int:
    """Return 0 none, 1 mild or moderate, 2 severe; four times as often from 60 years on."""
    often = 4 if age >= _OLD_AGE else 1
    number = chance.random()
    return _SEVERE if number < 0.006 * often else 1 if number < 0.02 * often else 0


def pregnant(person: Draft, chance: Chance) -> bool:
    """Say whether a member is pregnant: married women of 17 to 44, mostly from 20 to 34."""
    if person.sex != FEMALE or person.marital != MARRIED or person.age not in _FERTILE:
        return False
    return chance.happens(0.065 if person.age in _MOST_FERTILE else 0.025)


def person_answers(
    person: Draft, welfare: float, disabled: int, chance: Chance, *, urban: bool
) -> tuple[int, dict[str, Value]]:
    """Return a member's occupation (code of the list pekerjaan) and answers to the questionnaire.

    Args:
        person: the member.
        welfare: of the family, standard normal over the country.
        disabled: as from `disability`.
        chance: where to draw from.
        urban: lives in a kelurahan.
    """
    tables = _tables()
    school, level = _schooling(person, welfare, disabled, chance)
    work = _occupation(person, school, welfare, chance, urban=urban)
    answers: dict[str, Value] = {"keberadaan": 1, "sekolah": school}
    if level:
        answers["jenjang"] = chance.draw(tables.levels[level])
    answers["bekerja"] = work in tables.trade
    if work in tables.trade:
        answers["lapangan_usaha"], answers["status_kerja"] = tables.trade[work]
    ill = person.age > _ILLNESS_AGE and chance.happens(0.12 + 0.004 * (person.age - _ILLNESS_AGE))
    answers["penyakit"] = chance.draw(tables.illnesses) if ill else 1
    return work, answers
