"""The banner of a practice region, the help on keys, guides, and a list that shows itself as it is now."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.kit import PHONE, Console, accessible, fits
from tests.integration.door.kit import stand

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

ARRIVED = "U01 U02 U05 U10 U14 U58 U15 U19"


async def test_the_banner_says_what_the_database_is(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    known = console.access.app.state.site.known
    monkeypatch.setitem(known, "mark", "practice")
    async with console.page(color_scheme="light") as page:
        await console.open(page, "/masuk")
        await expect(page.get_by_role("note")).to_contain_text("LATIHAN: tidak ada yang dihitung")
        await accessible(page)
        monkeypatch.setitem(known, "mark", "demo")
        await page.reload()
        await expect(page.get_by_role("note")).to_have_text("DEMO: data rekaan")
    async with console.page("verifikator_kab", "verif.panduan", viewport=PHONE, color_scheme="dark") as page:
        monkeypatch.setitem(known, "mark", "practice")
        await console.open(page, "/panduan")
        await expect(page.get_by_role("heading", name="Sepuluh pertanyaan")).to_be_visible()
        await accessible(page)


async def test_a_question_mark_tells_the_keys(console: Console) -> None:
    async with console.page("verifikator_kab", "verif.bantuan") as page:
        await console.open(page, "/")
        await expect(page.get_by_role("dialog")).to_be_hidden()
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Tombol papan ketik")).to_be_visible()
        await fits(page)
        await accessible(page)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_be_hidden()
        await page.keyboard.press("?")
        await page.get_by_role("link", name="Buka panduan peran saya").click()
        await expect(page.get_by_role("heading", name="Verifikator kabupaten")).to_be_visible()


async def test_who_comes_back_to_a_list_sees_it_as_it_is_now(console: Console) -> None:
    first, second = await stand(console.world, f"{ARRIVED} U21 U68", count=2)
    async with console.page("verifikator_kab", "verif.kembali") as page:
        await page.clock.install()
        await console.open(page, "/antrean?mesin=usulan&status=hasil_cek")
        await page.locator(f"input[name=kasus][value='{second}']").check()
        await page.locator(f"a[href='/kasus/{second}']").focus()
        [third] = await stand(console.world, f"{ARRIVED} U21 U68")
        back = "document.dispatchEvent(new Event('visibilitychange'))"
        await page.evaluate(back)  # at once: nothing is asked
        await page.clock.fast_forward(10_000)
        assert await page.locator(f"input[name=kasus][value='{third}']").count() == 0
        await page.clock.fast_forward(60_000)
        await page.evaluate(back)
        await expect(page.locator(f"input[name=kasus][value='{third}']")).not_to_be_checked()
        await expect(page.locator(f"input[name=kasus][value='{second}']")).to_be_checked()
        await expect(page.locator(f"input[name=kasus][value='{first}']")).not_to_be_checked()
        assert await page.evaluate("document.activeElement.getAttribute('href')") == f"/kasus/{second}"
