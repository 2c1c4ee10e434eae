"""harian: what time alone brings. Nothing comes early, nothing comes twice, nothing is left behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from flows import calls
from flows.carry import Step
from flows.harian import carry_over, end_year, forget_answers, harian, look_again, run_timers, turn_windows
from flows.pengesahan import pengesahan
from flows.penyaluran_tahap import penyaluran_tahap
from flows.tahap_credits import credit
from flows.usulan_batch import usulan_batch
from models.batch import commands as batches
from models.database import acting, fetch_value
from models.penyaluran.queries import balance, funds
from models.request import commands as requests
from tests.flows.stage import DENPASAR, KABUPATEN, Stage, done
from tests.flows.steps import steps_of
from tests.support.world import DESA

VILLAGE = steps_of(usulan_batch)
TAHAP = steps_of(penyaluran_tahap)
EVERYTHING = steps_of(harian)


async def _look(stage: Stage, *steps: Step) -> None:
    await stage.look(await stage.standing("harian"), *(steps or EVERYTHING))


async def _drafts(stage: Stage, count: int) -> list[int]:
    operator = await stage.person("operator_desa")
    told = {"ktp": 1, "kk": 1, "foto_rumah_geotag": 1, "variabel": 1}
    households = await stage.register(await stage.families(count))
    opened = await stage.world.open(operator, "usulan.buat_draf", households, kind="BARU", facts=told)
    assert done(opened) == count
    return [outcome.case_id or 0 for outcome in opened]


async def _final(stage: Stage, count: int, village: int = DESA, kind: str = "BARU") -> tuple[int, list[int]]:
    """Return proposals agreed on and not sent yet."""
    households = await stage.register(await stage.families(count, village=village))
    batch, cases = await stage.propose(households, kind=kind, village=village)
    await stage.look(batch, *VILLAGE)
    if kind == "BARU":
        await stage.meet(batch, cases, *VILLAGE, village=village)
    else:
        await stage.fire("operator_desa", "usulan.cukup_dokumen", cases, village=village, dokumen_jenis=1)
    assert await stage.states(cases) == ["usulan_final"] * count
    return batch, cases


# -- timers ------------------------------------------------------------------------------------------------------------


async def test_each_timer_fires_once_and_not_an_hour_early(stage: Stage) -> None:
    """A draft lives 60 days, a checked family 90; a village may think about a citizen's word for 14."""
    drafts = await _drafts(stage, 2)
    batch, checked = await stage.propose(await stage.register(await stage.families(2)))
    await stage.look(batch, *VILLAGE)
    home = await stage.register(await stage.families(1))
    citizen = await stage.person("warga")
    told = {"akun_terverifikasi": 1, "ktp": 1, "kk": 1, "foto_rumah_geotag": 1}
    (opened,) = await stage.world.open(citizen, "usulan.usul_mandiri", home, kind="BARU", facts=told)
    word = opened.case_id or 0
    begun = await stage.world.now()
    seen: dict[int, list[str]] = {}
    for day in (14, 60, 90):
        await stage.world.travel(begun + timedelta(days=day, hours=-1))
        before = await stage.log()
        await _look(stage, run_timers)
        assert await stage.log() == before, f"something fired before day {day}"
        await stage.world.travel(begun + timedelta(days=day, hours=1))
        await _look(stage, run_timers)
        seen[day] = await stage.states([word, *drafts, *checked])
        after = await stage.log()
        await _look(stage, run_timers)
        assert await stage.log() == after
    assert seen == {
        14: ["usul_warga_kab", "draf", "draf", "padan", "padan"],
        60: ["usul_warga_kab", "kedaluwarsa", "kedaluwarsa", "padan", "padan"],
        90: ["usul_warga_kab", "kedaluwarsa", "kedaluwarsa", "kedaluwarsa", "kedaluwarsa"],
    }
    assert await stage.reason(drafts[0]) == "WAKTU_HABIS"
    assert stage.agrees()


