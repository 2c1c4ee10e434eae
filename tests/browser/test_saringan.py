"""A slip in a filter, a list's answers read later, and the console in English, in a browser."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import FilePayload, Page, expect

from tests.browser.kit import DESK, PHONE, Console, accessible, fits
from tests.integration.api.kit import Place, family, workbook
from tests.integration.door.kit import stand
from tests.support.world import DESA, DESA_JAUH, DESA_LAIN

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def looked_at(page: Page) -> None:
    """Demand of a page what every page must be, on a phone and on a desk."""
    for size, scheme in ((PHONE, "light"), (DESK, "dark")):
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        await fits(page)
        await accessible(page)


async def test_a_slip_in_a_filter_is_mended_where_it_stands(console: Console) -> None:
    [case] = await stand(console.world, "U01 U02 U05 U10 U14 U58 U15 U19")
    async with console.page("verifikator_kab", "verif.saringan", reduced_motion="reduce") as page:
        answer = await page.goto(f"{console.url}/antrean?mesin=usulan&urut=lama&wilayah=abc")
        assert answer is not None
        assert answer.status == 422
        await looked_at(page)
        field = page.get_by_label("Kode wilayah")
        await expect(field).to_have_value("abc")
        await expect(page.get_by_role("navigation", name="Bagian")).to_be_visible()
        await field.fill("32.04.05.2001")
        await page.get_by_role("button", name="Tampilkan").click()
        await expect(page).to_have_url(f"{console.url}/antrean?mesin=usulan&urut=lama&wilayah=32.04.05.2001")
        await expect(page.locator(f'input[name="kasus"][value="{case}"]')).to_have_count(1)
        await page.goto(f"{console.url}/kasus/{case}")
        await expect(page.locator(".tiga-baris")).to_contain_text("Verifikator kabupaten/kota memeriksa")
        await page.get_by_role("button", name="English").click()
        await page.goto(f"{console.url}/kasus/{case}")
        await expect(page.locator(".tiga-baris")).to_contain_text("VERIFIKASI DINSOS")
        await expect(page.locator(".tiga-baris")).to_contain_text("The kabupaten's verifier checks whether")
        await page.goto(f"{console.url}/kasus/{case}/langkah/usulan.tolak")
        await expect(page.get_by_label("Judged able to provide for themselves")).to_be_visible()
        await looked_at(page)


async def test_a_list_s_answers_can_be_read_later(console: Console) -> None:
    async with httpx.AsyncClient() as nobody:
        place = Place(console.world, nobody, DESA, DESA_LAIN, DESA_JAUH)
    slip = family(place, 7001)
    slip.members[1].nik = f"{slip.members[1].nik[:-2]}A7"
    content = workbook([slip, family(place, 7002, rt="ribuan")])
    async with console.page("operator_desa", "operator.saringan", reduced_motion="reduce") as page:
        await page.goto(f"{console.url}/impor")
        file = FilePayload(name="musdes.xlsx", mimeType=XLSX, buffer=content)
        await page.get_by_label("Daftar Musdes").set_input_files(file)
        await page.get_by_role("button", name="Masukkan daftar").click()
        await page.wait_for_url("**/impor/*")
        there = page.url
        await page.goto(console.url)
        await page.goto(there)
        await expect(page.get_by_role("cell", name="ribuan", exact=True)).to_be_visible()
        await looked_at(page)
