"""The menu: on one line at a desk, its parts open without JavaScript, by keyboard, and on a phone."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.kit import DESK, PHONE, Console, accessible, fits

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


async def test_a_part_opens_without_scripts_and_leads_on(console: Console) -> None:
    async with console.page("verifikator_kab", "verif.menu", viewport=PHONE, java_script_enabled=False) as page:
        await page.goto(f"{console.url}/akun")
        menu = page.get_by_role("navigation", name="Bagian")
        await expect(menu.get_by_role("link", name="Wilayah")).to_be_hidden()
        await menu.get_by_text("Kelola").click()
        await fits(page)
        await menu.get_by_role("link", name="Wilayah").click()
        await expect(page).to_have_url(f"{console.url}/wilayah")
        await expect(menu.get_by_role("link", name="Pengguna")).to_have_count(0)


async def test_the_menu_takes_one_line_and_closes_by_the_keyboard(console: Console) -> None:
    async with console.page("pusdatin", "pusdatin.menu", viewport=DESK) as page:
        await console.open(page, "/")
        menu = page.get_by_role("navigation", name="Bagian")
        tops = await menu.locator("> ul > li").evaluate_all("all => all.map((one) => one.offsetTop)")
        assert len(tops) > 8
        assert len(set(tops)) == 1
        part = menu.get_by_text("Kelola")
        await part.focus()
        await page.keyboard.press("Enter")
        await expect(menu.get_by_role("link", name="Kebijakan")).to_be_visible()
        await accessible(page)
        await page.keyboard.press("Tab")
        await page.keyboard.press("Escape")
        await expect(menu.get_by_role("link", name="Kebijakan")).to_be_hidden()
        await expect(part).to_be_focused()
