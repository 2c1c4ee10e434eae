"""Entry and correction in the console: one proposal, a family's data, comments, what needs a second person."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from models.usulan.workbook import FamilyRow
from tests.integration.api.kit import Caller, Place, done, family, problem
from tests.integration.api.test_console import Browser, browsers

__all__ = ["browsers"]
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("country")]


def typed(row: FamilyRow) -> dict[str, Any]:
    """Return what somebody types who copies a family from its card."""
    told: dict[str, Any] = {
        "anggota": str(len(row.members)),
        "k.jenis_usulan": row.jenis_usulan,
        "k.no_kk": row.no_kk,
        "k.kode_desa": str(row.kode_desa),
        "k.alamat": row.alamat,
        "k.rt": row.rt,
        "k.rw": row.rw,
    }
    for place, member in enumerate(row.members):
        assert member.tanggal_lahir
        told |= {
            f"a{place}.nik": member.nik,
            f"a{place}.nama": member.nama,
            f"a{place}.tempat_lahir": member.tempat_lahir,
            f"a{place}.tanggal_lahir": f"{member.tanggal_lahir:%d-%m-%Y}",
            f"a{place}.jk": str(member.jk),
            f"a{place}.hubungan": str(member.hubungan),
            f"a{place}.status_kawin": str(member.status_kawin),
            f"a{place}.pekerjaan": "Petani/pekebun",
        }
    return told


def alert(page: str) -> str:
    """Return what a page's alert says."""
    return " ".join(
        re.sub(r"<[^>]+>", " ", unescape("".join(re.findall(r'role="alert".*?</form>', page, re.DOTALL)))).split()
    )[:900]


async def send(browser: Browser, page: str, told: dict[str, Any], **more: Any) -> Any:
    """Send the form of a page with the whole of what was typed."""
    form = re.search(r'<form action="/usulan/baru".*?</form>', page, re.DOTALL)
    assert form
    hidden = dict(re.findall(r'type="hidden" name="(tanda|kunci)" value="([^"]*)"', form[0]))
    return await browser.http.post("/usulan/baru", data={**hidden, **told, **more})


