"""The console on the way of a case: what a change of a family says at the door, files in memory, where work is done."""

from __future__ import annotations

import tempfile
from typing import Any

import pytest

from tests.integration.api.kit import Caller, Place, done, family, problem, typed, workbook
from tests.integration.api.papers import fact
from tests.integration.api.test_console import browsers
from tests.integration.api.test_console_entri import form_of
from tests.integration.door.linking import MEMBER
from tests.support.files import pdf

__all__ = ["browsers"]
pytestmark = pytest.mark.asyncio(loop_scope="session")

TO_REPAIR = "P01 P03 P06 P10"
"""A payment whose account could not be opened."""


class TestChange:
    async def _ask(self, browsers: Any, who: Caller, case: int, trigger: str) -> tuple[Any, str, str]:
        browser = browsers(who)
        path = f"/kasus/{case}/langkah/{trigger}"
        return browser, path, await browser.open(path)

    async def test_of_identity_reaches_the_door_which_asks_for_its_repair(self, browsers: Any, place: Place) -> None:
        [household] = await place.families()
        await place.stand(MEMBER, households=[household])
        [case] = await place.stand(TO_REPAIR, households=[household])
        assert await place.world.state(case) == "burekol_gagal"
        who = await place.person("verifikator_kab")
        browser, path, page = await self._ask(browsers, who, case, "penyaluran.ulang_burekol")
        told = {"bukti.beda_isian": "nama menurut KTP baru", "bukti.beda_isian.identitas": "1"}
        answer = await browser.send(path, page, **told)
        assert answer.status_code == 409, answer.text
        assert "nama menurut KTP baru" in answer.text, "what was typed is still there"
        assert "checked" in answer.text.partition('name="bukti.beda_isian.identitas"')[2].partition(">")[0]
        assert await place.world.state(case) == "burekol_gagal"
        browser, path, page = await self._ask(browsers, who, case, "penyaluran.ulang_burekol")
        assert (await browser.send(path, page, **{"bukti.beda_isian": "alamat"})).status_code == 303
        assert await fact(place, case, "beda_isian") == {"identitas": False, "isi": "alamat"}

    @pytest.mark.parametrize(("edit", "ticked"), [({"nama": "Nama Baru"}, True), ({}, False)], ids=["name", "address"])
    async def test_that_was_saved_already_is_named_and_ticked(
        self, browsers: Any, place: Place, edit: dict[str, str], ticked: bool
    ) -> None:
        [case] = await place.stand("U01 U02 U05 U11 U15 U20")
        who = await place.person("operator_desa", "perbaik")
        household = await place.value("SELECT household_id FROM case_ WHERE id = %s", case)
        member = await place.value("SELECT min(id) FROM person WHERE household_id = %s", household)
        body: dict[str, Any] = {"version": 1, "alamat": "Jl. Kamboja 7"}
        done(
            await who.patch(f"/households/{household}", body | ({"members": [{"id": member, **edit}]} if edit else {}))
        )
        _, _, page = await self._ask(browsers, who, case, "usulan.perbaiki_identitas")
        assert "Sudah diubah sejak kasus sampai di sini: Alamat" in page
        assert ("checked" in page.partition('name="bukti.beda_isian.identitas"')[2].partition(">")[0]) is ticked


async def test_a_file_in_a_form_touches_no_disk(browsers: Any, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Larger than what the framework would keep in memory by itself, in a page's form and in a route's."""

    def rolled(_: Any) -> None:
        raise AssertionError("a part of a form was written to a file")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", rolled)
    [case] = await place.stand("U01 U02 U05 U11 U15 U19")
    browser = browsers(await place.person("verifikator_kab"))
    page = await browser.open(f"/kasus/{case}")
    large = pdf() + b"\n%" + b"0" * 2_000_000
    path = f"/kasus/{case}/berkas"
    fields = form_of(page, path) | {"jenis": "bukti_alasan"}
    answer = await browser.http.post(path, data=fields, files={"berkas": ("a.pdf", large, "application/pdf")})
    assert answer.status_code in {303, 422}, answer.text
    who = await place.person("operator_desa")
    problem(await who.upload(b"\0" * 2_000_000, place.village), 422)


class TestPendamping:
    async def test_who_brings_a_list_is_told_where_to_enter_its_families(self, browsers: Any, place: Place) -> None:
        who = await place.person("pendamping")
        await place.world.assign_families(who.name, await place.families())
        content = workbook([family(place, 1)])
        told = problem(await who.upload(content, place.village), 403, "daftar_bukan_tugas_anda")
        assert "/api/v1/proposals" in told["cure"]
        browser = browsers(who)
        fields = form_of(await browser.open("/impor"), "/impor") | {"wilayah": str(place.village)}
        answer = await browser.http.post("/impor", data=fields, files={"daftar": ("usulan.xlsx", content)})
        assert answer.status_code == 403
        assert "Isi tiap keluarga di halaman Usulan baru" in answer.text
        household, members = typed(family(place, 1))
        done(await who.post("/proposals", {"family": household, "members": members}), 201)

    async def test_sees_on_beranda_the_way_to_his_visits(self, browsers: Any, place: Place) -> None:
        [case] = await place.stand("U01 U02 U05 U11 U15 U19 U21")
        who = await place.person("pendamping")
        household = await place.value("SELECT household_id FROM case_ WHERE id = %s", case)
        await place.world.assign_families(who.name, [household])
        assert 'href="/tugas"><b>1</b>' in await browsers(who).open("/")


async def test_a_head_of_a_village_sees_on_beranda_the_way_to_the_meeting(browsers: Any, place: Place) -> None:
    await place.stand("U01 U02 U05 U10", 2)
    page = await browsers(await place.person("kades")).open("/")
    assert 'href="/musdes"><b>2</b>' in page
