"""Single cells: what is taken, what is refused, and why."""

import contextlib
import pickle
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.usulan import workbook_values as values
from models.usulan.workbook_columns import columns, heading, headings
from models.usulan.workbook_identity import FAMILY_SHEET, FLAT_SHEET, MEMBER_SHEET, Column
from models.usulan.workbook_messages import TEXTS, CellRefused, row_error

COLUMNS = {column.name: column for column in columns(FLAT_SHEET)}


def take(name: str, cell: Any) -> object:
    return values.reader(COLUMNS[name])(cell)


def refusal(name: str, cell: Any) -> str:
    with pytest.raises(CellRefused) as caught:
        take(name, cell)
    return caught.value.code


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("3204110506910012", "3204110506910012"),
        (" 3204 1105 0691 0012 ", "3204110506910012"),
        ("\u20193204110506910012", "3204110506910012"),
        ("`3204110506910012\u00b4", "3204110506910012"),
        ("3204.1105.0691.0012", "3204110506910012"),
        ("3204-1105\u20130691-0012", "3204110506910012"),
        (
            "\u0663\u0662\u0660\u0664\u0661\u0661\u0660\u0665\u0660\u0666\u0669\u0661\u0660\u0660\u0661\u0662",
            "3204110506910012",
        ),
        (
            "\uff13\uff12\uff10\uff14\uff11\uff11\uff10\uff15\uff10\uff16\uff19\uff11\uff10\uff10\uff11\uff12",
            "3204110506910012",
        ),
        ("3204\u00a01105\u202f0691\u20090012", "3204110506910012"),
        ("'3204110506910012", "3204110506910012"),
        ('="3204110506910012"', "3204110506910012"),
        ("3204110506910012\u200b", "3204110506910012"),
        (3204110506910012, "3204110506910012"),
        (3204110506910012.0, "3204110506910012"),
        (320411050691001, "320411050691001"),  # 15 digits are exact; that one is missing is for the rules to say
        ("32O4110506910012", "32O4110506910012"),
    ],
)
def test_numbers_that_are_surely_exact_are_taken(cell: Any, number: str) -> None:
    assert take("nik", cell) == number


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("3.20411E+15", "NOMOR_ILMIAH"),
        ("3,20411E+15", "NOMOR_ILMIAH"),
        ("3204e12", "NOMOR_ILMIAH"),
        ("3204110506910012.0", "NOMOR_DIBULATKAN"),
        ("3204110506910012,00", "NOMOR_DIBULATKAN"),
        (3204110506910010.0, "NOMOR_DIBULATKAN"),  # Excel's sixteenth digit is always 0
        (3204110506910010, "NOMOR_DIBULATKAN"),
        (9501010506910013.0, "NOMOR_DIBULATKAN"),  # beyond 2**53 every second number is missing
        (3.5, "NOMOR_DIBULATKAN"),
        (-5, "NOMOR_DIBULATKAN"),
    ],
)
def test_numbers_that_may_have_lost_digits_are_refused(cell: Any, code: str) -> None:
    assert refusal("nik", cell) == code
    assert refusal("no_kk", cell) == code
    assert "Teks" in TEXTS[code].cure_id
    assert "Text" in TEXTS[code].cure_en


@given(st.integers(10**15, 10**16 - 1))
def test_a_number_cell_is_never_taken_for_another_number(number: int) -> None:
    stored = float(f"{number:.14e}")  # what Excel keeps: 15 significant digits
    with contextlib.suppress(CellRefused):
        assert take("nik", stored) == str(number)


DAY = date(1990, 12, 31)


