"""Asking Dukcapil again: a family that did not match, once a week; one that moves, where its new village is silent."""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest

from alur.seed.model import Family
from alur.seed.population import Scenario
from flows import calls
from flows.harian import run_timers
from flows.pengesahan import pengesahan
from flows.usulan_batch import usulan_batch
from models.batch import commands as batches
from models.register.edits import edit_family
from models.usulan.rules import Checked, lives_there
from tests.flows.stage import Stage, done, head
from tests.flows.steps import steps_of
from tests.support.world import DESA, DESA_LAIN

STEPS = steps_of(usulan_batch)
UNMATCHED = "U01 U02 U06"
HOUR = timedelta(hours=1)


def puts(stage: Stage) -> int:
    """Return how many questions were sent, each once."""
    jobs = stage.sim.jobs()
    assert {job["puts"] for job in jobs} <= {1}
    return len(jobs)


async def _look(stage: Stage, batch: int, later: timedelta = timedelta()) -> int:
    """Let the flow look at a batch after a while; return how many questions have been sent so far."""
    if later:
        await stage.world.travel(later)
    await stage.look(batch, *STEPS)
    return puts(stage)


# -- families that did not match --------------------------------------------------------------------------------------


async def _unmatched(stage: Stage, family: Family) -> tuple[int, int]:
    batch, (case,) = await stage.propose(
        await stage.register([family], Scenario(head(family), "verifikasi", 0, "NAMA_BEDA"))
    )
    assert await _look(stage, batch) == 1
    assert await stage.rules(case) == UNMATCHED
    return batch, case


async def test_a_family_is_asked_about_once_a_week_until_disdukcapil_has_mended_it(stage: Stage) -> None:
    (family,) = await stage.families(1)
    batch, case = await _unmatched(stage, family)
    assert await _look(stage, batch, timedelta(days=7) - HOUR) == 1, "not before a week is over"
    assert await _look(stage, batch, HOUR + HOUR) == 2
    assert await _look(stage, batch, timedelta(days=1)) == 2, "answered: nobody is asked before the next week"
    assert await stage.rules(case) == UNMATCHED
    stage.sim.people([family])  # mended there
    assert await _look(stage, batch, timedelta(days=3)) == 2
    assert await _look(stage, batch, timedelta(days=3)) == 4, "it matches: the check itself asks, as always"
    assert await stage.rules(case) == f"{UNMATCHED} U48 U05"
    assert (await stage.fact(case, "balasan_dukcapil"))["anggota"]
    first, weekly, again, _ = await stage.calls(batch)
    assert weekly["versions"] == again["versions"] != first["versions"]
    assert len({weekly["key"], again["key"], first["key"]}) == 3
    assert not await stage.open_calls()
    assert stage.agrees()


async def test_an_answer_that_is_late_is_waited_for_and_overtaken_by_the_next_week(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "_POLLS_S", (0.05,))
    (family,) = await stage.families(1)
    batch, case = await _unmatched(stage, family)
    stage.sim.faults({"dukcapil/*": {"processing_ms": 3_600_000}})
    assert await _look(stage, batch, timedelta(days=7) + HOUR) == 2
    assert await _look(stage, batch, timedelta(days=2)) == 2, "the same question is asked for and not sent again"
    assert await _look(stage, batch, timedelta(days=6)) == 3
    assert [call["state"] for call in await stage.calls(batch)] == ["selesai", "batal", "terkirim"]
    stage.sim.people([family])
    stage.sim.answer_now()
    await _look(stage, batch)
    assert (await stage.rules(case), await stage.open_calls()) == (UNMATCHED, []), "it tells of the day it was asked"
    stage.sim.faults({})
    await _look(stage, batch, timedelta(days=7))
    assert await stage.rules(case) == f"{UNMATCHED} U48 U05"


async def _edit(stage: Stage, family: Family, **fields: str) -> None:
    cursor = await stage.world.admin.execute(
        "SELECT h.id AS household, h.version, p.id FROM person p JOIN household h ON h.id = p.household_id "
        "WHERE p.nik = %s",
        (head(family),),
    )
    row = await cursor.fetchone()
    assert row is not None
    edit = {"version": row["version"], "members": [{"id": row["id"], **fields}]}
    await edit_family(stage.world.api, await stage.person("operator_desa"), row["household"], edit)


async def test_who_is_edited_here_is_not_mended_there(stage: Stage) -> None:
    """Another name, NIK or birth date is its operator's to send, with proof of it: a week's patience is none."""
    (family,) = await stage.families(1)
    batch, case = await _unmatched(stage, family)
    await _edit(stage, family, tanggal_lahir="1971-02-03")
    stage.sim.people([family])
    assert await _look(stage, batch, timedelta(days=7) + HOUR) == 1
    assert await stage.rules(case) == UNMATCHED
    await stage.fire("operator_desa", "usulan.perbaiki_data", [case], beda_isian=1, bukti_identitas=1)
    await stage.look(batch, *STEPS)
    assert await stage.rules(case) == f"{UNMATCHED} U08 U05"