async def test_policy_says_how_long_a_draft_lives(stage: Stage) -> None:
    drafts = await _drafts(stage, 1)
    await stage.policy({"expire.usulan.draf": "10 d"})
    await stage.world.travel(timedelta(days=11))
    await _look(stage, run_timers)
    assert await stage.states(drafts) == ["kedaluwarsa"]


# -- windows -----------------------------------------------------------------------------------------------------------


async def test_what_missed_the_window_waits_and_is_sent_in_its_order(stage: Stage) -> None:
    await stage.day(3)
    batch, early = await _final(stage, 2)
    await stage.world.travel(timedelta(hours=1))
    later = await stage.add(batch, await stage.register(await stage.families(2)))
    await stage.look(batch, *VILLAGE)
    await stage.meet(batch, later, *VILLAGE)
    _, free = await _final(stage, 1, kind="PECAH_KK")
    await stage.day(14, hour=23)
    await _look(stage, turn_windows)
    assert await stage.states([*early, *later, *free]) == ["usulan_final"] * 5
    await stage.day(15, hour=0)
    await _look(stage, turn_windows)
    assert await stage.states([*early, *later, *free]) == ["menunggu"] * 4 + ["usulan_final"]
    assert await stage.reason(early[0]) == "JENDELA_TUTUP"
    await stage.day(28)
    await _look(stage, turn_windows)
    assert await stage.states(early) == ["menunggu"] * 2
    first = await stage.day(1, hour=0)
    await _look(stage, turn_windows)
    assert await stage.states([*early, *later]) == ["diajukan"] * 4
    assert await stage.open_wakes(batch)
    await stage.look(batch, *VILLAGE)
    kabupaten = await stage.batch("pengesahan")
    assert kabupaten["period"] == first.year * 100 + first.month
    cursor = await stage.world.admin.execute(
        "SELECT case_id FROM position WHERE batch = %s ORDER BY since, case_id", (kabupaten["id"],)
    )
    assert [row["case_id"] for row in await cursor.fetchall()] == [*early, *later]


async def test_each_zone_keeps_its_own_midnight(stage: Stage) -> None:
    """At half past eleven in Jakarta the day is over in Denpasar."""
    await stage.day(3)
    _, here = await _final(stage, 2)
    _, there = await _final(stage, 2, village=DENPASAR)
    at = await stage.day(14, hour=23)
    await stage.world.travel(at + timedelta(minutes=30))
    await _look(stage, turn_windows)
    assert await stage.states([*here, *there]) == ["usulan_final"] * 2 + ["menunggu"] * 2


# -- the month's turn --------------------------------------------------------------------------------------------------


async def _unapproved(stage: Stage, month: int | None = None) -> tuple[int, list[int]]:
    """Return the batch of a kabupaten's month and cases that nobody approved in it."""
    await stage.day(3, month=month)
    batch, cases = await _final(stage, 2, kind="REAKTIVASI")
    await stage.fire("operator_desa", "usulan.kirim", cases)
    await stage.look(batch, *VILLAGE)
    await stage.verified(cases)
    return await stage.batch_of(cases[0]) or 0, cases


@pytest.mark.parametrize("month", [11, 12])
async def test_what_was_not_approved_in_time_serves_the_next_month(stage: Stage, month: int) -> None:
    old, cases = await _unapproved(stage, month)
    await stage.day(28)
    await _look(stage, carry_over)
    assert await stage.batch_of(cases[0]) == old
    first = await stage.day(1, hour=0)
    await _look(stage, carry_over)
    new = await stage.batch("pengesahan", period=first.year * 100 + first.month)
    assert [await stage.batch_of(case) for case in cases] == [new["id"]] * 2
    assert (new["region"], first.month) == (KABUPATEN, month % 12 + 1)
    assert await stage.states(cases) == ["siap_sah"] * 2
    assert await stage.open_wakes(new["id"])
    await stage.day(15)
    assert await stage.look(new["id"], *steps_of(pengesahan))
    assert (await stage.gates(new["id"]))[0]["list"] == cases


