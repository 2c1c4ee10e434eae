"""siklus: a year has two cycles, asked for, frozen, opened, worked, reported and closed; nobody is lost in one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.approval.queries import of_batch
from models.case.commands import write_facts
from models.database import acting
from models.errors import AnotherPersonNeeded
from models.siklus import commands, queries
from tests.flows.cycles import Cycles
from tests.flows.stage import DENPASAR, KABUPATEN, Stage, done
from tests.support.world import DESA, DESA_LAIN, facts_about


@pytest.fixture
def cycles(stage: Stage) -> Cycles:
    return Cycles(stage)


async def members(stage: Stage, count: int, village: int = DESA) -> tuple[list[int], list[int]]:
    """Return families that take part in PKH, and their memberships."""
    households = await stage.register(await stage.families(count, village=village))
    return households, await stage.members(households)


# -- one whole cycle -------------------------------------------------------------------------------------------------


async def test_a_cycle_is_asked_for_frozen_on_its_day_and_opened(stage: Stage, cycles: Cycles) -> None:
    await members(stage, 8)
    await stage.day(10, month=12)
    await cycles.look()
    assert await cycles.all() == []
    await stage.day(20, month=12)
    await cycles.look()
    batch = await stage.standing("siklus")
    [asked] = await stage.gates(batch, "terbuka")
    assert (asked["gate"], asked["people"]) == ("siklus_jadwal.202702", 2)
    assert asked["evidence"]["tanggal"] == {
        "nomor": 1,
        "mulai": "2027-02-01",
        "selesai": "2027-04-30",
        "perkiraan": {"keluarga": 8, "desa": 1, "berat": 1, "selesai": None},
    }
    await cycles.schedule_decided()
    await cycles.look()
    cycle = await cycles.newest()
    assert (cycle["period"], cycle["state"], str(cycle["mulai"])) == (202702, "dijadwalkan", "2027-02-01")
    await stage.day(31, month=1, hour=23)
    await cycles.look()
    assert (await cycles.newest())["state"] == "dijadwalkan"
    await stage.day(1, month=2, hour=0)
    await cycles.look()
    cycle = await cycles.newest()
    assert (cycle["state"], cycle["keluarga"], cycle["desa"]) == ("prelist", 8, 1)
    await cycles.decided("siklus_buka")
    await cycles.look()
    await cycles.look_kab()
    assert (await cycles.newest())["state"] == "berjalan"
    assert await stage.state(await cycles.village()) == "dibagikan"


async def test_a_village_goes_from_its_visits_to_their_effects(stage: Stage, cycles: Cycles) -> None:
    households, memberships = await members(stage, 8)
    await cycles.running()
    visits = await cycles.visits(households)
    assert await stage.states(visits) == ["ditugaskan"] * 8
    # Seven are found as they were, one is no longer entitled.
    await cycles.recorded(visits[:7])
    await cycles.look_kab()
    assert await stage.state(await cycles.village()) == "pendataan"
    await cycles.recorded(visits[7:], "TIDAK_LAYAK")
    await cycles.look_kab()
    assert await stage.state(await cycles.village()) == "musdes"
    assert await cycles.sample() == []
    await cycles.signed()
    drawn = await cycles.sample()
    assert len(drawn) == 5
    assert set(drawn) <= set(visits)
    # One of five is more than a tenth: the village returns with the family that was wrong.
    assert await cycles.checked(drawn[:1]) == "pendataan"
    assert await stage.states(drawn) == ["dikembalikan"] + ["dikunjungi"] * 4
    again = "TIDAK_LAYAK" if drawn[0] == visits[7] else "TETAP_LAYAK"
    await cycles.recorded(drawn[:1], again)
    await cycles.look_kab()
    await cycles.signed()
    assert await cycles.checked() == "menunggu_sah"
    await cycles.approved()
    assert await stage.states(visits) == ["diterapkan"] * 8
    assert await stage.states(memberships) == ["calon_penerima"] * 7 + ["keluar"]
    assert await stage.state(await cycles.village()) == "ditutup"
    await cycles.look()
    assert (await cycles.newest())["state"] == "rekap"
    await cycles.look()
    with pytest.raises(AnotherPersonNeeded):
        await cycles.decided("siklus_tutup", "pusdatin.a")
    await cycles.decided("siklus_tutup")
    await cycles.look()
    assert (await cycles.newest())["state"] == "ditutup"
    assert stage.agrees()


async def test_who_was_not_reached_is_named_with_who_held_him(stage: Stage, cycles: Cycles) -> None:
    households, memberships = await members(stage, 3)
    cycle = await cycles.running(officers=["petugas.a"])
    found, missed, away = await cycles.visits(households)
    await cycles.recorded([found])
    await cycles.not_reached([away])
    await stage.day(2, month=5)
    await cycles.look()
    await cycles.look_kab()
    village = await cycles.village()
    assert await stage.state(village) == "terlewat"
    assert (await cycles.newest())["state"] == "rekap"
    assert await stage.states([missed]) == ["ditugaskan"]
    await cycles.look()
    batch = await stage.standing("siklus")
    assert not [row for row in await stage.gates(batch, "terbuka") if row["gate"].startswith("siklus_tutup")]
    pusdatin = await stage.person("pusdatin")
    closed = await stage.world.move(
        pusdatin, "siklus_desa.tutup_terlewat", [village], reason="BELUM_VERVAL", note="akses terputus banjir"
    )
    assert done(closed) == 1
    assert await stage.states([found, missed, away]) == ["terlewat"] * 3
    assert await stage.states(memberships) == ["calon_penerima"] * 3
    await cycles.look()
    await cycles.decided("siklus_tutup")
    await cycles.look()
    assert (await cycles.newest())["state"] == "ditutup"
    report = await stage.fact(cycle, "laporan_rekap")
    assert (report["desa"], report["keluarga"], report["tidak_terjangkau"]) == (1, 3, 3)
    async with acting(stage.world.api, pusdatin) as conn:
        [told] = await queries.report(conn, cycle, 0, 9_999_999_999)
    named = {family["kasus"]: family for family in told["isi"]["tidak_terjangkau"]}
    assert set(named) == {found, missed, away}
    assert named[missed]["petugas"] == "petugas.a"
    assert named[missed]["kantor"] == KABUPATEN
    assert named[missed]["nomor"] == f"KJG-2027-{missed:07d}"
    assert stage.agrees()


# -- a year ----------------------------------------------------------------------------------------------------------


async def test_a_standing_decision_opens_the_cycles_of_a_year_by_itself(stage: Stage, cycles: Cycles) -> None:
    households, _ = await members(stage, 2)
    await stage.day(20, month=12)
    await cycles.look()
    await cycles.schedule_decided(until="2027-12-31")
    for month, period, last in ((2, 202702, 4), (8, 202708, 10)):
        await stage.day(1, month=month, hour=1)
        await cycles.look()
        newest = await cycles.newest()
        assert (newest["period"], newest["state"]) == (period, "berjalan")
        await cycles.look_kab()
        await cycles.begun(["petugas.a"])
        await cycles.recorded(await cycles.visits(households))
        await cycles.look_kab()
        await cycles.signed()
        await cycles.checked()
        await cycles.approved()
        await cycles.look()
        await cycles.look()
        await cycles.decided("siklus_tutup")
        await cycles.look()
        assert (await cycles.newest())["state"] == "ditutup"
        await stage.day(20, month=last)
        await cycles.look()
        assert len([c for c in await cycles.all() if c["period"] == period]) == 1
    assert [(c["period"], c["state"]) for c in await cycles.all()] == [(202708, "ditutup"), (202702, "ditutup")]
    # The letter does not reach into the next year: people are asked again.
    await stage.day(20, month=12)
    await cycles.look()
    gates = await stage.gates(await stage.standing("siklus"), "terbuka")
    assert [row["gate"] for row in gates] == ["siklus_jadwal.202802"]
    assert stage.agrees()


async def test_policy_may_forbid_standing_decisions(stage: Stage, cycles: Cycles) -> None:
    await stage.day(20, month=12)
    await cycles.look()
    await cycles.schedule_decided(until="2027-12-31")
    await cycles.look()
    await stage.policy({"siklus.otomatis": False})
    await stage.day(1, month=2, hour=1)
    await cycles.look()
    assert (await cycles.newest())["state"] == "prelist"
    gates = await stage.gates(await stage.standing("siklus"), "terbuka")
    assert [row["gate"] for row in gates] == ["siklus_buka.202702"]


async def test_a_missed_first_day_is_caught_up(stage: Stage, cycles: Cycles) -> None:
    await members(stage, 1)
    await stage.day(3, month=3)
    await cycles.look()
    await cycles.schedule_decided()
    await cycles.look()
    assert (await cycles.newest())["state"] == "prelist"


async def test_a_refused_schedule_is_not_asked_for_again(stage: Stage, cycles: Cycles) -> None:
    await stage.day(20, month=12)
    await cycles.look()
    await cycles.decided("siklus_jadwal", "pusdatin.a", "tolak", reason="JADWAL_DIGANTI", note="pemilu")
    for _ in range(2):
        await cycles.look()
    assert await cycles.all() == []
    async with acting(stage.world.api, await stage.person("pusdatin")) as conn:
        states = [row["state"] for row in await of_batch(conn, await stage.standing("siklus"))]
    assert states == ["ditolak"]


async def test_a_list_that_is_refused_ends_the_cycle(stage: Stage, cycles: Cycles) -> None:
    await members(stage, 1)
    await stage.day(20, month=12)
    await cycles.look()
    await cycles.schedule_decided()
    await stage.day(1, month=2, hour=1)
    await cycles.look()
    await cycles.decided("siklus_buka", verdict="tolak", reason="JADWAL_DIGANTI", note="daftar belum lengkap")
    await cycles.look()
    assert (await cycles.newest())["state"] == "dibatalkan"
    assert stage.agrees()


# -- nothing twice ---------------------------------------------------------------------------------------------------


async def test_starting_twice_changes_nothing(stage: Stage, cycles: Cycles) -> None:
    households, _ = await members(stage, 2)
    cycle = await cycles.running()
    before = await stage.log()
    pusdatin = await stage.world.session("pusdatin.d", "pusdatin")
    planned = await cycles.newest()
    tomorrow = (await stage.world.now()).date() + timedelta(days=1)
    again, new = await commands.schedule(
        stage.world.api, pusdatin, tomorrow, planned["selesai"], letter={"nomor": "SE/9"}, reason="ulang"
    )
    assert (again, new) == (cycle, False)
    for _ in range(2):
        await cycles.look()
        await cycles.look_kab()
    assert await stage.log() == before
    assert len(await cycles.all()) == 1
    assert await stage.states(await cycles.visits(households)) == ["ditugaskan"] * 2


async def test_pusdatin_starts_a_cycle_with_a_reason(stage: Stage, cycles: Cycles) -> None:
    await members(stage, 1)
    today = (await stage.world.now()).date()
    pusdatin = await stage.world.session("pusdatin.d", "pusdatin")
    await stage.standing("siklus")
    begin, end = today + timedelta(days=1), today + timedelta(days=40)
    case, new = await commands.schedule(
        stage.world.api, pusdatin, begin, end, letter={"nomor": "SE/1"}, reason="gempa: verval ulang"
    )
    assert new
    await stage.world.travel(timedelta(days=2))
    await cycles.look()
    assert await stage.state(case) == "prelist"


# -- late, more time, other hands ------------------------------------------------------------------------------------


async def test_a_late_village_gets_more_time_and_ends(stage: Stage, cycles: Cycles) -> None:
    households, _ = await members(stage, 2)
    await cycles.running(officers=["petugas.a"])
    village = await cycles.village()
    await stage.day(30, month=4, hour=23)
    await cycles.look_kab()
    assert await stage.state(village) == "pendataan"
    await stage.day(1, month=5, hour=0)
    await cycles.look_kab()
    assert await stage.state(village) == "terlewat"
    pusdatin = await stage.person("pusdatin")
    more = {"facts": {"permohonan_kepala_dinas": {"nomor": "440/12"}}, "reason": "PERPANJANGAN"}
    assert done(await stage.world.move(pusdatin, "siklus_desa.perpanjang", [village], **more)) == 1
    await cycles.look_kab()
    assert await stage.state(village) == "pendataan"
    await cycles.recorded(await cycles.visits(households))
    await cycles.look_kab()
    assert await stage.state(village) == "musdes"
    await stage.world.travel(timedelta(days=31))
    await cycles.look_kab()
    assert await stage.state(village) == "terlewat"


async def test_a_village_that_never_began_is_sent_out_when_it_gets_more_time(stage: Stage, cycles: Cycles) -> None:
    households, _ = await members(stage, 2)
    await cycles.opened()
    village = await cycles.village()
    await stage.day(1, month=5, hour=0)
    await cycles.look_kab()
    assert await stage.state(village) == "terlewat"
    pusdatin = await stage.person("pusdatin")
    more = {"facts": {"permohonan_kepala_dinas": {"nomor": "440/12"}}, "reason": "PERPANJANGAN"}
    assert done(await stage.world.move(pusdatin, "siklus_desa.perpanjang", [village], **more)) == 1
    # Nobody looks after families here, so it waits for the verifikator to name somebody; nothing is taken for done.
    await cycles.look_kab()
    assert (await stage.state(village), await cycles.visits(households)) == ("pendataan", [0, 0])
    await stage.world.session("petugas.a", "pendamping")
    verifikator = await stage.person("verifikator_kab")
    named = facts_about([village], petugas_ditunjuk={"pengguna": "petugas.a"})
    await write_facts(stage.world.api, verifikator, named)
    await cycles.look_kab()
    visits = await cycles.visits(households)
    assert await stage.states(visits) == ["ditugaskan"] * 2
    await cycles.recorded(visits)
    await cycles.look_kab()
    assert await stage.state(village) == "musdes"
    assert stage.agrees()


async def test_a_closed_cycle_gives_nobody_more_time(stage: Stage, cycles: Cycles) -> None:
    await members(stage, 1)
    await cycles.opened()
    village = await cycles.village()
    await stage.day(1, month=5, hour=0)
    await cycles.look_kab()
    pusdatin = await stage.person("pusdatin")
    (held,) = await stage.world.move(
        pusdatin, "siklus.tutup_siklus", [(await cycles.newest())["id"]], facts={"laporan_rekap": 1}
    )
    assert held.refusal == "tidak_terbuka"
    await cycles.look()
    (held,) = await stage.world.move(
        pusdatin, "siklus.tutup_siklus", [(await cycles.newest())["id"]], facts={"laporan_rekap": 1}
    )
    assert held.refusal == "belum_lengkap"
    more = {"reason": "BELUM_VERVAL", "note": "tidak ada akses"}
    assert done(await stage.world.move(pusdatin, "siklus_desa.tutup_terlewat", [village], **more)) == 1


async def test_one_kabupaten_that_breaks_holds_up_no_other(stage: Stage, cycles: Cycles) -> None:
    await members(stage, 1)
    await members(stage, 1, DENPASAR)
    await cycles.opened()
    await cycles.look_kab(DENPASAR // 1_000_000)
    assert await stage.state(await cycles.village(DENPASAR)) == "dibagikan"
    await cycles.begun(["petugas.c"], DENPASAR)
    # Nobody is named and nobody looks after families here: this village cannot begin, the other does.
    verifikator = await stage.person("verifikator_kab")
    with pytest.raises(Exception, match="petugas"):
        await stage.world.move(
            verifikator, "siklus_desa.mulai_pendataan", [await cycles.village()], facts={"petugas_ditunjuk": {}}
        )
    assert await stage.state(await cycles.village()) == "dibagikan"
    assert await stage.state(await cycles.village(DENPASAR)) == "pendataan"


async def test_a_leaving_officer_s_families_go_to_others_by_load(stage: Stage, cycles: Cycles) -> None:
    households, _ = await members(stage, 6)
    await cycles.running(officers=["petugas.a"])
    visits = await cycles.visits(households)
    await cycles.recorded(visits[:2])
    for name in ("petugas.b", "petugas.c"):
        await stage.world.session(name, "pendamping")
    verifikator = await stage.person("verifikator_kab")
    leaving = await stage.world.session("petugas.a", "pendamping")
    async with acting(stage.world.api, leaving) as conn:
        seen = await (await conn.execute("SELECT count(*) AS n FROM household")).fetchone()
    assert seen == {"n": 6}
    async with stage.world.api.transaction():
        taken, outcomes = await commands.hand_over(
            stage.world.api, verifikator, "petugas.a", to=["petugas.b", "petugas.c"], reason="pindah tugas"
        )
    assert taken == {"petugas.b": 2, "petugas.c": 2}
    assert done(outcomes) == 4
    async with acting(stage.world.api, leaving) as conn:
        seen = await (await conn.execute("SELECT count(*) AS n FROM household")).fetchone()
    assert seen == {"n": 2}
    assert sorted([await cycles.officer_of(visit) for visit in visits[2:]]) == ["petugas.b"] * 2 + ["petugas.c"] * 2
    await cycles.recorded(visits[2:])
    history = await (
        await stage.world.admin.execute("SELECT count(*) AS n FROM family_assignment WHERE valid_to IS NOT NULL")
    ).fetchone()
    assert history == {"n": 4}
    assert stage.agrees()


async def test_progress_is_told_down_to_the_village(stage: Stage, cycles: Cycles) -> None:
    households, _ = await members(stage, 4)
    others, _ = await members(stage, 2, DESA_LAIN)
    await cycles.running(officers=["petugas.a"])
    visits = await cycles.visits(households)
    await cycles.recorded(visits[:3])
    [told] = await cycles.progress()
    assert (told["region"], told["villages"], told["families"], told["reached"]) == (DESA // 10_000, 2, 6, 3)
    assert told["states"] == {"tidak_dibuka": len(others), "ditugaskan": 1, "dikunjungi": 3}
    assert told["village_states"] == {"pendataan": 1, "dibagikan": 1}
    assert told["ends"] is not None
    assert await cycles.progress(who="verifikator_kab", region=DENPASAR) == []
