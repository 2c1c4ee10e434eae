"""Meetings, batches and decrees in the console, and everything printed of them."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from models.approval.commands import execute, open_gate
from models.batch.commands import end_lease, enlist, open_batch, take_lease
from models.musdes import queries
from tests.integration.api.kit import OPEN_NUMBER, Caller, Place, done, problem
from tests.integration.api.test_console import browsers
from tests.support.files import pdf

__all__ = ["browsers"]
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("country")]

READY = "U01 U02 U05"
IN_MEETING = f"{READY} U10"
FACTS = {"nomor": "BA/7/2026", "tanggal": "2026-01-05", "tempat": "Balai desa", "pimpinan": "Asep", "hadir": "34"}
EVIL = ('#let x = "1"; $y$ *tebal* `kode` \\ ', "Siti محمد 😀", "</script> [ ] <a> @lihat")


async def village_list(place: Place, *paths: tuple[str, int]) -> tuple[int, list[int]]:
    """Let a village's batch carry cases at the ends of histories; return it and the cases."""
    system = await place.world.system()
    batch = await open_batch(place.world.worker, system, "usulan", place.village, f"Daftar {place.village}")
    cases = [case for path, count in paths for case in await place.stand(path, count)]
    await enlist(place.world.worker, system, batch, cases)
    return batch, cases


async def meeting(place: Place, count: int, *more: int) -> tuple[int, list[int], int]:
    """The same in a meeting, with further cases, and the gate that its flow opened."""
    batch, cases = await village_list(place, (IN_MEETING, count))
    system = await place.world.system()
    await enlist(place.world.worker, system, batch, more)
    cases += more
    return batch, cases, await open_gate(place.world.worker, system, batch, "musdes", cases, region=place.village)


def verdicts(cases: list[int], *said: str) -> dict[str, str]:
    return {f"putusan.{case}": verdict for case, verdict in zip(cases, said, strict=True)}


def read(answer: httpx.Response) -> tuple[list[str], str]:
    """Return the pages of a PDF as text, and all of it on one line."""
    assert answer.status_code == 200, answer.text[:400]
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]
    return pages, re.sub(r"\s+", " ", " ".join(pages))


