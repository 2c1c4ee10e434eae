"""A field worker's phone: from the list to the result, with and without scripts, and over a line that breaks."""

from __future__ import annotations

import io
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import FilePayload, Page, Route, expect

from tests.browser.kit import PHONE, Console, accessible
from tests.integration.door.kit import rows, stand
from tests.support.files import SADU, exif, jpeg

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

GROUND_CHECK = "U01 U02 U05 U11 U15 U19 U21"
FAMILY_BYTES_MOST = 200 * 1024
"""Everything that goes over the line for one family, photos included (domain section 7)."""


def _noise(seed: int) -> bytes:
    return random.Random(seed).randbytes(240 * 180 * 3)  # noqa: S311 -- a picture, no secret


def photo(seed: int, size: tuple[int, int] = (2400, 1800), place: tuple[float, float] | None = None) -> FilePayload:
    """Return a photo as a phone takes it: large, and with more in it than a painted square."""
    noise = Image.frombytes("RGB", (240, 180), _noise(seed)).resize(size)
    if place:
        content = jpeg(exif(place), noise)
    else:
        target = io.BytesIO()
        noise.save(target, "JPEG", quality=90)
        content = target.getvalue()
    return {"name": f"foto{seed}.jpg", "mimeType": "image/jpeg", "buffer": content}


class Field:
    """One pendamping and the families he was sent to."""

    def __init__(self, console: Console, name: str) -> None:
        self.console, self.name = console, name

    async def sent(self, path: str = GROUND_CHECK) -> int:
        world = self.console.world
        [case] = await stand(world, path)
        [row] = await rows(world, "SELECT household_id FROM case_ WHERE id = %s", (case,))
        await world.session(self.name, "pendamping")
        await world.assign_families(self.name, [row["household_id"]])
        return case

    async def documents(self, case: int) -> list[dict[str, Any]]:
        return await rows(
            self.console.world,
            "SELECT bytes, latitude, longitude, taken_at FROM document WHERE case_id = %s ORDER BY id",
            (case,),
        )

    @asynccontextmanager
    async def phone(self, **more: Any) -> AsyncIterator[Page]:
        """Open his phone; it knows where it is."""
        here = {"latitude": SADU[0], "longitude": SADU[1], "accuracy": 8}
        mode = {"viewport": PHONE, "geolocation": here, "permissions": ["geolocation"]} | more
        async with self.console.page("pendamping", self.name, **mode) as page:
            yield page


async def _reported(page: Page) -> None:
    """Fill in the result that stands on the page, and send it."""
    await page.get_by_label("Layak", exact=True).check()
    await page.get_by_label("Kepala keluarga").check()
    await page.get_by_role("button", name="Laporkan hasil → HASIL CEK LAPANGAN").click()
    await expect(page.get_by_role("status")).to_contain_text("tercatat")


async def test_a_visit_from_the_list_to_the_result_is_light(console: Console) -> None:
    field = Field(console, "pend.jalan")
    case = await field.sent()
    async with field.phone() as page:
        moved: list[int] = []

        async def count(request: Any) -> None:
            told = await request.sizes()
            moved.append(sum(told.values()))

        page.on("requestfinished", count)
        await console.open(page, "/tugas")
        await page.get_by_role("link", name="Kepala").first.click()
        for seed in (1, 2):
            await page.get_by_role("link", name="Ambil foto").click()
            await page.get_by_role("button", name="Pakai lokasi perangkat ini").click()
            await expect(page.get_by_text("ketelitian 8 m")).to_be_visible()
            await page.get_by_label("Foto").set_input_files(photo(seed))
            await page.get_by_role("button", name="Simpan foto").click()
            await expect(page.get_by_text("Foto tersimpan.")).to_be_visible(timeout=20_000)
        await expect(page.get_by_text("2 dari 2 foto")).to_be_visible()
        await page.get_by_role("link", name="Isi hasil kunjungan").click()
        await _reported(page)
        await page.wait_for_load_state("networkidle")
        assert sum(moved) <= FAMILY_BYTES_MOST, sum(moved)
    assert await console.world.state(case) == "hasil_cek"
    for kept in await field.documents(case):
        assert (kept["latitude"], kept["longitude"]) == pytest.approx(SADU, abs=1e-5)
        assert kept["taken_at"] is not None


async def test_a_visit_without_scripts_takes_photos_as_the_camera_made_them(console: Console) -> None:
    field = Field(console, "pend.polos")
    case = await field.sent()
    async with field.phone(java_script_enabled=False) as page:
        await console.open(page, f"/tugas/{case}")
        await page.get_by_role("link", name="Ambil foto").click()
        await page.get_by_label("Foto").set_input_files(photo(3, (320, 240)))
        await page.get_by_role("button", name="Simpan foto").click()
        await expect(page.get_by_role("alert")).to_contain_text("geotag")
        for seed in (4, 5):
            await page.goto(f"{console.url}/tugas/{case}/foto")
            await page.get_by_label("Foto").set_input_files(photo(seed, (320, 240), SADU))
            await page.get_by_role("button", name="Simpan foto").click()
            await expect(page.get_by_text("Foto tersimpan.")).to_be_visible()
        await page.get_by_role("link", name="Isi hasil kunjungan").click()
        await _reported(page)
    assert await console.world.state(case) == "hasil_cek"


