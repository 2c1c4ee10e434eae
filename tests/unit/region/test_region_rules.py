"""Arithmetic on region codes, and the carried list itself."""

import pickle
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.region import rules
from models.region.data import RegionRow, known_codes, read_regions
from models.region.errors import RegionCodeInvalid, RegionNotFound, RegionProblem
from models.region.rules import Level


@pytest.fixture(scope="module")
def regions() -> list[RegionRow]:
    return list(read_regions())


codes = st.builds(
    lambda provinsi, kabupaten, kecamatan, desa, size: int(
        f"{provinsi:02}{kabupaten:02}{kecamatan:02}{desa:04}"[: int(size)]
    ),
    st.integers(11, 99),
    st.integers(1, 99),
    st.integers(1, 99),
    st.integers(1, 9999),
    st.sampled_from(Level),
)


def test_all_carried_codes_parse_and_come_back(regions: list[RegionRow]) -> None:
    assert len(regions) == 91_599
    for row in regions:
        text = rules.dotted(row.code)
        assert rules.parse(text) == rules.parse(str(row.code)) == row.code
        assert rules.kind(row.code) == row.kind


def test_sums_per_level_are_those_of_the_decree(regions: list[RegionRow]) -> None:
    assert Counter(rules.level(row.code) for row in regions) == {
        Level.PROVINSI: 38,
        Level.KABUPATEN: 514,
        Level.KECAMATAN: 7_285,
        Level.DESA: 83_762,
    }


def test_every_region_but_a_provinsi_has_its_parent_before_it(regions: list[RegionRow]) -> None:
    seen: set[int | None] = {None}
    for row in regions:
        assert rules.parent(row.code) in seen
        seen.add(row.code)
    assert seen - {None} == known_codes()


def test_coordinates_lie_in_indonesia(regions: list[RegionRow]) -> None:
    for row in regions:
        if row.latitude is not None and row.longitude is not None:
            assert -11.5 < row.latitude < 6.5, row
            assert 94.5 < row.longitude < 141.5, row
    assert sum(row.latitude is None for row in regions if len(str(row.code)) == 10) == 383


@given(codes)
def test_parse_and_dotted_are_inverse(code: int) -> None:
    assert rules.parse(rules.dotted(code)) == code
    assert rules.parse(code) == code
    assert len(rules.dotted(code).replace(".", "")) == rules.level(code)


@given(codes)
def test_span_is_every_village_code_below(code: int) -> None:
    lo, hi = rules.span(code)
    assert len(str(lo)) == len(str(hi)) == 10
    assert hi - lo + 1 == 10 ** (10 - rules.level(code))
    assert str(lo).startswith(str(code))
    assert str(hi).startswith(str(code))
    assert not str(lo - 1).startswith(str(code))
    assert not str(hi + 1).startswith(str(code))
    assert rules.NATIONAL_SPAN[0] <= lo <= hi <= rules.NATIONAL_SPAN[1]


@given(codes)
def test_a_region_lies_in_each_of_its_ancestors(code: int) -> None:
    ancestors = rules.ancestors(code)
    assert ancestors[-1] == code
    assert [rules.parent(below) for below in ancestors] == [None, *ancestors[:-1]]
    for above in ancestors:
        assert rules.contains(above, code)
        assert rules.contains(code, above) == (above == code)


def test_span_of_a_kabupaten() -> None:
    assert rules.span(3204) == (3_204_000_000, 3_204_999_999)
    assert rules.span(3_204_052_001) == (3_204_052_001, 3_204_052_001)
    assert rules.span(32) == (3_200_000_000, 3_299_999_999)


@given(codes, st.integers(1, 10))
def test_prefix_ranges_hold_every_code_that_begins_so(code: int, size: int) -> None:
    digits = str(code)[:size]
    assert sum(low <= code <= high for low, high in rules.prefix_ranges(digits)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "3", "320", "32045", "320405200", "0132", "-32", "32 04", "abc", "3e1", "٣٢"),
        *("32.4", "3204.05", "32.04.05.201", "32.00", "32.04.00", "32.04.05.0000", "32.", ".32"),
    ],
)
def test_what_is_not_a_code_is_refused(wrong: str) -> None:
    with pytest.raises(RegionCodeInvalid):
        rules.parse(wrong)


@pytest.mark.parametrize("wrong", [0, -32, 5, 320, 32_045, 99_999_999_999])
def test_numbers_that_are_not_codes_are_refused(wrong: int) -> None:
    with pytest.raises(RegionCodeInvalid):
        rules.parse(wrong)
    with pytest.raises(RegionCodeInvalid):
        rules.level(wrong)


def test_a_village_kind_that_no_rule_knows_is_refused() -> None:
    with pytest.raises(RegionCodeInvalid):
        rules.kind(3_204_054_001)


ZONES = {
    "Asia/Jakarta": [*range(11, 20), 21, 31, 32, 33, 34, 35, 36, 61, 62],
    "Asia/Makassar": [51, 52, 53, 63, 64, 65, 71, 72, 73, 74, 75, 76],
    "Asia/Jayapura": [81, 82, 91, 92, 93, 94, 95, 96],
}


def test_every_provinsi_has_the_zone_of_the_decree(regions: list[RegionRow]) -> None:
    expected = {code: zone for zone, provinces in ZONES.items() for code in provinces}
    assert {row.code: rules.timezone_of(row.code) for row in regions if row.kind == "provinsi"} == expected
    assert rules.timezone_of(9_501_012_001) == "Asia/Jayapura"
    with pytest.raises(RegionCodeInvalid):
        rules.timezone_of(20)


def test_folding() -> None:
    assert rules.fold("Bu Nuapu’u") == "bu nuapuu"
    assert rules.fold("  Lubuk Pakam I,II ") == "lubuk pakam i ii"
    assert rules.fold("Désa|É") == "desa e"


@pytest.mark.parametrize("error", [RegionCodeInvalid("x1"), RegionNotFound(3299)], ids=str)
def test_errors_speak_both_languages_and_survive_pickling(error: RegionProblem) -> None:
    for text in ("message_id", "message_en", "cure_id", "cure_en"):
        assert len(getattr(error, text)) > 20
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301  our own bytes
