"""The console in the field: visits as forms, what a machine looks like, and why a family is not paid."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.integration.api.kit import Caller, Place, problem
from tests.integration.api.papers import fact, stored
from tests.integration.api.test_console import ARRIVED, Browser, browsers
from tests.integration.door.linking import MEMBER
from tests.support.files import SADU, exif, jpeg, painted, pdf

__all__ = ["browsers"]
pytestmark = pytest.mark.asyncio(loop_scope="session")

GROUND_CHECK = "U01 U02 U05 U11 U15 U19 U21"


def photo(shade: int, place: tuple[float, float] | None = SADU) -> bytes:
    return jpeg(exif(place), painted(shade=shade))


async def sent_out(place: Place, path: str = GROUND_CHECK, **more: Any) -> tuple[Caller, int, int]:
    """Return a pendamping in front of a house, the case, and the family."""
    [case] = await place.stand(path, **more)
    who = await place.person("pendamping")
    household = await place.value("SELECT household_id FROM case_ WHERE id = %s", case)
    await place.world.assign_families(who.name, [household])
    return who, case, household


async def photographed(browser: Browser, case: int, content: bytes) -> httpx.Response:
    """Send the photo's form as a browser without scripts does."""
    path = f"/tugas/{case}/foto"
    page = await browser.open(path)
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.partition(f'action="{path}"')[2]))
    return await browser.http.post(path, data=fields, files={"berkas": ("foto.jpg", content, "image/jpeg")})


