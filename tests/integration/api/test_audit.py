"""The log, asked: who, when, why, on what evidence, with every filter; pages that hold; nothing out of sight."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from models.audit.queries import Filter, transitions
from models.database import acting, fetch_value
from tests.integration.api.kit import Caller, Place, done, problem
from tests.integration.door.kit import RULES, evidence
from tests.integration.door.linking import MEMBER, MENUNGGU_SK

pytestmark = pytest.mark.asyncio(loop_scope="session")

ARRIVED = "U01 U02 U05 U11 U15"
"""A proposal that has arrived at the kecamatan."""
CHECKED = f"{ARRIVED} U19"
ASKED_FOR = "P01 P03 P07 P17 P20"
"""A payment for which an SPP may be written."""
NIK = "3204050101800001"


async def moves(who: Caller, **wanted: Any) -> list[dict[str, Any]]:
    """Return every move that matches, page after page."""
    return await pages(who, "transitions", limit=200, **wanted)


async def pages(who: Caller, what: str, **wanted: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        told = done(await who.get(f"/audit/{what}", **{**wanted, **cursor}))
        found += told[what]
        if told["next"] is None:
            return found
        cursor = {"cursor": told["next"]}


def keys(rows: list[dict[str, Any]]) -> list[tuple[int, int]]:
    return [(row["case"], row["version"]) for row in rows]


class TestOneMove:
    async def test_it_tells_who_when_why_on_what_evidence_under_which_policy(self, place: Place) -> None:
        verifier, auditor = await place.person("verifikator_kab"), await place.person("auditor")
        [case] = await place.stand(CHECKED)
        before = await place.world.now()
        told: dict[str, Any] = {
            "reason": "MAMPU",
            "note": f"punya mobil, NIK {NIK}",
            "evidence": {"bukti_alasan": {"nik": NIK}},
        }
        done(await verifier.move(case, "usulan.tolak", **told), 201)
        [row] = done(await auditor.get("/audit/transitions", case=case, limit=1))["transitions"]
        assert before <= datetime.fromisoformat(row["at"]) <= await place.world.now()
        assert (row["case"], row["version"], row["rule"], row["trigger"]) == (case, 7, "U24", "usulan.tolak")
        assert row["from"]["state"] == "verif_dinsos"
        assert row["to"] == {"state": "ditolak_dinsos", "label": "DITOLAK DINSOS"}
        assert row["actors"] == [{"username": verifier.name, "name": verifier.name.title()}]
        assert (row["role"], row["reason"], row["noted"]) == ("verifikator_kab", "MAMPU", True)
        assert row["reason_label"]
        assert row["policy_decree"]
        assert row["number"].startswith("USL-")
        assert row["note"] == "punya mobil, NIK 320405••••••0001"
        [fact] = row["evidence"]
        assert (fact["kind"], fact["shown"], fact["value"]) == ("bukti_alasan", True, {"nik": "320405••••••0001"})
        assert (row["cause"], row["approval"], row["decree"]) == (None, None, None)

    async def test_the_first_move_comes_from_nowhere_with_its_shared_evidence(self, place: Place) -> None:
        operator = await place.person("operator_desa")
        [case] = await place.drafts(operator)
        [row] = await moves(operator, case=case)
        assert (row["from"], row["to"]["state"], row["version"]) == (None, "draf", 1)
        assert {fact["kind"] for fact in row["evidence"]} == set(RULES["U01"].needs)
        assert all(fact["value"] == {"ada": True} for fact in row["evidence"])

    async def test_two_persons_are_told_as_both(self, place: Place) -> None:
        first, second = await place.person("pusdatin", "satu"), await place.person("pusdatin", "dua")
        [case] = await place.stand("U83 U40")
        told = {"reason": "SALAH_KLIK", "note": "x"}
        done(await first.move(case, "usulan.koreksi_nonaktif", **told), 202)
        done(await second.move(case, "usulan.koreksi_nonaktif", **told), 201)
        [row] = await moves(second, case=case, trigger="usulan.koreksi_nonaktif")
        assert {one["username"] for one in row["actors"]} == {first.name, second.name}
        for who in (first, second):
            assert keys(await moves(who, case=case, actor=who.name)) == [(case, 3)]

    async def test_a_linked_move_names_the_act_that_brought_it(self, place: Place) -> None:
        pusdatin, auditor = await place.person("pusdatin"), await place.person("auditor")
        [family] = await place.families()
        [member] = await place.stand(MEMBER, households=[family])
        [payment] = await place.stand("P01", households=[family])
        sent: dict[str, Any] = {"reason": "EX_PEKERJAAN", "evidence": evidence("K13", "pusdatin")}
        done(await pusdatin.move(member, "kepesertaan.tangguhkan", **sent), 201)
        [row] = await moves(auditor, case=payment, rule="P02")
        [caused] = await moves(auditor, case=member, rule="K13")
        assert row["role"] == "sistem"
        assert row["cause"]["act"] == caused["act"]
        assert row["cause"]["trigger"] == "kepesertaan.tangguhkan"
        assert [one["username"] for one in row["cause"]["actors"]] == [pusdatin.name]

    async def test_a_note_that_was_erased_leaves_its_mark(self, place: Place) -> None:
        kecamatan = await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        done(await kecamatan.move(case, "usulan.teruskan", note="lengkap"), 201)
        [row] = await moves(kecamatan, case=case, rule="U19")
        assert row["note"] == "lengkap"
        await place.world.admin.execute("DELETE FROM note WHERE act = %s", (row["act"],))
        [row] = await moves(kecamatan, case=case, rule="U19")
        assert (row["noted"], row["note"]) == (True, None)

    async def test_whoever_pays_or_administers_sees_kinds_of_evidence_and_not_what_families_told(
        self, place: Place
    ) -> None:
        ppk = await place.person("ppk")
        [case] = await place.stand(ASKED_FOR)
        await place.world.file(place.bank, [case])
        done(await ppk.move(case, "penyaluran.terbitkan_spp", evidence={"nomor_spp": {"nomor": "S-1"}}, note="x"), 201)
        for role, content in (("auditor", True), ("ppk", True), ("bank", False), ("admin_kab", False)):
            [row] = await moves(await place.person(role, organisation=place.bank), case=case, rule="P25")
            [fact] = row["evidence"]
            assert (fact["kind"], fact["shown"], "value" in fact) == ("nomor_spp", content, content), role
            assert (row["noted"], row["note"] is not None) == (True, content), role


class TestPapers:
    async def test_a_decree_leads_to_the_moves_made_under_it(self, place: Place) -> None:
        menteri, wakil = await place.person("menteri"), await place.person("menteri", "wakil")
        auditor = await place.person("auditor")
        cases = await place.stand(MENUNGGU_SK, 2)
        other = await place.stand(MENUNGGU_SK)
        approval = await place.gate("penetapan", cases)
        number = f"{place.village}/HUK/2026"
        for who in (menteri, wakil):
            sent = {"verdict": "setuju", "evidence": {"nomor_sk": {"nomor": number}}}
            done(await who.post(f"/approvals/{approval}/decisions", sent), 201)
        system = await place.world.system()
        await place.world.worker.execute("SELECT * FROM approval_execute(%s, %s)", (system, approval))
        rows = await moves(auditor, decree=number)
        assert sorted(keys(rows)) == sorted((case, len(MENUNGGU_SK.split()) + 1) for case in cases)
        for row in rows:
            assert (row["approval"], row["decree"], row["rule"]) == (approval, number, "U81")
            assert {one["username"] for one in row["actors"]} == {menteri.name, wakil.name}
        assert not {row["case"] for row in rows} & set(other)
        assert await moves(auditor, decree=number, rule="U82") == []

    async def test_a_paper_of_a_payment_leads_to_everything_about_its_cases(self, place: Place) -> None:
        ppk, auditor = await place.person("ppk"), await place.person("auditor")
        paid = await place.stand(ASKED_FOR, 3)
        number = f"SPP/{place.village}"
        body = {"trigger": "penyaluran.terbitkan_spp", "evidence": {"nomor_spp": {"nomor": number}}}
        done(await ppk.post("/cases/transitions", body | {"cases": [{"id": case} for case in paid[:2]]}))
        rows = await moves(auditor, payment=number)
        steps = len(ASKED_FOR.split()) + 1
        assert sorted(keys(rows)) == sorted((case, n) for case in paid[:2] for n in range(1, steps + 1))
        assert {row["case"] for row in await moves(auditor, payment=number, rule="P25")} == set(paid[:2])
        single = f"SPP/{place.village}/satu"
        done(await ppk.move(paid[2], "penyaluran.terbitkan_spp", evidence={"nomor_spp": {"nomor": single}}), 201)
        assert {row["case"] for row in await moves(auditor, payment=single)} == {paid[2]}

    async def test_a_batch_leads_to_the_cases_it_carries_and_those_its_gates_listed(self, place: Place) -> None:
        auditor = await place.person("auditor")
        listed, carried = await place.stand(f"{CHECKED} U22"), await place.stand(ARRIVED)
        batch = await place.batch()
        await place.gate("pengesahan", [*listed, *carried], batch=batch)
        await place.world.worker.execute("SELECT door_enlist(%s, NULL, %s)", (await place.world.system(), listed))
        assert {row["case"] for row in await moves(auditor, batch=batch)} == {*listed, *carried}


class TestFilters:
    async def test_each_narrows_and_all_of_them_together(self, place: Place) -> None:
        auditor = await place.person("auditor")
        kecamatan, verifier = await place.person("operator_kecamatan"), await place.person("verifikator_kab")
        [family] = await place.families()
        [case] = await place.stand(ARRIVED, households=[family])
        [other] = await place.stand("U01 U02", region=place.neighbour)
        [paid] = await place.stand("P01 P03", households=[family])
        done(await kecamatan.move(case, "usulan.teruskan", note="x"), 201)
        moment = await place.world.now()
        done(await verifier.move(case, "usulan.kembalikan", reason="DATA_JANGGAL", note="x"), 201)
        mine = {(case, n) for n in range(1, 8)}
        money = {(paid, 1), (paid, 2)}
        drafted = {(other, 1), (other, 2)}
        here = {"region": place.kabupaten}
        district = f"{place.kabupaten}"
        for wanted, found in (
            (here, mine | money | drafted),
            ({"region": f"{district[:2]}.{district[2:]}"}, mine | money | drafted),
            ({"region": place.village}, mine | money),
            ({"case": case}, mine),
            ({"household": family}, mine | money),
            ({"household": family, "case": paid}, money),
            ({"household": family, "region": place.neighbour}, set()),
            (here | {"machine": "penyaluran"}, money),
            (here | {"trigger": "usulan.teruskan"}, {(case, 6)}),
            (here | {"trigger": "teruskan"}, {(case, 6)}),
            (here | {"rule": "U02"}, {(case, 2), (other, 2)}),
            (here | {"state": "usulan.draf"}, {(case, 1), (other, 1)}),
            (here | {"state": "cek_data", "rule": "U02"}, {(case, 2), (other, 2)}),
            (here | {"state": "draf", "rule": "U02"}, set()),
            (here | {"reason": "DATA_JANGGAL"}, {(case, 7)}),
            (here | {"actor": kecamatan.name}, {(case, 6)}),
            (here | {"office": place.village // 10_000}, {(case, 6)}),
            (here | {"office": place.kabupaten}, {(case, 6), (case, 7)}),
            ({"office": place.kabupaten, "actor": verifier.name}, {(case, 7)}),
            (here | {"office": place.far}, set()),
            (here | {"from": moment.isoformat()}, {(case, 7)}),
            (here | {"until": moment.isoformat(), "actor": verifier.name}, set()),
            (
                {"case": case, "machine": "usulan", "reason": "DATA_JANGGAL", "actor": verifier.name, **here},
                {(case, 7)},
            ),
            ({"case": case, "machine": "penyaluran"}, set()),
        ):
            assert set(keys(await moves(auditor, **wanted))) == found, wanted

    async def test_an_office_is_where_the_actor_served_at_that_time(self, place: Place) -> None:
        auditor, kecamatan = await place.person("auditor"), await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED)
        done(await kecamatan.move(case, "usulan.teruskan", note="x"), 201)
        office = {"case": case, "office": place.village // 10_000}
        assert keys(await moves(auditor, **office)) == [(case, 6)]
        for begins, ends, found in (
            ("-1 day", "1 minute", [(case, 6)]), ("1 minute", None, []), ("-2 days", "-1 day", []),
        ):  # fmt: skip
            await place.world.admin.execute(
                "UPDATE assignment SET valid_from = alur_now() + %s::interval, valid_to = alur_now() + %s::interval "
                "WHERE user_id = %s",
                (begins, ends, kecamatan.user),
            )
            assert keys(await moves(auditor, **office)) == found, begins

    async def test_what_nobody_knows_is_said_and_never_an_empty_answer(self, place: Place) -> None:
        auditor, stranger = await place.person("auditor"), await place.person("operator_desa", region=place.far)
        [case] = await place.stand("U01")
        for name, value in (
            ("reason", "TIDAK_ADA"), ("rule", "U999"), ("trigger", "usulan.terbang"), ("machine", "mesin"),
            ("state", "usulan.bulan"), ("actor", "siapa"), ("decree", "SK-tak-ada"), ("payment", "SPM-tak-ada"),
            ("batch", 2**62), ("case", 2**62), ("household", 2**62),
        ):  # fmt: skip
            told = problem(await auditor.get("/audit/transitions", **{name: value}), 422, "saringan_tidak_dikenal")
            assert name in told["detail"]
            assert str(value) in told["detail_en"]
        problem(await auditor.get("/audit/refusals", refusal="begitulah"), 422, "saringan_tidak_dikenal")
        problem(await stranger.get("/audit/transitions", case=case), 422, "saringan_tidak_dikenal")
        problem(await auditor.get("/audit/transitions", region="kota"), 422, "wilayah_tidak_ada")

    async def test_a_misspelt_filter_a_foreign_cursor_and_a_backward_time_are_refused(self, home: Place) -> None:
        auditor = await home.person("auditor")
        for wrong in (
            {"aktor": "x"}, {"limit": 201}, {"limit": 0}, {"order": "acak"}, {"cursor": "bukan"}, {"nik": "1" * 16},
            {"from": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, {"refusal": "empat_mata"},
        ):  # fmt: skip
            problem(await auditor.get("/audit/transitions", **wrong), 422, "isian_salah")
        problem(await auditor.get("/audit/refusals", rule="U01"), 422, "isian_salah")


class TestPages:
    @pytest.mark.parametrize("order", ["terbaru", "terlama"])
    async def test_they_hold_every_move_once_in_order_of_time(self, place: Place, order: str) -> None:
        auditor = await place.person("auditor")
        cases = await place.stand(ARRIVED, 4)
        wanted = {(case, n) for case in cases for n in range(1, 6)}
        for limit in (1, 3, 7, 20, 200):
            rows = await pages(auditor, "transitions", region=place.village, limit=limit, order=order)
            assert set(keys(rows)) == wanted
            assert len(rows) == len(wanted)
            at = [(row["at"], row["act"], row["case"]) for row in rows]
            assert at == sorted(at, reverse=order == "terbaru")

    async def test_what_happens_meanwhile_moves_nothing_between_pages(self, place: Place) -> None:
        auditor, kecamatan = await place.person("auditor"), await place.person("operator_kecamatan")
        cases = await place.stand(ARRIVED, 3)
        before = keys(await moves(auditor, region=place.village))
        for order, case in (("terbaru", cases[0]), ("terlama", cases[1])):
            seen: list[tuple[int, int]] = []
            cursor: dict[str, str] = {}
            for _ in range(20):
                asked = {"region": place.village, "limit": 2, "order": order, **cursor}
                told = done(await auditor.get("/audit/transitions", **asked))
                seen += keys(told["transitions"])
                if len(seen) == 4:
                    done(await kecamatan.move(case, "usulan.teruskan", note="x"), 201)
                if told["next"] is None:
                    break
                cursor = {"cursor": told["next"]}
            assert len(seen) == len(set(seen))
            assert [key for key in seen if key in before] == (before if order == "terbaru" else before[::-1])
            assert ((case, 6) in seen) is (order == "terlama")


class TestSight:
    async def test_every_role_is_told_exactly_what_row_level_security_shows_it(
        self, place: Place, places: Iterator[Place]
    ) -> None:
        families = await place.families(3)
        await place.stand(ARRIVED, households=families)
        await place.stand("K01 K06", households=families[:1], programme="SEMBAKO")
        [paid, _] = await place.stand("P01 P03", 2)
        away = await place.stand("U01", region=place.neighbour)
        moving = await place.value("SELECT household_id FROM case_ WHERE id = %s", away[0])
        await place.world.file(place.bank, [paid])
        pendamping = await place.person("pendamping", "sight")
        await place.world.assign_families(pendamping.name, [families[0], moving])
        away += await next(places).stand("U01 U02")
        async with place.world.admin.transaction():
            await place.world.admin.execute("SET LOCAL ROLE alur_door")
            for case in away:
                await place.world.admin.execute("INSERT INTO case_share VALUES (%s, %s)", (case, place.village))
        people = [pendamping] + [
            await place.person(role, "sight", organisation=place.bank)
            for role in ("operator_desa", "operator_kecamatan", "verifikator_kab", "dinsos_provinsi", "bank")
        ]
        people += [await place.person("direktorat", "sembako", programme="SEMBAKO")]
        people += [await place.person("operator_desa", "tetangga", region=place.neighbour)]
        counts = []
        for who in people:
            async with acting(place.world.api, who.session) as conn:
                shown = await (await conn.execute("SELECT case_id, version FROM transition")).fetchall()
            expected = {(row["case_id"], row["version"]) for row in shown}
            rows = await moves(who)
            assert set(keys(rows)) == expected, who.name
            assert len(rows) == len(expected), who.name
            counts.append(len(expected & {(case, 1) for case in (*away, paid)}))
        assert set(counts) == {0, 1, 3}

    async def test_no_identity_is_told_nothing(self, place: Place) -> None:
        await place.stand(ARRIVED)
        api = place.world.api
        assert await fetch_value(api, "SELECT count(*) FROM audit_trail('{}', false, true, 200)") == 0
        assert await fetch_value(api, "SELECT count(*) FROM audit_position(0, 9999999999, now())") == 0
        assert (
            await fetch_value(
                api, "SELECT count(*) FROM audit_deeds('{1,2,3,4,5}', '-infinity', 'infinity', NULL, NULL, NULL)"
            )
            == 0
        )
        assert await fetch_value(api, "SELECT audit_paper_known('x')") is False

    async def test_a_citizen_reads_no_log(self, place: Place) -> None:
        await place.families()
        citizen = await place.person("warga")
        for path in ("transitions", "refusals", "cases/1", f"regions/{place.village}", "actors/sistem"):
            problem(await citizen.get(f"/audit/{path}"), 403, "bukan_pembaca_jejak")

    async def test_no_more_than_200_rows_whoever_asks(self, home: Place) -> None:
        auditor = await home.person("auditor")
        await home.stand("U01", 201)
        async with acting(home.world.api, auditor.session) as conn:
            rows, end = await transitions(conn, Filter(), "auditor", limit=10_000)
        assert len(rows) == 200
        assert end is not None


@pytest.mark.parametrize(
    "path",
    [
        *("/reports/regions?year=2026&region=3299", "/audit/regions/99", "/audit/signals?region=3299"),
        *("/audit/transitions?region=3299", "/audit/transitions?office=99", "/cases?region=3299"),
        *(
            "/stuck?region=3299",
            "/stuck/counts?region=3299",
            "/cycles/forecast?mulai=2027-02-01&selesai=2027-04-30&region=3299",
        ),
    ],
)
async def test_a_region_that_there_is_not_is_no_empty_answer(home: Place, path: str) -> None:
    told = problem(await (await home.person("auditor")).get(path), 404, "wilayah_tidak_ada")
    assert "tidak ada dalam daftar Kemendagri" in told["detail"]
