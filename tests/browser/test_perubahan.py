"""What happens in a family, entered in a browser: a death on a phone without a script, a split at a desk."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.kit import DESK, PHONE, Console, accessible, fits
from tests.integration.door.kit import stand
from tests.integration.door.linking import MEMBER
from tests.support.world import DESA

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]


async def _named(console: Console, household: int) -> list[str]:
    rows = await console.world.admin.execute(
        "SELECT nama FROM person WHERE household_id = %s ORDER BY id", (household,)
    )
    return [row["nama"] for row in await rows.fetchall()]


async def test_a_death_is_proposed_without_a_script(console: Console) -> None:
    [household] = await console.world.households(members=3)
    await stand(console.world, MEMBER, households=[household])
    payee, *_ = await _named(console, household)
    async with console.page("operator_desa", viewport=PHONE, java_script_enabled=False) as page:
        await console.open(page, f"/keluarga/{household}")
        await page.get_by_role("link", name="Usulkan perubahan").click()
        await page.get_by_role("link", name="Ada anggota yang meninggal").click()
        await page.get_by_label("Tanggal meninggal").fill("31-02-2026")
        await page.get_by_label("Nomor akta").fill("3204-KM-03112026-0001")
        await page.get_by_role("button", name="Lihat akibatnya dulu").click()
        await expect(page.get_by_role("alert")).to_contain_text("2 isian perlu dibetulkan")
        await expect(page.get_by_label("Nomor akta")).to_have_value("3204-KM-03112026-0001")
        await fits(page)
        await page.get_by_label(payee).check()
        await page.get_by_label("Tanggal meninggal").fill("3-11-2026")
        await page.get_by_role("button", name="Lihat akibatnya dulu").click()
        await expect(page.get_by_text("Bantuan ditahan: PKH.")).to_be_visible()
        await fits(page)
        await page.get_by_role("button", name="Kirim usulan ini").click()
        await expect(page.get_by_role("status")).to_contain_text("dikirim ke cek data")
        case = int(re.findall(r"/kasus/(\d+)", page.url)[0])
    assert await console.world.state(case) == "cek_data"


async def test_a_split_is_told_on_one_page(console: Console) -> None:
    [household] = await console.world.households(members=3)
    *_, leaves = await _named(console, household)
    async with console.page("operator_desa", viewport=DESK) as page:
        await console.open(page, f"/keluarga/{household}/usulkan?jenis=PECAH_KK")
        await page.locator("[name='card.no_kk']").fill(f"{DESA // 10_000}0101268811")
        await page.get_by_label(leaves).select_option("1")
        await page.get_by_role("button", name="Lihat akibatnya dulu").click()
        await expect(page.get_by_text(f"KK baru: {leaves}.")).to_be_visible()
        await accessible(page)
        await fits(page)
        await page.get_by_role("button", name="Kembali mengubah").click()
        await expect(page.get_by_label(leaves)).to_have_value("1")
        await page.get_by_role("button", name="Lihat akibatnya dulu").click()
        await page.get_by_role("button", name="Kirim usulan ini").click()
        await expect(page.get_by_role("status")).to_contain_text("dikirim ke cek data")