class TestEntry:
    async def test_makes_one_proposal_however_often_it_is_sent(self, browsers: Any, place: Place) -> None:
        browser = browsers(await place.person("operator_desa"))
        page = await browser.open("/usulan/baru")
        told = typed(family(place, 1))
        first = await send(browser, page, told)
        assert first.status_code == 303, alert(first.text)
        again = await send(browser, page, told)
        assert again.headers["location"] == first.headers["location"]
        case = int(re.findall(r"/kasus/(\d+)", first.headers["location"])[0])
        assert await place.world.state(case) == "cek_data"
        assert "Usulan tersimpan" in await browser.open(first.headers["location"])
        row = await place.row(
            "SELECT h.alamat, h.source, (SELECT count(*) FROM person p WHERE p.household_id = h.id) AS n "
            "FROM household h JOIN case_ c ON c.household_id = h.id WHERE c.id = %s", case,
        )  # fmt: skip
        assert row == {"alamat": "Jl. Kenanga 3", "source": "formulir", "n": 2}
        assert await place.value("SELECT count(*) FROM case_ WHERE region = %s", place.village) == 1

    async def test_of_a_day_and_a_village_stands_in_one_list(self, browsers: Any, place: Place) -> None:
        """As a list's families: carried by one batch, sent to the identity check, their papers named."""
        for number, role in ((1, "operator_desa"), (2, "pengisi_data_kab")):
            browser = browsers(await place.person(role))
            told = typed(family(place, number))
            taken = await send(browser, await browser.open("/usulan/baru"), told)
            assert taken.status_code == 303, alert(taken.text)
        rows = await (
            await place.world.admin.execute(
                """
                SELECT p.batch, b.kind, s.id AS state,
                       ARRAY(SELECT r.id FROM transition t JOIN rule r ON r.code = t.rule
                              WHERE t.case_id = p.case_id ORDER BY t.version) AS rules
                  FROM position p JOIN state s ON s.code = p.state JOIN batch b ON b.id = p.batch
                 WHERE p.region = %s
                """,
                (place.village,),
            )
        ).fetchall()
        carried = [("usulan", "cek_data", ["U01", "U02"])] * 2
        assert [(row["kind"], row["state"], row["rules"]) for row in rows] == carried
        assert len({row["batch"] for row in rows}) == 1
        assert await place.value("SELECT count(*) FROM wake WHERE batch = %s", rows[0]["batch"]) == 1

    async def test_is_the_pendamping_s_where_his_families_live(self, browsers: Any, place: Place) -> None:
        who = await place.person("pendamping")
        browser = browsers(who)
        page = await browser.open("/usulan/baru")
        told = typed(family(place, 1))
        far = await send(browser, page, told)
        assert far.status_code == 422
        assert "di luar wilayah kerja Anda" in unescape(far.text)
        await place.world.assign_families(who.name, await place.families())
        assert (await send(browser, await browser.open("/usulan/baru"), told)).status_code == 303

    async def test_loses_nothing_to_an_error_and_says_it_at_the_field(self, browsers: Any, place: Place) -> None:
        browser = browsers(await place.person("operator_desa"))
        row = family(place, 1, alamat='Kp. Sukahaji "B" <3>')
        told = typed(row) | {"a1.nik": row.members[0].nik, "a0.nama": "", "k.rt": "x", "a1.tanggal_lahir": "31-02-1983"}
        answer = await send(browser, await browser.open("/usulan/baru"), told)
        page = unescape(answer.text)
        assert answer.status_code == 422
        assert 'role="alert"' in page
        for name in ("a0.nama", "k.rt", "a1.tanggal_lahir", "a1.nik", "a0.nik"):
            assert f'href="#{name}"' in page, name
            assert re.search(rf'id="{re.escape(name)}"[^>]*aria-invalid="true"', page), name
        for name, value in told.items():
            if not name.endswith(("jk", "hubungan", "status_kawin")) and name not in {"anggota", "k.jenis_usulan"}:
                assert re.search(rf'name="{re.escape(name)}"[^>]* value="{re.escape(value)}"', page), name
        assert await place.value("SELECT count(*) FROM household WHERE region = %s", place.village) == 0

    async def test_that_is_odd_waits_until_somebody_has_looked(self, browsers: Any, place: Place) -> None:
        browser = browsers(await place.person("operator_desa"))
        told = typed(family(place, 1)) | {"a1.tanggal_lahir": "04-07-1983"}
        answer = await send(browser, await browser.open("/usulan/baru"), told)
        page = unescape(answer.text)
        assert answer.status_code == 409
        assert "tanggal lahir" in page.lower()
        seen = re.findall(r'name="diperiksa" value="(\w+)"', page)[0]
        other = await send(browser, page, told | {"a1.tanggal_lahir": "05-07-1983"}, diperiksa=seen)
        assert other.status_code == 409, "what was looked at is what is saved"
        assert (await send(browser, page, told, diperiksa=seen)).status_code == 303

    async def test_of_a_family_on_record_says_so_and_of_an_open_proposal_names_it(
        self, browsers: Any, place: Place
    ) -> None:
        browser = browsers(await place.person("operator_desa"))
        told = typed(family(place, 1))
        first = await send(browser, await browser.open("/usulan/baru"), told)
        case = int(re.findall(r"/kasus/(\d+)", first.headers["location"])[0])
        again = await send(browser, await browser.open("/usulan/baru"), told)
        assert again.status_code == 409
        assert f'href="/kasus/{case}"' in again.text
        assert await place.value("SELECT count(*) FROM case_ WHERE region = %s", place.village) == 1
        other = typed(family(place, 1)) | {"k.jenis_usulan": "PEMBARUAN", "k.alamat": "Jl. Baru 9"}
        told_once = await send(browser, await browser.open("/usulan/baru"), other)
        assert told_once.status_code == 409
        assert "sudah tercatat" in unescape(told_once.text)
        assert family(place, 1).members[1].nama in unescape(told_once.text)
        seen = re.findall(r'name="diperiksa" value="(\w+)"', told_once.text)[0]
        assert (await send(browser, told_once.text, other, diperiksa=seen)).status_code == 303
        assert await place.value("SELECT count(*) FROM household WHERE region = %s", place.village) == 1

    async def test_grows_and_shrinks_by_a_line_without_a_script(self, browsers: Any, place: Place) -> None:
        browser = browsers(await place.person("operator_desa"))
        told = typed(family(place, 1))
        more = await send(browser, await browser.open("/usulan/baru"), told, aksi="tambah")
        assert more.status_code == 200
        assert 'name="anggota" value="3"' in more.text
        assert told["a1.nama"] in more.text
        fewer = await send(browser, more.text, told, aksi="hapus.0")
        assert told["a0.nama"] not in fewer.text
        assert f'name="a0.nama" aria-describedby="a0.nama-s" value="{told["a1.nama"]}"' in fewer.text

    async def test_is_refused_to_who_does_not_propose(self, browsers: Any, place: Place) -> None:
        browser = browsers(await place.person("kades"))
        page = await browser.open("/usulan/baru")
        assert "Peran Anda tidak mengusulkan" in page
        answer = await send(browser, page, typed(family(place, 1)))
        assert answer.status_code == 403
        assert await place.value("SELECT count(*) FROM household WHERE region = %s", place.village) == 0


