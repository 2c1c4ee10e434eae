"""Cases: lists with every filter, pages that hold while cases move, one case with its history, what is open to me."""

from __future__ import annotations

from typing import Any

import pytest

from state_machines import MACHINES
from tests.integration.api.kit import Caller, Place, done, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

ARRIVED = "U01 U02 U05 U11 U15"
"""A proposal that has arrived at the kecamatan."""
CHECKED = f"{ARRIVED} U19"
"""One that lies with the verifier of the kabupaten."""


async def ids(who: Caller, **wanted: Any) -> list[int]:
    return [case["id"] for case in done(await who.get("/cases", limit=200, **wanted))["cases"]]


async def pages(who: Caller, limit: int, **wanted: Any) -> list[list[dict[str, Any]]]:
    """Follow `next` to the end."""
    found, cursor = [], None
    while True:
        told = done(await who.get("/cases", limit=limit, **wanted, **({"cursor": cursor} if cursor else {})))
        found.append(told["cases"])
        cursor = told["next"]
        if cursor is None:
            return found


class TestScope:
    async def test_a_case_outside_one_s_scope_is_in_no_list_and_has_no_page(self, place: Place) -> None:
        [case] = await place.stand(ARRIVED)
        for role, region in (
            ("operator_desa", place.neighbour),
            ("kades", place.neighbour),
            ("verifikator_kab", place.far),
            ("dinsos_provinsi", 9471011001),
        ):
            stranger = await place.person(role, region=region)
            assert case not in await ids(stranger)
            problem(await stranger.get(f"/cases/{case}"), 404, "kasus_tidak_ditemukan")
            problem(await stranger.get(f"/cases/{case}/actions"), 404, "kasus_tidak_ditemukan")

    async def test_roles_without_a_region_see_by_their_own_key(self, place: Place) -> None:
        [proposal], [member], [paid] = (
            await place.stand("U01"),
            await place.stand("K01"),
            await place.stand("P01", programme="SEMBAKO"),
        )
        mine = {proposal, member, paid}
        for role, programme, seen in (
            ("direktorat", "PKH", {member}),
            ("kpa", "SEMBAKO", {paid}),
            ("bank", "PKH", set()),
            ("pendamping", "PKH", set()),
        ):
            who = await place.person(role, f"{role}.{programme}", programme=programme)
            assert mine & set(await ids(who, region=place.village)) == seen
            for case in mine:
                assert (await who.get(f"/cases/{case}")).status_code == (200 if case in seen else 404)

    async def test_a_bank_sees_what_lies_in_its_files_and_a_pendamping_his_families(self, place: Place) -> None:
        [paid] = await place.stand("P01 P02")
        [case] = await place.stand("U01")
        bank, pendamping = await place.person("bank", organisation=place.bank), await place.person("pendamping")
        assert await ids(bank, region=place.village) == await ids(pendamping) == []
        await place.world.file(place.bank, [paid])
        family = await place.value("SELECT household_id FROM case_ WHERE id = %s", case)
        await place.world.assign_families(pendamping.name, [family])
        assert paid in await ids(bank)
        assert await ids(pendamping) == [case]

    async def test_what_contains_a_village_sees_its_cases(self, place: Place) -> None:
        [case] = await place.stand(ARRIVED)
        for role in ("kades", "operator_kecamatan", "verifikator_kab", "dinsos_provinsi", "pusdatin", "auditor"):
            who = await place.person(role)
            assert await ids(who, region=place.village) == [case]
            assert done(await who.get(f"/cases/{case}"))["id"] == case