async def test_an_open_gate_of_last_month_does_not_hold_its_families(stage: Stage) -> None:
    """The head let the window pass. The families come before him again, in the list of their new month."""
    old, cases = await _unapproved(stage)
    await stage.day(16)
    await stage.look(old, *steps_of(pengesahan))
    assert len(await stage.gates(old, "terbuka")) == 1
    await stage.day(1)
    await _look(stage, carry_over)
    await stage.day(15)
    new = await stage.batch_of(cases[0]) or 0
    assert new != old
    await stage.look(new, *steps_of(pengesahan))
    await stage.decide(new, "pengesahan")
    await stage.look(new, *steps_of(pengesahan))
    assert await stage.states(cases) == ["disahkan"] * 2


async def test_what_was_approved_waits_for_its_own_pull(stage: Stage) -> None:
    old, cases = await _unapproved(stage)
    await stage.day(17)
    await stage.look(old, *steps_of(pengesahan))
    await stage.decide(old, "pengesahan")
    await stage.look(old, *steps_of(pengesahan))
    await stage.day(1)
    await _look(stage, carry_over)
    assert await stage.states(cases) == ["disahkan"] * 2
    assert await stage.batch_of(cases[0]) == old


# -- the year's end ----------------------------------------------------------------------------------------------------


async def _stages_of_payment(stage: Stage) -> tuple[int, dict[str, list[int]]]:
    """Put disbursements into one state of every kind that a year's end meets."""
    found: dict[str, list[int]] = {}
    await stage.day(2, month=11)
    batch = await stage.open_tahap()
    for last in ("sukses", "si", "spp", "calon"):
        households = await stage.register(await stage.families(2))
        await stage.members(households)
        for _ in range(9):
            await stage.look(batch, *(step for step in TAHAP if last == "sukses" or step is not credit))
            cases = [case for case in await stage.payments(households, batch) if case]
            if cases and set(await stage.states(cases)) == {last}:
                break
            for gate in await stage.gates(batch, "terbuka"):
                if set(gate["list"]) & {*cases, *await _memberships(stage, households)}:
                    await stage.decide(batch, gate["gate"])
        found[last] = cases
        assert await stage.states(cases) == [last] * 2
    return batch, found


async def _memberships(stage: Stage, households: Sequence[int]) -> list[int]:
    cursor = await stage.world.admin.execute(
        "SELECT id FROM case_ WHERE machine = 2 AND household_id = ANY (%s)", (list(households),)
    )
    return [row["id"] for row in await cursor.fetchall()]


async def test_the_year_ends_what_nobody_was_paid(stage: Stage) -> None:
    """Unpaid rights lapse, money on its way comes back; what families have stays theirs."""
    batch, found = await _stages_of_payment(stage)
    everybody = [case for cases in found.values() for case in cases]
    await stage.day(31, hour=23, month=12)
    before = await stage.log()
    await _look(stage, end_year)
    assert await stage.log() == before
    await stage.day(1, hour=0, month=1)
    await _look(stage, end_year)
    assert await stage.states(everybody) == [
        *("sukses", "sukses"),
        *("proses_setor", "proses_setor"),
        *("hangus", "hangus"),
        *("hangus", "hangus"),
    ]
    assert [await stage.reason(case) for case in everybody[2:]] == ["AKHIR_TAHUN"] * 6
    await stage.look(batch, *TAHAP)
    assert await stage.states(found["si"]) == ["disetor"] * 2
    after = await stage.log()
    await _look(stage, end_year)
    assert await stage.log() == after
    async with acting(stage.world.worker, await stage.world.system()) as conn:
        books = balance(await funds(conn, batch=batch))
    assert books["closing"] == books["open"] + books["disetor"] + books["hangus"]
    assert stage.sim.nothing_doubled()
    assert stage.agrees()


