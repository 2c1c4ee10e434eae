"""Nothing of a list is lost without a word: signs that do not show, stray quotes, rows that join nothing."""

from __future__ import annotations

from typing import Any

import pytest

from models.usulan.workbook import FamilyRow, QuoteOpen
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


# -- quotation marks ---------------------------------------------------------------------------------------------------


def eight(*, separator: str = ";") -> list[str]:
    """Return the lines of a file of eight families, each with a note at its end."""
    rows = [
        FAMILY | MEMBER | {"no_kk": f"320405120515{n:04}", "nik": f"320405120590{n:04}", "keterangan": "biasa"}
        for n in range(1, 9)
    ]
    return csv_of(*rows, separator=separator).split("\r\n")


def with_note(lines: list[str], **notes: str) -> bytes:
    """Return the file with other notes at the lines named (`line_4`: the fourth of the file)."""
    for line, note in notes.items():
        at = int(line.removeprefix("line_")) - 1
        lines[at] = lines[at].removesuffix("biasa") + note
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["", "\r\n", "\r\n\r\n"])
@pytest.mark.parametrize("line", [2, 4, 9])
def test_a_quote_that_is_never_closed_is_refused_with_its_row(separator: str, end: str, line: int) -> None:
    content = with_note(eight(separator=separator), **{f"line_{line}": '"rumah bocor'}) + end.encode()
    with pytest.raises(QuoteOpen) as refused:
        families(content)
    assert (refused.value.row, refused.value.text) == (line, "rumah bocor")
    assert f"Baris {line} " in refused.value.message_id
    assert "petik" in refused.value.cure_id


@pytest.mark.parametrize("later", ['"rumah roboh', '"roboh"', 'rumah "roboh', 'rumah roboh"', 'roboh""'])
def test_a_quote_that_only_a_later_row_closes_is_refused(later: str) -> None:
    with pytest.raises(QuoteOpen) as refused:
        families(with_note(eight(), line_4='"rumah bocor', line_7=later))
    assert refused.value.row == 4


def test_a_quote_that_goes_on_for_longer_than_any_text_is_refused() -> None:
    lines = eight()
    with pytest.raises(QuoteOpen) as refused:
        families(with_note(lines + lines[-1:] * 2_000, line_4='"rumah bocor'))
    assert refused.value.row == 4


@pytest.mark.parametrize(
    "note",
    ['rumah "bocor"', '5" pipa', '"rumah bocor"', '"rumah ""bocor"""', '"rumah" bocor', '"bocor;\r\natap; roboh"'],
)
def test_quotes_that_are_part_of_a_cell_or_close_lose_nothing(note: str) -> None:
    found = families(with_note(eight(), line_4=note))
    assert (len(found), [family.errors for family in found]) == (8, [[]] * 8)


def test_a_title_of_two_lines_may_hold_any_sign() -> None:
    found = families((b'"DAFTAR; USULAN;\r\nTAHUN; 2026, a, b, c, d, e, f, g, h"\r\n') + with_note(eight()))
    assert [family.errors for family in found] == [[]] * 8


# -- what is told ------------------------------------------------------------------------------------------------------


def test_of_a_long_cell_only_its_beginning_is_told() -> None:
    (family,) = flat(FAMILY | MEMBER | {"jk": "A" * 5_000, "rt": "B" * 5_000})
    for error in family.errors:
        assert len(error.value) < 210
        assert len(error.message_id) < 400
    assert family.members[0].raw["jk"] == "A" * 5_000


@pytest.mark.parametrize("year", ["1990", "'1990", "2026"])
def test_a_year_alone_is_no_date(year: str) -> None:
    (family,) = flat(FAMILY | MEMBER | {"tanggal_lahir": year})
    assert said(family) == [(2, "tanggal_lahir", "TANGGAL_BENTUK")]


def test_a_number_behind_a_stray_quote_is_told_masked() -> None:
    with pytest.raises(QuoteOpen) as refused:
        families(with_note(eight(), line_4='"NIK 3204051205900001'))
    assert "3204051205900001" not in str(refused.value)
    assert refused.value.text.startswith("NIK 320405")
