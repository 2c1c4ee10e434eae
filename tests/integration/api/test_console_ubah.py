"""Changing a family's data in the console: the difference first, errors at their field, two people at once."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from tests.integration.api.kit import Place
from tests.integration.api.test_console import browsers
from tests.integration.api.test_console_entri import alert, form_of

__all__ = ["browsers"]
pytestmark = [pytest.mark.asyncio(loop_scope="session")]


class TestEdit:
    async def test_shows_the_difference_and_then_saves_it(self, browsers: Any, place: Place) -> None:
        [number] = await place.families()
        browser = browsers(await place.person("operator_desa"))
        path = f"/keluarga/{number}/ubah"
        assert path in await browser.open(f"/keluarga/{number}")
        page = await browser.open(path)
        kk = await place.value("SELECT no_kk FROM household WHERE id = %s", number)
        assert kk not in page
        told = form_of(page, path)
        assert (await browser.http.post(path, data=told | {"aksi": "periksa"})).status_code == 422, "nothing changed"
        person = await place.value("SELECT min(id) FROM person WHERE household_id = %s", number)
        new = {"k.alamat": "Jl. Kamboja 7", f"a{person}.pekerjaan": "Petani", f"a{person}.nama": "Nama <Baru>"}
        seen = await browser.http.post(path, data=told | new | {"aksi": "periksa"})
        assert seen.status_code == 200, alert(seen.text)
        shown = unescape(seen.text)
        assert "<del>Jl. Melati 1</del>" in shown
        assert "<ins>Jl. Kamboja 7</ins>" in shown
        assert "<ins>Petani/Pekebun</ins>" in shown
        assert await place.value("SELECT version FROM household WHERE id = %s", number) == 1
        confirm = form_of(seen.text, path)
        assert set(confirm) - {"tanda", "kunci", "versi"} == set(new)
        done = await browser.http.post(path, data=confirm | {"aksi": "simpan"})
        assert done.headers["location"] == f"/keluarga/{number}?ubah=identitas"
        again = await browser.http.post(path, data=confirm | {"aksi": "simpan"})
        assert again.status_code in {303, 409}
        row = await place.row(
            "SELECT h.alamat, h.version, p.nama, p.pekerjaan, p.nik = %(nik)s AS same_nik FROM household h"
            " JOIN person p ON p.household_id = h.id WHERE p.id = %(person)s",
            person=person, nik=await place.value("SELECT nik FROM person WHERE id = %s", person),
        )  # fmt: skip
        assert row == {
            "alamat": "Jl. Kamboja 7", "version": 2, "nama": "Nama <Baru>", "pekerjaan": 9, "same_nik": True,
        }  # fmt: skip

    async def test_that_cannot_be_taken_comes_back_at_its_field(self, browsers: Any, place: Place) -> None:
        [number] = await place.families()
        browser = browsers(await place.person("operator_desa"))
        path = f"/keluarga/{number}/ubah"
        told = form_of(await browser.open(path), path)
        one, other = [
            row["id"]
            for row in await (
                await place.world.admin.execute("SELECT id FROM person WHERE household_id = %s ORDER BY id", (number,))
            ).fetchall()
        ]
        for new, at in (
            ({f"a{one}.tanggal_lahir": "31-02-1990"}, f"a{one}.tanggal_lahir"),
            ({"k.no_kk": "123"}, "k.no_kk"),
            ({f"a{other}.nama": ""}, f"a{other}.nama"),
            ({f"a{other}.hubungan": "1"}, f"a{other}.hubungan"),
            ({f"a{one}.hubungan": "3"}, f"a{one}.hubungan"),
            ({"b1.nama": "Bayi"}, "b1.nik"),
        ):
            typed_too = told | new | {"k.alamat": "Jl. Yang Diketik 5", "aksi": "simpan"}
            answer = await browser.http.post(path, data=typed_too)
            page = unescape(answer.text)
            assert answer.status_code == 422, (new, answer.status_code)
            assert f'href="#{at}"' in page, (new, alert(answer.text))
            assert re.search(rf'name="{re.escape(at)}"[^>]*aria-invalid="true"', page), at
            assert "Jl. Yang Diketik 5" in page
        assert await place.value("SELECT version FROM household WHERE id = %s", number) == 1

    async def test_two_at_once_meet_on_the_merge_page_and_lose_nothing(self, browsers: Any, place: Place) -> None:
        [number] = await place.families()
        path = f"/keluarga/{number}/ubah"
        first = browsers(await place.person("operator_desa"))
        second = browsers(await place.person("pengisi_data_kab"))
        ours, theirs = [form_of(await one.open(path), path) for one in (first, second)]
        saved = await first.http.post(path, data=ours | {"k.alamat": "Jl. Satu", "k.dusun": "Timur", "aksi": "simpan"})
        assert saved.status_code == 303
        mine = {"k.alamat": "Jl. Dua", "k.rt": "009", "aksi": "simpan"}
        met = await second.http.post(path, data=theirs | mine)
        page = unescape(met.text)
        assert met.status_code == 409
        for told in ("Jl. Satu", "Jl. Dua", "Jl. Melati 1", "Timur", "009"):
            assert told in page, told
        assert re.findall(r'type="radio" name="([^"]+)" value="([^"]+)"', page) == [
            ("k.alamat", "Jl. Dua"), ("k.alamat", "Jl. Satu"),
        ]  # fmt: skip
        chosen = form_of(met.text, path) | {"k.alamat": "Jl. Dua", "aksi": "periksa"}
        seen = await second.http.post(path, data=chosen)
        assert seen.status_code == 200, alert(seen.text)
        done = await second.http.post(path, data=form_of(seen.text, path) | {"aksi": "simpan"})
        assert done.status_code == 303
        row = await place.row("SELECT alamat, rt, dusun, version FROM household WHERE id = %s", number)
        assert row == {"alamat": "Jl. Dua", "rt": "009", "dusun": "Timur", "version": 3}

    async def test_is_nobody_s_out_of_sight_and_shown_closed_to_other_roles(self, browsers: Any, place: Place) -> None:
        [far] = await place.families(region=place.far)
        [near] = await place.families()
        assert (
            await browsers(await place.person("operator_desa")).http.get(f"/keluarga/{far}/ubah")
        ).status_code == 404
        verifier = browsers(await place.person("verifikator_kab"))
        path = f"/keluarga/{near}/ubah"
        page = await verifier.open(path)
        assert "Peran Anda tidak mengubah" in page
        answer = await verifier.http.post(path, data=form_of(page, path) | {"k.alamat": "X", "aksi": "simpan"})
        assert answer.status_code == 403
        assert await place.value("SELECT version FROM household WHERE id = %s", near) == 1
