"""Gates: what waits for whom, who may decide, and that a decision wakes what waited."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from models.approval.commands import execute
from models.batch.commands import acknowledge
from models.case.commands import CaseFact, write_facts
from tests.integration.api.kit import Caller, Place, done, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

READY = "U01 U02 U05 U11 U15 U19 U22"
BACK = "usulan.kembalikan_pengesahan"


async def waiting(who: Caller, **more: Any) -> list[int]:
    return [row["id"] for row in done(await who.get("/approvals", **more))["approvals"]]


async def decide(who: Caller, approval: int, verdict: str = "setuju", **more: Any) -> Any:
    return await who.post(f"/approvals/{approval}/decisions", {"verdict": verdict, **more})


async def wakes(place: Place, approval: int) -> list[str]:
    rows = await (
        await place.world.admin.execute(
            "SELECT w.reason FROM wake w JOIN approval a ON a.batch = w.batch WHERE a.id = %s AND w.done_at IS NULL",
            (approval,),
        )
    ).fetchall()
    return [row["reason"] for row in rows]


async def asleep(place: Place, approval: int) -> None:
    """Let the gate's flow have looked at everything so far."""
    batch = await place.value("SELECT batch FROM approval WHERE id = %s", approval)
    await acknowledge(place.world.worker, batch)


class TestReading:
    async def test_a_gate_outside_one_s_region_is_not_there(self, place: Place) -> None:
        approval = await place.gate("pengesahan", await place.stand(READY))
        for role, region in (("kepala_dinas", place.far), ("operator_desa", place.village), ("bank", place.village)):
            who = await place.person(role, region=region)
            assert approval not in await waiting(who, mine=False)
            for path in (f"/approvals/{approval}", f"/approvals/{approval}/state"):
                problem(await who.get(path), 404, "persetujuan_tidak_ditemukan")

    async def test_by_default_the_list_holds_what_waits_for_my_role(self, place: Place) -> None:
        approval = await place.gate("pengesahan", await place.stand(READY))
        chief, clerk = await place.person("kepala_dinas"), await place.person("verifikator_kab")
        assert await waiting(chief) == [approval]
        assert await waiting(clerk) == []
        assert await waiting(clerk, mine=False) == [approval]
        assert await waiting(chief, state="disetujui") == []
        done(await decide(chief, approval), 201)
        assert await waiting(chief) == []
        assert await waiting(chief, state="disetujui") == [approval]
        problem(await chief.get("/approvals", state="entah"), 422, "isian_salah")

    async def test_a_gate_tells_its_list_as_it_was_fixed_and_who_decided_what(self, place: Place) -> None:
        cases = await place.stand(READY, 2)
        approval = await place.gate("pengesahan", cases)
        chief = await place.person("kepala_dinas")
        told = done(await chief.get(f"/approvals/{approval}"))
        assert (told["gate"], told["role"], told["people"], told["decided"]) == ("pengesahan", "kepala_dinas", 1, 0)
        assert told["triggers"] == ["usulan.sahkan", BACK]
        assert [(row["case_id"], row["version"], row["state"]) for row in told["list"]] == [
            (case, 7, "siap_sah") for case in sorted(cases)
        ]
        assert len(told["list_hash"]) == 64
        assert told["deadline"] > told["opened_at"]
        done(await decide(chief, approval, note="sesuai"), 201)
        after = done(await chief.get(f"/approvals/{approval}"))
        assert after["list_hash"] == told["list_hash"]
        [said] = after["decisions"]
        assert (said["verdict"], said["reason"], said["name"]) == ("setuju", None, chief.name.title())
        assert done(await chief.get(f"/approvals/{approval}/state")) == {"approval": approval, "state": "disetujui"}


