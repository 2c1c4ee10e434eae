"""Pengguna and Delegasi over HTTP: who keeps whom, what is refused and where it is said, and a role that is lent."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from models.staff import workbook
from tests.integration.api.kit import OPEN_NUMBER, XLSX, Caller, Place, Site
from tests.integration.api.test_console import Browser

pytestmark = pytest.mark.asyncio(loop_scope="session")

_numbers = count(1)


def nik(place: Place) -> str:
    return f"{place.village // 10_000}010191{next(_numbers):04d}"


def day(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


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


async def proposed(admin: Browser, place: Place, **more: Any) -> int:
    """Propose an operator of the village; return the account."""
    typed = {"nik": nik(place), "nama": "Siti Aminah", "peran": "operator_desa", "wilayah": str(place.village)} | more
    answer = await admin.send("/pengguna/baru", await admin.open("/pengguna/baru"), **typed)
    assert answer.status_code == 303, answer.text
    return int(re.findall(r"/pengguna/(\d+)\?", answer.headers["location"])[0])


async def test_an_administrator_proposes_and_the_head_confirms(browsers: Any, place: Place) -> None:
    admin = browsers(await place.person("admin_kab"))
    account = await proposed(admin, place)
    page = await admin.open(f"/pengguna/{account}")
    assert "Siti Aminah" in page
    assert "menunggu kepala kantor" in page
    assert OPEN_NUMBER.search(page) is None
    head = browsers(await place.person("kades"))
    page = await head.open("/pengguna")
    assert "Siti Aminah" in page
    [where] = set(re.findall(r'action="(/pengguna/permintaan/\d+)"', page))
    refused = await head.send(where, page, putusan="tolak", alasan="")
    assert refused.status_code == 422
    assert "Alasan belum jelas" in refused.text
    assert (await head.send(where, page, putusan="setuju")).status_code == 303
    assert "Siti Aminah" not in await head.open("/pengguna")
    assert "aktif" in await admin.open(f"/pengguna/{account}")


async def test_what_was_typed_comes_back_with_what_is_wrong_beside_it(browsers: Any, place: Place) -> None:
    admin = browsers(await place.person("admin_kab"))
    page = await admin.open("/pengguna/baru")
    for field, typed, code in (
        ("nik", "320405", "NIK harus 16 angka"),
        ("wilayah", str(place.far), "di luar wilayah kerja"),
        ("wilayah", "12", "Cakupan peran tidak cocok"),
        ("sampai", "besok", "bukan tanggal"),
    ):
        sent = {"nik": nik(place), "nama": "Ujang Permana", "peran": "operator_desa", "wilayah": str(place.village)}
        answer = await admin.send("/pengguna/baru", page, **sent | {field: typed})
        assert 400 <= answer.status_code < 500, (field, typed)
        assert code in answer.text, (field, typed)
        assert 'value="Ujang Permana"' in answer.text
    assert "Ujang Permana" not in await admin.open("/pengguna?cari=Ujang")


async def test_accounts_are_found_by_name_by_nik_and_by_what_is_wrong_with_them(browsers: Any, place: Place) -> None:
    admin = browsers(await place.person("admin_kab"))
    known = nik(place)
    ours = await proposed(admin, place, nik=known, nama="Wulan Sari")
    ending = await proposed(admin, place, nama="Yayan Ruhiyat", sampai=day(5))
    head = browsers(await place.person("kades"))
    page = await head.open("/pengguna")
    for where in set(re.findall(r'action="(/pengguna/permintaan/\d+)"', page)):
        await head.send(where, page, putusan="setuju")

    async def found(query: str) -> set[int]:
        page = await admin.open(f"/pengguna?{query}")
        return {int(one) for one in re.findall(r'href="/pengguna/(\d+)"', page)}

    assert await found("cari=wulan") == {ours}
    assert await found(f"cari={known}") == {ours}
    assert await found("hanya=segera_berakhir") == {ending}
    assert await found("hanya=belum_dipakai") == {ours, ending}
    assert await found("hanya=tanpa_faktor") == set()
    await place.world.admin.execute("UPDATE credential SET changed_at = alur_now() WHERE user_id = %s", (ours,))
    assert await found("hanya=tanpa_faktor") == {ours}
    told = await admin.send(f"/pengguna/{ours}/tutup", await admin.open(f"/pengguna/{ours}"), alasan="Pindah tugas")
    assert told.status_code == 303
    assert await found("hanya=tertutup") == {ours}
    assert await found("hanya=menunggu") == set()


async def test_a_link_is_shown_once_and_a_reset_needs_a_reason(browsers: Any, place: Place) -> None:
    admin = browsers(await place.person("admin_kab"))
    account = await proposed(admin, place)
    path = f"/pengguna/{account}/tautan"
    answer = await admin.send(path, await admin.open(f"/pengguna/{account}"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "data:image/svg+xml" in answer.text
    [secret] = re.findall(r"/masuk/tautan#(\S+?)<", answer.text)
    assert secret not in await admin.open(f"/pengguna/{account}")
    await place.world.admin.execute("UPDATE credential SET changed_at = alur_now() WHERE user_id = %s", (account,))
    refused = await admin.send(path, await admin.open(f"/pengguna/{account}"), alasan="")
    assert refused.status_code == 422
    assert "#" not in "".join(re.findall(r"/masuk/tautan\S+", refused.text))


async def test_a_spreadsheet_takes_the_good_rows_and_gives_the_others_back(browsers: Any, place: Place) -> None:
    admin = browsers(await place.person("admin_kab"))
    rows = [
        workbook.Row(1, {"nik": nik(place), "nama": "Euis", "peran": "operator_desa", "wilayah": str(place.village)}),
        workbook.Row(2, {"nik": nik(place), "nama": "Asep", "peran": "operator_desa", "wilayah": str(place.far)}),
    ]
    for row in rows:
        row.mistakes.append(workbook.Mistake("nik", "", "", "", ""))  # so that they are written
    file = {"daftar": ("akun.xlsx", workbook.write(rows, language="id"), XLSX)}
    page = await admin.open("/pengguna/baru")
    mark = re.findall(r'name="tanda" value="([^"]+)"', page)[0]
    answer = await admin.http.post("/pengguna/impor", data={"tanda": mark}, files=file)
    assert answer.status_code == 200, answer.text
    assert "<b>1</b> peran diusulkan" in answer.text
    [back] = re.findall(r'href="data:[^;]+;base64,([^"]+)"', answer.text)
    [sheet] = CalamineWorkbook.from_filelike(io.BytesIO(base64.b64decode(back))).sheet_names
    told = CalamineWorkbook.from_filelike(io.BytesIO(base64.b64decode(back))).get_sheet_by_name(sheet).to_python()
    assert [row[2] for row in told[1:]] == ["Asep"]
    again = await admin.http.post("/pengguna/impor", data={"tanda": mark}, files=file)
    assert "<b>1</b> sudah ada sebelumnya" in again.text


async def test_nobody_else_keeps_accounts(browsers: Any, place: Place) -> None:
    account = await proposed(browsers(await place.person("admin_kab")), place)
    for role in ("operator_desa", "verifikator_kab", "auditor", "bank", "warga"):
        await place.families()
        browser = browsers(await place.person(role))
        for path in ("/pengguna", "/pengguna/baru", f"/pengguna/{account}", "/pengguna/templat.xlsx"):
            await browser.open(path, 403)
    far = browsers(await place.person("admin_kab", "admin_jauh", region=place.far))
    await far.open(f"/pengguna/{account}", 404)


async def test_a_role_is_lent_shown_on_both_sides_and_ended(browsers: Any, place: Place) -> None:
    giver, colleague = [await place.person("verifikator_kab", name) for name in ("ani", "budi")]
    for who in (giver, colleague):  # signed in, and no program's token
        await place.world.admin.execute("UPDATE session SET kind = 'web' WHERE id = %s", (who.session,))
    mine, theirs = browsers(giver), browsers(colleague)
    page = await mine.open("/delegasi")
    answer = await mine.send("/delegasi", page, rekan=str(colleague.user), sampai="kapan-kapan", alasan="Cuti sakit")
    assert answer.status_code == 422
    assert 'value="Cuti sakit"' in answer.text
    answer = await mine.send("/delegasi", page, rekan=str(colleague.user), sampai=day(9), alasan="Cuti sakit")
    assert answer.status_code == 303, answer.text
    assert "Cuti sakit" in await mine.open("/delegasi")
    assert "Cuti sakit" in await theirs.open("/delegasi")
    scopes = await theirs.open("/wilayah-kerja")
    assert "atas nama" in scopes
    lent = await place.value("SELECT max(id) FROM assignment WHERE delegated_from IS NOT NULL")
    switched = await theirs.send("/wilayah-kerja", scopes, tugas=str(lent))
    assert switched.status_code == 303
    assert "atas nama Ani" in await theirs.open("/")
    ended = await mine.send(f"/delegasi/{lent}/akhiri", await mine.open("/delegasi"), alasan="Sudah kembali")
    assert ended.status_code == 303
    assert (await theirs.http.get("/")).headers["location"] == "/masuk"
