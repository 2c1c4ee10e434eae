"""Rules about persons and families: identity numbers, names, households, PKH components. Pure functions.

Source of the number rules: Permendagri 72/2019 and the civil registry's practice (NIK = region of first issue, date of
birth with 40 added to a woman's day, serial from 0001; fixed for life even where birth data are corrected, so a
difference from the record is a warning and never an error).
"""

import re
import tomllib
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from rapidfuzz import fuzz

from models.region.rules import fold
from models.register.codes import code_list

AGE_MAX_YEARS: Final = 110
"""The oldest age a date of birth may mean; older is a slip of the pen."""

_LENGTH: Final = 16
_FEMALE_DAY: Final = 40
_DAY_MAX: Final = 31
_MONTH_MAX: Final = 12
_FEMALE: Final = 2
_HEAD: Final = 1
_ATTENDING: Final = 2
_SEVERE: Final = 2
_REQUIRED: Final = ("nik", "nama", "tanggal_lahir", "jk", "hubungan")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check found, with its words in both languages."""

    code: str
    severity: Literal["error", "warning"]
    #: name of the field or column it stands at
    field: str
    #: the value as text; a date is written day-month-year
    value: str
    message_id: str
    message_en: str
    cure_id: str
    cure_en: str
    #: position of the member in the sequence that was checked; None for the family itself
    member: int | None = None


@cache
def _texts() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files("models.register").joinpath("data", "temuan.toml").read_text("utf-8"))


def finding_codes() -> tuple[str, ...]:
    """Return every code a check of this module can answer."""
    return tuple(_texts())


def finding(code: str, field: str, value: object, *, member: int | None = None, **found: object) -> Finding:
    """Return one finding in the words of `data/temuan.toml`, its braces filled with `found` and `field`."""
    text = _texts()[code]
    words = {key: str(text[key]).format(field=field, **found) for key in ("message_id", "message_en")}
    cures = {key: str(text[key]).format(field=field, **found) for key in ("cure_id", "cure_en")}
    shown = f"{value:%d-%m-%Y}" if isinstance(value, date) else str(value)
    return Finding(code=code, severity=text["severity"], field=field, value=shown, member=member, **words, **cures)


def age_on(birth: date, on: date) -> int:
    """Return the age in full years on a day; negative before birth."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def mask(number: str) -> str:
    """Return a NIK, No KK or account number as it may be shown: six signs, dots, four signs (`320411••••••0012`).

    A number shorter than twelve signs would show almost whole, so all of it is dotted.
    """
    hidden = len(number) - 10
    return f"{number[:6]}{'•' * hidden}{number[-4:]}" if hidden > 1 else "•" * len(number)


_IDENTITY = re.compile(r"(?<!\d)\d{16}(?!\d)", re.ASCII)
_ACCOUNT = re.compile(r"\d{10,}", re.ASCII)
_ACCOUNT_KINDS = {"rekening", "rekening_asal", "nomor_rekening", "bukti_rekening", "rekening_koran", "cif"}


def hidden(value: Any, kind: str = "") -> Any:
    """Return a value as it may be shown: NIK and KK masked wherever they stand, account numbers in their own kinds.

    Args:
        value: anything JSON can hold; numbers of sixteen digits are masked too and become text.
        kind: kind of evidence that the value is of.
    """
    pattern = _ACCOUNT if kind in _ACCOUNT_KINDS else _IDENTITY

    def told(part: Any) -> Any:
        if isinstance(part, str):
            return pattern.sub(lambda found: mask(found.group()), part)
        if isinstance(part, Mapping):
            return {told(key): told(inner) for key, inner in part.items()}
        if isinstance(part, list):
            return [told(inner) for inner in part]
        if isinstance(part, int) and not isinstance(part, bool) and pattern.search(str(part)):
            return told(str(part))
        return part

    return told(value)


def _dates(day: int, month: int, year: int, on: date) -> list[date]:
    """Real dates for a two-digit year in the century of `on` and the one before, youngest first."""
    century = on.year - on.year % 100
    found = []
    for start in (century, century - 100):
        try:
            found.append(date(start + year, month, day))
        except ValueError:
            continue
    return found


def birth_dates(nik: str, on: date) -> tuple[date, ...]:
    """Return the dates of birth a well-formed NIK can mean on a given day (age 0 to 110), youngest first.

    Two digits of the year leave two centuries; both fit only for ages 0 to 10 against 100 to 110.
    """
    day = int(nik[6:8])
    day -= _FEMALE_DAY if day > _FEMALE_DAY else 0
    found = _dates(day, int(nik[8:10]), int(nik[10:12]), on)
    return tuple(birth for birth in found if 0 <= age_on(birth, on) <= AGE_MAX_YEARS)


def _check_shape(prefix: str, number: str, field: str) -> list[Finding]:
    if not (number.isascii() and number.isdigit()) and number:
        return [finding(f"{prefix}_ANGKA", field, number)]
    if len(number) != _LENGTH:
        return [finding(f"{prefix}_PANJANG", field, number, length=len(number))]
    return []


