"""Documents that come in pieces: they go on after a cut, are made once, and are nobody else's."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import httpx
import pytest

from api.routes import uploads
from api.tokens import sign
from models.document.landing import Landing
from tests.integration.api.kit import SECRET, Caller, Place, Site, done, problem
from tests.integration.api.papers import VAULT, fact, stored
from tests.support.files import SADU, exif, jpeg, painted

pytestmark = pytest.mark.asyncio(loop_scope="session")

GROUND_CHECK = "U01 U02 U05 U11 U15 U19 U21"
PHOTO = jpeg(exif(SADU), painted())
PIECE = {"Content-Type": "application/offset+octet-stream", "Tus-Resumable": "1.0.0"}


async def at_work(place: Place) -> tuple[Caller, int]:
    """Return a pendamping in front of a family's house, and the case."""
    [case] = await place.stand(GROUND_CHECK)
    who = await place.person("pendamping")
    family = await place.value("SELECT household_id FROM case_ WHERE id = %s", case)
    await place.world.assign_families(who.name, [family])
    return who, case


def metadata(case: Any, kind: str = "foto_geotag_2") -> str:
    number, named = (base64.b64encode(told.encode()).decode() for told in (str(case), kind))
    return f"case {number},kind {named}"


async def announced(who: Caller, case: int, length: int = len(PHOTO), told: str = "") -> httpx.Response:
    headers = {"Upload-Length": str(length), "Upload-Metadata": told or metadata(case), "Tus-Resumable": "1.0.0"}
    return await who.ask("POST", "/uploads", headers=headers)


async def begun(who: Caller, case: int, length: int = len(PHOTO)) -> str:
    answer = await announced(who, case, length)
    assert answer.status_code == 201, answer.text
    assert answer.headers["tus-resumable"] == "1.0.0"
    return answer.headers["location"].removeprefix("/api/v1")


async def piece(who: Caller, upload: str, offset: int, content: bytes, **more: str) -> httpx.Response:
    return await who.ask("PATCH", upload, content=content, headers={**PIECE, "Upload-Offset": str(offset), **more})


async def offset(who: Caller, upload: str) -> int:
    answer = await who.ask("HEAD", upload)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    return int(answer.headers["upload-offset"])


async def sent(who: Caller, case: int, content: bytes = PHOTO) -> str:
    upload = await begun(who, case, len(content))
    answer = await piece(who, upload, 0, content)
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(len(content)))
    return upload


async def test_a_photo_in_pieces_is_what_a_photo_in_one_is(place: Place) -> None:
    who, case = await at_work(place)
    upload = await begun(who, case)
    at = 0
    while at < len(PHOTO):
        answer = await piece(who, upload, at, PHOTO[at : at + 500])
        assert answer.status_code == 204
        at = int(answer.headers["upload-offset"])
        assert at == await offset(who, upload)
    told = done(await who.ask("POST", f"{upload}/document"), 201)
    assert (told["case"], told["kind"], told["type"], told["have"], told["counts"]) == (
        *(case, "foto_geotag_2", "image/jpeg"),
        *(1, False),
    )
    assert (told["geotag"]["lat"], told["geotag"]["long"]) == pytest.approx(SADU, abs=1e-5)
    assert VAULT.path(told["sha256"]).is_file()
    assert (await who.get(f"/documents/{told['id']}")).status_code == 200
    # What it was made of is gone.
    assert (await who.ask("HEAD", upload)).status_code == 404


