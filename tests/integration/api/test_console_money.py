"""Tahap, Perbaikan and Laporan over HTTP: whose money, which failures, and numbers that add up."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from api.console.pages import repair
from models.laporan.rules import FIGURES
from state_machines.facts import BY_ID as FACTS
from tests.integration.api.kit import Caller, Place, Site, done, problem
from tests.integration.api.test_console import Browser
from tests.integration.door import kit
from tests.integration.door.kit import RUPIAH

pytestmark = pytest.mark.asyncio(loop_scope="session")

CLOSED = "P01 P03"
TESTED = f"{CLOSED} P07"
FAILED = f"{TESTED} P18"
READY = f"{TESTED} P17 P20"
PAID = f"{READY} P25 P26 P27 P29 P30 P37"
UNMATCHED = "U01 U02 U06"
FIRST = 202601


@pytest.fixture
async def browsers(site: Site) -> AsyncIterator[Any]:
    """Make browsers."""
    made: list[Browser] = []

    def make(who: Caller) -> Browser:
        made.append(Browser(site, who))
        return made[-1]

    yield make
    for one in made:
        await one.http.aclose()


async def tahap(place: Place) -> int:
    """Open a payment in the kabupaten and let it carry six families: two paid, one closed, two failed, one ready."""
    cases = [
        *await place.stand(PAID, 2),
        *await place.stand(CLOSED, 1),
        *await place.stand(FAILED, 2),
        *await place.stand(READY, 1),
    ]
    batch = await place.batch("tahap", programme="PKH", period=FIRST)
    await place.world.worker.execute("SELECT door_enlist(%s, %s, %s)", (await place.world.system(), batch, cases))
    return batch


@pytest.mark.usefixtures("country")
async def test_a_payment_tells_where_its_money_stands_and_who_acts(browsers: Any, place: Place) -> None:
    batch = await tahap(place)
    dinas = browsers(await place.person("kepala_dinas"))
    page = await dinas.open(f"/tahap/{batch}")
    told = 6 * RUPIAH
    assert f"Rp{told:,}".replace(",", ".") in page
    assert f"diterima keluarga Rp{2 * RUPIAH:,}".replace(",", ".") in page
    assert "<title" in page
    assert "bukan Anda" in page
    assert "alasan=RK_NAMA" in page
    assert f"Rp{told:,}".replace(",", ".") in await dinas.open("/tahap")
    whole = await dinas.open(f"/tahap?tahap=PKH-{FIRST}")
    assert "Posisi dana PKH" in whole
    ppk = browsers(await place.person("ppk"))
    mine = await ppk.open(f"/tahap/{batch}")
    assert f"/antrean?mesin=penyaluran&status=omspan_berhasil&kelompok={batch}" in mine
    listed = await ppk.open(f"/antrean?mesin=penyaluran&status=omspan_berhasil&kelompok={batch}")
    assert len(set(re.findall(r'name="kasus" value="(\d+)"', listed))) == 1
    far = browsers(await place.person("kepala_dinas", "jauh", region=place.far))
    await far.open(f"/tahap/{batch}", 404)
    woken = await dinas.send(f"/tahap/{batch}/bangunkan", page)
    assert woken.status_code == 303
    assert await place.value("SELECT count(*) FROM wake WHERE batch = %s AND reason = 'diminta'", batch) == 1


def _table(page: str, heading: str) -> dict[tuple[str, str], tuple[int, int]]:
    """Return the rows of the table under a heading: its first two cells -> families, rupiah."""
    table = page.partition(f"<h2>{heading}</h2>")[2].partition("</table>")[0]
    told: dict[tuple[str, str], tuple[int, int]] = {}
    for row in re.findall(r"<tr>(<td.*?)</tr>", table, re.DOTALL):
        first, second, families, money, *_ = (
            re.sub(r"<.*?>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)
        )
        told[first, second] = int(families), int(money.removeprefix("Rp").replace(".", ""))
    return told


async def test_each_row_of_the_position_follows_the_papers_from_spp_to_si(
    browsers: Any, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six payments of two amounts; SPP in two letters, then SPM, SP2D and SI, each for fewer of them."""
    dear, cheap = 750_000, 400_000
    many = await place.stand(READY, 3)
    monkeypatch.setattr(kit, "RUPIAH", cheap)
    cases = [*many, *await place.stand(READY, 3)]
    batch = await place.batch("tahap", programme="PKH", period=FIRST)
    await place.world.worker.execute("SELECT door_enlist(%s, %s, %s)", (await place.world.system(), batch, cases))
    await place.world.file("KPPN", cases)
    who = {
        role: await kit.person(place.world, role, f"{role}.{place.village}", region=place.village)
        for role in ("ppk", "ppspm", "kppn")
    }
    reader = browsers(await place.person("kepala_dinas"))

    async def sent(role: str, rule: str, chosen: list[int], kind: str, number: str) -> None:
        known = kit.evidence(rule, role) | {kind: {"nomor": number}}
        told = await who[role].fire(rule, chosen, facts=known)
        assert [one.outcome for one in told] == ["dipindah"] * len(chosen), told

    async def standing() -> tuple[dict[Any, Any], dict[Any, Any]]:
        page = await reader.open(f"/tahap/{batch}")
        return _table(page, "Posisi dana"), _table(page, "Surat dan nomornya")

    running, whole = "masih berjalan", {("Jumlah", ""): (6, 3 * (dear + cheap))}
    states, papers = await standing()
    assert states == {("BERHASIL OMSPAN", running): (6, 3 * (dear + cheap))} | whole
    assert papers == {}
    await sent("ppk", "P25", cases[:4], "nomor_spp", "SPP-1")
    await sent("ppk", "P25", cases[4:], "nomor_spp", "SPP-2")
    await sent("ppspm", "P26", cases[:4], "nomor_spm", "SPM-1")
    states, papers = await standing()
    assert (
        states
        == {
            ("SPP TERBIT", running): (2, 2 * cheap),
            ("PROSES SPM", running): (4, 3 * dear + cheap),
        }
        | whole
    )
    spp, spm, sp2d, si = (FACTS[kind].label for kind in ("nomor_spp", "nomor_spm", "nomor_sp2d", "nomor_si"))
    told = {
        (spp, "SPP-1"): (4, 3 * dear + cheap),
        (spp, "SPP-2"): (2, 2 * cheap),
        (spm, "SPM-1"): (4, 3 * dear + cheap),
    }
    assert papers == told
    await sent("kppn", "P27", cases[:3], "nomor_sp2d", "SP2D-1")
    await sent("ppk", "P29", cases[:2], "nomor_si", "SI-1")
    states, papers = await standing()
    assert (
        states
        == {
            ("SPP TERBIT", running): (2, 2 * cheap),
            ("PROSES SPM", running): (1, cheap),
            ("SP2D TERBIT", running): (1, dear),
            ("SI", running): (2, 2 * dear),
        }
        | whole
    )
    assert papers == told | {(sp2d, "SP2D-1"): (3, 3 * dear), (si, "SI-1"): (2, 2 * dear)}