async def test_another_edit_of_the_family_makes_it_another_question(stage: Stage) -> None:
    (family,) = await stage.families(1)
    batch, case = await _unmatched(stage, family)
    assert await _look(stage, batch, timedelta(days=7) + HOUR) == 2
    await _edit(stage, family, tempat_lahir="Sumedang")
    assert await _look(stage, batch) == 3
    assert await stage.rules(case) == UNMATCHED


async def test_a_list_sent_back_by_the_kabupaten_is_asked_about_too() -> None:
    names = [step.__name__ for step in steps_of(pengesahan)]
    assert names.index("match_again") < names.index("check_identity")


# -- families that move -----------------------------------------------------------------------------------------------


def _elsewhere(family: Family, village: int) -> Family:
    """Return a family as Dukcapil has it once it was entered in another village."""
    moved = copy.deepcopy(family)
    moved.truth.kode_desa = village
    return moved


async def _waiting(stage: Stage, family: Family) -> tuple[int, int]:
    """Return a move that waits for its village of destination."""
    operator = await stage.person("operator_desa")
    batch = await batches.open_batch(stage.world.api, operator, "usulan", DESA, "Pindah")
    told = {"ktp": 1, "kk": 1, "foto_rumah_geotag": 1, "variabel": 1}
    opened = await stage.world.open(
        *(operator, "usulan.buat_draf", await stage.register([family])),
        kind="PINDAH",
        batch=batch,
        facts=told,
        destination=DESA_LAIN,
    )
    assert done(opened) == 1
    case = opened[0].case_id or 0
    await stage.fire("operator_desa", "usulan.kirim_cek", [case])
    await stage.look(batch, *STEPS)
    await stage.fire("operator_desa", "usulan.minta_terima", [case], skpwni_atau_kk_baru=1)
    assert await stage.state(case) == "menunggu_terima"
    return batch, case


async def test_silence_counts_after_fourteen_days_where_dukcapil_has_the_family_there(stage: Stage) -> None:
    (family,) = await stage.families(1)
    batch, case = await _waiting(stage, family)
    stage.sim.people([_elsewhere(family, DESA_LAIN)])
    assert await _look(stage, batch, timedelta(days=14) - HOUR) == 1, "the village has its time"
    assert await _look(stage, batch, HOUR + HOUR) == 2
    assert await stage.rules(case) == "U01 U02 U05 U60 U63"
    assert await stage.reason(case) == "LEWAT_SLA_DESA"
    assert (await stage.fact(case, "balasan_dukcapil"))["desa"] == DESA_LAIN
    assert stage.agrees()


async def test_where_dukcapil_has_it_elsewhere_it_is_asked_again_each_week_until_the_proposal_lapses(
    stage: Stage,
) -> None:
    (family, other) = await stage.families(2)
    batch, case = await _waiting(stage, family)
    assert await _look(stage, batch, timedelta(days=14) + HOUR) == 2
    assert await _look(stage, batch, timedelta(days=1)) == 2
    partly = _elsewhere(family, DESA_LAIN)
    stage.sim.people([_elsewhere(other, DESA_LAIN)])  # nobody of this family is known there
    assert await _look(stage, batch, timedelta(days=6)) == 3
    assert await stage.rules(case) == "U01 U02 U05 U60"
    stage.sim.people([partly])
    assert await _look(stage, batch, timedelta(days=7)) == 4
    assert await stage.rules(case) == "U01 U02 U05 U60 U63"


async def test_a_village_that_answers_is_not_overtaken(stage: Stage) -> None:
    (family,) = await stage.families(1)
    batch, case = await _waiting(stage, family)
    stage.sim.people([_elsewhere(family, DESA_LAIN)])
    await stage.world.travel(timedelta(days=15))
    await stage.fire(
        "operator_desa", "usulan.tolak_pindah", [case], village=DESA_LAIN, reason="BUKAN_WARGA", note="tidak dikenal"
    )
    assert await _look(stage, batch) == 1
    assert await stage.state(case) == "padan"


async def test_a_move_that_nobody_confirms_lapses(stage: Stage) -> None:
    (family,) = await stage.families(1)
    batch, case = await _waiting(stage, family)
    await stage.world.travel(timedelta(days=60) + HOUR)
    await stage.look(await stage.standing("harian"), run_timers)
    assert await stage.state(case) == "kedaluwarsa"
    assert await _look(stage, batch) == 1


def test_everybody_who_decides_must_live_there() -> None:
    head_, child = Checked(1, deciding=True), Checked(2, deciding=False)
    there, elsewhere = f"{DESA_LAIN}", f"{DESA}"
    assert lives_there([head_, child], {1: there, 2: elsewhere}, DESA_LAIN)
    assert not lives_there([head_, Checked(3, deciding=True)], {1: there}, DESA_LAIN), "the payee was not found"
    assert not lives_there([head_], {1: elsewhere}, DESA_LAIN)
    assert not lives_there([head_], {1: None}, DESA_LAIN), "Dukcapil did not say where"
    assert not lives_there([child], {2: there}, DESA_LAIN), "nobody decides"
