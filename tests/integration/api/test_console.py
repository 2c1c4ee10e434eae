"""The console: nobody without a session, nothing out of scope, no foreign form, and nothing lost or done twice."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from api.console.app import make_console
from api.tokens import COOKIE, sign
from tests.integration.api.kit import BASE, SECRET, Caller, Place, Site, done

pytestmark = pytest.mark.asyncio(loop_scope="session")

ARRIVED = "U01 U02 U05 U10 U14 U58 U15 U19"
"""A proposal at the kabupaten's desk."""
PAGES = (
    *("/", "/antrean", "/persetujuan", "/pemberitahuan", "/cari", "/macet", "/akun", "/wilayah-kerja"),
    *("/siklus", "/wilayah", "/kebijakan", "/impor", "/serah-terima", "/musdes", "/batch", "/sk", "/usulan/baru"),
    *("/tahap", "/perbaikan", "/sanggah", "/delegasi"),
)


class Browser:
    """Somebody's browser: keeps the cookie, reads forms, sends them as they stand."""

    def __init__(self, site: Site, who: Caller | None = None) -> None:
        cookies = {COOKIE: sign(who.session, SECRET)} if who else {}
        transport = httpx.ASGITransport(site.app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url=BASE, cookies=cookies)

    async def open(self, path: str, status: int = 200) -> str:
        answer = await self.http.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:400])
        return unescape(answer.text)

    async def send(self, path: str, page: str, **typed: Any) -> httpx.Response:
        """Send a form of a page: its hidden fields and what was typed."""
        form = re.search(rf'<form[^>]*action="{re.escape(path)}".*?</form>', page, re.DOTALL)
        assert form, f"no form to {path}"
        fields: dict[str, Any] = {}
        for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[0]):
            fields.setdefault(name, []).append(value)
        return await self.http.post(path, data={**fields, **typed})


@pytest.fixture
async def browsers(site: Site) -> AsyncIterator[Any]:
    """Make browsers."""
    made: list[Browser] = []

    def make(who: Caller | None = None) -> Browser:
        made.append(Browser(site, who))
        return made[-1]

    yield make
    for one in made:
        await one.http.aclose()


async def test_without_a_session_every_page_leads_to_signing_in(browsers: Any) -> None:
    nobody = browsers()
    for path in (*PAGES[1:], "/kasus/1", "/keluarga/1", "/berkas/1", "/kasus/1/langkah/usulan.kirim"):
        answer = await nobody.http.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/masuk?ke={path}"), path
    assert (await nobody.http.get("/")).headers["location"] == "/masuk"
    assert "NIK" in await nobody.open("/masuk")


async def test_whose_session_has_ended_is_told_so(browsers: Any, place: Place) -> None:
    who = await place.person("operator_desa", "lama")
    await place.world.admin.execute("UPDATE session SET expires_at = now() WHERE id = %s", (who.session,))
    browser = browsers(who)
    answer = await browser.http.get("/antrean")
    assert (answer.status_code, answer.headers["location"]) == (303, "/masuk?ke=/antrean")
    assert "Sesi Anda sudah berakhir" in await browser.open(answer.headers["location"])
    assert "Sesi Anda sudah berakhir" not in await browsers().open("/masuk")


async def test_every_page_asks_who_reads_it(browsers: Any) -> None:
    """Whatever page is added later: without a session it shows nothing, and a form from nobody does nothing."""
    nobody = browsers()
    for route in iter_route_contexts(make_console().routes):
        path = re.sub(r"{\w+}", "1", route.path or "")
        if not isinstance(route.original_route, APIRoute) or path == "/bahasa" or path.startswith("/masuk"):
            continue
        for method in route.original_route.methods or ():
            answer = await nobody.http.request(method, path)
            assert answer.status_code == 303, (method, path)
            assert answer.headers["location"].startswith("/masuk")


async def test_the_way_back_after_signing_in_is_a_page_of_ours(browsers: Any) -> None:
    nobody = browsers()
    for there in ("https://jahat.example", "//jahat.example", "/\\jahat.example", "javascript:alert(1)"):
        answer = await nobody.http.get("/masuk", params={"ke": there})
        assert 'name="ke" value="/"' in answer.text, there


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(
    "role", ["operator_desa", "kades", "verifikator_kab", "kepala_dinas", "pusdatin", "bank", "auditor", "warga"]
)
async def test_every_page_is_whole_for_every_kind_of_role(
    browsers: Any, place: Place, role: str, language: str
) -> None:
    [case] = await place.stand(ARRIVED)
    who = await place.person(role, organisation="BRI" if role == "bank" else None)
    browser = browsers(who)
    browser.http.cookies["alur_bahasa"] = language
    for path in PAGES:
        answer = await browser.http.get(path)
        assert answer.status_code == 200, (path, answer.text[:300])
        assert answer.text.startswith("<!doctype html>")
        assert f'<html lang="{language}">' in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "<script>" not in answer.text
        assert "style=" not in answer.text
        assert len(answer.content) < 60_000
    # The citizen of these tests belongs to the family.
    seen = role != "bank"
    assert (await browser.http.get(f"/kasus/{case}")).status_code == (200 if seen else 404)


