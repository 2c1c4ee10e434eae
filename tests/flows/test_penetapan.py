"""penetapan: quality control, ranking, the decree of two, who receives, and what goes back to its kabupaten."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from alur.seed.model import Family
from alur.seed.population import Scenario
from flows.harian import adopt
from flows.penetapan import penetapan
from flows.pengesahan import pengesahan
from models.approval.commands import Except, decide
from models.batch import commands as batches
from models.database import fetch_value
from models.errors import AnotherPersonNeeded
from tests.flows.stage import KABUPATEN, QUICK, Stage, done
from tests.flows.steps import steps_of

STEPS = steps_of(penetapan)
PULLED = "U73 U32"


async def _centre(stage: Stage) -> int:
    month = (await stage.world.now()).strftime("%Y%m")
    return await batches.open_batch(
        stage.world.worker, await stage.world.system(), "penetapan", 0, "Penetapan", period=int(month)
    )


async def _pulled(stage: Stage, families: Sequence[Family], *scenarios: Scenario, kind: str = "BARU") -> list[int]:
    """Put families before the centre as an approved and pulled list."""
    system = await stage.world.system()
    opened = await stage.world.open(
        system,
        "usulan.buka_sudah_sah",
        await stage.register(families, *scenarios),
        kind=kind,
        facts={"putusan_atau_pengesahan_siklus": 1, "kasus_asal": 1},
        batch=await _centre(stage),
    )
    cases = [outcome.case_id or 0 for outcome in opened]
    moved = await stage.world.move(system, "usulan.tarik_data", cases, facts={"tanda_terima": 1, "hash_daftar": 1})
    assert done(moved) == len(cases), moved
    return cases


async def _decreed(stage: Stage, families: Sequence[Family]) -> tuple[int, list[int]]:
    """Bring families to the day after the Minister's decree."""
    cases, batch = await _pulled(stage, families), await _centre(stage)
    for gate in ("qc_pusat", "penetapan"):
        assert await stage.look(batch, *STEPS)
        await stage.decide(batch, gate)
    return batch, cases


async def _memberships(stage: Stage, cases: Sequence[int], programme: str = "PKH") -> list[int]:
    """Return the memberships that these registrations opened, in their order."""
    found = [
        await fetch_value(
            stage.world.admin,
            "SELECT c.id FROM case_ c JOIN programme g ON g.code = c.programme WHERE c.predecessor = %s AND g.id = %s",
            (case, programme),
        )
        for case in cases
    ]
    return [int(case or 0) for case in found]


async def test_a_list_becomes_registrations_and_memberships(stage: Stage) -> None:
    families = await stage.families(3)
    cases, batch = await _pulled(stage, families), await _centre(stage)
    await stage.play(batch, *STEPS)
    assert [await stage.rules(case) for case in cases] == [f"{PULLED} U34 U35 U81"] * 3
    assert [await stage.fact(case, "desil") for case in cases] == [{"desil": 2}] * 3
    for programme in ("PKH", "SEMBAKO"):
        members = await _memberships(stage, cases, programme)
        assert [await stage.rules(case) for case in members] == ["K01 K06 K07"] * 3
    gates = [(gate["gate"], gate["people"], gate["state"]) for gate in await stage.gates(batch)]
    assert gates == [
        ("qc_pusat", 1, "dijalankan"),
        ("penetapan", 2, "dijalankan"),
        ("sk_program.PKH", 2, "dijalankan"),
        ("sk_program.SEMBAKO", 2, "dijalankan"),
    ]
    (ranking,) = stage.sim.jobs("dtsen/peringkat")
    assert (ranking["puts"], ranking["effects"]) == (1, 1)
    assert stage.agrees()