class TestDeciding:
    async def test_a_gate_out_of_sight_is_not_there_to_decide(self, place: Place) -> None:
        approval = await place.gate("pengesahan", await place.stand(READY))
        stranger = await place.person("kepala_dinas", region=place.far)
        problem(await decide(stranger, approval), 404, "persetujuan_tidak_ditemukan")

    async def test_another_role_may_read_and_is_told_whose_it_is(self, place: Place) -> None:
        approval = await place.gate("pengesahan", await place.stand(READY))
        for role in ("verifikator_kab", "admin_kab", "auditor", "pusdatin"):
            who = await place.person(role)
            for verdict in ("setuju", "tolak"):
                told = problem(
                    await decide(who, approval, verdict, reason="BERKAS_KURANG"), 403, "persetujuan_bukan_peran_anda"
                )
                assert "kepala_dinas" in told["detail"]
        assert await wakes(place, approval) == []
        assert done(await who.get(f"/approvals/{approval}/state"))["state"] == "terbuka"

    async def test_agreeing_decides_and_wakes_the_batch_and_moves_nothing_itself(self, place: Place) -> None:
        cases = await place.stand(READY, 2)
        approval = await place.gate("pengesahan", cases)
        chief = await place.person("kepala_dinas")
        assert await wakes(place, approval) == []
        told = done(await decide(chief, approval, note="disahkan"), 201)
        assert told == {"approval": approval, "state": "disetujui", "decided": 1, "people": 1}
        assert await wakes(place, approval) == ["putusan pengesahan"]
        assert {await place.world.state(case) for case in cases} == {"siap_sah"}

    async def test_what_was_decided_is_carried_out_in_the_decider_s_name(self, place: Place) -> None:
        good, odd = await place.stand(READY, 2)
        approval = await place.gate("pengesahan", [good, odd])
        chief = await place.person("kepala_dinas")
        said = {"case": odd, "trigger": BACK, "reason": "BERKAS_KURANG", "note": "foto buram"}
        done(await decide(chief, approval, evidence={"surat_pengesahan": {"nomor": "7"}}, excepts=[said]), 201)
        await execute(place.world.worker, await place.world.system(), approval)
        assert (await place.world.state(good), await place.world.state(odd)) == ("disahkan", "verif_dinsos")
        step = done(await chief.get(f"/cases/{odd}"))["timeline"][-1]
        assert (step["actor_id"], step["reason"], step["approval"]) == (chief.user, "BERKAS_KURANG", approval)
        assert done(await chief.get(f"/approvals/{approval}"))["state"] == "dijalankan"

    async def test_refusing_needs_a_reason(self, place: Place) -> None:
        approval = await place.gate("pengesahan", await place.stand(READY))
        chief = await place.person("kepala_dinas")
        problem(await decide(chief, approval, "tolak"), 422, "putusan_tidak_lengkap")
        problem(await decide(chief, approval, "tolak", reason="TIDAK_ADA"), 422, "kata_tidak_dikenal")
        assert await wakes(place, approval) == []
        answer = await decide(chief, approval, "tolak", reason="BERKAS_KURANG", note="KTP buram")
        assert done(answer, 201)["state"] == "ditolak"
        assert await wakes(place, approval) == ["putusan pengesahan"]

    async def test_what_would_be_refused_when_it_is_carried_out_is_refused_at_once(self, place: Place) -> None:
        """Recorded, it would be refused case by case hours later, and its decider would never hear of it."""
        [case] = cases = await place.stand(READY)
        approval = await place.gate("pengesahan", cases)
        chief = await place.person("kepala_dinas")
        other = await decide(chief, approval, "tolak", reason="MAMPU", note="sudah mampu")
        assert "BERKAS_KURANG, DATA_JANGGAL, DAFTAR_SALAH" in problem(other, 422, "alasan_tidak_cocok")["cure"]
        for note in (None, " "):
            answer = await decide(chief, approval, "tolak", reason="BERKAS_KURANG", note=note)
            problem(answer, 422, "catatan_belum_ada")
        said = {"case": case, "trigger": BACK, "reason": "BERKAS_KURANG"}
        problem(await decide(chief, approval, excepts=[said]), 422, "catatan_belum_ada")
        assert done(await chief.get(f"/approvals/{approval}/state"))["state"] == "terbuka"
        done(await decide(chief, approval, excepts=[said], note="KTP buram"), 201)

    async def test_an_exception_brings_the_evidence_of_its_own_step(self, place: Place) -> None:
        """Accepted without, its case would be refused when carried out, and come back to the same gate."""
        one, two = cases = await place.stand(f"{READY} U30 U32", count=2)
        approval = await place.gate("qc_pusat", cases)
        pusat = await place.person("pusdatin")
        said = {"case": one, "trigger": "usulan.tolak_pusat", "reason": "BUKTI_KURANG", "note": "bukti kurang"}
        lacking = problem(await decide(pusat, approval, excepts=[said]), 422, "putusan_tanpa_bukti")
        assert lacking["detail"] == "Belum diisi: Keputusan."
        assert lacking["detail_en"] == "Not filled in: Decision."
        done(await decide(pusat, approval, excepts=[said], evidence={"keputusan": {"nomor": "KEP/7"}}), 201)
        version = {"id_versi": {"nomor": "2027-01"}}
        await execute(place.world.worker, await place.world.system(), approval, facts=version)
        assert [await place.world.state(case) for case in (one, two)] == ["tidak_ditetapkan", "pemeringkatan"]

    async def test_numbers_of_accounts_in_the_evidence_are_masked(self, place: Place) -> None:
        approval = await place.gate("sk_program", await place.stand("K01 K06"), programme="PKH")
        one = await place.person("direktorat", "satu")
        done(await decide(one, approval, evidence={"nomor_sk": {"nomor": f"SK/{approval}"}}), 201)
        await place.world.admin.execute(
            "UPDATE approval SET evidence = %s WHERE id = %s",
            (
                '{"rekening_koran": {"nomor": "1234567890123"}, "rekening_asal": {"rekening": "9876543210123"}}',
                approval,
            ),
        )
        gate = done(await one.get(f"/approvals/{approval}"))
        assert "1234567890123" not in str(gate)
        assert "9876543210123" not in str(gate)
        assert [set(row) for row in gate["decisions"]] == [
            {"name", "behalf", "verdict", "reason", "reason_label", "evidence", "at", "mine"}
        ]

    async def test_a_decided_gate_is_closed(self, place: Place) -> None:
        approval = await place.gate("pengesahan", await place.stand(READY))
        one, two = await place.person("kepala_dinas", "satu"), await place.person("kepala_dinas", "dua")
        done(await decide(one, approval), 201)
        await asleep(place, approval)
        for who in (one, two):
            told = problem(
                await decide(who, approval, "tolak", reason="BERKAS_KURANG"), 409, "persetujuan_sudah_diputus"
            )
            assert "disetujui" in told["detail"]
        assert await wakes(place, approval) == []

    async def test_of_two_who_decide_at_once_one_finds_it_decided(self, place: Place) -> None:
        approval = await place.gate("pengesahan", await place.stand(READY))
        people = [await place.person("kepala_dinas", name) for name in ("satu", "dua", "tiga")]
        answers = await asyncio.gather(*(decide(who, approval) for who in people))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
        assert await place.value("SELECT count(*) FROM decision WHERE approval = %s", approval) == 1

    async def test_where_two_must_agree_the_first_waits_and_may_not_be_the_second(self, place: Place) -> None:
        cases = await place.stand("K01 K06")
        approval = await place.gate("sk_program", cases, programme="PKH")
        one, two = await place.person("direktorat", "satu"), await place.person("direktorat", "dua")
        told = done(await decide(one, approval), 201)
        assert (told["state"], told["decided"], told["people"]) == ("terbuka", 1, 2)
        assert await wakes(place, approval) == []
        problem(await decide(one, approval), 409, "harus_orang_lain")
        assert done(await decide(two, approval), 201)["state"] == "disetujui"
        assert await wakes(place, approval) == ["putusan sk_program"]

    async def test_who_approves_second_signs_the_same_paper(self, place: Place) -> None:
        """A second number took the place of the first, and the first minister's decree was found nowhere."""
        approval = await place.gate("sk_program", await place.stand("K01 K06"), programme="PKH")
        one, two = await place.person("direktorat", "satu"), await place.person("direktorat", "dua")
        first = {"nomor_sk": {"nomor": f"SK/{approval}"}}
        done(await decide(one, approval, evidence=first), 201)
        told = problem(
            await decide(two, approval, evidence={"nomor_sk": {"nomor": f"LAIN/{approval}"}}), 409, "bukti_lain"
        )
        assert f"SK/{approval}" in told["detail"]
        [decision] = done(await two.get(f"/approvals/{approval}"))["decisions"]
        assert decision["evidence"] == first
        assert done(await decide(two, approval), 201)["state"] == "disetujui"

    async def test_one_refusal_is_enough_where_two_must_agree(self, place: Place) -> None:
        approval = await place.gate("sk_program", await place.stand("K01 K06"), programme="PKH")
        one, two = await place.person("direktorat", "satu"), await place.person("direktorat", "dua")
        done(await decide(one, approval), 201)
        answer = await decide(two, approval, "tolak", reason="DAFTAR_SALAH", note="desa keliru")
        assert done(answer, 201)["state"] == "ditolak"

    async def test_another_programme_does_not_see_the_gate(self, place: Place) -> None:
        approval = await place.gate("sk_program", await place.stand("K01 K06"), programme="PKH")
        other = await place.person("direktorat", "lain", programme="SEMBAKO", region=place.far)
        problem(await other.get(f"/approvals/{approval}"), 404)
        problem(await decide(other, approval), 404, "persetujuan_tidak_ditemukan")

    async def test_evidence_of_another_s_kind_is_refused(self, place: Place) -> None:
        approval = await place.gate("pengesahan", await place.stand(READY))
        chief = await place.person("kepala_dinas")
        for kind in ("nomor_sk", "balasan_dukcapil", "ramalan"):
            told = problem(await decide(chief, approval, evidence={kind: {"nomor": "1"}}), 422, "bukti_bukan_wewenang")
            assert kind in told["detail"]
        assert await place.value("SELECT count(*) FROM decision WHERE approval = %s", approval) == 0

    async def test_whoever_proposed_every_case_decides_none(self, place: Place) -> None:
        chief = await place.person("kepala_dinas")
        cases = await place.stand(READY, 2, actors={"U22": chief.user})
        approval = await place.gate("pengesahan", cases)
        problem(await decide(chief, approval), 409, "harus_orang_lain")


