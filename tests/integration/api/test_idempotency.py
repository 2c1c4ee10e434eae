"""Same request, same answer: the caller makes the key, and a repeat under it does nothing again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.api.kit import Caller, Place, done, family, problem, workbook

pytestmark = pytest.mark.asyncio(loop_scope="session")

ARRIVED = "U01 U02 U05 U11 U15"
FORWARD = {"note": "lengkap"}


async def acts(who: Caller, place: Place) -> int:
    value: int = await place.value("SELECT count(*) FROM act WHERE actor = %s", who.user)
    return value


class TestTheSameRequest:
    async def test_it_is_answered_the_same_and_acts_once(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        answers = [await who.move(case, "usulan.teruskan", key="satu", **FORWARD) for _ in range(3)]
        assert {answer.status_code for answer in answers} == {201}
        assert answers[0].json() == answers[1].json() == answers[2].json()
        assert await acts(who, place) == 1
        assert await place.value("SELECT version FROM position WHERE case_id = %s", case) == 6

    async def test_without_a_key_the_second_one_meets_a_case_that_has_moved(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        done(await who.move(case, "usulan.teruskan", **FORWARD), 201)
        problem(await who.move(case, "usulan.teruskan", **FORWARD), 409, "tidak_terbuka")

    async def test_the_answer_is_that_of_the_first_time_whatever_happened_since(self, place: Place) -> None:
        who, verifier = await place.person("operator_kecamatan"), await place.person("verifikator_kab")
        [case] = await place.stand(ARRIVED)
        first = done(await who.move(case, "usulan.teruskan", key="k", **FORWARD), 201)
        done(await verifier.move(case, "usulan.nyatakan_lengkap"), 201)
        assert done(await who.move(case, "usulan.teruskan", key="k", **FORWARD), 201) == first

    async def test_a_status_other_than_201_is_kept_too(self, place: Place) -> None:
        who = await place.person("pusdatin")
        [case] = await place.stand("U83 U40")
        told = {"reason": "SALAH_KLIK", "note": "x"}
        first = done(await who.move(case, "usulan.koreksi_nonaktif", key="dua-orang", **told), 202)
        assert done(await who.move(case, "usulan.koreksi_nonaktif", key="dua-orang", **told), 202) == first

    async def test_two_at_once_are_one_act(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        answers = await asyncio.gather(
            *(who.move(case, "usulan.teruskan", key="bersamaan", **FORWARD) for _ in range(4))
        )
        assert [answer.status_code for answer in answers] == [201] * 4
        assert all(answer.json() == answers[0].json() for answer in answers)
        assert await acts(who, place) == 1

    async def test_every_kind_of_write_keeps_its_answer(self, place: Place) -> None:
        operator, kades = await place.person("operator_desa"), await place.person("kades")
        chief, direktorat = await place.person("kepala_dinas"), await place.person("direktorat")
        pendamping = await place.person("pendamping")
        cases = await place.stand(ARRIVED, 2)
        [ready] = await place.stand("U01 U02 U05 U11 U15 U19 U22")
        approval = await place.gate("pengesahan", [ready])
        batch = await place.value("SELECT batch FROM approval WHERE id = %s", approval)
        [household] = await place.families()
        await place.world.assign_families(pendamping.name, [household])
        picked = [{"id": case} for case in cases]
        tahap = {"kind": "tahap", "region": place.kabupaten, "programme": "PKH", "period": 202604}
        for who, method, path, body in (
            (kades, "POST", "/cases/transitions", {"trigger": "usulan.teruskan", "cases": picked}),
            (operator, "POST", f"/cases/{cases[0]}/facts", {"evidence": {"ktp": {"nomor": 1}}}),
            (chief, "POST", f"/approvals/{approval}/decisions", {"verdict": "setuju"}),
            (direktorat, "POST", "/batches", tahap),
            (chief, "POST", f"/batches/{batch}/wake", {}),
            (operator, "PATCH", f"/households/{household}", {"version": 1, "alamat": "Jl. Baru 1"}),
            (pendamping, "POST", f"/households/{household}/accounts", {"bank": "BRI", "number": f"{household:010}"}),
        ):
            first = await who.ask(method, path, json=body, key=path)
            before = await acts(who, place)
            again = await who.ask(method, path, json=body, key=path)
            assert (again.status_code, again.json()) == (first.status_code, first.json())
            assert first.is_success
            assert await acts(who, place) == before
            problem(await who.ask(method, f"{path}?lain=1", json=body, key=path), 422, "kunci_dipakai_ulang")

    async def test_an_upload_keeps_its_answer(self, place: Place) -> None:
        who = await place.person("operator_desa")
        content = workbook([family(place, 1), family(place, 2, alamat="")])
        first = done(await who.upload(content, place.village, key="unggah"), 201)
        again = done(await who.upload(content, place.village, key="unggah"), 201)
        assert again == first
        assert not again["repeated"]
        other = workbook([family(place, 3)])
        problem(await who.upload(other, place.village, key="unggah"), 422, "kunci_dipakai_ulang")


class TestAnotherRequest:
    @pytest.mark.parametrize(
        "other",
        [
            pytest.param({"note": "lain"}, id="another note"),
            pytest.param({"note": "lengkap", "version": 5}, id="another version"),
            pytest.param({"note": "lengkap", "trigger": "usulan.lewati_kecamatan"}, id="another trigger"),
        ],
    )
    async def test_the_same_key_with_another_body_is_refused_and_does_nothing(
        self, place: Place, other: dict[str, Any]
    ) -> None:
        who = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        done(await who.move(case, "usulan.teruskan", key="k", **FORWARD), 201)
        body = {"trigger": "usulan.teruskan", **other}
        told = problem(await who.post(f"/cases/{case}/transitions", body, key="k"), 422, "kunci_dipakai_ulang")
        assert "“k”" in told["detail"]
        assert await acts(who, place) == 1

    async def test_the_same_body_for_another_case_is_another_request(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        one, two = await place.stand(ARRIVED, 2)
        done(await who.move(one, "usulan.teruskan", key="k", **FORWARD), 201)
        problem(await who.move(two, "usulan.teruskan", key="k", **FORWARD), 422, "kunci_dipakai_ulang")
        assert await place.world.state(two) == "diajukan"

    async def test_of_two_different_ones_at_once_one_is_refused(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        one, two = await place.stand(ARRIVED, 2)
        answers = await asyncio.gather(
            *(who.move(case, "usulan.teruskan", key="k", **FORWARD) for case in (one, two, one, two))
        )
        assert sorted(answer.status_code for answer in answers) == [201, 201, 422, 422]
        assert await acts(who, place) == 1

    async def test_the_key_of_one_person_is_not_another_s(self, place: Place) -> None:
        who, other = await place.person("operator_kecamatan", "a"), await place.person("operator_kecamatan", "b")
        one, two = await place.stand(ARRIVED, 2)
        done(await who.move(one, "usulan.teruskan", key="k", **FORWARD), 201)
        assert done(await other.move(two, "usulan.teruskan", key="k", **FORWARD), 201)["case"] == two
        problem(await other.move(one, "usulan.teruskan", key="baru", **FORWARD), 409, "tidak_terbuka")

    async def test_a_key_belongs_to_the_person_and_not_to_one_of_his_roles(self, place: Place) -> None:
        as_operator, as_kades = await place.person("operator_desa", "satu"), await place.person("kades", "satu")
        [case] = await place.drafts(as_operator)
        first = done(await as_operator.move(case, "usulan.kirim_cek", key="k"), 201)
        assert done(await as_kades.move(case, "usulan.kirim_cek", key="k"), 201) == first


class TestAfterAnError:
    """What failed left its key behind: the same key serves again, for the same or another body."""

    async def test_a_refused_move_frees_its_key(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        problem(await who.move(case, "usulan.teruskan", key="k"), 409, "bukti_kurang")
        assert await place.value("SELECT count(*) FROM request WHERE principal = %s", who.user) == 0
        problem(await who.move(case, "usulan.teruskan", key="k"), 409, "bukti_kurang")
        done(await who.move(case, "usulan.teruskan", key="k", **FORWARD), 201)

    async def test_a_refusal_is_on_record_for_one_case_as_for_a_set(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        problem(await who.move(case, "usulan.teruskan"), 409, "bukti_kurang")
        assert await acts(who, place) == 1
        done(await who.post("/cases/transitions", {"trigger": "usulan.teruskan", "cases": [{"id": case}]}))
        assert await acts(who, place) == 2
        assert await place.value("SELECT count(*) FROM refusal WHERE case_id = %s", case) == 2

    async def test_a_version_conflict_is_judged_anew_under_the_same_key(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        for version, status in ((4, 409), (4, 409), (5, 201), (4, 422)):
            answer = await who.move(case, "usulan.teruskan", key="k", version=version, **FORWARD)
            assert answer.status_code == status

    async def test_invalid_input_never_takes_a_key(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        problem(await who.move(case, "usulan.terbang", key="k"), 422, "kata_tidak_dikenal")
        problem(await who.post(f"/cases/{case}/transitions", {"trigger": 7}, key="k"), 422, "isian_salah")
        done(await who.move(case, "usulan.teruskan", key="k", **FORWARD), 201)

    async def test_of_two_at_once_that_are_refused_both_are_told_why(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        answers = await asyncio.gather(*(who.move(case, "usulan.teruskan", key="k") for _ in range(3)))
        for answer in answers:
            problem(answer, 409, "bukti_kurang")

    async def test_a_set_in_which_every_case_is_refused_is_an_answer_and_is_kept(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        body = {"trigger": "usulan.teruskan", "cases": [{"id": case}]}
        first = done(await who.post("/cases/transitions", body, key="k"))
        assert first["counts"] == {"ditolak": 1}
        assert done(await who.post("/cases/transitions", body, key="k")) == first