async def test_ranking_is_the_work_of_bps_and_the_register_keeps_it(stage: Stage) -> None:
    families = await stage.families(2, desil=3)
    cases, batch = await _pulled(stage, families), await _centre(stage)
    await stage.look(batch, *STEPS)
    await stage.decide(batch, "qc_pusat")
    await stage.look(batch, *STEPS)
    assert (await stage.rules_by_role())["U35"] == "bps"
    cursor = await stage.world.admin.execute("SELECT desil, peringkat, versi_dtsen FROM household ORDER BY id")
    rows = await cursor.fetchall()
    assert [(row["desil"], row["peringkat"]) for row in rows] == [(3, f.truth.peringkat) for f in families]
    assert {row["versi_dtsen"] for row in rows} == {(await stage.fact(cases[0], "id_versi"))["versi"]}


async def test_who_cannot_be_ranked_is_told_so_and_holds_nobody(stage: Stage) -> None:
    families = await stage.families(3)
    families[1].truth.desil = None
    lacking = Scenario(families[2].truth.no_kk, "peringkat", 0, "DATA_TIDAK_CUKUP")
    cases, batch = await _pulled(stage, families, lacking), await _centre(stage)
    await stage.play(batch, *STEPS)
    assert await stage.states(cases) == ["ditetapkan", "tidak_ditetapkan", "tidak_ditetapkan"]
    assert [await stage.reason(case) for case in cases[1:]] == ["DATA_TIDAK_CUKUP"] * 2


async def test_kinds_end_where_their_steps_end(stage: Stage) -> None:
    refreshed = await _pulled(stage, await stage.families(2), kind="PEMBARUAN")
    revived = await _pulled(stage, await stage.families(2), kind="REAKTIVASI")
    batch = await _centre(stage)
    await stage.play(batch, *STEPS)
    assert [await stage.rules(case) for case in refreshed] == [f"{PULLED} U34 U80"] * 2
    assert [await stage.rules(case) for case in revived] == [f"{PULLED} U78"] * 2
    assert {(gate["gate"], tuple(gate["list"])) for gate in await stage.gates(batch)} == {
        ("qc_pusat", tuple(refreshed)),
        ("keputusan_pusat", tuple(revived)),
    }


async def test_the_decree_needs_two_different_people(stage: Stage) -> None:
    cases, batch = await _pulled(stage, await stage.families(2)), await _centre(stage)
    await stage.look(batch, *STEPS)
    await stage.decide(batch, "qc_pusat")
    await stage.look(batch, *STEPS)
    first = await stage.decide(batch, "penetapan", people=1)
    assert (first.state, first.decided, first.people) == ("terbuka", 1, 2)
    assert await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["menunggu_sk"] * 2
    (gate,) = await stage.gates(batch, "terbuka")
    same = await stage.person("menteri", 0, name="menteri0.PKH.0")
    with pytest.raises(AnotherPersonNeeded):
        await decide(stage.world.api, same, gate["id"], "setuju", evidence={"nomor_sk": {"nomor": "lain"}})
    other = await stage.person("menteri", 0, name="menteri lain")
    assert (await decide(stage.world.api, other, gate["id"], "setuju")).state == "disetujui"
    await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["ditetapkan"] * 2
    decided = await fetch_value(
        stage.world.admin,
        "SELECT cardinality(g.members) FROM transition t JOIN rule r ON r.code = t.rule AND r.id = 'U81' "
        "JOIN actor_group g ON g.id = t.actor WHERE t.case_id = %s",
        (cases[0],),
    )
    assert decided == 2


async def test_a_list_the_minister_sends_back_is_ranked_anew(stage: Stage) -> None:
    cases, batch = await _pulled(stage, await stage.families(2)), await _centre(stage)
    await stage.look(batch, *STEPS)
    await stage.decide(batch, "qc_pusat")
    await stage.look(batch, *STEPS)
    await stage.decide(batch, "penetapan", verdict="tolak", reason="DAFTAR_SALAH", note="Versi lama dipakai.", people=1)
    assert await stage.look(batch, *STEPS)
    assert [await stage.rules(case) for case in cases] == [f"{PULLED} U34 U35 U82 U35"] * 2
    assert [job["puts"] for job in stage.sim.jobs("dtsen/peringkat")] == [1, 1]


