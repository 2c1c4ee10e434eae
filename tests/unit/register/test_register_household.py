"""Families as a whole, PKH components, and the words of every finding."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from models.register import rules
from models.register.rules import Komponen, KomponenPolicy, MemberFacts

TODAY = date(2026, 11, 20)
HEAD = MemberFacts("3204051205900001", "BUDI", date(1990, 5, 12), 1, 1)
WIFE = MemberFacts("3204055207910001", "SITI", date(1991, 7, 12), 2, 2)
CHILD = MemberFacts("3204050101200001", "ANI", date(2020, 1, 1), 2, 3)


def found(*members: MemberFacts) -> list[tuple[str, str, int | None]]:
    return [(one.code, one.field, one.member) for one in rules.check_household(members, on=TODAY)]


def test_an_ordinary_family_is_silent() -> None:
    assert found(HEAD, WIFE, CHILD) == []


def test_pregnancy_of_a_woman_is_silent() -> None:
    assert found(HEAD, replace(WIFE, hamil=True)) == []


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ((), [("ANGGOTA_KOSONG", "anggota", None)]),
        ((WIFE,), [("KEPALA_TIDAK_ADA", "hubungan", None)]),
        (
            (HEAD, replace(WIFE, hubungan=1)),
            [("KEPALA_LEBIH_SATU", "hubungan", 0), ("KEPALA_LEBIH_SATU", "hubungan", 1)],
        ),
        ((HEAD, replace(WIFE, nik=HEAD.nik)), [("NIK_DUA_KALI", "nik", 0), ("NIK_DUA_KALI", "nik", 1)]),
        ((replace(HEAD, hamil=True),), [("HAMIL_BUKAN_PEREMPUAN", "hamil", 0)]),
        ((replace(HEAD, tanggal_lahir=date(2026, 11, 21)),), [("LAHIR_BELUM_TIBA", "tanggal_lahir", 0)]),
        ((replace(HEAD, tanggal_lahir=TODAY),), []),
        ((replace(HEAD, tanggal_lahir=date(1915, 11, 20)),), [("LAHIR_TERLALU_LAMA", "tanggal_lahir", 0)]),
        ((replace(HEAD, nama="  "),), [("ISIAN_KOSONG", "nama", 0)]),
        (
            (HEAD, MemberFacts()),
            [("ISIAN_KOSONG", field, 1) for field in ("nik", "nama", "tanggal_lahir", "jk", "hubungan")],
        ),
    ],
)
def test_what_a_family_is_answered(
    members: tuple[MemberFacts, ...], expected: list[tuple[str, str, int | None]]
) -> None:
    assert found(*members) == expected


@pytest.mark.parametrize("code", rules.finding_codes())
def test_every_finding_speaks_both_languages_and_says_how_to_mend_it(code: str) -> None:
    parts: dict[str, Any] = dict.fromkeys(("length", "day", "month", "date", "limit", "region", "age", "count"), "7")
    one = rules.finding(code, "nik", "x", **parts)
    for text in (one.message_id, one.message_en, one.cure_id, one.cure_en):
        assert len(text) > 15
        assert text.endswith(".")
        assert "{" not in text
    assert one.message_id != one.message_en
    assert one.cure_id != one.cure_en
    assert one.severity in ("error", "warning")


POLICY = KomponenPolicy(usia_dini_max_years=6, sekolah_min_years=6, sekolah_max_years=21, lansia_min_years=60)


def member(**facts: Any) -> MemberFacts:
    return replace(HEAD, **facts)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (member(), ()),
        (member(jk=2, hamil=True), (Komponen.IBU_HAMIL,)),
        (member(jk=1, hamil=True), ()),
        (member(jk=2, hamil=True, perkiraan_lahir=date(2026, 10, 9)), (Komponen.IBU_HAMIL,)),  # 42 days ago
        (member(jk=2, hamil=True, perkiraan_lahir=date(2026, 10, 8)), ()),
        (member(tanggal_lahir=TODAY), (Komponen.USIA_DINI,)),
        (member(tanggal_lahir=date(2019, 11, 21)), (Komponen.USIA_DINI,)),  # six until tomorrow
        (member(tanggal_lahir=date(2019, 11, 20)), ()),  # seven today
        (member(tanggal_lahir=date(2026, 12, 1)), ()),  # not born yet
        (member(tanggal_lahir=date(2020, 1, 1), sekolah=2, jenjang=3), (Komponen.SD,)),
        (member(tanggal_lahir=date(2014, 1, 1), sekolah=2, jenjang=4), (Komponen.SD,)),
        (member(tanggal_lahir=date(2014, 1, 1), sekolah=3, jenjang=4), ()),
        (member(tanggal_lahir=date(2012, 1, 1), sekolah=2, jenjang=9), (Komponen.SMP,)),
        (member(tanggal_lahir=date(2009, 1, 1), sekolah=2, jenjang=15), (Komponen.SMA,)),
        (member(tanggal_lahir=date(2005, 1, 1), sekolah=2, jenjang=11), (Komponen.SMA,)),
        (member(tanggal_lahir=date(2004, 1, 1), sekolah=2, jenjang=11), ()),  # 22
        (member(tanggal_lahir=date(2006, 1, 1), sekolah=2, jenjang=19), ()),  # university
        (member(tanggal_lahir=date(2014, 1, 1), sekolah=2, jenjang=None), ()),
        (member(tanggal_lahir=date(1966, 11, 20)), (Komponen.LANSIA,)),
        (member(tanggal_lahir=date(1966, 11, 21)), ()),
        (member(disabilitas=2), (Komponen.DISABILITAS_BERAT,)),
        (member(disabilitas=1), ()),
        (member(tanggal_lahir=date(1950, 1, 1), disabilitas=2), (Komponen.LANSIA, Komponen.DISABILITAS_BERAT)),
        (member(korban_ham=True), (Komponen.HAM_BERAT,)),
        (member(tanggal_lahir=None, jk=2, hamil=True), (Komponen.IBU_HAMIL,)),
    ],
)
def test_components_of_a_member(one: MemberFacts, expected: tuple[Komponen, ...]) -> None:
    assert rules.komponen_of(one, TODAY, POLICY) == expected


def test_limits_come_from_the_policy_alone() -> None:
    older = replace(POLICY, lansia_min_years=70, usia_dini_max_years=2)
    assert rules.komponen_of(member(tanggal_lahir=date(1960, 1, 1)), TODAY, older) == ()
    assert rules.komponen_of(member(tanggal_lahir=date(2022, 1, 1)), TODAY, older) == ()
