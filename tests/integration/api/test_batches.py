"""Batches and money: who carries cases, and a balance that closes at every moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from models.approval.commands import execute
from models.batch.commands import acknowledge, close, end_lease, enlist, take_lease
from tests.integration.api.kit import Caller, Place, done, problem
from tests.integration.door.kit import RUPIAH

pytestmark = pytest.mark.asyncio(loop_scope="session")

TAHAP = {"kind": "tahap", "programme": "PKH", "period": 202604}
ENDS = {"selesai": "P01 P03 P07 P17 P20 P25 P26 P27 P29 P30 P37", "hangus": "P01 P03 P72", "keluar": "P01 P03 P02 P05"}
"""Where money may end, and how it gets there; `disetor` is the one below."""
RETURNED = "P01 P03 P07 P17 P20 P25 P26 P27 P29 P33 P34 P36 P40"
ON_ITS_WAY = ("P01 P03", "P01 P03 P07 P17 P20 P25 P26 P27 P29 P30", "P01 P03 P07 P17 P20 P25 P26 P27 P29 P33 P34")


async def batches(who: Caller, **wanted: Any) -> list[int]:
    return [row["id"] for row in done(await who.get("/batches", limit=200, **wanted))["batches"]]


class TestBatches:
    async def test_a_batch_outside_one_s_region_or_programme_is_not_there(self, place: Place) -> None:
        batch = await place.batch()
        for role, region in (("kepala_dinas", place.far), ("operator_desa", place.village), ("direktorat", place.far)):
            who = await place.person(role, region=region)
            assert batch not in await batches(who)
            problem(await who.get(f"/batches/{batch}"), 404, "batch_tidak_ditemukan")
            problem(await who.post(f"/batches/{batch}/wake", {}), 404, "batch_tidak_ditemukan")
        assert await place.value("SELECT count(*) FROM wake WHERE batch = %s", batch) == 0

    async def test_the_list_narrows_by_kind_and_state_and_goes_on_after_the_last_one_seen(self, place: Place) -> None:
        who = await place.person("kepala_dinas")
        first, second = await place.batch("pengesahan"), await place.batch("harian")
        assert await batches(who) == [first, second]
        assert await batches(who, kind="harian") == [second]
        assert await batches(who, after=first) == [second]
        assert await batches(who, after=second) == []
        await close(place.world.worker, first)
        assert await batches(who, state="selesai") == [first]
        assert await batches(who, state="terbuka") == [second]
        assert len(done(await who.get("/batches", limit=1))["batches"]) == 1
        problem(await who.get("/batches", state="entah"), 422, "isian_salah")

    async def test_one_batch_tells_its_cases_per_state_its_gates_and_its_runs(self, place: Place) -> None:
        who = await place.person("kepala_dinas")
        ready = await place.stand("U01 U02 U05 U11 U15 U19 U22", 2)
        sent = await place.stand("U01 U02 U05 U11 U15")
        approval = await place.gate("pengesahan", ready)
        batch = await place.value("SELECT batch FROM approval WHERE id = %s", approval)
        await enlist(place.world.worker, await place.world.system(), batch, sent)
        run = who.session
        await take_lease(place.world.worker, batch, run, 60)
        await end_lease(place.world.worker, batch, run, "tunda")
        told = done(await who.get(f"/batches/{batch}"))
        assert told["counts"] == {"usulan.diajukan": 1, "usulan.siap_sah": 2}
        assert [row["id"] for row in told["approvals"]] == [approval]
        assert [(row["attempt"], row["outcome"], row["flow_run_id"]) for row in told["runs"]] == [
            (1, "tunda", str(run))
        ]
        assert (told["kind"], told["state"], told["region"]) == ("pengesahan", "terbuka", place.kabupaten)

    async def test_waking_leaves_one_open_wake_however_often_it_is_asked(self, place: Place) -> None:
        who = await place.person("kepala_dinas")
        batch = await place.batch()
        for _ in range(3):
            assert done(await who.post(f"/batches/{batch}/wake", {}), 202) == {"batch": batch}
        assert await place.value("SELECT count(*) FROM wake WHERE batch = %s", batch) == 1
        await acknowledge(place.world.worker, batch)
        done(await who.post(f"/batches/{batch}/wake", {}), 202)
        assert await place.value("SELECT count(*) FROM wake WHERE batch = %s AND done_at IS NULL", batch) == 1


class TestTahap:
    async def test_another_s_programme_or_region_is_refused(self, place: Place) -> None:
        for role, more in (
            ("direktorat", {"programme": "SEMBAKO"}),
            ("operator_desa", {}),
            ("bank", {}),
            ("warga", {}),
            ("kepala_dinas", {"region": place.far // 10**6}),
        ):
            who = await place.person(role)
            answer = await who.post("/batches", {**TAHAP, "region": place.kabupaten, **more})
            problem(answer, 403, "di_luar_wilayah_kerja")
        assert await place.value("SELECT count(*) FROM batch WHERE region = %s", place.kabupaten) == 0

    @pytest.mark.parametrize("role", ["auditor", "admin_kab", "verifikator_kab", "pusdatin"])
    async def test_whoever_has_no_programme_opens_none(self, place: Place, role: str) -> None:
        who = await place.person(role)
        problem(await who.post("/batches", {**TAHAP, "region": place.kabupaten}), 403)

    async def test_a_tahap_is_opened_once_and_its_flow_is_woken(self, place: Place) -> None:
        who = await place.person("direktorat")
        body = {**TAHAP, "region": place.kabupaten}
        told = done(await who.post("/batches", body), 201)
        assert done(await who.post("/batches", body), 201) == told
        assert told["title"] == f"PKH 2026 tahap 4, kabupaten {place.kabupaten}"
        assert await place.value("SELECT count(*) FROM wake WHERE batch = %s", told["batch"]) == 1
        other = done(await who.post("/batches", {**body, "period": 202701}), 201)
        assert other["batch"] != told["batch"]

    @pytest.mark.parametrize(
        ("programme", "period", "status", "code"),
        [
            ("PKH", 202605, 422, "nomor_tahap_tidak_ada"),
            ("PKH", 202700, 422, "nomor_tahap_tidak_ada"),
            ("BLT_KESRA", 202601, 409, "tahap_tanpa_ketentuan"),
        ],
    )
    async def test_no_fifth_quarter_is_opened_nor_what_has_no_price(
        self, place: Place, programme: str, period: int, status: int, code: str
    ) -> None:
        who = await place.person("direktorat", programme=programme)
        body = {"kind": "tahap", "region": place.kabupaten, "programme": programme, "period": period}
        problem(await who.post("/batches", body), status, code)
        assert await place.value("SELECT count(*) FROM batch WHERE region = %s", place.kabupaten) == 0

    async def test_a_tahap_that_was_finished_opens_again_as_the_same(self, place: Place) -> None:
        who = await place.person("direktorat")
        body = {**TAHAP, "region": place.kabupaten}
        batch = done(await who.post("/batches", body), 201)["batch"]
        await close(place.world.worker, batch)
        assert done(await who.post("/batches", body), 201)["batch"] == batch
        assert done(await who.get(f"/batches/{batch}"))["state"] == "terbuka"


class TestDecrees:
    async def test_an_executed_decision_with_a_number_is_a_decree_seen_where_its_batch_is(self, place: Place) -> None:
        cases = await place.stand("K01 K06", 2)
        approval = await place.gate("sk_program", cases, programme="PKH")
        people = [await place.person("direktorat", name) for name in ("satu", "dua")]
        number = f"SK/{place.village}/2026"
        for who in people:
            body = {"verdict": "setuju", "evidence": {"nomor_sk": {"nomor": number}}}
            done(await who.post(f"/approvals/{approval}/decisions", body), 201)
        assert [row for row in done(await people[0].get("/decrees"))["decrees"] if row["number"] == number] == []
        await execute(place.world.worker, await place.world.system(), approval)
        for who in (*people, await place.person("auditor"), await place.person("kepala_dinas")):
            [told] = [row for row in done(await who.get("/decrees"))["decrees"] if row["number"] == number]
            assert (told["kind"], told["programme"], told["cases"]) == ("sk_program", "PKH", 2)
            assert told["list_hash"] == done(await people[0].get(f"/approvals/{approval}"))["list_hash"]
            after = done(await who.get("/decrees", after=told["id"]))["decrees"]
            assert told["id"] not in [row["id"] for row in after]
        for role, region in (("operator_desa", place.village), ("kepala_dinas", place.far)):
            stranger = await place.person(role, region=region)
            seen = done(await stranger.get("/decrees"))["decrees"]
            assert number not in [row["number"] for row in seen]

    async def test_a_number_is_used_once(self, place: Place) -> None:
        people = [await place.person("direktorat", name) for name in ("satu", "dua")]
        evidence = {"nomor_sk": {"nomor": f"SK/{place.village}/ulang"}}
        first = await place.gate("sk_program", await place.stand("K01 K06"), programme="PKH")
        for who in people:
            body = {"verdict": "setuju", "evidence": evidence}
            done(await who.post(f"/approvals/{first}/decisions", body), 201)
        await execute(place.world.worker, await place.world.system(), first)
        other = await place.batch("penetapan", programme="PKH")
        second = await place.gate("sk_program", await place.stand("K01 K06"), batch=other)
        told = problem(
            await people[0].post(f"/approvals/{second}/decisions", {"verdict": "setuju", "evidence": evidence}),
            422,
            "putusan_tidak_lengkap",
        )
        assert "sudah dipakai" in told["detail"]


def closes(balance: Mapping[str, int]) -> bool:
    return balance["closing"] == sum(balance[part] for part in ("selesai", "disetor", "hangus", "keluar", "open"))


class TestFunds:
    async def test_money_outside_one_s_scope_is_counted_nowhere(self, place: Place) -> None:
        await place.stand("P01 P03")
        for role, region in (("kepala_dinas", place.far), ("operator_desa", place.neighbour), ("bank", place.far)):
            who = await place.person(role, region=region, organisation=place.bank)
            assert done(await who.get("/funds"))["balance"]["closing"] == 0

    async def test_the_balance_closes_to_the_rupiah_wherever_the_money_stands(self, place: Place) -> None:
        who = await place.person("kepala_dinas")
        paths = [*ENDS.values(), RETURNED, *ON_ITS_WAY, "P01", "P01 P02"]
        for path in paths:
            await place.stand(path)
        told = done(await who.get("/funds"))
        assert told["balance"] == {
            "closing": 7 * RUPIAH,
            "selesai": RUPIAH,
            "disetor": RUPIAH,
            "hangus": RUPIAH,
            "keluar": RUPIAH,
            "open": 3 * RUPIAH,
        }
        assert closes(told["balance"])
        states = {row["state"]: (row["cases"], row["closed"], row["rupiah"]) for row in told["states"]}
        assert states["calon"] == (1, 0, 0)
        assert states["exclude"] == (1, 0, 0)
        assert states["siap_salur"] == (1, 1, RUPIAH)
        assert sum(row["rupiah"] for row in told["states"]) == told["balance"]["closing"]

    async def test_programme_period_and_batch_narrow_it(self, place: Place) -> None:
        who = await place.person("kepala_dinas")
        await place.stand("P01 P03", 2)
        await place.stand("P01 P03", programme="SEMBAKO")
        in_batch = await place.stand("P01 P03", period=202602)
        batch = await place.batch("tahap", programme="PKH", period=202602)
        await enlist(place.world.worker, await place.world.system(), batch, in_batch)
        for wanted, families in (
            ({}, 4),
            ({"programme": "PKH"}, 3),
            ({"programme": "SEMBAKO"}, 1),
            ({"period": 202602}, 1),
            ({"batch": batch}, 1),
            ({"batch": batch, "programme": "SEMBAKO"}, 0),
            ({"programme": "tidak ada"}, 0),
        ):
            told = done(await who.get("/funds", **wanted))
            assert told["balance"]["closing"] == families * RUPIAH, wanted
            assert closes(told["balance"])

    async def test_it_stands_as_it_stood_at_any_moment_of_the_past(self, place: Place) -> None:
        who = await place.person("kepala_dinas")
        cases = await place.stand("P01 P03", 2, ago=timedelta(days=2))
        system = await place.world.system()
        before = await place.world.now()
        await place.world.move(
            system, "penyaluran.hanguskan", cases[:1], reason="TAHAP_TUTUP", facts={"tanggal_akhir": {"hari": 1}}
        )
        after = await place.world.now()
        expected = {
            after: (RUPIAH, RUPIAH),
            before: (0, 2 * RUPIAH),
            before - timedelta(days=2, seconds=-30): (0, 2 * RUPIAH),
            before - timedelta(days=3): (0, 0),
        }
        for at, (hangus, still_open) in expected.items():
            balance = done(await who.get("/funds", at=at.isoformat()))["balance"]
            assert (balance["hangus"], balance["open"]) == (hangus, still_open), at
            assert closes(balance)
        assert done(await who.get("/funds"))["balance"]["hangus"] == RUPIAH

    async def test_a_moment_without_a_zone_is_western_indonesian_time(self, place: Place) -> None:
        who = await place.person("kepala_dinas")
        await place.stand("P01 P03", ago=timedelta(hours=3))
        now = await place.world.now()
        jakarta = (now - timedelta(hours=1) + timedelta(hours=7)).replace(tzinfo=None).isoformat()
        assert done(await who.get("/funds", at=jakarta))["balance"]["closing"] == RUPIAH
        early = (now - timedelta(hours=4) + timedelta(hours=7)).replace(tzinfo=None).isoformat()
        assert done(await who.get("/funds", at=early))["balance"]["closing"] == 0


class TestPayments:
    async def test_each_tahap_in_sight_is_told_with_its_balance(self, place: Place) -> None:
        who = await place.person("kepala_dinas")
        first = await place.batch("tahap", programme="PKH", period=202601)
        second = await place.batch("tahap", programme="PKH", period=202602)
        await place.batch("pengesahan")
        system = await place.world.system()
        await enlist(place.world.worker, system, first, await place.stand("P01 P03", 2))
        await enlist(place.world.worker, system, second, await place.stand(ENDS["selesai"], period=202602))
        told = done(await who.get("/payments"))["payments"]
        assert [(row["id"], row["balance"]["open"], row["balance"]["selesai"]) for row in told] == [
            (first, 2 * RUPIAH, 0),
            (second, 0, RUPIAH),
        ]
        assert [row["id"] for row in done(await who.get("/payments", after=first))["payments"]] == [second]
        stranger = await place.person("kepala_dinas", region=place.far)
        assert not {first, second} & {row["id"] for row in done(await stranger.get("/payments"))["payments"]}
