"""The questionnaire over HTTP: what may be asked, answers given in either numbering, and who changed what."""

from __future__ import annotations

from typing import Any

import pytest

from models.register.variables import reference
from tests.integration.api.kit import Caller, Place, done, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def read(who: Caller, household: int) -> dict[str, Any]:
    told: dict[str, Any] = done(await who.get(f"/households/{household}"))
    return told


class TestReference:
    async def test_every_variable_and_every_code_is_told_to_whoever_signed_in(self, place: Place) -> None:
        told = done(await (await place.person("auditor")).get("/register/variables"))
        page = reference()
        assert [row["name"] for row in told["variables"]] == [row["name"] for row in page["variables"]]
        assert set(told["lists"]) == set(page["lists"])
        roof = {row["code"]: row["variants"] for row in told["lists"]["atap"]["codes"]}
        assert (roof[5], roof[6], roof[7]) == (
            {"regsosek": 5, "dtsen": 6},
            {"regsosek": 6, "dtsen": 5},
            {"regsosek": 7, "dtsen": 7},
        )


class TestAnswers:
    async def test_answers_are_kept_and_told_with_labels(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        [head, _] = (await read(who, household))["members"]
        edit = {
            "version": 1,
            "variables": {"listrik": 1, "daya": 2, "luas_lantai": 36, "aset_ac": False},
            "members": [{"id": head["id"], "variables": {"bekerja": True, "status_kerja": 5, "jam_kerja": 40}}],
        }
        told = done(await who.patch(f"/households/{household}", edit))
        assert {(row["where"], row["field"], row["before"], row["after"]) for row in told["differences"]} == {
            ("keluarga", "listrik", None, 1),
            ("keluarga", "daya", None, 2),
            ("keluarga", "luas_lantai", None, 36),
            ("keluarga", "aset_ac", None, False),
            (f"anggota {head['id']}", "bekerja", None, True),
            (f"anggota {head['id']}", "status_kerja", None, 5),
            (f"anggota {head['id']}", "jam_kerja", None, 40),
        }
        after = await read(who, household)
        assert after["variables"] == edit["variables"]
        assert [(row["name"], row.get("answer")) for row in after["answers"]] == [
            ("luas_lantai", None),
            ("listrik", "Listrik PLN dengan meteran"),
            ("daya", "900 watt"),
            ("aset_ac", "Tidak"),
        ]
        assert {row["name"] for row in after["members"][0]["answers"]} == {"bekerja", "status_kerja", "jam_kerja"}
        assert "daya" not in after["incomplete"]["peringkat"]
        assert "lantai" in after["incomplete"]["peringkat"]
        assert "lapangan_usaha" in after["members"][0]["incomplete"]["peringkat"]

    async def test_an_answer_in_the_other_numbering_is_kept_in_the_canonical_one(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        edit = {"version": 1, "variant": "dtsen", "variables": {"atap": 5, "memasak": 0}}
        done(await who.patch(f"/households/{household}", edit))
        after = await read(who, household)
        assert after["variables"] == {"atap": 6, "memasak": 12}
        assert {row["name"]: row["codes"] for row in after["answers"]} == {
            "atap": {"regsosek": 6, "dtsen": 5},
            "memasak": {"regsosek": 12, "dtsen": 0},
        }

    async def test_an_answer_is_taken_back_by_null(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        done(await who.patch(f"/households/{household}", {"version": 1, "variables": {"lantai": 8, "dinding": 6}}))
        done(await who.patch(f"/households/{household}", {"version": 2, "variables": {"lantai": None}}))
        assert (await read(who, household))["variables"] == {"dinding": 6}

    async def test_every_wrong_answer_is_told_at_once_with_its_place_and_cure(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        [head, _] = (await read(who, household))["members"]
        edit = {
            "version": 1,
            "variables": {"atap": 9, "warna_pagar": 1, "id_keluarga": "x", "lantai": 8, "daya": 1},
            "members": [{"id": head["id"], "variables": {"gizi": 1, "jam_kerja": 99}}],
        }
        told = problem(await who.patch(f"/households/{household}", edit), 422, "variabel_tidak_sah")
        assert {row["field"] for row in told["fields"]} == {
            "body.variables.atap",
            "body.variables.warna_pagar",
            "body.variables.id_keluarga",
            "body.variables.daya",
            "body.members.0.variables.gizi",
            "body.members.0.variables.jam_kerja",
        }
        assert all(row["message"] and row["message_en"] for row in told["fields"])
        [roof] = [row for row in told["fields"] if row["field"].endswith("atap")]
        assert "3 Seng" in roof["message"]
        assert await place.value("SELECT version FROM household WHERE id = %s", household) == 1

    @pytest.mark.parametrize("wrong", [{"variables": {"lantai": [1]}}, {"variables": 3}, {"variant": "bps"}])
    async def test_what_is_no_answer_at_all_is_refused_by_its_shape(self, place: Place, wrong: dict[str, Any]) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        problem(await who.patch(f"/households/{household}", {"version": 1, **wrong}), 422, "isian_salah")


class TestNewMembers:
    async def test_a_member_is_added_whole(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        nik = f"{place.village // 10_000:06}0505260001"
        child = {
            "nik": nik,
            "nama": "Bayi Baru",
            "tanggal_lahir": "2026-05-05",
            "jenis_kelamin": 1,
            "hubungan": 3,
            "variables": {"gizi": 3},
        }
        answer = await who.patch(f"/households/{household}", {"version": 1, "members": [child]})
        assert done(answer)["identitas"] is True
        assert nik not in answer.text
        members = (await read(who, household))["members"]
        assert [member["nama"] for member in members][-1] == "Bayi Baru"
        assert (members[-1]["variables"], members[-1]["pengurus"], members[-1]["padan"]) == ({"gizi": 3}, False, None)

    async def test_one_who_is_told_by_half_or_is_there_already_is_not_added(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [household] = await place.families()
        told = problem(
            await who.patch(f"/households/{household}", {"version": 1, "members": [{"nama": "Siapa"}]}),
            422,
            "isian_salah",
        )
        assert "tanggal_lahir" in told["detail"]
        nik = await place.value("SELECT min(nik) FROM person WHERE household_id = %s", household)
        twin = {"nik": nik, "nama": "Kembar", "tanggal_lahir": "1980-01-01", "jenis_kelamin": 1, "hubungan": 3}
        answer = await who.patch(f"/households/{household}", {"version": 1, "members": [twin]})
        problem(answer, 422, "keluarga_tidak_sah")
        assert await place.value("SELECT count(*) FROM person WHERE household_id = %s", household) == 2


class TestNewFamilies:
    def told(self, place: Place, **more: Any) -> dict[str, Any]:
        district = place.village // 10_000
        head = {"nik": f"{district:06}0505900009", "nama": "Kepala Baru", "tanggal_lahir": "1990-05-05"}
        return {
            "no_kk": f"{district:06}0101260009",
            "region": place.village,
            "alamat": "Jl. Pecahan 1",
            "rt": "001",
            "rw": "002",
            "members": [head | {"jenis_kelamin": 1, "hubungan": 1}],
        } | more

    async def listed(self, place: Place) -> None:
        """Let the ministry's list know the made-up villages of this test."""
        for village in (place.village, place.neighbour):
            await place.world.admin.execute(
                "INSERT INTO region (code, level, name, lo, hi, search) VALUES (%(v)s, 10, 'Uji', %(v)s, %(v)s, 'uji') "
                "ON CONFLICT DO NOTHING",
                {"v": village},
            )

    async def test_a_village_that_the_list_does_not_know_takes_no_family(self, place: Place) -> None:
        who = await place.person("operator_desa")
        problem(await who.post("/households", self.told(place, region=3204059999)), 404, "wilayah_tidak_ada")

    async def test_a_family_is_written_whole_and_its_head_is_paid(self, place: Place) -> None:
        await self.listed(place)
        who = await place.person("operator_desa")
        made = done(await who.post("/households", self.told(place, variables={"lantai": 8})), 201)
        family = await read(who, made["household"])
        assert (family["version"], family["kepala"], family["variables"]) == (1, "Kepala Baru", {"lantai": 8})
        assert [member["pengurus"] for member in family["members"]] == [True]

    async def test_what_is_outside_wrong_or_not_mine_to_write_is_refused(self, place: Place) -> None:
        await self.listed(place)
        who = await place.person("operator_desa")
        for more, code in (
            ({"region": place.neighbour}, "keluarga_tidak_sah"),
            ({"variables": {"lantai": 99}}, "variabel_tidak_sah"),
            ({"members": []}, "isian_salah"),
        ):
            problem(await who.post("/households", self.told(place, **more)), 422, code)
        headless = self.told(place)
        headless["members"][0]["hubungan"] = 3
        problem(await who.post("/households", headless), 422, "keluarga_tidak_sah")
        problem(await (await place.person("kades")).post("/households", self.told(place)), 403, "bukan_pengisi_data")

    async def test_a_pendamping_writes_a_family_where_one_of_his_lives_and_looks_after_it(self, place: Place) -> None:
        await self.listed(place)
        who, other = await place.person("pendamping"), await place.person("pendamping", "lain")
        problem(await who.post("/households", self.told(place)), 422, "keluarga_tidak_sah")
        await place.world.assign_families(who.name, await place.families())
        made = done(await who.post("/households", self.told(place)), 201)["household"]
        assert [member["pengurus"] for member in (await read(who, made))["members"]] == [True]
        problem(await other.get(f"/households/{made}"), 404)
        problem(await who.post("/households", self.told(place, region=place.neighbour)), 422, "keluarga_tidak_sah")

    async def test_a_citizen_writes_no_other_family(self, place: Place) -> None:
        await self.listed(place)
        await place.families()
        who = await place.person("warga")
        problem(await who.post("/households", self.told(place)), 422, "keluarga_tidak_sah")


class TestHistory:
    async def test_every_version_tells_who_when_from_where_and_what(self, place: Place) -> None:
        first, second = await place.person("operator_desa"), await place.person("pengisi_data_kab")
        [household] = await place.families()
        [head, other] = (await read(first, household))["members"]
        nik = await place.value("SELECT nik FROM person WHERE id = %s", other["id"])
        done(await first.patch(f"/households/{household}", {"version": 1, "rt": "009", "variables": {"lantai": 8}}))
        members = [{"id": other["id"], "nik": f"{nik[:-4]}7777"}]
        done(await second.patch(f"/households/{household}", {"version": 2, "members": members}))
        answer = await first.get(f"/households/{household}/history")
        told = done(answer)
        assert told["household"] == household
        assert [(row["version"], row["role"], row["source"]) for row in told["versions"]] == [
            (1, "sistem", "uji"),
            (2, "operator_desa", "formulir"),
            (3, "pengisi_data_kab", "formulir"),
        ]
        made, changed, renumbered = (row["differences"] for row in told["versions"])
        assert made == []
        # The family is known by its head; who that is was written down anew.
        assert [(row["where"], row["field"], row["before"], row["after"]) for row in changed] == [
            ("keluarga", "rt", "001", "009"),
            ("keluarga", "kepala", changed[1]["before"], head["nama"]),
            ("keluarga", "lantai", None, 8),
        ]
        assert renumbered == [
            {
                "where": f"anggota {other['id']}",
                "field": "nik",
                "before": f"{nik[:6]}••••••{nik[-4:]}",
                "after": f"{nik[:6]}••••••7777",
            }
        ]
        assert nik not in answer.text
        assert all(row["actor"] and row["at"] and row["act"] for row in told["versions"])

    async def test_a_family_out_of_scope_has_none(self, place: Place) -> None:
        [household] = await place.families()
        stranger = await place.person("operator_desa", region=place.neighbour)
        problem(await stranger.get(f"/households/{household}/history"), 404, "keluarga_tidak_ditemukan")

    async def test_those_who_may_only_read_see_it(self, place: Place) -> None:
        [household] = await place.families()
        for role in ("auditor", "verifikator_kab", "dinsos_provinsi"):
            who = await place.person(role)
            assert len(done(await who.get(f"/households/{household}/history"))["versions"]) == 1
