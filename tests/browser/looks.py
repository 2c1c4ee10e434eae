"""Every page of the console in every state it can be in: one line each. A page without a line fails a test.

To add a page, add its lines to `LOOKS`; `make screenshots` takes the pictures, at 360 and 1280 px, light and dark.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from unittest import mock

from playwright.async_api import Page

from api.console.pages import decision

EMPTY, ONE, MANY, ERROR, NO_RIGHT = "empty", "one", "many", "error", "no-right"
STATES = (EMPTY, ONE, MANY, ERROR, NO_RIGHT)

NOBODY = ""
"""Somebody who is not signed in."""

Do = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Look:
    """One page in one state.

    Attributes:
        route: the page, as its route says it.
        state: one of `STATES`.
        who: who looks at it: a username of the practice region; `NOBODY`; or `role@` for somebody in that role in a
            database without a single case.
        path: the address; `{case}` and the like are filled in from the practice region (`gallery.places`).
        do: what is done on the page before the picture is taken.
    """

    route: str
    state: str
    who: str
    path: str
    do: Do | None = None

    @property
    def name(self) -> str:
        """The name of its pictures."""
        return f"{self.route.strip('/').replace('/', '-').replace('{', '').replace('}', '') or 'beranda'}.{self.state}"


def pressing(*buttons: str) -> Do:
    """Return what presses these buttons, one after the other."""

    async def press(page: Page) -> None:
        for button in buttons:
            await page.get_by_role("button", name=button).first.click()
            await page.wait_for_load_state("networkidle")

    return press


async def wrong_password(page: Page) -> None:
    """Sign in with a NIK that nobody has."""
    await page.get_by_label("NIK").fill("3204010101010001")
    await page.get_by_label("Kata sandi").fill("bukan sandinya")
    await page.get_by_role("button", name="Masuk, lalu terima kode").click()


async def wrong_code(page: Page) -> None:
    """Type a code that was never sent."""
    await page.get_by_label("Kode", exact=True).fill("000000")
    await page.get_by_role("button", name="Lanjut").click()


async def previewed(page: Page, count: int = 6) -> None:
    """Tick some cases, and look at what a step would bring."""
    for box in (await page.locator("tbody input[type=checkbox]").all())[:count]:
        await box.check()
    await page.get_by_role("button", name="Lihat akibatnya dulu").click()
    await page.wait_for_load_state("networkidle")


async def decided(page: Page) -> None:
    """Take a step for several cases, so that the outcomes are shown."""
    await page.locator("#langkah").select_option("usulan.kembalikan_kecamatan")
    await previewed(page, count=2)
    await page.get_by_role("radio").first.check()
    await page.get_by_label("Catatan").fill("Foto rumah depan buram.")
    await page.locator("main form button").last.click()
    await page.wait_for_load_state("networkidle")


async def halfway(page: Page) -> None:
    """Stop a decision after its first case, and look at how far it came."""
    with mock.patch.multiple(decision, _PART=1, _TURN_S=0.0):
        await page.locator("#langkah").select_option("usulan.kembalikan_kecamatan")
        await previewed(page, count=2)
        await page.get_by_role("radio").first.check()
        await page.get_by_label("Catatan").fill("Foto rumah depan buram.")
        key = await page.locator("[name=kunci]").input_value()
        form = await page.locator("form[action='/antrean/jalankan']").evaluate(
            "form => new URLSearchParams(new FormData(form)).toString()"
        )
        kind = {"content-type": "application/x-www-form-urlencoded"}
        await page.request.post(f"{page.url.partition('/antrean')[0]}/antrean/jalankan", data=form, headers=kind)
        await page.goto(f"{page.url.partition('/antrean')[0]}/antrean/hasil/{key}")


def searching(words: str) -> Do:
    """Return what searches for words."""

    async def search(page: Page) -> None:
        await page.locator("#q").fill(words)
        await page.locator("main form button").first.click()
        await page.wait_for_load_state("networkidle")

    return search


async def sent_empty(page: Page) -> None:
    """Send a step's form without what it needs; browsers' own checks are off, as old ones' are."""
    await page.evaluate("for (const form of document.forms) form.noValidate = true")
    await page.locator("main form button").last.click()
    await page.wait_for_load_state("networkidle")


def sending(button: str) -> Do:
    """Return what sends the form of this button as it stands, without what it needs."""

    async def send(page: Page) -> None:
        await page.evaluate("for (const form of document.forms) form.noValidate = true")
        await pressing(button)(page)

    return send