async def test_money_a_bank_may_have_credited_is_not_called_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bank did not answer before the year ended: what it did is learnt first."""
    monkeypatch.setattr(calls, "_POLLS_S", ())
    await stage.day(2, month=11)
    households = await stage.register(await stage.families(2))
    await stage.members(households)
    batch = await stage.open_tahap()
    for _ in range(6):
        await stage.look(batch, *TAHAP)
        if "si" in {gate["gate"] for gate in await stage.gates(batch, "terbuka")}:
            break
        await stage.decide_all(batch)
    stage.sim.faults({"bank/*": {"processing_ms": 600_000}})
    await stage.decide(batch, "si")
    await stage.look(batch, *TAHAP)
    cases = await stage.payments(households, batch)
    assert await stage.states(cases) == ["si"] * 2
    await stage.day(1, month=1)
    await _look(stage, end_year)
    assert await stage.states(cases) == ["si"] * 2
    stage.sim.answer_now()
    await stage.look(batch, *TAHAP)
    await _look(stage, end_year)
    assert await stage.states(cases) == ["sukses"] * 2
    assert not stage.sim.jobs("bank/BRI/setor")


# -- every day ---------------------------------------------------------------------------------------------------------


async def test_every_open_batch_is_asked_to_look_again(stage: Stage) -> None:
    """Windows and deadlines pass without anybody knocking."""
    village, _ = await stage.propose(await stage.register(await stage.families(1)))
    tahap = await stage.open_tahap()
    closed = await stage.open_tahap(programme="SEMBAKO")
    await batches.close(stage.world.worker, closed)
    news = await stage.standing("kabar")
    await stage.world.admin.execute("UPDATE wake SET done_at = now()")
    await _look(stage, look_again)
    assert [bool(await stage.open_wakes(batch)) for batch in (village, tahap, closed, news)] == [
        True,
        True,
        False,
        False,
    ]


async def test_answers_are_kept_for_ninety_days(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever resends in time is answered as before; later his key is a new one."""
    monkeypatch.setattr(requests, "_AT_ONCE", 2)
    conn, who = stage.world.worker, await stage.person("operator_desa")
    ages = {"kini": "0 days", "muda": "89 days", **{f"tua {n}": "90 days 1 minute" for n in range(5)}}
    for key, age in ages.items():
        await requests.keep(conn, who, key, {"kunci": key})
        await stage.world.admin.execute("UPDATE request SET at = at - %s::interval WHERE key = %s", (age, key))
    await _look(stage, forget_answers)
    for key in ages:
        kept = await requests.begin(conn, who, key, "")
        assert kept == (None if key.startswith("tua") else requests.Stored(200, {"kunci": key})), key


async def test_forgetting_reads_only_what_is_old(stage: Stage) -> None:
    conn, who = stage.world.worker, await stage.person("operator_desa")
    await requests.keep(conn, who, "tua", {})
    await stage.world.admin.execute("UPDATE request SET at = at - interval '91 days'")
    await stage.world.admin.execute(
        "INSERT INTO request (principal, key, body_hash, at) "
        "SELECT r.principal, 'muda ' || n, '', now() FROM request r, generate_series(1, 500) n"
    )
    assert not await requests.forget(conn)
    await conn.execute("SELECT pg_stat_force_next_flush()")
    read = "SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'request_at'"
    assert await fetch_value(stage.world.admin, "SELECT count(*) FROM request") == 500
    assert await fetch_value(stage.world.admin, read) < 10


async def test_a_whole_day_in_one_look(stage: Stage) -> None:
    """All of a day's steps together, as the schedule runs them on the first of the month."""
    old, cases = await _unapproved(stage)
    drafts = await _drafts(stage, 1)
    await stage.world.travel(timedelta(days=61))
    await stage.day(1)
    await _look(stage)
    assert await stage.states([*cases, *drafts]) == ["siap_sah", "siap_sah", "kedaluwarsa"]
    assert await stage.batch_of(cases[0]) != old
    before = await stage.log()
    await _look(stage)
    assert await stage.log() == before
    assert stage.agrees()
