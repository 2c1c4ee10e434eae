"""A list of holidays as people write it: read, judged row by row, written back; and openings in words."""

from __future__ import annotations

import io
import pickle
from datetime import UTC, date, datetime

import pytest
import xlsxwriter

from models.calendar.errors import HolidayListRefused
from models.calendar.lists import ROWS_MAX, HolidayRow, read_list, write_list
from models.calendar.rules import Window, region_text, span_of, years_due
from models.region.rules import NATIONAL_SPAN
from models.usulan.workbook import QuoteOpen, WorkbookProblem
from models.usulan.workbook_errors import ColumnMissing, WorkbookEmpty, WorkbookTooLarge

HEAD = "tanggal,nama,jenis,wilayah,dasar\n"
SKB = "SKB 3 Menteri 2027"


def read(*rows: str, head: str = HEAD) -> list[HolidayRow]:
    return read_list((head + "\n".join(rows)).encode(), "libur.csv")


def mistakes(*rows: str) -> list[tuple[int, str, str]]:
    with pytest.raises(HolidayListRefused) as refused:
        read(*rows)
    for wrong in refused.value.fields:
        for text in ("message", "message_en", "cure", "cure_en", "field"):
            assert wrong[text], wrong
            assert "{" not in wrong[text], wrong
    assert str(len(refused.value.fields)) in str(refused.value)
    assert pickle.loads(pickle.dumps(refused.value)).fields == refused.value.fields  # noqa: S301 -- our own bytes
    return [(wrong["row"], wrong["column"], wrong["code"]) for wrong in refused.value.fields]


def test_days_kinds_and_regions_are_read_as_people_write_them() -> None:
    assert read(
        f"2027-01-01,Tahun Baru,libur,,{SKB}",
        f"02/01/2027,  Cuti   bersama ,Cuti Bersama,,{SKB}",
        f"3 Februari 2027,Pilkada,LIBUR DAERAH,32.04,{SKB}",
        ",,,,",
        f"2027-02-04,Hari jadi,libur_daerah,51,{SKB}",
        f"2027-02-05,Pilkades,Regional holiday,3204052001,{SKB}",
    ) == [
        HolidayRow(date(2027, 1, 1), "Tahun Baru", "libur", *NATIONAL_SPAN, SKB),
        HolidayRow(date(2027, 1, 2), "Cuti bersama", "cuti_bersama", *NATIONAL_SPAN, SKB),
        HolidayRow(date(2027, 2, 3), "Pilkada", "libur_daerah", 3204000000, 3204999999, SKB),
        HolidayRow(date(2027, 2, 4), "Hari jadi", "libur_daerah", 5100000000, 5199999999, SKB),
        HolidayRow(date(2027, 2, 5), "Pilkades", "libur_daerah", 3204052001, 3204052001, SKB),
    ]


def test_the_order_of_columns_and_further_ones_do_not_matter() -> None:
    [row] = read(
        f"x,{SKB},,libur,Tahun Baru,2027-01-01", head="Daftar hari libur\n\nno,Dasar,Wilayah,Jenis,Nama,Tanggal\n"
    )
    assert (row.day, row.name, row.decree) == (date(2027, 1, 1), "Tahun Baru", SKB)


def test_every_mistake_is_named_with_its_row_and_column() -> None:
    assert mistakes(
        f"2027-01-01,Tahun Baru,libur,,{SKB}",
        f"2027-02-30,,libur,,{SKB}",
        f"1/1/27,Natal,perayaan,,{SKB}",
        f"1999-12-25,Natal,libur,,{SKB}",
        f"2027-03-01,Pilkada,libur_daerah,,{SKB}",
        f"2027-03-01,Nyepi,libur,51,{SKB}",
        f"2027-03-02,Pilkada,libur_daerah,99,{SKB}",
        f"2027-03-03,Pilkada,libur_daerah,320,{SKB}",
        "2027-03-04,=1+1,libur,,",
        f"2027-01-01,Tahun Baru lagi,libur,,{SKB}",
        f",Natal,libur,,{'x' * 301}",
    ) == [
        (3, "tanggal", "TANGGAL_TIDAK_ADA"),
        (3, "nama", "KOSONG"),
        (4, "tanggal", "TAHUN_DUA_ANGKA"),
        (4, "jenis", "JENIS"),
        (5, "tanggal", "TAHUN"),
        (6, "wilayah", "WILAYAH_PERLU"),
        (7, "wilayah", "WILAYAH_LEBIH"),
        (8, "wilayah", "WILAYAH"),
        (9, "wilayah", "WILAYAH"),
        (10, "nama", "TEKS"),
        (10, "dasar", "KOSONG"),
        (11, "tanggal", "KEMBAR"),
        (12, "tanggal", "KOSONG"),
        (12, "dasar", "TEKS"),
    ]