async def test_a_case_out_of_scope_is_no_case(browsers: Any, place: Place) -> None:
    [far] = await place.stand(ARRIVED, region=place.far)
    family = await place.value("SELECT household_id FROM case_ WHERE id = %s", far)
    browser = browsers(await place.person("verifikator_kab"))
    for path in (f"/kasus/{far}", f"/keluarga/{family}", f"/kasus/{far}/langkah/usulan.minta_ground_check"):
        answer = await browser.http.get(path)
        assert answer.status_code == 404, path

    found = await browser.send("/cari", await browser.open("/cari"), q=f"USL-2026-{far:07d}")
    assert found.status_code == 200
    assert "Tidak ditemukan" in found.text


async def test_an_auditor_reads_evidence_of_every_shape(browsers: Any, place: Place) -> None:
    """Evidence with a number is named with it, evidence without one by its kind alone."""
    [case] = await place.drafts(await place.person("operator_desa"))
    assert "Bukti:" in await browsers(await place.person("auditor")).open(f"/kasus/{case}")


async def test_the_way_forward_comes_first_and_withdrawing_last(browsers: Any, place: Place) -> None:
    operator, head = await place.person("operator_desa"), await place.person("kepala_dinas")
    [draft] = await place.drafts(operator)
    [ready] = await place.stand(f"{ARRIVED} U22")
    for who, case, expected in (
        (operator, draft, ["Kirim cek", "Tarik usulan"]),
        (head, ready, ["Kembalikan pengesahan"]),
    ):
        page = await browsers(who).open(f"/kasus/{case}")
        offered = re.findall(r'class="tombol( kedua)?" href="/kasus/\d+/langkah/[^"]+">([^<…]+)', page)
        assert [name.strip() for _, name in offered] == expected
        assert [bool(second) for second, _ in offered] == [False, *[True] * (len(expected) - 1)]
    assert "Diputus untuk seluruh daftar di Persetujuan" in page


async def test_a_refused_step_is_told_in_words_and_leads_to_the_form(browsers: Any, place: Place) -> None:
    [case] = await place.stand("U01 U02 U06")
    browser = browsers(await place.person("operator_desa"))
    assert "Sebab:" in await browser.open(f"/kasus/{case}")
    path = f"/kasus/{case}/langkah/usulan.perbaiki_data"
    page = await browser.open(path)
    family = await place.value("SELECT household_id FROM case_ WHERE id = %s", case)
    assert f'<a href="/keluarga/{family}/ubah">Ubah data keluarga</a>' in page
    answer = await browser.send(path, page)
    assert answer.status_code == 409
    told = unescape(answer.text)
    assert "di TIDAK PADAN, perbaiki data:" in told
    assert "Kurang: Beda isian sebelum dan sesudah, Bukti identitas." in told
    assert "tidak_padan" not in told


async def test_what_has_ended_is_listed_when_asked_for(browsers: Any, place: Place) -> None:
    [case] = await place.stand(f"{ARRIVED} U24")
    page = await browsers(await place.person("verifikator_kab")).open("/antrean?mesin=usulan&status=ditolak_dinsos")
    assert f"/kasus/{case}" in page


async def test_the_log_is_asked_by_what_a_state_is_called(browsers: Any, place: Place) -> None:
    [case] = await place.stand(f"{ARRIVED} U24")
    page = await browsers(await place.person("auditor")).open("/jejak?state=DITOLAK+DINSOS")
    assert f"/kasus/{case}" in page


