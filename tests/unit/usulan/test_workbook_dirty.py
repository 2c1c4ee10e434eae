"""Lists as they really come: exports of other systems, headings over two rows, merged cells, formulas, lost digits."""

from __future__ import annotations

import codecs
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904, WINDOWS_EPOCH
from openpyxl.worksheet.worksheet import Worksheet

from models.usulan.workbook import FamilyRow, SheetMissing, WorkbookEncrypted, WorkbookNotRecognised, WorkbookOldFormat
from tests.unit.usulan.test_workbook_files import (
    FAMILY,
    FLAT,
    GOOD,
    KK,
    KK2,
    MEMBER,
    OLE,
    book,
    csv_of,
    families,
    opened,
    table,
    zipped,
)

WIFE = MEMBER | {"nik": "3204055205910002", "nama": "SITI", "jk": "P", "hubungan": 2, "tanggal_lahir": "12-05-1991"}
BORN = date(1990, 5, 12)


def answers(found: Sequence[FamilyRow]) -> list[tuple[str, int, str, str]]:
    return [(error.sheet, error.row, error.column, error.code) for family in found for error in family.errors]


def only(content: bytes) -> FamilyRow:
    """Return the only family of a file, which must be good."""
    (family,) = families(content)
    assert family.errors == []
    return family


def made(change: Any, *, members: Sequence[dict[str, Any]] = (MEMBER, WIFE)) -> bytes:
    """A workbook of one family, changed as somebody would in a spreadsheet."""
    out, kept = (
        io.BytesIO(),
        openpyxl.load_workbook(io.BytesIO(book({"keluarga": table(FAMILY), "anggota": table(*members)}))),
    )
    change(kept)
    kept.save(out)
    return out.getvalue()


def cell(sheet: Worksheet, name: str, row: int) -> Any:
    place = next(number for number, title in enumerate(sheet[1], 1) if title.value == name)
    return sheet.cell(row, place)


# -- text files --------------------------------------------------------------------------------------------------------

TITLES = ["DAFTAR USULAN, HASIL MUSDES, TAHUN 2026", "Desa Cileunyi Kulon, Kec. Cileunyi, Kab. Bandung", ""]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom"])
def test_titles_above_the_headings_hide_no_separator(separator: str, encoding: str) -> None:
    text = "\r\n".join([*TITLES, csv_of(FAMILY | MEMBER | {"nama": "BUDÍ"}, separator=separator)])
    boms = {"utf-16-le-bom": codecs.BOM_UTF16_LE, "utf-16-be-bom": codecs.BOM_UTF16_BE}
    content = boms[encoding] + text.encode(encoding.removesuffix("-bom")) if encoding in boms else text.encode(encoding)
    family = only(content)
    assert (family.members[0].nama, family.row) == ("BUDÍ", 5)


def test_the_row_told_is_the_row_of_the_file_below_titles() -> None:
    text = "\r\n".join([*TITLES, csv_of(FAMILY | MEMBER | {"rt": "IV"}, separator=";")])
    assert answers(families(text.encode())) == [("csv", 5, "rt", "RT_RW")]


def test_a_text_of_an_export_that_guards_its_numbers() -> None:
    """Programs write ="3204…" so that a spreadsheet leaves the digits alone."""
    row = FAMILY | MEMBER
    guarded = {name: f'"=""{row[name]}"""' for name in ("no_kk", "nik", "rt", "kode_desa", "nama", "tanggal_lahir")}
    family = only(csv_of(row | guarded, separator=";").encode())
    assert (family.no_kk, family.rt, family.kode_desa) == (KK, "001", 3204052001)
    assert (family.members[0].nik, family.members[0].nama) == (MEMBER["nik"], "BUDI")
    assert family.members[0].tanggal_lahir == BORN


# -- other systems' headings -------------------------------------------------------------------------------------------