def test_one_day_may_be_a_holiday_of_several_regions_and_kinds() -> None:
    rows = read(
        *(
            f"2027-06-01,Hari,{kind},{where},{SKB}"
            for kind, where in (("libur", ""), ("libur_daerah", "51"), ("libur_daerah", "52"))
        )
    )
    assert len(rows) == 3


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (HEAD.encode(), WorkbookEmpty),
        (b"tanggal,nama,jenis,dasar\n2027-01-01,a,libur,b\n", ColumnMissing),
        (b"halo\n" * 40, ColumnMissing),
        ((HEAD + f"2027-01-01,a,libur,,{SKB}\n" * (ROWS_MAX + 1)).encode(), WorkbookTooLarge),
        (b"%PDF-1.7", WorkbookProblem),
        (b"PK\x03\x04rusak", WorkbookProblem),
        (HEAD.encode() + b"\xff\xfe,a", WorkbookProblem),
    ],
)
def test_a_file_that_is_no_list_is_refused_whole(content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_list(content, "daftar")


@pytest.mark.parametrize("xlsx", [False, True])
def test_what_is_written_is_read_again(xlsx: bool) -> None:
    rows = read(f'2027-01-01,"Tahun, baru",libur,,{SKB}', f"2027-02-03,Pilkada,libur_daerah,32.04,{SKB}")
    told = [
        {
            "day": row.day,
            "name": row.name,
            "kind": row.kind,
            "region": region_text(row.lo, row.hi),
            "decree": row.decree,
        }
        for row in rows
    ]
    assert read_list(write_list(told, xlsx=xlsx), "libur") == rows


def test_a_spreadsheet_s_own_dates_are_dates() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("apa saja")
        sheet.write_row(0, 0, ["tanggal", "nama", "jenis", "wilayah", "dasar"])
        sheet.write_datetime(1, 0, datetime(2027, 8, 17), book.add_format({"num_format": "dd/mm/yyyy"}))  # noqa: DTZ001 -- as Excel stores it
        sheet.write_row(1, 1, ["Kemerdekaan", "libur_daerah", 3204, SKB])
    assert read_list(target.getvalue(), "x")[0].as_data() == {
        "day": "2027-08-17",
        "name": "Kemerdekaan",
        "kind": "libur_daerah",
        "lo": 3204000000,
        "hi": 3204999999,
        "decree": SKB,
    }


@pytest.mark.parametrize("code", [0, 51, 3204, 320405, 3204052001])
def test_a_range_is_told_as_the_region_it_came_from(code: int) -> None:
    assert region_text(*span_of(code)).replace(".", "") == (str(code) if code else "")


def test_the_next_year_s_list_is_due_from_november() -> None:
    assert years_due(date(2026, 10, 31)) == (2026,)
    assert years_due(date(2026, 11, 1)) == years_due(date(2026, 12, 31)) == (2026, 2027)


# -- in words ---------------------------------------------------------------------------------------------------------


def window(
    region: int, opens: str | None, closes: str | None, *, at: str = "2026-12-20T00:00+00:00", serves: int | None = None
) -> Window:
    def moment(text: str | None) -> datetime | None:
        return None if text is None else datetime.fromisoformat(text).astimezone(UTC)

    now = datetime.fromisoformat(at)
    begin = moment(opens)
    return Window("kirim", region, None, None, now, begin is not None and begin <= now, begin, moment(closes), serves)


def test_a_closed_window_names_its_next_opening_in_the_region_s_own_time() -> None:
    closed = window(5171, "2027-01-01T00:00+08:00", "2027-01-15T00:00+08:00", serves=202701)
    text, text_en = closed.words()
    assert text == (
        "Kirim ke Dinas Sosial: tutup; buka lagi 1 Januari 2027 pukul 00.00 WITA sampai 14 Januari 2027 pukul 24.00 "
        "WITA. Melayani bulan Januari 2027."
    )
    assert text_en == (
        "Sending to Dinas Sosial: closed; opens again on 1 January 2027 at 00:00 WITA until the end of 14 January 2027 "
        "WITA. Serves January 2027."
    )
    told = closed.as_data()
    assert (told["opens_at"], told["zone"], told["open"]) == ("2027-01-01T00:00:00+08:00", "WITA", False)
    assert told["opens_in_s"] == (11 * 24 + 16) * 3600
    assert told["closes_in_s"] == told["opens_in_s"] + 14 * 86400


def test_an_open_window_says_until_when() -> None:
    told = window(3204, "2026-12-01T00:00+07:00", "2026-12-21T09:30+07:00", serves=202612)
    assert (
        told.words()[0]
        == "Kirim ke Dinas Sosial: buka sampai 21 Desember 2026 pukul 09.30 WIB. Melayani bulan Desember 2026."
    )
    assert told.as_data()["opens_in_s"] is None
    assert window(0, "2026-12-01T00:00+07:00", None).words()[1] == "Sending to Dinas Sosial: open."


def test_an_opening_that_never_comes_is_said() -> None:
    never = window(9471, None, None)
    assert "tidak menyebut jendela berikutnya" in never.words()[0]
    assert never.as_data() | {"zone": "WIT", "opens_at": None, "closes_in_s": None} == never.as_data()


def test_a_quote_that_is_never_closed_is_refused_with_its_row() -> None:
    days = [f"{day}-08-2027,Libur,libur,,{SKB}" for day in range(17, 22)]
    days[1] = days[1].replace("SKB", '"SKB')
    with pytest.raises(QuoteOpen) as refused:
        read(*days)
    assert refused.value.row == 3


@pytest.mark.parametrize("separator", [";", "\t", ","])
@pytest.mark.parametrize("title", ["HARI LIBUR NASIONAL 2027", "Hari libur 2027, SKB 3 Menteri; tanggal, nama"])
def test_a_title_above_the_headings_hides_no_separator(separator: str, title: str) -> None:
    lines = (
        separator.join(("tanggal", "nama", "jenis", "wilayah", "dasar")),
        separator.join(("17-08-2027", "Kemerdekaan", "libur", "", "SKB")),
    )
    [row] = read_list("\r\n".join([title, "", *lines]).encode(), "libur.csv")
    assert row.name == "Kemerdekaan"


def test_a_list_behind_a_cover_is_found() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        book.add_worksheet("Sampul").write_string(0, 0, "Keputusan Bersama")
        sheet = book.add_worksheet("Hari libur")
        for place, cells in enumerate([HEAD.strip().split(","), ["17-08-2027", "Kemerdekaan", "libur", "", SKB]]):
            for column, cell in enumerate(cells):
                sheet.write_string(place, column, cell)
    [row] = read_list(target.getvalue(), "libur.xlsx")
    assert row.name == "Kemerdekaan"


def test_errors_of_a_spreadsheet_and_years_alone_are_refused() -> None:
    found = mistakes("17-08-2027,#REF!,libur,,#N/A", f"2027,Kemerdekaan,libur,,{SKB}")
    assert found == [(2, "nama", "RUMUS"), (2, "dasar", "RUMUS"), (3, "tanggal", "TANGGAL_BENTUK")]


def test_an_empty_list_is_told_as_one_of_holidays() -> None:
    with pytest.raises(WorkbookEmpty) as refused:
        read()
    assert "keluarga" not in refused.value.message_id + refused.value.cure_id
