"""English pages speak English: steps, machines, phases and verdicts too. Labels of states are SIKS-NG's and stay."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.api.kit import Place
from tests.integration.api.test_console import ARRIVED, browsers

__all__ = ["browsers"]
pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _reader(browsers: Any, place: Place) -> Any:
    browser = browsers(await place.person("verifikator_kab"))
    browser.http.cookies["alur_bahasa"] = "en"
    return browser


async def test_a_case_names_its_steps_and_phases_in_english(browsers: Any, place: Place) -> None:
    [case] = await place.stand(ARRIVED)
    page = await (await _reader(browsers, place)).open(f"/kasus/{case}")
    assert f'href="/kasus/{case}/langkah/usulan.kembalikan">Return' in page
    assert "<b>Pass on</b> → " in page, "the trail"
    assert "</span> Proposal" in page, "the line of phases"
    assert "VERIFIKASI DINSOS" in page.upper(), "a label of SIKS-NG"
    assert "Kembalikan" not in page
    assert "Teruskan" not in page


async def test_a_queue_names_machines_and_steps_in_english(browsers: Any, place: Place) -> None:
    await place.stand(ARRIVED)
    page = await (await _reader(browsers, place)).open("/antrean?mesin=usulan&status=verif_dinsos")
    assert '<option value="penyaluran">Payment</option>' in page
    assert '<option value="usulan.kembalikan">Return → ' in page


async def test_the_map_of_a_machine_names_its_phases_in_english(browsers: Any, place: Place) -> None:
    page = await (await _reader(browsers, place)).open("/mesin/penyaluran")
    assert "Machine: Payment" in page
    assert ">Candidates</text>" in page, "in the picture"
    assert "<h2>Success/failure</h2>" in page
