"""Whole files: kinds, headings, order, blank rows, and every reason for which a file is refused."""

import contextlib
import io
import pickle
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.usulan import workbook_source, workbook_xlsx
from models.usulan.workbook import (
    ColumnMissing,
    ColumnTwice,
    FamilyRow,
    QuoteOpen,
    Reading,
    SheetMissing,
    TextNotUtf8,
    WorkbookDamaged,
    WorkbookEmpty,
    WorkbookEncrypted,
    WorkbookNotRecognised,
    WorkbookOldFormat,
    WorkbookProblem,
    WorkbookTooLarge,
    read,
    write_rows,
)

TODAY = date(2026, 11, 20)
REGIONS = frozenset({3204052001, 320405})
KK, KK2 = "3204051205150001", "3204051205150002"
FAMILY: dict[str, Any] = {
    "no_kk": KK, "kode_desa": "3204052001", "rt": "1", "rw": "2", "alamat": "Jl. Mawar", "jenis_usulan": "BARU",
}  # fmt: skip
MEMBER: dict[str, Any] = {
    "no_kk": KK, "nik": "3204051205900001", "nama": "BUDI", "tempat_lahir": "BANDUNG", "tanggal_lahir": "12-05-1990",
    "jk": "L", "hubungan": 1, "status_kawin": 2,
}  # fmt: skip


