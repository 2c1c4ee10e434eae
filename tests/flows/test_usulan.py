"""usulan-batch: the identity check of families, the village meeting, the hand-over to the kabupaten's month."""

from __future__ import annotations

import json
from typing import Any

import pytest

from alur.seed.population import Scenario
from flows.usulan_batch import usulan_batch
from models.approval.commands import Except
from models.batch.commands import open_batch
from models.call.commands import note_call
from models.database import fetch_value
from tests.flows.stage import DENPASAR, KABUPATEN, Stage, head
from tests.flows.steps import steps_of
from tests.support.world import DESA, DESA_LAIN

STEPS = steps_of(usulan_batch)
CHECKED = "U01 U02 U05"


async def _padan(stage: Stage, count: int) -> tuple[int, list[int]]:
    """Return a list of families that match, ready for the meeting."""
    batch, cases = await stage.propose(await stage.register(await stage.families(count)))
    await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["padan"] * count
    return batch, cases


async def _meeting(stage: Stage, count: int) -> tuple[int, list[int]]:
    """Return a list that lies before the village meeting, the gate open."""
    batch, cases = await _padan(stage, count)
    await stage.fire("operator_desa", "usulan.masuk_musdes", cases, id_batch_musdes=1)
    assert await stage.look(batch, *STEPS)
    return batch, cases


# -- the identity check ------------------------------------------------------------------------------------------------


async def test_each_family_of_a_mixed_list_goes_its_own_way(stage: Stage) -> None:
    families = await stage.families(9)
    households = await stage.register(
        families,
        *(
            Scenario(head(family), "verifikasi", 0, outcome)
            for family, outcome in zip(families, ("13", "14", "15", "NAMA_BEDA", "KK_BEDA", "11", "12"), strict=False)
        ),
        *(Scenario(person.nik, "verifikasi", 0, "11") for person in families[7].truth.members),
    )
    batch, cases = await stage.propose(households)
    assert not await stage.look(batch, *STEPS)
    told = [(await stage.rules(case), await stage.reason(case)) for case in cases]
    assert told == [
        ("U01 U02 U06", "NIK_TIDAK_ADA"),
        ("U01 U02 U06", "NIK_NONAKTIF"),
        ("U01 U02 U06", "NIK_FORMAT"),
        ("U01 U02 U06", "NAMA_BEDA"),
        ("U01 U02 U06", "KK_BEDA"),
        ("U01 U02 U06", "KEPALA_MENINGGAL"),
        ("U01 U02 U47", "GANDA"),
        ("U01 U02 U07", "MENINGGAL"),
        (CHECKED, None),
    ]
    assert (await stage.state(cases[7]), await stage.state(cases[6])) == ("ditolak_sistem", "dugaan_ganda")
    (call,) = stage.sim.jobs()
    assert (call["puts"], call["effects"]) == (1, 1)
    assert stage.agrees()


async def test_others_than_head_and_payee_only_flag(stage: Stage) -> None:
    """A dead or unknown child changes nothing for the family; it is marked and brings no component."""
    families = [family for family in await stage.families(12) if len(family.truth.members) > 2][:3]
    children = [family.truth.members[-1].nik for family in families]
    households = await stage.register(
        families,
        *(Scenario(nik, "verifikasi", 0, code) for nik, code in zip(children, ("11", "13", "12"), strict=True)),
    )
    batch, cases = await stage.propose(households)
    await stage.look(batch, *STEPS)
    assert [await stage.rules(case) for case in cases] == [CHECKED] * 3
    cursor = await stage.world.admin.execute(
        "SELECT status, padan FROM person WHERE nik = ANY (%s) ORDER BY array_position(%s, nik)", (children, children)
    )
    assert [tuple(row.values()) for row in await cursor.fetchall()] == [
        ("meninggal", False),
        ("hidup", False),
        ("hidup", False),
    ]


