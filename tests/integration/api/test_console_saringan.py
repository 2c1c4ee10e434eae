"""Filters in the browser: a value that cannot be read never loses the frame, nor what else was asked for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from api.console.app import make_console
from tests.integration.api.kit import Place
from tests.integration.api.test_console import browsers

__all__ = ["browsers"]
pytestmark = pytest.mark.asyncio(loop_scope="session")

AUDITOR: tuple[tuple[str, str, str], ...] = (
    *((page, "wilayah", "abc") for page in ("/antrean", "/macet", "/laporan", "/perbaikan", "/siklus")),
    *((f"/laporan/unduh.{kind}", "wilayah", "3204052") for kind in ("xlsx", "csv")),
    ("/perbaikan/daftar?status=penyaluran.retur", "wilayah", "32.4"),
    ("/perbaikan/daftar", "status", "mana.saja"),
    *(
        (page, "wilayah", "3299")
        for page in ("/antrean", "/macet", "/laporan", "/perbaikan", "/siklus", "/jejak/isyarat")
    ),
    ("/jejak/wilayah", "kode", "3299"),
    ("/wilayah", "kode", "abc"),
    ("/wilayah", "kode", "9999"),
    ("/kebijakan", "pada", "kemarin"),
    ("/jejak", "sejak", "31-12-2026"),
    ("/jejak?actor=budi", "sampai", "2026-02-30"),
    ("/jejak/isyarat", "wilayah", "abc"),
    ("/jejak/wilayah", "kode", "abc"),
    ("/jejak/wilayah", "pada", "abc"),
    ("/jejak/wilayah?pada=2026-11-20", "jam", "25:00"),
    ("/antrean", "kelompok", "abc"),
    ("/antrean?mesin=usulan", "kelompok", "9" * 20),
    ("/siklus", "nomor", "abc"),
    ("/siklus", "nomor", "9" * 20),
)
"""Page, field, a value that cannot be read: each is named, shown as typed, and asked for again."""

PLACES: tuple[tuple[str, str], ...] = (
    *(
        (page, "kursor")
        for page in ("/antrean", "/macet", "/jejak", "/sanggah", "/perbaikan/daftar?status=penyaluran.retur")
    ),
    *((page, "sebelum") for page in ("/batch", "/tahap", "/sk", "/musdes", "/pemberitahuan")),
    ("/pengguna", "sesudah"),
)
"""Page, and the place in its list that only the page itself writes: the way leads back to the list's beginning."""


def _field(page: str) -> str:
    """Return the form that asks for the value again."""
    found = re.search(r'<form action="[^"]*" method="get">.*?id="saringan".*?</form>', page, re.DOTALL)
    assert found, page[-600:]
    return found[0]


def _bad(route: APIRoute) -> list[dict[str, str]]:
    """Return, for each thing that a page may be asked by its address, a value that it cannot read."""
    asked = {one.alias: "9" * 20 if "int" in str(one.field_info) else "abc\0" for one in route.dependant.query_params}
    return [{name: value} for name, value in asked.items()]


def _demand_frame(page: str) -> None:
    assert '<nav class="menu"' in page
    assert 'action="/bahasa"' in page


@pytest.mark.usefixtures("country")
async def test_a_filter_that_cannot_be_read_is_named_kept_and_asked_for_again(browsers: Any, home: Place) -> None:
    browser = browsers(await home.person("auditor"))
    for page, name, value in AUDITOR:
        path, _, query = page.partition("?")
        asked = dict(part.split("=") for part in query.split("&") if part)
        answer = await browser.http.get(path, params={**asked, name: value})
        assert answer.status_code == 422, (page, name, answer.status_code)
        _demand_frame(answer.text)
        form = _field(answer.text)
        assert f'name="{name}" value="{value}"' in form, (page, name)
        assert all(f'name="{other}" value="{kept}"' in form for other, kept in asked.items())
        assert value in re.search(r'role="alert".*?</div>', answer.text, re.DOTALL)[0]  # type: ignore[index]
    page = await browser.open("/antrean?wilayah=abc&urut=lama", 422)
    assert "'abc' bukan kode wilayah" in page
    assert 'href="/antrean?urut=lama"' in page
    browser.http.cookies.set("alur_bahasa", "en")
    page = await browser.open("/antrean?wilayah=abc", 422)
    assert "Region code</a>: 'abc' is not a Kemendagri region code." in page


async def test_whatever_page_is_added_later_a_bad_value_never_loses_the_frame(browsers: Any, home: Place) -> None:
    browser = browsers(await home.person("auditor"))
    tried = 0
    for route in iter_route_contexts(make_console().routes):
        made = route.original_route
        if not isinstance(made, APIRoute) or "GET" not in (made.methods or ()) or made.path.startswith("/masuk"):
            continue
        for place, asked in [*(("1", one) for one in _bad(made)), ("9" * 20, {})]:
            path = re.sub(r"{\w+}", place, route.path or "")
            answer = await browser.http.get(path, params=asked)
            assert answer.status_code < 500, (path, asked)
            if answer.headers.get("content-type", "").startswith("text/html"):
                _demand_frame(answer.text)
                tried += 1
    assert tried > 100


@pytest.mark.parametrize(("page", "name"), PLACES)
async def test_a_place_in_a_list_that_is_none_leads_back_to_its_beginning(
    browsers: Any, home: Place, page: str, name: str
) -> None:
    browser = browsers(await home.person("admin_kab" if page == "/pengguna" else "auditor"))
    mark = "&" if "?" in page else "?"
    told = await browser.open(f"{page}{mark}{name}=abc", 422)
    _demand_frame(told)
    assert "“abc”" in told
    assert f'<a href="{page}">Buka halaman ini tanpa isian itu</a>' in told
    await browser.open(page)


async def test_a_sign_that_no_text_holds_is_no_crash(browsers: Any, home: Place) -> None:
    told = await browsers(await home.person("auditor")).open("/antrean?alasan=RK%00NAMA", 422)
    _demand_frame(told)
    assert "“RK�NAMA” memuat tanda" in told


async def test_other_errors_stand_in_the_frame_too_and_a_stranger_s_are_bare(browsers: Any, home: Place) -> None:
    browser = browsers(await home.person("kades"))
    for path, status in (("/kasus/999999999", 404), ("/tidak-ada", 404), ("/laporan?periode=kapan", 422)):
        _demand_frame(await browser.open(path, status))
    told = await browsers().open("/tidak-ada", 404)
    assert '<nav class="menu"' not in told
    assert "Halaman ini tidak ada" in told


async def test_what_a_page_was_asked_for_survives_signing_in_and_the_language(browsers: Any, home: Place) -> None:
    asked = "/antrean?mesin=usulan&urut=lama"
    answer = await browsers().http.get(asked)
    assert answer.headers["location"] == "/masuk?ke=/antrean%3Fmesin%3Dusulan%26urut%3Dlama"
    signing = await browsers().open(answer.headers["location"])
    assert f'name="ke" value="{asked}"' in signing
    browser = browsers(await home.person("auditor"))
    switched = await browser.send("/bahasa", await browser.open(asked), bahasa="en")
    assert switched.headers["location"] == asked


@pytest.mark.parametrize(
    ("role", "seen"), [("verifikator_kab", True), ("pendamping", False), ("bank", False), ("warga", False)]
)
async def test_reports_are_offered_to_whom_they_answer(browsers: Any, home: Place, role: str, seen: bool) -> None:
    browser = browsers(await home.person(role, organisation="BRI" if role == "bank" else None))
    assert ('href="/laporan"' in await browser.open("/akun")) is seen
    await browser.open("/laporan", 200 if seen else 403)
