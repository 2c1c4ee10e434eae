"""Forms in a browser: a proposal entered, a family changed by two people, a mistake corrected by two."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.async_api import Page, expect

from models.database import fetch_value
from tests.browser.kit import PHONE, Console, accessible, fits
from tests.integration.door.kit import stand
from tests.support.world import DESA

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

REFUSED = "U01 U02 U05 U10 U14 U58 U15 U19 U24"
"""A proposal that the verifikator refused."""
_BORN = ((date(1980, 5, 12), 1), (date(1983, 7, 3), 2))


def _nik(place: int, serial: int) -> str:
    born, sex = _BORN[place]
    return f"{DESA // 10_000}{born.day + 40 * (sex - 1):02}{born:%m%y}{serial:04}"


async def _type(page: Page, place: int, serial: int, name: str, relation: str) -> None:
    """Fill in one member as it stands on the card."""
    born, sex = _BORN[place]
    line = page.locator(f"[data-anggota='{place}']")
    await line.get_by_label("NIK").fill(_nik(place, serial))
    await line.get_by_label("Nama lengkap").fill(name)
    await line.get_by_label("Hubungan").select_option(relation)
    await line.get_by_label("Jenis kelamin").select_option(str(sex))
    await line.get_by_label("Tempat lahir").fill("Bandung")
    await line.get_by_label("Tanggal lahir").fill(f"{born:%d%m%Y}" if place else f"{born:%d-%m-%Y}")
    await line.get_by_label("Status perkawinan").select_option("2")


@pytest.mark.parametrize("scripts", [True, False], ids=["javascript", "tanpa-javascript"])
async def test_a_proposal_is_entered_and_an_error_in_between_loses_nothing(console: Console, scripts: bool) -> None:
    serial = 4101 + scripts
    async with console.page("operator_desa", viewport=PHONE, java_script_enabled=scripts) as page:
        await console.open(page, "/usulan/baru")
        await page.get_by_label("Nomor kartu keluarga").fill(f"{DESA // 10_000}010120{serial}")
        await page.get_by_label("Alamat").fill("Kp. Sukahaji No. 12")
        await page.get_by_label("RT", exact=True).fill("4")
        await _type(page, 0, serial, "DADANG SUHERMAN", "1")
        await page.get_by_role("button", name="Tambah anggota").click()
        await _type(page, 1, serial, "EUIS KARTINI", "3")
        second = page.locator("[data-anggota='1']")
        if scripts:  # quick to type, and compared with the NIK at once
            await second.get_by_label("Tanggal lahir").press("Tab")
            await expect(second.get_by_label("Tanggal lahir")).to_have_value("03-07-1983")
            await second.get_by_label("Tanggal lahir").fill("04071983")
            await second.get_by_label("Tempat lahir").click()
            await expect(second.get_by_text("Tanggal lahir tidak sama dengan yang di NIK: 03-07-83")).to_be_visible()
            await second.get_by_label("NIK").fill(_nik(0, serial))
            await expect(second.get_by_text("sudah ditulis untuk anggota lain")).to_be_visible()
            await second.get_by_label("NIK").fill(_nik(1, serial))
            await expect(second.locator("[id='a1.nik']")).to_have_attribute("aria-invalid", "true")
            await second.get_by_label("Tanggal lahir").fill("03-07-1983")
            await second.get_by_label("Tempat lahir").click()
            await expect(second.locator("[aria-invalid]")).to_have_count(0)
        else:
            await second.get_by_label("Tanggal lahir").fill("03-07-1983")
        await page.get_by_role("button", name="Periksa dan simpan →").click()
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("Usulan belum dapat disimpan")
        if scripts:
            await accessible(page)
        await fits(page)
        await alert.get_by_role("link", name="RW wajib diisi").click()
        await page.get_by_label("RW", exact=True).fill("011")
        for place, name in enumerate(("DADANG SUHERMAN", "EUIS KARTINI")):
            await expect(page.locator(f"[id='a{place}.nama']")).to_have_value(name)
            await expect(page.locator(f"[id='a{place}.nik']")).to_have_value(_nik(place, serial))
        await page.get_by_role("button", name="Periksa dan simpan →").dblclick()
        await expect(page.get_by_role("status")).to_contain_text("Usulan tersimpan")
    case = int(re.findall(r"/kasus/(\d+)", page.url)[0])
    assert await console.world.state(case) == "cek_data"
    households = "SELECT count(*) FROM household WHERE no_kk = %s"
    assert await fetch_value(console.world.admin, households, (f"{DESA // 10_000}010120{serial}",)) == 1


async def test_two_editors_meet_on_the_merge_page(console: Console) -> None:
    [number] = await console.world.households()
    path = f"/keluarga/{number}/ubah"
    async with (
        console.page("operator_desa", java_script_enabled=False) as one,
        console.page("pengisi_data_kab", viewport=PHONE) as other,
    ):
        for page in (one, other):
            await console.open(page, path)
        await one.get_by_label("Alamat").fill("Jl. Satu")
        await one.get_by_label("Dusun").fill("Timur")
        await one.get_by_role("button", name="Lihat bedanya dulu").click()
        await expect(one.get_by_text("Jl. Melati 1")).to_be_visible()
        await one.get_by_role("button", name="Simpan perubahan ini").click()
        await expect(one.get_by_role("status")).to_contain_text("Perubahan tersimpan")
        await other.get_by_label("Alamat").fill("Jl. Dua")
        await other.get_by_label("RT", exact=True).fill("009")
        await other.get_by_role("button", name="Lihat bedanya dulu").click()
        await expect(other.get_by_role("heading", name="Dua orang mengubah keluarga ini")).to_be_visible()
        await accessible(other)
        await fits(other)
        await other.get_by_label("Isian saya: Jl. Dua").check()
        await other.get_by_role("button", name="Lihat bedanya dulu").click()
        await expect(other.get_by_role("heading", name="Yang akan berubah")).to_be_visible()
        await accessible(other)
        await other.get_by_role("button", name="Simpan perubahan ini").click()
        await expect(other.get_by_role("status")).to_contain_text("Perubahan tersimpan")
    row = await (
        await console.world.admin.execute("SELECT alamat, rt, dusun FROM household WHERE id = %s", (number,))
    ).fetchone()
    assert row == {"alamat": "Jl. Dua", "rt": "009", "dusun": "Timur"}


async def test_a_mistake_is_corrected_by_two_persons(console: Console) -> None:
    [case] = await stand(console.world, REFUSED)
    async with console.page("kepala_dinas", viewport=PHONE) as page:
        await console.open(page, f"/kasus/{case}")
        await expect(page.get_by_text("masih dapat dikoreksi sampai")).to_be_visible()
        await page.get_by_role("link", name="Koreksi tolak").click()
        await page.get_by_label("Koreksi: salah klik").check()
        await page.get_by_label("Catatan").fill("Salah pilih kasus")
        await accessible(page)
        await page.get_by_role("button", name="menunggu orang kedua").click()
        await expect(page.get_by_role("status")).to_contain_text("orang kedua")
        await accessible(page)
    assert await console.world.state(case) == "ditolak_dinsos"
    async with console.page("verifikator_kab", "verif.kedua", java_script_enabled=False) as page:
        await console.open(page, "/persetujuan")
        await page.get_by_role("row").filter(has_text=f"{case:07d}").get_by_role("link").click()
        await expect(page.get_by_text("Salah pilih kasus")).to_be_visible()
        await page.get_by_role("link", name="Periksa sebagai orang kedua").click()
        await page.get_by_label("Catatan").fill("Sudah saya cocokkan")
        await page.get_by_role("button", name="Koreksi tolak →").click()
        await expect(page.get_by_role("status")).to_contain_text("Tercatat.")
    assert await console.world.state(case) == "verif_dinsos"