async def test_what_came_of_a_cut_piece_is_kept(site: Site, place: Place) -> None:
    """The line breaks within a piece: the next one begins where the first one broke."""
    who, case = await at_work(place)
    upload = await begun(who, case)
    parts = [
        {"type": "http.request", "body": PHOTO[:700], "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Any:
        return parts.pop(0) if parts else {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        return None

    headers = {
        **PIECE,
        "upload-offset": "0",
        "authorization": f"Bearer {sign(who.session, SECRET)}",
        "host": "alur.test",
    }
    scope = {
        "type": "http",
        "method": "PATCH",
        "path": f"/api/v1{upload}",
        "raw_path": f"/api/v1{upload}".encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("alur.test", 80),
        "client": ("127.0.0.1", 1),
        "root_path": "",
    }
    await site.app(scope, receive, send)
    assert await offset(who, upload) == 700
    assert (await piece(who, upload, 700, PHOTO[700:])).status_code == 204
    done(await who.ask("POST", f"{upload}/document"), 201)


async def test_of_two_pieces_at_once_one_is_taken(place: Place) -> None:
    who, case = await at_work(place)
    upload = await begun(who, case)
    answers = await asyncio.gather(*(piece(who, upload, 0, PHOTO[:300]) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [204, *[409] * 5]
    assert await offset(who, upload) == 300


async def test_a_piece_elsewhere_says_where_it_stands(place: Place) -> None:
    who, case = await at_work(place)
    upload = await begun(who, case)
    await piece(who, upload, 0, PHOTO[:300])
    for wrong in (0, 299, 301):
        told = problem(await piece(who, upload, wrong, b"x"), 409, "posisi_unggahan_berbeda")
        assert "300" in told["detail"]
    assert await offset(who, upload) == 300


async def test_it_is_its_beginner_s_alone_and_his_wherever_he_signs_in(place: Place) -> None:
    who, case = await at_work(place)
    upload = await begun(who, case)
    other = await place.person("pendamping", name=f"lain{case}")
    family = await place.value("SELECT household_id FROM case_ WHERE id = %s", case)
    await place.world.assign_families(other.name, [family])
    assert (await other.ask("HEAD", upload)).status_code == 404
    problem(await piece(other, upload, 0, PHOTO[:10]), 404, "unggahan_tidak_ditemukan")
    problem(await other.ask("POST", f"{upload}/document"), 404, "unggahan_tidak_ditemukan")
    await piece(who, upload, 0, PHOTO[:10])
    again = Caller(
        who.http,
        await place.value(
            "INSERT INTO session (assignment_id, issued_at, expires_at) SELECT assignment_id, now(), "
            "now() + interval '1 day' FROM session WHERE id = %s RETURNING id",
            who.session,
        ),
    )
    assert await offset(again, upload) == 10


async def test_who_may_not_add_it_may_not_announce_it(place: Place) -> None:
    who, case = await at_work(place)
    head = await place.person("kades")
    problem(await announced(head, case), 422, "bukti_bukan_wewenang")
    problem(await announced(who, 999_999_999), 404)
    problem(await announced(who, case, told=metadata(case, "responden")), 422, "bukti_bukan_dokumen")


@pytest.mark.parametrize(
    "told",
    ["case MQ==", "case MQ==,kind !", "kind a3Rw", "case eA==,kind a3Rw", "case MQ==,kind", "case wrk=,kind a3Rw"],
)
async def test_metadata_that_names_nothing_is_refused(place: Place, told: str) -> None:
    who = await place.person("pendamping")
    headers = {"Upload-Length": "10", "Upload-Metadata": told}
    assert (await who.ask("POST", "/uploads", headers=headers)).status_code in {400, 422}


async def test_it_is_never_larger_than_a_document_or_than_announced(place: Place) -> None:
    who, case = await at_work(place)
    problem(await announced(who, case, 5 * 2**20 + 1), 413, "dokumen_terlalu_besar")
    assert (await announced(who, case, 0)).status_code == 422
    upload = await begun(who, case, 100)
    problem(await piece(who, upload, 0, b"x" * 101), 413, "dokumen_terlalu_besar")
    assert await offset(who, upload) == 0
    assert (await piece(who, upload, 0, b"x" * 100)).status_code == 204
    problem(await piece(who, upload, 100, b"x"), 413, "dokumen_terlalu_besar")


async def test_a_piece_is_a_piece_and_speaks_our_version(place: Place) -> None:
    who, case = await at_work(place)
    upload = await begun(who, case)
    assert (await piece(who, upload, 0, b"x", **{"Content-Type": "image/jpeg"})).status_code == 415
    problem(await piece(who, upload, 0, b"x", **{"Tus-Resumable": "0.2.2"}), 412, "versi_unggahan_lain")
    assert await offset(who, upload) == 0


async def test_what_has_not_wholly_arrived_is_no_document(place: Place) -> None:
    who, case = await at_work(place)
    upload = await begun(who, case)
    await piece(who, upload, 0, PHOTO[:-1])
    problem(await who.ask("POST", f"{upload}/document"), 409, "unggahan_belum_selesai")
    await piece(who, upload, len(PHOTO) - 1, PHOTO[-1:])
    done(await who.ask("POST", f"{upload}/document"), 201)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html>" * 40, "jenis_berkas_tidak_diterima"),
        (PHOTO[:-200], "dokumen_tidak_terbaca"),
        (jpeg(exif(None), painted()), "foto_tanpa_geotag"),
        (jpeg(exif((48.85, 2.35)), painted()), "geotag_di_luar_indonesia"),
    ],
)
async def test_content_that_is_not_taken_whole_is_not_taken_in_pieces(place: Place, content: bytes, code: str) -> None:
    who, case = await at_work(place)
    upload = await sent(who, case, content)
    problem(await who.ask("POST", f"{upload}/document"), 422, code)
    assert (await stored(place, case))[0] == 0
    assert (await who.ask("HEAD", upload)).status_code == 404


async def test_an_answer_that_got_lost_is_given_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends after the document stood in the database, before anybody heard of it."""
    who, case = await at_work(place)
    upload = await sent(who, case)

    def killed(*_: object) -> None:
        raise SystemError("killed")

    with monkeypatch.context() as during:
        during.setattr(Landing, "drop", killed)
        assert (await who.ask("POST", f"{upload}/document")).status_code == 500
    told = done(await who.ask("POST", f"{upload}/document"), 201)
    assert told == done(await who.ask("POST", f"{upload}/document"), 201)
    assert (await stored(place, case))[0] == 1
    assert await fact(place, case, "geotag") is None


async def test_a_process_killed_before_that_loses_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    who, case = await at_work(place)
    upload = await sent(who, case)

    async def killed(*_: object) -> None:
        raise SystemError("killed")

    with monkeypatch.context() as during:
        during.setattr(uploads, "add_document", killed)
        assert (await who.ask("POST", f"{upload}/document")).status_code == 500
    assert (await stored(place, case))[0] == 0
    assert await offset(who, upload) == len(PHOTO)
    done(await who.ask("POST", f"{upload}/document"), 201)
    assert (await stored(place, case))[0] == 1


async def test_asked_for_at_once_a_document_is_made_once(place: Place) -> None:
    who, case = await at_work(place)
    upload = await sent(who, case)
    answers = await asyncio.gather(*(who.ask("POST", f"{upload}/document") for _ in range(3)))
    made = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    assert made
    assert len(set(made)) == 1
    assert (await stored(place, case))[0] == 1


class TestFieldTasks:
    async def test_they_are_the_officer_s_own_first_due_first(self, place: Place) -> None:
        who, case = await at_work(place)
        [later] = await place.stand(GROUND_CHECK)
        family = await place.value("SELECT household_id FROM case_ WHERE id = %s", later)
        await place.world.assign_families(who.name, [family])
        told = done(await who.get("/field-tasks"))["tasks"]
        assert [task["id"] for task in told] == [case, later]
        assert {(task["machine"], task["state"], task["rt"]) for task in told} == {("usulan", "ground_check", "001")}
        assert done(await (await place.person("verifikator_kab")).get("/field-tasks")) == {"tasks": []}

    async def test_a_case_given_to_another_officer_is_his(self, place: Place) -> None:
        who, case = await at_work(place)
        other = await place.person("pendamping", name=f"pengganti{case}")
        verifier = await place.person("verifikator_kab")
        done(
            await verifier.move(case, "usulan.alihkan_petugas", reason="PETUGAS_GANTI", note="sakit"),
            201,
        )
        named = {"petugas_ditunjuk": {"pengguna": other.name}}
        done(await verifier.move(case, "usulan.minta_ground_check", evidence=named), 201)
        assert done(await who.get("/field-tasks")) == {"tasks": []}
        assert [task["id"] for task in done(await other.get("/field-tasks"))["tasks"]] == [case]
