"""The whole way of a proposal, a large decision, what is not mine, numbers in the open, and the auditor's question."""

from __future__ import annotations

import csv
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from playwright.async_api import Page, expect

from api.console.app import make_console
from api.console.pages import decision
from models.approval.commands import execute, open_gate
from models.batch.commands import enlist, open_batch
from models.database import fetch_value
from tests.browser.kit import DESK, PHONE, Console, fits
from tests.integration.door.kit import stand, values
from tests.support.files import jpeg
from tests.support.world import DESA, DESA_LAIN

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

SENT = "U01 U02 U05 U10 U14 U58 U15"
ARRIVED = f"{SENT} U19"
GARUT = 3205011001
"""A village whose months are open all the time, so that a proposal goes its way in one afternoon."""

NEXT_VILLAGE = GARUT + 1


class Way:
    """One proposal on its way, and the people and automatic steps that carry it."""

    def __init__(self, console: Console, **mode: Any) -> None:
        self.console, self.mode, self.case, self.batch = console, mode, 0, 0

    @asynccontextmanager
    async def desk(self, role: str, menu: str) -> AsyncIterator[Page]:
        """Open somebody's first page, and a page of its menu."""
        async with self.console.page(role, f"{role}.jalan", region=GARUT, **self.mode) as page:
            await self.menu(page, menu)
            yield page

    async def menu(self, page: Page, menu: str) -> None:
        """Go to the first page, and from there to a page of its menu."""
        await page.goto(self.console.url)
        parts = page.get_by_role("navigation", name="Bagian")
        group = parts.locator("details").filter(has_text=menu)
        if await group.count():
            await group.locator("summary").click()
        await parts.get_by_role("link", name=menu, exact=True).click()

    async def step(self, page: Page, name: str, **typed: str) -> None:
        """Take a step of the case on whose page one stands, filling in what is asked."""
        await page.get_by_role("link", name=name).click()
        for label, words in typed.items():
            await page.get_by_label(label).fill(words)
        await page.get_by_role("button", name=f"{name} →").click()
        await expect(page.get_by_role("status")).to_contain_text("Tercatat.")
        await fits(page)

    async def itself(self, trigger: str, **facts: Any) -> None:
        """Let the system take a step."""
        [outcome] = await self.console.world.move(await self.console.world.system(), trigger, [self.case], facts=facts)
        assert outcome.done, outcome

    async def gate(self, kind: str, batch: int, region: int) -> int:
        """Open the gate at which the case waits, as its flow does."""
        world = self.console.world
        await enlist(world.worker, await world.system(), batch, [self.case])
        return await open_gate(world.worker, await world.system(), batch, kind, [self.case], region=region)

    async def carry_out(self, gate: int) -> None:
        await execute(self.console.world.worker, await self.console.world.system(), gate)


async def _enter(page: Page, serial: int) -> int:
    """Enter a family of one, as somebody does who has its card before him; return the case."""
    district = f"{GARUT // 10_000:06d}"
    typed = {
        "Nomor kartu keluarga": f"{district}010120{serial}",
        "Alamat": "Kp. Cikole No. 4",
        "Nama lengkap": "DADANG SUHERMAN",
        "Tempat lahir": "Garut",
        "Tanggal lahir": "12-05-1980",
    }
    for label, words in typed.items():
        await page.get_by_label(label).first.fill(words)
    for label in ("RT", "RW"):
        await page.get_by_label(label, exact=True).fill("002")
    person = page.locator("[data-anggota='0']")
    await person.get_by_label("NIK").fill(f"{district}120580{serial}")
    await person.get_by_label("Hubungan").select_option("1")
    await person.get_by_label("Jenis kelamin").select_option("1")
    await person.get_by_label("Status perkawinan").select_option("2")
    await page.get_by_role("button", name="Periksa dan simpan →").click()
    await expect(page.get_by_role("status")).to_contain_text("Usulan tersimpan")
    return int(re.findall(r"/kasus/(\d+)", page.url)[0])


