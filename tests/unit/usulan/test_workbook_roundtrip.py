"""Writing and reading back: nothing is lost, whatever the kind of file, and bad rows come home with their reasons."""

import io
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from models.register.codes import code_list
from models.usulan.workbook import (
    ContentFingerprint,
    FamilyRow,
    MemberRow,
    RowError,
    columns,
    read,
    write_rows,
    write_template,
)
from models.usulan.workbook_values import is_blank

TODAY = date(2026, 11, 20)
KINDS = ["xlsx", "csv"]
REGIONS = frozenset({3204052001, 320405})


def choice(name: str) -> st.SearchStrategy[Any]:
    return st.sampled_from(list(code_list(name).codes))


def answers(sheet: str) -> st.SearchStrategy[dict[str, Any]]:
    each: dict[str, st.SearchStrategy[Any]] = {}
    for column in columns(sheet):
        if column.variable and column.kind == "code":
            each[column.name] = choice(column.code_list or "")
        elif column.variable and column.kind == "yes_no":
            each[column.name] = st.booleans()
        elif column.variable:
            each[column.name] = st.integers(int(column.minimum or 0), int(column.maximum or 9))
    return st.fixed_dictionaries({}, optional=each)


words = (
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
    .map(lambda text: unicodedata.normalize("NFC", text))
    .filter(lambda text: not is_blank(text) and not text.startswith(("'=", "'+", "'-", "'@", "=", "#")))
)


@st.composite
def families(draw: st.DrawFn) -> FamilyRow:
    number = f"320405{draw(st.dates(date(2005, 1, 1), TODAY)):%d%m%y}{draw(st.integers(1, 9999)):04}"
    family = FamilyRow(
        no_kk=number,
        kode_desa=3204052001,
        rt=f"{draw(st.integers(0, 999)):03}",
        rw=f"{draw(st.integers(0, 999)):03}",
        dusun=draw(st.just("") | words),
        alamat=draw(words),
        jenis_usulan=draw(st.sampled_from(["BARU", "PEMBARUAN", "PINDAH"])),
        program=draw(st.just("") | choice("program")),
        alasan=draw(st.just("") | words),
        variables=draw(answers("keluarga")),
    )
    if draw(st.booleans()):
        family.lat, family.long = round(draw(st.floats(-11, 6)), 6), round(draw(st.floats(95, 141)), 6)
    for place, serial in enumerate(draw(st.lists(st.integers(1, 9999), min_size=1, max_size=4, unique=True))):
        birth, sex = draw(st.dates(date(1930, 1, 1), TODAY)), draw(st.sampled_from([1, 2]))
        family.members.append(
            MemberRow(
                no_kk=number,
                nik=f"320405{birth.day + 40 * (sex - 1):02}{birth:%m%y}{serial:04}",
                nama=draw(words),
                tempat_lahir=draw(words),
                tanggal_lahir=birth,
                jk=sex,
                hubungan=1 if place == 0 else draw(st.integers(2, 8)),
                status_kawin=draw(choice("status_kawin")),
                pekerjaan=draw(st.none() | choice("pekerjaan")),
                hamil=draw(st.none() | st.just(value=sex == 2)),
                disabilitas=draw(st.none() | choice("disabilitas")),
                variables=draw(answers("anggota")),
            )
        )
    return family


def written(rows: Iterable[FamilyRow], kind: Any, messages: Literal["id", "en"] | None = None) -> bytes:
    target = io.BytesIO()
    write_rows(target, rows, kind=kind, messages=messages)
    return target.getvalue()


def reread(content: bytes) -> list[FamilyRow]:
    return list(read(content, "usulan", on=TODAY, regions=REGIONS))


def without_rows(family: FamilyRow) -> FamilyRow:
    return replace(family, row=0, members=[replace(member, row=0) for member in family.members])


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(families(), min_size=1, max_size=3, unique_by=lambda family: family.no_kk))
def test_what_is_written_reads_back_the_same(kind: str, rows: list[FamilyRow]) -> None:
    back = reread(written(rows, kind))
    assert [without_rows(replace(family, warnings=[])) for family in back] == rows
    assert not any(family.errors for family in back)
    assert [family.fingerprint() for family in back] == [family.fingerprint() for family in rows]


