"""Nothing of a list is lost without a word: signs that do not show, stray quotes, rows that join nothing."""

from __future__ import annotations

from typing import Any

import pytest

from models.usulan.workbook import FamilyRow
from tests.unit.usulan.test_workbook_files import FAMILY, MEMBER, book, csv_of, families, table

WIFE = MEMBER | {"nik": "3204055205910002", "nama": "SITI", "jk": "P", "hubungan": 2, "tanggal_lahir": "12-05-1991"}
HIDDEN = ["'", "''", "\u200b", "\u200b'\u200b", " \ufeff ", "\u2060"]


def flat(*rows: dict[str, Any]) -> list[FamilyRow]:
    return families(csv_of(*rows, separator=";").encode())


def said(family: FamilyRow) -> list[tuple[int, str, str]]:
    return [(error.row, error.column, error.code) for error in family.errors]


# -- signs that do not show --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", HIDDEN)
@pytest.mark.parametrize("column", ["no_kk", "alamat", "nik", "tempat_lahir", "nama"])
def test_a_cell_of_signs_that_do_not_show_is_empty(column: str, sign: str) -> None:
    (family,) = flat(FAMILY | MEMBER | {column: sign})
    assert said(family) == [(2, column, "KOSONG")]


@pytest.mark.parametrize("sign", HIDDEN)
def test_two_families_without_a_number_are_two(sign: str) -> None:
    for found in (
        flat(FAMILY | MEMBER | {"no_kk": sign}, FAMILY | WIFE | {"no_kk": sign, "hubungan": 1}),
        families(book({"keluarga": table(FAMILY | {"no_kk": sign}, FAMILY), "anggota": table(MEMBER)})),
    ):
        assert len(found) == 2
        assert [code for family in found for _, column, code in said(family) if column == "no_kk"] in (
            ["KOSONG", "KOSONG"],
            ["KOSONG"],
        )


def test_a_row_of_signs_that_do_not_show_is_no_row() -> None:
    (family,) = flat(FAMILY | MEMBER, dict.fromkeys(FAMILY | MEMBER, "'"), dict.fromkeys(FAMILY | MEMBER, "\u200b"))
    assert family.errors == []
