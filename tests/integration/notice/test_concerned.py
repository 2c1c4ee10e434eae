"""Objections and verval cycles: whoever is concerned hears of each step, once; nobody hears who objected."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.backup.commands import settle
from models.case.queries import number
from models.database import fetch_value, sync_connect
from models.siklus.commands import hand_over
from notifications.kinds import compose
from state_machines import SANGGAH
from tests.integration.door.kit import person, stand, values
from tests.integration.door.objecting import Objecting, objecting
from tests.integration.notice.kit import hear, notices
from tests.support import cycle
from tests.support.world import DESA, DESA_LAIN, World

PARTIES = ("warga", "pengaju", "kantor")


async def there_are(world: World) -> Objecting:
    """Return a family with an account, a neighbour who objects, and the operator of their village."""
    there = await objecting(world)
    await there.who("warga", "warga")
    await there.who("warga", "pengaju")
    await there.who("operator_desa", "kantor")
    return there


async def told(there: Objecting) -> dict[str, list[tuple[str, str]]]:
    """Return what each side was told: (message, state) in order."""
    await hear(there.world)
    found = {}
    for who in PARTIES:
        rows = await notices(there.world, there.people[who].user)
        found[who] = [(row["kind"], row["data"]["state"]) for row in rows]
    return found


async def last(there: Objecting, who: str) -> dict[str, Any]:
    await hear(there.world)
    return (await notices(there.world, there.people[who].user))[-1]


# -- objections -------------------------------------------------------------------------------------------------------


async def test_the_family_hears_that_an_objection_runs_and_until_when_it_may_answer(world: World) -> None:
    there = await there_are(world)
    case = (await there.bring("SANGGAH_PIHAK_LAIN")).case_id or 0
    assert await told(there) == {"warga": [], "pengaju": [], "kantor": []}, "before it is admitted it is nobody's news"
    at = await world.now()
    assert await (await there.who("sistem")).one("S10", case) == "dipindah"
    jawab = [("sanggah_jawab", "penugasan")]
    assert await told(there) == {"warga": jawab, "pengaju": [("sanggah_langkah", "penugasan")], "kantor": jawab}
    row = await last(there, "warga")
    until = (at + timedelta(days=7)).astimezone(ZoneInfo("Asia/Jakarta")).date()
    assert row["data"]["until"] == until.isoformat()
    assert row["urgent"]
    opened = await fetch_value(world.admin, "SELECT opened_at FROM case_ WHERE id = %s", (case,))
    assert row["data"]["numbers"] == [number(4, opened, case)]
    assert row["data"]["link"] == f"/kasus/{case}"
    hidden = {"pengaju", str(there.people["pengaju"].user), str(there.neighbour)}
    assert not hidden & {str(value) for value in row["data"].values()}
    for language in ("id", "en"):
        assert "pengaju" not in compose(row["kind"], row["data"], language).text


async def test_a_refused_objection_is_told_to_whoever_brought_it_alone(world: World) -> None:
    there = await there_are(world)
    case = (await there.bring("SANGGAH_PIHAK_LAIN")).case_id or 0
    assert await (await there.who("sistem")).one("S09", case, reason="BUKTI_KURANG") == "dipindah"
    assert await told(there) == {"warga": [], "pengaju": [("sanggah_langkah", "ditolak_syarat")], "kantor": []}
    assert (await last(there, "pengaju"))["data"]["reason"] == "BUKTI_KURANG"


@pytest.mark.parametrize(("rule", "state", "loser"), [("S24", "dikabulkan", "warga"), ("S25", "ditolak", "pengaju")])
async def test_both_hear_the_decision_and_who_lost_may_appeal(world: World, rule: str, state: str, loser: str) -> None:
    there = await there_are(world)
    case = await there.before_decision("SANGGAH_PIHAK_LAIN")
    at = await world.now()
    assert await (await there.who("kepala_dinas")).one(rule, case) == "dipindah"
    heard = await told(there)
    assert [step for step in heard["warga"] if step[0] != "sanggah_jawab"] == [("sanggah_putusan", state)]
    assert heard["pengaju"][-3:] == [
        ("sanggah_langkah", "verif_lapangan"), ("sanggah_langkah", "menunggu_putusan"), ("sanggah_putusan", state)
    ]  # fmt: skip
    until = (at + timedelta(days=14)).astimezone(ZoneInfo("Asia/Jakarta")).date().isoformat()
    for who in ("warga", "pengaju"):
        row = await last(there, who)
        assert (row["data"]["may_appeal"], row["data"]["until"]) == (who == loser, until)
        assert ("Anda boleh banding" in compose(row["kind"], row["data"], "id").text) == (who == loser)


async def test_an_appeal_and_its_end_reach_both_sides_but_whoever_acted(world: World) -> None:
    there = await there_are(world)
    case = await there.granted("SANGGAH_PIHAK_LAIN")
    before = await told(there)
    await there.appealed(case, "S28", "warga")
    after = await told(there)
    assert after["warga"][len(before["warga"]) :] == [("sanggah_putusan", "banding_diterima")]
    assert after["pengaju"][len(before["pengaju"]) :] == [
        ("sanggah_langkah", "banding"),
        ("sanggah_putusan", "banding_diterima"),
    ]
    row = await last(there, "pengaju")
    assert (row["data"]["may_appeal"], row["data"]["until"]) == (False, None)
    assert "Putusan ini tetap." in compose(row["kind"], row["data"], "id").text


async def test_who_objects_for_his_own_family_hears_once_and_the_village_nothing(world: World) -> None:
    there = await there_are(world)
    case = await there.before_decision("SANGGAH_DESIL")
    assert await (await there.who("kepala_dinas")).one("S25", case, reason="DATA_SUDAH_BENAR") == "dipindah"
    heard = await told(there)
    assert [state for _, state in heard["warga"]] == ["penugasan", "verif_lapangan", "menunggu_putusan", "ditolak"]
    assert (heard["pengaju"], heard["kantor"]) == ([], [])
    assert (await last(there, "warga"))["data"]["may_appeal"]


async def test_what_an_officer_brings_for_a_family_is_told_to_both(world: World) -> None:
    there = await there_are(world)
    case = (await there.bring("SANGGAH_DESIL", by=there.people["kantor"])).case_id or 0
    assert await (await there.who("sistem")).one("S10", case) == "dipindah"
    heard = await told(there)
    assert heard["warga"] == [("sanggah_langkah", "diterima_sistem"), ("sanggah_langkah", "penugasan")]
    assert heard["kantor"] == [("sanggah_langkah", "penugasan")]


async def test_many_objections_of_a_village_are_one_notice_per_person_and_step(world: World) -> None:
    there = await there_are(world)
    families = await world.households(3)
    cases = [(await there.bring("SANGGAH_PIHAK_LAIN", family=family)).case_id or 0 for family in families]
    outcomes = await (await there.who("sistem")).fire("S10", cases)
    assert [outcome.outcome for outcome in outcomes] == ["dipindah"] * 3
    heard = await told(there)
    assert heard == {
        "warga": [], "pengaju": [("sanggah_langkah", "penugasan")], "kantor": [("sanggah_jawab", "penugasan")],
    }  # fmt: skip
    row = await last(there, "kantor")
    assert (row["data"]["count"], row["case_id"]) == (3, None)
    assert row["data"]["link"] == f"/antrean?mesin=sanggah&status=penugasan&wilayah={DESA}"
    assert compose(row["kind"], row["data"], "id").subject.startswith("3 sanggah")


async def test_reading_again_tells_nothing_again(world: World) -> None:
    there = await there_are(world)
    await there.granted("SANGGAH_PIHAK_LAIN")
    heard = await told(there)
    await world.admin.execute("UPDATE notice_cursor SET xid = '0', act = 0 WHERE name = 'nasib'")
    assert await told(there) == heard


def test_every_rule_of_an_objection_is_somebodys_news() -> None:
    """The message of a step says what its state means; a rule whose number changes must be looked at here."""
    decisions = {rule.id for rule in SANGGAH.rules if rule.target in {"dikabulkan", "ditolak"}}
    assert decisions == {"S24", "S25"}
    ends = {rule.id for rule in SANGGAH.rules if rule.target.startswith("banding_")}
    assert ends == {"S31", "S32"}


# -- verval cycles ----------------------------------------------------------------------------------------------------


async def kinds_of(world: World, user: int) -> list[str]:
    await hear(world)
    return [row["kind"] for row in await notices(world, user)]


async def village(world: World, count: int = 3) -> int:
    """Return a village of a running cycle whose officer was named."""
    await cycle.running(world, await world.households(count))
    (opened,) = await cycle.shared_out(world)
    await cycle.begun(world, opened.case_id or 0)
    return opened.case_id or 0


async def test_an_officer_hears_of_his_visits_in_one_notice(world: World) -> None:
    await village(world)
    user = await world.user(cycle.OFFICER)
    assert await kinds_of(world, user) == ["siklus_tugas"]
    [row] = await notices(world, user)
    assert (row["data"]["count"], row["data"]["packages"], row["data"]["villages"]) == (3, 1, 1)
    assert row["data"]["first_day"] is not None
    assert row["data"]["link"] == "/antrean?mesin=kunjungan"


async def test_who_takes_visits_over_hears_of_those_he_took(world: World) -> None:
    await village(world)
    await hear(world)
    await world.session("pengganti", "pendamping")
    verifikator = await world.session("verifikator.siklus", "verifikator_kab")
    async with world.api.transaction():
        taken, _ = await hand_over(world.api, verifikator, cycle.OFFICER, to=["pengganti"], reason="cuti")
    assert taken == {"pengganti": 3}
    assert await kinds_of(world, await world.user("pengganti")) == ["siklus_tugas"]
    assert await kinds_of(world, await world.user(cycle.OFFICER)) == ["siklus_tugas"], "no news for who let go"
    [row] = await notices(world, await world.user("pengganti"))
    assert row["data"]["count"] == 3


async def test_meeting_sample_and_what_comes_back_reach_whose_turn_it_is(world: World) -> None:
    case = await village(world, 6)
    kades, other = await person(world, "kades"), await person(world, "kades", "kades lain", region=DESA_LAIN)
    checker = await person(world, "verifikator_kab", "pemeriksa")
    await cycle.recorded(world, case)
    system = await person(world, "sistem")
    assert await system.one("D03", case) == "dipindah"
    assert await kinds_of(world, kades.user) == ["siklus_musdes"]
    assert await kinds_of(world, other.user) == []
    assert await kades.one("D04", case) == "dipindah"
    assert await kinds_of(world, checker.user) == ["siklus_sampel"]
    [row] = await notices(world, checker.user)
    drawn = await values(world, "SELECT siklus_sample(%s) AS v", (case,))
    assert (row["data"]["families"], len(drawn)) == (5, 5)
    assert row["data"]["link"] == f"/kasus/{case}"
    found = {"diperiksa": drawn, "salah": {str(visit): "DATA_JANGGAL" for visit in drawn[:2]}}
    assert await checker.one("D05", case, facts={"hasil_sampel": found}) == "dipindah"
    assert await kinds_of(world, await world.user(cycle.OFFICER)) == ["siklus_tugas", "siklus_ulang"]
    back = (await notices(world, await world.user(cycle.OFFICER)))[-1]
    assert back["data"]["count"] == 2
    assert "kembali" in compose(back["kind"], back["data"], "id").subject


async def test_the_head_of_dinsos_hears_once_of_all_villages_that_are_late(world: World) -> None:
    families = [*await world.households(2), *await world.households(2, region=DESA_LAIN)]
    await cycle.running(world, families)
    villages = [(await cycle.shared_out(world, region))[0].case_id or 0 for region in (DESA, DESA_LAIN)]
    head = await person(world, "kepala_dinas")
    far = await person(world, "kepala_dinas", "kepala jauh", region=5171012001)
    await world.travel(timedelta(days=61))
    system = await person(world, "sistem")
    assert [o.outcome for o in await system.fire("D10", villages)] == ["dipindah", "dipindah"]
    assert await kinds_of(world, head.user) == ["siklus_terlambat"]
    assert await kinds_of(world, far.user) == []
    [row] = await notices(world, head.user)
    assert (row["data"]["count"], len(row["data"]["regions"])) == (2, 2)
    with sync_connect(world.admin_dsn) as conn:
        settle(conn)
    assert await kinds_of(world, head.user) == ["siklus_terlambat"], "a restored copy tells nothing twice"


# -- waiting for a window ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["JENDELA_TUTUP", "KUOTA_PENUH"])
async def test_who_waits_for_a_window_hears_when_it_opens_next(world: World, reason: str) -> None:
    operator = await person(world, "operator_desa", "operator")
    cases = await stand(world, "U01 U02 U05 U10 U12", count=2, actors={"U01": operator.user})
    await hear(world)
    before = len(await notices(world, operator.user))
    system = await person(world, "sistem")
    assert {o.outcome for o in await system.fire("U16", cases, reason=reason)} == {"dipindah"}
    await hear(world)
    [row] = (await notices(world, operator.user))[before:]
    assert (row["kind"], row["data"]["count"]) == ("menunggu_jendela", 2)
    opening = row["data"]["opening"]
    now = await fetch_value(world.admin, "SELECT to_jsonb(alur_now()) #>> '{}'")
    text = compose(row["kind"], row["data"], "id").text
    if reason == "KUOTA_PENUH":
        assert opening["opens_at"] > now
        assert "Kuota usulan bulan ini penuh." in text
    expected = await fetch_value(
        world.admin,
        "SELECT to_char(%s::timestamptz AT TIME ZONE 'Asia/Jakarta', 'FMDD') || '|' "
        "|| to_char(%s::timestamptz AT TIME ZONE 'Asia/Jakarta', 'HH24.MI')",
        (opening["opens_at"], opening["opens_at"]),
    )
    day, hour = expected.split("|")
    assert f"mulai {day} " in text
    assert f"pukul {hour} WIB" in text
