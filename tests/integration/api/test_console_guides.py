"""Guides in the console, and gates that ask for the papers of their decision."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from models.approval.commands import open_gate
from models.batch.commands import open_batch
from tests.integration.api.kit import Place, Site
from tests.integration.api.test_console import Browser
from tests.integration.door.kit import rows

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
async def browsers(site: Site) -> AsyncIterator[Any]:
    """Make browsers."""
    made: list[Browser] = []

    def make(*who: Any) -> Browser:
        made.append(Browser(site, *who))
        return made[-1]

    yield make
    for one in made:
        await one.http.aclose()


async def test_everybody_reads_the_guide_of_his_role_and_those_of_others(home: Place, browsers: Any) -> None:
    browser = browsers(await home.person("verifikator_kab"))
    page = await browser.open("/panduan")
    assert "<h1>Verifikator kabupaten</h1>" in page
    assert 'href="/panduan/kades"' in page
    assert "<h1>Kepala desa</h1>" in await browser.open("/panduan/kades")
    assert "Panduan" in await browser.open("/panduan/README")
    picture = await browser.http.get("/panduan/gambar/verifikator_kab.webp")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/webp")
    for wrong in ("/panduan/tidak-ada", "/panduan/..%2Farchitecture", "/panduan/gambar/..%2F..%2Farchitecture.md"):
        await browser.open(wrong, 404)
    assert (await browsers().http.get("/panduan")).headers["location"] == "/masuk?ke=/panduan"


async def test_an_approval_without_its_papers_is_not_taken(place: Place, browsers: Any) -> None:
    """The door would refuse every case of it afterwards, and nobody would know."""
    world = place.world
    cases = await place.stand("U01 U02 U05 U11 U15 U19 U22", 2)
    system = await world.system()
    kabupaten = place.village // 1_000_000
    batch = await open_batch(world.worker, system, "pengesahan", kabupaten, "Pengesahan", period=202601)
    gate = await open_gate(world.worker, system, batch, "pengesahan", cases, region=place.village)
    browser = browsers(await place.person("kepala_dinas"))
    path = f"/persetujuan/{gate}"
    page = await browser.open(path)
    assert "Surat pengesahan" in page
    answer = await browser.send(path, page, putusan="setuju", catatan="sudah dibaca semua")
    assert answer.status_code == 422
    assert "Belum diisi: Surat pengesahan" in answer.text
    assert "sudah dibaca semua" in answer.text
    assert await rows(world, "SELECT 1 FROM decision WHERE approval = %s", (gate,)) == []
    answer = await browser.send(path, page, putusan="setuju", **{"bukti.surat_pengesahan": "400/1"})
    assert answer.status_code == 303
    [decision] = await rows(world, "SELECT evidence FROM decision WHERE approval = %s", (gate,))
    assert decision["evidence"] == {"surat_pengesahan": {"nomor": "400/1"}}