@pytest.mark.parametrize("scripts", [True, False], ids=["javascript", "tanpa-javascript"])
async def test_a_proposal_goes_from_entry_to_pengesahan_by_what_stands_on_the_pages(
    console: Console, scripts: bool
) -> None:
    """Five people at their desks; what flows do in between (identity check, gates) is played here."""
    kabupaten = GARUT // 1_000_000
    await console.world.policy({f"jendela.kirim@{kabupaten}": {"dari": 1, "sampai": 31}})
    way = Way(console, java_script_enabled=scripts, viewport=PHONE if scripts else DESK)
    async with way.desk("operator_desa", "Usulan baru") as desa, way.desk("kades", "Musdes") as kades:
        way.case = await _enter(desa, 5101 + scripts)
        way.batch = await fetch_value(console.world.admin, "SELECT batch FROM position WHERE case_id = %s", (way.case,))
        await way.itself("usulan.cek_padan", balasan_dukcapil={"anggota": []})
        musdes = f"{console.url}/musdes/{way.batch}"
        await desa.goto(f"{console.url}/musdes")
        await desa.locator(f"a[href='/musdes/{way.batch}']").click()
        await desa.get_by_label("Langkah").select_option("usulan.masuk_musdes")
        await desa.get_by_role("button", name="Lihat akibatnya dulu").click()
        await desa.get_by_role("button", name="Masuk musdes: 1 kasus").click()
        await expect(desa.get_by_role("heading", name="Masuk musdes: hasil")).to_be_visible()
        gate = await way.gate("musdes", way.batch, GARUT)
        await desa.goto(musdes)
        minutes = {"Nomor berita acara": "BA/11/2026", "Tanggal": "2026-01-05", "Tempat": "Balai desa"}
        for label, words in (minutes | {"Pimpinan musyawarah": "Asep", "Jumlah hadir": "31"}).items():
            await desa.get_by_label(label, exact=True).fill(words)
        await desa.get_by_role("button", name="yang belum ditandai di halaman ini layak").click()
        await expect(desa.get_by_role("status")).to_contain_text("Notulen tersimpan.")
        await way.menu(kades, "Musdes")
        await kades.locator(f"a[href='/musdes/{way.batch}']").click()
        await kades.get_by_role("button", name="Putuskan 1 keluarga menurut notulen").click()
        await expect(kades.get_by_role("status")).to_contain_text("Putusan musyawarah tercatat")
        await way.carry_out(gate)
        await desa.goto(f"{console.url}/kasus/{way.case}")
        await way.step(desa, "Kirim")
    async with way.desk("operator_kecamatan", "Antrean") as kecamatan:
        await kecamatan.locator(f"a[href='/kasus/{way.case}']").click()
        await way.step(kecamatan, "Teruskan", Catatan="Berkas lengkap")
    async with way.desk("verifikator_kab", "Antrean") as verifikator:
        await verifikator.locator(f"a[href='/kasus/{way.case}']").click()
        await way.step(verifikator, "Nyatakan lengkap")
    world = console.world
    month = await open_batch(world.worker, await world.system(), "pengesahan", kabupaten, "Pengesahan Garut")
    gate = await way.gate("pengesahan", month, kabupaten)
    async with way.desk("kepala_dinas", "Persetujuan") as kadinsos:
        await kadinsos.locator(f"a[href='/persetujuan/{gate}']").click()
        await kadinsos.get_by_label("Surat pengesahan").fill("400/11/Dinsos")
        await kadinsos.get_by_role("button", name="Setujui 1 kasus").click()
        await expect(kadinsos.get_by_role("status")).to_contain_text("Putusan Anda tercatat.")
        await way.carry_out(gate)
        await kadinsos.goto(f"{console.url}/kasus/{way.case}")
        await expect(kadinsos.get_by_text("DISAHKAN").first).to_be_visible()
        for name in ("Operator_Desa.Jalan", "Operator_Kecamatan.Jalan", "Verifikator_Kab.Jalan", "Kepala_Dinas.Jalan"):
            await expect(kadinsos.locator(".jejak").get_by_text(name).first).to_be_visible()
    assert await world.state(way.case) == "disahkan"