SIAK = {
    "Nomor KK": KK, "NIK": MEMBER["nik"], "Nama Penduduk": "BUDI", "Status": "AKTIF", "Tempat Lahir": "BANDUNG",
    "Tanggal Lahir": "12-05-1990", "Kelamin": "LAKI-LAKI", "NIK Ayah": "", "Ayah": "UJANG", "NIK Ibu": "",
    "Ibu": "EUIS", "Status Kawin": "KAWIN", "SHDK": "KEPALA KELUARGA", "Agama": "ISLAM", "Kecamatan": "CILEUNYI",
    "Desa/Kel": "CILEUNYI KULON", "Alamat": "JL. MAWAR", "RW": "02", "RT": "01", "Pendidikan": "SLTA",
    "Pekerjaan": "WIRASWASTA", "Cacat": "",
}  # fmt: skip
BIP = {
    "NO KK": KK, "NO": 1, "NIK": MEMBER["nik"], "NAMA": "BUDI", "JK": "L", "TMPT LHR": "BANDUNG",
    "TGL LHR": "12/05/1990", "STAT KWN": "KAWIN", "HUB. KEL": "KEPALA KELUARGA", "AGAMA": "ISLAM",
}  # fmt: skip
BDT = {
    "Nama ART": "BUDI", "NIK": MEMBER["nik"], "No KK": KK, "Tempat Lahir": "BANDUNG", "Tgl Lahir": BORN,
    "Hubungan dengan kepala keluarga": 1, "jenis kelamin": 1, "Status perkawinan": 2, "Jumlah jam kerja": 40,
}  # fmt: skip
BDT_FAMILY = {
    "No KK": KK, "Kode Desa/Kelurahan (10)": "3204052001", "Alamat (12)": "JL. MAWAR", "RT": 1, "RW": 2,
    "Luas lantai (18)": 36, "Jenis usulan": "BARU",
}  # fmt: skip
REGSOSEK = {
    "no kartu keluarga": KK, "401": 1, "402 Nama": "BUDI", "403 NIK": MEMBER["nik"], "404": 1, "405": 1,
    "406": "12-05-1990", "408": 2, "409": 1, "tempat lahir": "BANDUNG",
}  # fmt: skip


@pytest.mark.parametrize("member", [BIP, BDT, REGSOSEK], ids=["BIP", "BDT 2015", "Regsosek 2022"])
def test_members_under_the_headings_of(member: dict[str, Any]) -> None:
    family = only(book({"keluarga": table(FAMILY), "anggota": table(member)}))
    (one,) = family.members
    assert (one.nik, one.nama, one.tempat_lahir, one.tanggal_lahir) == (MEMBER["nik"], "BUDI", "BANDUNG", BORN)
    assert (one.jk, one.hubungan, one.status_kawin) == (1, 1, 2)


def test_an_export_of_siak_with_the_two_columns_it_lacks() -> None:
    rows = [SIAK | {"Kode Desa": "32.04.05.2001", "Jenis Usulan": "BARU"}]
    for content in (csv_of(*rows, separator=";").encode(), book({"Sheet1": table(*rows)})):
        family = only(content)
        assert (family.no_kk, family.rt, family.rw, family.alamat) == (KK, "001", "002", "JL. MAWAR")
        (one,) = family.members
        assert (one.nama, one.jk, one.hubungan, one.status_kawin, one.disabilitas) == ("BUDI", 1, 1, 2, None)


def test_numbered_headings_of_bdt() -> None:
    family = only(book({"keluarga": table(BDT_FAMILY), "anggota": table(MEMBER)}))
    assert (family.kode_desa, family.alamat) == (3204052001, "JL. MAWAR")
    assert family.variables["luas_lantai"] == 36


@pytest.mark.parametrize(("column", "heading", "code"), [("hubungan", "SHDK", "3"), ("disabilitas", "Cacat", "1")])
def test_codes_of_another_list_are_not_taken_for_ours(column: str, heading: str, code: str) -> None:
    """Dukcapil's relation 3 is a wife, ours a child: under its heading only words are taken, and the first code."""
    wife = {name: value for name, value in (WIFE | {heading: code}).items() if name != column}
    head = {name: value for name, value in (MEMBER | {heading: ""}).items() if name != column}
    head[heading] = "KEPALA KELUARGA" if column == "hubungan" else "0"
    found = families(book({"keluarga": table(FAMILY), "anggota": table(head, wife)}))
    assert answers(found) == [("anggota", 3, column, "KODE_LAIN")]


