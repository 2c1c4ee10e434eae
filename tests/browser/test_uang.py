"""Money, repair, reports and people in the browser: a role lent; an account made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.browser.kit import PHONE, Console, accessible
from tests.integration.door.kit import stand
from tests.support.world import DESA

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

ARRIVED = "U01 U02 U05 U10 U14 U58 U15 U19"


async def signed_in(console: Console, role: str, name: str, *, region: int = DESA) -> None:
    """Let somebody have signed in himself: a program's token neither lends roles nor makes tokens."""
    session = await console.world.session(name, role, region=region)
    await console.world.admin.execute("UPDATE session SET kind = 'web' WHERE id = %s", (session,))


async def test_a_role_is_lent_acted_in_and_ended(console: Console) -> None:
    [case] = await stand(console.world, ARRIVED)
    for name in ("ani.pinjam", "budi.pinjam"):
        await signed_in(console, "verifikator_kab", name)
    last = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    async with console.page("verifikator_kab", "ani.pinjam") as ani:
        await console.open(ani, "/delegasi")
        await ani.get_by_label("Rekan", exact=True).select_option(label="Budi.Pinjam · Verifikator kabupaten")
        await ani.get_by_label("Hari terakhir").fill(last)
        await ani.get_by_label("Alasan, diberitahukan").fill("Cuti melahirkan")
        await ani.get_by_role("button", name="Pinjamkan peran ini").click()
        await expect(ani.get_by_role("status")).to_contain_text("Tercatat")
        async with console.page("verifikator_kab", "budi.pinjam") as budi:
            await console.open(budi, "/delegasi")
            await expect(budi.get_by_text("Cuti melahirkan")).to_be_visible()
            await budi.get_by_role("link", name="Bertindak dalam peran pinjaman").click()
            await budi.get_by_role("button", name="atas nama Ani.Pinjam").click()
            await expect(budi.get_by_role("banner")).to_contain_text("atas nama Ani.Pinjam")
            await budi.goto(f"{console.url}/kasus/{case}/langkah/usulan.kembalikan")
            await budi.get_by_role("radio").first.check()
            await budi.get_by_label("Catatan").fill("KTP buram")
            await budi.get_by_role("button", name="Kembalikan").click()
            await expect(budi.get_by_role("status")).to_contain_text("Tercatat.")
            await ani.get_by_text("Akhiri delegasi ini").click()
            await ani.get_by_label("Alasan mengakhiri").fill("Sudah masuk lagi")
            await ani.get_by_role("button", name="Akhiri sekarang").click()
            await expect(ani.get_by_role("status")).to_contain_text("Tercatat")
            await budi.goto(f"{console.url}/antrean")
            await expect(budi.get_by_role("heading", name="Masuk")).to_be_visible()
    assert await console.world.state(case) == "dikembalikan"


async def test_an_administrator_invites_somebody_and_the_head_confirms(console: Console) -> None:
    async with console.page("admin_kab", "admin.undang", viewport=PHONE) as admin:
        await console.open(admin, "/pengguna/baru")
        await admin.get_by_label("NIK").fill("3204050101990417")
        await admin.get_by_label("Nama seperti di KTP").fill("Siti Aminah")
        await admin.get_by_label("Peran", exact=True).select_option("operator_desa")
        await admin.get_by_label("Kode wilayah peran itu").fill("32.04.05.2001")
        await admin.get_by_role("button", name="Usulkan peran ini").click()
        await expect(admin.get_by_role("status")).to_contain_text("Peran diusulkan")
        await accessible(admin)
        await admin.get_by_role("button", name="Buat tautan undangan").click()
        await expect(admin.get_by_role("img", name="Kode QR tautan sekali pakai")).to_be_visible()
        await accessible(admin)
        address = await admin.locator(".isi").inner_text()
    async with console.page("kades", "kades.undang", viewport=PHONE) as head:
        await console.open(head, "/pengguna")
        await head.get_by_role("button", name="Konfirmasi peran ini").first.click()
        await expect(head.get_by_role("status")).to_contain_text("Peran dikonfirmasi")
    async with console.page(viewport=PHONE) as invited:
        await invited.goto(f"{console.url}/masuk/tautan#{address.partition('#')[2]}")
        await invited.get_by_label("NIK").fill("3204050101990417")
        await invited.get_by_role("button").first.click()
        await expect(invited.get_by_text("Siti Aminah")).to_be_visible()