def family_of(number: str = "3204051205150001", **more: Any) -> FamilyRow:
    serial = number[-4:]
    head = MemberRow(
        number, f"320405120590{serial}", "BUDI", "BANDUNG", date(1990, 5, 12), jk=1, hubungan=1, status_kawin=2
    )
    wife = replace(head, nik=f"320405520791{serial}", nama="SITI", tanggal_lahir=date(1991, 7, 12), jk=2, hubungan=2)
    values: dict[str, Any] = {"alamat": "Jl. Mawar 1", "jenis_usulan": "BARU", "members": [head, wife]}
    return FamilyRow(number, 3204052001, "001", "002", **(values | more))


@pytest.mark.parametrize("kind", KINDS)
def test_equal_content_gives_equal_bytes(kind: str) -> None:
    assert written([family_of()], kind) == written([family_of()], kind)


def test_the_fingerprint_is_of_the_content_alone() -> None:
    one = family_of()
    other = replace(one, row=7, members=[replace(member, row=9) for member in reversed(one.members)])
    assert one.fingerprint() == other.fingerprint()
    for changed in (
        replace(one, rt="003"),
        replace(one, variables={"lantai": 2}),
        replace(one, members=one.members[:1]),
        replace(one, members=[replace(one.members[0], nama="BUDY"), one.members[1]]),
        replace(one, raw={"lat": "x"}),
    ):
        assert changed.fingerprint() != one.fingerprint()
    first, second = ContentFingerprint(), ContentFingerprint()
    rows = [one, family_of("3204051205150002")]
    assert [first.add(row) for row in rows] == [row.fingerprint() for row in rows]
    for row in reversed(rows):
        second.add(row)
    assert first.hexdigest() == second.hexdigest()
    assert len(first.hexdigest()) == 64
    second.add(one)
    assert first.hexdigest() != second.hexdigest()


BAD = {
    "tanggal_lahir": "31-02-1990",
    "nik": "3.20405E+15",
    "jk": "X",
}


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_bad_rows_come_back_as_written_with_what_is_wrong(kind: str, language: Literal["id", "en"]) -> None:
    bad = family_of()
    bad.members[0].raw, bad.members[0].nik, bad.members[0].jk, bad.members[0].tanggal_lahir = BAD, "", None, None
    bad.raw, bad.kode_desa = {"kode_desa": "32.04"}, None
    (once,) = reread(written([bad], kind))
    assert {error.code for error in once.errors} == {
        *("WILAYAH_BENTUK", "NOMOR_ILMIAH", "TANGGAL_TIDAK_ADA", "KODE_TIDAK_ADA")
    }
    assert once.members[0].raw == BAD
    answer = written([once], kind, language)
    (twice,) = reread(answer)
    assert twice.fingerprint() == once.fingerprint() == bad.fingerprint()
    assert [error.code for error in twice.errors] == [error.code for error in once.errors]
    if kind == "csv":
        text = answer.decode("utf-8-sig")
        assert text.startswith("kesalahan,")
        for error in once.errors:
            assert error.text(language).replace('"', '""') in text


@pytest.mark.parametrize("source", KINDS)
def test_the_answered_workbook_shows_each_mistake_at_its_row(source: str, tmp_path: Path) -> None:
    bad = family_of()
    bad.members[1].raw, bad.members[1].tanggal_lahir = {"tanggal_lahir": "kemarin"}, None
    bad.lat = -6.9
    good = family_of("3204051205150002")
    rows = reread(written([good, bad], source))
    target = tmp_path / "kembali.xlsx"
    write_rows(target, rows, messages="id")
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == ["petunjuk", "keluarga", "anggota", "kode"]
    family_sheet, member_sheet = book["keluarga"], book["anggota"]
    assert family_sheet["A1"].value == member_sheet["A1"].value == "kesalahan"
    assert family_sheet["A2"].value is None
    assert "long: Lintang dan bujur harus diisi keduanya" in str(family_sheet["A3"].value)
    assert [member_sheet.cell(row, 1).value is None for row in (2, 3, 4, 5)] == [True, True, True, False]
    assert "tanggal_lahir: Tanggal 'kemarin' tidak terbaca." in str(member_sheet["A5"].value)
    wrong = [cell for cell in member_sheet[5] if cell.fill.fgColor.rgb == "FFF8D7DA"]
    assert [cell.value for cell in wrong] == ["kemarin"]