async def wrong_file(page: Page) -> None:
    """Send a list that is none."""
    broken = {"name": "daftar.xlsx", "mimeType": "application/octet-stream", "buffer": b"bukan lembar kerja"}
    await page.locator("input[type=file]").set_input_files(broken)  # type: ignore[arg-type]
    await page.locator("main form button").first.click()
    await page.wait_for_load_state("networkidle")


async def help_open(page: Page) -> None:
    """Ask for the keys."""
    await page.keyboard.press("?")


LOOKS = (
    # signing in
    Look("/masuk", ONE, NOBODY, "/masuk"),
    Look("/masuk", ERROR, NOBODY, "/masuk", wrong_password),
    Look("/masuk/kode", ONE, NOBODY, "/masuk/kode"),
    Look("/masuk/kode", ERROR, NOBODY, "/masuk/kode", wrong_code),
    Look("/masuk/tautan", ONE, NOBODY, "/masuk/tautan"),
    Look("/wilayah-kerja", ONE, "verifikator1", "/wilayah-kerja"),
    # what must I do now
    Look("/", EMPTY, "verifikator_kab@", "/"),
    Look("/", ONE, "bps", "/"),
    Look("/", MANY, "verifikator1", "/"),
    Look("/", NO_RIGHT, NOBODY, "/"),
    Look("/antrean", EMPTY, "verifikator_kab@", "/antrean"),
    Look("/antrean", ONE, "verifikator1", "/antrean?mesin=sanggah&status=penugasan"),
    Look("/antrean", MANY, "verifikator1", "/antrean"),
    Look("/antrean", ERROR, "verifikator1", "/antrean?wilayah=abc"),
    Look("/antrean/hasil/{key}", MANY, "kecamatan1", "/antrean", decided),
    Look("/antrean/hasil/{key}", ONE, "kecamatan1", "/antrean", halfway),
    Look("/antrean/hasil/{key}", EMPTY, "verifikator1", "/antrean/hasil/tidak-ada"),
    Look("/antrean/pratinjau", MANY, "verifikator1", "/antrean?mesin=usulan&status=verif_dinsos", previewed),
    Look("/persetujuan", EMPTY, "kepala_dinas@", "/persetujuan"),
    Look("/persetujuan", ONE, "kadinsos", "/persetujuan"),
    Look("/persetujuan/{number}", MANY, "kadinsos", "/persetujuan/{gate}"),
    Look("/persetujuan/{number}", ERROR, "kadinsos", "/persetujuan/{gate}", pressing("Setujui")),
    Look("/persetujuan/{number}", NO_RIGHT, "operator1", "/persetujuan/{gate}"),
    Look("/persetujuan/{number}/daftar", MANY, "kadinsos", "/persetujuan/{gate}/daftar"),
    Look("/persetujuan/{number}/daftar", NO_RIGHT, "operator1", "/persetujuan/{gate}/daftar"),
    # one case, one family
    Look("/kasus/{number}", MANY, "verifikator1", "/kasus/{case}"),
    Look("/kasus/{number}", ONE, "operator3", "/kasus/{draft}"),
    Look("/kasus/{number}", NO_RIGHT, "operator1", "/kasus/{case}"),
    Look("/kasus/{number}", ERROR, "verifikator1", "/kasus/999999999"),
    Look("/kasus/{number}/langkah/{trigger}", ONE, "verifikator1", "/kasus/{case}/langkah/usulan.kembalikan"),
    Look(
        *("/kasus/{number}/langkah/{trigger}", ERROR, "verifikator1", "/kasus/{case}/langkah/usulan.kembalikan"),
        sent_empty,
    ),
    Look("/keluarga/{number}", MANY, "verifikator1", "/keluarga/{family}"),
    Look("/keluarga/{number}", ONE, "warga1", "/keluarga/{own}"),
    Look("/keluarga/{number}", NO_RIGHT, "warga1", "/keluarga/{family}"),
    Look("/cari", ONE, "verifikator1", "/cari"),
    Look("/cari", MANY, "verifikator1", "/cari", searching("sit")),
    Look("/cari", EMPTY, "verifikator1", "/cari", searching("zzzz")),
    Look("/kasus/{number}/peta", MANY, "verifikator1", "/kasus/{case}/peta"),
    Look("/kasus/{number}/peta", ONE, "operator3", "/kasus/{draft}/peta"),
    Look("/kasus/{number}/peta", NO_RIGHT, "operator1", "/kasus/{case}/peta"),
    Look("/mesin/{name}", MANY, "verifikator1", "/mesin/usulan"),
    Look("/mesin/{name}", ONE, "bank.bri", "/mesin/penyaluran"),
    Look("/mesin/{name}", ERROR, "verifikator1", "/mesin/tidak-ada"),
    Look("/keluarga/{number}/ubah", ONE, "operator3", "/keluarga/{drafted}/ubah"),
    Look(
        *("/keluarga/{number}/ubah", ERROR, "operator3", "/keluarga/{drafted}/ubah"),
        sending("Lihat bedanya dulu"),
    ),
    Look("/keluarga/{number}/ubah", NO_RIGHT, "warga1", "/keluarga/{own}/ubah"),
    Look("/keluarga/{number}/usulkan", MANY, "operator3", "/keluarga/{drafted}/usulkan"),
    Look("/keluarga/{number}/usulkan", ONE, "operator3", "/keluarga/{drafted}/usulkan?jenis=PECAH_KK"),
    Look(
        *("/keluarga/{number}/usulkan", ERROR, "operator3", "/keluarga/{drafted}/usulkan?jenis=MENINGGAL"),
        sending("Lihat akibatnya dulu"),
    ),
    Look("/keluarga/{number}/usulkan", NO_RIGHT, "verifikator1", "/keluarga/{family}/usulkan"),
    Look("/sanggah", EMPTY, "verifikator_kab@", "/sanggah"),
    Look("/sanggah", MANY, "verifikator1", "/sanggah"),
    Look("/sanggah/baru", MANY, "operator1", "/sanggah/baru"),
    Look("/sanggah/baru", ONE, "operator1", "/sanggah/baru?jenis=SANGGAH_DESIL"),
    Look(
        *("/sanggah/baru", ERROR, "operator1", "/sanggah/baru?jenis=SANGGAH_DESIL"),
        sending("Kirim sanggah ini"),
    ),
    Look("/sanggah/baru", NO_RIGHT, "kppn", "/sanggah/baru"),
    # entering, meeting, visiting
    Look("/usulan/baru", ONE, "operator1", "/usulan/baru"),
    Look("/usulan/baru", ERROR, "operator1", "/usulan/baru", sending("Periksa dan simpan → cek data Dukcapil")),
    Look("/usulan/baru", NO_RIGHT, "verifikator1", "/usulan/baru"),
    Look("/musdes", EMPTY, "operator_desa@", "/musdes"),
    Look("/musdes", MANY, "operator1", "/musdes"),
    Look("/musdes/{batch}", MANY, "operator1", "/musdes/{meeting}"),
    Look("/musdes/{batch}", ONE, "kades1", "/musdes/{meeting}"),
    Look("/musdes/{batch}", NO_RIGHT, "operator2", "/musdes/{meeting}"),
    Look("/tugas", EMPTY, "pendamping@", "/tugas"),
    Look("/tugas", MANY, "pendamping1", "/tugas"),
    Look("/tugas/{number}", ONE, "pendamping1", "/tugas/{visit}"),
    Look("/tugas/{number}", NO_RIGHT, "operator1", "/tugas/{visit}"),
    Look("/tugas/{number}/foto", ONE, "pendamping1", "/tugas/{visit}/foto"),
    Look("/tugas/{number}/foto", ERROR, "pendamping1", "/tugas/{visit}/foto", sending("Simpan foto")),
    Look("/tugas/{number}/hasil", ONE, "pendamping1", "/tugas/{visit}/hasil"),
    Look("/tugas/{number}/hasil", ERROR, "pendamping1", "/tugas/{visit}/hasil", sending("Laporkan hasil")),
    Look("/tugas/{number}/tidak-terjangkau", ONE, "pendamping1", "/tugas/{call}/tidak-terjangkau"),
    Look(
        *("/tugas/{number}/tidak-terjangkau", ERROR, "pendamping1", "/tugas/{call}/tidak-terjangkau"),
        sending("Catat tidak terjangkau"),
    ),
    # lists, hand-overs, cycles
    Look("/batch", EMPTY, "verifikator_kab@", "/batch"),
    Look("/batch", MANY, "verifikator1", "/batch"),
    Look("/batch/{batch}", MANY, "verifikator1", "/batch/{meeting}"),
    Look("/batch/{batch}", NO_RIGHT, "operator2", "/batch/{meeting}"),
    Look("/sk", EMPTY, "menteri@", "/sk"),
    Look("/sk", MANY, "direktorat1.sembako", "/sk"),
    Look("/sk/{number}", MANY, "direktorat1.sembako", "/sk/{decree}"),
    Look("/sk/{number}", ERROR, "direktorat1.sembako", "/sk/999999999"),
    Look("/impor", ONE, "operator1", "/impor"),
    Look("/impor", ERROR, "operator1", "/impor", wrong_file),
    Look("/impor/{number}", MANY, "operator1", "/impor/{import}"),
    Look("/serah-terima", EMPTY, "pendamping1", "/serah-terima"),
    Look("/serah-terima", ONE, "admin.kab", "/serah-terima"),
    Look("/serah-terima", ERROR, "admin.kab", "/serah-terima", sending("Tawarkan semuanya kepada rekan itu")),
    Look("/siklus", EMPTY, "pusdatin@", "/siklus"),
    Look("/siklus", MANY, "verifikator1", "/siklus"),
    # money, and what went wrong with it
    Look("/tahap", EMPTY, "direktorat@", "/tahap"),
    Look("/tahap", MANY, "verifikator1", "/tahap"),
    Look("/tahap", ONE, "direktorat1.sembako", "/tahap"),
    Look("/tahap/{number}", MANY, "direktorat1.sembako", "/tahap/{tahap}"),
    Look("/tahap/{number}", NO_RIGHT, "direktorat1.pkh", "/tahap/{tahap}"),
    Look("/perbaikan", EMPTY, "verifikator_kab@", "/perbaikan"),
    Look("/perbaikan", MANY, "verifikator1", "/perbaikan"),
    Look("/perbaikan", ERROR, "verifikator1", "/perbaikan?wilayah=abc"),
    Look("/perbaikan/daftar", EMPTY, "verifikator_kab@", "/perbaikan/daftar?status=penyaluran.rek_gagal"),
    Look("/perbaikan/daftar", MANY, "direktorat1.sembako", "/perbaikan/daftar?status=penyaluran.rek_gagal"),
    Look("/perbaikan/daftar", ONE, "verifikator1", "/perbaikan/daftar?status=penyaluran.retur"),
    Look("/perbaikan/rujukan/{number}", ONE, "verifikator1", "/perbaikan/rujukan/{failed}"),
    Look("/perbaikan/rujukan/{number}", NO_RIGHT, "warga1", "/perbaikan/rujukan/{failed}"),
    Look("/laporan", EMPTY, "verifikator_kab@", "/laporan"),
    Look("/laporan", MANY, "verifikator1", "/laporan"),
    Look("/laporan", ONE, "operator1", "/laporan"),
    Look("/laporan", ERROR, "verifikator1", "/laporan?wilayah=abc"),
    # what stands still, and what was done
    Look("/macet", EMPTY, "verifikator_kab@", "/macet"),
    Look("/macet", MANY, "admin.kab", "/macet"),
    Look("/macet", ERROR, "admin.kab", "/macet?wilayah=abc"),
    Look("/jejak", EMPTY, "auditor@", "/jejak"),
    Look("/jejak", MANY, "auditor", "/jejak"),
    Look("/jejak", ERROR, "auditor", "/jejak?region=abc"),
    Look("/jejak", NO_RIGHT, "warga1", "/jejak"),
    Look("/jejak/isyarat", EMPTY, "auditor@", "/jejak/isyarat"),
    Look("/jejak/isyarat", MANY, "auditor", "/jejak/isyarat"),
    Look("/jejak/isyarat", NO_RIGHT, "warga1", "/jejak/isyarat"),
    Look("/jejak/wilayah", EMPTY, "auditor@", "/jejak/wilayah"),
    Look("/jejak/wilayah", MANY, "auditor", "/jejak/wilayah?kode=32.04"),
    Look("/jejak/wilayah", ERROR, "auditor", "/jejak/wilayah?kode=abc"),
    # people
    Look("/pengguna", EMPTY, "admin_kab@", "/pengguna"),
    Look("/pengguna", MANY, "admin.kab", "/pengguna"),
    Look("/pengguna", NO_RIGHT, "operator1", "/pengguna"),
    Look("/pengguna/baru", ONE, "admin.kab", "/pengguna/baru"),
    Look("/pengguna/baru", ERROR, "admin.kab", "/pengguna/baru", sending("Usulkan peran ini")),
    Look("/pengguna/{number}", MANY, "admin.kab", "/pengguna/{account}"),
    Look("/pengguna/{number}", ERROR, "admin.kab", "/pengguna/999999999"),
    Look("/delegasi", EMPTY, "verifikator_kab@", "/delegasi"),
    Look("/delegasi", ONE, "pusdatin1", "/delegasi"),
    Look("/delegasi", ERROR, "pusdatin1", "/delegasi", sending("Pinjamkan peran ini")),
    # what holds
    Look("/wilayah", ONE, "operator1", "/wilayah"),
    Look("/wilayah", MANY, "auditor", "/wilayah?cari=soreang"),
    Look("/wilayah", ERROR, "auditor", "/wilayah?kode=99.99"),
    Look("/kebijakan", MANY, "auditor", "/kebijakan?awal=macet."),
    Look("/kebijakan", ONE, "auditor", "/kebijakan"),
    Look("/kebijakan", EMPTY, "auditor", "/kebijakan?awal=tidak.ada"),
    Look("/panduan", ONE, "operator1", "/panduan"),
    Look("/panduan/{name}", ONE, "auditor", "/panduan/README"),
    Look("/panduan/{name}", ERROR, "auditor", "/panduan/tidak-ada"),
    # mine
    Look("/pemberitahuan", EMPTY, "verifikator_kab@", "/pemberitahuan"),
    Look("/pemberitahuan", MANY, "operator1", "/pemberitahuan"),
    Look("/akun", ONE, "verifikator1", "/akun"),
    Look("/bantuan", ONE, "verifikator1", "/antrean", help_open),
)
"""What is taken, in the order of the frame."""