async def test_a_directorate_opens_a_tahap_once_and_typed_words_come_back(browsers: Any, place: Place) -> None:
    directorate = browsers(await place.person("direktorat"))
    page = await directorate.open("/tahap")
    bad = await directorate.send("/tahap/buka", page, wilayah="32.04.05", periode="2026")
    assert bad.status_code == 422
    assert 'value="32.04.05"' in bad.text
    for _ in range(2):
        page = await directorate.open("/tahap")
        answer = await directorate.send("/tahap/buka", page, wilayah=str(place.kabupaten), periode="202604")
        assert answer.status_code == 303
    opened = await place.value(
        "SELECT count(*) FROM batch WHERE kind = 'tahap' AND region = %s AND period = 202604", place.kabupaten
    )
    assert opened == 1


async def test_failures_stand_by_cause_and_a_whole_list_is_checked_again(browsers: Any, place: Place) -> None:
    failed = await place.stand(FAILED, 3)
    await place.stand(UNMATCHED, 2)
    families = [await place.value("SELECT household_id FROM case_ WHERE id = %s", case) for case in failed]
    helper = await place.person("pendamping")
    await place.world.assign_families(helper.name, families)
    verifier = browsers(await place.person("verifikator_kab"))
    page = await verifier.open("/perbaikan")
    assert "Bank penyalur: 3 keluarga" in page
    assert "Dinas Kependudukan dan Pencatatan Sipil: 2 keluarga" in page
    path = "/perbaikan/daftar?status=penyaluran.rek_gagal&alasan=RK_NAMA"
    assert "bukan Anda" in await verifier.open(path)
    mine = browsers(helper)
    page = await mine.open(path)
    assert set(re.findall(r"/perbaikan/rujukan/(\d+)", page)) == {str(case) for case in failed}
    preview = await mine.send("/antrean/pratinjau", page, langkah="penyaluran.rekening_diperbaiki")
    assert preview.status_code == 200
    assert "<b>3</b> dari 3" in preview.text
    proof = {"bukti.bukti_rekening": "BT-9"}
    ran = await mine.send("/antrean/jalankan", preview.text, **proof)
    assert ran.status_code == 303
    assert "<b>3</b> maju" in await mine.open(ran.headers["location"])
    assert {await place.world.state(case) for case in failed} == {"cek_rekening"}
    assert "Bank penyalur" not in await verifier.open("/perbaikan")


