"""Broken parts by Prefect's clock: a region's data, a channel, a flow, missed days, kills. The rest is on time."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from prefect.logging import disable_run_logger

from flows.kabar import kirim_kabar
from flows.pantau_macet import pantau_macet
from flows.work import Work
from models.database import fetch_value
from tests.flows.clock import NEWS, WATCH, Clock
from tests.flows.interrupt import Cut, Scissors
from tests.flows.oracle import assert_once_per_level, expected
from tests.flows.stage import DENPASAR
from tests.flows.year import Year
from tests.integration.door.kit import rows, stand
from tests.integration.notice.kit import reach
from tests.support.world import DESA

AT_KECAMATAN = "U01 U02 U05 U10 U14 U58 U15"
"""A proposal sent by its village: `diajukan`, two working days for the kecamatan."""
_LEASE_OVER = "UPDATE batch_run SET lease_until = clock_timestamp() WHERE ended_at IS NULL"


async def _late(year: Year, n: int = 2) -> tuple[list[int], list[int]]:
    """Staff the desks, and put late proposals before the kecamatan of two kabupaten; returns here and far."""
    await year.staff()
    here = await stand(year.world, AT_KECAMATAN, count=n)
    far = await stand(year.world, AT_KECAMATAN, count=n, region=DENPASAR)
    return here, far


async def _told(year: Year, kabupaten: int) -> set[tuple[int, int]]:
    """Return (case, level) of the alerts of a kabupaten that somebody knows of."""
    found = await rows(
        year.world,
        "SELECT DISTINCT a.key, a.level FROM alert a JOIN alert_person x ON x.alert = a.id "
        "WHERE a.subject = 'kasus' AND a.lo / 1000000 = %s",
        (kabupaten,),
    )
    return {(row["key"], row["level"]) for row in found}


async def test_a_broken_region_channel_and_flow_hold_up_nothing_else(
    engine: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    year = Year(engine.stage, engine)
    here, far = await _late(year)
    head = await year.world.user("kepala_dinas.3204052001.PKH")
    await reach(year.world, head, webhook="http://127.0.0.1:9/mati")
    await year.world.admin.execute(
        "CREATE FUNCTION uji_rusak() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'rusak'; END $$"
    )
    await year.world.admin.execute(
        "CREATE TRIGGER uji_rusak BEFORE INSERT ON alert FOR EACH ROW "
        f"WHEN (NEW.subject = 'kasus' AND NEW.lo >= {DENPASAR}) EXECUTE FUNCTION uji_rusak()"
    )

    async def raises(_: Work) -> bool:
        raise LookupError("rusak")

    monkeypatch.setattr("flows.kabar_bank.read_news", raises)
    await engine.until(await engine.now() + timedelta(days=12))

    assert engine.failed["kabar-bank"] > 0
    assert set(engine.failed) == {"kabar-bank"}
    assert engine.ran["harian"] >= 12
    # Here every level was told when it was passed; there nobody could be, and whoever runs the system knows why.
    wanted = {(case, level) for case, _, level in await expected(year) if case in here}
    assert {level for _, level in wanted} == {1, 2, 3}
    assert wanted <= await _told(year, DESA // 1_000_000)
    assert await _told(year, DENPASAR // 1_000_000) == set()
    outage = "SELECT x.user_id FROM alert a JOIN alert_person x ON x.alert = a.id WHERE a.subject = 'wilayah'"
    assert [row["user_id"] for row in await rows(year.world, outage)] == [await year.world.user("admin_pusat")]
    failed = "SELECT count(*) FROM alert WHERE subject IN ('batch', 'bangun') AND level = 1"
    assert await fetch_value(year.world.admin, failed) >= 1
    # The head's own channel is dead: his inbox has it, and others' messages left on time.
    inbox = "SELECT count(*) FROM notice WHERE user_id = %s AND kind = 'macet_jenjang'"
    assert await fetch_value(year.world.admin, inbox, (head,)) > 0
    tried = await rows(year.world, "SELECT state, tries FROM notice_delivery WHERE user_id = %s", (head,))
    assert {row["state"] for row in tried} <= {"gagal", "mati", "antre"}
    assert min(row["tries"] for row in tried if row["state"] == "gagal") >= 1

    await year.world.admin.execute("DROP TRIGGER uji_rusak ON alert")
    monkeypatch.undo()
    await engine.watched()
    assert {(case, level) for case, _, level in await expected(year) if case in far} <= {
        (row["key"], row["level"]) for row in await rows(year.world, "SELECT key, level FROM alert")
    }


async def test_three_days_without_the_watch_are_caught_up(engine: Clock) -> None:
    year = Year(engine.stage, engine)
    here, _ = await _late(year, 1)
    await engine.until(await engine.now() + timedelta(days=3))
    engine.paused.add(WATCH)
    await engine.until(await engine.now() + timedelta(days=9))
    engine.paused.clear()
    await engine.watched()
    await assert_once_per_level(year)
    levels = "SELECT array_agg(level ORDER BY level) FROM alert WHERE subject = 'kasus' AND key = %s AND level > 0"
    assert await fetch_value(year.world.admin, levels, (here[0],)) == [1, 2, 3]
    # Of the levels that passed meanwhile the highest is told to its office, and the holder knows.
    told = await rows(
        year.world,
        "SELECT DISTINCT a.level FROM alert a JOIN alert_person x ON x.alert = a.id WHERE a.key = %s AND a.level > 0",
        (here[0],),
    )
    assert {row["level"] for row in told} >= {1, 3}


async def test_kills_neither_repeat_nor_lose_an_alert(engine: Clock, scissors: Scissors) -> None:
    year = Year(engine.stage, engine)
    here, far = await _late(year)
    engine.paused |= {WATCH, NEWS}
    await engine.until(await engine.now() + timedelta(days=9))
    for flow in (pantau_macet, kirim_kabar):
        for deed in count(1):  # cut after its first change, then after its second, until it comes to its end
            try:
                with scissors.after(deed), disable_run_logger():
                    await flow.fn()
                break
            except Cut:
                await year.world.admin.execute(_LEASE_OVER)
        engine.looked.append(await year.world.now())
    assert scissors.cuts > 4
    await assert_once_per_level(year)
    assert {case for case, _, _ in await expected(year)} >= {*here, *far}
    # What somebody was told at once of alerts is what he knows of them: nothing twice, nothing lost.
    told = await rows(
        year.world,
        "SELECT n.user_id, sum((n.data ->> 'count')::integer) AS n FROM notice n "
        "WHERE n.kind IN ('macet_jenjang', 'macet_segera') GROUP BY 1 ORDER BY 1",
    )
    known = await rows(
        year.world,
        "SELECT x.user_id, count(*) AS n FROM alert_person x JOIN alert a ON a.id = x.alert "
        "WHERE a.level > 1 OR a.reason NOT IN ('terlambat', 'segera_jatuh_tempo') GROUP BY 1 ORDER BY 1",
    )
    assert told == known
    assert told
    once = "SELECT user_id, key FROM notice GROUP BY 1, 2 HAVING count(*) > 1"
    assert await rows(year.world, once) == []