_SHEET = "a spreadsheet, saved and opened elsewhere"
_PAPER = "a PDF, judged by what tests read in it"
FILES = {
    "/antrean/hasil/{key}/ditolak.csv": _SHEET,
    "/impor/templat.xlsx": _SHEET,
    "/impor/{number}/perbaiki.xlsx": _SHEET,
    "/laporan/unduh.csv": _SHEET,
    "/laporan/unduh.xlsx": _SHEET,
    "/pengguna/templat.xlsx": _SHEET,
    "/batch/{batch}/cetak/{paper}.pdf": _PAPER,
    "/perbaikan/rujukan.pdf": _PAPER,
    "/perbaikan/rujukan/{number}.pdf": _PAPER,
    "/impor/kemajuan": "how far a list has come, for the bar of /impor",
    "/berkas/{number}": "what somebody uploaded, as it is",
}
"""Routes that answer with a file -> why no picture is taken of it."""

GUIDES = {
    "operator_desa": ("operator1", "/"),
    "kades": ("kades1", "/persetujuan"),
    "operator_kecamatan": ("kecamatan1", "/antrean"),
    "pendamping": ("pendamping1", "/"),
    "pengisi_data_kab": ("pengisi1", "/impor"),
    "verifikator_kab": ("verifikator1", "/antrean"),
    "kepala_dinas": ("kadinsos", "/persetujuan"),
    "admin_kab": ("admin.kab", "/macet"),
    "dinsos_provinsi": ("provinsi", "/antrean"),
    "admin_provinsi": ("admin.provinsi", "/macet"),
    "pusdatin": ("pusdatin1", "/persetujuan"),
    "bps": ("bps", "/antrean"),
    "menteri": ("menteri1", "/persetujuan"),
    "admin_pusat": ("admin", "/macet"),
    "direktorat": ("direktorat1.pkh", "/persetujuan"),
    "kpa": ("kpa.sembako", "/persetujuan"),
    "ppk": ("ppk.sembako", "/"),
    "ppspm": ("ppspm.sembako", "/antrean?mesin=penyaluran"),
    "bank": ("bank.bri", "/antrean?mesin=penyaluran"),
    "pos": ("pos", "/antrean?mesin=penyaluran"),
    "kppn": ("kppn", "/antrean?mesin=penyaluran"),
    "auditor": ("auditor", "/jejak"),
    "warga": ("warga1", "/keluarga/{own}"),
}
"""Role -> whose page stands in its guide, and which."""

README = {
    "beranda": ("verifikator1", "/"),
    "antrean": ("verifikator1", "/antrean#baris"),
    "kasus": ("verifikator1", "/kasus/{case}"),
}
"""Picture of the README -> whose page, and which."""
