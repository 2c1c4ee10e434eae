"""Rows of a file: every answer names its place, and good families are not held up by bad ones."""

import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from models.usulan.workbook import FamilyRow, RowError, read
from models.usulan.workbook_messages import TEXTS

TODAY = date(2026, 11, 20)
REGIONS = frozenset({3204052001, 320405})
KK, KK2 = "3204051205150001", "3204051205150002"
FAMILY = {"no_kk": KK, "kode_desa": "3204052001", "rt": "1", "rw": "2", "alamat": "Jl. Mawar", "jenis_usulan": "BARU"}
HEAD = {
    "nik": "3204051205900001", "nama": "BUDI", "tempat_lahir": "BANDUNG", "tanggal_lahir": "12-05-1990", "jk": "L",
    "hubungan": "1", "status_kawin": "2",
}  # fmt: skip
WIFE = HEAD | {"nik": "3204055207910001", "nama": "SITI", "tanggal_lahir": "12-07-1991", "jk": "P", "hubungan": "2"}


def flat(*rows: Mapping[str, Any]) -> list[FamilyRow]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [";".join(names), *(";".join(str(row.get(name, "")) for name in names) for row in rows)]
    return list(read("\n".join(lines).encode(), "usulan.csv", on=TODAY, regions=REGIONS))


def said(errors: list[RowError]) -> list[tuple[int, str, str]]:
    return [(error.row, error.column, error.code) for error in errors]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"no_kk": ""}, [(2, "no_kk", "KOSONG")]),
        ({"no_kk": "3.20405E+15"}, [(2, "no_kk", "NOMOR_ILMIAH")]),
        ({"no_kk": "3204051205150000"}, [(2, "no_kk", "KK_URUT")]),
        ({"kode_desa": ""}, [(2, "kode_desa", "KOSONG")]),
        ({"kode_desa": "3204"}, [(2, "kode_desa", "WILAYAH_BENTUK")]),
        ({"kode_desa": "3204052999"}, [(2, "kode_desa", "WILAYAH_TIDAK_ADA")]),
        ({"rt": "IV"}, [(2, "rt", "RT_RW")]),
        ({"alamat": "-"}, [(2, "alamat", "KOSONG")]),
        ({"jenis_usulan": "LAMA"}, [(2, "jenis_usulan", "KODE_TIDAK_ADA")]),
        ({"jenis_usulan": "USULAN_PROGRAM"}, [(2, "program", "PROGRAM_WAJIB")]),
        ({"jenis_usulan": "USULAN_PROGRAM", "program": "PKH"}, []),
        ({"jenis_usulan": "NONAKTIF"}, [(2, "alasan", "ALASAN_WAJIB")]),
        ({"jenis_usulan": "NONAKTIF", "alasan": "Sudah mampu"}, []),
        ({"lat": "-6,9", "long": "107,7"}, []),
        ({"lat": "-6,9"}, [(2, "long", "KOORDINAT_SEPASANG")]),
        ({"long": "107,7"}, [(2, "lat", "KOORDINAT_SEPASANG")]),
        ({"lat": "107,7", "long": "-6,9"}, [(2, "lat", "KOORDINAT_TERTUKAR")]),
        ({"lat": "48,8", "long": "2,3"}, [(2, "lat", "DI_LUAR_BATAS"), (2, "long", "DI_LUAR_BATAS")]),
        ({"lat": "utara", "long": "107,7"}, [(2, "lat", "BUKAN_BILANGAN")]),
        ({"lantai": "emas"}, [(2, "lantai", "KODE_TIDAK_ADA")]),
        ({"luas_lantai": "5000"}, [(2, "luas_lantai", "DI_LUAR_BATAS")]),
        ({"nik": ""}, [(2, "nik", "KOSONG")]),
        ({"nik": "3204051205900000"}, [(2, "nik", "NIK_URUT")]),
        ({"nama": ""}, [(2, "nama", "KOSONG")]),
        ({"tanggal_lahir": "31-02-1990"}, [(2, "tanggal_lahir", "TANGGAL_TIDAK_ADA")]),
        ({"tanggal_lahir": "12-05-2027"}, [(2, "tanggal_lahir", "LAHIR_BELUM_TIBA")]),
        ({"tanggal_lahir": "12-05-1890"}, [(2, "tanggal_lahir", "LAHIR_TERLALU_LAMA")]),
        ({"tanggal_lahir": "kemarin"}, [(2, "tanggal_lahir", "TANGGAL_BENTUK")]),
        ({"tanggal_lahir": "12-05-90"}, [(2, "tanggal_lahir", "TAHUN_DUA_ANGKA")]),
        ({"hamil": "Ya"}, [(2, "hamil", "HAMIL_BUKAN_PEREMPUAN")]),
        ({"hamil": "belum tahu"}, [(2, "hamil", "YA_TIDAK")]),
        ({"hubungan": "3"}, [(2, "hubungan", "KEPALA_TIDAK_ADA")]),
        ({"hubungan": ""}, [(2, "hubungan", "KOSONG")]),
        ({"nama": "x" * 200}, [(2, "nama", "TERLALU_PANJANG")]),
        (
            {"nik": "1", "jk": "?", "rt": "?"},
            [(2, "rt", "RT_RW"), (2, "jk", "KODE_TIDAK_ADA"), (2, "nik", "NIK_PANJANG")],
        ),
    ],
)
def test_what_one_wrong_cell_is_answered(changes: dict[str, str], expected: list[tuple[int, str, str]]) -> None:
    (family,) = flat(FAMILY | HEAD | changes)
    assert said(family.errors) == expected
    assert family.is_bad == bool(expected)
    for error in family.errors:
        assert error.sheet == "csv"
        assert error.value in {changes.get(error.column, ""), ""}


