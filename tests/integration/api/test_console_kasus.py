"""What a case tells whoever waits for it: who decides it, what befalls it by itself, which papers it lacks."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from api.console.pages import approvals
from models.approval.commands import open_gate
from models.case.timers import ahead, timers
from models.register.variables import missing
from tests.integration.api.kit import Place
from tests.integration.api.test_console import ARRIVED, browsers
from tests.integration.api.test_console_musdes import READY, meeting, village_list

__all__ = ["browsers"]
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("country")]


async def test_a_case_under_a_gate_names_who_decides_its_list(browsers: Any, place: Place) -> None:
    cases = await place.stand(f"{ARRIVED} U22", count=2)
    approval = await place.gate("pengesahan", cases[:1])
    clerk = browsers(await place.person("verifikator_kab"))
    assert "Diputus bersama daftarnya oleh kepala dinas sosial" in await clerk.open(f"/kasus/{cases[0]}")
    assert f"/persetujuan/{approval}" in await clerk.open(f"/kasus/{cases[0]}")
    assert "Diputus bersama daftarnya" not in await clerk.open(f"/kasus/{cases[1]}")


async def test_a_case_tells_what_befalls_it_if_nobody_acts(browsers: Any, place: Place) -> None:
    [waiting] = await place.stand("U01 U02 U06")
    [decided] = await place.stand(f"{ARRIVED} U24")
    operator = browsers(await place.person("operator_desa"))
    assert "Bila tidak ada yang bertindak, menjadi KEDALUWARSA sendiri pada" in await operator.open(f"/kasus/{waiting}")
    assert "Bila tidak ada yang bertindak" not in await operator.open(f"/kasus/{decided}")
    [told] = await ahead(place.world.admin, waiting)
    since = await place.value("SELECT since FROM position WHERE case_id = %s", waiting)
    assert told["trigger"] == "usulan.habis_waktu"
    assert (told["at"] - since).days in {59, 60}
    assert "usulan.habis_waktu" in dict(timers())


async def test_late_work_of_another_desk_is_told_as_a_wait(browsers: Any, place: Place) -> None:
    operator = await place.person("operator_desa")
    [case] = await place.stand("U01 U02 U06", ago=timedelta(days=40))
    page = await browsers(await place.person("verifikator_kab")).open(f"/kasus/{case}")
    assert "menunggu operator desa" in page
    assert "Ambil langkah berikut sebagai" not in page
    assert "giliran Anda: pilih langkah di bawah" in await browsers(operator).open(f"/kasus/{case}")


async def test_a_stated_paper_that_was_not_uploaded_is_told(browsers: Any, place: Place) -> None:
    operator = await place.person("operator_desa")
    [case] = await place.drafts(operator)
    page = await browsers(operator).open(f"/kasus/{case}")
    assert "dinyatakan; berkasnya belum diunggah" in page


async def test_the_meeting_s_number_need_not_be_typed(browsers: Any, place: Place) -> None:
    batch, [case] = await village_list(place, (READY, 1))
    page = await browsers(await place.person("operator_desa")).open(f"/kasus/{case}/langkah/usulan.masuk_musdes")
    assert f'<input type="hidden" name="bukti.id_batch_musdes" value="{batch}">' in page


async def test_a_list_offers_no_step_that_its_proposals_do_not_take_and_is_come_back_to(
    browsers: Any, place: Place
) -> None:
    batch, _ = await village_list(place, (READY, 2))
    operator = browsers(await place.person("operator_desa"))
    page = await operator.open(f"/musdes/{batch}")
    assert re.findall(r'<option value="usulan.(masuk_musdes|cukup_dokumen)"', page) == ["masuk_musdes"]
    assert "siap dikirim ke Dinas Sosial" in page
    chosen = re.findall(r'name="kasus" value="(\d+)"', page)
    sent = {"langkah": "usulan.masuk_musdes", "kelompok": batch, "bukti.id_batch_musdes": batch}
    preview = unescape((await operator.send("/antrean/pratinjau", page, kasus=chosen, **sent)).text)
    told = await operator.send("/antrean/jalankan", preview, kelompok=batch, **{"bukti.id_batch_musdes": batch})
    assert f'href="/musdes/{batch}"' in await operator.open(told.headers["location"])


async def test_while_a_meeting_s_decision_is_carried_out_there_is_no_empty_form(browsers: Any, place: Place) -> None:
    batch, _, gate = await meeting(place, 1)
    chief = browsers(await place.person("kades"))
    assert "Simpan notulen" in await chief.open(f"/musdes/{batch}")
    await place.world.admin.execute("UPDATE approval SET state = 'disetujui' WHERE id = %s", (gate,))
    page = await chief.open(f"/musdes/{batch}")
    assert "Simpan notulen" not in page
    assert "sedang dijalankan" in page


async def test_a_village_is_shown_its_lists_without_the_runs_of_flows(browsers: Any, place: Place) -> None:
    batch, _ = await village_list(place, (READY, 1))
    village = await browsers(await place.person("operator_desa")).open(f"/batch/{batch}")
    office = await browsers(await place.person("admin_kab")).open(f"/batch/{batch}")
    assert ("Jalannya flow" in village, "Jalannya flow" in office) == (False, True)


async def test_a_list_is_refused_for_one_of_its_reasons(browsers: Any, place: Place) -> None:
    approval = await place.gate("pengesahan", await place.stand(f"{ARRIVED} U22"))
    chief = browsers(await place.person("kepala_dinas"))
    path = f"/persetujuan/{approval}"
    page = await chief.open(path)
    offered = re.search(r'<select id="alasan".*?</select>', page, re.DOTALL)
    assert offered
    assert re.findall(r'value="(\w+)"', offered[0]) == ["BERKAS_KURANG", "DATA_JANGGAL", "DAFTAR_SALAH"]
    mute = await chief.send(path, page, putusan="tolak", alasan="DATA_JANGGAL", catatan="")
    assert mute.status_code == 422
    assert "perlu catatan" in mute.text
    assert 'value="DATA_JANGGAL" selected' in mute.text
    assert (
        await chief.send(path, page, putusan="tolak", alasan="DATA_JANGGAL", catatan="Desil janggal")
    ).status_code == 303
    assert "(Isian janggal)" in await chief.open(path)


async def test_who_comes_second_is_shown_where_the_case_is_now(browsers: Any, place: Place) -> None:
    """He was told that there is no such case."""
    [case] = await place.stand(ARRIVED)
    one, two = [browsers(await place.person("verifikator_kab", name)) for name in ("satu", "dua")]
    path = f"/kasus/{case}/langkah/usulan.kembalikan"
    said = {"alasan": "BERKAS_KURANG", "catatan": "KTP buram"}
    pages = [await browser.open(path) for browser in (one, two)]
    assert (await one.send(path, pages[0], **said)).status_code == 303
    late = await two.send(path, pages[1], **said)
    assert late.status_code == 409
    assert "Kasus sudah berubah sejak Anda membukanya." in late.text
    stale = [await two.open(there, 409) for there in (path, f"/kasus/{case}/langkah/entah")]
    for told in stale:
        assert "Langkah itu tidak terbuka dari keadaan kasus sekarang." in told
    for told in (late.text, *stale):
        assert "DIKEMBALIKAN" in told
        assert "KTP buram" in told, "his colleague's words"


async def test_a_refused_decision_keeps_its_exceptions(browsers: Any, place: Place) -> None:
    """Sent again without its ticks it would approve the families that its decider took out."""
    one, _two = cases = await place.stand(f"{ARRIVED} U22", count=2)
    approval = await place.gate("pengesahan", cases)
    chief = browsers(await place.person("kepala_dinas"))
    path = f"/persetujuan/{approval}"
    told = {"kecuali": str(one), "kecuali_langkah": "usulan.kembalikan_pengesahan", "kecuali_alasan": "DATA_JANGGAL"}
    paper = {"bukti.surat_pengesahan": "440/12"}
    page = await chief.open(path)
    assert re.search(r"<details>\s*<summary>Daftar kasus", page)
    mute = unescape((await chief.send(path, page, putusan="setuju", **told, **paper)).text)
    assert "perlu catatan" in mute
    assert re.findall(r'name="kecuali" value="(\d+)" checked', mute) == [str(one)]
    assert re.search(r"<details open>\s*<summary>Daftar kasus", mute)
    assert 'value="DATA_JANGGAL" selected' in mute


async def test_a_long_list_is_read_page_by_page_and_excepted_from_by_number(
    browsers: Any, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approvals, "_LISTED", 2)
    cases = sorted(await place.stand(f"{ARRIVED} U22", count=5))
    approval = await place.gate("pengesahan", cases)
    chief = browsers(await place.person("kepala_dinas"))
    path = f"/persetujuan/{approval}"
    page = await chief.open(path)
    assert "Daftar kasus (5)" in page
    assert [f"/kasus/{case}" in page for case in cases] == [True, True, False, False, False]
    listed, seen = f"{path}/daftar", []
    while listed:
        part = await chief.open(listed)
        seen += [int(case) for case in re.findall(r'href="/kasus/(\d+)"', part)]
        onward = re.search(r'href="(/persetujuan/\d+/daftar\?sesudah=\d+)">Berikutnya', part)
        listed = onward[1] if onward else ""
    assert seen == cases
    told = {"kecuali_langkah": "usulan.kembalikan_pengesahan", "kecuali_alasan": "DATA_JANGGAL", "catatan": "janggal"}
    told |= {"bukti.surat_pengesahan": "440/12", "putusan": "setuju", "kecuali": str(cases[0])}
    for typed, said in (("USL-2026-", "Bukan nomor kasus: USL-2026-."), ("999999", "di luar daftar")):
        wrong = unescape((await chief.send(path, page, **told, kecuali_nomor=typed)).text)
        assert said in wrong
        assert f">{typed}</textarea>" in wrong
        assert re.findall(r'name="kecuali" value="(\d+)" checked', wrong) == [str(cases[0])]
    sent = await chief.send(path, page, **told, kecuali_nomor=f"USL-2026-{cases[3]:07d}, {cases[4]}")
    assert sent.status_code == 303
    excepted = "SELECT array_agg(case_id ORDER BY case_id) FROM decision_case WHERE approval = %s"
    assert await place.value(excepted, approval) == [cases[0], cases[3], cases[4]]


async def test_a_gate_without_exceptions_offers_none(browsers: Any, place: Place) -> None:
    approval = await place.gate("sk_tahap", await place.stand("K01 K06 K14"), programme="PKH")
    page = await browsers(await place.person("direktorat")).open(f"/persetujuan/{approval}")
    assert 'name="putusan"' in page
    assert 'name="kecuali"' not in page
    assert "dikecualikan" not in page


async def test_what_only_an_exception_needs_is_asked_apart(browsers: Any, place: Place) -> None:
    one, *_ = cases = await place.stand(f"{ARRIVED} U22 U30 U32", count=2)
    approval = await place.gate("qc_pusat", cases)
    pusat = browsers(await place.person("pusdatin"))
    path = f"/persetujuan/{approval}"
    page = await pusat.open(path)
    assert "Hanya bila menolak atau mengecualikan:" in page
    told = {
        "kecuali": str(one),
        "kecuali_langkah": "usulan.tolak_pusat",
        "kecuali_alasan": "BUKTI_KURANG",
        "catatan": "kurang",
    }
    answer = unescape((await pusat.send(path, page, putusan="setuju", **told)).text)
    assert "Belum diisi: Keputusan." in answer
    done = await pusat.send(path, answer, putusan="setuju", **told, **{"bukti.keputusan": "KEP/7"})
    assert done.status_code == 303


async def test_a_case_that_waits_for_another_office_leads_to_its_letter(browsers: Any, place: Place) -> None:
    [case] = await place.stand("U01 U02 U06")
    page = await browsers(await place.person("operator_desa")).open(f"/kasus/{case}")
    assert "Bila isian di Alur sudah sama dengan surat-suratnya: betulkan di Disdukcapil" in page
    [letter] = re.findall(r'<a href="(/perbaikan/rujukan/\d+)">Surat rujukan ke ', page)
    assert letter.endswith(f"/{case}")


async def test_a_family_that_was_mended_leads_back_to_its_proposal(browsers: Any, place: Place) -> None:
    [case] = await place.stand("U01 U02 U06")
    family = await place.value("SELECT household_id FROM case_ WHERE id = %s", case)
    operator = browsers(await place.person("operator_desa"))
    assert f'<a href="/kasus/{case}">Kembali ke usulan' in await operator.open(f"/keluarga/{family}?ubah=identitas")
    assert "Kembali ke usulan" not in await operator.open(f"/keluarga/{family}")


async def test_whoever_may_not_decide_a_gate_reads_who_does(browsers: Any, place: Place) -> None:
    cases = await place.stand(f"{ARRIVED} U22")
    approval = await place.gate("pengesahan", cases)
    page = await browsers(await place.person("verifikator_kab")).open(f"/persetujuan/{approval}")
    assert "Diputus oleh kepala dinas sosial." in page
    assert f"/kasus/{cases[0]}" in page
    assert 'name="putusan"' not in page


async def test_an_approved_proposal_tells_the_next_pull_and_no_window_that_it_has_passed(
    browsers: Any, place: Place
) -> None:
    [case] = await place.stand(f"{ARRIVED} U22 U30")
    page = await browsers(await place.person("operator_desa")).open(f"/kasus/{case}")
    assert "Tarikan data pusat:" in page
    assert "Pengesahan kabupaten/kota:" not in page


async def test_the_second_person_is_asked_no_paper_that_the_first_brought(browsers: Any, place: Place) -> None:
    approval = await place.gate("sk_program", await place.stand("K01 K06"), programme="PKH")
    people = [browsers(await place.person("direktorat", name)) for name in ("pertama", "kedua")]
    path = f"/persetujuan/{approval}"
    for number, (browser, asked) in enumerate(zip(people, (True, False), strict=True)):
        page = await browser.open(path)
        assert ('name="bukti.nomor_sk"' in page) is asked
        assert (f"<b>SK/{approval}</b>" in page) is not asked
        paper = {"bukti.nomor_sk": f"SK/{approval}"} if asked else {}
        assert (await browser.send(path, page, putusan="setuju", **paper)).status_code == 303
        if number == 0:
            assert "Anda sudah memutus" in await browser.open(path)
    assert await place.value("SELECT state FROM approval WHERE id = %s", approval) == "disetujui"


async def test_a_rule_in_the_trail_leads_to_what_it_says(browsers: Any, place: Place) -> None:
    [case] = await place.stand(f"{ARRIVED} U24")
    auditor = browsers(await place.person("auditor"))
    page = await auditor.open(f"/kasus/{case}")
    assert '<a href="/mesin/usulan#U24">aturan U24' in page
    machine = await auditor.open("/mesin/usulan")
    rule = machine.partition('id="U24"')[2].partition("</tr>")[0]
    for said in ("VERIFIKASI DINSOS", "DITOLAK DINSOS", "verifikator", "Bukti alasan"):
        assert said in rule
    assert len(machine.encode()) < 100_000
    assert 'href="/jejak?state=ditolak_dinsos">DITOLAK DINSOS' in await auditor.open("/jejak")
    assert f"/kasus/{case}" in await auditor.open("/jejak?state=ditolak_dinsos")


async def test_an_operator_hears_which_answers_the_ranking_lacks(browsers: Any, place: Place) -> None:
    operator = await place.person("operator_desa")
    [case] = await place.drafts(operator)
    family = await place.value("SELECT household_id FROM case_ WHERE id = %s", case)
    lacking = missing("keluarga", await place.value("SELECT variables FROM household WHERE id = %s", family))
    page = await browsers(operator).open(f"/kasus/{case}")
    assert f"{len(lacking['peringkat'])} keterangan rumah belum ada" in page
    assert "Jenis lantai terluas" in page
    [decided] = await place.stand(f"{ARRIVED} U24")
    assert "keterangan rumah belum ada" not in await browsers(operator).open(f"/kasus/{decided}")


async def test_who_signs_a_cycle_s_schedule_reads_its_days(browsers: Any, place: Place) -> None:
    system, told = await place.world.system(), {"mulai": "2027-02-01", "selesai": "2027-04-30"}
    gate = await open_gate(
        place.world.worker,
        system,
        await place.batch("siklus"),
        "siklus_jadwal.202702",
        [],
        region=0,
        evidence={"tanggal": told},
    )
    page = await browsers(await place.person("pusdatin")).open(f"/persetujuan/{gate}")
    assert "<dd>Februari 2027</dd>" in page
    assert ">Setujui jadwal 1 Feb – 30 Apr 2027</button>" in page
    assert "0 kasus" not in page
    assert "Daftar kasus" not in page