class TestExceptions:
    async def test_only_cases_and_triggers_of_the_gate_may_be_named(self, place: Place) -> None:
        [case], [other] = await place.stand(READY), await place.stand(READY)
        approval = await place.gate("pengesahan", [case])
        chief = await place.person("kepala_dinas")
        reason = "BERKAS_KURANG"
        for said, code in (
            ({"case": other, "trigger": BACK, "reason": reason}, "putusan_tidak_lengkap"),
            ({"case": 10**15, "trigger": BACK, "reason": reason}, "putusan_tidak_lengkap"),
            ({"case": case, "trigger": "usulan.tolak", "reason": "MAMPU"}, "putusan_tidak_lengkap"),
            ({"case": case, "trigger": "usulan.terbang"}, "kata_tidak_dikenal"),
            ({"case": case, "trigger": BACK, "reason": "TIDAK_ADA"}, "kata_tidak_dikenal"),
        ):
            problem(await decide(chief, approval, excepts=[said]), 422, code)
        assert await place.value("SELECT count(*) FROM decision WHERE approval = %s", approval) == 0

    async def test_a_case_is_named_once(self, place: Place) -> None:
        [case] = await place.stand(READY)
        approval = await place.gate("pengesahan", [case])
        said = {"case": case, "trigger": BACK, "reason": "BERKAS_KURANG"}
        told = problem(
            await decide(await place.person("kepala_dinas"), approval, excepts=[said, said]), 422, "isian_salah"
        )
        assert told["fields"][0]["message"] == "satu kasus disebut dua kali"

    async def test_an_exception_that_could_not_be_carried_out_is_not_taken(self, place: Place) -> None:
        [case] = await place.stand(READY)
        approval = await place.gate("pengesahan", [case])
        said = {"case": case, "trigger": BACK}
        problem(await decide(await place.person("kepala_dinas"), approval, excepts=[said]), 422)