def test_warnings_let_the_family_in() -> None:
    (family,) = flat(FAMILY | HEAD | {"tanggal_lahir": "13-05-1990", "jk": "P", "nik": "9999991205900001"})
    assert not family.is_bad
    assert said(family.warnings) == [
        (2, "nik", "NIK_WILAYAH"),
        (2, "nik", "NIK_LAHIR_BEDA"),
        (2, "nik", "NIK_JK_BEDA"),
    ]


def test_household_answers_stand_at_the_members_rows() -> None:
    (family,) = flat(FAMILY | HEAD, FAMILY | WIFE | {"hubungan": "1", "nik": HEAD["nik"]})
    assert said(family.errors) == [
        (2, "hubungan", "KEPALA_LEBIH_SATU"),
        (3, "hubungan", "KEPALA_LEBIH_SATU"),
        (2, "nik", "NIK_DUA_KALI"),
        (3, "nik", "NIK_DUA_KALI"),
    ]


def test_a_nik_in_two_families_is_a_warning_in_both() -> None:
    one, two = flat(FAMILY | HEAD, FAMILY | HEAD | {"no_kk": KK2})
    assert not one.is_bad
    assert not two.is_bad
    assert said(one.warnings) == [(2, "nik", "NIK_BERULANG")]
    assert said(two.warnings) == [(3, "nik", "NIK_BERULANG")]


def test_rows_of_one_family_that_contradict_each_other() -> None:
    (family,) = flat(FAMILY | HEAD, FAMILY | WIFE | {"alamat": "Jl. Melati"})
    assert said(family.errors) == [(3, "alamat", "KELUARGA_BEDA")]
    assert "Jl. Melati" in family.errors[0].message_id
    assert "Jl. Mawar" in family.errors[0].message_id
    assert family.alamat == "Jl. Mawar"


def test_a_family_without_members_in_a_flat_file() -> None:
    (family,) = flat(FAMILY | dict.fromkeys(HEAD, ""))
    assert family.members == []
    assert said(family.errors) == [(2, "anggota", "ANGGOTA_KOSONG")]