async def test_a_decision_about_500_refuses_20_and_is_made_once(console: Console) -> None:
    """Four eyes: whoever proposed some of them does not return these; the list of the refused holds just them."""
    world, name = console.world, "verif.limaratus"
    me = await world.user(name)
    good = await stand(world, ARRIVED, count=480, region=GARUT)
    mine = await stand(world, ARRIVED, count=20, region=GARUT, actors={"U01": me})
    acts = "SELECT count(*) FROM transition WHERE case_id = ANY (%s)"
    async with console.page("verifikator_kab", name, region=GARUT, viewport=DESK) as page:
        await page.goto(f"{console.url}/antrean?mesin=usulan&status=verif_dinsos")
        await page.get_by_label("semua yang cocok").check()
        await page.get_by_label("Langkah").select_option("usulan.kembalikan")
        await page.get_by_role("button", name="Lihat akibatnya dulu").click()
        await expect(page.locator(".besar")).to_have_text("480 dari 500 kasus dapat maju.")
        await expect(page.locator(".sebab li")).to_have_count(1)
        await expect(page.locator(".sebab li b")).to_have_text("20")
        await page.get_by_role("radio").first.check()
        await page.get_by_label("Catatan").fill("Foto rumah kurang")
        form = page.locator("form[action='/antrean/jalankan']")
        again = await form.evaluate("form => new URLSearchParams(new FormData(form)).toString()")
        await page.get_by_role("button", name="Kembalikan: 480 kasus").click()
        await expect(page.get_by_role("heading", name="Kembalikan: hasil")).to_be_visible()
        told = await page.locator(".hitungan li").all_inner_texts()
        assert told == ["480 maju", "20 ditolak"]
        assert await page.locator("tbody tr").count() == 20
        async with page.expect_download() as saved:
            await page.get_by_role("link", name="Unduh daftar yang ditolak").click()
        with (await (await saved.value).path()).open(encoding="utf-8-sig", newline="") as file:
            refused = list(csv.DictReader(file))
        assert sorted(int(row["kasus"]) for row in refused) == mine
        assert all(row["sebab"] and row["perbaikan"] for row in refused)
        moved = await fetch_value(world.admin, acts, (good + mine,))
        address = page.url
        kind = {"content-type": "application/x-www-form-urlencoded", "origin": console.url}
        answer = await page.request.post(f"{console.url}/antrean/jalankan", data=again, headers=kind)
        assert answer.url == address, "the same outcome, read again"
        assert await fetch_value(world.admin, acts, (good + mine,)) == moved
    states = "SELECT DISTINCT s.id FROM position p JOIN state s ON s.code = p.state WHERE p.case_id = ANY (%s)"
    assert await values(world, states, (good,)) == ["dikembalikan"]
    assert await values(world, states, (mine,)) == ["verif_dinsos"]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
async def test_a_long_decision_shows_how_far_it_is(
    console: Console, monkeypatch: pytest.MonkeyPatch, script: bool
) -> None:
    """With a script it goes on by itself to its outcome; without one its button does."""
    monkeypatch.setattr(decision, "_PART", 5)
    monkeypatch.setattr(decision, "_TURN_S", 0.0)
    name = f"verif.panjang{script}"
    cases = await stand(console.world, ARRIVED, count=12, region=NEXT_VILLAGE)
    async with console.page("verifikator_kab", name, region=GARUT, viewport=PHONE, java_script_enabled=script) as page:
        await page.goto(f"{console.url}/antrean?mesin=usulan&status=verif_dinsos&wilayah={NEXT_VILLAGE}")
        await page.get_by_label("semua yang cocok").check()
        await page.get_by_label("Langkah").select_option("usulan.kembalikan")
        await page.get_by_role("button", name="Lihat akibatnya dulu").click()
        await page.get_by_role("radio").first.check()
        await page.get_by_label("Catatan").fill("Foto rumah kurang")
        answers: list[int] = []
        page.on("response", lambda told: answers.append(told.status) if told.url.endswith("/jalankan") else None)
        await page.get_by_role("button", name="Kembalikan: 12 kasus").click()
        for done in () if script else (5, 10):
            await expect(page.get_by_role("status")).to_contain_text(f"{done} / 12. {12 - done} kasus belum disentuh.")
            await fits(page)
            await page.get_by_role("button", name=f"Lanjutkan: {12 - done} kasus").click()
        await expect(page.locator(".hitungan li")).to_have_text("12 maju")
        assert answers == [200, 200, 303], "a page after each part, and the outcome after the last"
    states = "SELECT DISTINCT s.id FROM position p JOIN state s ON s.code = p.state WHERE p.case_id = ANY (%s)"
    assert await values(console.world, states, (cases,)) == ["dikembalikan"]


