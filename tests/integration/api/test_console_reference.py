"""The console's pages to bring in and to look up: village lists, the log, regions, policy."""

from __future__ import annotations

import io
import re
from functools import partial
from typing import Any

import pytest

from api.console.pages import imports
from models.usulan import commands
from models.usulan.workbook import write_rows
from tests.integration.api.kit import XLSX, Place, family, workbook
from tests.integration.api.test_console import ARRIVED, browsers

__all__ = ["browsers"]
pytestmark = pytest.mark.asyncio(loop_scope="session")


class TestImport:
    async def test_takes_the_good_and_gives_the_rest_back(self, browsers: Any, place: Place) -> None:
        browser = browsers(await place.person("operator_desa"))
        page = await browser.open("/impor")
        assert f'value="{place.village}"' in page
        mark = re.findall(r'name="tanda" value="([^"]+)"', page)[0]
        content = workbook([family(place, 1), family(place, 2), family(place, 3, no_kk="12")])
        form = {"tanda": mark, "kunci": "impor-1", "wilayah": str(place.village)}
        taken = await browser.http.post("/impor", data=form, files={"daftar": ("usulan.xlsx", content, XLSX)})
        assert taken.status_code == 303, taken.text
        again = await browser.http.post(
            "/impor", data=form | {"kunci": "impor-2"}, files={"daftar": ("usulan.xlsx", content, XLSX)}
        )
        assert again.headers["location"].partition("?")[0] == taken.headers["location"].partition("?")[0]
        told = await browser.open(taken.headers["location"])
        assert "<b>2</b> keluarga masuk" in told
        assert re.search(r"<b>[1-9]</b> keluarga kembali", told)
        assert "No KK" in told or "kartu keluarga" in told
        mended = await browser.http.get(f"{taken.headers['location'].partition('?')[0]}/perbaiki.xlsx")
        assert (mended.status_code, mended.headers["content-type"]) == (200, XLSX)
        other = browsers(await place.person("operator_desa", region=place.far))
        assert (await other.http.get(taken.headers["location"])).status_code == 404

    @pytest.mark.parametrize(("content", "region"), [(b"bukan daftar", None), (b"", None), (b"x", "999")])
    async def test_says_what_is_wrong_with_a_file(
        self, browsers: Any, place: Place, content: bytes, region: str | None
    ) -> None:
        browser = browsers(await place.person("operator_desa"))
        mark = re.findall(r'name="tanda" value="([^"]+)"', await browser.open("/impor"))[0]
        form = {"tanda": mark, "wilayah": region or str(place.village)}
        answer = await browser.http.post("/impor", data=form, files={"daftar": ("usulan.xlsx", content, XLSX)})
        assert answer.status_code == 422
        assert "<h1>" in answer.text
        assert "Traceback" not in answer.text

    async def test_tells_later_what_it_told_at_first_and_no_whole_number(
        self, browsers: Any, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(imports, "_ROWS", 2)
        slip = family(place, 1)
        slip.members[1].nik = f"{slip.members[1].nik[:-2]}A7"
        content = workbook([slip, family(place, 2, no_kk="12"), family(place, 3, rt="ribuan"), family(place, 4)])
        who, sender = await place.person("pengisi_data_kab"), browsers(await place.person("operator_desa"))
        page = await sender.open("/impor")
        form = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.partition('"/impor"')[2]))
        typed = form | {"wilayah": str(place.village)}
        taken = await sender.http.post("/impor", data=typed, files={"daftar": ("usulan.xlsx", content, XLSX)})
        path = taken.headers["location"]
        first = await sender.open(f"{path}?semua=1")
        later = await browsers(who).open(f"{path}?semua=1")
        rows = re.findall(r"<tr><td.*?</tr>", first, re.DOTALL)
        assert rows == re.findall(r"<tr><td.*?</tr>", later, re.DOTALL)
        assert len(rows) > 2
        [told] = [row for row in rows if ">nik</td>" in row]
        assert f">Anggota {3}<" in told
        assert f"{slip.members[1].nik[:6]}••••••{slip.members[1].nik[-4:]}" in told
        assert [row for row in rows if ">no kk</td>" in row and ">12</td>" in row]
        assert not re.search(r"\d{10,}", "".join(rows))
        light = await browsers(who).open(path)
        assert f"Tampilkan ke-{len(rows)} barisnya" in light
        assert len(re.findall(r"<tr><td.*?</tr>", light, re.DOTALL)) == 2
        english = browsers(who)
        english.http.cookies.set("alur_bahasa", "en")
        assert "Write one to three digits, for example 004" in await english.open(f"{path}?semua=1")

    async def test_names_the_columns_that_were_not_read(self, browsers: Any, place: Place) -> None:
        browser, target = browsers(await place.person("operator_desa")), io.BytesIO()
        write_rows(target, [family(place, 1)], kind="csv")
        mark = re.findall(r'name="tanda" value="([^"]+)"', await browser.open("/impor"))[0]
        form = {"tanda": mark, "wilayah": str(place.village)}
        content = target.getvalue().decode().replace(",hamil,", ",ha<b>mill,").encode()
        answer = await browser.http.post("/impor", data=form, files={"daftar": ("usulan.csv", content, "text/csv")})
        page = (await browser.http.get(answer.headers["location"])).text
        assert "Kolom yang tidak dibaca" in page
        assert "<b>ha&lt;b&gt;mill</b>" in page

    async def test_of_an_earlier_release_shows_what_was_kept(self, browsers: Any, place: Place) -> None:
        browser = browsers(await place.person("operator_desa"))
        mark = re.findall(r'name="tanda" value="([^"]+)"', await browser.open("/impor"))[0]
        form = {"tanda": mark, "wilayah": str(place.village)}
        files = {"daftar": ("usulan.xlsx", workbook([family(place, 1, no_kk="12")]), XLSX)}
        path = (await browser.http.post("/impor", data=form, files=files)).headers["location"]
        number = int(path.rpartition("/")[2])
        await place.world.admin.execute(
            "UPDATE import_file SET report = jsonb_build_object('kode', report -> 'kode') WHERE id = %s", (number,)
        )
        assert 'class="kode"' in await browser.open(path)

    async def test_shows_how_far_a_list_has_come_to_who_sends_it(
        self, browsers: Any, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(imports, "import_list", partial(commands.import_list, part=2))
        browser, colleague = (
            browsers(await place.person("operator_desa")),
            browsers(await place.person("operator_desa", "rekan")),
        )
        seen: list[Any] = []

        async def told(who: Any) -> Any:
            answer = await who.http.get("/impor/kemajuan", params={"kunci": "impor-jauh"})
            assert answer.headers["cache-control"] == "no-store"
            return answer.json()

        async def noting(*about: Any) -> None:
            await commands.note_progress(*about)
            seen.append((await told(browser), await told(colleague)))

        monkeypatch.setattr(imports, "note_progress", noting)
        page = await browser.open("/impor")
        assert "data-impor" in page
        assert "<progress" in page
        mark = re.findall(r'name="tanda" value="([^"]+)"', page)[0]
        form = {"tanda": mark, "kunci": "impor-jauh", "wilayah": str(place.village)}
        content = workbook([family(place, n) for n in (1, 2, 3)])
        taken = await browser.http.post("/impor", data=form, files={"daftar": ("usulan.xlsx", content, XLSX)})
        assert taken.status_code == 303, taken.text
        assert seen == [({"selesai": done, "dari": 3}, {}) for done in (0, 2, 3)]
        assert await told(browser) == {}

    async def test_hands_out_the_empty_template(self, browsers: Any, place: Place) -> None:
        browser = browsers(await place.person("operator_desa"))
        answer = await browser.http.get("/impor/templat.xlsx")
        assert answer.content.startswith(b"PK")


async def test_an_auditor_finds_a_move_by_who_made_it(browsers: Any, place: Place) -> None:
    [case] = await place.stand(ARRIVED)
    who = await place.person("verifikator_kab")
    done = await place.world.move(who.session, "usulan.kembalikan", [case], reason="BERKAS_KURANG", note="KTP buram")
    assert done[0].done
    browser = browsers(await place.person("auditor"))
    page = await browser.open(f"/jejak?actor={who.name}&reason=BERKAS_KURANG")
    assert f'href="/kasus/{case}"' in page
    assert "Kembalikan" in page
    assert f'href="/kasus/{case}"' not in await browser.open(f"/jejak?actor={who.name}&reason=BA_TIDAK_SAH")
    wrong = await browser.http.get("/jejak", params={"reason": "TIDAK_ADA"})
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.text
    nobody = browsers(await place.person("warga"))
    assert (await nobody.http.get("/jejak")).status_code == 403


@pytest.mark.usefixtures("country")
async def test_regions_policy_and_cycles_can_be_looked_up(browsers: Any, home: Place) -> None:
    browser = browsers(await home.person("pusdatin"))
    assert "Kabupaten Bandung" in await browser.open("/wilayah?kode=32.04")
    assert "Soreang" in await browser.open("/wilayah?cari=Soreang")
    assert 'href="/kebijakan?awal=baca.' in await browser.open("/kebijakan")
    assert "baca.tujuan" in await browser.open("/kebijakan?awal=baca.")
    assert "baca.tujuan" not in await browser.open("/kebijakan?awal=baca.&pada=1990-01-01")
    assert "Siklus verval" in await browser.open("/siklus")
    for lost in ("/wilayah?kode=abc", "/antrean?wilayah=12345", "/macet?wilayah=x", "/siklus?wilayah=zz"):
        answer = await browser.http.get(lost)
        assert answer.status_code == 422, lost
        assert "Kemendagri" in answer.text


async def test_what_no_row_can_hold_is_said_on_a_page(browsers: Any, home: Place) -> None:
    browser = browsers(await home.person("pusdatin"))
    huge = 10**20
    for odd in (
        f"/kasus/{huge}",
        f"/keluarga/{huge}",
        f"/persetujuan/{huge}",
        f"/impor/{huge}",
        f"/berkas/{huge}",
        f"/pemberitahuan?sebelum={huge}",
        "/wilayah?cari=%00",
        "/kebijakan?awal=%00",
        "/jejak?actor=%00",
        "/antrean?kursor=x",
        "/kasus/satu",
    ):
        answer = await browser.http.get(odd)
        assert answer.status_code in {200, 404, 422}, (odd, answer.status_code)
        assert answer.text.startswith("<!doctype html>"), odd
    found = await browser.send("/cari", await browser.open("/cari"), q=f"USL-2026-{huge // 100}\0")
    assert found.status_code in {200, 422}


async def test_a_crash_is_a_page_with_the_number_of_its_request(
    browsers: Any, home: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("rahasia dari dalam")

    browser = browsers(await home.person("pusdatin"))
    monkeypatch.setattr("models.policy.queries.held", broken)
    answer = await browser.http.get("/kebijakan")
    assert answer.status_code == 500
    assert answer.text.startswith("<!doctype html>")
    assert answer.headers["x-request-id"] in answer.text
    assert "rahasia" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