class TestList:
    async def test_each_filter_narrows_and_all_of_them_together(self, place: Place) -> None:
        who = await place.person("auditor")
        near = await place.stand(ARRIVED, 2)
        [beside] = await place.stand("U01", region=place.neighbour)
        [member] = await place.stand("K01", programme="SEMBAKO")
        [paid] = await place.stand("P01", period=202602)
        batch = await place.batch()
        await place.gate("pengesahan", near[:1], batch=batch)
        here = {"region": place.kabupaten}
        everything = {*near, beside, member, paid}
        family = await place.value("SELECT household_id FROM case_ WHERE id = %s", beside)
        for wanted, found in (
            (here, everything),
            ({"region": place.village}, everything - {beside}),
            (here | {"machine": "usulan"}, {*near, beside}),
            (here | {"machine": "penyaluran"}, {paid}),
            (here | {"state": "draf"}, {beside}),
            (here | {"state": ["draf", "diajukan"]}, {*near, beside}),
            (here | {"programme": "SEMBAKO"}, {member}),
            (here | {"programme": "PKH"}, {paid}),
            (here | {"period": 202602}, {paid}),
            ({"batch": batch}, set(near[:1])),
            ({"household": family}, {beside}),
            ({"household": family, "machine": "penyaluran"}, set()),
            (here | {"machine": "usulan", "state": "diajukan", "batch": batch}, set(near[:1])),
            (here | {"machine": "tidak ada"}, set()),
            (here | {"state": "tidak ada"}, set()),
        ):
            assert set(await ids(who, **wanted)) == found, wanted

    async def test_a_region_is_written_with_or_without_dots(self, place: Place) -> None:
        who = await place.person("auditor")
        [case] = await place.stand("U01")
        text = str(place.village)
        assert await ids(who, region=f"{text[:2]}.{text[2:4]}.{text[4:6]}.{text[6:]}") == [case]
        for wrong in ("3", "32.4", "320405200", "kota"):
            problem(await who.get("/cases", region=wrong), 422, "wilayah_tidak_ada")

    async def test_a_row_says_what_people_ask_first(self, place: Place) -> None:
        who = await place.person("auditor")
        await place.stand(ARRIVED)
        [row] = done(await who.get("/cases", region=place.village))["cases"]
        assert row["number"].startswith("USL-")
        assert (row["machine"], row["jenis"], row["state"], row["version"]) == ("usulan", "BARU", "diajukan", 5)
        assert (row["holder"], row["terminal"], row["region"]) == ("operator_kecamatan", False, place.village)
        assert row["since"] < row["due"]
        assert not {"nik", "no_kk", "nama", "kepala"} & set(row)

    async def test_pages_hold_every_case_once_longest_waiting_first(self, place: Place) -> None:
        who = await place.person("auditor")
        cases = await place.stand("U01", 7)
        for limit, sizes in ((1, [1] * 7 + [0]), (3, [3, 3, 1]), (7, [7, 0]), (200, [7])):
            found = await pages(who, limit, region=place.village)
            assert [len(page) for page in found] == sizes
            rows = [row for page in found for row in page]
            assert [row["id"] for row in rows] == sorted(cases)
            assert [row["since"] for row in rows] == sorted(row["since"] for row in rows)
        begun = done(await who.get("/cases", region=place.village, limit=3, cursor=""))
        assert [row["id"] for row in begun["cases"]] == sorted(cases)[:3]

    async def test_sorted_by_due_are_the_open_cases_as_the_other_list_dates_them(self, place: Place) -> None:
        who = await place.person("auditor")
        await place.stand("U01", 3)
        await place.stand(ARRIVED, 2)
        await place.stand("U01 U02")  # the system's, due within minutes
        await place.stand("U01 U03")  # at its end: due no more
        others = done(await who.get("/cases", region=place.village))["cases"]
        dated = sorted((row["due"], row["since"], row["id"]) for row in others if row["due"])
        assert (len(others), len(dated)) == (7, 6)
        for limit in (1, 4, 200):
            found = [row for page in await pages(who, limit, region=place.village, sort="due") for row in page]
            assert [(row["due"], row["since"], row["id"]) for row in found] == dated
            assert {row["id"]: row for row in found}.items() <= {row["id"]: row for row in others}.items()
        drafts = done(await who.get("/cases", region=place.village, sort="due", state="draf", machine="usulan"))
        assert [row["state"] for row in drafts["cases"]] == ["draf"] * 3
        assert done(await who.get("/cases", region=place.village, sort="due", programme="PKH"))["cases"] == []
        [page] = [done(await who.get("/cases", region=place.village, sort="due", limit=2))["next"]]
        problem(await who.get("/cases", region=place.village, cursor=page), 422, "isian_salah")
        problem(await who.get("/cases", sort="nama"), 422, "isian_salah")

    async def test_no_case_is_missed_or_doubled_while_cases_move(self, place: Place) -> None:
        who, operator = await place.person("auditor"), await place.person("operator_desa")
        cases = await place.drafts(operator, 12)
        seen: list[int] = []
        cursor: dict[str, Any] = {}
        moved: list[int] = []
        while True:
            told = done(await who.get("/cases", region=place.village, state="draf", limit=3, **cursor))
            seen += [case["id"] for case in told["cases"]]
            if told["next"] is None:
                break
            cursor = {"cursor": told["next"]}
            # One that was seen leaves, and one that was not.
            for case in (seen[-1], next((c for c in reversed(cases) if c not in {*seen, *moved}), None)):
                if case is not None:
                    done(await operator.move(case, "usulan.kirim_cek"), 201)
                    moved.append(case)
        assert len(seen) == len(set(seen))
        assert set(cases) - set(moved) <= set(seen)
        assert moved

    async def test_without_a_state_a_case_that_moves_comes_again_with_its_new_version(self, place: Place) -> None:
        """The order is by how long a case has stood: one that moves goes to the end, and is told as it is then."""
        who, operator = await place.person("auditor"), await place.person("operator_desa")
        cases = await place.drafts(operator, 3)
        first = done(await who.get("/cases", region=place.village, limit=2))
        done(await operator.move(cases[0], "usulan.kirim_cek"), 201)
        rest = done(await who.get("/cases", region=place.village, limit=5, cursor=first["next"]))
        told = [(row["id"], row["version"]) for row in first["cases"] + rest["cases"]]
        assert told == [(cases[0], 1), (cases[1], 1), (cases[2], 1), (cases[0], 2)]

    async def test_a_page_has_a_limit(self, home: Place) -> None:
        who = await home.person("auditor")
        for limit in (0, 201, "banyak"):
            problem(await who.get("/cases", limit=limit), 422, "isian_salah")


