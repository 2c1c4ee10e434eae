"""Rows of a flat file whose number is missing or lost: nothing enters by halves, and every row is told and kept."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from models.usulan.workbook import FamilyRow, write_rows
from tests.unit.usulan.test_workbook_files import FAMILY, MEMBER, book, csv_of, families, table
from tests.unit.usulan.test_workbook_lost import WIFE, said

CHILD = WIFE | {"nik": "3204051205100003", "nama": "ANAK", "hubungan": 3, "tanggal_lahir": "12-05-2010", "jk": "L"}
NO_FAMILY = dict.fromkeys(FAMILY, "")


def flat(*rows: dict[str, Any]) -> list[FamilyRow]:
    found = families(csv_of(*rows, separator=";").encode())
    assert found == families(book({"Daftar": table(*rows)})) or any("no_kk" in family.raw for family in found)
    return found


def houses(count: int, **more: Any) -> list[dict[str, Any]]:
    """Return a row each of as many families, at addresses of their own."""
    return [
        FAMILY
        | MEMBER
        | {"no_kk": f"320405120515{n:04}", "nik": f"320405120590{n:04}", "nama": f"NAMA {n}", "alamat": f"Jl. {n}"}
        | more
        for n in range(1, count + 1)
    ]


def back(found: list[FamilyRow]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the workbook in which bad families go back, by sheet."""
    target = io.BytesIO()
    write_rows(target, [family for family in found if family.is_bad], messages="id")
    kept = openpyxl.load_workbook(target)
    sheets: dict[str, list[dict[str, Any]]] = {}
    for name in ("keluarga", "anggota"):
        titles, *rows = kept[name].iter_rows(values_only=True)
        sheets[name] = [dict(zip(map(str, titles), row, strict=True)) for row in rows]
    return sheets


# -- a number written once, and its column merged ----------------------------------------------------------------------


def test_rows_below_a_family_that_say_nothing_of_one_are_its_members() -> None:
    one, other = flat(
        FAMILY | MEMBER,
        FAMILY | WIFE | NO_FAMILY,
        FAMILY | CHILD | NO_FAMILY,
        *houses(1, no_kk="3204051205159009", nik="3204051205900099"),
    )
    assert said(one) == [(3, "no_kk", "KK_TIAP_BARIS"), (4, "no_kk", "KK_TIAP_BARIS")]
    assert [member.nama for member in one.members] == ["BUDI", "SITI", "ANAK"]
    assert other.errors == []
    rows = back([one])
    assert [row["kesalahan"] is not None for row in rows["anggota"]] == [False, True, True]
    assert "tiap baris" in rows["anggota"][1]["kesalahan"]


def test_only_the_number_merged() -> None:
    (family,) = flat(FAMILY | MEMBER, FAMILY | WIFE | {"no_kk": ""})
    assert said(family) == [(3, "no_kk", "KK_TIAP_BARIS")]


@pytest.mark.parametrize("more", [{"alamat": "Jl. Lain"}, {"hubungan": 1}])
def test_a_row_without_a_number_that_says_it_is_another_familys(more: dict[str, Any]) -> None:
    one, other = flat(FAMILY | MEMBER, FAMILY | WIFE | {"no_kk": ""} | more)
    assert one.errors == []
    assert said(other) == [(3, "no_kk", "KOSONG")]


def test_a_first_row_that_says_nothing_of_a_family() -> None:
    one, other = flat(FAMILY | WIFE | NO_FAMILY, FAMILY | MEMBER)
    assert {code for _, _, code in said(one)} == {"KOSONG"}
    assert other.errors == []


# -- numbers that are lost ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("written", "code"), [("3,20405E+15", "NOMOR_ILMIAH"), ("#N/A", "RUMUS"), ("=A1", "RUMUS")])
def test_each_row_of_a_lost_number_is_told_and_comes_back(written: str, code: str) -> None:
    found = flat(*houses(4, no_kk=written))
    assert [said(family) for family in found] == [[(row, "no_kk", code)] for row in (2, 3, 4, 5)]
    rows = back(found)
    assert [row["alamat"] for row in rows["keluarga"]] == ["Jl. 1", "Jl. 2", "Jl. 3", "Jl. 4"]
    assert [row["nama"] for row in rows["anggota"]] == ["NAMA 1", "NAMA 2", "NAMA 3", "NAMA 4"]
    assert {row["no_kk"] for sheet in rows.values() for row in sheet} == {written}


def test_rows_of_a_lost_number_that_say_the_same_of_a_family_stay_together() -> None:
    lost = {"no_kk": "3,20405E+15"}
    one, other = flat(
        FAMILY | MEMBER | lost, FAMILY | WIFE | lost, FAMILY | CHILD | NO_FAMILY | lost, *houses(1, **lost)
    )
    assert said(one) == [(row, "no_kk", "NOMOR_ILMIAH") for row in (2, 3, 4)]
    assert said(other) == [(5, "no_kk", "NOMOR_ILMIAH")]
    rows = back([one, other])
    assert [row["alamat"] for row in rows["keluarga"]] == ["Jl. Mawar", "Jl. 1"]
    assert all("ilmiah" in row["kesalahan"] for row in rows["anggota"][1:3])


def test_words_in_place_of_a_number_join_nobody() -> None:
    found = flat(*houses(3, no_kk="belum punya"))
    assert [said(family) for family in found] == [[(row, "no_kk", "KK_ANGKA")] for row in (2, 3, 4)]


def test_lost_numbers_of_two_sheets_are_told_at_their_rows_and_nothing_else() -> None:
    rows = houses(3, no_kk="3,20405E+15")
    found = families(book({"keluarga": table(*rows), "anggota": table(*rows)}))
    told = [(error.sheet, error.row, error.code) for family in found for error in family.errors]
    assert sorted(told) == sorted((s, row, "NOMOR_ILMIAH") for s in ("keluarga", "anggota") for row in (2, 3, 4))