class TestAmounts:
    """Closing a list of payments: what was decided is what is paid."""

    async def listed(self, place: Place) -> tuple[int, int]:
        [case] = await place.stand("P01")
        system = await place.world.system()
        priced = [CaseFact(case, "nominal_per_komponen", {"rupiah": 750_000, "komponen": {"SD": 1}})]
        await write_facts(place.world.worker, system, priced)
        return case, await place.gate("closing", [case], programme="PKH")

    async def test_the_list_tells_its_sum_and_what_each_family_is_due(self, place: Place) -> None:
        _, approval = await self.listed(place)
        told = done(await (await place.person("kpa")).get(f"/approvals/{approval}"))
        assert (told["amount_rp"], [row["amount_rp"] for row in told["list"]]) == (750_000, [750_000])

    async def test_an_amount_written_after_the_list_was_fixed_is_not_paid(self, place: Place) -> None:
        case, approval = await self.listed(place)
        kpa = await place.person("kpa")
        more = {"evidence": {"nominal_per_komponen": {"rupiah": 99_000_000}}}
        await kpa.post(f"/cases/{case}/facts", more)
        await decide(kpa, approval)
        await execute(place.world.worker, await place.world.system(), approval)
        assert await place.value("SELECT max(rupiah) FROM nominal WHERE case_id = %s", case) in {None, 750_000}

    async def test_an_amount_that_is_none_is_refused_and_breaks_nobody_s_list(self, place: Place) -> None:
        case, approval = await self.listed(place)
        kpa = await place.person("kpa")
        for wrong in ("banyak", -1, 1.5, 10**30):
            answer = await kpa.post(f"/cases/{case}/facts", {"evidence": {"nominal_per_komponen": {"rupiah": wrong}}})
            problem(answer, 422)
        done(await kpa.get(f"/approvals/{approval}"))
