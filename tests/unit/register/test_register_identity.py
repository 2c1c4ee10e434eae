"""NIK and No KK: every refusal by example, and the laws of well-formed numbers."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.region.data import known_codes
from models.register import rules
from models.register.rules import Finding

TODAY = date(2026, 11, 20)
KECAMATAN = frozenset(code for code in known_codes() if 99_999 < code < 1_000_000)

births = st.dates(date(1917, 1, 1), TODAY)
sexes = st.sampled_from([1, 2])
regions = st.sampled_from(sorted(KECAMATAN))
serials = st.integers(1, 9999)


def nik_of(region: int, birth: date, sex: int, serial: int) -> str:
    return f"{region}{birth.day + 40 * (sex - 1):02}{birth:%m%y}{serial:04}"


def codes(found: list[Finding]) -> list[str]:
    return [one.code for one in found]


@given(regions, births, sexes, serials)
def test_a_well_formed_nik_that_agrees_with_the_record_is_silent(
    region: int, birth: date, sex: int, serial: int
) -> None:
    nik = nik_of(region, birth, sex, serial)
    assert rules.check_nik(nik, on=TODAY, regions=KECAMATAN, birth=birth, sex=sex) == []
    assert birth in rules.birth_dates(nik, TODAY)


@given(regions, births, sexes, serials, st.dates(date(1917, 1, 1), TODAY))
def test_another_date_or_sex_on_record_is_a_warning_only(
    region: int, birth: date, sex: int, serial: int, recorded: date
) -> None:
    nik = nik_of(region, birth, sex, serial)
    found = rules.check_nik(nik, on=TODAY, regions=KECAMATAN, birth=recorded, sex=3 - sex)
    assert {one.severity for one in found} == {"warning"}
    assert ("NIK_LAHIR_BEDA" in codes(found)) == (recorded not in rules.birth_dates(nik, TODAY))
    assert "NIK_JK_BEDA" in codes(found)


@given(st.text(max_size=20))
def test_any_text_is_judged_without_harm(text: str) -> None:
    for found in (
        rules.check_nik(text, on=TODAY, regions=KECAMATAN),
        rules.check_kk(text, on=TODAY, regions=KECAMATAN),
    ):
        assert all(one.value == text for one in found)
        assert found or (len(text) == 16 and text.isdigit())


@pytest.mark.parametrize(
    ("nik", "expected"),
    [
        ("", ["NIK_PANJANG"]),
        ("320405120590001", ["NIK_PANJANG"]),
        ("32040512059000123", ["NIK_PANJANG"]),
        ("320405120590000O", ["NIK_ANGKA"]),
        ("٣٢٠٤٠٥١٢٠٥٩٠٠٠٠١", ["NIK_ANGKA"]),
        ("3204050005900001", ["NIK_HARI"]),
        ("3204053205900001", ["NIK_HARI"]),
        ("3204054005900001", ["NIK_HARI"]),
        ("3204057205900001", ["NIK_HARI"]),
        ("3204051213900001", ["NIK_BULAN"]),
        ("3204051200900001", ["NIK_BULAN"]),
        ("3204050013900001", ["NIK_HARI", "NIK_BULAN"]),
        ("3204053102900001", ["NIK_TANGGAL"]),
        ("3204057102900001", ["NIK_TANGGAL"]),
        ("3204052902910001", ["NIK_TANGGAL"]),
        ("3204052902960001", []),
        ("3204051205900000", ["NIK_URUT"]),
        ("3204053205900000", ["NIK_HARI", "NIK_URUT"]),
        ("9999991205900001", ["NIK_WILAYAH"]),
        ("3204051205900001", []),
        ("3204055205900001", []),
    ],
)
def test_what_a_nik_is_answered(nik: str, expected: list[str]) -> None:
    found = rules.check_nik(nik, on=TODAY, regions=KECAMATAN)
    assert codes(found) == expected
    assert all(one.severity == ("warning" if one.code == "NIK_WILAYAH" else "error") for one in found)


def test_a_leap_day_that_means_no_possible_age_is_an_error() -> None:
    # 29-02-00 was a day in 2000 only, which is 111 years ago in 2112; 2100 has no such day
    assert codes(rules.check_nik("3204052902000001", on=date(2112, 1, 1), regions=KECAMATAN)) == ["NIK_USIA"]


def test_the_century_is_the_one_that_gives_an_age() -> None:
    assert rules.birth_dates("3204051205900001", TODAY) == (date(1990, 5, 12),)
    assert rules.birth_dates("3204051205100001", TODAY) == (date(2010, 5, 12),)
    assert rules.birth_dates("3204052511260001", TODAY) == (date(1926, 11, 25),)  # next week is no birth date
    # 10 or 110 years: only the record can tell, and it may say either
    assert rules.birth_dates("3204051205200001", TODAY) == (date(2020, 5, 12), date(1920, 5, 12))
    for born in (date(2020, 5, 12), date(1920, 5, 12)):
        assert rules.check_nik("3204051205200001", on=TODAY, regions=KECAMATAN, birth=born) == []


@given(regions, st.dates(date(1990, 1, 1), TODAY), serials)
def test_a_well_formed_family_card_number_is_silent(region: int, recorded: date, serial: int) -> None:
    number = f"{region}{recorded:%d%m%y}{serial:04}"
    assert rules.check_kk(number, on=TODAY, regions=KECAMATAN) == []


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("", ["KK_PANJANG"]),
        ("3204051205159", ["KK_PANJANG"]),
        ("32040512O5150001", ["KK_ANGKA"]),
        ("3204055205150001", ["KK_HARI"]),
        ("3204050005150001", ["KK_HARI"]),
        ("3204051213150001", ["KK_BULAN"]),
        ("3204053102150001", ["KK_TANGGAL"]),
        ("3204051205150000", ["KK_URUT"]),
        ("9999991205150001", ["KK_WILAYAH"]),
        ("3204051205150001", []),
    ],
)
def test_what_a_family_card_number_is_answered(number: str, expected: list[str]) -> None:
    assert codes(rules.check_kk(number, on=TODAY, regions=KECAMATAN)) == expected


def test_masking_shows_six_and_four() -> None:
    assert rules.mask("3204110506910012") == "320411••••••0012"
    assert rules.mask("") == ""
    assert rules.mask("12345") == "•••••"


@given(st.text(st.characters(categories=["Nd"]), max_size=20))
def test_masking_keeps_the_length_and_never_shows_most(number: str) -> None:
    masked = rules.mask(number)
    assert len(masked) == len(number)
    assert sum(sign != "•" for sign in masked) <= 10
    assert len(number) < 12 or "•" in masked


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("SITI AMINAH", "Siti  Aminah", 100, 100),
        ("ST. AMINAH", "SITI AMINAH", 100, 100),
        ("MOH. HASAN", "MUHAMMAD HASAN", 100, 100),
        ("H. ABD RAHMAN, S.Pd", "ABDUL RAHMAN", 100, 100),
        ("AMINAH SITI", "SITI AMINAH", 100, 100),
        ("SUTIYEM / SITI AMINAH", "SITI AMINAH", 100, 100),
        ("SITI AMINAH", "SITI AMINA", 90, 99),
        ("SITI AMINAH", "BAMBANG WIDODO", 0, 45),
        ("", "SITI", 0, 0),
        ("/", "", 0, 0),
        ("H.", "H", 100, 100),
    ],
)
def test_likeness_of_names(one: str, other: str, least: float, most: float) -> None:
    assert least <= rules.name_similarity(one, other) <= most
    assert rules.name_similarity(one, other) == rules.name_similarity(other, one)


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 40_000))
def test_age_grows_by_one_on_the_birthday(birth: date, days: int) -> None:
    on = birth + timedelta(days=days)
    age = rules.age_on(birth, on)
    assert on.year - birth.year - 1 <= age <= on.year - birth.year
    assert rules.age_on(birth, on + timedelta(days=366)) >= age + 1