async def test_what_a_proposal_says_of_its_persons_is_no_anomaly(stage: Stage) -> None:
    """A death that is proposed is confirmed, of the head or of all; a named payee takes the place of a dead one; who
    has a new card stands on it; the dead of before count no more. Of a death that nobody told a successor is due."""
    told = [family for family in await stage.families(14, accounts=False) if len(family.truth.members) > 2][:7]
    spouse = {family.truth.no_kk: family.truth.members[1].nik for family in told}
    named_dead, all_dead, paid, left, unnamed, wrong, headed = told
    households = await stage.register(
        told,
        *(Scenario(head(family), "verifikasi", 0, "11") for family in (named_dead, paid, unnamed, headed)),
        *(Scenario(person.nik, "verifikasi", 0, "11") for person in all_dead.truth.members),
        Scenario(head(left), "verifikasi", 0, "KK_BEDA"),
        Scenario(spouse[wrong.truth.no_kk], "verifikasi", 0, "13"),
    )
    cursor = await stage.world.admin.execute("SELECT id, nik FROM person WHERE household_id = ANY (%s)", (households,))
    number = {row["nik"]: row["id"] for row in await cursor.fetchall()}
    (split,) = await stage.world.households(1, region=DESA, members=1)
    await stage.world.admin.execute("UPDATE person SET nik = %s WHERE household_id = %s", (head(left), split))
    # On record as dead, with another head and payee: nothing more is to be mended.
    await stage.world.admin.execute(
        "UPDATE person SET status = CASE WHEN nik = %(dead)s THEN 'meninggal' ELSE status END,"
        " hubungan = CASE WHEN nik = %(next)s THEN 1 ELSE hubungan END, pengurus = nik = %(next)s"
        " WHERE nik IN (%(dead)s, %(next)s)",
        {"dead": head(headed), "next": spouse[headed.truth.no_kk]},
    )
    operator = await stage.person("operator_desa")
    batch = await open_batch(stage.world.api, operator, "usulan", DESA, "Usulan: perubahan")
    cases = []
    for household, kind, wanted in zip(
        households,
        ("MENINGGAL", "MENINGGAL", "GANTI_PENGURUS", "PECAH_KK", "MENINGGAL", "GANTI_PENGURUS", "PEMBARUAN"),
        (
            {"anggota": [number[head(named_dead)]]},
            {"anggota": [number[person.nik] for person in all_dead.truth.members]},
            {"pengurus": number[spouse[paid.truth.no_kk]]},
            {"keluarga_baru": split},
            {"anggota": [number[spouse[unnamed.truth.no_kk]]]},
            {"pengurus": number[spouse[wrong.truth.no_kk]]},
            {},
        ),
        strict=True,
    ):
        papers: dict[str, Any] = {"ktp": 1, "kk": 1, "foto_rumah_geotag": 1, "variabel": {"perubahan": wanted}}
        (outcome,) = await stage.world.open(
            operator, "usulan.buat_draf", [household], kind=kind, batch=batch, facts=papers
        )
        cases.append(outcome.case_id or 0)
    assert all(one.done for one in await stage.world.move(operator, "usulan.kirim_cek", cases))
    await stage.look(batch, *STEPS)
    assert [(await stage.rules(case), await stage.reason(case)) for case in cases] == [
        *[(CHECKED, None)] * 4,
        ("U01 U02 U06", "KEPALA_MENINGGAL"),
        ("U01 U02 U06", "NIK_TIDAK_ADA"),
        (CHECKED, None),
    ]


async def test_what_was_said_is_kept_without_names_and_numbers(stage: Stage) -> None:
    families = await stage.families(3)
    batch, cases = await stage.propose(
        await stage.register(families, Scenario(head(families[0]), "verifikasi", 0, "NAMA_BEDA"))
    )
    await stage.look(batch, *STEPS)
    cursor = await stage.world.admin.execute(
        "SELECT row_to_json(f)::text AS told FROM fact f UNION ALL SELECT row_to_json(c)::text FROM call c "
        "UNION ALL SELECT row_to_json(a)::text FROM act a UNION ALL SELECT row_to_json(w)::text FROM wake w "
        "UNION ALL SELECT row_to_json(b)::text FROM batch b"
    )
    told = "\n".join([row["told"] for row in await cursor.fetchall()])
    assert await stage.fact(cases[0], "balasan_dukcapil")
    for family in families:
        assert family.truth.no_kk not in told
        for person in family.truth.members:
            assert person.nik not in told
            assert person.nama not in told


async def test_a_mended_family_is_asked_about_again(stage: Stage) -> None:
    """The second question is about another version, so it has a key of its own and gets an answer of its own."""
    (family,) = await stage.families(1)
    batch, (case,) = await stage.propose(
        await stage.register([family], Scenario(head(family), "verifikasi", 1, "NAMA_BEDA"))
    )
    await stage.look(batch, *STEPS)
    assert await stage.state(case) == "tidak_padan"
    await stage.fire("operator_desa", "usulan.perbaiki_data", [case], beda_isian=1, bukti_identitas=1)
    await stage.look(batch, *STEPS)
    assert await stage.rules(case) == "U01 U02 U06 U08 U05"
    assert [job["puts"] for job in stage.sim.jobs()] == [1, 1]


