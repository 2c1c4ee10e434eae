"""Refusals, and what one person did: moves, refusals, facts, edits, decisions, day by day and act by act."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.api.kit import Place, done, problem
from tests.integration.api.test_audit import ARRIVED, CHECKED, pages

pytestmark = pytest.mark.asyncio(loop_scope="session")


class TestRefusals:
    async def test_who_tried_what_when_and_why_not(self, place: Place) -> None:
        auditor, chief = await place.person("auditor"), await place.person("kepala_dinas")
        kecamatan = await place.person("operator_kecamatan")
        [case, other] = await place.stand(ARRIVED, 2)
        problem(await chief.move(case, "usulan.teruskan", note="saya saja"), 409, "peran")
        problem(await kecamatan.move(case, "usulan.teruskan"), 409, "bukti_kurang")
        problem(await kecamatan.move(other, "usulan.sahkan"), 409, "tidak_terbuka")
        rows = await pages(auditor, "refusals", region=place.village)
        assert [(row["case"], row["refusal"], row["trigger"]) for row in rows] == [
            (other, "tidak_terbuka", "usulan.sahkan"),
            (case, "bukti_kurang", "usulan.teruskan"),
            (case, "peran", "usulan.teruskan"),
        ]
        assert rows[2]["actors"] == [{"username": chief.name, "name": chief.name.title()}]
        assert (rows[2]["role"], rows[2]["note"]) == ("kepala_dinas", "saya saja")
        assert rows[2]["message"]
        assert rows[2]["message_en"]
        for wanted, found in (
            ({"case": case}, 2),
            ({"refusal": "peran"}, 1),
            ({"actor": kecamatan.name}, 2),
            ({"trigger": "usulan.sahkan"}, 1),
            ({"machine": "penyaluran"}, 0),
            ({"office": place.village // 10_000}, 2),
            ({"until": rows[2]["at"]}, 0),
            ({"from": rows[2]["at"], "limit": 1}, 3),
        ):
            assert len(await pages(auditor, "refusals", **({"region": place.village} | wanted))) == found, wanted
        stranger = await place.person("operator_desa", region=place.neighbour)
        assert await pages(stranger, "refusals") == []


class TestActors:
    async def test_everything_one_person_did_by_day_and_act_by_act(self, place: Place) -> None:
        operator, auditor = await place.person("operator_desa"), await place.person("auditor")
        [case] = await place.drafts(operator)
        household = await place.value("SELECT household_id FROM case_ WHERE id = %s", case)
        done(await operator.post(f"/cases/{case}/facts", {"evidence": {"ktp": {"ada": True}}}), 201)
        member = await place.value("SELECT id FROM person WHERE household_id = %s ORDER BY id LIMIT 1", household)
        edit = {"version": 1, "alamat": "Jl. Baru 7", "members": [{"id": member, "pekerjaan": 3}]}
        done(await operator.patch(f"/households/{household}", edit))
        problem(await operator.move(case, "usulan.sahkan"), 409)
        done(await operator.move(case, "usulan.kirim_cek"), 201)
        told = done(await auditor.get(f"/audit/actors/{operator.name}"))
        assert told["actor"]["username"] == operator.name
        acts = told["acts"]
        assert [act["trigger"] for act in acts] == [
            "usulan.kirim_cek", "usulan.sahkan", "ubah_data", "catat_fakta", "usulan.buat_draf",
        ]  # fmt: skip
        assert [(act["moves"], act["refusals"], act["edits"]) for act in acts] == [
            (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0), (1, 0, 0),
        ]  # fmt: skip
        assert acts[2]["households"] == [household]
        # The register's head is the member who heads the family, whose name this world had written otherwise.
        fields = ["alamat", "kepala", f"anggota {member}: pekerjaan"]
        assert acts[2]["changes"] == [{"household": household, "fields": fields}]
        assert (acts[3]["facts"], acts[3]["cases"]) == (1, [case])
        [day] = told["days"]
        assert (day["acts"], day["moves"], day["refusals"], day["edits"], day["decisions"]) == (5, 2, 1, 1, 0)
        assert day["facts"] == 1 + sum(act["facts"] for act in acts if act["trigger"] != "catat_fakta")

    async def test_who_made_a_family_is_known_after_others_changed_it(self, place: Place) -> None:
        maker, auditor = await place.person("operator_desa", "pembuat"), await place.person("auditor")
        editor = await place.person("operator_desa", "pengubah")
        [household] = await place.families()
        made = await place.value("SELECT act FROM household WHERE id = %s", household)
        await place.world.admin.execute("ALTER TABLE act DISABLE TRIGGER append_only")
        await place.world.admin.execute("UPDATE act SET actor = %s WHERE id = %s", (maker.user, made))
        await place.world.admin.execute("ALTER TABLE act ENABLE ALWAYS TRIGGER append_only")
        done(await editor.patch(f"/households/{household}", {"version": 1, "alamat": "Jl. Lain"}))
        done(await editor.patch(f"/households/{household}", {"version": 2, "alamat": "Jl. Lain Lagi"}))
        for who, edits in ((maker, 1), (editor, 2)):
            acts = done(await auditor.get(f"/audit/actors/{who.name}"))["acts"]
            assert [(act["edits"], act["households"]) for act in acts] == [(1, [household])] * edits

    async def test_decisions_at_gates_and_first_halves_of_two_person_moves(self, place: Place) -> None:
        chief, pusdatin = await place.person("kepala_dinas"), await place.person("pusdatin")
        auditor = await place.person("auditor")
        approval = await place.gate("pengesahan", await place.stand(f"{CHECKED} U22", 2))
        done(await chief.post(f"/approvals/{approval}/decisions", {"verdict": "setuju", "note": "sesuai"}), 201)
        [act] = done(await auditor.get(f"/audit/actors/{chief.name}"))["acts"]
        assert (act["trigger"], act["approval"], act["note"]) == ("putuskan", approval, "sesuai")
        assert (act["decision"]["verdict"], act["decision"]["gate"], act["decision"]["cases"]) == (
            "setuju", "pengesahan", 2,
        )  # fmt: skip
        [case] = await place.stand("U83 U40")
        done(await pusdatin.move(case, "usulan.koreksi_nonaktif", reason="SALAH_KLIK", note="x"), 202)
        [act] = done(await auditor.get(f"/audit/actors/{pusdatin.name}"))["acts"]
        assert (act["waits"], act["moves"], act["cases"]) == (1, 0, [case])

    async def test_it_is_told_as_far_as_the_asker_sees_and_to_supervisors_or_oneself(self, place: Place) -> None:
        kecamatan, auditor = await place.person("operator_kecamatan"), await place.person("auditor")
        near, [beside] = await place.stand(ARRIVED, 2), await place.stand(ARRIVED, region=place.neighbour)
        body = {"trigger": "usulan.teruskan", "note": "x", "cases": [{"id": case} for case in (*near, beside)]}
        done(await kecamatan.post("/cases/transitions", body))
        for role, region, counted in (
            ("kades", place.village, 2),
            ("kades", place.neighbour, 1),
            ("dinsos_provinsi", place.village, 3),
        ):
            who = await place.person(role, f"{role}{region}", region=region)
            [act] = done(await who.get(f"/audit/actors/{kecamatan.name}"))["acts"]
            assert (act["moves"], len(act["cases"])) == (counted, counted)
        far = await place.person("kades", "jauh", region=place.far)
        assert done(await far.get(f"/audit/actors/{kecamatan.name}"))["acts"] == []
        assert len(done(await kecamatan.get(f"/audit/actors/{kecamatan.name}"))["acts"]) == 1
        operator = await place.person("operator_desa")
        problem(await operator.get(f"/audit/actors/{kecamatan.name}"), 403, "bukan_pembaca_jejak")
        problem(await auditor.get("/audit/actors/tidak.ada"), 404, "pelaku_tidak_ditemukan")

    async def test_its_pages_hold_every_act_once_within_the_time_asked(self, place: Place) -> None:
        kecamatan, auditor = await place.person("operator_kecamatan"), await place.person("auditor")
        cases = await place.stand(ARRIVED, 5)
        times = [await place.world.now()]
        for case in cases:
            done(await kecamatan.move(case, "usulan.teruskan", note="x"), 201)
            times.append(await place.world.now())
        path, seen = f"/audit/actors/{kecamatan.name}", []
        window = {"from": times[1].isoformat(), "until": times[4].isoformat()}
        cursor: dict[str, str] = {}
        for _ in range(9):
            told = done(await auditor.get(path, limit=2, **window, **cursor))
            seen += [act["cases"] for act in told["acts"]]
            if told["next"] is None:
                break
            cursor = {"cursor": told["next"]}
        assert seen == [[case] for case in reversed(cases[1:4])]
        assert [day["acts"] for day in told["days"]] == [3]
        early = {"until": (times[0] - timedelta(minutes=1)).isoformat()}
        assert done(await auditor.get(path, **early))["acts"] == []