def test_the_template_guides_the_hand(tmp_path: Path) -> None:
    target = tmp_path / "templat.xlsx"
    write_template(target)
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == ["petunjuk", "keluarga", "anggota", "kode"]
    for name in ("keluarga", "anggota"):
        sheet = book[name]
        headings = [cell.value for cell in sheet[1]]
        assert headings == [column.name for column in columns(name)]
        assert sheet.freeze_panes == "B2"
        for cell, column in zip(sheet[1], columns(name), strict=True):
            assert cell.comment is not None
            assert column.help[0] in cell.comment.text
            assert column.help[1] in cell.comment.text
            assert ("WAJIB" in cell.comment.text) == column.required
        lists = {str(one.sqref).split(":")[0]: str(one.formula1) for one in sheet.data_validations.dataValidation}
        for place, column in enumerate(columns(name), start=1):
            address = sheet.cell(2, place).coordinate
            assert (address in lists) == (column.kind in ("code", "yes_no"))
        nik = headings.index("no_kk")
        letter = get_column_letter(nik + 1)
        assert sheet.column_dimensions[letter].number_format == "@"
    codes = book["kode"]
    found = {str(column[0].value): [cell.value for cell in column[1:] if cell.value] for column in codes.iter_cols()}
    assert found["lantai"] == [answer.choice for answer in code_list("lantai").codes.values()]
    guide = [str(cell.value) for row in book["petunjuk"].iter_rows() for cell in row if cell.value]
    assert any("Petunjuk" in line for line in guide)
    assert any("How to fill in" in line for line in guide)


def test_a_filled_template_is_read_with_the_choices_of_its_drop_downs(tmp_path: Path) -> None:
    target = tmp_path / "templat.xlsx"
    write_template(target)
    book = openpyxl.load_workbook(target)
    family: dict[str, Any] = {
        "no_kk": "3204051205150001",
        "kode_desa": "32.04.05.2001",
        "rt": 4,
        "rw": "011",
        "alamat": "Kp. Sukahaji",
        "jenis_usulan": "BARU Keluarga baru",
        "lantai": "8 Tanah",
        "luas_lantai": 36,
        "aset_motor": "Ya",
    }
    member: dict[str, Any] = {
        "no_kk": "3204051205150001",
        "nik": "3204051205900001",
        "nama": "Budi",
        "tempat_lahir": "Bandung",
        "tanggal_lahir": date(1990, 5, 12),
        "jk": "1 Laki-laki",
        "hubungan": "Kepala keluarga",
        "status_kawin": 2,
    }
    for name, values in (("keluarga", family), ("anggota", member)):
        for place, column in enumerate(columns(name), start=1):
            book[name].cell(3, place).value = values.get(column.name)  # a blank row above does no harm
    book.save(target)
    (row,) = read(target, target.name, on=TODAY, regions=REGIONS)
    assert row.errors == []
    assert (row.rt, row.kode_desa, row.variables) == (
        *("004", 3204052001),
        {"lantai": 8, "luas_lantai": 36, "aset_motor": True},
    )
    assert row.members[0].tanggal_lahir == date(1990, 5, 12)
    assert (row.row, row.members[0].row) == (3, 3)


def test_a_csv_template_is_one_row_of_headings(tmp_path: Path) -> None:
    target = tmp_path / "templat.csv"
    write_template(target)
    assert target.read_text("utf-8-sig").splitlines() == [",".join(column.name for column in columns("csv"))]


def test_formulas_are_never_written() -> None:
    evil = family_of(alamat="=cmd|' /C calc'!A0", alasan="+1", dusun="@x")
    text = written([evil], "csv").decode("utf-8-sig")
    assert ",=cmd" not in text
    assert "'=cmd" in text
    sheet = openpyxl.load_workbook(io.BytesIO(written([evil], "xlsx")))["keluarga"]
    assert [cell.data_type for cell in sheet[2] if cell.value == evil.alamat] == ["s"]
    for kind in KINDS:
        (back,) = reread(written([evil], kind))
        assert (back.alamat, back.alasan, back.dusun) == (evil.alamat, "+1", "@x")


def test_an_error_added_by_the_caller_is_shown(tmp_path: Path) -> None:
    (row,) = reread(written([family_of()], "xlsx"))
    assert not row.is_bad
    words = ("Sudah terdaftar.", "Already registered.", "Cari kasusnya.", "Look up the case.")
    row.errors.append(RowError("keluarga", row.row, "no_kk", row.no_kk, "SUDAH_TERDAFTAR", "error", *words))
    assert row.is_bad
    target = tmp_path / "kembali.xlsx"
    write_rows(target, [row], messages="en")
    assert openpyxl.load_workbook(target)["keluarga"]["A2"].value == "no_kk: Already registered. Look up the case."
