"""Changes of a family on record, proposed in the console and by machines: death, payee, move, a card of their own."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from models.calendar.queries import openings_for
from tests.integration.api.kit import Place, done, problem
from tests.integration.api.test_console import Browser, browsers
from tests.integration.api.test_console_entri import alert, form_of

__all__ = ["browsers"]
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("country")]

REGISTERED = "U01 U02 U05 U10 U12 U15 U19 U22 U30 U32 U34 U35 U81"
MEMBER = "K01 K03 K07"


async def persons(place: Place, household: int) -> list[int]:
    rows = await (
        await place.world.admin.execute("SELECT id FROM person WHERE household_id = %s ORDER BY id", (household,))
    ).fetchall()
    return [row["id"] for row in rows]


def new_card(place: Place, serial: int = 7001) -> dict[str, str]:
    number = f"{place.village // 10_000:06}010126{serial:04}"
    return {"card.no_kk": number, "card.alamat": "Jl. Baru 2", "card.rt": "1", "card.rw": "2"}


async def send(browser: Browser, household: int, kind: str, told: dict[str, Any]) -> Any:
    """Choose a kind, fill in its form, look at what it brings, and send that; return the last answer."""
    path = f"/keluarga/{household}/usulkan"
    page = await browser.open(f"{path}?jenis={kind}")
    before = await browser.http.post(path, data=form_of(page, path) | told | {"aksi": "periksa"})
    if before.status_code != 200:
        return before
    fields = form_of(before.text, path)
    several = re.findall(r'type="hidden" name="members" value="(\d+)"', before.text)
    return await browser.http.post(path, data=fields | {"members": several, "aksi": "kirim"})


async def proposed(place: Place, answer: Any) -> dict[str, Any]:
    """Return the proposal that an answer leads to: its case, kind, state, list, destination, and what it names."""
    assert answer.status_code == 303, alert(answer.text)
    case = int(re.findall(r"/kasus/(\d+)\?masuk=1", answer.headers["location"])[0])
    return await place.row(
        """
        SELECT c.id, j.id AS kind, s.id AS state, p.batch, b.region AS village, proposed(c.id) AS wanted,
               (SELECT h.region FROM case_share h WHERE h.case_id = c.id) AS destination,
               ARRAY(SELECT k.id FROM fact f JOIN fact_kind k ON k.code = f.kind WHERE f.case_id = c.id) AS facts
          FROM case_ c JOIN position p ON p.case_id = c.id JOIN state s ON s.code = p.state
          JOIN jenis j ON j.code = c.kind JOIN batch b ON b.id = p.batch WHERE c.id = %s
        """,
        case,
    )


class TestAChange:
    async def test_of_each_kind_is_proposed_by_one_form(self, browsers: Any, place: Place) -> None:
        browser = browsers(await place.person("operator_desa"))
        [household] = await place.families(members=3)
        _, second, third = await persons(place, household)
        death = await proposed(
            place,
            await send(
                browser, household, "MENINGGAL",
                {"members": [str(third)], "died_on": "03-11-2026", "document": "3204-KM-03112026-0001"},
            ),
        )  # fmt: skip
        assert (death["kind"], death["state"], death["village"]) == ("MENINGGAL", "cek_data", place.village)
        assert death["wanted"] == {"anggota": [third]}
        assert "dokumen_jenis" in death["facts"]
        await self._reads(browsers, place, death["id"], third, "2026-11-03", "3204-KM-03112026-0001")
        payee = await proposed(place, await send(browser, household, "GANTI_PENGURUS", {"payee": str(second)}))
        assert (payee["wanted"], payee["batch"]) == ({"pengurus": second}, death["batch"])
        there = {"destination": str(place.neighbour), "document": "SKPWNI/3204/03112026/0001"}
        moved = await proposed(place, await send(browser, household, "PINDAH", there))
        assert (moved["destination"], moved["state"]) == (place.neighbour, "cek_data")
        assert "skpwni_atau_kk_baru" in moved["facts"]
        gone = {f"relation.{third}": "1", **new_card(place)}
        split = await proposed(place, await send(browser, household, "PECAH_KK", gone))
        made = await place.row(
            "SELECT h.no_kk, h.alamat, h.rt, h.source, h.region, array_agg(p.nama) AS names,"
            " (SELECT array_agg(q.nama) FROM person q WHERE q.id = %s) AS gone FROM household h"
            " JOIN person p ON p.household_id = h.id WHERE h.id = %s GROUP BY h.id",
            *(third, split["wanted"]["keluarga_baru"]),
        )  # fmt: skip
        assert made["names"] == made["gone"]
        assert (made["no_kk"], made["rt"], made["source"]) == (gone["card.no_kk"], "001", "formulir")
        # Nothing has changed in the family before the proposals are applied.
        assert await place.value("SELECT version FROM household WHERE id = %s", household) == 1

    async def _reads(self, browsers: Any, place: Place, case: int, person: int, *words: str) -> None:
        """Whoever verifies a change reads on the case whom it is about, on which paper, and of no window it skips."""
        page = await browsers(await place.person("verifikator_kab")).open(f"/kasus/{case}")
        asked = page.partition('id="diusulkan"')[2].partition("</section>")[0]
        for told in (await place.value("SELECT nama FROM person WHERE id = %s", person), *words):
            assert told in asked
        assert await openings_for(place.world.admin, "pengesahan", [case]) == {}

    async def test_tells_what_it_brings_before_it_is_sent(self, browsers: Any, place: Place) -> None:
        browser = browsers(await place.person("operator_desa"))
        [household] = await place.families(members=3)
        first, second, third = await persons(place, household)
        await place.stand(MEMBER, households=[household])
        path = f"/keluarga/{household}/usulkan"

        async def told(kind: str, given: dict[str, Any]) -> str:
            page = await browser.open(f"{path}?jenis={kind}")
            answer = await browser.http.post(path, data=form_of(page, path) | given | {"aksi": "periksa"})
            assert answer.status_code == 200, alert(answer.text)
            return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())

        death = {"members": [str(first)], "died_on": "3 November 2026"}
        assert "Bantuan ditahan: PKH. Usulkan juga penggantian" in await told("MENINGGAL", death)
        everybody = death | {"members": [str(one) for one in (first, second, third)]}
        assert "pendaftaran keluarga berakhir. Bantuan berakhir: PKH" in await told("MENINGGAL", everybody)
        assert "Penerima bantuan menjadi" in await told("GANTI_PENGURUS", {"payee": str(second)})
        assert "Bantuan ikut pindah: PKH" in await told("PINDAH", {"destination": str(place.neighbour)})
        gone = {f"relation.{third}": "1", **new_card(place, 7002)}
        assert "Bantuan tetap di KK lama: PKH" in await told("PECAH_KK", gone)
        assert await place.value("SELECT count(*) FROM case_ WHERE household_id = %s AND machine = 1", household) == 0
        assert await place.value("SELECT count(*) FROM household WHERE no_kk = %s", gone["card.no_kk"]) == 0

    async def test_loses_nothing_to_an_error_and_says_it_at_the_field(self, browsers: Any, place: Place) -> None:
        browser = browsers(await place.person("operator_desa"))
        [household, other] = await place.families(2, members=3)
        first, second, third = await persons(place, household)
        cases: list[tuple[str, dict[str, Any], set[str]]] = [
            ("MENINGGAL", {"died_on": "31-02-2026"}, {"members", "died_on"}),
            ("MENINGGAL", {"members": [str(first)], "died_on": "31-12-2990"}, {"died_on"}),
            ("MENINGGAL", {"members": [str(first)], "died_on": "01-01-1950"}, {"died_on"}),
            ("MENINGGAL", {"members": [str((await persons(place, other))[0])], "died_on": "03-11-2026"}, {"members"}),
            ("GANTI_PENGURUS", {}, {"payee"}),
            ("GANTI_PENGURUS", {"payee": str(first), "document": "3204050101800001"}, {"payee", "document"}),
            ("PINDAH", {}, {"destination"}),
            ("PINDAH", {"destination": "Desa Entah Berantah"}, {"destination"}),
            ("PINDAH", {"destination": str(place.village)}, {"destination"}),
            ("PECAH_KK", {"card.rt": "x"}, {"members", "card.no_kk", "card.rt"}),
            (
                "PECAH_KK",
                {f"relation.{first}": "1", f"relation.{second}": "2", f"relation.{third}": "3", **new_card(place)},
                {"members"},
            ),
            (
                "PECAH_KK",
                {f"relation.{second}": "1", f"relation.{third}": "1", **new_card(place)},
                {f"relation.{second}", f"relation.{third}"},
            ),
            ("PECAH_KK", {f"relation.{third}": "3", **new_card(place)}, {"members"}),
            ("PECAH_KK", {f"relation.{third}": "1", **new_card(place),
                          "card.no_kk": await place.value("SELECT no_kk FROM household WHERE id = %s", other)},
             {"card.no_kk"}),
        ]  # fmt: skip
        path = f"/keluarga/{household}/usulkan"
        for kind, told, wrong in cases:
            answer = await send(browser, household, kind, told)
            page = unescape(answer.text)
            assert answer.status_code == 422, (kind, told)
            assert set(re.findall(r'href="#([^"]+)"', page)) - {"isi"} == wrong, (kind, told, alert(page))
            for name in wrong:
                assert f'id="{name}"' in page, name
            fields = form_of(page, path)
            typed = {name: value for name, value in told.items() if name not in {"members", "payee"}}
            assert fields | typed == fields, (kind, told)
            for member in told.get("members", []):
                checked = f'name="members" value="{member}" checked' in page
                assert checked or int(member) not in (first, second, third)
        assert await place.value("SELECT count(*) FROM case_ WHERE household_id = %s", household) == 0

    async def test_to_a_village_whose_name_many_have_lets_one_choose(self, browsers: Any, place: Place) -> None:
        browser = browsers(await place.person("operator_desa"))
        [household] = await place.families()
        answer = await send(browser, household, "PINDAH", {"destination": "Sukamaju"})
        assert answer.status_code == 422
        chosen = re.findall(r'type="radio" name="village" value="(\d+)"', answer.text)
        assert len(chosen) > 3
        moved = await send(browser, household, "PINDAH", {"destination": "Sukamaju", "village": chosen[2]})
        assert (await proposed(place, moved))["destination"] == int(chosen[2])

    async def test_is_one_proposal_however_often_it_is_sent(self, browsers: Any, place: Place) -> None:
        browser = browsers(await place.person("operator_desa"))
        [household] = await place.families(members=3)
        third = (await persons(place, household))[2]
        path = f"/keluarga/{household}/usulkan"
        gone = {f"relation.{third}": "1", **new_card(place, 7003)}
        page = await browser.open(f"{path}?jenis=PECAH_KK")
        before = await browser.http.post(path, data=form_of(page, path) | gone | {"aksi": "periksa"})
        fields = form_of(before.text, path) | {"aksi": "kirim"}
        first = await browser.http.post(path, data=fields)
        assert first.status_code == 303, alert(first.text)
        again = await browser.http.post(path, data=fields)
        assert again.headers["location"] == first.headers["location"]
        assert await place.value("SELECT count(*) FROM household WHERE no_kk = %s", gone["card.no_kk"]) == 1
        # The same once more, as a new form: it is on its way already.
        other = await send(browser, household, "PECAH_KK", gone | {"card.no_kk": new_card(place, 7004)["card.no_kk"]})
        case = re.findall(r"/kasus/(\d+)", first.headers["location"])[0]
        assert other.status_code == 409
        assert f'href="/kasus/{case}"' in other.text

    async def test_of_a_family_whose_data_lack_something_leads_to_them(self, browsers: Any, place: Place) -> None:
        browser = browsers(await place.person("operator_desa"))
        [household] = await place.families()
        await place.world.admin.execute("UPDATE household SET alamat = '' WHERE id = %s", (household,))
        answer = await send(browser, household, "PINDAH", {"destination": str(place.neighbour)})
        assert answer.status_code == 409
        assert f'href="/keluarga/{household}/ubah"' in answer.text

    async def test_of_the_payee_follows_the_head_s_death(self, place: Place) -> None:
        """The dead stay on record; the village names another head, and then who receives the aid."""
        who = await place.person("operator_desa")
        [household] = await place.families(members=3)
        first, second, third = await persons(place, household)
        await place.world.admin.execute("UPDATE person SET status = 'meninggal' WHERE id = %s", (first,))
        path = f"/households/{household}"
        payee = {"kind": "GANTI_PENGURUS", "payee": third}
        problem(await who.post(f"{path}/proposals", payee), 409, "data_keluarga_belum_lengkap")
        done(await who.patch(path, {"version": 1, "members": [{"id": second, "hubungan": 1}]}))
        told = await place.row(
            "SELECT h.kepala = p.nama AS named FROM household h JOIN person p ON p.id = %s WHERE h.id = %s",
            *(second, household),
        )
        assert told["named"]
        two = problem(await who.patch(path, {"version": 2, "members": [{"id": third, "hubungan": 1}]}), 422)
        assert two["code"] == "keluarga_tidak_sah"
        done(await who.post(f"{path}/proposals", payee), 201)
        problem(await who.post(f"{path}/proposals", payee | {"payee": first}), 422, "perubahan_tidak_sah")

    async def test_is_offered_where_one_may_and_noted(self, browsers: Any, place: Place) -> None:
        [household] = await place.families()
        link = f'href="/keluarga/{household}/usulkan"'
        operator = browsers(await place.person("operator_desa"))
        assert link in await operator.open(f"/keluarga/{household}")
        reader = await place.person("verifikator_kab")
        browser = browsers(reader)
        assert link not in await browser.open(f"/keluarga/{household}")
        path = f"/keluarga/{household}/usulkan"
        assert "Peran Anda tidak mengusulkan" in await browser.open(path)
        [mark, *_] = re.findall(r'name="tanda" value="([^"]*)"', await browser.open("/cari"))
        told = {"tanda": mark, "kind": "PINDAH", "destination": str(place.neighbour), "aksi": "kirim"}
        answer = await browser.http.post(path, data=told)
        assert answer.status_code == 403
        assert "di luar peran" in unescape(answer.text) or "Peran" in unescape(answer.text)
        looks = "SELECT count(*) FROM read_event WHERE household_id = %s AND user_id = %s"
        assert await place.value(looks, household, reader.user) >= 2
        away = browsers(await place.person("operator_desa", "jauh", region=place.far))
        assert (await away.http.get(path)).status_code == 404

    async def test_is_the_pendamping_s_for_his_families(self, browsers: Any, place: Place) -> None:
        who = await place.person("pendamping")
        [household] = await place.families(members=3)
        third = (await persons(place, household))[2]
        browser = browsers(who)
        assert (await browser.http.get(f"/keluarga/{household}/usulkan")).status_code == 404
        await place.world.assign_families(who.name, [household])
        gone = {f"relation.{third}": "1", **new_card(place, 7005)}
        split = await proposed(place, await send(browser, household, "PECAH_KK", gone))
        assert split["state"] == "cek_data"

    async def test_is_the_api_s_too(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        _, second = await persons(place, household)
        path = f"/households/{household}/proposals"
        death = {"kind": "MENINGGAL", "members": [second], "died_on": "2026-11-03"}
        wrong = problem(await who.post(path, death | {"died_on": "x"}), 422, "perubahan_tidak_sah")
        assert [one["field"] for one in wrong["errors"]] == ["died_on"]
        made = done(await who.post(path, death, key="m1"), 201)
        assert done(await who.post(path, death, key="m1"), 201) == made
        assert problem(await who.post(path, death), 409, "usulan_masih_terbuka")["case"] == made["case"]
        several = problem(await who.post(path, {"kind": "PINDAH", "destination": "Sukamaju"}), 422)
        assert {"code", "name", "path"} == set(several["villages"][0])
        problem(await who.post(path, {"kind": "PECAH_KK", "card": {"entah": "1"}}), 422, "isian_salah")
        problem(await who.post(path, {"kind": "BARU"}), 422, "isian_salah")
