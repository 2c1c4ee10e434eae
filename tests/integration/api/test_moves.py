"""Moves: one case, many cases, what they would bring, and evidence without a move."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.api.kit import Caller, Place, done, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

ARRIVED = "U01 U02 U05 U11 U15"
CHECKED = f"{ARRIVED} U19"
READY = "U01 U02 U05 U11"
CORRECT = {"reason": "SALAH_KLIK", "note": "salah keluarga"}


async def bulk(who: Caller, trigger: str, cases: list[Any], **more: Any) -> dict[str, Any]:
    picked = [case if isinstance(case, dict) else {"id": case} for case in cases]
    told: dict[str, Any] = done(await who.post("/cases/transitions", {"trigger": trigger, "cases": picked, **more}))
    return told


def outcomes(told: dict[str, Any]) -> list[tuple[int, str]]:
    return [(row["case"], row.get("refusal", {}).get("code", row["outcome"])) for row in told["outcomes"]]


class TestOneCase:
    async def test_whoever_may_not_is_refused_and_the_case_stands(self, place: Place) -> None:
        [case] = await place.stand(ARRIVED)
        for role, status, code in (
            ("auditor", 409, "peran"),
            ("operator_desa", 409, "peran"),
            ("verifikator_kab", 409, "peran"),
            ("bank", 404, "tidak_ditemukan"),
        ):
            problem(await (await place.person(role)).move(case, "usulan.teruskan", note="x"), status, code)
        stranger = await place.person("operator_kecamatan", region=place.far)
        problem(await stranger.move(case, "usulan.teruskan", note="x"), 404, "tidak_ditemukan")
        assert await place.world.state(case) == "diajukan"

    async def test_a_move_is_answered_with_where_the_case_stands_and_its_act(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        told = done(await who.move(case, "usulan.teruskan", version=5, note="lengkap"), 201)
        assert told == {
            "case": case,
            "outcome": "dipindah",
            "state": "verif_dinsos",
            "version": 6,
            "rule": "U19",
            "act": told["act"],
        }

    async def test_two_persons_202_then_201(self, place: Place) -> None:
        first, second = await place.person("pusdatin", "satu"), await place.person("pusdatin", "dua")
        [case] = await place.stand("U83 U40")
        waiting = done(await first.move(case, "usulan.koreksi_nonaktif", **CORRECT), 202)
        assert (waiting["outcome"], waiting["state"]) == ("menunggu", "nonaktif")
        assert waiting["refusal"]["code"] == "menunggu_orang_lain"
        assert done(await first.move(case, "usulan.koreksi_nonaktif", **CORRECT), 202)["version"] == 2
        assert done(await second.move(case, "usulan.koreksi_nonaktif", **CORRECT), 201)["state"] == "ditetapkan"

    @pytest.mark.parametrize("role", ["kades", "operator_desa", "auditor", "warga"])
    async def test_the_second_person_needs_the_role_as_the_first_did(self, place: Place, role: str) -> None:
        [case] = await place.stand("U83 U40")
        done(await (await place.person("pusdatin")).move(case, "usulan.koreksi_nonaktif", **CORRECT), 202)
        problem(await (await place.person(role)).move(case, "usulan.koreksi_nonaktif", **CORRECT), 409, "peran")
        assert await place.world.state(case) == "nonaktif"

    async def test_a_version_that_has_passed_is_a_conflict_told_as_changed(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        for version in (1, 4, 6, 2**31 - 1):
            told = problem(await who.move(case, "usulan.teruskan", note="x", version=version), 409, "berubah")
            assert "Muat ulang" in told["cure"]
        done(await who.move(case, "usulan.teruskan", note="x", version=5), 201)
        problem(await who.move(case, "usulan.teruskan", note="x", version=5), 409, "berubah")

    async def test_a_refusal_names_the_evidence_that_is_missing(self, place: Place) -> None:
        who = await place.person("kades")
        [case] = await place.stand("U01 U02 U05 U10")
        told = problem(
            await who.move(case, "usulan.sepakati", evidence={"berita_acara": {"nomor": "BA/1"}}), 409, "bukti_kurang"
        )
        assert told["missing"] == ["daftar_hadir", "bnba"]
        assert "Kurang: Daftar hadir, Daftar BNBA." in told["detail"]
        assert "Missing: " in told["detail_en"]

    @pytest.mark.parametrize(
        ("more", "code"),
        [
            ({}, "alasan"),
            ({"reason": "GANDA"}, "alasan"),
            ({"reason": "BERKAS_KURANG"}, "bukti_kurang"),
        ],
    )
    async def test_a_reason_is_asked_before_the_evidence(self, place: Place, more: dict[str, Any], code: str) -> None:
        who = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        problem(await who.move(case, "usulan.kembalikan_kecamatan", **more), 409, code)

    async def test_words_that_no_machine_knows_are_told_as_such(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        for trigger in ("usulan.terbang", "terbang", ".", "teruskan", "usulan.", "kepesertaan.teruskan", "%"):
            problem(await who.move(case, trigger, note="x"), 422, "kata_tidak_dikenal")
        problem(
            await who.move(case, "usulan.kembalikan_kecamatan", reason="TIDAK_ADA", note="x"), 422, "kata_tidak_dikenal"
        )

    async def test_evidence_of_another_s_kind_is_refused_and_nothing_is_written(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        before = await place.value("SELECT count(*) FROM fact WHERE case_id = %s", case)
        for kind in ("balasan_dukcapil", "nominal", "tidak_ada"):
            told = problem(
                await who.move(case, "usulan.teruskan", note="x", evidence={kind: {"ada": True}}),
                422,
                "bukti_bukan_wewenang",
            )
            assert f"“{kind}”" in told["detail"]
        assert await place.value("SELECT count(*) FROM fact WHERE case_id = %s", case) == before

    async def test_of_two_who_move_one_case_at_once_one_is_told_that_it_changed(self, place: Place) -> None:
        who, other = await place.person("operator_kecamatan", "a"), await place.person("operator_kecamatan", "b")
        [case] = await place.stand(ARRIVED)
        answers = await asyncio.gather(
            *(one.move(case, "usulan.teruskan", note="x", version=5) for one in (who, other, who, other))
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"berubah"}
        assert await place.value("SELECT count(*) FROM transition WHERE case_id = %s", case) == 6

    async def test_a_trigger_that_opens_cases_moves_none(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [case] = await place.stand("U01")
        problem(await who.move(case, "usulan.buat_draf"), 409, "tidak_terbuka")
        problem(await who.move(case, "kepesertaan.keluarkan"), 409, "tidak_terbuka")


class TestManyCases:
    async def test_every_case_named_has_its_outcome_in_the_order_named(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        good, moved, changed, elsewhere = (
            (await place.stand(ARRIVED))[0],
            (await place.stand(CHECKED))[0],
            (await place.stand(ARRIVED))[0],
            (await place.stand(ARRIVED, region=place.far))[0],
        )
        [mine] = await place.stand(ARRIVED, actors={"U01": who.user})
        asked = [2**63 - 1, mine, {"id": changed, "version": 3}, elsewhere, moved, good]
        told = await bulk(who, "usulan.teruskan", asked, note="lengkap")
        assert outcomes(told) == [
            (2**63 - 1, "tidak_ditemukan"),
            (mine, "empat_mata"),
            (changed, "berubah"),
            (elsewhere, "tidak_ditemukan"),
            (moved, "tidak_terbuka"),
            (good, "dipindah"),
        ]
        assert told["counts"] == {"tidak_ditemukan": 2, "ditolak": 2, "berubah": 1, "dipindah": 1}
        assert len({row["act"] for row in told["outcomes"]}) == 1
        for row in told["outcomes"][:-1]:
            assert all(row["refusal"][part] for part in ("message", "message_en", "cure", "cure_en"))

    async def test_refusals_of_a_set_are_kept_in_the_log(self, place: Place) -> None:
        who = await place.person("auditor")
        cases = await place.stand(ARRIVED, 2)
        told = await bulk(who, "usulan.teruskan", list(cases), note="x")
        act = told["outcomes"][0]["act"]
        assert await place.value("SELECT count(*) FROM refusal WHERE act = %s", act) == 2

    async def test_a_set_of_only_unknown_cases_is_answered_for_each(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        told = await bulk(who, "usulan.teruskan", [10**15, 10**15 + 1], note="x")
        assert told["counts"] == {"tidak_ditemukan": 2}

    async def test_a_case_named_twice_refuses_the_whole_request(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        body = {"trigger": "usulan.teruskan", "cases": [{"id": case}, {"id": case, "version": 5}], "note": "x"}
        told = problem(await who.post("/cases/transitions", body), 422, "isian_salah")
        assert told["fields"][0]["message"] == "satu kasus disebut dua kali"
        assert await place.world.state(case) == "diajukan"

    async def test_one_act_and_one_evidence_stand_behind_all_its_moves(self, place: Place) -> None:
        who = await place.person("kades")
        cases = await place.stand("U01 U02 U05 U10", 3)
        evidence = {"berita_acara": {"nomor": "BA/7"}, "daftar_hadir": {"hadir": 30}, "bnba": {"keluarga": 3}}
        told = await bulk(who, "usulan.sepakati", list(cases), evidence=evidence)
        assert told["counts"] == {"dipindah": 3}
        for case in cases:
            step = done(await who.get(f"/cases/{case}"))["timeline"][-1]
            assert (step["act"], step["evidence"]) == (told["outcomes"][0]["act"], evidence)

    async def test_two_persons_may_correct_a_set(self, place: Place) -> None:
        cases = await place.stand("U83 U40", 2)
        first, second = await place.person("pusdatin", "satu"), await place.person("pusdatin", "dua")
        assert (await bulk(first, "usulan.koreksi_nonaktif", list(cases), **CORRECT))["counts"] == {"menunggu": 2}
        assert (await bulk(second, "usulan.koreksi_nonaktif", list(cases), **CORRECT))["counts"] == {"dipindah": 2}

    async def test_the_order_given_is_the_order_in_which_a_quota_is_served(self, place: Place) -> None:
        await place.policy({"kuota.usulan": 2, "jendela.kirim": {"dari": 1, "sampai": 31}})
        who = await place.person("operator_desa")
        cases = await place.stand(READY, 4)
        asked = [cases[2], cases[0], cases[3], cases[1]]
        told = await bulk(who, "usulan.kirim", asked, evidence={"ba_berlaku": {"nomor": "BA/1"}})
        assert [said for _, said in outcomes(told)] == ["dipindah", "dipindah", "kuota_penuh", "kuota_penuh"]


class TestPreview:
    async def ask(self, who: Caller, trigger: str, cases: list[int], **more: Any) -> dict[str, Any]:
        body = {"trigger": trigger, "cases": cases, **more}
        told: dict[str, Any] = done(await who.post("/cases/transitions/preview", body))
        return told

    async def test_a_preview_changes_nothing(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        cases = await place.stand(ARRIVED, 3)
        counted = "SELECT (SELECT count(*) FROM {0}), (SELECT last_value FROM act_id)"
        tables = ("act", "transition", "refusal", "fact", "note", "confirmation", "wake", "request")
        before = [await place.row(counted.format(table)) for table in tables]
        told = await self.ask(who, "usulan.teruskan", [*cases, 10**15], kinds=["catatan"])
        assert told["open"] == 3
        assert [await place.row(counted.format(table)) for table in tables] == before
        assert {await place.world.state(case) for case in cases} == {"diajukan"}

    async def test_it_agrees_with_the_move_that_follows_case_by_case(self, place: Place) -> None:
        who = await place.person("verifikator_kab")
        good, elsewhere = (await place.stand(CHECKED))[0], (await place.stand(CHECKED, region=place.far))[0]
        [mine] = await place.stand(CHECKED, actors={"U15": who.user})
        [early] = await place.stand(ARRIVED)
        [plain] = await place.stand("U01 U02 U05 U59 U15 U19", kind="KEHAMILAN")
        cases = [good, elsewhere, mine, early, plain, 10**15]
        for trigger, more in (
            ("usulan.nyatakan_lengkap", {}),
            ("usulan.terapkan_langsung", {"kinds": ["dokumen_jenis"]}),
            ("usulan.minta_ground_check", {}),
            ("usulan.tolak", {"reason": "MAMPU", "kinds": ["bukti_alasan", "catatan"]}),
            ("usulan.tolak", {"kinds": ["bukti_alasan", "catatan"]}),
            ("usulan.tolak", {"reason": "MAMPU", "kinds": ["catatan"]}),
            ("usulan.sahkan", {}),
        ):
            seen = await self.ask(who, trigger, cases, **more)
            kinds = set(more.get("kinds", ()))
            told = await bulk(
                who,
                trigger,
                [{"id": case, "version": None} for case in cases],
                reason=more.get("reason"),
                note="x" if "catatan" in kinds else None,
                evidence={kind: {"ada": 1} for kind in kinds - {"catatan"}},
            )
            said = [row["refusal"] for row in seen["cases"]]
            assert said == [row.get("refusal", {}).get("code") for row in told["outcomes"]], trigger
            assert seen["open"] == told["counts"].get("dipindah", 0)

    async def test_it_knows_the_quota_that_is_left(self, place: Place) -> None:
        await place.policy({"kuota.usulan": 1, "jendela.kirim": {"dari": 1, "sampai": 31}})
        who = await place.person("operator_desa")
        cases = await place.stand(READY, 2)
        seen = await self.ask(who, "usulan.kirim", list(cases), kinds=["ba_berlaku"])
        assert [row["refusal"] for row in seen["cases"]] == [None, "kuota_penuh"]

    async def test_it_knows_the_window(self, place: Place) -> None:
        who = await place.person("operator_desa")
        cases = await place.stand(READY, 2)
        for days, refusal in (({"dari": 32, "sampai": 33}, "jendela_tutup"), ({"dari": 1, "sampai": 31}, None)):
            await place.policy({"jendela.kirim": days})
            seen = await self.ask(who, "usulan.kirim", list(cases), kinds=["ba_berlaku"])
            assert {row["refusal"] for row in seen["cases"]} == {refusal}
            assert {row["target"] for row in seen["cases"]} == {"diajukan"}

    async def test_unknown_words_and_double_cases_are_refused_as_in_the_move(self, home: Place) -> None:
        who = await home.person("operator_desa")
        for body, code in (
            ({"trigger": "usulan.terbang", "cases": [1]}, "kata_tidak_dikenal"),
            ({"trigger": "usulan.kirim", "cases": [1], "reason": "TIDAK_ADA"}, "kata_tidak_dikenal"),
            ({"trigger": "usulan.kirim", "cases": [1], "kinds": ["ramalan"]}, "bukti_bukan_wewenang"),
            ({"trigger": "usulan.kirim", "cases": [1, 1]}, "isian_salah"),
        ):
            problem(await who.post("/cases/transitions/preview", body), 422, code)


class TestEvidence:
    async def test_evidence_about_a_case_out_of_sight_is_refused(self, place: Place) -> None:
        [case] = await place.stand("U01", region=place.far)
        who = await place.person("operator_desa")
        problem(await who.post(f"/cases/{case}/facts", {"evidence": {"ktp": 1}}), 404, "kasus_tidak_ditemukan")

    async def test_a_kind_that_the_role_does_not_write_is_refused(self, place: Place) -> None:
        [case] = await place.stand("U01")
        who = await place.person("auditor")
        problem(await who.post(f"/cases/{case}/facts", {"evidence": {"ktp": 1}}), 422, "bukti_bukan_wewenang")

    async def test_evidence_counts_for_the_move_that_needs_it(self, place: Place) -> None:
        who = await place.person("kades")
        [case] = await place.stand("U01 U02 U05 U10")
        problem(await who.move(case, "usulan.sepakati"), 409, "bukti_kurang")
        evidence = {"berita_acara": {"nomor": "BA/1"}, "daftar_hadir": {"hadir": 12}, "bnba": {"keluarga": 1}}
        told = done(await who.post(f"/cases/{case}/facts", {"evidence": evidence, "note": "terlampir"}), 201)
        assert told == {"case": case, "written": 3}
        done(await who.move(case, "usulan.sepakati"), 201)

    async def test_evidence_is_added_and_never_replaced(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        for number in (1, 2):
            done(await who.post(f"/cases/{case}/facts", {"evidence": {"dokumen_jenis": {"nomor": number}}}), 201)
        facts = done(await who.get(f"/cases/{case}"))["facts"]
        assert [fact["value"] for fact in facts if fact["kind"] == "dokumen_jenis"] == [{"nomor": 2}, {"nomor": 1}]
        assert {fact["source"] for fact in facts} == {"operator_desa"}

    async def test_no_evidence_is_no_request(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        for path in (f"/cases/{case}/facts", "/cases/999999999/facts"):
            problem(await who.post(path, {"evidence": {}, "note": "hilang"}), 422, "isian_salah")
            problem(await who.post(path, {}), 422, "isian_salah")