def test_bad_families_do_not_hold_up_good_ones() -> None:
    numbers = [f"320405120515{serial:04}" for serial in range(1, 21)]
    rows = [
        FAMILY | HEAD | {"no_kk": number, "nik": f"320405120590{number[-4:]}", "rt": "?" if place % 5 == 0 else "1"}
        for place, number in enumerate(numbers)
    ]
    found = flat(*rows)
    assert [family.no_kk for family in found] == numbers
    assert [family.is_bad for family in found] == [place % 5 == 0 for place in range(20)]


def workbook(families: list[dict[str, Any]], members: list[dict[str, Any]]) -> list[FamilyRow]:
    made = openpyxl.Workbook()
    for name, known, rows in (("keluarga", FAMILY, families), ("anggota", {"no_kk": KK} | HEAD, members)):
        sheet = made.create_sheet(name)
        sheet.append(list(known))
        for row in rows:
            sheet.append([row.get(column) for column in known])
    out = io.BytesIO()
    made.save(out)
    content = out.getvalue()
    return list(read(content, "usulan.xlsx", on=TODAY, regions=REGIONS))


def test_members_without_a_family_row() -> None:
    (family,) = workbook([], [HEAD | {"no_kk": KK}, WIFE | {"no_kk": KK}])
    assert (family.row, family.no_kk, len(family.members)) == (0, KK, 2)
    assert said(family.errors) == [(2, "no_kk", "KELUARGA_TIDAK_ADA"), (3, "no_kk", "KELUARGA_TIDAK_ADA")]
    assert {error.sheet for error in family.errors} == {"anggota"}


def test_a_family_row_without_members_comes_last() -> None:
    found = workbook([FAMILY, FAMILY | {"no_kk": KK2}], [HEAD | {"no_kk": KK2}])
    assert [family.no_kk for family in found] == [KK2, KK]
    assert found[0].errors == []
    assert [(error.sheet, *one) for error, one in zip(found[1].errors, said(found[1].errors), strict=True)] == [
        ("keluarga", 2, "anggota", "ANGGOTA_KOSONG")
    ]


def test_two_rows_for_one_family_card() -> None:
    found = workbook([FAMILY, FAMILY], [HEAD | {"no_kk": KK}])
    assert [said(family.errors) for family in found] == [[(2, "no_kk", "KK_BERULANG")], [(3, "no_kk", "KK_BERULANG")]]
    assert [len(family.members) for family in found] == [1, 0]


def test_a_damaged_family_number_still_joins_its_members() -> None:
    (family,) = workbook([FAMILY | {"no_kk": 3204051205150000}], [HEAD | {"no_kk": 3204051205150000}])
    assert [(error.sheet, *one) for error, one in zip(family.errors, said(family.errors), strict=True)] == [
        ("keluarga", 2, "no_kk", "NOMOR_DIBULATKAN"),
        ("anggota", 2, "no_kk", "NOMOR_DIBULATKAN"),
    ]
    assert family.raw == family.members[0].raw == {"no_kk": "3204051205150000"}


def test_members_without_a_number_are_answered_one_by_one() -> None:
    found = workbook([], [HEAD, WIFE])
    assert [said(family.errors) for family in found] == [
        [(2, "no_kk", "KOSONG")],
        [(3, "no_kk", "KOSONG"), (3, "hubungan", "KEPALA_TIDAK_ADA")],
    ]


def test_every_answer_of_a_row_was_given_above() -> None:
    beside = ("test_workbook_rows.py", "test_workbook_dirty.py", "test_workbook_codes.py", "test_workbook_joined.py")
    register = {"NIK_TERDAFTAR", "ANGGOTA_TERTAHAN", "DESA_LAIN"}  # tests/integration/api/test_imports.py
    text = "".join(Path(__file__).with_name(name).read_text("utf-8") for name in beside)
    assert [code for code in TEXTS if f'"{code}"' not in text and code not in register] == []
