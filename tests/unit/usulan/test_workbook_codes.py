"""Codes of other lists: words decide where they name an answer, and a number that says otherwise is refused."""

from __future__ import annotations

from typing import Any

import pytest

from models.register.codes import code_list
from tests.unit.usulan.test_workbook_files import FAMILY, MEMBER, book, families, table

WIFE = MEMBER | {"nik": "3204055205910002", "nama": "SITI", "jk": "P", "hubungan": 2, "tanggal_lahir": "12-05-1991"}


def taken(heading: str, column: str, written: Any) -> Any:
    """Return what a wife's row takes under a heading for a column, or the code of its refusal."""
    wife: dict[str, Any] = {name: value for name, value in WIFE.items() if name != column} | {heading: written}
    head = MEMBER | ({heading: "KEPALA KELUARGA"} if column == "hubungan" else {})
    if column in MEMBER:
        head.pop(column if heading != column else "", None)
        head[heading] = {"hubungan": "Kepala keluarga", "jk": "L"}[column]
    (family,) = families(book({"keluarga": table(FAMILY), "anggota": table(head, wife)}))
    for refused in (error for error in family.errors if error.column == column and error.code.startswith("KODE_")):
        assert refused.message_id
        assert refused.cure_id
        return refused.code
    member = family.members[1]
    return getattr(member, column) if hasattr(member, column) else member.variables[column]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("3. ISTRI", 2),
        ("03 - Istri", 2),
        ("(3) ISTRI", 2),
        ("ISTRI", 2),
        ("4. ANAK", 3),
        ("9. FAMILI LAIN", 8),
        ("1. KEPALA KELUARGA", 1),
        ("1", 1),
        ("01", 1),
        (1, 1),
        ("3", "KODE_LAIN"),
        ("3.", "KODE_LAIN"),
        ("(3)", "KODE_LAIN"),
        ("03", "KODE_LAIN"),
        ("3.0", "KODE_LAIN"),
        (3, "KODE_LAIN"),
        ("3 - NYONYA", "KODE_LAIN"),
        ("9", "KODE_TIDAK_ADA"),
    ],
)
def test_a_relation_of_another_list(written: Any, code: Any) -> None:
    assert taken("SHDK", "hubungan", written) == code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2. CACAT NETRA/BUTA", "KODE_LAIN"),
        ("2", "KODE_LAIN"),
        ("0", 0),
        ("00", 0),
        ("2. BERAT", 2),
        ("6. RINGAN", 1),
        ("CACAT NETRA", "KODE_TIDAK_ADA"),
    ],
)
def test_a_disability_of_another_list(written: str, code: Any) -> None:
    assert taken("Cacat", "disabilitas", written) == code


@pytest.mark.parametrize(
    ("column", "written", "code"),
    [
        ("hubungan", "3 Istri", "KODE_BERTENTANGAN"),
        ("hubungan", "2 Istri", 2),
        ("hubungan", "2. Istri/suami", 2),
        ("hubungan", "2 Isteri sah", 2),
        ("hubungan", "(2)", 2),
        ("jk", "1 Perempuan", "KODE_BERTENTANGAN"),
        ("jk", "2 Perempuan", 2),
        ("jk", "2-1", "KODE_TIDAK_ADA"),
    ],
)
def test_a_number_that_contradicts_its_words(column: str, written: str, code: Any) -> None:
    assert taken(column, column, written) == code


@pytest.mark.parametrize(
    ("heading", "column", "written", "code"),
    [
        ("Partisipasi sekolah", "sekolah", 2, "KODE_LAIN"),
        ("Partisipasi sekolah", "sekolah", 1, "KODE_LAIN"),
        ("Partisipasi sekolah", "sekolah", "2. Tidak bersekolah lagi", 3),
        ("sekolah", "sekolah", 2, 2),
        ("SEKOLAH *", "sekolah", "2 Masih sekolah", 2),
        ("Lapangan usaha", "lapangan_usaha", 8, "KODE_LAIN"),
        ("lapangan_usaha", "lapangan_usaha", 8, 8),
    ],
)
def test_questions_that_another_questionnaire_asks_in_the_same_words(
    heading: str, column: str, written: Any, code: Any
) -> None:
    assert taken(heading, column, written) == code


@pytest.mark.parametrize("heading", ["Jenis kloset (31)", "Sumber penerangan utama (27)"])
def test_a_familys_questions_likewise(heading: str) -> None:
    (family,) = families(book({"keluarga": table(FAMILY | {heading: 3}), "anggota": table(MEMBER)}))
    assert [error.code for error in family.errors] == ["KODE_LAIN"]


def test_labels_that_begin_with_a_number_are_words() -> None:
    power = code_list("daya")
    assert [power.read(text) for text in ("450 watt", "1 450 watt", "2 450 watt", "2.200 watt")] == [1, 1, None, 4]
    assert [power.named(text) for text in ("450 watt", "7. 450 watt", "1.300 watt", "3", "")] == [1, 1, 3, None, None]