async def test_a_look_at_nothing_asks_nobody(stage: Stage) -> None:
    batch, _ = await _padan(stage, 1)
    before = stage.sim.jobs()
    assert not await stage.look(batch, *STEPS)
    assert stage.sim.jobs() == before


async def test_a_call_that_was_left_open_is_asked_about_and_closed(stage: Stage) -> None:
    """Its flow died after it had judged the families and before it noted so: nothing hangs on the answer any more."""
    batch, _ = await _padan(stage, 2)
    (call,) = await stage.calls()
    await note_call(stage.world.worker, call["path"], "tidak-sampai", batch, "00", call["ids"], call["versions"])
    await stage.world.admin.execute("UPDATE call SET state = 'terkirim'")
    assert not await stage.look(batch, *STEPS)
    told = {each["key"]: (each["state"], each["problem"]) for each in await stage.calls()}
    assert told == {call["key"]: ("selesai", None), "tidak-sampai": ("batal", "tidak pernah sampai")}
    assert sum(job["puts"] for job in stage.sim.jobs()) == 1  # nothing was sent again


# -- the meeting -------------------------------------------------------------------------------------------------------


async def test_the_meeting_decides_the_list_and_single_families(stage: Stage) -> None:
    batch, cases = await _meeting(stage, 5)
    decided = await stage.decide(
        batch,
        "musdes",
        excepts=[
            Except(cases[1], "usulan.tidak_sepakat", "MAMPU", "Punya dua kios."),
            Except(cases[3], "usulan.tunda_musdes", None, "Keluarga belum hadir."),
        ],
    )
    assert decided.state == "disetujui"
    assert not await stage.look(batch, *STEPS)
    assert [await stage.rules(case) for case in cases] == [
        f"{CHECKED} U10 U12",
        f"{CHECKED} U10 U13",
        f"{CHECKED} U10 U12",
        f"{CHECKED} U10 U14",
        f"{CHECKED} U10 U12",
    ]
    assert await stage.reason(cases[1]) == "MAMPU"
    (gate,) = await stage.gates(batch)
    assert (gate["state"], gate["list"], gate["round"]) == ("dijalankan", cases, 1)
    assert stage.agrees()


async def test_refusing_the_list_refuses_every_family(stage: Stage) -> None:
    batch, cases = await _padan(stage, 2)
    await stage.fire("operator_desa", "usulan.masuk_musdes", cases, id_batch_musdes=1)
    await stage.look(batch, *STEPS)
    (gate,) = await stage.gates(batch, "terbuka")
    session = await stage.person("kades")
    await stage.world.api.execute(
        "SELECT * FROM approval_decide(%s, %s, 'tolak', 'TIDAK_DIKENAL', NULL, %s::jsonb, '[]')",
        (session, gate["id"], json.dumps({"berita_acara": {"nomor": "BA/1"}, "daftar_hadir": {"hadir": 20}})),
    )
    await stage.look(batch, *STEPS)
    assert [await stage.rules(case) for case in cases] == [f"{CHECKED} U10 U13"] * 2
    assert await stage.reason(cases[0]) == "TIDAK_DIKENAL"


async def test_a_late_family_waits_for_the_next_round_and_holds_nobody(stage: Stage) -> None:
    batch, cases = await _meeting(stage, 2)
    (late,) = await stage.add(batch, await stage.register(await stage.families(1)))
    await stage.look(batch, *STEPS)
    await stage.fire("operator_desa", "usulan.masuk_musdes", [late], id_batch_musdes=1)
    assert await stage.look(batch, *STEPS)
    (gate,) = await stage.gates(batch)
    assert gate["list"] == cases
    await stage.decide(batch, "musdes")
    assert await stage.look(batch, *STEPS)
    assert await stage.states([*cases, late]) == ["usulan_final", "usulan_final", "musyawarah"]
    first, second = await stage.gates(batch)
    assert (first["state"], second["state"], second["list"], second["round"]) == ("dijalankan", "terbuka", [late], 2)
    await stage.decide(batch, "musdes")
    await stage.look(batch, *STEPS)
    assert await stage.state(late) == "usulan_final"