def test_a_heading_shown_again_is_one_column_as_long_as_it_says_the_same() -> None:
    """Regsosek's sheet shows name and NIK anew beside every block of questions."""
    names: list[Any] = [*REGSOSEK, "402 Nama", "403 NIK"]
    same, other = ([*REGSOSEK.values(), "BUDI", nik] for nik in (MEMBER["nik"], "3204051205900009"))
    assert only(book({"keluarga": table(FAMILY), "anggota": [names, same]})).members[0].nama == "BUDI"
    found = families(book({"keluarga": table(FAMILY), "anggota": [names, other]}))
    assert answers(found) == [("anggota", 2, "nik", "KOLOM_BEDA")]


def test_headings_over_two_rows_with_merged_cells() -> None:
    upper: list[Any] = ["No KK", "Nama Lengkap", "NIK", "Tempat dan Tanggal Lahir", None, "JK", "SHDK", "Stat Kwn"]
    lower = [None, None, None, "Tempat Lahir", "Tgl/Bln/Th", None, None, None]
    row = [KK, "BUDI", MEMBER["nik"], "BANDUNG", "12/05/1990", "L", "Kepala Keluarga", "Kawin"]
    rows: list[list[Any]] = [["DATA KELUARGA"], [], upper, lower, row]
    plain = book({"keluarga": table(FAMILY), "anggota": rows})
    merged, out = openpyxl.load_workbook(io.BytesIO(plain)), io.BytesIO()
    for place in ("A1:H1", "A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:F4", "G3:G4", "H3:H4"):
        merged["anggota"].merge_cells(place)
    merged.save(out)
    for content in (plain, out.getvalue()):
        (member,) = only(content).members
        assert (member.tempat_lahir, member.tanggal_lahir, member.row) == ("BANDUNG", BORN, 5)


# -- workbooks as people keep them -------------------------------------------------------------------------------------


def test_a_family_number_merged_over_its_members() -> None:
    def merge(kept: openpyxl.Workbook) -> None:
        sheet = kept["anggota"]
        sheet.merge_cells("A2:A3")
        sheet["A60"].number_format = "@"
        sheet.merge_cells("A4:A60")  # empty and styled, as people drag it

    assert [member.nama for member in only(made(merge)).members] == ["BUDI", "SITI"]


@pytest.mark.parametrize("names", [("Sheet1", "Sheet2"), ("Data KK", "Data Jiwa"), ("anggota", "keluarga")])
def test_sheets_are_known_by_their_headings_where_their_names_do_not_fit(names: tuple[str, str]) -> None:
    sheets: dict[str, list[list[Any]]] = {names[1]: table(MEMBER, WIFE), "Catatan": [["rapat", 5]]}
    sheets[names[0]] = table(FAMILY)
    reading = opened(book(sheets))
    assert reading.titles == {"keluarga": names[0], "anggota": names[1]}
    (family,) = reading
    assert ([member.nama for member in family.members], family.errors) == (["BUDI", "SITI"], [])


def test_two_sheets_that_would_both_do_are_not_chosen_between() -> None:
    with pytest.raises(SheetMissing) as caught:
        opened(book({"RT 1": table(MEMBER), "RT 2": table(MEMBER), "keluarga": table(FAMILY)}))
    assert "RT 1, RT 2, keluarga" in caught.value.message_id


def test_one_sheet_may_say_all() -> None:
    reading = opened(book({"Rekap": [["x"]], "Lembar1": [["Daftar"], *table(FAMILY | MEMBER, FAMILY | WIFE)]}))
    assert (reading.kind, reading.titles) == ("xlsx", {"csv": "Lembar1"})
    (family,) = reading
    assert ([member.row for member in family.members], family.errors) == ([3, 4], [])