class TestVisit:
    async def test_goes_from_the_list_over_photos_to_the_result(self, browsers: Any, place: Place) -> None:
        who, case, _ = await sent_out(place)
        browser = browsers(who)
        assert f'href="/tugas/{case}"' in await browser.open("/tugas")
        assert "0 dari 2 foto" in await browser.open(f"/tugas/{case}")
        assert f'href="/tugas/{case}">Laporkan hasil' in await browser.open(f"/kasus/{case}")
        for shade in (1, 2):
            answer = await photographed(browser, case, photo(shade))
            assert (answer.status_code, answer.headers["location"]) == (303, f"/tugas/{case}?foto=1")
        assert "2 dari 2 foto" in await browser.open(f"/tugas/{case}")
        path = f"/tugas/{case}/hasil"
        typed = {"hasil": "LAYAK", "siapa": "kepala", "nama": "Pak Dadang", "rumah.lantai": "3", "catatan": "baik"}
        page = await browser.open(path)
        answer = await browser.send(path, page, **typed)
        assert answer.status_code == 303, answer.text
        assert await place.world.state(case) == "hasil_cek"
        assert await fact(place, case, "formulir_cek") == {"hasil": "LAYAK", "rumah": {"lantai": 3}}
        assert await fact(place, case, "responden") == {"siapa": "kepala", "nama": "Pak Dadang"}
        # Sent twice it is reported once, and the list lets it go.
        again = await browser.send(path, page, **typed)
        assert again.status_code == 409
        assert "sudah selesai" in again.text
        told = await browser.open(answer.headers["location"])
        assert "tercatat" in told
        assert f"/tugas/{case}" not in told
        assert (await browser.http.get(path)).status_code == 409
        seen = await browsers(await place.person("verifikator_kab")).open(f"/kasus/{case}")
        _, _, result = seen.partition('id="kunjungan"')
        for line in ("Temuan</dt><dd>Layak", "Kepala keluarga (Pak Dadang)", "Jenis lantai terluas</dt><dd>"):
            assert line in result

    async def test_a_photo_without_a_place_is_refused_where_it_was_chosen(self, browsers: Any, place: Place) -> None:
        who, case, _ = await sent_out(place)
        browser = browsers(who)
        for content, told in ((photo(1, None), "geotag"), (b"<html>" * 20, "JPEG"), (b"", "kosong")):
            answer = await photographed(browser, case, content)
            assert answer.status_code == 422
            assert 'role="alert"' in answer.text
            assert told in answer.text
            assert f'action="/tugas/{case}/foto"' in answer.text
        assert (await stored(place, case))[0] == 0

    async def test_a_slip_keeps_everything_that_was_typed(self, browsers: Any, place: Place) -> None:
        who, case, household = await sent_out(place, "V01")
        browser = browsers(who)
        path = f"/tugas/{case}/hasil"
        member = await place.value("SELECT min(id) FROM person WHERE household_id = %s", household)
        typed = {"hasil": "PINDAH", "siapa": "rt", "tujuan": "32", "rumah.atap": "2", "catatan": "panjang sekali"}
        answer = await browser.send(path, await browser.open(path), **typed)
        assert answer.status_code == 422
        for kept in ("panjang sekali", 'value="32"', 'value="PINDAH" required checked', 'value="rt" required checked'):
            assert kept in answer.text
        assert re.search(r'href="#tujuan".*id="salah-tujuan"', answer.text, re.DOTALL)
        # A village that there is not; nobody named among the dead; and what the door lacks.
        for more, told in (
            ({"tujuan": "9999999999"}, "salah-tujuan"),
            ({"hasil": "MENINGGAL", "anggota": "1"}, "salah-anggota"),
            ({"hasil": "MENINGGAL", "anggota": str(member)}, "Dua foto bergeotag|foto_geotag_2|foto geotag 2"),
        ):
            answer = await browser.send(path, await browser.open(path), **typed | more)
            assert answer.status_code in {409, 422}, more
            assert re.search(told, answer.text), (more, told)
            assert "panjang sekali" in answer.text
        assert await place.world.state(case) == "ditugaskan"

    async def test_of_a_cycle_takes_the_finding_as_its_reason(self, browsers: Any, place: Place) -> None:
        who, case, household = await sent_out(place, "V01")
        browser = browsers(who)
        for shade in (1, 2):
            assert (await photographed(browser, case, photo(shade))).status_code == 303
        dead = await place.value("SELECT max(id) FROM person WHERE household_id = %s", household)
        path = f"/tugas/{case}/hasil"
        page = await browser.open(path)
        answer = await browser.send(path, page, hasil="MENINGGAL", siapa="tetangga", anggota=str(dead))
        assert answer.status_code == 303, answer.text
        assert await place.world.state(case) == "dikunjungi"
        reason = await place.value(
            "SELECT e.id FROM transition t JOIN act a ON a.id = t.act JOIN reason e ON e.code = a.reason "
            "WHERE t.case_id = %s ORDER BY t.version DESC LIMIT 1",
            case,
        )
        assert reason == "MENINGGAL"
        assert await fact(place, case, "formulir_cek") == {"hasil": "MENINGGAL", "anggota": [dead]}

    async def test_a_family_out_of_reach_takes_three_days(self, browsers: Any, place: Place) -> None:
        who, case, _ = await sent_out(place, "V01")
        browser = browsers(who)
        path = f"/tugas/{case}/tidak-terjangkau"
        assert path in await browser.open(f"/tugas/{case}")
        page = await browser.open(path)
        slip = await browser.send(path, page, tanggal=["2026-11-01", "2026-11-01", "2026-11-03"], alasan="AKSES_PUTUS")
        assert slip.status_code == 422
        assert 'value="2026-11-03"' in slip.text
        good = await browser.send(path, page, tanggal=["2026-11-01", "2026-11-02", "2026-11-03"], alasan="AKSES_PUTUS")
        assert good.status_code == 303, good.text
        assert await place.world.state(case) == "tidak_terjangkau"

    async def test_without_such_a_step_says_so_in_the_frame(self, browsers: Any, place: Place) -> None:
        who, case, _ = await sent_out(place)
        browser = browsers(who)
        path = f"/tugas/{case}/tidak-terjangkau"
        assert path not in await browser.open(f"/tugas/{case}")
        told = await browser.open(path, 409)
        assert "Tindakan ini tidak terbuka" in told
        assert '<nav class="menu"' in told
        mark = re.findall(r'name="tanda" value="([^"]+)"', await browser.open(f"/tugas/{case}/hasil"))[0]
        days = ["2026-11-01", "2026-11-02", "2026-11-03"]
        answer = await browser.http.post(path, data={"tanda": mark, "tanggal": days, "alasan": "AKSES_PUTUS"})
        assert answer.status_code == 409
        assert await place.world.state(case) == "ground_check"

    async def test_that_another_role_reports_says_why_not(self, browsers: Any, place: Place) -> None:
        _, case, _ = await sent_out(place, "V01")
        page = await browsers(await place.person("verifikator_kab")).open(f"/tugas/{case}/tidak-terjangkau")
        assert "Kunjungan ini bukan untuk Anda: Peran Anda" in page

    async def test_is_nobody_else_s(self, browsers: Any, place: Place) -> None:
        _, case, _ = await sent_out(place)
        stranger = browsers(await place.person("pendamping", "asing"))
        for path in (f"/tugas/{case}", f"/tugas/{case}/foto", f"/tugas/{case}/hasil"):
            assert (await stranger.http.get(path)).status_code == 404
        assert "Tidak ada kunjungan" in await stranger.open("/tugas")
        assert "Tidak ada kunjungan" in await browsers(await place.person("verifikator_kab")).open("/tugas")

    async def test_of_whoever_sent_the_proposal_is_greyed_with_the_reason(self, browsers: Any, place: Place) -> None:
        who = await place.person("pendamping")
        [case] = await place.stand(GROUND_CHECK, actors={"U15": who.user})
        household = await place.value("SELECT household_id FROM case_ WHERE id = %s", case)
        await place.world.assign_families(who.name, [household])
        assert "Kunjungan ini bukan untuk Anda" in await browsers(who).open(f"/tugas/{case}")