def _check_calendar(prefix: str, number: str, day: int, on: date, field: str) -> list[Finding]:
    """Day, month and date of a number, shared by NIK and KK; `day` is the day without the 40 of a woman."""
    month, found = int(number[8:10]), []
    if not 1 <= day <= _DAY_MAX:
        found.append(finding(f"{prefix}_HARI", field, number, day=number[6:8]))
    if not 1 <= month <= _MONTH_MAX:
        found.append(finding(f"{prefix}_BULAN", field, number, month=number[8:10]))
    if not found and not _dates(day, month, int(number[10:12]), on):
        written = f"{day:02}-{number[8:10]}-{number[10:12]}"
        found.append(finding(f"{prefix}_TANGGAL", field, number, date=written))
    return found


def check_nik(
    nik: str,
    *,
    on: date,
    regions: Container[int],
    birth: date | None = None,
    sex: int | None = None,
    field: str = "nik",
) -> list[Finding]:
    """Judge a NIK by itself and against the record.

    Errors: length, digits, day, month, a date that is not in the calendar or gives no age of 0 to 110 years in either
    century, serial 0000. Warnings: region not in the present table, date of birth or sex other than the record's.

    Args:
        nik: the number as text.
        on: the day the age is reckoned for.
        regions: six-digit codes of today's kecamatan (codes of other levels do no harm).
        birth: recorded date of birth, if known; it also settles the century.
        sex: recorded sex, 1 male or 2 female, if known.
        field: name of the field the findings stand at.
    """
    found = _check_shape("NIK", nik, field)
    if found:
        return found
    female = int(nik[6:8]) > _FEMALE_DAY
    found = _check_calendar("NIK", nik, int(nik[6:8]) - _FEMALE_DAY * female, on, field)
    births = () if found else birth_dates(nik, on)
    if not births and not found:
        found = [finding("NIK_USIA", field, nik, date=f"{nik[6:8]}-{nik[8:10]}-{nik[10:12]}", limit=AGE_MAX_YEARS)]
    if nik[12:] == "0000":
        found.append(finding("NIK_URUT", field, nik))
    if int(nik[:6]) not in regions:
        found.append(finding("NIK_WILAYAH", field, nik, region=nik[:6]))
    if births and birth is not None and birth not in births:
        found.append(finding("NIK_LAHIR_BEDA", field, nik, date=f"{births[0]:%d-%m-%Y}"))
    if births and sex is not None and (sex == _FEMALE) != female:
        found.append(finding("NIK_JK_BEDA", field, nik))
    return found


def check_kk(no_kk: str, *, on: date, regions: Container[int], field: str = "no_kk") -> list[Finding]:
    """Judge a family card number: region (warning), recording date and serial (errors).

    Args:
        no_kk: the number as text.
        on: today; the two-digit year is read in the century of this day or the one before.
        regions: six-digit codes of today's kecamatan.
        field: name of the field the findings stand at.
    """
    found = _check_shape("KK", no_kk, field)
    if found:
        return found
    found = _check_calendar("KK", no_kk, int(no_kk[6:8]), on, field)
    if no_kk[12:] == "0000":
        found.append(finding("KK_URUT", field, no_kk))
    if int(no_kk[:6]) not in regions:
        found.append(finding("KK_WILAYAH", field, no_kk, region=no_kk[:6]))
    return found


# Spellings the registry itself mixes, and words on cards that are no part of a name.
_SPELLINGS: Final = dict.fromkeys(
    ("MUH", "MOH", "MOCH", "MUCH", "MUHAMAD", "MOHAMAD", "MOHAMMAD", "MOCHAMAD", "MOCHAMMAD", "MUCHAMMAD"), "MUHAMMAD"
) | {"ABD": "ABDUL", "ABDL": "ABDUL", "ST": "SITI"}
_TITLES: Final = frozenset({"H", "HJ", "DRS", "DRA", "IR", "DR", "PROF", "ALM", "ALMH"})
_DEGREE: Final = re.compile(r",.*\Z", re.DOTALL)


def normalise_name(name: str) -> str:
    """Return a name as it is compared: capitals, no accents, signs, titles or degrees, usual spellings made one."""
    words = fold(_DEGREE.sub("", name)).upper().split()
    kept = [word for word in words if word not in _TITLES] or words
    return " ".join(_SPELLINGS.get(word, word) for word in kept)


