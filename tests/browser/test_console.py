"""The console as people see it: signing in, a proposal through its offices, phones, no JavaScript, axe."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from models.user.commands import Scope
from tests.browser.kit import PHONE, Console, accessible, fits
from tests.integration.access.kit import PASSWORD
from tests.integration.door.kit import stand
from tests.support.world import DESA

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

ARRIVED = "U01 U02 U05 U10 U14 U58 U15 U19"
"""A proposal at the kabupaten's desk."""


@pytest.mark.parametrize("scripts", [True, False], ids=["javascript", "tanpa-javascript"])
async def test_signing_in_with_a_code(console: Console, scripts: bool) -> None:
    person = console.access.person(("verifikator_kab", Scope(region=DESA // 1_000_000)))
    async with console.page(java_script_enabled=scripts, viewport=PHONE) as page:
        await console.open(page, "/masuk?ke=/antrean")
        await page.get_by_label("NIK").fill(person.nik)
        await page.get_by_label("Kata sandi").fill("bukan sandinya")
        await page.get_by_role("button", name="Masuk").click()
        await expect(page.get_by_role("alert")).to_contain_text("NIK")
        await page.get_by_label("NIK").fill(person.nik)
        await page.get_by_label("Kata sandi").fill(PASSWORD)
        await page.get_by_role("button", name="Masuk").click()
        await page.get_by_label("Kode").fill(console.access.phone.code(person.chat))
        await page.get_by_role("button", name="Lanjut").click()
        await expect(page.get_by_role("heading", name="Antrean")).to_be_visible()
        assert page.url == f"{console.url}/antrean"
        await page.get_by_role("button", name="Keluar").click()
        await expect(page.get_by_role("heading", name="Masuk")).to_be_visible()
        await page.goto(f"{console.url}/antrean")
        await expect(page.get_by_role("heading", name="Masuk")).to_be_visible()


async def _step(page: Page, case: int, url: str, step: str, button: str, **fields: str) -> None:
    """Take a step of a case as somebody does who reads what stands on the page."""
    await page.goto(f"{url}/kasus/{case}")
    await page.get_by_role("link", name=step).click()
    for label, typed in fields.items():
        await page.get_by_label(label.replace("_", " ")).first.fill(typed)
    if await page.get_by_role("radio").count():
        await page.get_by_role("radio").first.check()
    await fits(page)
    await page.get_by_role("button", name=button).click()
    await expect(page.get_by_role("status")).to_contain_text("Tercatat.")


@pytest.mark.parametrize("scripts", [True, False], ids=["javascript", "tanpa-javascript"])
async def test_a_proposal_is_sent_back_mended_and_passed_on(console: Console, scripts: bool) -> None:
    [case] = await stand(console.world, "U01 U02 U05 U10 U14 U58 U15")
    mode: dict[str, Any] = {"java_script_enabled": scripts, "viewport": PHONE}
    async with console.page("operator_kecamatan", **mode) as page:
        await _step(page, case, console.url, "Kembalikan kecamatan", "Kembalikan kecamatan", Catatan="KTP buram")
    async with console.page("operator_desa", f"operator{case}", **mode) as page:
        await page.goto(f"{console.url}/kasus/{case}")
        await expect(page.get_by_text("KTP buram")).to_be_visible()
        await _step(page, case, console.url, "Perbaiki kirim", "Perbaiki kirim", Beda_isian="KTP difoto ulang")
    assert await console.world.state(case) == "usulan_final"


async def test_a_bulk_decision_of_hundreds_tells_each_outcome(console: Console) -> None:
    good = await stand(console.world, ARRIVED, count=120)
    async with console.page("verifikator_kab", "verif.banyak") as page:
        await console.open(page, "/antrean?mesin=usulan&status=verif_dinsos")
        await page.get_by_label("semua yang cocok").check()
        await page.get_by_label("Langkah").select_option("usulan.kembalikan")
        await page.get_by_role("button", name="Lihat akibatnya dulu").click()
        await expect(page.get_by_text("kasus dapat maju")).to_be_visible()
        await page.get_by_role("radio").first.check()
        await page.get_by_label("Catatan").fill("Berkas satu desa kurang")
        await accessible(page)
        await page.get_by_role("button", name="Kembalikan:").click()
        await expect(page.get_by_text("maju")).to_be_visible()
    assert {await console.world.state(case) for case in good[:5]} == {"dikembalikan"}


async def test_a_queue_is_worked_with_the_keyboard_alone(console: Console) -> None:
    await stand(console.world, ARRIVED, count=3)
    async with console.page("verifikator_kab", "verif.tombol") as page:
        await console.open(page, "/antrean?mesin=usulan&status=verif_dinsos")
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await page.keyboard.press("x")
        assert await page.locator("tbody input:checked").count() == 1
        await page.keyboard.press("/")
        assert await page.evaluate("document.activeElement.id") == "cari"