async def test_seats_go_to_the_poorest_and_the_rest_wait_in_order(stage: Stage) -> None:
    await stage.policy({f"kuota.program.PKH@{KABUPATEN}": 2})
    families = [*await stage.families(2, desil=3), *await stage.families(2, desil=1), *await stage.families(1, desil=2)]
    batch, cases = await _decreed(stage, families)
    await stage.look(batch, *STEPS)
    members = await _memberships(stage, cases)
    assert [await stage.rules(case) for case in members] == [
        "K01 K05",
        "K01 K05",
        "K01 K06",
        "K01 K06",
        "K01 K05",
    ]
    waiting = [(await stage.fact(case, "peringkat"), await stage.reason(case)) for case in (*members[:2], members[4])]
    assert waiting == [
        ({"urutan": 4}, "KUOTA_PENUH"),
        ({"urutan": 5}, "KUOTA_PENUH"),
        ({"urutan": 3}, "KUOTA_PENUH"),
    ]
    assert await stage.states(await _memberships(stage, cases, "SEMBAKO")) == ["menunggu_sk"] * 5
    assert stage.agrees()


async def test_who_does_not_fit_a_programme_is_told_why(stage: Stage) -> None:
    families = await stage.families(4)
    families[0].truth.desil = 5
    families[1].truth.members[0].pekerjaan = 6
    families[2].truth.desil = 9
    batch, cases = await _decreed(stage, families)
    await stage.look(batch, *STEPS)
    pkh, food = await _memberships(stage, cases), await _memberships(stage, cases, "SEMBAKO")
    assert [(await stage.state(case), await stage.reason(case)) for case in pkh] == [
        ("tidak_memenuhi", "EX_DESIL"),
        ("tidak_memenuhi", "EX_PEKERJAAN"),
        ("tidak_memenuhi", "EX_DESIL"),
        ("menunggu_sk", None),
    ]
    assert await stage.states(food) == ["menunggu_sk", "tidak_memenuhi", "tidak_memenuhi", "menunggu_sk"]
    told = await stage.fact(pkh[1], "hasil_uji_syarat")
    assert (told["sumber"], told["desil"]) == ("register", 2)


async def test_each_programme_has_its_own_gate_and_a_refused_list_is_assessed_again(stage: Stage) -> None:
    batch, cases = await _decreed(stage, await stage.families(2))
    await stage.look(batch, *STEPS)
    pkh, food = await _memberships(stage, cases), await _memberships(stage, cases, "SEMBAKO")
    assert {gate["gate"] for gate in await stage.gates(batch, "terbuka")} == {"sk_program.PKH", "sk_program.SEMBAKO"}
    await stage.decide(batch, "sk_program.PKH", people=1, verdict="tolak", reason="DAFTAR_SALAH", note="Salah daftar.")
    await stage.decide(batch, "sk_program.SEMBAKO")
    assert await stage.look(batch, *STEPS)
    assert [await stage.rules(case) for case in pkh] == ["K01 K06 K08 K06"] * 2
    assert await stage.states(food) == ["calon_penerima"] * 2
    (again,) = await stage.gates(batch, "terbuka")
    assert (again["gate"], again["round"], again["list"]) == ("sk_program.PKH", 2, pkh)


async def test_a_late_family_waits_for_the_next_decree(stage: Stage) -> None:
    cases, batch = await _pulled(stage, await stage.families(2)), await _centre(stage)
    await stage.look(batch, *STEPS)
    await stage.decide(batch, "qc_pusat")
    await stage.look(batch, *STEPS)
    late = await _pulled(stage, await stage.families(2))
    await stage.look(batch, *STEPS)
    await stage.decide(batch, "qc_pusat")
    await stage.look(batch, *STEPS)
    assert await stage.states(late) == ["menunggu_sk"] * 2
    await stage.decide(batch, "penetapan")
    assert await stage.look(batch, *STEPS)
    assert await stage.states([*cases, *late]) == ["ditetapkan"] * 2 + ["menunggu_sk"] * 2
    assert [gate["list"] for gate in await stage.gates(batch, "terbuka") if gate["gate"] == "penetapan"] == [late]