def name_similarity(one: str, other: str) -> float:
    """Return how alike two names are, from 0 to 100; aliases split at "/" are tried one by one, the best counts.

    Whether a score is enough is policy data (the ministry's 2020 application took 60 and above for padan).
    """
    scores = [
        max(fuzz.ratio(left, right), fuzz.token_sort_ratio(left, right))
        for left in map(normalise_name, one.split("/"))
        for right in map(normalise_name, other.split("/"))
        if left and right
    ]
    return max(scores, default=0.0)


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What the rules need to know of one member; codes are those of `data/kode.toml`."""

    nik: str = ""
    nama: str = ""
    tanggal_lahir: date | None = None
    jk: int | None = None
    hubungan: int | None = None
    hamil: bool = False
    #: the day the child is expected; None where nobody said
    perkiraan_lahir: date | None = None
    #: 0 none, 1 mild or moderate, 2 severe
    disabilitas: int | None = None
    #: 1 never attended, 2 attending, 3 no longer attending
    sekolah: int | None = None
    #: level of schooling, 1 to 22
    jenjang: int | None = None
    korban_ham: bool = False


def _check_member(member: MemberFacts, place: int, on: date) -> list[Finding]:
    found = [
        finding("ISIAN_KOSONG", field, "", member=place)
        for field in _REQUIRED
        if (value := getattr(member, field)) is None or (isinstance(value, str) and not value.strip())
    ]
    if member.hamil and member.jk is not None and member.jk != _FEMALE:
        found.append(finding("HAMIL_BUKAN_PEREMPUAN", "hamil", "Ya", member=place))
    birth = member.tanggal_lahir
    if birth is not None and birth > on:
        found.append(finding("LAHIR_BELUM_TIBA", "tanggal_lahir", birth, member=place, date=f"{birth:%d-%m-%Y}"))
    elif birth is not None and (age := age_on(birth, on)) > AGE_MAX_YEARS:
        words: dict[str, object] = {"date": f"{birth:%d-%m-%Y}", "age": age, "limit": AGE_MAX_YEARS}
        found.append(finding("LAHIR_TERLALU_LAMA", "tanggal_lahir", birth, member=place, **words))
    return found


def check_household(members: Sequence[MemberFacts], *, on: date) -> list[Finding]:
    """Judge a family as a whole: members, one head, no NIK twice, pregnancy, dates, required fields.

    The numbers themselves are judged by `check_nik` and `check_kk`.

    Args:
        members: all members on the family card, in any order.
        on: today; no date of birth may lie after it.

    Returns:
        Findings of the family (`member` is None) first, then of each member in the order given.
    """
    if not members:
        return [finding("ANGGOTA_KOSONG", "anggota", "")]
    found = []
    heads = [place for place, member in enumerate(members) if member.hubungan == _HEAD]
    if not heads:
        found.append(finding("KEPALA_TIDAK_ADA", "hubungan", ""))
    found += [
        finding("KEPALA_LEBIH_SATU", "hubungan", _HEAD, member=place, count=len(heads))
        for place in heads
        if len(heads) > 1
    ]
    times = Counter(member.nik for member in members if member.nik)
    for place, member in enumerate(members):
        if times[member.nik] > 1:
            found.append(finding("NIK_DUA_KALI", "nik", member.nik, member=place))
        found += _check_member(member, place, on)
    return found


class Komponen(StrEnum):
    """Reasons for which one person counts in PKH."""

    IBU_HAMIL = "IBU_HAMIL"
    USIA_DINI = "USIA_DINI"
    SD = "SD"
    SMP = "SMP"
    SMA = "SMA"
    LANSIA = "LANSIA"
    DISABILITAS_BERAT = "DISABILITAS_BERAT"
    HAM_BERAT = "HAM_BERAT"


@dataclass(frozen=True, slots=True)
class KomponenPolicy:
    """Age limits of PKH components in full years, both ends included; the policy tables give them."""

    usia_dini_max_years: int
    sekolah_min_years: int
    sekolah_max_years: int
    lansia_min_years: int
    nifas_days: int = 42
    """How long after the day the child was expected its mother still counts (ibu hamil/nifas, domain section 5)."""


def komponen_of(member: MemberFacts, on: date, policy: KomponenPolicy) -> tuple[Komponen, ...]:
    """Return every component a member fulfils on a day, in the order of `Komponen`.

    One person may fulfil several; which one is paid, and how many persons of a family count, belongs to the amounts.
    A pregnancy counts until the weeks after the day the child was expected; a small child already at school by its
    school. Without a date of birth only pregnancy, severe disability and the victims' component can be told.

    Args:
        member: the person; `sekolah` must say "attending" for a school component.
        on: the day the age is reckoned for, usually the first of the period.
        policy: limits valid on that day.
    """
    age = age_on(member.tanggal_lahir, on) if member.tanggal_lahir is not None else None
    level = None
    if member.sekolah == _ATTENDING and member.jenjang in (levels := code_list("jenjang")):
        level = levels[member.jenjang].group if member.jenjang is not None else None
    of_school_age = age is not None and policy.sekolah_min_years <= age <= policy.sekolah_max_years
    fulfilled = {
        Komponen.IBU_HAMIL: member.hamil
        and member.jk == _FEMALE
        and (member.perkiraan_lahir is None or on <= member.perkiraan_lahir + timedelta(days=policy.nifas_days)),
        Komponen.USIA_DINI: age is not None and 0 <= age <= policy.usia_dini_max_years and level is None,
        Komponen.SD: of_school_age and level == "SD",
        Komponen.SMP: of_school_age and level == "SMP",
        Komponen.SMA: of_school_age and level == "SMA",
        Komponen.LANSIA: age is not None and age >= policy.lansia_min_years,
        Komponen.DISABILITAS_BERAT: member.disabilitas == _SEVERE,
        Komponen.HAM_BERAT: member.korban_ham,
    }
    return tuple(komponen for komponen, yes in fulfilled.items() if yes)