class TestUploadFromAPage:
    async def test_a_script_shows_the_page_s_mark_and_reads_problems(self, browsers: Any, place: Place) -> None:
        who, case, _ = await sent_out(place)
        browser = browsers(who)
        mark = re.findall(r'name="tanda" value="([^"]+)"', await browser.open(f"/tugas/{case}/foto"))[0]
        told = {
            "Upload-Length": "100",
            "Upload-Metadata": "case eA==,kind a3Rw",
            "Accept": "application/problem+json",
        }
        foreign = await browser.http.post("/uploads", headers=told)
        assert foreign.status_code == 403
        problem(foreign, 403, "formulir_asing")
        # The mark of somebody else's session is none.
        other = browsers(await place.person("pendamping", "lain"))
        assert (await other.http.post("/uploads", headers=told | {"X-Tanda": mark})).status_code == 403
        assert (await browser.http.post("/uploads", headers=told | {"X-Tanda": mark})).status_code in {400, 404}

    async def test_a_file_that_is_not_taken_leaves_the_case_s_page(self, browsers: Any, place: Place) -> None:
        who, case, _ = await sent_out(place)
        browser = browsers(who)
        path = f"/kasus/{case}/berkas"
        page = await browser.open(f"/kasus/{case}")
        fields = dict(
            re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.partition(f'action="{path}"')[2])
        )
        fields["jenis"] = "formulir_cek"
        answer = await browser.http.post(
            path, data=fields, files={"berkas": ("a.pdf", b"bukan pdf", "application/pdf")}
        )
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        good = await browser.http.post(path, data=fields, files={"berkas": ("a.pdf", pdf(), "application/pdf")})
        assert good.status_code == 303
        shown = await browser.open(f"/kasus/{case}")
        assert "Formulir ground check</a>" in shown
        assert re.search(r"PDF, \d+ kB", shown)