async def test_a_case_opens_at_its_top_and_sends_nothing(console: Console) -> None:
    """A script that sends a form by itself once took the upload of each case page for one that goes on."""
    [case] = await stand(console.world, ARRIVED, region=NEXT_VILLAGE)
    async with console.page("verifikator_kab", "verif.buka", region=GARUT, viewport=PHONE) as page:
        sent: list[str] = []
        page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
        await page.goto(f"{console.url}/kasus/{case}")
        await page.wait_for_load_state("networkidle")
        assert await page.locator("form[data-lanjut] input[type=file]").count() == 1
        assert await page.evaluate("[scrollY, document.activeElement.tagName]") == [0, "BODY"]
        assert sent == []


NOT_THERE = 2_000_000_000
"""A number that nothing has."""
ANYBODY_S = {"/panduan/{name}", "/mesin/{name}", "/antrean/hasil/{key}", "/antrean/hasil/{key}/ditolak.csv"}
"""Pages about no case and nobody's, or about an own request."""
_NUMBER = re.compile(r"[0-9a-f]{32}|\d+")


async def test_what_lies_elsewhere_reads_like_what_does_not_exist(console: Console) -> None:
    """Every page with a number in its address, asked for by the operator of another village."""
    world = console.world
    [case] = await stand(world, ARRIVED)
    [payment] = await stand(world, "P01 P03 P07 P18")
    system = await world.system()
    batch = await open_batch(world.worker, system, "usulan", DESA, "Usulan Desa Sadu")
    await enlist(world.worker, system, batch, [case])
    gate = await open_gate(world.worker, system, batch, "musdes", [case], region=DESA)
    household = await fetch_value(world.admin, "SELECT household_id FROM case_ WHERE id = %s", (case,))
    async with console.page("verifikator_kab", "verif.berkas", java_script_enabled=False) as page:
        await page.goto(f"{console.url}/kasus/{case}")
        await page.get_by_label("Jenis bukti").select_option("bukti_alasan")
        photo: Any = {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
        await page.get_by_label("Foto atau PDF").set_input_files(photo)
        await page.get_by_role("button", name="Unggah").click()
        await expect(page.get_by_text("Berkas tersimpan.")).to_be_visible()
    document = await fetch_value(world.admin, "SELECT id FROM document WHERE case_id = %s", (case,))
    there = {"kasus": case, "tugas": case, "keluarga": household, "batch": batch, "musdes": batch, "tahap": batch}
    there |= {"persetujuan": gate, "berkas": document, "perbaikan": payment}
    asked: dict[str, tuple[str, str]] = {}
    for route in iter_route_contexts(make_console().routes):
        path = route.path or ""
        wanted = isinstance(route.original_route, APIRoute) and "GET" in (route.original_route.methods or ())
        if wanted and "{" in path and path not in ANYBODY_S:
            number = there.get(path.split("/")[1], 1)
            told = path.replace("{trigger}", "usulan.kembalikan").replace("{paper}", "berita-acara")
            asked[path] = (re.sub(r"{\w+}", str(number), told), re.sub(r"{\w+}", str(NOT_THERE), told))
    assert len(asked) > 15
    async with console.page("operator_desa", "desa.sebelah", region=DESA_LAIN) as page:
        for path, (theirs, nobodys) in asked.items():
            texts = []
            for address in (theirs, nobodys):
                answer = await page.request.get(f"{console.url}{address}")
                assert answer.status in {403, 404, 422}, (address, answer.status)
                text = await answer.text()
                texts.append(_NUMBER.sub("0", text))
                assert "Kepala" not in text, path
                assert "Jl. Melati" not in text, path
            assert texts[0] == texts[1], path
        await page.goto(f"{console.url}{asked['/keluarga/{number}'][0]}")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("tidak")


async def test_numbers_are_opened_for_a_purpose_for_five_minutes_and_both_sides_see_it(console: Console) -> None:
    world = console.world
    [case] = await stand(world, ARRIVED)
    household = await fetch_value(world.admin, "SELECT household_id FROM case_ WHERE id = %s", (case,))
    niks = await values(world, "SELECT nik FROM person WHERE household_id = %s ORDER BY id", (household,))
    async with console.page("verifikator_kab", "verif.nomor", viewport=PHONE) as page:
        await page.goto(f"{console.url}/kasus/{case}")
        await page.get_by_role("link", name="keluarga", exact=True).click()
        await expect(page.get_by_text(re.compile("|".join(niks)))).to_have_count(0)
        await page.get_by_text("Tampilkan nomor tanpa samaran").click()
        await page.get_by_label("Untuk apa").select_option(index=1)
        purpose = await page.get_by_label("Untuk apa").evaluate("box => box.selectedOptions[0].text")
        await page.get_by_label("Dengan kata sendiri").fill("cocokkan dengan kartu di rumah")
        async with page.expect_response(re.compile(r"/nomor$")) as answered:
            await page.get_by_role("button", name="Tampilkan nomor, dan catat").click()
        assert (await (await answered.value).all_headers())["refresh"] == f"300; url=/keluarga/{household}"
        for nik in niks:
            await expect(page.get_by_text(nik)).to_be_visible()
        await expect(page.get_by_text("tertutup sendiri setelah 5 menit")).to_be_visible()
        await fits(page)
        await page.get_by_role("link", name="Tutup").click()
        await expect(page.get_by_text(re.compile("|".join(niks)))).to_have_count(0)
    async with console.page("auditor", "auditor.nomor") as page:
        await page.goto(f"{console.url}/keluarga/{household}")
        looks = page.locator("section").filter(has_text="Siapa yang melihat keluarga ini")
        await expect(looks).to_contain_text(f"Verif.Nomor · Verifikator kabupaten · membuka nomor: {purpose}")
        await expect(looks).to_contain_text("cocokkan dengan kartu di rumah")
    async with console.page("warga", "warga.nomor", viewport=PHONE) as page:
        await page.goto(console.url)
        await page.get_by_role("link", name="Keluarga saya").click()
        looks = page.locator("section").filter(has_text="Siapa yang melihat data saya")
        await expect(looks).to_contain_text(f"Verifikator kabupaten · {purpose}")
        await expect(looks).not_to_contain_text("Verif.Nomor")


async def test_an_auditor_finds_out_why_a_family_was_refused_by_clicks_alone(console: Console) -> None:
    """Why, by whom, on what evidence, under which rule and policy: from the trail to the case, nothing typed."""
    world = console.world
    [case] = await stand(world, ARRIVED)
    async with console.page("verifikator_kab", "verif.tolak") as page:
        await page.goto(f"{console.url}/kasus/{case}/langkah/usulan.tolak")
        await page.get_by_label("Anggota keluarga ASN").check()
        await page.get_by_label("Bukti alasan").fill("BKN/2026/118")
        await page.get_by_label("Catatan").fill("Kepala keluarga ASN menurut BKN.")
        await page.get_by_role("button", name="Tolak →").click()
        await expect(page.get_by_role("status")).to_contain_text("Tercatat.")
    async with console.page("auditor", "auditor.sebab") as page:
        await page.goto(console.url)
        await page.get_by_role("link", name="Jejak", exact=True).click()
        row = page.get_by_role("row").filter(has=page.locator(f"a[href='/kasus/{case}']")).first
        await expect(row).to_contain_text("U24")
        await row.locator("a").first.click()
        move = page.locator(".jejak li").filter(has_text="Kepala keluarga ASN").first
        for told in (
            "Tolak",
            "Verif.Tolak",
            "Verifikator kabupaten",
            "aturan U24",
            "kebijakan",
            "Bukti alasan (BKN/2026/118)",
        ):
            await expect(move).to_contain_text(told)
