"""A village meeting on a phone, with and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect
from pypdf import PdfReader

from models.approval.commands import execute, open_gate
from models.batch.commands import enlist, open_batch
from tests.browser.kit import PHONE, Console, fits
from tests.integration.door.kit import stand
from tests.support.world import DESA

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

IN_MEETING = "U01 U02 U05 U10"


async def meeting(console: Console, count: int) -> tuple[int, list[int], int]:
    """Return a village list in a meeting of its own, with one family beside it that waits: list, cases, gate."""
    worker, system = console.world.worker, await console.world.system()
    batch = await open_batch(worker, system, "usulan", DESA, "Usulan Desa Sadu, November")
    cases = await stand(console.world, IN_MEETING, count=count)
    await enlist(worker, system, batch, [*cases, *await stand(console.world, "U01 U02 U05")])
    return batch, cases, await open_gate(worker, system, batch, "musdes", cases, region=DESA)


@pytest.mark.parametrize("scripts", [True, False], ids=["javascript", "tanpa-javascript"])
async def test_a_meeting_is_written_down_and_decided_on_a_phone(console: Console, scripts: bool) -> None:
    batch, [yes, no], gate = await meeting(console, 2)
    async with console.page("operator_desa", java_script_enabled=scripts, viewport=PHONE) as page:
        await console.open(page, f"/musdes/{batch}")
        typed = {
            "Nomor berita acara": "BA/9/2026",
            "Tanggal": "2026-01-05",
            "Tempat": "Balai desa",
            "Jumlah hadir": "31",
        }
        for label, value in (typed | {"Pimpinan musyawarah": "Asep"}).items():
            await page.get_by_label(label).fill(value)
        await page.locator(f"[name='putusan.{no}']").select_option("tidak_layak:MAMPU")
        await page.locator(f"[name='catatan.{no}']").fill("Punya dua kios")
        await page.get_by_role("button", name="Simpan notulen").click()
        await expect(page.get_by_role("status")).to_contain_text("Notulen tersimpan.")
        await expect(page.get_by_text("1 belum ditandai")).to_be_visible()
        await page.get_by_role("button", name="yang belum ditandai di halaman ini layak").click()
        await expect(page.get_by_text("1 layak, 1 tidak layak")).to_be_visible()
        await expect(page.get_by_role("button", name=re.compile("^Putuskan"))).to_have_count(0)
        async with page.expect_download() as saved:
            await page.get_by_role("link", name="Cetak draf berita acara").click()
        text = " ".join(one.extract_text() for one in PdfReader(await (await saved.value).path()).pages)
        assert "BA/9/2026" in text
        await fits(page)
    async with console.page("kades", java_script_enabled=scripts, viewport=PHONE) as page:
        await console.open(page, f"/musdes/{batch}")
        await page.get_by_role("button", name="Putuskan 2 keluarga menurut notulen").click()
        await expect(page.get_by_role("status")).to_contain_text("Putusan musyawarah tercatat")
        await execute(console.world.worker, await console.world.system(), gate)
        await page.reload()
        await expect(page.get_by_text("DITOLAK MUSDES")).to_be_visible()
        await fits(page)
    assert [await console.world.state(case) for case in (yes, no)] == ["usulan_final", "ditolak_musdes"]