class TestDetail:
    async def test_a_case_tells_where_it_stands_what_is_known_and_its_whole_history(self, place: Place) -> None:
        operator, kades = await place.person("operator_desa"), await place.person("kades")
        [case] = await place.drafts(operator)
        done(await operator.move(case, "usulan.kirim_cek", note="siap diperiksa"), 201)
        told = done(await operator.get(f"/cases/{case}"))
        assert (told["state"], told["version"], told["machine"]) == ("cek_data", 2, "usulan")
        first, second = told["timeline"]
        assert (first["source"], first["trigger"], first["target"]) == ("new", "buat_draf", "draf")
        assert (second["source"], second["trigger"], second["target"]) == ("draf", "kirim_cek", "cek_data")
        assert (second["actor_id"], second["role"], second["note"]) == (
            operator.user,
            "operator_desa",
            "siap diperiksa",
        )
        assert second["actor"]
        assert second["policy_version"] >= 1
        assert set(first["evidence"]) == {"ktp", "kk", "foto_rumah_geotag", "variabel"}
        assert {fact["kind"] for fact in told["facts"]} >= {"ktp", "kk", "foto_rumah_geotag"}
        assert done(await kades.get(f"/cases/{case}"))["timeline"] == told["timeline"]

    async def test_a_reason_and_its_words_stand_in_the_history(self, place: Place) -> None:
        who = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        done(await who.move(case, "usulan.kembalikan_kecamatan", reason="BERKAS_KURANG", note="KK buram"), 201)
        step = done(await who.get(f"/cases/{case}"))["timeline"][-1]
        assert (step["reason"], step["rule"], step["note"]) == ("BERKAS_KURANG", "U20", "KK buram")
        assert step["reason_label"]

    async def test_a_move_by_two_persons_names_both(self, place: Place) -> None:
        first, second = await place.person("pusdatin", "satu"), await place.person("pusdatin", "dua")
        [case] = await place.stand("U83 U40")
        told = {"reason": "SALAH_KLIK", "note": "salah keluarga"}
        assert done(await first.move(case, "usulan.koreksi_nonaktif", **told), 202)["outcome"] == "menunggu"
        done(await second.move(case, "usulan.koreksi_nonaktif", **told), 201)
        step = done(await first.get(f"/cases/{case}"))["timeline"][-1]
        assert step["actor"] == f"{first.name.title()} & {second.name.title()}"


