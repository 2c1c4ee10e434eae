"""Families: found without showing their numbers, changed without losing what stood before."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.api.kit import Caller, Place, done, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def found(who: Caller, **wanted: Any) -> list[int]:
    return [row["id"] for row in done(await who.search(**wanted))["households"]]


async def numbers(place: Place, household: int) -> tuple[str, list[str]]:
    row = await place.row(
        "SELECT h.no_kk, array_agg(p.nik ORDER BY p.id) AS niks "
        "FROM household h JOIN person p ON p.household_id = h.id WHERE h.id = %s GROUP BY 1",
        household,
    )
    return row["no_kk"], row["niks"]


class TestSearch:
    async def test_a_family_out_of_scope_is_found_by_nothing(self, place: Place) -> None:
        [household] = await place.families()
        kk, niks = await numbers(place, household)
        for role, region in (
            ("operator_desa", place.neighbour),
            ("verifikator_kab", place.far),
            ("bank", place.village),
        ):
            stranger = await place.person(role, region=region)
            assert await found(stranger, no_kk=kk) == []
            assert await found(stranger, nik=niks[0]) == []
            assert household not in await found(stranger, name="anggota")
            problem(await stranger.get(f"/households/{household}"), 404, "keluarga_tidak_ditemukan")

    async def test_by_nik_kk_and_the_beginning_of_a_name(self, place: Place) -> None:
        who = await place.person("operator_desa")
        first, second = await place.families(2)
        kk, niks = await numbers(place, first)
        assert await found(who, no_kk=kk) == [first]
        assert await found(who, nik=niks[1]) == [first]
        assert await found(who, name="ANGGOTA") == [first, second]
        assert await found(who, name="nggota") == []
        assert await found(who, name="anggota", limit=1) == [first]
        assert await found(who) == []

    async def test_no_number_is_shown_whole_anywhere_in_an_answer(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        kk, niks = await numbers(place, household)
        for answer in (
            await who.search(no_kk=kk),
            await who.search(nik=niks[0]),
            await who.search(name="anggota"),
            await who.get(f"/households/{household}"),
        ):
            done(answer)
            assert not [number for number in (kk, *niks) if number in answer.text]
            assert f"{kk[:6]}••••••{kk[-4:]}" in answer.text

    @pytest.mark.parametrize(
        "name", ["%%%", "___", "%an", "_nggota", "ang%", "anggot_", "\\\\\\", "ang\\", "' OR 1=1 --"]
    )
    async def test_signs_that_a_pattern_would_understand_match_only_themselves(self, place: Place, name: str) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        assert await found(who, name=name) == []
        await place.world.admin.execute(
            "UPDATE person SET nama = %s WHERE household_id = %s AND hubungan = 1", (f"{name} Aneh", household)
        )
        assert await found(who, name=name) == [household]

    async def test_a_name_has_at_least_three_letters_and_a_number_sixteen_digits(self, home: Place) -> None:
        who = await home.person("operator_desa")
        for wrong in (
            {"name": "si"},
            {"name": "x" * 61},
            {"nik": "320405010180000"},
            {"nik": "٣٢٠٤٠٥٠١٠١٨٠٠٠٠١"},
            {"no_kk": "3204050101800001%"},
            {"name": "siti", "limit": 51},
        ):
            problem(await who.search(**wrong), 422, "isian_salah")

    async def test_numbers_are_not_taken_from_an_address(self, place: Place) -> None:
        """An address is kept by proxies, browsers and logs; the body is not."""
        who = await place.person("operator_desa")
        [household] = await place.families()
        kk, _ = await numbers(place, household)
        assert (await who.get("/households", no_kk=kk)).status_code in {404, 405}
        told = done(await who.ask("POST", "/households/search", params={"no_kk": kk}, json={}))
        assert told == {"households": []}


class TestOneFamily:
    async def test_it_is_told_with_its_members_and_every_programme_with_label_and_reason(self, place: Place) -> None:
        who = await place.person("verifikator_kab")
        [household] = await place.families(members=3)
        [proposal] = await place.stand("U83 U85", households=[household])
        [member] = await place.stand("K01 K06 K07 K13", households=[household])
        [first] = await place.stand("P01", households=[household], period=202601)
        [second] = await place.stand("P01", households=[household], period=202602)
        [refused] = await place.stand("P01 P02", households=[household], period=202603)
        told = done(await who.get(f"/households/{household}"))
        assert len(told["members"]) == 3
        assert [member["hubungan"] for member in told["members"]] == [1, 3, 3]
        standing = {row["case_id"]: row for row in told["programmes"]}
        assert set(standing) == {proposal, member, first, second, refused}
        assert (standing[member]["programme"], standing[member]["state"]) == ("PKH", "ditangguhkan")
        assert standing[member]["reason"]
        assert standing[member]["reason_label"]
        assert (standing[refused]["period"], standing[refused]["state"]) == (202603, "exclude")
        assert standing[refused]["reason"]
        assert all(row["label"] and row["meaning"] and row["holder"] for row in standing.values())
        assert [row["period"] for row in told["programmes"] if row["machine"] == "penyaluran"] == [
            202603,
            202602,
            202601,
        ]

    async def test_a_programme_sees_a_family_only_while_it_has_a_case_there(self, place: Place) -> None:
        mine, theirs = await place.families(2)
        await place.stand("K01", households=[mine], programme="SEMBAKO")
        who = await place.person("direktorat", programme="SEMBAKO")
        assert done(await who.get(f"/households/{mine}"))["id"] == mine
        problem(await who.get(f"/households/{theirs}"), 404)


class TestEdits:
    @pytest.mark.parametrize("role", ["auditor", "kades", "verifikator_kab", "operator_kecamatan", "kepala_dinas"])
    async def test_a_role_that_does_not_keep_the_register_may_not(self, place: Place, role: str) -> None:
        [household] = await place.families()
        who = await place.person(role)
        problem(await who.patch(f"/households/{household}", {"version": 1, "alamat": "x"}), 403, "bukan_pengisi_data")
        assert await place.value("SELECT version FROM household WHERE id = %s", household) == 1

    async def test_a_family_out_of_scope_is_not_there_to_change(self, place: Place) -> None:
        [household] = await place.families()
        stranger = await place.person("operator_desa", region=place.neighbour)
        problem(await stranger.patch(f"/households/{household}", {"version": 1, "alamat": "x"}), 404)

    async def test_only_what_is_named_changes_and_the_difference_is_told(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        before = done(await who.get(f"/households/{household}"))
        told = done(await who.patch(f"/households/{household}", {"version": 1, "alamat": "Jl. Anggrek 9", "rt": "007"}))
        assert told == {
            "household": household,
            "version": 2,
            "identitas": False,
            "differences": [
                {"field": "alamat", "before": "Jl. Melati 1", "after": "Jl. Anggrek 9", "where": "keluarga"},
                {"field": "rt", "before": "001", "after": "007", "where": "keluarga"},
            ],
        }
        after = done(await who.get(f"/households/{household}"))
        # The family is known by its head; who that is was written down anew.
        head = {"kepala": before["members"][0]["nama"], "updated_at": after["updated_at"]}
        assert after == before | head | {"alamat": "Jl. Anggrek 9", "rt": "007", "version": 2}

    async def test_what_stood_before_is_kept_with_the_act_that_changed_it(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        for version in (1, 2):
            done(await who.patch(f"/households/{household}", {"version": version, "alamat": f"Jl. Mawar {version}"}))
        kept = await (
            await place.world.admin.execute(
                "SELECT k.version, k.before ->> 'alamat' AS alamat, jsonb_array_length(k.before -> 'members') AS n, "
                "a.actor FROM household_history k JOIN act a ON a.id = k.act WHERE k.household_id = %s ORDER BY 1",
                (household,),
            )
        ).fetchall()
        assert kept == [
            {"version": 1, "alamat": "Jl. Melati 1", "n": 2, "actor": who.user},
            {"version": 2, "alamat": "Jl. Mawar 1", "n": 2, "actor": who.user},
        ]

    async def test_a_change_of_numbers_is_told_masked_and_as_a_change_of_identity(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        kk, niks = await numbers(place, household)
        [member, _] = done(await who.get(f"/households/{household}"))["members"]
        new_kk = f"{kk[:-4]}7777"
        edit = {
            "version": 1,
            "no_kk": new_kk,
            "members": [{"id": member["id"], "nik": f"{niks[0][:-4]}8888"}],
        }
        answer = await who.patch(f"/households/{household}", edit)
        told = done(answer)
        assert told["identitas"] is True
        assert {row["field"]: (row["before"], row["after"]) for row in told["differences"]} == {
            "no_kk": (f"{kk[:6]}••••••{kk[-4:]}", f"{kk[:6]}••••••7777"),
            "nik": (f"{niks[0][:6]}••••••{niks[0][-4:]}", f"{niks[0][:6]}••••••8888"),
        }
        assert not [number for number in (kk, niks[0], new_kk) if number in answer.text]
        assert await numbers(place, household) == (new_kk, [f"{niks[0][:-4]}8888", niks[1]])

    async def test_a_changed_identity_is_to_be_matched_anew(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        await place.world.admin.execute("UPDATE person SET padan = true WHERE household_id = %s", (household,))
        [head, other] = done(await who.get(f"/households/{household}"))["members"]
        done(
            await who.patch(
                f"/households/{household}",
                {
                    "version": 1,
                    "members": [{"id": head["id"], "nama": "Nama Baru"}, {"id": other["id"], "pekerjaan": 3}],
                },
            )
        )
        told = done(await who.get(f"/households/{household}"))
        assert told["kepala"] == "Nama Baru"
        assert [member["padan"] for member in told["members"]] == [None, True]

    async def test_a_version_that_has_passed_is_a_conflict_that_names_both(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        done(await who.patch(f"/households/{household}", {"version": 1, "alamat": "Jl. Satu"}))
        told = problem(
            await who.patch(f"/households/{household}", {"version": 1, "alamat": "Jl. Dua"}), 409, "keluarga_berubah"
        )
        assert told["detail"] == "Anda melihat versi 1, sekarang versi 2."
        assert done(await who.get(f"/households/{household}"))["alamat"] == "Jl. Satu"

    async def test_of_several_who_saw_the_same_version_one_changes_it(self, place: Place) -> None:
        [household] = await place.families()
        people = [await place.person("operator_desa", name) for name in ("a", "b", "c", "d")]
        answers = await asyncio.gather(
            *(who.patch(f"/households/{household}", {"version": 1, "alamat": f"Jl. {who.name}"}) for who in people)
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        [winner] = [who for who, answer in zip(people, answers, strict=True) if answer.is_success]
        assert await place.value("SELECT alamat FROM household WHERE id = %s", household) == f"Jl. {winner.name}"
        assert await place.value("SELECT version FROM household WHERE id = %s", household) == 2

    async def test_a_person_of_another_family_is_no_member(self, place: Place) -> None:
        who = await place.person("operator_desa")
        one, two = await place.families(2)
        [stranger, _] = done(await who.get(f"/households/{two}"))["members"]
        edit = {"version": 1, "alamat": "Jl. Lain", "members": [{"id": stranger["id"], "nama": "Bukan Saya"}]}
        problem(await who.patch(f"/households/{one}", edit), 422, "anggota_tidak_dikenal")
        assert await place.value("SELECT version FROM household WHERE id = %s", one) == 1

    @pytest.mark.parametrize("field", ["no_kk", "alamat", "rt", "rw"])
    async def test_what_a_family_must_have_cannot_be_emptied(self, place: Place, field: str) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        told = problem(await who.patch(f"/households/{household}", {"version": 1, field: None}), 422, "isian_salah")
        assert told["fields"][0] == {
            "field": f"body.{field}",
            "message": "tidak dapat dikosongkan",
            "message_en": "cannot be emptied",
            "kind": "value_error",
        }

    @pytest.mark.parametrize(
        "wrong",
        [
            {"nik": None},
            {"nama": None},
            {"hamil": None},
            {"nama": "   "},
            {"nik": "32040501018000"},
            {"nik": "٣٢٠٤٠٥٠١٠١٨٠٠٠٠١"},
            {"tanggal_lahir": "31-12-1980"},
            {"tanggal_lahir": "1980-02-30"},
            {"jenis_kelamin": 3},
            {"hubungan": 0},
            {"pekerjaan": 100},
            {"status": "meninggal"},
            {"padan": True},
            {"household_id": 1},
        ],
    )
    async def test_a_member_s_field_that_cannot_be_is_refused(self, place: Place, wrong: dict[str, Any]) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        [member, _] = done(await who.get(f"/households/{household}"))["members"]
        edit = {"version": 1, "members": [{"id": member["id"], **wrong}]}
        problem(await who.patch(f"/households/{household}", edit), 422, "isian_salah")

    @pytest.mark.parametrize("wrong", [{"tanggal_lahir": "2999-01-01"}, {"hubungan": 3}])
    async def test_an_edit_is_judged_as_an_import_would_be(self, place: Place, wrong: dict[str, Any]) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        [head, _] = done(await who.get(f"/households/{household}"))["members"]
        edit = {"version": 1, "members": [{"id": head["id"], **wrong}]}
        problem(await who.patch(f"/households/{household}", edit), 422)