class TestAStep:
    async def test_is_taken_once_however_often_the_form_is_sent(self, browsers: Any, place: Place) -> None:
        [case] = await place.stand(ARRIVED)
        browser = browsers(await place.person("verifikator_kab"))
        path = f"/kasus/{case}/langkah/usulan.kembalikan"
        assert path in await browser.open(f"/kasus/{case}")
        page = await browser.open(path)
        typed = {"alasan": "BERKAS_KURANG", "catatan": "KTP buram"}
        first = await browser.send(path, page, **typed)
        assert (first.status_code, first.headers["location"]) == (303, f"/kasus/{case}?pindah=1")
        again = await browser.send(path, page, **typed)
        assert (again.status_code, again.headers["location"]) == (303, f"/kasus/{case}?pindah=1")
        moves = await place.value("SELECT count(*) FROM transition WHERE case_id = %s", case)
        assert moves == len(ARRIVED.split()) + 1
        shown = await browser.open(f"/kasus/{case}?pindah=1")
        assert "KTP buram" in shown

    async def test_that_is_refused_keeps_what_was_typed(self, browsers: Any, place: Place) -> None:
        [case] = await place.stand(ARRIVED)
        browser = browsers(await place.person("verifikator_kab"))
        path = f"/kasus/{case}/langkah/usulan.kembalikan"
        page = await browser.open(path)
        await place.world.move(
            (await place.person("verifikator_kab", "lain")).session, "usulan.kembalikan", [case],
            reason="BERKAS_KURANG", note="sudah",
        )  # fmt: skip
        answer = await browser.send(path, page, alasan="BERKAS_KURANG", catatan="kalimat panjang yang diketik")
        assert answer.status_code in {404, 409, 422}
        assert "Kasus" in answer.text

    async def test_offers_the_officers_with_their_load(self, browsers: Any, place: Place) -> None:
        [case] = await place.stand(ARRIVED)
        sent = await place.person("pendamping")
        await place.world.admin.execute(
            "UPDATE assignment SET office = %s WHERE user_id = %s", (place.kabupaten, sent.user)
        )
        browser = browsers(await place.person("verifikator_kab"))
        path = f"/kasus/{case}/langkah/usulan.minta_ground_check"
        page = await browser.open(path)
        assert f'<option value="{sent.name}">' in page
        assert "0 tugas terbuka" in page
        taken = await browser.send(path, page, **{"bukti.petugas_ditunjuk": sent.name})
        assert taken.status_code == 303, taken.text
        assert await place.world.state(case) == "ground_check"

    async def test_lacking_something_says_what(self, browsers: Any, place: Place) -> None:
        [case] = await place.stand(ARRIVED)
        browser = browsers(await place.person("verifikator_kab"))
        path = f"/kasus/{case}/langkah/usulan.kembalikan"
        answer = await browser.send(path, await browser.open(path), catatan="kalimat panjang yang diketik")
        assert answer.status_code == 409
        assert 'role="alert"' in answer.text
        assert "kalimat panjang yang diketik" in answer.text
        assert await place.value("SELECT max(version) FROM transition WHERE case_id = %s", case) == len(ARRIVED.split())


async def test_asvs_3_5_1_a_form_from_elsewhere_does_nothing(browsers: Any, place: Place) -> None:
    [case] = await place.stand(ARRIVED)
    browser = browsers(await place.person("verifikator_kab"))
    path = f"/kasus/{case}/langkah/usulan.kembalikan"
    page = await browser.open(path)
    typed = {"alasan": "BERKAS_KURANG", "catatan": "x", "tanda": re.findall(r'name="tanda" value="([^"]+)"', page)[0]}
    other = browsers(await place.person("verifikator_kab", "lain"))
    foreign = [
        await browser.http.post(path, data=typed | {"tanda": "0" * 64}),
        await browser.http.post(path, data={k: v for k, v in typed.items() if k != "tanda"}),
        await browser.http.post(path, data=typed, headers={"Origin": "https://jahat.example"}),
        await browser.http.post(path, data=typed, headers={"Sec-Fetch-Site": "cross-site"}),
        await other.http.post(path, data=typed),
    ]
    assert [answer.status_code for answer in foreign] == [403] * 5
    assert await place.value("SELECT max(version) FROM transition WHERE case_id = %s", case) == len(ARRIVED.split())
    taken = await browser.http.post(path, data=typed, headers={"Origin": BASE, "Sec-Fetch-Site": "same-origin"})
    assert taken.status_code == 303


async def test_the_api_takes_no_cookie_and_the_console_no_token(site: Site, place: Place) -> None:
    who = await place.person("verifikator_kab")
    token = sign(who.session, SECRET)
    with_cookie = await site.http.get("/api/v1/me", headers={"Cookie": f"{COOKIE}={token}"})
    assert with_cookie.status_code == 401
    with_token = await site.http.get("/antrean", headers=who.token)
    assert with_token.status_code == 303