class TestActions:
    async def test_every_rule_that_leaves_the_state_is_told_once(self, place: Place) -> None:
        who = await place.person("verifikator_kab")
        [case] = await place.stand(CHECKED)
        told = done(await who.get(f"/cases/{case}/actions"))
        usulan = next(machine for machine in MACHINES if machine.name == "usulan")
        leaving = sorted(f"usulan.{rule.trigger}" for rule in usulan.rules if "verif_dinsos" in rule.sources)
        assert sorted(row["trigger"] for row in told["open"] + told["closed"]) == leaving

    async def test_what_is_open_to_me_moves_and_leads_where_it_says(self, place: Place) -> None:
        who = await place.person("verifikator_kab")
        officer = await place.person("pendamping")
        given = {"catatan": None, "bukti_alasan": {"foto": 1}, "petugas_ditunjuk": {"pengguna": officer.name}}
        [case] = await place.stand(CHECKED)
        mine = [row for row in done(await who.get(f"/cases/{case}/actions"))["open"] if "verifikator_kab" in row["by"]]
        moves = {row["trigger"]: row for row in mine}
        assert {"usulan.nyatakan_lengkap", "usulan.kembalikan", "usulan.tolak", "usulan.minta_ground_check"} <= set(
            moves
        )
        for trigger in ("usulan.nyatakan_lengkap", "usulan.kembalikan", "usulan.tolak", "usulan.minta_ground_check"):
            [fresh] = await place.stand(CHECKED)
            row = moves[trigger]
            evidence = {need: given[need] for need in row["needs"] if given[need]}
            answer = await who.move(
                fresh, trigger, reason=next(iter(row["reasons"]), None), note="diperiksa", evidence=evidence
            )
            assert done(answer, 201)["state"] == row["target"]

    async def test_what_is_closed_to_my_role_is_refused_for_the_reason_told(self, place: Place) -> None:
        who = await place.person("verifikator_kab", "verifikator")
        [case] = await place.stand("U01 U02 U05", actors={"U01": who.user}, kind="PINDAH")
        rows = done(await who.get(f"/cases/{case}/actions"))["closed"]
        for row in rows:
            if "verifikator_kab" in row["by"]:
                problem(
                    await who.move(case, row["trigger"], reason=next(iter(row["reasons"]), None)), 409, row["refusal"]
                )
        assert {row["trigger"]: row["refusal"] for row in rows}["usulan.masuk_musdes"] == "peran"

    async def test_actions_and_moves_agree_for_every_role(self, place: Place) -> None:
        [case] = await place.stand(CHECKED)
        for role in ("auditor", "kades", "operator_kecamatan", "kepala_dinas", "pusdatin", "verifikator_kab"):
            who = await place.person(role)
            for row in done(await who.get(f"/cases/{case}/actions"))["closed"]:
                problem(
                    await who.move(case, row["trigger"], reason=next(iter(row["reasons"]), None)), 409, row["refusal"]
                )

    async def test_a_role_that_takes_no_part_finds_everything_closed_and_by_whom_it_is_open(self, place: Place) -> None:
        [case] = await place.stand(CHECKED)
        told = done(await (await place.person("auditor")).get(f"/cases/{case}/actions"))
        assert all(row["by"] for row in told["closed"])
        assert told["open"] == []
        assert {row["refusal"] for row in told["closed"]} == {"peran"}

    async def test_four_eyes_close_what_the_proposer_would_decide_himself(self, place: Place) -> None:
        same = await place.person("kades", "rangkap")
        [case] = await place.stand("U01 U02 U05", actors={"U01": same.user})
        other = await place.person("kades", "lain")
        mine = {row["trigger"]: row["refusal"] for row in done(await same.get(f"/cases/{case}/actions"))["closed"]}
        assert mine["usulan.teken_sptjm"] == "empat_mata"
        problem(await same.move(case, "usulan.teken_sptjm", evidence={"sptjm": {"nomor": "1"}}), 409, "empat_mata")
        assert "usulan.teken_sptjm" in {
            row["trigger"] for row in done(await other.get(f"/cases/{case}/actions"))["open"]
        }

    async def test_evidence_and_reasons_are_named_before_they_are_asked(self, place: Place) -> None:
        [case] = await place.stand(CHECKED)
        told = done(await (await place.person("verifikator_kab")).get(f"/cases/{case}/actions"))
        refuse = next(row for row in told["open"] if row["trigger"] == "usulan.tolak")
        assert set(refuse["needs"]) == {"catatan", "bukti_alasan"} == set(refuse["missing"])
        assert "MAMPU" in refuse["reasons"]