def book(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def table(*rows: Mapping[str, Any]) -> list[list[Any]]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [names, *([row.get(name) for name in names] for row in rows)]


def opened(content: bytes | Path | str, name: str = "usulan.xlsx") -> Reading:
    return read(content, name, on=TODAY, regions=REGIONS)


def families(content: bytes | Path | str) -> list[FamilyRow]:
    return list(opened(content))


def csv_of(*rows: Mapping[str, Any], separator: str = ",") -> str:
    return "\r\n".join(separator.join("" if cell is None else str(cell) for cell in row) for row in table(*rows))


GOOD = book({"keluarga": table(FAMILY), "anggota": table(MEMBER)})
FLAT = csv_of(FAMILY | MEMBER)


def test_an_ordinary_workbook() -> None:
    reading = opened(GOOD)
    assert (reading.kind, reading.families, reading.members, reading.unknown_columns) == ("xlsx", 1, 1, ())
    (family,) = reading
    assert (family.errors, family.warnings) == ([], [])
    assert (family.no_kk, family.kode_desa, family.rt, family.row) == (KK, 3204052001, "001", 2)
    (member,) = family.members
    assert (member.nik, member.tanggal_lahir, member.jk, member.row) == (MEMBER["nik"], date(1990, 5, 12), 1, 2)
    assert list(reading) == []


@pytest.mark.parametrize("content", [GOOD, FLAT.encode()])
def test_path_text_and_bytes_are_the_same(content: bytes, tmp_path: Path) -> None:
    place = tmp_path / "any-name.bin"
    place.write_bytes(content)
    assert families(place) == families(str(place)) == families(content)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("first", ["", "sep=%s\r\n"])
def test_flat_files_of_every_separator(separator: str, encoding: str, first: str) -> None:
    text = (first % separator if first else "") + csv_of(FAMILY | MEMBER | {"nama": "BUDÍ"}, separator=separator)
    reading = opened(text.encode(encoding), "usulan.csv")
    assert (reading.kind, reading.families, reading.members) == ("csv", 1, 1)
    (family,) = reading
    assert family.errors == []
    assert (family.no_kk, family.members[0].nama, family.row) == (KK, "BUDÍ", 2)


def test_headings_in_any_order_case_and_spelling_and_a_title_above() -> None:
    member = {
        "Nama Lengkap": "BUDI", "SHDK": 1, "Jenis Kelamin": 1, "Tgl. Lahir": "1990-05-12", "Tempat Lahir ": "BANDUNG",
        "NIK": MEMBER["nik"], "Status Perkawinan": "Kawin", "NOMOR KK": KK, "kesalahan": "lama", "Catatan": "x",
    }  # fmt: skip
    content = book(
        {
            " Anggota": [["Data anggota"], [], *table(member)],
            "lain": [["abc"]],
            "KELUARGA": [["Desa Cileunyi Kulon"], *table(dict(reversed(FAMILY.items())) | {"RT ": None}), []],
        }
    )
    with pytest.raises(ColumnTwice):  # "rt" and "RT " are one column
        opened(content)
    content = book(
        {"Anggota ": [["Data anggota"], [], *table(member)], "KELUARGA": table(dict(reversed(FAMILY.items())))}
    )
    reading = opened(content)
    assert reading.unknown_columns == (("anggota", "Catatan"),)
    (family,) = reading
    assert family.errors == []
    assert family.members[0].row == 4


def test_blank_rows_and_dashes_are_nothing() -> None:
    empty = dict.fromkeys(FAMILY)
    content = book(
        {
            "keluarga": table(FAMILY | {"dusun": "-"}, empty, FAMILY | {"no_kk": KK2}),
            "anggota": table(
                dict.fromkeys(MEMBER), MEMBER, dict.fromkeys(MEMBER, " "), MEMBER | {"no_kk": KK2, "nik": None}
            ),
        }
    )
    one, two = families(content)
    assert (one.dusun, one.errors, one.members[0].row) == ("", [], 3)
    assert (two.row, two.members[0].row) == (4, 5)
    assert [(error.column, error.code) for error in two.errors] == [("nik", "KOSONG")]


def test_rows_of_a_family_need_not_stand_together() -> None:
    members = [
        MEMBER | {"no_kk": number, "nik": f"3204051205900{serial:03}", "hubungan": relation}
        for serial, (number, relation) in enumerate([(KK, 1), (KK2, 1), (KK, 3), (KK2, 3)], start=1)
    ]
    rows = [FAMILY | {"no_kk": KK2}, FAMILY]
    sheets = families(book({"keluarga": table(*rows), "anggota": table(*members)}))
    flat = families(csv_of(*(FAMILY | member for member in members)).encode())
    for found in (sheets, flat):
        assert [family.no_kk for family in found] == [KK, KK2]
        assert [len(family.members) for family in found] == [2, 2]
        assert not any(family.errors for family in found)
    assert [family.fingerprint() for family in sheets] == [family.fingerprint() for family in flat]


def test_a_flat_file_may_fill_the_family_once() -> None:
    other = MEMBER | {"nik": "3204051205900002", "hubungan": 3}
    (family,) = families(csv_of(FAMILY | MEMBER, {"no_kk": KK} | other).encode())
    assert family.errors == []
    assert [member.nik for member in family.members] == [MEMBER["nik"], other["nik"]]


def zipped(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def with_sheet(xml: str) -> bytes:
    """GOOD, its first sheet's rows replaced."""
    parts = {}
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "xl/worksheets/sheet1.xml":
                start, _, rest = content.decode().partition("<sheetData>")
                content = f"{start}<sheetData>{xml}</sheetData>{rest.partition('</sheetData>')[2]}".encode()
            parts[name] = content
    return zipped(parts)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
REFUSED: list[tuple[type[WorkbookProblem], bytes]] = [
    (WorkbookNotRecognised, b""),
    (WorkbookNotRecognised, b"  \r\n "),
    (WorkbookNotRecognised, b"%PDF-1.7 no_kk,nik"),
    (WorkbookNotRecognised, b"\xff\xd8\xff\xe0 jpeg"),
    (WorkbookNotRecognised, b"no_kk,ni\0k"),
    (WorkbookOldFormat, b"<!DOCTYPE html><p>no_kk"),
    (WorkbookOldFormat, b"\xef\xbb\xbf\r\n <HTML><table><tr><td>no_kk"),
    (WorkbookOldFormat, b"<table><tr><td>no_kk"),
    (WorkbookOldFormat, b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'),
    (WorkbookOldFormat, b"MIME-Version: 1.0\r\nContent-Type: multipart/related"),
    (WorkbookOldFormat, b'<style>td{mso-number-format:"\\@"}</style><table>'),
    (WorkbookNotRecognised, zipped({"word/document.xml": b"<x/>"})),
    (WorkbookOldFormat, OLE),
    (WorkbookOldFormat, zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"})),
    (WorkbookOldFormat, zipped({"xl/workbook.bin": b""})),
    (WorkbookEncrypted, OLE + "EncryptedPackage".encode("utf-16-le")),
    (WorkbookDamaged, GOOD[: len(GOOD) // 2]),
    (WorkbookDamaged, zipped({"xl/workbook.xml": b"<workbook"})),
    (WorkbookDamaged, with_sheet("<row><c></row>")),
    (SheetMissing, book({"keluarga": table(FAMILY), "Sheet1": [["x"]]})),
    (SheetMissing, book({"data": table(FAMILY)})),
    (ColumnMissing, book({"keluarga": [["x", "y"], [1, 2]], "anggota": table(MEMBER)})),
    (ColumnMissing, book({"keluarga": table(FAMILY), "anggota": []})),
    (ColumnMissing, book({"keluarga": table(FAMILY), "anggota": table({"no_kk": KK, "nik": "1"})})),
    (ColumnMissing, b"nama,umur\nBudi,5\n"),
    (ColumnMissing, b"just a sentence about something"),
    (ColumnTwice, b"no_kk,nik,NIK\n1,2,3\n"),
    (QuoteOpen, FLAT.replace("Jl. Mawar", '"Jl. Mawar').encode()),
    (TextNotUtf8, csv_of(FAMILY | MEMBER | {"nama": "BUDÍ"}).encode("latin-1")),
    (WorkbookEmpty, book({"keluarga": table(FAMILY)[:1], "anggota": table(MEMBER)[:1]})),
    (WorkbookEmpty, FLAT.splitlines()[0].encode()),
    (WorkbookTooLarge, with_sheet('<row r="1"><c r="XFD1048576" t="n"><v>1</v></c></row>')),
    (WorkbookTooLarge, with_sheet("<row r='1048576'><c><v>1</v></c></row>")),
    (WorkbookTooLarge, with_sheet('<row r="1"><c t="n" r="IW1"><v>1</v></c></row>')),
]


@pytest.mark.parametrize(("problem", "content"), REFUSED)
def test_files_that_cannot_be_read(problem: type[WorkbookProblem], content: bytes, tmp_path: Path) -> None:
    place = tmp_path / "berkas"
    place.write_bytes(content)
    for source in (content, place):
        with pytest.raises(problem) as caught:
            opened(source, "usulan.xlsx")
        error = caught.value
        assert type(error) is problem
        texts = (error.message_id, error.message_en, error.cure_id, error.cure_en)
        for text in texts:
            assert len(text) > 20
            assert text.endswith(".")
            assert "{" not in text
        assert len(set(texts)) == 4
        again = pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes
        assert (type(again), str(again)) == (problem, str(error))


def test_every_kind_of_refusal_is_tried_above() -> None:
    assert {problem for problem, _ in REFUSED} == set(WorkbookProblem.__subclasses__())


def test_empty_formatted_cells_far_away_do_no_harm() -> None:
    cell = '<c r="{}1" t="inlineStr"><is><t>{}</t></is></c>'
    row = "".join(cell.format(chr(ord("A") + place), name) for place, name in enumerate(FAMILY))
    far = f'<row r="1">{row}<c r="XFD1" s="0"/></row><row r="1048576" s="1"/>'
    (family,) = families(with_sheet(far))
    assert [error.code for error in family.errors] == ["KELUARGA_TIDAK_ADA"]


def test_a_file_that_unpacks_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_xlsx, "BYTES_MAX", 20_000)
    with pytest.raises(WorkbookTooLarge):
        opened(zipped({"xl/workbook.xml": bytes(30_000)}))
    with pytest.raises(WorkbookTooLarge):
        opened(FLAT.encode() + bytes(b"\n" * 30_000))
    monkeypatch.setattr(workbook_source, "ROWS_MAX", 5)
    with pytest.raises(WorkbookTooLarge):
        opened("\r\n".join([FLAT, *[FLAT.splitlines()[1]] * 9]).encode())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=12))
def test_a_file_with_flipped_bytes_is_read_or_refused(flips: list[tuple[int, int]]) -> None:
    content = bytearray(GOOD)
    for place, byte in flips:
        content[place] = byte
    with contextlib.suppress(WorkbookProblem):
        families(bytes(content))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(WorkbookProblem):
        families(content)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_half_a_file_is_never_left(kind: str, tmp_path: Path) -> None:
    def breaking() -> Iterator[FamilyRow]:
        yield FamilyRow(no_kk=KK)
        raise ConnectionError

    target = tmp_path / f"usulan.{kind}"
    with pytest.raises(ConnectionError):
        write_rows(target, breaking())
    assert list(tmp_path.iterdir()) == []


def test_a_hundred_families_pass_through_in_order() -> None:
    out = io.BytesIO()
    names = [f"320405120515{serial:04}" for serial in range(1, 101)]
    write_rows(out, (FamilyRow(no_kk=name, kode_desa=3204052001, alamat="x") for name in names))
    reading = opened(out.getvalue())
    assert reading.families == 100
    assert [family.no_kk for family in reading] == names
