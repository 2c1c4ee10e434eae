"""What is typed into forms: numbers that cannot be read are told at their field, and no refusal takes a field away."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from tests.integration.api.kit import Place
from tests.integration.api.test_console import ARRIVED, browsers
from tests.integration.door.kit import RUPIAH

__all__ = ["browsers"]
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("country")]

DIFFERS = "P01 P03 P07 P17 P20 P25 P26 P27 P29 P58"
LONG = "9" * 5_000
STRAIGHTEN = "penyaluran.luruskan_nominal"


async def differing(browsers: Any, place: Place) -> tuple[int, str, Any]:
    """Return a payment whose amount differs, its form, and its bank's browser."""
    [case] = await place.stand(DIFFERS)
    await place.world.file(place.bank, [case])
    bank = browsers(await place.person("bank", organisation=place.bank))
    return case, f"/kasus/{case}/langkah/{STRAIGHTEN}", bank


@pytest.mark.parametrize("typed", ["²", LONG, "1,250,000"])
async def test_an_amount_that_cannot_be_read_is_told_at_its_field(browsers: Any, place: Place, typed: str) -> None:
    _, path, bank = await differing(browsers, place)
    page = await bank.open(path)
    sent = {"bukti.nominal": typed, "bukti.rekening_koran": "RK/1", "catatan": "ditambah"}
    answer = await bank.send(path, page, **sent)
    told = unescape(answer.text)
    assert answer.status_code == 422
    assert '<p class="salah" id="salah-bukti.nominal">Tulis rupiah utuh, misalnya 750.000.</p>' in told
    assert f'value="{typed}"' in told
    assert 'value="RK/1"' in told
    assert ">ditambah</textarea>" in told
    assert "periode" not in told.partition('class="galat"')[2].partition("</div>")[0]


@pytest.mark.parametrize("version", [LONG, "²", "9" * 12])
async def test_a_version_that_no_case_has_moves_nothing(browsers: Any, place: Place, version: str) -> None:
    [case] = await place.stand(ARRIVED)
    clerk = browsers(await place.person("verifikator_kab"))
    path = f"/kasus/{case}/langkah/usulan.kembalikan"
    page = await clerk.open(path)
    answer = await clerk.send(path, page, versi=version, alasan="BERKAS_KURANG", catatan="KTP buram")
    assert answer.status_code == 409
    assert "Kasus sudah berubah sejak Anda membukanya." in answer.text
    assert ">KTP buram</textarea>" in answer.text


async def test_a_wrong_amount_can_be_typed_again(browsers: Any, place: Place) -> None:
    """The form came back without the field, and every further press was refused for the amount typed first."""
    case, path, bank = await differing(browsers, place)
    sent = {"bukti.rekening_koran": "RK/1", "catatan": "ditambah"}
    wrong = await bank.send(path, await bank.open(path), **sent, **{"bukti.nominal": "1"})
    assert wrong.status_code == 409
    assert 'name="bukti.nominal"' in wrong.text
    later = await bank.open(path)
    assert re.search(r'name="bukti.nominal"[^>]*value="1"', later)
    assert re.search(r'name="bukti.rekening_koran"[^>]*value="RK/1"', later)
    right = await bank.send(path, later, **sent, **{"bukti.nominal": f"Rp{RUPIAH:,}".replace(",", ".")})
    assert right.status_code == 303, unescape(right.text)
    moved = await place.row("SELECT s.id FROM position p JOIN state s ON s.code = p.state WHERE p.case_id = %s", case)
    assert moved["id"] == "sukses"


async def test_a_letter_typed_beside_a_forgotten_reason_stays_in_the_form(browsers: Any, place: Place) -> None:
    [case] = await place.stand(DIFFERS)
    ppk = browsers(await place.person("ppk"))
    path = f"/kasus/{case}/langkah/penyaluran.perintah_setor"
    field = r'name="bukti.surat_perintah"[^>]*value="S-9/2026"'
    told = await ppk.send(path, await ppk.open(path), **{"bukti.surat_perintah": "S-9/2026"})
    assert told.status_code == 409
    assert re.search(field, told.text)
    later = await ppk.open(path)
    assert re.search(field, later)
    sent = {"bukti.surat_perintah": "S-10/2026", "alasan": "AKHIR_TAHUN"}
    assert (await ppk.send(path, later, **sent)).status_code == 303


@pytest.mark.parametrize(
    ("hours", "field"), [(("22", "24"), "sampai"), (("x", "6"), "dari"), (("22", ""), "sampai"), ((LONG, "6"), "dari")]
)
async def test_quiet_hours_that_are_none_are_not_said_to_be_saved(
    browsers: Any, place: Place, hours: tuple[str, str], field: str
) -> None:
    operator = browsers(await place.person("operator_desa"))
    sent = {"dari": hours[0], "sampai": hours[1], "ringkasan": "harian", "saluran": "email", "bahasa": "en"}
    answer = await operator.send("/akun/kabar", await operator.open("/akun"), **sent)
    assert answer.status_code == 422
    assert f'id="salah-{field}"' in answer.text
    for name, value in (("dari", hours[0]), ("sampai", hours[1])):
        assert re.search(rf'name="{name}"[^>]*value="{value}"', answer.text)
    assert '<option value="harian" selected>' in answer.text
    good = await operator.send("/akun/kabar", answer.text, **(sent | {"dari": "22", "sampai": "6"}))
    assert good.status_code == 303
    assert re.search(r'name="dari"[^>]*value="22"', await operator.open("/akun"))
