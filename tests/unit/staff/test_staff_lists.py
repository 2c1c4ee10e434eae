"""A list of accounts as people write it: read and judged row by row, as far as no database is needed."""

from __future__ import annotations

import pytest

from models.staff.workbook import Row, read
from models.usulan.workbook import QuoteOpen

HEAD = "nik;nama;peran;wilayah;berlaku_sampai\r\n"
NIK = "3204050101800001"


def rows(*lines: str) -> list[Row]:
    return read((HEAD + "\r\n".join(lines)).encode(), "akun.csv")


def wrong(line: str) -> list[str]:
    """Return the columns at which a line is refused."""
    (row,) = rows(line)
    for mistake in row.mistakes:
        assert all(mistake.as_data().values())
    assert (row.proposal is None) == bool(row.mistakes)
    return [mistake.column for mistake in row.mistakes]


def test_an_ordinary_line_is_proposed() -> None:
    (row,) = rows(f"{NIK};Dadang;operator_desa;32.04.05.2001;")
    assert row.mistakes == []
    assert row.proposal is not None
    assert row.proposal.nik == NIK


@pytest.mark.parametrize("nik", ["'", "''", "\u200b", " \ufeff ", '=""', "-"])
def test_a_nik_of_signs_that_do_not_show_is_none(nik: str) -> None:
    assert wrong(f"{nik};Dadang;operator_desa;32.04.05.2001;") == ["nik"]


@pytest.mark.parametrize("name", ["\u200b", "'"])
def test_a_name_of_signs_that_do_not_show_is_none(name: str) -> None:
    assert wrong(f"{NIK};{name};operator_desa;32.04.05.2001;") == ["nama"]


@pytest.mark.parametrize("name", ["#N/A", "#REF!", "=B2", '=UPPER("x")'])
@pytest.mark.parametrize("column", ["nama", "peran", "wilayah", "berlaku_sampai", "nik"])
def test_a_formula_without_its_result_is_no_value(column: str, name: str) -> None:
    cells = {"nik": NIK, "nama": "Dadang", "peran": "operator_desa", "wilayah": "32.04.05.2001", "until": ""}
    key = "until" if column == "berlaku_sampai" else column
    assert wrong(";".join((cells | {key: name}).values())) == [column]


def test_a_quote_that_is_never_closed_is_refused_with_its_row() -> None:
    with pytest.raises(QuoteOpen) as refused:
        rows(*(f"{NIK};{name};operator_desa;32.04.05.2001;" for name in ("Dadang", '"Euis', "Ujang")))
    assert refused.value.row == 3


def test_two_columns_of_one_heading_must_say_the_same() -> None:
    text = "nik;nik;nama;peran;wilayah\r\n{};{};Dadang;operator_desa;32.04.05.2001"
    (same,) = read(text.format(NIK, NIK).encode())
    (other,) = read(text.format(NIK, NIK[:-1] + "2").encode())
    assert (same.mistakes, other.proposal) == ([], None)
    assert [mistake.column for mistake in other.mistakes] == ["nik"]