class TestMachine:
    async def test_a_case_is_shown_on_its_machine(self, browsers: Any, place: Place) -> None:
        [case] = await place.stand(ARRIVED)
        browser = browsers(await place.person("verifikator_kab"))
        page = await browser.open(f"/kasus/{case}")
        assert f'href="/kasus/{case}/peta"' in page
        assert 'href="/mesin/usulan#verif_dinsos"' in page
        assert re.search(r'<li aria-current="step" class="lewat"><span aria-hidden="true">●</span> Verval', page)
        shown = await browser.open(f"/kasus/{case}/peta")
        assert "● VERIFIKASI DINSOS" in shown
        assert "✓ MUSDES/MUSKEL" in shown
        assert "→ GROUND CHECK" in shown
        assert "Minta ground check" in shown
        far = browsers(await place.person("verifikator_kab", region=5171010001))
        assert (await far.http.get(f"/kasus/{case}/peta")).status_code == 404

    @pytest.mark.parametrize("language", ["id", "en"])
    async def test_every_status_is_explained_in_three_lines(self, browsers: Any, place: Place, language: str) -> None:
        browser = browsers(await place.person("operator_desa"))
        browser.http.cookies["alur_bahasa"] = language
        for name in ("usulan", "kepesertaan", "penyaluran", "sanggah", "siklus", "siklus_desa", "kunjungan"):
            page = await browser.open(f"/mesin/{name}")
            assert len(page.encode()) < 60_000
            assert "style=" not in page
        page = await browser.open("/mesin/usulan")
        explained = page.partition('id="verif_dinsos"')[2].partition("</div>")[0]
        meaning = {"id": "Verifikator kabupaten/kota memeriksa", "en": "The kabupaten's verifier checks whether"}
        assert meaning[language] in explained
        assert ("3 hari kerja" if language == "id" else "3 working days") in explained
        assert (await browser.http.get("/mesin/lain")).status_code == 404

    async def test_times_are_those_that_policy_decreed(self, browsers: Any, place: Place) -> None:
        browser = browsers(await place.person("operator_desa"))
        before = (await browser.open("/mesin/siklus")).count("7 hari")
        await place.world.policy({"sla.siklus.prelist": "9 d", "sla.siklus.prelist@32": "11 d"})
        page = await browser.open("/mesin/siklus")
        assert "9 hari" in page
        assert "11 hari" not in page
        assert page.count("7 hari") == before - 1


class TestFamily:
    async def test_says_in_one_answer_why_it_is_not_paid_and_who_frees_it(self, browsers: Any, place: Place) -> None:
        [household] = await place.families(1)
        await place.stand(MEMBER, households=[household])
        await place.stand("P01 P02", households=[household], period=202601)
        page = await browsers(await place.person("verifikator_kab")).open(f"/keluarga/{household}")
        answer = page.partition('class="jawaban tertahan"')[2].partition("</section>")[0]
        assert "Terdaftar, tetapi tidak cair: karena" in answer
        assert "PKH 2026 · tahap 1" in answer
        assert "dikecualikan sementara dari pembayaran" in answer
        assert "Operator desa" in answer
        assert "Pembayaran per periode" in page
        assert "Kepesertaan per program" in page

    async def test_machines_get_the_same_answer(self, place: Place) -> None:
        [household] = await place.families(1)
        await place.stand(MEMBER, households=[household])
        who = await place.person("verifikator_kab")
        told = (await who.get(f"/households/{household}")).json()["answer"]
        assert told["kind"] == "jalan"
        [because] = told["because"]
        assert (because["machine"], because["programme"], because["who"]) == ("kepesertaan", "PKH", "direktorat")

    async def test_a_family_that_only_was_proposed_is_no_member(self, browsers: Any, place: Place) -> None:
        [case] = await place.stand(ARRIVED)
        household = await place.value("SELECT household_id FROM case_ WHERE id = %s", case)
        page = await browsers(await place.person("operator_desa")).open(f"/keluarga/{household}")
        assert "Belum menjadi peserta program apa pun" in page
        assert "VERIFIKASI DINSOS" in page
