"""Entry and correction in the console: one proposal, a family's data, comments, what needs a second person."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from models.usulan.workbook import FamilyRow
from tests.integration.api.kit import Caller, Place, done, family, problem, typed
from tests.integration.api.test_console import Browser, browsers

__all__ = ["browsers"]
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("country")]


def filled(row: FamilyRow) -> dict[str, Any]:
    """Return what somebody types into the form who copies a family from its card."""
    told, members = typed(row)
    form: dict[str, Any] = {"anggota": str(len(members))} | {f"k.{name}": value for name, value in told.items()}
    for place, member in enumerate(members):
        form |= {f"a{place}.{name}": value for name, value in member.items()}
    return form


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
        told = filled(family(place, 1))
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
            told = filled(family(place, number))
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
        told = filled(family(place, 1))
        far = await send(browser, page, told)
        assert far.status_code == 422
        assert "di luar wilayah kerja Anda" in unescape(far.text)
        await place.world.assign_families(who.name, await place.families())
        assert (await send(browser, await browser.open("/usulan/baru"), told)).status_code == 303

    async def test_loses_nothing_to_an_error_and_says_it_at_the_field(self, browsers: Any, place: Place) -> None:
        browser = browsers(await place.person("operator_desa"))
        row = family(place, 1, alamat='Kp. Sukahaji "B" <3>')
        told = filled(row) | {
            "a1.nik": row.members[0].nik,
            "a0.nama": "",
            "k.rt": "x",
            "a1.tanggal_lahir": "31-02-1983",
        }
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
        told = filled(family(place, 1)) | {"a1.tanggal_lahir": "04-07-1983"}
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
        told = filled(family(place, 1))
        first = await send(browser, await browser.open("/usulan/baru"), told)
        case = int(re.findall(r"/kasus/(\d+)", first.headers["location"])[0])
        again = await send(browser, await browser.open("/usulan/baru"), told)
        assert again.status_code == 409
        assert f'href="/kasus/{case}"' in again.text
        assert await place.value("SELECT count(*) FROM case_ WHERE region = %s", place.village) == 1
        other = filled(family(place, 1)) | {"k.jenis_usulan": "PEMBARUAN", "k.alamat": "Jl. Baru 9"}
        told_once = await send(browser, await browser.open("/usulan/baru"), other)
        assert told_once.status_code == 409
        assert "sudah tercatat" in unescape(told_once.text)
        assert family(place, 1).members[1].nama in unescape(told_once.text)
        seen = re.findall(r'name="diperiksa" value="(\w+)"', told_once.text)[0]
        assert (await send(browser, told_once.text, other, diperiksa=seen)).status_code == 303
        assert await place.value("SELECT count(*) FROM household WHERE region = %s", place.village) == 1

    async def test_grows_and_shrinks_by_a_line_without_a_script(self, browsers: Any, place: Place) -> None:
        browser = browsers(await place.person("operator_desa"))
        told = filled(family(place, 1))
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
        assert 'action="/usulan/baru"' not in page
        [mark, *_] = re.findall(r'name="tanda" value="([^"]*)"', await browser.open("/cari"))
        answer = await browser.http.post("/usulan/baru", data=filled(family(place, 1)) | {"tanda": mark})
        assert answer.status_code == 403
        assert await place.value("SELECT count(*) FROM household WHERE region = %s", place.village) == 0

    async def test_is_the_api_s_too(self, place: Place) -> None:
        who = await place.person("operator_desa")
        told, members = typed(family(place, 1))
        body = {"family": told, "members": members}
        wrong = problem(await who.post("/proposals", {"family": told | {"rt": "x"}, "members": members}), 422)
        assert [(one["sheet"], one["column"]) for one in wrong["errors"]] == [("keluarga", "rt")]
        problem(await who.post("/proposals", {"family": told | {"entah": "1"}, "members": members}), 422, "isian_salah")
        made = done(await who.post("/proposals", body, key="p1"), 201)
        assert done(await who.post("/proposals", body, key="p1"), 201) == made
        assert await place.world.state(made["case"]) == "cek_data"
        opened = problem(await who.post("/proposals", body), 409, "usulan_masih_terbuka")
        assert opened["case"] == made["case"]
        other = {"family": told | {"jenis_usulan": "PEMBARUAN"}, "members": members}
        doubt = problem(await who.post("/proposals", other), 409, "perlu_dipastikan")
        assert done(await who.post("/proposals", other | {"seen": doubt["mark"]}), 201)["batch"] == made["batch"]


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


class TestASessionThatEnded:
    async def test_gives_what_was_typed_back_and_takes_it_after_signing_in(self, browsers: Any, place: Place) -> None:
        who = await place.person("operator_desa", "sesi")
        browser = browsers(who)
        page = await browser.open("/usulan/baru")
        told = filled(family(place, 1))
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