@pytest.mark.parametrize(
    "cell",
    [
        DAY,
        datetime(1990, 12, 31, 7, 30),  # noqa: DTZ001  a spreadsheet knows no zone
        33238,
        33238.0,
        "33238",
        "1990-12-31",
        "1990/12/31",
        "1990-12-31T00:00:00",
        "1990-12-31 00:00:00",
        "31-12-1990",
        "31/12/1990",
        "31.12.1990",
        "31 12 1990",
        "31 Desember 1990",
        "31 DESEMBER 1990",
        "31-Des-1990",
        "31 Dec 1990",
        " 31  Desember  1990 ",
        "Senin, 31 Desember 1990",
        "senin 31-12-1990",
        "'31-12-1990",
        "31 Desember, 1990",
        "\u0663\u0661-\u0661\u0662-\u0661\u0669\u0669\u0660",
    ],
)
def test_dates_in_the_forms_people_use(cell: Any) -> None:
    assert take("tanggal_lahir", cell) == DAY


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("1-2-2003", date(2003, 2, 1)),
        ("17 Agustus 1945", date(1945, 8, 17)),
        ("5 Pebruari 1980", date(1980, 2, 5)),
        ("17 Agustus 1985", date(1985, 8, 17)),
        ("17-08-1985", date(1985, 8, 17)),
        ("17 Agt 1985", date(1985, 8, 17)),
        ("17-Agu-1985", date(1985, 8, 17)),
        ("17 Nop. 1985", date(1985, 11, 17)),
    ],
)
def test_the_day_comes_first(cell: str, day: date) -> None:
    assert take("tanggal_lahir", cell) == day


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("31-02-1990", "TANGGAL_TIDAK_ADA"),
        ("12/31/1990", "TANGGAL_TIDAK_ADA"),
        ("1990-13-01", "TANGGAL_TIDAK_ADA"),
        ("31-12-90", "TAHUN_DUA_ANGKA"),
        ("31 Des 90", "TAHUN_DUA_ANGKA"),
        ("17/8/85", "TAHUN_DUA_ANGKA"),
        ("01/02/03", "TAHUN_DUA_ANGKA"),
        ("17 J 1985", "TANGGAL_BENTUK"),
        ("17 Ju 1985", "TANGGAL_BENTUK"),
        ("Agustus 1985", "TANGGAL_BENTUK"),
        ("31 Foo 1990", "TANGGAL_BENTUK"),
        ("31 D 1990", "TANGGAL_BENTUK"),
        ("kemarin", "TANGGAL_BENTUK"),
        ("31121990", "TANGGAL_BENTUK"),
        (-3, "TANGGAL_BENTUK"),
        (True, "TANGGAL_BENTUK"),
    ],
)
def test_dates_that_cannot_be_meant(cell: Any, code: str) -> None:
    assert refusal("tanggal_lahir", cell) == code


@given(st.dates(date(1900, 3, 1), date(2100, 1, 1)))
def test_every_date_reads_back_from_all_forms(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    for cell in (day, day.isoformat(), f"{day:%d-%m-%Y}", f"{day.day}/{day.month}/{day.year}", serial, float(serial)):
        assert values.date_of(cell) == day


@pytest.mark.parametrize(
    "cell", ["3204052001", "32.04.05.2001", 3204052001, 3204052001.0, " 3204052001", "'3204052001"]
)
def test_village_codes(cell: Any) -> None:
    assert take("kode_desa", cell) == 3204052001


@pytest.mark.parametrize("cell", ["320405", "32.04", "abc", "3204054001", 3.5, "32040520011"])
def test_what_is_no_village_code(cell: Any) -> None:
    assert refusal("kode_desa", cell) == "WILAYAH_BENTUK"


@pytest.mark.parametrize(
    ("cell", "text"), [("4", "004"), ("004", "004"), (4, "004"), (4.0, "004"), ("RT 4", "004"), ("Rw.012", "012")]
)
def test_rt_and_rw(cell: Any, text: str) -> None:
    assert take("rt", cell) == text


@pytest.mark.parametrize("cell", ["4/11", "1234", "IV", -1, 1.5])
def test_what_is_no_rt(cell: Any) -> None:
    assert refusal("rt", cell) == "RT_RW"


@pytest.mark.parametrize(
    ("cell", "answer"),
    [("Ya", True), ("y", True), (1, True), ("1", True), (True, True), ("TIDAK", False), (2, False), ("0", False)],
)
def test_yes_and_no(cell: Any, answer: bool) -> None:
    assert take("hamil", cell) is answer


def test_what_is_neither_yes_nor_no() -> None:
    assert refusal("hamil", "mungkin") == "YA_TIDAK"
    assert refusal("hamil", 3) == "YA_TIDAK"


@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [
        ("jk", "L", 1),
        ("jk", 2.0, 2),
        ("jk", "2 Perempuan", 2),
        ("lantai", "keramik", 2),
        ("daya", "1.300 watt", 3),
        ("jenis_usulan", "baru", "BARU"),
        ("jenis_usulan", "USULAN_PROGRAM Usulan program", "USULAN_PROGRAM"),
        ("program", "BPNT", "SEMBAKO"),
        ("lat", "-6,9334", -6.9334),
        ("lat", "−6.9334", -6.9334),
        ("luas_lantai", "36", 36),
        ("luas_lantai", 36.0, 36),
        ("nama", "  Siti\n Aminah\u00a0 ", "Siti Aminah"),
        ("nama", "Re\u0301mi", "Rémi"),
        ("nama", "Budi\x07", "Budi"),
        ("nama", 12.0, "12"),
        ("alamat", "'=SUM(A1)", "=SUM(A1)"),
        ("alamat", DAY, "1990-12-31"),
    ],
)
def test_other_cells_that_are_taken(name: str, cell: Any, value: object) -> None:
    assert take(name, cell) == value


