"""Every page once: light on the line, within a phone's and a desk's screen, accessible, in light and in dark."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from models.database import fetch_value
from tests.browser.kit import DESK, PHONE, Console, accessible, fits
from tests.browser.test_lapangan import Field
from tests.browser.test_musdes import meeting
from tests.integration.door.kit import stand
from tests.integration.door.linking import MEMBER

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

ARRIVED = "U01 U02 U05 U10 U14 U58 U15 U19"
REFUSED = f"{ARRIVED} U24"
CLOSED = "P01 P03"
FAILED = f"{CLOSED} P07 P18"
PAID = f"{CLOSED} P07 P17 P20 P25 P26 P27 P29 P30 P37"
OFFICER = "pend.mata"

PAGES: dict[str, tuple[str, ...]] = {
    "": ("/masuk", "/masuk/kode", "/masuk/tautan"),
    "verifikator_kab": (
        *("/", "/antrean", "/persetujuan", "/pemberitahuan", "/cari", "/macet", "/akun", "/wilayah-kerja", "/impor"),
        *("/serah-terima", "/siklus", "/jejak", "/jejak/isyarat", "/jejak/wilayah", "/wilayah", "/kebijakan"),
        *("/kebijakan?awal=macet.", "/kasus/{case}", "/kasus/{case}/langkah/usulan.kembalikan", "/keluarga/{member}"),
        *(
            "/kasus/{case}/peta",
            "/mesin/usulan",
            "/tahap/{payment}",
            "/tahap?tahap=PKH-202601",
            "/laporan?periode=2026",
        ),
        *("/perbaikan", "/perbaikan/daftar?status=penyaluran.rek_gagal&alasan=RK_NAMA", "/perbaikan/rujukan/{failed}"),
        *("/sanggah", "/delegasi"),
    ),
    "kades": ("/musdes", "/musdes/{meeting}", "/batch", "/batch/{meeting}", "/sk"),
    "operator_desa": (
        "/sanggah/baru?jenis=SANGGAH_DESIL",
        "/usulan/baru",
        "/kasus/{returned}/langkah/usulan.perbaiki_kirim",
    ),
    "admin_kab": ("/pengguna", "/pengguna/baru", "/serah-terima"),
    "pendamping": (
        *("/tugas", "/tugas/{check}", "/tugas/{check}/foto", "/tugas/{visit}/tidak-terjangkau", "/mesin/penyaluran"),
        *("/kasus/{refused}", "/keluarga/{family}/ubah", "/serah-terima?keluarga={family}"),
        *("/keluarga/{family}/usulkan", "/keluarga/{family}/usulkan?jenis=PECAH_KK"),
    ),
}
"""Role ("" is nobody) -> what is looked at in it; `looks.py` has the same pages in their other states."""

_MADE: dict[str, int] = {}


async def made(console: Console) -> dict[str, int]:
    """Return what stands in the addresses of the pages, made once."""
    if not _MADE:
        world = console.world
        owner = "SELECT household_id FROM case_ WHERE id = %s"
        [_MADE["case"]], [_MADE["refused"]] = await stand(world, ARRIVED), await stand(world, REFUSED)
        [_MADE["returned"]] = await stand(world, "U01 U02 U05 U10 U14 U58 U15 U20")
        _MADE["meeting"], _, _ = await meeting(console, 3)
        failed = await stand(world, FAILED, count=2)
        paid = [*failed, *await stand(world, PAID, count=3), *await stand(world, CLOSED)]
        system = await world.system()
        _MADE["payment"] = await fetch_value(
            world.worker,
            "SELECT batch_open(%s, 'tahap', 3204, 3204000000, 3204999999, 'PKH', 202601, 'PKH 2026 tahap 1')",
            (system,),
        )
        await world.worker.execute("SELECT door_enlist(%s, %s, %s)", (system, _MADE["payment"], paid))
        _MADE["failed"] = failed[0]
        [_MADE["member"]] = await world.households()
        await stand(world, MEMBER, households=[_MADE["member"]])
        await stand(world, "P01 P02", households=[_MADE["member"]])
        field = Field(console, OFFICER)
        _MADE["check"], _MADE["visit"] = await field.sent(), await field.sent("V01")
        _MADE["family"] = await fetch_value(world.admin, owner, (_MADE["refused"],))
        await world.assign_families(OFFICER, [_MADE["family"]])
    return _MADE


async def looked_at(console: Console, page: Page, path: str) -> None:
    """Demand of a page what every page must be, on a phone in the sun and on a desk in the dark."""
    await page.set_viewport_size(PHONE)
    await page.emulate_media(color_scheme="light", media="screen")
    await console.open(page, path)
    await accessible(page)
    await page.set_viewport_size(DESK)
    await page.emulate_media(color_scheme="dark")
    await fits(page)
    await accessible(page)


@pytest.mark.parametrize("role", PAGES)
async def test_every_page_is_light_fits_and_is_accessible(console: Console, role: str) -> None:
    known = await made(console)
    name = OFFICER if role == "pendamping" else f"{role}.mata"
    # Colours change at once: axe would see a button halfway between light and dark.
    async with console.page(role, name if role else None, viewport=PHONE, reduced_motion="reduce") as page:
        for path in PAGES[role]:
            await looked_at(console, page, path.format(**known))
        if role:
            await page.emulate_media(media="print")
            await expect(page.locator(".menu")).to_be_hidden()