@pytest.mark.parametrize(
    ("sheet", "column", "written"),
    [
        ("anggota", "nik", "=B2&C2"),
        ("anggota", "nama", '=UPPER("budi")'),
        ("anggota", "tanggal_lahir", "=TODAY()-12000"),
        ("keluarga", "rt", "=A1+1"),
        ("anggota", "nama", "#N/A"),
    ],
)
@pytest.mark.parametrize("as_text", [False, True])
def test_a_formula_without_its_result_is_told(sheet: str, column: str, written: str, as_text: bool) -> None:
    def change(kept: openpyxl.Workbook) -> None:
        place = cell(kept[sheet], column, 2)
        place.value = written
        place.data_type = "s" if as_text else place.data_type

    (family,) = families(made(change))
    [error] = [error for error in family.errors if error.column == column]
    assert (error.sheet, error.row, error.code, error.value) == (sheet, 2, "RUMUS", written)
    assert written in error.message_id
    assert "Nilai" in error.cure_id
    assert "Values" in error.cure_en


def test_dates_and_yes_and_no_are_taken_from_the_cells_own_kind() -> None:
    def change(kept: openpyxl.Workbook) -> None:
        cell(kept["anggota"], "tanggal_lahir", 2).value = BORN
        for row, said in ((1, "hamil"), (2, False), (3, True)):
            kept["anggota"].cell(row, 9).value = said

    head, wife = only(made(change)).members
    assert (head.tanggal_lahir, head.hamil, wife.hamil) == (BORN, False, True)


@pytest.mark.parametrize("days", [0, 1462])
def test_a_workbook_of_the_other_calendar_says_the_same_day(days: int) -> None:
    def change(kept: openpyxl.Workbook) -> None:
        kept.epoch = CALENDAR_MAC_1904 if days else WINDOWS_EPOCH
        cell(kept["anggota"], "tanggal_lahir", 2).value = BORN

    assert only(made(change)).members[0].tanggal_lahir == BORN


@pytest.mark.parametrize("number", [3.20405120590001e15, 3204051205900010])
def test_a_nik_kept_as_a_quantity_is_refused_with_the_cure(number: float) -> None:
    def change(kept: openpyxl.Workbook) -> None:
        cell(kept["anggota"], "nik", 2).value = number

    (family,) = families(made(change))
    [error] = family.errors
    assert (error.sheet, error.row, error.column, error.code) == ("anggota", 2, "nik", "NOMOR_DIBULATKAN")
    assert "Teks" in error.cure_id


def test_a_nik_in_scientific_form_is_refused_with_the_cure() -> None:
    (family,) = families(csv_of(FAMILY | MEMBER | {"nik": '"3,20405E+15"'}).encode())
    [error] = family.errors
    assert (error.row, error.column, error.code, error.value) == (2, "nik", "NOMOR_ILMIAH", "3,20405E+15")
    assert "kartu" in error.cure_id


@pytest.mark.parametrize(
    ("name", "content"), [("usulan.xlsx", FLAT.encode()), ("usulan.csv", GOOD), ("usulan.xls", GOOD), ("usulan", GOOD)]
)
def test_a_renamed_list_is_read_by_what_it_is(name: str, content: bytes) -> None:
    assert [family.errors for family in opened(content, name)] == [[]]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"), WorkbookEncrypted),
        (OLE, WorkbookOldFormat),
        (b"%PDF-1.7", WorkbookNotRecognised),
        (b"<html><table><tr><td>no_kk", WorkbookOldFormat),  # what many a web page calls .xls
        (zipped({"word/document.xml": b"<x/>"}), WorkbookNotRecognised),
    ],
)
def test_what_is_locked_or_only_called_a_workbook_is_refused(content: bytes, problem: type[Exception]) -> None:
    with pytest.raises(problem):
        opened(content, "usulan.xlsx")


# -- persons and families twice ----------------------------------------------------------------------------------------


def test_a_person_and_a_family_twice_are_told_at_their_rows() -> None:
    sheets = {
        "keluarga": table(FAMILY, FAMILY, FAMILY | {"no_kk": KK2}),
        "anggota": table(MEMBER, WIFE, MEMBER | {"no_kk": KK2}),
    }
    found = families(book(sheets))
    assert answers(found) == [("keluarga", 2, "no_kk", "KK_BERULANG"), ("keluarga", 3, "no_kk", "KK_BERULANG")]
    warned = [(one.sheet, one.row, one.column, one.code) for family in found for one in family.warnings]
    assert warned == [("anggota", 2, "nik", "NIK_BERULANG"), ("anggota", 4, "nik", "NIK_BERULANG")]
