"""A case among colleagues: second persons, comments, linked cases, hand-over."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from tests.integration.api.kit import Caller, Place, done, problem
from tests.integration.api.test_console import browsers
from tests.integration.api.test_console_entri import alert, form_of

__all__ = ["browsers"]
pytestmark = [pytest.mark.asyncio(loop_scope="session")]


REFUSED = "U01 U02 U05 U10 U14 U58 U15 U19 U24"
"""A proposal that the verifikator refused."""


class TestCorrection:
    async def test_takes_two_persons_who_see_each_other(self, browsers: Any, place: Place) -> None:
        [case] = await place.stand(REFUSED)
        head, verifier = await place.person("kepala_dinas"), await place.person("verifikator_kab", "kedua")
        path = f"/kasus/{case}/langkah/usulan.koreksi_tolak"
        first, second = browsers(head), browsers(verifier)
        before = await second.open(f"/kasus/{case}")
        assert path not in before, "the second role is the second person's alone"
        assert "Anda dapat menjadi orang kedua" in before
        shown = await first.open(f"/kasus/{case}")
        assert path in shown
        assert "masih dapat dikoreksi sampai" in shown
        asked = await first.send(path, await first.open(path), alasan="SALAH_BERKAS", catatan="Berkas tertukar")
        assert asked.headers["location"] == f"/kasus/{case}?minta=1"
        assert await place.world.state(case) == "ditolak_dinsos"
        told = await first.open(f"/kasus/{case}?minta=1")
        assert "menunggu orang kedua" in told
        assert path not in told, "one cannot be one's own second person"
        assert f'/kasus/{case}"' in await second.open("/persetujuan")
        assert f'/kasus/{case}"' not in await first.open("/persetujuan")
        page = await second.open(f"/kasus/{case}")
        assert "Periksa sebagai orang kedua" in page
        assert "Berkas tertukar" in page
        step = await second.open(path)
        assert "Anda orang kedua" in step
        assert re.findall(r'name="alasan" value="(\w+)"', step) == ["SALAH_BERKAS"]
        done = await second.send(path, step, alasan="SALAH_BERKAS", catatan="Benar tertukar")
        assert done.headers["location"] == f"/kasus/{case}?pindah=1"
        assert await place.world.state(case) == "verif_dinsos"
        assert "menunggu orang kedua" not in await second.open(f"/kasus/{case}")

    async def test_is_nobody_s_who_clicked_wrong_himself(self, browsers: Any, place: Place) -> None:
        [case] = await place.stand(REFUSED)
        wrong = await place.value(
            "SELECT u.username FROM transition t JOIN account_user u ON u.id = t.actor WHERE t.case_id = %s"
            " ORDER BY t.version DESC LIMIT 1", case,
        )  # fmt: skip
        session = await place.world.session(wrong, "verifikator_kab", region=place.village)
        browser = browsers(Caller(place.http, session, wrong, await place.world.user(wrong)))
        head = browsers(await place.person("kepala_dinas"))
        path = f"/kasus/{case}/langkah/usulan.koreksi_tolak"
        await head.send(path, await head.open(path), alasan="SALAH_KLIK", catatan="Salah klik")
        assert path not in await browser.open(f"/kasus/{case}")


class TestComments:
    async def test_are_read_by_who_sees_the_case_and_not_by_the_family(self, browsers: Any, place: Place) -> None:
        [case] = await place.stand(REFUSED)
        path = f"/kasus/{case}/komentar"
        village, office = browsers(await place.person("operator_desa")), browsers(await place.person("verifikator_kab"))
        page = await village.open(f"/kasus/{case}")
        sent = await village.send(path, page, komentar="Rumah pindah ke RT 3, lihat 20-11-2026 pukul 10.30 <b>")
        assert sent.headers["location"] == f"/kasus/{case}?komentar=1#komentar"
        assert (await village.send(path, page, komentar="lain")).status_code == 422, "the form was sent already"
        told = (await office.http.get(f"/kasus/{case}")).text
        assert "Rumah pindah ke RT 3, lihat 20-11-2026 pukul 10.30 &lt;b&gt;" in told
        for role in ("warga", "admin_kab"):
            seen = await browsers(await place.person(role)).open(f"/kasus/{case}")
            assert "Rumah pindah" not in seen
            assert 'id="komentar"' not in seen
        far = browsers(await place.person("verifikator_kab", region=place.far))
        assert (await far.http.post(path, data=form_of(page, path) | {"komentar": "x"})).status_code in {403, 404}

    @pytest.mark.parametrize(
        "number", ["3204050101800001", "3204 0501 0180 0001", "3204.05.010180.0001", "081234567890"]
    )
    async def test_with_a_number_come_back_with_the_cure(self, browsers: Any, place: Place, number: str) -> None:
        [case] = await place.stand("U01")
        browser = browsers(await place.person("operator_desa"))
        path = f"/kasus/{case}/komentar"
        answer = await browser.send(path, await browser.open(f"/kasus/{case}"), komentar=f"NIK-nya {number} salah")
        assert answer.status_code == 422
        assert f"NIK-nya {number} salah" in unescape(answer.text)
        assert "nama atau hubungannya" in unescape(answer.text)
        assert await place.value("SELECT count(*) FROM case_comment WHERE case_id = %s", case) == 0

    async def test_are_the_api_s_too(self, place: Place) -> None:
        [case] = await place.stand("U01")
        who, family_member = await place.person("operator_desa"), await place.person("warga")
        bank = await place.person("bank", organisation=place.bank)
        made = done(await who.post(f"/cases/{case}/comments", {"text": " Menunggu KK baru "}, key="k1"), 201)
        assert done(await who.post(f"/cases/{case}/comments", {"text": " Menunggu KK baru "}, key="k1"), 201) == made
        [told] = done(await who.get(f"/cases/{case}/comments"))["comments"]
        assert (told["id"], told["text"], told["role"]) == (made["comment"], "Menunggu KK baru", "operator_desa")
        problem(await who.post(f"/cases/{case}/comments", {"text": "0123456789"}), 422, "komentar_bernomor")
        problem(await who.post(f"/cases/{case}/comments", {"text": "  "}), 422)
        keeper = await place.person("admin_kab")
        for other in (family_member, bank, keeper):
            problem(await other.post(f"/cases/{case}/comments", {"text": "x"}), 403, "komentar_bukan_milik_anda")
        for other in (family_member, keeper):
            assert done(await other.get(f"/cases/{case}/comments"))["comments"] == []
        problem(await bank.get(f"/cases/{case}/comments"), 404)
        far = await place.person("operator_desa", region=place.far)
        problem(await far.post(f"/cases/{case}/comments", {"text": "x"}), 404)
        problem(await far.get(f"/cases/{case}/comments"), 404)


async def test_cases_of_a_family_lead_to_each_other(browsers: Any, place: Place) -> None:
    [case] = await place.stand(REFUSED)
    household = await place.value("SELECT household_id FROM case_ WHERE id = %s", case)
    who = await place.person("operator_desa")
    [other] = await place.world.open(
        who.session, "usulan.buat_draf", [household], kind="PEMBARUAN",
        facts={need: {"ada": True} for need in ("ktp", "kk", "foto_rumah_geotag", "variabel")},
    )  # fmt: skip
    browser = browsers(who)
    assert f'href="/kasus/{other.case_id}"' in await browser.open(f"/kasus/{case}")
    page = await browser.open(f"/kasus/{other.case_id}")
    assert f'href="/kasus/{case}"' in page
    assert "keluarga yang sama" in page


async def test_a_pendamping_hands_a_family_to_a_colleague_from_its_case(browsers: Any, place: Place) -> None:
    [case] = await place.stand(REFUSED)
    household = await place.value("SELECT household_id FROM case_ WHERE id = %s", case)
    giver, receiver = await place.person("pendamping", "pemberi"), await place.person("pendamping", "penerima")
    await place.world.admin.execute(
        "UPDATE assignment SET office = %s WHERE user_id = ANY (%s)", (place.kabupaten, [giver.user, receiver.user])
    )
    await place.world.assign_families(giver.name, [household])
    browser = browsers(giver)
    there = f"/serah-terima?keluarga={household}"
    assert there in await browser.open(f"/kasus/{case}")
    page = await browser.open(there)
    for name, reason in (("tidak.ada", "Pindah tugas"), (receiver.name, "")):
        answer = await browser.send("/serah-terima", page, penerima=name, alasan=reason)
        assert answer.status_code in {404, 409, 422}
        assert f'value="{name}"' in answer.text
    taken = await browser.send("/serah-terima", page, penerima=receiver.name, alasan="Pindah tugas")
    assert taken.status_code == 303, alert(taken.text)
    assert "Pindah tugas" in await browsers(receiver).open("/serah-terima")


async def test_the_administrator_hands_over_what_a_pendamping_leaves(browsers: Any, place: Place) -> None:
    giver, receiver = await place.person("pendamping", "pergi"), await place.person("pendamping", "tinggal")
    households = await place.families(3)
    await place.world.assign_families(giver.name, households)
    await place.world.admin.execute(
        "UPDATE assignment SET office = %s WHERE user_id = ANY (%s)", (place.kabupaten, [giver.user, receiver.user])
    )
    await place.world.admin.execute("UPDATE account_user SET active = false WHERE id = %s", (giver.user,))
    browser = browsers(await place.person("admin_kab"))
    page = await browser.open("/serah-terima")
    assert f'<option value="{receiver.name}"' in page
    asked = {"dari": giver.name, "penerima": receiver.name, "alasan": "Berhenti"}
    for wrong, status in (({"dari": "tidak.ada"}, 422), ({"penerima": ""}, 422), ({"alasan": ""}, 422)):
        answer = await browser.send("/serah-terima", page, **asked | wrong)
        assert answer.status_code == status, wrong
        assert f'value="{(asked | wrong)["dari"]}"' in answer.text
    assert (await browser.send("/serah-terima", page, **asked)).status_code == 303
    theirs = browsers(receiver)
    offered = await theirs.open("/serah-terima")
    number = re.findall(r'action="/serah-terima/(\d+)"', offered)[0]
    assert (await theirs.send(f"/serah-terima/{number}", offered, jawab="terima")).status_code == 303
    held = "SELECT count(*) FROM family_assignment WHERE user_id = %s AND valid_to IS NULL"
    assert await place.value(held, receiver.user) == 3
    # A pendamping offers his own alone.
    assert "Serahkan semua keluarga" not in await theirs.open("/serah-terima")
    form = form_of(offered, f"/serah-terima/{number}") | {"kunci": "coba"} | asked
    for name in (giver.name, "tidak.ada"):
        answer = await theirs.http.post("/serah-terima", data=form | {"dari": name})
        assert (answer.status_code, "di antara akun yang Anda kelola" in answer.text) == (422, True)