async def test_a_gate_is_approved_by_its_people(browsers: Any, place: Place) -> None:
    cases = await place.stand(f"{ARRIVED} U22", count=2)
    approval = await place.gate("pengesahan", cases)
    browser = browsers(await place.person("kepala_dinas"))
    assert f"/persetujuan/{approval}" in await browser.open("/persetujuan")
    page = await browser.open(f"/persetujuan/{approval}")
    neither = await browser.send(f"/persetujuan/{approval}", page, putusan="")
    assert neither.status_code == 422
    assert 'role="alert"' in neither.text
    done = await browser.send(
        f"/persetujuan/{approval}", page, putusan="setuju", **{"bukti.surat_pengesahan": "440/12"}
    )
    assert done.status_code == 303, done.text
    assert await place.value("SELECT state FROM approval WHERE id = %s", approval) == "disetujui"
    other = browsers(await place.person("verifikator_kab"))
    assert f"/persetujuan/{approval}" not in await other.open("/persetujuan")


async def test_a_family_is_found_by_its_number_and_shown_masked(browsers: Any, place: Place) -> None:
    [case] = await place.stand(ARRIVED)
    row = await place.row(
        "SELECT h.id, h.no_kk FROM household h JOIN case_ c ON c.household_id = h.id WHERE c.id = %s", case
    )
    browser = browsers(await place.person("operator_desa"))
    found = await browser.send("/cari", await browser.open("/cari"), q=row["no_kk"])
    assert f"/keluarga/{row['id']}" in found.text
    page = await browser.open(f"/keluarga/{row['id']}")
    assert row["no_kk"] not in page
    assert row["no_kk"][:6] in page
    assert f"/kasus/{case}" in page


async def test_numbers_are_shown_for_a_purpose_that_is_written_down(browsers: Any, place: Place) -> None:
    [case] = await place.stand(ARRIVED)
    row = await place.row(
        "SELECT h.id, h.no_kk FROM household h JOIN case_ c ON c.household_id = h.id WHERE c.id = %s", case
    )
    browser = browsers(await place.person("verifikator_kab"))
    path = f"/keluarga/{row['id']}/nomor"
    page = await browser.open(f"/keluarga/{row['id']}")
    for tujuan, kata in (("", "mencocokkan KK"), ("VERIFIKASI", ""), ("VERIFIKASI", f"lihat {row['no_kk']}")):
        unclear = await browser.send(path, page, tujuan=tujuan, kata=kata)
        assert unclear.status_code == 422
        assert 'role="alert"' in unclear.text
        assert f"<dd>{row['no_kk']}</dd>" not in unclear.text
    shown = await browser.send(path, page, tujuan="VERIFIKASI", kata="mencocokkan dengan KK di loket")
    assert shown.status_code == 200
    assert row["no_kk"] in shown.text
    assert shown.headers["refresh"] == f"300; url=/keluarga/{row['id']}"
    noted = await place.row(
        "SELECT what, purpose FROM read_event WHERE household_id = %s ORDER BY id DESC LIMIT 1", row["id"]
    )
    assert noted == {"what": "nomor", "purpose": "VERIFIKASI"}
    looks = "SELECT count(*) FROM read_event WHERE household_id = %s AND what = 'keluarga'"
    assert await place.value(looks, row["id"]) == 4


async def test_every_address_is_one_of_the_pages(site: Site) -> None:
    """What no page answers is said by the console; what is below /api stays the API's to say."""
    lost = await site.http.get("/tidak-ada")
    assert (lost.status_code, lost.headers["content-type"]) == (404, "text/html; charset=utf-8")
    style = re.search(r'href="(/statis/alur\.css\?v=[^"]+)"', lost.text)
    assert style
    kept = await site.http.get(style[1])
    assert "immutable" in kept.headers["cache-control"]
    assert make_console().openapi_url is None
    api = await site.http.get("/api/v1/tidak-ada")
    assert api.status_code == 404
    assert api.headers["content-type"] == "application/problem+json"


async def test_a_bank_s_page_of_a_payment_says_nothing_of_what_was_found(place: Place, browsers: Any) -> None:
    [case] = await place.stand("P01 P02")
    await place.world.file(place.bank, [case])
    verifier = await place.person("verifikator_kab")
    evidence, note = {"bukti_alasan": {"temuan": "keliru"}}, "kata tetangga keliru"
    done(await verifier.move(case, "penyaluran.pulih_sebelum_tutup", evidence=evidence, note=note), 201)
    label = await place.value(
        "SELECT e.label FROM transition t JOIN act a ON a.id = t.act JOIN reason e ON e.code = a.reason "
        "WHERE t.case_id = %s",
        case,
    )
    seen = await browsers(verifier).open(f"/kasus/{case}")
    hidden = await browsers(await place.person("bank", organisation=place.bank)).open(f"/kasus/{case}")
    assert label in seen
    assert note in seen
    assert "Bukti alasan" in hidden
    assert label not in hidden
    assert note not in hidden
    assert "berkasnya belum diunggah" not in hidden
    assert '"/keluarga/' in seen
    assert '"/keluarga/' not in hidden, "a payer sees no family: a link there leads nowhere"