async def test_while_dtsen_is_silent_nothing_is_lost(stage: Stage) -> None:
    cases, batch = await _pulled(stage, await stage.families(2)), await _centre(stage)
    stage.sim.faults({"dtsen": {"error_rate": 1}})
    await stage.look(batch, *STEPS)
    (wake,) = await stage.open_wakes(batch)
    assert 0 < wake["due_in"] <= 30
    stage.sim.faults({})
    await stage.look(batch, *STEPS)
    await stage.decide(batch, "qc_pusat")
    stage.sim.faults({"dtsen/peringkat": {"error_rate": 1}})
    await stage.look(batch, *STEPS, options=QUICK)
    assert await stage.states(cases) == ["pemeringkatan"] * 2
    stage.sim.faults({})
    await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["menunggu_sk"] * 2


async def test_what_quality_control_refuses_goes_home_and_comes_again(stage: Stage) -> None:
    """The family is mended in its village, approved again by its kabupaten, and pulled again by the centre."""
    await stage.day(3)
    families = await stage.families(3)
    cases, batch = await _pulled(stage, families), await _centre(stage)
    await stage.look(batch, *STEPS)
    await stage.decide(
        batch,
        "qc_pusat",
        excepts=[Except(case, "usulan.qc_gagal", "DATA_JANGGAL", "Periksa lagi.") for case in cases[:2]],
    )
    await stage.look(batch, *STEPS)
    home = await stage.batch("pengesahan")
    assert home["region"] == KABUPATEN
    assert [await stage.batch_of(case) for case in cases] == [home["id"], home["id"], batch]
    assert await stage.states(cases) == ["dikembalikan", "dikembalikan", "menunggu_sk"]
    await stage.fire("operator_desa", "usulan.perbaiki_kirim", cases[:1], beda_isian=1)
    await stage.fire("operator_desa", "usulan.perbaiki_identitas", cases[1:2], beda_isian=1, bukti_identitas=1)
    assert await stage.open_wakes(home["id"])
    home_steps = steps_of(pengesahan)
    await stage.look(home["id"], *home_steps)
    assert await stage.states(cases[:2]) == ["usulan_final", "padan"]
    await stage.fire("operator_desa", "usulan.pakai_ba", cases[1:2], ba_berlaku=1, bnba_memuat_keluarga=1)
    await stage.fire("operator_desa", "usulan.kirim", cases[:2], ba_berlaku=1)
    await stage.verified(cases[:2])
    await stage.day(15)
    await stage.look(home["id"], *home_steps)
    await stage.decide(home["id"], "pengesahan")
    await stage.day(18)
    await stage.look(home["id"], *home_steps)
    centre = await stage.batch("penetapan", period=home["period"])
    assert [await stage.batch_of(case) for case in cases[:2]] == [centre["id"]] * 2
    await stage.play(centre["id"], *STEPS)
    assert await stage.states(cases[:2]) == ["ditetapkan"] * 2
    assert stage.agrees()


async def test_a_membership_that_came_without_a_month_and_woke_is_assessed(stage: Stage) -> None:
    """Everybody who came with the migration is in no batch: a reactivation brought him before nobody."""
    (membership,) = await stage.members(await stage.register(await stage.families(1)))
    await stage.fire(
        "kepala_dinas",
        "kepesertaan.keluarkan",
        [membership],
        reason="MAMPU",
        kasus_asal_atau_versi={"kasus": membership},
    )
    system = await stage.world.system()
    (back,) = await stage.world.move(system, "kepesertaan.reaktivasi", [membership], facts={"kasus_asal": 1})
    assert back.done
    days = await stage.standing("harian")
    await stage.look(days, adopt)
    centre = await _centre(stage)
    assert await stage.open_wakes(centre)
    await stage.look(centre, *STEPS)
    assert await stage.state(membership) == "menunggu_sk"
    assert [row["gate"] for row in await stage.gates(centre, "terbuka")] == ["sk_program.PKH"]
    before = await stage.log()
    await stage.look(days, adopt)
    assert (await stage.log(), await stage.open_wakes(centre)) == (before, [])