class TestMeeting:
    async def test_is_written_down_printed_signed_decided_and_told_family_by_family(
        self, browsers: Any, place: Place
    ) -> None:
        clerk, head = await place.person("operator_desa"), await place.person("kades")
        own = await place.stand(IN_MEETING, actors={"U01": head.user})
        batch, cases, gate = await meeting(place, 3, *own)
        agreed, refused, _put_off, _ = cases
        there = f"/musdes/{batch}"

        operator = browsers(clerk)
        assert there in await operator.open("/musdes")
        page = await operator.open(there)
        assert "Diputus oleh kepala desa atau lurah." in page
        said = verdicts(cases, "layak", "tidak_layak:MAMPU", "ditunda", "")
        told = await operator.send(f"{there}/notulen", page, **FACTS, **said, **{f"catatan.{refused}": "Dua kios"})
        assert told.headers["location"] == f"{there}?simpan=1&halaman=1#notulen"
        page = await operator.open(there)
        assert "1 layak, 1 tidak layak, 1 ditunda, 1 belum ditandai" in page
        assert 'value="Dua kios"' in page

        chief = browsers(head)
        page = await chief.open(there)
        early = await chief.send(f"{there}/putusan", page)
        assert early.status_code == 422
        assert "1 keluarga belum ditandai" in early.text
        await chief.send(f"{there}/notulen", page, **FACTS, **said, sisa="layak")
        stale = await chief.send(f"{there}/putusan", page)
        assert stale.status_code == 409, "he decides what he saw"

        pages, text = read(await chief.http.get(f"/batch/{batch}/cetak/berita-acara.pdf"))
        assert all("DRAF" in one for one in pages)
        assert "2 keluarga disepakati layak diusulkan" in text
        signed = await chief.http.post(
            f"{there}/berkas",
            data={"tanda": re.findall(r'name="tanda" value="([^"]+)"', page)[0], "jenis": "berita_acara"},
            files={"berkas": ("ba.pdf", pdf(), "application/pdf")},
        )
        assert signed.headers["location"] == f"{there}?unggah=4#salinan"

        page = await chief.open(there)
        decided = await chief.send(f"{there}/putusan", page)
        assert decided.headers["location"] == f"{there}?putus=1#putusan"
        assert (await chief.send(f"{there}/putusan", page)).headers["location"] == f"{there}?putus=1#putusan"
        assert await place.value("SELECT count(*) FROM decision WHERE approval = %s", gate) == 1
        for table in ("notulen", "notulen_keluarga"):
            assert await place.value(f"SELECT count(*) FROM {table} WHERE batch = %s", batch) == 0
        assert "menunggu dijalankan" in await chief.open(there)

        await execute(place.world.worker, await place.world.system(), gate)
        assert [await place.world.state(case) for case in cases] == [
            "usulan_final", "ditolak_musdes", "padan", "musyawarah",
        ]  # fmt: skip
        page = await operator.open(there)
        assert f"/batch/{batch}/cetak/berita-acara.pdf?gerbang={gate}" in page
        _, text = read(await operator.http.get(f"/batch/{batch}/cetak/berita-acara.pdf?gerbang={gate}"))
        assert "DRAF" not in text
        for said_so in ("2 keluarga disepakati", "tidak layak: dinilai mampu", "Nomor: BA/7/2026"):
            assert said_so in text
        assert "▲" in page.partition("Putusan terakhir")[2], "the head proposed one himself: it is said so"
        assert await place.value(
            "SELECT f.value ->> 'nomor' FROM act_fact f JOIN fact_kind k ON k.code = f.kind "
            "JOIN transition t USING (act) WHERE k.id = 'berita_acara' AND t.case_id = %s", agreed
        ) == "BA/7/2026"  # fmt: skip
        assert await place.value("SELECT count(*) FROM document WHERE case_id = ANY (%s)", cases) == 4
        preview = await operator.send(
            "/antrean/pratinjau", page.partition('id="kirim"')[2], kasus=[agreed], langkah="usulan.kirim"
        )
        assert preview.status_code == 200
        assert "dari 1 kasus dapat maju" in preview.text

    async def test_two_clerks_write_at_once_and_neither_loses_a_family(self, browsers: Any, place: Place) -> None:
        batch, [one, two], _ = await meeting(place, 2)
        there = f"/musdes/{batch}"
        first, second = browsers(await place.person("operator_desa")), browsers(await place.person("kades"))
        ours, theirs = await first.open(there), await second.open(there)
        kept = await first.send(f"{there}/notulen", ours, **FACTS, **{f"putusan.{one}": "layak"})
        assert kept.status_code == 303
        other = FACTS | {"tempat": "Masjid"}
        lost = await second.send(f"{there}/notulen", theirs, **other, **{f"putusan.{two}": "ditunda"})
        assert lost.status_code == 409
        assert 'value="Masjid"' in lost.text, "what was typed is still there"
        assert "Kini tersimpan: Balai desa" in lost.text
        page = lost.text
        again = await second.send(f"{there}/notulen", page, **other, **{f"putusan.{two}": "ditunda"})
        assert again.status_code == 303
        assert await place.row("SELECT facts ->> 'tempat' AS t, version FROM notulen WHERE batch = %s", batch) == {
            "t": "Masjid",
            "version": 2,
        }
        rows = "SELECT count(*) FROM notulen_keluarga WHERE batch = %s"
        assert await place.value(rows, batch) == 2

    async def test_a_family_that_joined_later_waits_with_what_was_said_of_it(self, browsers: Any, place: Place) -> None:
        batch, [early], gate = await meeting(place, 1)
        [late] = await place.stand(IN_MEETING)
        await enlist(place.world.worker, await place.world.system(), batch, [late])
        chief = browsers(await place.person("kades"))
        there = f"/musdes/{batch}"
        page = await chief.open(there)
        assert "1 keluarga masuk setelah daftar dibuka" in page
        await chief.send(f"{there}/notulen", page, **FACTS, **verdicts([early, late], "layak", "ditunda"))
        assert (await chief.send(f"{there}/putusan", await chief.open(there))).status_code == 303
        assert await place.value("SELECT cases FROM approval WHERE id = %s", gate) == 1
        assert await place.row("SELECT case_id FROM notulen_keluarga WHERE batch = %s", batch) == {"case_id": late}

    @pytest.mark.parametrize(
        ("field", "value", "told"),
        [("tanggal", "2026-02-31", "Bukan tanggal"), ("tanggal", "2199-01-01", "belum terjadi"),
         ("hadir", "0", "angka"), ("nomor", "", "Wajib diisi"), ("tempat", "x" * 201, "Paling panjang")],
    )  # fmt: skip
    async def test_facts_that_prove_nothing_are_told_at_their_field(
        self, browsers: Any, place: Place, field: str, value: str, told: str
    ) -> None:
        batch, [case], gate = await meeting(place, 1)
        chief = browsers(await place.person("kades"))
        there = f"/musdes/{batch}"
        page = await chief.open(there)
        await chief.send(f"{there}/notulen", page, **(FACTS | {field: value}), **{f"putusan.{case}": "layak"})
        answer = await chief.send(f"{there}/putusan", await chief.open(there))
        assert answer.status_code == 422
        assert re.search(rf'id="{field}-g">▲ [^<]*{told}', answer.text)
        assert await place.value("SELECT state FROM approval WHERE id = %s", gate) == "terbuka"

    async def test_who_is_not_of_the_village_sees_and_writes_nothing(self, browsers: Any, place: Place) -> None:
        batch, [case], _ = await meeting(place, 1)
        there = f"/musdes/{batch}"
        for role, region in (("operator_desa", place.neighbour), ("kades", place.far), ("warga", place.village)):
            stranger = browsers(await place.person(role, region=region))
            assert f'href="{there}"' not in await stranger.open("/musdes")
            for path in (there, f"/batch/{batch}", f"/batch/{batch}/cetak/berita-acara.pdf"):
                assert (await stranger.http.get(path)).status_code == 404, (role, path)
            mark = re.findall(r'name="tanda" value="([^"]+)"', await stranger.open("/"))[0]
            for path in ("notulen", "putusan", "berkas"):
                form = {"tanda": mark, "versi": "0", f"putusan.{case}": "layak", "jenis": "berita_acara", **FACTS}
                assert (await stranger.http.post(f"{there}/{path}", data=form)).status_code == 404, (role, path)
        reader = browsers(await place.person("verifikator_kab"))
        assert "Notulen dicatat oleh desa." in await reader.open(there)
        refused = await reader.http.post(
            f"{there}/notulen",
            data={"tanda": re.findall(r'name="tanda" value="([^"]+)"', await reader.open("/akun"))[0], **FACTS},
        )
        assert refused.status_code == 403
        assert await place.value("SELECT count(*) FROM notulen WHERE batch = %s", batch) == 0

    async def test_a_step_of_a_few_is_offered_beside_a_page_of_others(
        self, browsers: Any, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A page of kinds that do not take the step hid it from the families behind them."""
        monkeypatch.setattr(queries, "PAGE", 2)
        batch, _ = await village_list(place, (READY, 1))
        system = await place.world.system()
        others = await place.stand(READY, count=2, kind="PEMBARUAN", ago=timedelta(days=1))
        await enlist(place.world.worker, system, batch, others)
        page = await browsers(await place.person("operator_desa")).open(f"/musdes/{batch}")
        assert 'value="usulan.masuk_musdes"' in page

    async def test_families_wait_for_the_meeting_with_its_number_filled_in(self, browsers: Any, place: Place) -> None:
        batch, _ = await village_list(place, (READY, 60))
        await village_list(place, (READY, 1))
        operator = browsers(await place.person("operator_desa"))
        page = await operator.open(f"/musdes/{batch}")
        assert page.count('name="kasus"') == 50
        preview = await operator.send("/antrean/pratinjau", page, semua="1", langkah="usulan.masuk_musdes")
        assert "<b>60</b> dari 60 kasus dapat maju" in preview.text
        assert re.search(rf'name="bukti.id_batch_musdes"[^>]*value="{batch}"', preview.text)


class TestPrints:
    async def test_names_are_text_whatever_they_hold_and_numbers_are_masked(self, place: Place) -> None:
        batch, cases, _ = await meeting(place, 3)
        for case, name in zip(cases, EVIL, strict=True):
            await place.world.admin.execute(
                "UPDATE household SET kepala = %s WHERE id = (SELECT household_id FROM case_ WHERE id = %s)",
                (name, case),
            )
        head = await place.person("kades")
        before = await place.value("SELECT count(*) FROM read_event WHERE what = 'cetak'")
        for name in ("daftar-musdes", "berita-acara"):
            pages, text = read(await head.get(f"/batches/{batch}/documents/{name}.pdf"))
            flat = text.replace(" ", "")
            assert '#letx="1";$y$*tebal*`kode`\\' in flat
            assert "</script>[]<a>@lihat" in flat
            assert "[U+1F600]" in flat
            assert "محمد" in text or "دمحم" in text
            assert re.search(r"\d{6}••••••\d{4}", text)
            assert not OPEN_NUMBER.search(text)
            for number, page in enumerate(pages, 1):
                assert f"Halaman {number} dari {len(pages)}" in page
        assert await place.value("SELECT count(*) FROM read_event WHERE what = 'cetak'") == before + 6
        row = await place.row(
            "SELECT user_id, case_id FROM read_event WHERE what = 'cetak' AND case_id = %s LIMIT 1", cases[0]
        )
        assert row["user_id"] == head.user

    async def test_five_hundred_families_are_on_one_list(self, browsers: Any, place: Place) -> None:
        batch, cases, _ = await meeting(place, 500)
        chief = browsers(await place.person("kades"))
        page = await chief.open(f"/musdes/{batch}")
        assert len(page.encode()) < 95_000
        assert f"/musdes/{batch}?halaman=10#notulen" in page
        sent = await chief.send(
            f"/musdes/{batch}/notulen", page, **FACTS, **{f"putusan.{cases[0]}": "layak"}, lanjut="1"
        )
        assert sent.headers["location"] == f"/musdes/{batch}?simpan=1&halaman=2#notulen"
        pages, text = read(await (await place.person("kades")).get(f"/batches/{batch}/documents/berita-acara.pdf"))
        assert len(pages) > 10
        assert len(set(re.findall(r"USL-\d{4}-\d{7}", text))) == 500

    async def test_an_sptjm_names_those_that_wait(self, place: Place) -> None:
        batch, _ = await village_list(place, (READY, 2))
        _, text = read(await (await place.person("kades")).get(f"/batches/{batch}/documents/sptjm.pdf"))
        assert "SURAT PERNYATAAN TANGGUNG JAWAB MUTLAK" in text
        assert "2 keluarga pada lampiran" in text

    async def test_an_approval_letter_counts_and_names_nobody_a_draft_until_it_is_decided(
        self, browsers: Any, place: Place
    ) -> None:
        ready = await place.stand("U01 U02 U05 U11 U15 U19 U22", 3)
        gate = await place.gate("pengesahan", ready)
        batch = await place.value("SELECT batch FROM approval WHERE id = %s", gate)
        chief = await place.person("kepala_dinas")
        path = f"/batches/{batch}/documents/surat-pengesahan.pdf"
        pages, text = read(await chief.get(path))
        assert "DRAF" in pages[0]
        assert "DINAS SOSIAL" in text
        assert "3 usulan keluarga" in text
        assert "Kepala " not in text.replace("Kepala Dinas", "")
        body = {"verdict": "setuju", "evidence": {"surat_pengesahan": {"nomor": "460/7/Dinsos"}}}
        done(await chief.post(f"/approvals/{gate}/decisions", body), 201)
        pages, text = read(await chief.get(path))
        assert "DRAF" not in text
        assert "460/7/Dinsos" in text
        assert await place.value("SELECT list_hash FROM approval WHERE id = %s", gate) in text.replace(" ", "")
        shown = await browsers(chief).open(f"/batch/{batch}")
        print_at = f"/batch/{batch}/cetak/surat-pengesahan.pdf?gerbang={gate}"
        assert print_at in shown
        assert print_at in await browsers(chief).open(f"/persetujuan/{gate}")

    async def test_what_a_batch_does_not_have_is_no_print(self, place: Place) -> None:
        chief = await place.person("kepala_dinas")
        batch = await place.batch()
        for name in ("berita-acara", "surat-pengesahan", "sk"):
            problem(await chief.get(f"/batches/{batch}/documents/{name}.pdf"), 404, "cetakan_tidak_ada")
        problem(await chief.get(f"/batches/{batch}/documents/entah.pdf"), 422, "isian_salah")


async def decreed(place: Place, number: str) -> tuple[int, list[Caller]]:
    """Let a programme's decree be approved by two and carried out; return its gate and the two."""
    gate = await place.gate("sk_program", await place.stand("K01 K06", 2), programme="PKH")
    people = [await place.person("direktorat", name) for name in ("satu", "dua")]
    for who in people:
        body = {"verdict": "setuju", "evidence": {"nomor_sk": {"nomor": number}}}
        done(await who.post(f"/approvals/{gate}/decisions", body), 201)
    await execute(place.world.worker, await place.world.system(), gate)
    return gate, people


class TestBatchesAndDecrees:
    async def test_a_batch_says_where_it_stands_in_plain_words(self, browsers: Any, place: Place) -> None:
        ready = await place.stand("U01 U02 U05 U11 U15 U19 U22", 2)
        gate = await place.gate("pengesahan", ready)
        batch = await place.value("SELECT batch FROM approval WHERE id = %s", gate)
        who = await place.person("kepala_dinas")
        browser = browsers(who)
        assert "menunggu persetujuan kepala dinas" in (await browser.open("/batch")).lower()
        await take_lease(place.world.worker, batch, who.session, 60)
        assert "● berjalan" in await browser.open(f"/batch/{batch}")
        await end_lease(place.world.worker, batch, who.session, "gagal")
        page = await browser.open(f"/batch/{batch}")
        assert "berhenti karena jalan terakhir gagal" in page
        assert "SIAP DISAHKAN" in page
        woken = await browser.send(f"/batch/{batch}/bangun", page)
        assert woken.headers["location"] == f"/batch/{batch}?bangun=1"
        assert "Diminta melihat lagi" in await browser.open(f"/batch/{batch}")
        assert await place.value("SELECT count(*) FROM wake WHERE batch = %s AND done_at IS NULL", batch) == 1

    async def test_what_left_a_batch_is_told_with_who_carries_it_now(self, browsers: Any, place: Place) -> None:
        ready = await place.stand("U01 U02 U05 U11 U15 U19 U22", 2)
        gate = await place.gate("pengesahan", ready)
        batch = await place.value("SELECT batch FROM approval WHERE id = %s", gate)
        other = await place.batch("harian")
        await enlist(place.world.worker, await place.world.system(), other, ready[:1])
        page = await browsers(await place.person("kepala_dinas")).open(f"/batch/{batch}")
        assert re.search(rf'Yang sudah keluar dari batch ini.*href="/batch/{other}">Uji harian</a>', page, re.DOTALL)

    async def test_a_decree_tells_who_approved_it_and_counts_per_region(self, browsers: Any, place: Place) -> None:
        number = f"SK/{place.village}/cetak"
        gate, [first, second] = await decreed(place, number)
        browser = browsers(first)
        page = await browser.open("/sk")
        [path] = re.findall(rf'href="(/sk/\d+)">{number}</a>', page)
        page = await browser.open(path)
        assert first.name.title() in page
        assert second.name.title() in page
        assert f"wilayah={place.kabupaten // 100}.{place.kabupaten % 100:02d}." in page
        batch = await place.value("SELECT batch FROM decree WHERE number = %s", number)
        _, text = read(await first.get(f"/batches/{batch}/documents/sk.pdf", approval=gate))
        assert number in text
        assert "DRAF" not in text
        assert "2 keluarga sebagai penerima PKH" in text
        village = await place.person("operator_desa")
        assert (await browsers(village).http.get(path)).status_code == 404

    async def test_a_decree_whose_gate_is_out_of_sight_is_shown_without_its_print(
        self, browsers: Any, place: Place
    ) -> None:
        """A programme's people see every decree of a batch in which their programme has a list."""
        batch = await place.batch("penetapan")
        mine = await place.gate("sk_program", await place.stand("K01 K06"), batch=batch, programme="PKH")
        far = await place.gate("penetapan", await place.stand("U01"), batch=batch)
        number = f"SK/{place.village}/pusat"
        await place.world.admin.execute(
            "INSERT INTO decree (number, kind, batch, approval, region, cases, list_hash, at) "
            "VALUES (%s, 'penetapan', %s, %s, 0, 1, 'sidik', alur_now())",
            (number, batch, far),
        )
        browser = browsers(await place.person("direktorat"))
        await browser.open(f"/persetujuan/{mine}")
        await browser.open(f"/persetujuan/{far}", 404)
        [path] = re.findall(rf'href="(/sk/\d+)">{number}</a>', await browser.open("/sk"))
        page = await browser.open(path)
        assert number in page
        assert "Cetak SK" not in page