async def test_a_family_that_moved_meanwhile_leaves_the_list(stage: Stage) -> None:
    batch, cases = await _meeting(stage, 3)
    await stage.fire("operator_desa", "usulan.tarik_usulan", cases[:1], reason="SALAH_INPUT", note="keliru")
    await stage.decide(batch, "musdes")
    await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["dibatalkan", "usulan_final", "usulan_final"]


async def test_a_list_nobody_of_which_could_be_moved_comes_back_at_once(stage: Stage) -> None:
    """All cases changed while people decided: the next round opens in the same look and waits for nobody's clock."""
    batch, cases = await _meeting(stage, 1)
    await stage.fire("operator_desa", "usulan.tunda_musdes", cases, note="belum hadir")
    await stage.fire("operator_desa", "usulan.masuk_musdes", cases, id_batch_musdes=1)
    await stage.decide(batch, "musdes")
    assert await stage.look(batch, *STEPS), "no gate is open, and nobody would look again before tomorrow"
    assert [(gate["state"], gate["list"]) for gate in await stage.gates(batch)] == [
        ("dijalankan", cases),
        ("terbuka", cases),
    ]


async def test_a_list_of_one_family_keeps_what_its_deciders_brought(stage: Stage) -> None:
    batch, cases = await _meeting(stage, 1)
    await stage.decide(batch, "musdes")
    await stage.look(batch, *STEPS)
    assert await stage.fact(cases[0], "berita_acara") == {"nomor": f"musdes/{(await stage.gates(batch))[0]['id']}"}
    await stage.day(3)
    await stage.fire("operator_desa", "usulan.kirim", cases)


# -- the hand-over -----------------------------------------------------------------------------------------------------


async def _sent(stage: Stage, kind: str, day: int, month: int | None = None) -> tuple[int, int]:
    """Send one proposal on a day; returns the month of that day and the case."""
    batch, cases = await stage.propose(await stage.register(await stage.families(2)), kind=kind)
    await stage.look(batch, *STEPS)
    at = await stage.day(day, month=month)
    if kind == "BARU":
        await stage.agree(batch, cases, *STEPS)
    else:
        await stage.fire("operator_desa", "usulan.cukup_dokumen", cases, dokumen_jenis=1)
        await stage.fire("operator_desa", "usulan.kirim", cases)
    await stage.look(batch, *STEPS)
    return at.year * 100 + at.month, cases[0]


@pytest.mark.parametrize(("kind", "day"), [("BARU", 14), ("PECAH_KK", 14), ("PECAH_KK", 17)])
async def test_until_the_last_day_of_pengesahan_it_serves_this_month(stage: Stage, kind: str, day: int) -> None:
    month, case = await _sent(stage, kind, day)
    batch = await stage.batch("pengesahan")
    assert (batch["period"], batch["region"], await stage.batch_of(case)) == (month, KABUPATEN, batch["id"])
    assert await stage.state(case) == "diajukan"


@pytest.mark.parametrize("month", [11, 12])
async def test_from_day_18_on_it_serves_the_next_month(stage: Stage, month: int) -> None:
    sent, case = await _sent(stage, "PECAH_KK", 18, month)
    batch = await stage.batch("pengesahan")
    assert batch["period"] == (sent + 1 if month == 11 else sent // 100 * 100 + 101)
    assert await stage.batch_of(case) == batch["id"]


async def test_villages_of_one_kabupaten_meet_in_one_batch_and_wake_it(stage: Stage) -> None:
    await stage.day(2)
    for village in (DESA, DESA_LAIN, DENPASAR):
        families = await stage.register(await stage.families(1, village=village))
        batch, cases = await stage.propose(families, kind="PECAH_KK", village=village)
        await stage.look(batch, *STEPS)
        await stage.fire("operator_desa", "usulan.cukup_dokumen", cases, village=village, dokumen_jenis=1)
        await stage.fire("operator_desa", "usulan.kirim", cases, village=village)
        await stage.look(batch, *STEPS)
    here, there = await stage.batch("pengesahan", region=KABUPATEN), await stage.batch("pengesahan", region=5171)
    for carrying, count in ((here, 2), (there, 1)):
        assert (
            await fetch_value(stage.world.admin, "SELECT count(*) FROM position WHERE batch = %s", (carrying["id"],))
            == count
        )
        assert await stage.open_wakes(carrying["id"])