async def test_a_photo_s_own_place_goes_before_the_device_s(console: Console) -> None:
    """Taken at the house, sent from an office: what the camera wrote is kept, though the photo is made small."""
    field = Field(console, "pend.kantor")
    case = await field.sent()
    office = {"latitude": -6.2, "longitude": 106.8}
    async with field.phone(geolocation=office) as page:
        await console.open(page, f"/tugas/{case}/foto")
        await page.get_by_role("button", name="Pakai lokasi perangkat ini").click()
        await expect(page.get_by_text("Lokasi didapat")).to_be_visible()
        await page.get_by_label("Foto").set_input_files(photo(6, (1600, 1200), SADU))
        await page.get_by_role("button", name="Simpan foto").click()
        await expect(page.get_by_text("Foto tersimpan.")).to_be_visible(timeout=20_000)
    [kept] = await field.documents(case)
    assert (kept["latitude"], kept["longitude"]) == pytest.approx(SADU, abs=1e-5)
    assert kept["taken_at"].isoformat() == "2026-03-17T02:30:00+00:00"


async def test_without_any_place_a_photo_is_refused_on_the_page(console: Console) -> None:
    field = Field(console, "pend.tutup")
    case = await field.sent()
    async with field.phone(permissions=[]) as page:
        await console.open(page, f"/tugas/{case}/foto")
        await page.get_by_label("Foto").set_input_files(photo(7, (640, 480)))
        await page.get_by_role("button", name="Simpan foto").click()
        await expect(page.get_by_text("tidak menyebut tempat pengambilannya")).to_be_visible(timeout=20_000)
        await expect(page.get_by_role("button", name="Simpan foto")).to_be_enabled()
    assert await field.documents(case) == []


class Line:
    """A line that lets pieces through until it breaks, and again once it is mended."""

    def __init__(self, breaks_after: int) -> None:
        self.left = breaks_after
        self.offsets: list[int] = []

    async def __call__(self, route: Route) -> None:
        if route.request.method == "PATCH":
            if self.left <= 0:
                await route.abort("connectionreset")
                return
            self.left -= 1
            self.offsets.append(int(route.request.headers["upload-offset"]))
        await route.continue_()


@pytest.mark.parametrize("closed", [False, True], ids=["terputus", "ditutup"])
async def test_an_upload_that_was_cut_goes_on_where_it_stopped(console: Console, closed: bool) -> None:
    field = Field(console, f"pend.putus.{closed}")
    case = await field.sent()
    file = photo(8, (3000, 2200))
    size = len(file["buffer"])
    assert size > 3 * 256 * 1024
    line = Line(breaks_after=2)
    async with field.phone() as page:
        await page.route("**/uploads/*", line)
        await console.open(page, f"/kasus/{case}")
        await page.get_by_label("Jenis bukti").select_option("formulir_cek")
        await page.get_by_label("Foto atau PDF").set_input_files(file)
        await page.get_by_role("button", name="Unggah").click()
        await expect(page.get_by_text("Sambungan terputus")).to_be_visible()
        share = await page.get_by_role("progressbar").get_attribute("value")
        assert share is None or int(share) < 100
        assert await field.documents(case) == []
        line.left = 99
        if closed:
            # Signed in again meanwhile: another session, the same person.
            await console.signed_in(page, "pendamping", field.name, renewed=True)
            await page.goto(f"{console.url}/tugas")
            await page.goto(f"{console.url}/kasus/{case}")
        else:
            await page.evaluate("dispatchEvent(new Event('online'))")
        await expect(page.get_by_text("Berkas tersimpan.")).to_be_visible(timeout=20_000)
        await expect(page.get_by_role("link", name="Formulir ground check")).to_be_visible()
        # Nothing waits on the device any more.
        await page.goto(f"{console.url}/kasus/{case}")
        await expect(page.get_by_role("progressbar")).to_be_hidden()
    assert line.offsets == list(range(0, size, 256 * 1024))
    assert len(await field.documents(case)) == 1


async def test_another_person_on_the_same_device_sends_nothing_of_it(console: Console) -> None:
    first, second = Field(console, "pend.bersama"), Field(console, "pend.berikut")
    case = await first.sent()
    [row] = await rows(console.world, "SELECT household_id FROM case_ WHERE id = %s", (case,))
    line = Line(breaks_after=0)
    async with first.phone() as page:
        await page.route("**/uploads/*", line)
        await console.open(page, f"/tugas/{case}/foto")
        await page.get_by_label("Foto").set_input_files(photo(9, (1600, 1200)))
        await page.get_by_role("button", name="Simpan foto").click()
        await expect(page.get_by_text("Sambungan terputus")).to_be_visible(timeout=20_000)
        await console.world.session(second.name, "pendamping")
        await console.world.assign_families(second.name, [row["household_id"]])
        await console.signed_in(page, "pendamping", second.name)
        line.left = 99
        await page.goto(f"{console.url}/tugas/{case}/foto")
        await page.wait_for_load_state("networkidle")
        await expect(page.get_by_role("progressbar")).to_be_hidden()
    assert line.offsets == []
    assert await first.documents(case) == []


async def test_a_form_asks_only_what_belongs_to_the_result(console: Console) -> None:
    field = Field(console, "pend.tanya")
    visit = await field.sent("V01")
    async with field.phone() as page:
        await console.open(page, f"/tugas/{visit}/hasil")
        await expect(page.get_by_text("Bila meninggal: siapa?")).to_be_hidden()
        await page.get_by_label("Meninggal dunia").check()
        await expect(page.get_by_text("Bila meninggal: siapa?")).to_be_visible()
        await accessible(page)