@pytest.mark.parametrize(
    ("name", "cell", "code"),
    [
        ("jk", "3", "KODE_TIDAK_ADA"),
        ("lantai", "emas", "KODE_TIDAK_ADA"),
        ("lantai", "x" * 5000, "KODE_TIDAK_ADA"),
        ("lat", "enam", "BUKAN_BILANGAN"),
        ("lat", "nan", "BUKAN_BILANGAN"),
        ("lat", "1e999", "BUKAN_BILANGAN"),
        ("lat", True, "BUKAN_BILANGAN"),
        ("lat", timedelta(1), "BUKAN_BILANGAN"),
        ("lat", 48.8, "DI_LUAR_BATAS"),
        ("luas_lantai", "36,5", "BUKAN_BILANGAN"),
        ("luas_lantai", 0, "DI_LUAR_BATAS"),
        ("sapi", "-1", "DI_LUAR_BATAS"),
        ("nama", "x" * 151, "TERLALU_PANJANG"),
    ],
)
def test_other_cells_that_are_refused(name: str, cell: Any, code: str) -> None:
    assert refusal(name, cell) == code


@pytest.mark.parametrize("cell", [None, "", "  ", "-", " – ", "\t\n", "'", "'-", "\u200b", "\ufeff\u00a0", '=""'])
def test_empty_cells(cell: Any) -> None:
    assert values.is_blank(cell)


@pytest.mark.parametrize("cell", [0, 0.0, False, "0", "x", "'x", "\u200b7", "=", "!", values.Unanswered("=B2")])
def test_cells_that_are_not_empty(cell: Any) -> None:
    assert not values.is_blank(cell)


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_every_row_error_speaks_both_languages_and_says_how_to_mend_it(code: str) -> None:
    names = (
        "list",
        "choices",
        "minimum",
        "maximum",
        "length",
        "lat",
        "long",
        "kind",
        "count",
        "other",
        "means",
        "number",
        "nik",
        "where",
    )
    error = row_error("anggota", 5, "nik", "7", code, **dict.fromkeys(names, "7"))
    for text in (error.message_id, error.message_en, error.cure_id, error.cure_en):
        assert len(text) > 15
        assert text.endswith(".")
        assert "{" not in text
    assert error.text("id") == f"{error.message_id} {error.cure_id}"
    assert error.text("en") == f"{error.message_en} {error.cure_en}"
    assert error.severity == ("warning" if code in {"NIK_BERULANG", "NIK_TERDAFTAR"} else "error")


def test_a_refused_cell_survives_pickling() -> None:
    again = pickle.loads(pickle.dumps(CellRefused("DI_LUAR_BATAS", minimum=1, maximum=2)))  # noqa: S301  our own bytes
    assert (again.code, again.found) == ("DI_LUAR_BATAS", {"minimum": 1, "maximum": 2})


@pytest.mark.parametrize("sheet", [FAMILY_SHEET, MEMBER_SHEET, FLAT_SHEET])
def test_columns_have_names_of_their_own_and_help(sheet: str) -> None:
    names = [column.name for column in columns(sheet)]
    assert len(names) == len(set(names))
    for column in columns(sheet):
        for text in (*column.label, *column.help, column.example):
            assert text
        assert values.reader(column)(column.example) is not None, column.name


@pytest.mark.parametrize("sheet", [FAMILY_SHEET, MEMBER_SHEET, FLAT_SHEET])
def test_no_heading_means_two_columns(sheet: str) -> None:
    meant: dict[str, Column] = {}
    for column in columns(sheet):
        for name in (column.name, *column.aliases):
            assert meant.setdefault(heading(name), column) is column, name
    assert headings(sheet)["no_kk"].name == "no_kk"


@pytest.mark.parametrize("title", ["No KK", "no_kk *", "NO. KK", " Nomor Kartu Keluarga "])
def test_headings_are_read_whatever_their_case_and_signs(title: str) -> None:
    assert headings(FAMILY_SHEET)[heading(title)].name == "no_kk"
