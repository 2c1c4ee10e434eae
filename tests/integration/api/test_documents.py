"""Documents of a case: taken in cleaned, stored encrypted, counted as evidence, handed out to whoever sees the case."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from structlog.testing import capture_logs

from models.document.commands import add_document, demand_may_add
from models.document.reader import judge
from tests.integration.api.kit import Caller, Place, done, problem, running, settings
from tests.integration.api.papers import VAULT, fact, files, send, send_form, stored
from tests.support.files import SADU, SECRET, exif, jpeg, painted, pdf, png

pytestmark = pytest.mark.asyncio(loop_scope="session")

MB = 1024 * 1024
GROUND_CHECK = "U01 U02 U05 U11 U15 U19 U21"


def photo(shade: int = 0, place: tuple[float, float] | None = SADU, **more: Any) -> bytes:
    return jpeg(exif(place, **more), painted(shade=shade))


async def at_work(place: Place) -> tuple[Caller, int]:
    """Return a pendamping in front of a family's house, and the case."""
    [case] = await place.stand(GROUND_CHECK)
    who = await place.person("pendamping")
    await place.world.assign_families(
        who.name, [await place.value("SELECT household_id FROM case_ WHERE id = %s", case)]
    )
    return who, case


class TestTakenIn:
    async def test_a_photo_becomes_a_fact_with_its_place_and_keeps_nothing_else(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        told = done(await send(who, case, "foto_rumah_geotag", photo(offset="+07:00")), 201)
        assert told["counts"]
        assert (told["case"], told["kind"], told["type"]) == (case, "foto_rumah_geotag", "image/jpeg")
        value = await fact(place, case, "foto_rumah_geotag")
        assert (value["dokumen"], value["sha256"]) == (told["id"], told["sha256"])
        assert (value["geotag"]["lat"], value["geotag"]["long"]) == pytest.approx(SADU, abs=1e-5)
        assert value["geotag"]["diambil"].startswith("2026-03-17")
        row = await place.row("SELECT * FROM document WHERE id = %s", told["id"])
        assert (row["user_id"], row["act"], row["sha256"]) == (who.user, told["act"], told["sha256"])
        assert row["taken_at"].isoformat() == "2026-03-17T02:30:00+00:00"
        act = await place.row("SELECT * FROM act WHERE id = %s", told["act"])
        assert act["actor"] == who.user

        answer = await who.get(f"/documents/{told['id']}")
        assert answer.status_code == 200
        assert SECRET not in answer.content
        assert hashlib.sha256(answer.content).hexdigest() == told["sha256"]
        picture = Image.open(io.BytesIO(answer.content))
        assert picture.size == (64, 48)
        assert not picture.getexif()

    async def test_it_lies_encrypted_under_its_hash_outside_what_is_served(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        content = pdf(page=b"/NIK (3204050101800001)")
        told = done(await send(who, case, "kk", content, type_="application/pdf"), 201)
        path = VAULT.path(told["sha256"])
        assert path in files()
        assert b"3204050101800001" not in path.read_bytes()
        assert VAULT.get(told["sha256"]) == content
        for address in (f"/documents/{told['sha256']}", f"/../{path}", f"/static/{told['sha256']}"):
            assert (await who.get(address)).status_code in {404, 422}

    async def test_a_form_and_a_body_bring_the_same(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        first = done(await send(who, case, "ktp", photo(7)), 201)
        second = done(await send_form(who, case, "ktp", photo(7)), 201)
        assert first["sha256"] == second["sha256"]

    @pytest.mark.parametrize("type_", ["text/html", "application/octet-stream", "image/png", ""])
    async def test_the_content_counts_and_not_what_it_is_called(self, place: Place, type_: str) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        assert done(await send(who, case, "ktp", photo(), type_=type_), 201)["type"] == "image/jpeg"
        assert done(await send_form(who, case, "ktp", pdf(), "foto.jpg"), 201)["type"] == "application/pdf"
        assert done(await send_form(who, case, "ktp", png(), "surat.exe"), 201)["type"] == "image/png"

    async def test_the_same_twice_is_one_file_and_two_documents(self, place: Place) -> None:
        who = await place.person("operator_desa")
        one, other = await place.drafts(who, 2)
        before = files()
        told = [done(await send(who, case, "ktp", photo(41)), 201) for case in (one, one, other)]
        assert len({row["sha256"] for row in told}) == 1
        assert len({row["id"] for row in told}) == 3
        assert len(files() - before) == 1

    async def test_the_same_request_is_taken_once(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        facts = (await stored(place, case))[1]
        first = done(await send(who, case, "ktp", photo(), key="foto-1"), 201)
        assert done(await send(who, case, "ktp", photo(), key="foto-1"), 201) == first
        assert (await stored(place, case))[:2] == (1, facts + 1)
        problem(await send(who, case, "ktp", photo(9), key="foto-1"), 422, "kunci_dipakai_ulang")
        problem(await send(who, case, "kk", photo(), key="foto-1"), 422, "kunci_dipakai_ulang")

    async def test_a_place_that_nobody_asked_for_is_kept_only_where_it_can_be(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        assert done(await send(who, case, "ktp", photo()), 201)["geotag"]["lat"] == pytest.approx(SADU[0], abs=1e-5)
        assert done(await send(who, case, "ktp", photo(1, (0.0, 0.0))), 201)["geotag"] is None
        assert "geotag" not in await fact(place, case, "ktp")


class TestEvidence:
    async def test_an_uploaded_statement_opens_the_move_that_needs_it(self, place: Place) -> None:
        [case] = await place.stand("U01 U02 U05")
        head = await place.person("kades")
        refused = problem(await head.move(case, "usulan.teken_sptjm"), 409, "bukti_kurang")
        assert "sptjm" in refused["detail"]
        done(await send(head, case, "sptjm", pdf(), type_="application/pdf"), 201)
        assert done(await head.move(case, "usulan.teken_sptjm"), 201)["state"] == "usulan_final"

    async def test_two_geotagged_photos_are_two(self, place: Place) -> None:
        who, case = await at_work(place)
        first = done(await send(who, case, "foto_geotag_2", photo(1)), 201)
        assert (first["counts"], first["have"], first["wanted"]) == (False, 1, 2)
        assert await fact(place, case, "foto_geotag_2") is None
        again = done(await send(who, case, "foto_geotag_2", photo(1)), 201)
        assert (again["counts"], again["have"]) == (False, 1)
        more = {"formulir_cek": {"ada": True}, "responden": {"ada": True}}
        refused = problem(await who.move(case, "usulan.laporkan_hasil", evidence=more), 409, "bukti_kurang")
        assert refused["missing"] == ["foto_geotag_2"]
        assert "Dua foto bergeotag" in refused["detail"]
        second = done(await send(who, case, "foto_geotag_2", photo(2)), 201)
        assert (second["counts"], second["have"]) == (True, 2)
        value = await fact(place, case, "foto_geotag_2")
        assert value == {"dokumen": [again["id"], second["id"]], "sha256": [first["sha256"], second["sha256"]]}
        assert done(await who.move(case, "usulan.laporkan_hasil", evidence=more), 201)["state"] == "hasil_cek"

    async def test_photos_of_an_earlier_visit_do_not_count_for_the_next(self, place: Place) -> None:
        who, case = await at_work(place)
        for shade in (1, 2):
            done(await send(who, case, "foto_geotag_2", photo(shade)), 201)
        more = {"formulir_cek": {"ada": True}, "responden": {"ada": True}}
        done(await who.move(case, "usulan.laporkan_hasil", evidence=more), 201)
        verifier = await place.person("verifikator_kab")
        again = {"petugas_lain": {"pengguna": who.name}}
        done(await verifier.move(case, "usulan.ulang_cek", reason="DATA_JANGGAL", evidence=again), 201)
        told = done(await send(who, case, "foto_geotag_2", photo(3)), 201)
        assert (told["counts"], told["have"]) == (False, 1)

    async def test_two_photos_that_arrive_together_complete_the_pair(self, place: Place) -> None:
        """The second one comes while the first is not committed: it waits, and then it sees the first."""
        who, case = await at_work(place)
        db = place.world.api
        async with db.transaction():
            wanted = await demand_may_add(db, who.session, case, "foto_geotag_2")
            first = await add_document(db, VAULT, who.session, wanted, judge(photo(1)))
            second = asyncio.create_task(send(who, case, "foto_geotag_2", photo(2)))
            await asyncio.wait([second], timeout=4)
            assert not second.done()
        told = done(await second, 201)
        assert (first["have"], told["have"], told["counts"]) == (1, 2, True)
        assert (await fact(place, case, "foto_geotag_2"))["dokumen"] == [first["id"], told["id"]]

    async def test_a_photo_of_the_payment_tells_its_place_too(self, place: Place) -> None:
        [case] = await place.stand("P01 P03 P07")
        await place.world.file("POS", [case])
        who = await place.person("pos")
        told = done(await send(who, case, "foto_wajah", photo()), 201)
        assert (await fact(place, case, "foto_wajah"))["dokumen"] == told["id"]
        where = await fact(place, case, "geotag")
        assert (where["dokumen"], where["lat"]) == (told["id"], pytest.approx(SADU[0], abs=1e-5))
        done(await send(who, case, "foto_wajah", photo(3, None)), 201)
        assert (await fact(place, case, "geotag"))["dokumen"] == told["id"]


class TestRefused:
    async def test_a_kind_that_is_not_the_role_s_is_refused_and_nothing_is_stored(self, place: Place) -> None:
        [case] = await place.stand("U01 U02 U05 U11 U15 U19")
        before = await stored(place, case)
        for role, kind in (
            ("verifikator_kab", "foto_rumah_geotag"),
            ("operator_desa", "surat_pengesahan"),
            ("kepala_dinas", "ktp"),
            ("auditor", "ktp"),
            ("operator_kecamatan", "berita_acara"),
        ):
            who = await place.person(role)
            problem(await send(who, case, kind, photo(77)), 422, "bukti_bukan_wewenang")
        assert await stored(place, case) == before

    @pytest.mark.parametrize("kind", ["desil", "nominal", "variabel", "catatan", "isian_wajib_lengkap", "tidak_ada"])
    async def test_a_kind_that_is_no_document_is_refused(self, place: Place, kind: str) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        before = await stored(place, case)
        problem(await send(who, case, kind, photo(78)), 422, "bukti_bukan_dokumen")
        assert await stored(place, case) == before

    async def test_a_case_out_of_sight_is_not_there(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        told = done(await send(who, case, "ktp", photo()), 201)
        before = await stored(place, case)
        for role, region in (("operator_desa", place.neighbour), ("operator_desa", place.far), ("pendamping", None)):
            stranger = await place.person(role, region=region)
            problem(await send(stranger, case, "ktp", photo(79)), 404, "kasus_tidak_ditemukan")
            problem(await stranger.get(f"/cases/{case}/documents"), 404, "kasus_tidak_ditemukan")
            problem(await stranger.get(f"/cases/{case}/facts"), 404, "kasus_tidak_ditemukan")
            problem(await stranger.get(f"/documents/{told['id']}"), 404, "dokumen_tidak_ditemukan")
        problem(await send(who, 2**62, "ktp", photo(79)), 404, "kasus_tidak_ditemukan")
        assert await stored(place, case) == before

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (photo(place=None), "foto_tanpa_geotag"),
            (png(exif(None)), "foto_tanpa_geotag"),
            (pdf(), "foto_tanpa_geotag"),
            (photo(place=(0.0, 0.0)), "geotag_di_luar_indonesia"),
            (photo(place=(48.85, 2.35)), "geotag_di_luar_indonesia"),
            (b"", "dokumen_kosong"),
            (b"<html></html>", "jenis_berkas_tidak_diterima"),
            (photo()[:400], "dokumen_tidak_terbaca"),
            (pdf(catalog=b"/OpenAction << /S /JavaScript /JS (x) >>"), "pdf_berisi_perintah"),
        ],
    )
    async def test_a_file_that_is_not_taken_is_told_why_and_leaves_nothing(
        self, place: Place, content: bytes, code: str
    ) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        before = await stored(place, case)
        told = problem(await send(who, case, "foto_rumah_geotag", content), 422, code)
        assert told["cure"] and told["cure_en"]  # noqa: PT018 -- both languages are one demand
        assert await stored(place, case) == before

    async def test_without_a_token_nothing_is_read(self, home: Place) -> None:
        asked: list[int] = []
        answer = await home.http.post("/api/v1/cases/1/documents?kind=ktp", content=endless(asked))
        problem(answer, 401, "sesi_berakhir")
        assert len(asked) <= 1

    async def test_a_stranger_s_file_is_not_read(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        asked: list[int] = []
        problem(await send(await place.person("auditor"), case, "ktp", endless(asked)), 422, "bukti_bukan_wewenang")
        assert len(asked) <= 1

    @pytest.mark.parametrize("announced", [None, "10", "0"])
    async def test_a_file_that_never_ends_is_read_to_the_limit_whatever_it_announces(
        self, place: Place, announced: str | None
    ) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        asked: list[int] = []
        lie = {} if announced is None else {"Content_Length": announced}
        told = problem(await send(who, case, "ktp", endless(asked), **lie), 413, "dokumen_terlalu_besar")
        assert "5 MB" in told["detail"]
        assert sum(asked) <= 6 * MB

    async def test_a_file_that_announces_too_much_is_not_read(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        asked: list[int] = []
        answer = await send(who, case, "ktp", endless(asked), Content_Length=str(6 * MB))
        problem(answer, 413, "dokumen_terlalu_besar")
        assert len(asked) <= 1

    async def test_the_limit_is_exact(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        most = pdf() + b"\n" * (5 * MB - len(pdf()))
        assert done(await send(who, case, "ktp", most), 201)["bytes"] == 5 * MB
        assert done(await send_form(who, case, "ktp", most), 201)["bytes"] == 5 * MB
        problem(await send(who, case, "ktp", most + b"\n"), 413, "dokumen_terlalu_besar")
        problem(await send_form(who, case, "ktp", most + b"\n"), 413, "dokumen_terlalu_besar")

    @pytest.mark.parametrize(
        ("body", "type_"),
        [
            (b"bukan formulir", "multipart/form-data; boundary=x"),
            (b"bukan formulir", "multipart/form-data"),
            (
                b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nteks\r\n--x--\r\n',
                "multipart/form-data; boundary=x",
            ),
            (
                b'--x\r\nContent-Disposition: form-data; name="lain"; filename="a"\r\n\r\nA\r\n--x--\r\n',
                "multipart/form-data; boundary=x",
            ),
        ],
        ids=["no form", "no boundary", "a field that is no file", "a file of another name"],
    )
    async def test_a_form_without_a_file_is_refused(self, place: Place, body: bytes, type_: str) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        problem(await send(who, case, "ktp", body, type_=type_), 400, "permintaan_salah")

    async def test_without_keys_the_store_is_closed(self, place: Place, shared: str) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        async with running(settings(shared, document_keys="")) as closed:
            other = Caller(closed.http, who.session)
            problem(await send(other, case, "ktp", photo()), 503, "penyimpanan_dokumen_tutup")
            problem(await other.get("/documents/1"), 503, "penyimpanan_dokumen_tutup")


async def endless(asked: list[int]) -> AsyncIterator[bytes]:
    """A body of 64 MB, noting how much of it was asked for."""
    part = b"\xff\xd8\xff" + b"\0" * (256 * 1024 - 3)
    for _ in range(256):
        asked.append(len(part))
        yield part


def _flipped(content: bytes) -> bytes:
    """Return a file whose last byte is another one, whatever it was: it is sealed anew each time."""
    return content[:-1] + bytes([content[-1] ^ 1])


class TestHandedOut:
    async def test_to_be_saved_and_kept_nowhere_on_the_way(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        told = done(await send(who, case, "ktp", pdf()), 201)
        answer = await who.get(f"/documents/{told['id']}")
        assert told["file"] == f"/api/v1/documents/{told['id']}"
        assert answer.content == pdf()
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"] == f'attachment; filename="ktp-{told["id"]}.pdf"'
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "no-store" in answer.headers["cache-control"]
        assert "sandbox" in answer.headers["content-security-policy"]
        assert "etag" not in answer.headers

    async def test_to_whoever_sees_the_case(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        told = done(await send(who, case, "ktp", photo()), 201)
        for role in ("kades", "verifikator_kab", "pusdatin", "auditor", "warga"):
            reader = await place.person(role)
            assert (await reader.get(f"/documents/{told['id']}")).status_code == 200, role
            [row] = done(await reader.get(f"/cases/{case}/documents"))["documents"]
            assert (row["id"], row["kind"], row["label"], row["label_en"]) == (
                told["id"],
                "ktp",
                "KTP",
                "Identity card",
            )
            assert (row["uploaded_by"], row["user_id"]) == (who.name.title(), who.user)
        for role in ("bank", "pos", "direktorat", "kppn"):
            problem(await (await place.person(role)).get(f"/documents/{told['id']}"), 404, "dokumen_tidak_ditemukan")

    async def test_the_list_is_newest_first(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        assert done(await who.get(f"/cases/{case}/documents")) == {"documents": []}
        sent = [done(await send(who, case, kind, photo()), 201)["id"] for kind in ("ktp", "kk", "foto_rumah_geotag")]
        rows = done(await who.get(f"/cases/{case}/documents"))["documents"]
        assert [row["id"] for row in rows] == sent[::-1]
        assert rows[0]["latitude"] == pytest.approx(SADU[0], abs=1e-5)

    @pytest.mark.parametrize(
        ("damage", "code", "line"),
        [
            (lambda path: path.unlink(), "dokumen_hilang", "document file missing"),
            (lambda path: path.write_bytes(_flipped(path.read_bytes())), "dokumen_rusak", "document file damaged"),
            (lambda path: path.write_bytes(b""), "dokumen_rusak", "document file damaged"),
        ],
        ids=["missing", "a byte changed", "emptied"],
    )
    async def test_never_changed(self, place: Place, damage: Any, code: str, line: str) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        told = done(await send(who, case, "ktp", photo(120 + len(code) + len(line))), 201)
        path: Path = VAULT.path(told["sha256"])
        whole = path.read_bytes()  # noqa: ASYNC240 -- a small local file
        try:
            damage(path)
            with capture_logs() as lines:
                answer: httpx.Response = await who.get(f"/documents/{told['id']}")
            problem(answer, 500, code)
            [said] = [one for one in lines if one["event"] == line]
            assert (said["log_level"], said["document"]) == ("error", told["id"])
        finally:
            path.write_bytes(whole)  # noqa: ASYNC240 -- same
        assert (await who.get(f"/documents/{told['id']}")).status_code == 200