async def test_the_letter_names_the_field_and_hides_the_numbers(
    browsers: Any, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    [unmatched] = await place.stand(UNMATCHED)
    [closed] = await place.stand("U01 U02 U05")
    verifier = browsers(await place.person("verifikator_kab"))
    page = await verifier.open(f"/perbaikan/rujukan/{unmatched}")
    assert "Dinas Kependudukan dan Pencatatan Sipil" in page
    assert "Isian yang bermasalah: NIK" in page
    assert "KTP-el dan Kartu Keluarga asli" in page
    assert not re.search(r"\b\d{16}\b", page)
    looked = await place.value("SELECT count(*) FROM read_event WHERE case_id = %s", unmatched)
    assert looked == 1
    printed = await verifier.http.get(f"/perbaikan/rujukan/{unmatched}.pdf")
    assert (printed.status_code, printed.headers["content-type"]) == (200, "application/pdf")
    assert printed.content.startswith(b"%PDF-")
    assert printed.headers["cache-control"] == "no-store"
    [other] = await place.stand(UNMATCHED)
    several = await verifier.http.get("/perbaikan/rujukan.pdf?status=usulan.tidak_padan&alasan=NIK_TIDAK_ADA")
    told = [page.extract_text() for page in PdfReader(io.BytesIO(several.content)).pages]
    assert [text.count("Halaman 1 dari 1") for text in told] == [1, 1]
    assert "pdfaid:part" in several.content.decode("latin-1")
    assert await place.value("SELECT count(*) FROM read_event WHERE case_id = %s", other) == 1
    await verifier.open("/perbaikan/rujukan.pdf?status=usulan.tidak_padan&alasan=KK_BEDA", 404)
    await verifier.open("/perbaikan/rujukan.pdf?status=usulan.padan&alasan=NIK_TIDAK_ADA", 422)
    monkeypatch.setattr(repair, "_LETTERS_MOST", 1)
    await verifier.open("/perbaikan/rujukan.pdf?status=usulan.tidak_padan&alasan=NIK_TIDAK_ADA", 422)
    await verifier.open(f"/perbaikan/rujukan/{closed}", 404)
    await verifier.open(f"/perbaikan/rujukan/{closed}.pdf", 404)
    far = browsers(await place.person("verifikator_kab", "jauh", region=place.far))
    await far.open(f"/perbaikan/rujukan/{unmatched}", 404)


async def test_the_letter_is_for_who_refers_a_family_and_not_for_who_keeps_accounts(
    browsers: Any, place: Place
) -> None:
    [unmatched] = await place.stand(UNMATCHED)
    several = "status=usulan.tidak_padan&alasan=NIK_TIDAK_ADA"
    keeper = browsers(await place.person("admin_kab"))
    for page in (f"/kasus/{unmatched}", f"/perbaikan/daftar?{several}"):
        assert "/perbaikan/rujukan" not in await keeper.open(page)
    for letter in (f"{unmatched}", f"{unmatched}.pdf"):
        await keeper.open(f"/perbaikan/rujukan/{letter}", 404)
    await keeper.open(f"/perbaikan/rujukan.pdf?{several}", 404)


MIX: tuple[tuple[str, int, dict[str, Any]], ...] = (
    *(("U01 U02 U05", 3, {}), ("U01 U02 U07", 2, {}), ("U01 U03", 1, {"kind": "PEMBARUAN"})),
    *((PAID, 2, {}), (FAILED, 1, {}), (CLOSED, 4, {"period": 202602})),
    *(("S02 S10 S13 S24", 2, {}), ("S03 S10 S13 S25", 1, {}), ("S01 S10", 1, {})),
    ("K01 K06 K07", 2, {}),
)
"""Histories, how many, and of what: in a village; its neighbour has one of each."""


async def _counted(place: Place, condition: str, *, amount: bool = False) -> int:
    """Count by hand: one look at every case, without the functions of the product."""
    what = "COALESCE(sum((SELECT n.rupiah FROM nominal n WHERE n.case_id = c.id ORDER BY version DESC LIMIT 1)), 0)"
    return int(
        await place.value(
            f"SELECT {what if amount else 'count(*)'} FROM case_ c JOIN position p ON p.case_id = c.id "
            f"JOIN state s ON s.code = p.state LEFT JOIN jenis j ON j.code = c.kind "
            f"WHERE c.region / 1000000 = %s AND {condition}",
            place.kabupaten,
        )
    )


@pytest.mark.usefixtures("country")
async def test_a_report_adds_up_and_says_what_a_count_by_hand_says(browsers: Any, place: Place) -> None:
    for path, count, more in MIX:
        await place.stand(path, count, **more)
        await place.stand(path, 1, region=place.neighbour, **more)
    year = (await place.world.now()).year
    who = await place.person("verifikator_kab")
    told = done(await who.get("/reports/regions", region=str(place.kabupaten), year=year))
    expected = {
        "usulan_masuk": await _counted(place, "c.machine = 1"),
        "usulan_ditolak": await _counted(place, "s.id = 'ditolak_sistem'"),
        "usulan_gugur": await _counted(place, "s.id = 'dibatalkan'"),
        "bayar_kasus": await _counted(place, "c.machine = 3 AND c.period / 100 = 2026"),
        "bayar_closing": await _counted(place, "c.machine = 3", amount=True),
        "bayar_selesai": await _counted(place, "s.id = 'selesai'", amount=True),
        "eksklusi_ditemukan": await _counted(place, "c.machine = 4 AND s.id = 'dikabulkan'"),
        "eksklusi_diputus": await _counted(place, "c.machine = 4 AND s.id IN ('dikabulkan', 'ditolak')"),
        "data_peserta": await _counted(place, "s.id = 'calon_penerima'"),
    }
    assert {name: told["figures"][name] for name in expected} == expected
    assert expected["usulan_masuk"] == 9
    assert expected["eksklusi_ditemukan"] == 3
    for figure in FIGURES:
        parts = [part["figures"][figure.id] for part in told["parts"]]
        assert sum(parts) == told["figures"][figure.id], figure.id
    balance = [told["figures"][f"bayar_{name}"] for name in ("selesai", "open", "disetor", "hangus", "keluar")]
    assert sum(balance) == told["figures"]["bayar_closing"]
    quarters = [
        done(await who.get("/reports/regions", region=str(place.kabupaten), year=2026, quarter=n))["figures"]
        for n in (1, 2, 3, 4)
    ]
    assert [one["bayar_kasus"] for one in quarters] == [5, 5, 0, 0]
    assert sum(one["usulan_masuk"] for one in quarters) == told["figures"]["usulan_masuk"]
    down = done(await who.get("/reports/regions", region=str(place.village // 10_000), year=year))
    assert {part["region"] for part in down["parts"] if part["figures"]["usulan_masuk"]} == {
        place.village,
        place.neighbour,
    }
    page = await browsers(who).open("/laporan")
    assert "Laporan ini tidak menyebut keluarga" in page
    assert "dibagi keluarga" in page
    names = await place.value("SELECT string_agg(kepala, '|') FROM household WHERE region = %s", place.village)
    assert not [name for name in names.split("|") if name in page]
    file = await browsers(who).http.get(f"/laporan/unduh.xlsx?wilayah={place.kabupaten}")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(file.content)).get_sheet_by_index(0).to_python()
    assert sheet[-1][2] == expected["usulan_masuk"]
    flat = await browsers(who).http.get(f"/laporan/unduh.csv?wilayah={place.kabupaten}")
    rows = list(csv.DictReader(io.StringIO(flat.content.decode("utf-8-sig"))))
    assert next(int(row["nilai"]) for row in rows if row["ukuran"] == "usulan_masuk") == expected["usulan_masuk"]


async def test_reports_of_many_kabupaten_are_read_from_what_was_kept(place: Place) -> None:
    await place.stand(PAID, 3)
    province = place.kabupaten // 100
    who = await place.person("dinsos_provinsi")
    await place.world.worker.execute("SELECT report_keep(%s)", (place.kabupaten,))
    told = done(await who.get("/reports/regions", region=str(province), year=2026))
    assert told["kept"]
    kept = [part["figures"]["bayar_selesai_kasus"] for part in told["parts"] if part["region"] == place.kabupaten]
    assert kept == [3]
    await place.stand(PAID, 1)
    again = done(await who.get("/reports/regions", region=str(province), year=2026))
    assert again["figures"] == told["figures"]
    asked = {"region": str(place.kabupaten), "year": 2026}
    assert done(await who.get("/reports/regions", **asked))["figures"]["bayar_selesai_kasus"] == 3
    anew = done(await who.get("/reports/regions", **asked, fresh=True))
    assert (anew["figures"]["bayar_selesai_kasus"], anew["kept"]) == (4, False)
    await place.world.worker.execute("SELECT report_keep(%s)", (place.kabupaten,))
    later = done(await who.get("/reports/regions", region=str(province), year=2026))
    assert later["figures"]["bayar_selesai_kasus"] == told["figures"]["bayar_selesai_kasus"] + 1
    assert later["as_of"] > told["as_of"]


async def test_reports_are_for_offices_and_within_their_region(browsers: Any, place: Place) -> None:
    await place.families()
    for role in ("warga", "pendamping", "bank"):
        problem(await (await place.person(role)).get("/reports/regions", year=2026), 403, "laporan_bukan_untuk_peran")
    village = await place.person("operator_desa")
    for region in (place.neighbour, place.kabupaten, place.far):
        answer = await village.get("/reports/regions", year=2026, region=str(region))
        problem(answer, 404, "laporan_di_luar_wilayah")
    problem(await village.get("/reports/regions", year=2026), 404, "laporan_di_luar_wilayah")
    assert done(await village.get("/reports/regions", year=2026, region=str(place.village)))["figures"]
    await browsers(village).open("/laporan?periode=kapan", 422)
