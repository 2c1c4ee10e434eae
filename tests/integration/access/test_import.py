"""Accounts from a spreadsheet: good rows enter, bad ones come back to be mended, the same file changes nothing."""

from __future__ import annotations

import base64
import io
from itertools import count
from typing import Any

import httpx
import openpyxl
import pytest

from models.staff.workbook import COLUMNS, ROWS_MOST
from models.user.commands import Scope
from tests.integration.access.kit import KEYS, Access, bearer, sign_in
from tests.integration.api.kit import XLSX, done, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

_numbers = count(1)
HEAD = [column.name for column in COLUMNS]


def nik() -> str:
    return f"320405010191{next(_numbers):04d}"


def good(**more: Any) -> dict[str, Any]:
    row = {"nik": nik(), "nama": "Euis", "peran": "operator_desa", "wilayah": "32.04.05.2001"}
    return row | more


def book(*rows: dict[str, Any]) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "akun"
    sheet.append(HEAD)
    for row in rows:
        sheet.append([row.get(name) for name in HEAD])
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


async def admin(access: Access, http: httpx.AsyncClient) -> dict[str, str]:
    return bearer(await sign_in(access, http, access.person(("admin_kab", Scope(region=3204)))))


async def send(http: httpx.AsyncClient, who: dict[str, str], content: bytes) -> httpx.Response:
    return await http.post("/accounts/import", content=content, headers={**who, "Content-Type": XLSX})


async def test_good_rows_enter_and_bad_ones_say_what_where_and_how(access: Access) -> None:
    rows = [
        good(),
        good(nama="", nik="320405019"),
        good(wilayah="51.71.01.2001"),
        good(peran="pusdatin", wilayah=None),
        good(wilayah="3204"),
        good(wilayah="desa kami", berlaku_sampai="31 Februari 2027"),
        good(peran="pendamping", wilayah="3204", berlaku_sampai="31-12-2099"),
    ]
    async with access.client() as http:
        who = await admin(access, http)
        answer = await send(http, who, book(*rows))
        told = done(answer, 201)
        assert (told["good"], told["repeated"], told["bad"]) == (2, 0, 5)
        assert [(each["row"], each["state"]) for each in told["accounts"]] == [
            (2, "menunggu_konfirmasi"),
            (8, "menunggu_konfirmasi"),
        ]
        assert [(error["row"], error["column"]) for error in told["errors"]] == [
            (3, "nik"), (3, "nama"), (4, "wilayah"), (5, "peran"), (6, "wilayah"),
            (7, "wilayah"), (7, "berlaku_sampai"),
        ]  # fmt: skip
        assert all(error[part] for error in told["errors"] for part in ("message", "message_en", "cure", "cure_en"))
        assert answer.headers["cache-control"] == "no-store"
        kept = access.value(
            "SELECT valid_to AT TIME ZONE 'Asia/Jakarta' FROM assignment_request WHERE id = %s",
            told["accounts"][1]["request"],
        )
        assert str(kept) == "2100-01-01 00:00:00", "the whole last day"
        back = base64.b64decode(told["rejected"])
        again = done(await send(http, who, back), 201)
        assert (again["good"], again["bad"]) == (0, 5)
        mended = openpyxl.load_workbook(io.BytesIO(back))
        sheet = mended["akun"]
        assert sheet["A1"].value == "kesalahan"
        assert "NIK" in str(sheet["A2"].value)
        sheet["B2"], sheet["C2"] = nik(), "Sudah Betul"
        target = io.BytesIO()
        mended.save(target)
        assert done(await send(http, who, target.getvalue()), 201)["good"] == 1


async def test_the_same_file_again_changes_nothing(access: Access) -> None:
    row = good()
    async with access.client() as http:
        who = await admin(access, http)
        content = book(row, row)
        first, second = done(await send(http, who, content), 201), done(await send(http, who, content), 201)
    assert (first["good"], first["repeated"]) == (1, 1)
    assert (second["good"], second["repeated"], second["bad"]) == (0, 2, 0)
    assert access.value("SELECT count(*) FROM credential WHERE nik_hash = %s", KEYS.nik(row["nik"])) == 1


async def test_what_begins_like_a_formula_comes_back_as_text(access: Access) -> None:
    async with access.client() as http:
        who = await admin(access, http)
        csv = f'nik,nama,peran,wilayah\r\n{nik()},"=HYPERLINK(""http://x"")",operator_desa,+51.71\r\n'
        told = done(await send(http, who, csv.encode()), 201)
    sheet = openpyxl.load_workbook(io.BytesIO(base64.b64decode(told["rejected"])))["akun"]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    assert any(str(cell.value).startswith("=HYPERLINK") for cell in cells)


async def test_the_template_is_read_and_holds_no_row(access: Access) -> None:
    async with access.client() as http:
        who = await admin(access, http)
        template = await http.get("/accounts/template.xlsx", headers=who)
        assert template.headers["content-type"] == XLSX
        told = done(await send(http, who, template.content), 201)
        assert (told["good"], told["bad"], told["rejected"]) == (0, 0, None)


async def test_files_that_are_none_are_refused_whole(access: Access) -> None:
    async with access.client() as http:
        who = await admin(access, http)
        problem(await send(http, who, b"%PDF-1.7"), 422, "berkas_tidak_terbaca")
        problem(await send(http, who, b"nama,peran\r\nx,y\r\n"), 422, "berkas_tidak_terbaca")
        many = "nik,nama,peran\r\n" + "1,x,y\r\n" * (ROWS_MOST + 1)
        problem(await send(http, who, many.encode()), 422, "baris_terlalu_banyak")
        problem(await send(http, who, b"x" * (2 * 1024 * 1024 + 1)), 413)
        officer = bearer(await sign_in(access, http, access.person(("operator_desa", Scope(region=3204052001)))))
        refused = done(await send(http, officer, book(good())), 201)
        assert (refused["good"], refused["errors"][0]["column"]) == (0, "peran")