def form_of(page: str, path: str) -> dict[str, str]:
    """Return a form as a browser would send it untouched: hidden and typed fields, and what is chosen."""
    found = re.search(rf'<form[^>]*action="{re.escape(path)}".*?</form>', page, re.DOTALL)
    assert found, path
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", found[0]):
        told = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if told.get("type") not in {"radio", "checkbox"} and "name" in told:
            fields[told["name"]] = unescape(told.get("value", ""))
    for name, options in re.findall(r'<select[^>]*name="([^"]+)".*?>(.*?)</select>', found[0], re.DOTALL):
        chosen = re.findall(r'value="([^"]*)" selected', options)
        fields[name] = chosen[0] if chosen else ""
    return fields


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


class TestASessionThatEnded:
    async def test_gives_what_was_typed_back_and_takes_it_after_signing_in(self, browsers: Any, place: Place) -> None:
        who = await place.person("operator_desa", "sesi")
        browser = browsers(who)
        page = await browser.open("/usulan/baru")
        told = typed(family(place, 1))
        await place.world.admin.execute(
            "UPDATE session SET expires_at = now() - interval '1 s' WHERE id = %s", (who.session,)
        )
        held = await send(browser, page, told)
        assert held.status_code == 401
        fields = form_of(held.text, "/usulan/baru")
        assert {name: fields[name] for name in told} == told
        assert 'href="/masuk" target="_blank"' in held.text
        # He signs in again, in another tab of the same browser.
        session = await place.value(
            "INSERT INTO session (assignment_id, issued_at, expires_at) SELECT assignment_id, now(), now() + interval"
            " '1 hour' FROM session WHERE id = %s RETURNING id", who.session,
        )  # fmt: skip
        anew = browsers(Caller(place.http, session, who.name, who.user))
        again = await anew.http.post("/usulan/baru", data=fields)
        assert again.status_code == 409
        assert await place.value("SELECT count(*) FROM household WHERE region = %s", place.village) == 0
        done = await anew.http.post("/usulan/baru", data=form_of(again.text, "/usulan/baru"))
        assert done.status_code == 303, alert(done.text)
        # What he had open is no other's to send.
        other = browsers(await place.person("operator_desa", "lain"))
        assert (await other.http.post("/usulan/baru", data=fields)).status_code == 403

    async def test_says_nothing_to_a_form_that_was_never_ours(self, browsers: Any) -> None:
        answer = await browsers().http.post("/usulan/baru", data={"tanda": "0" * 64, "k.no_kk": "1"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/masuk")


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
        assert (await village.send(path, page, komentar="lain")).status_code == 409, "the form was sent already"
        told = (await office.http.get(f"/kasus/{case}")).text
        assert "Rumah pindah ke RT 3, lihat 20-11-2026 pukul 10.30 &lt;b&gt;" in told
        citizen = browsers(await place.person("warga"))
        seen = await citizen.open(f"/kasus/{case}")
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
        for other in (family_member, bank):
            problem(await other.post(f"/cases/{case}/comments", {"text": "x"}), 403, "komentar_bukan_milik_anda")
        assert done(await family_member.get(f"/cases/{case}/comments"))["comments"] == []
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
