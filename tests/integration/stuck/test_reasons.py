"""Every reason for which something counts as stuck: made, seen with the action that frees it, freed by that action.

Real: PostgreSQL, the door, gates, leases. A batch that stands still is written as a killed run leaves it.
"""

from __future__ import annotations

import shlex
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from models.batch import commands as batches
from models.call.commands import note_call, set_call
from models.database import acting, fetch_value
from models.stuck import queries
from models.stuck.rules import REASONS
from tests.integration.door.kit import decide, evidence, execute, gate, person, stand
from tests.integration.stuck.kit import alerts, look, stuck, told
from tests.integration.stuck.test_watch import AT_KECAMATAN, desks
from tests.support.world import DESA, World

SEEN: set[str] = set()
"""Reasons that a test of this module made; the last one demands all."""


async def the_one(world: World, reason: str, **more: Any) -> dict[str, Any]:
    """Look, and return the one stuck thing there is, which must be so for this reason."""
    await look(world)
    found = await stuck(world, **more)
    assert [row["reason"] for row in found] == [reason], found
    SEEN.add(reason)
    (row,) = found
    assert row["blocked"] is REASONS[reason].blocks
    assert all((row["reason_label"], row["reason_label_en"], row["action"]["text"], row["action"]["text_en"]))
    return row


async def demand_free(world: World) -> None:
    """Demand that nothing is stuck any more, before the watch looks again and after."""
    assert await stuck(world) == []
    await look(world)
    assert await alerts(world) == []
    assert await stuck(world) == []


async def appoint(world: World, action: dict[str, Any], name: str) -> None:
    """Do what `alur token` of an action does."""
    words = shlex.split(action["command"])
    assert words[:3] == ["alur", "token", "USERNAME"]
    asked = dict(zip(words[3::2], words[4::2], strict=True))
    await person(world, asked["--role"], name, region=DESA)
    if "--region" in asked:
        assert str(DESA).startswith(asked["--region"])


@pytest.mark.parametrize(("reason", "ago"), [("segera_jatuh_tempo", 13.5), ("terlambat", 30.0)])
async def test_late_or_soon_is_freed_by_the_holder_s_step(world: World, reason: str, ago: float) -> None:
    await desks(world)
    (case,) = await stand(world, "U01 U02 U05 U10", ago=timedelta(days=ago))  # musyawarah: 14 days for the kades
    row = await the_one(world, reason)
    assert (row["key"], row["holder"], row["level"] > 0) == (case, "kades", reason == "terlambat")
    assert [(one["name"], one["status"], one["able"]) for one in row["holders"]] == [("Kades", "aktif", True)]
    ways = {one["trigger"] for one in row["action"]["triggers"] if "kades" in one["roles"]}
    assert row["action"]["do"] == "langkah"
    assert "usulan.tidak_sepakat" in ways
    head = await person(world, "kades")
    assert await head.one("U14", case) == "dipindah"
    assert await stuck(world) == []


async def test_nobody_holds_the_desk(world: World) -> None:
    """Seen long before it is late; whoever appoints people is told at once."""
    await person(world, "admin_kab")
    (case,) = await stand(world, AT_KECAMATAN, ago=timedelta(minutes=5))
    row = await the_one(world, "tanpa_pemegang")
    assert (row["key"], row["holders"], row["level"], row["blocked"]) == (case, [], 1, True)
    assert row["action"]["command"] == "alur token USERNAME --role operator_kecamatan --region 320405"
    assert "operator_kecamatan" in row["action"]["text"]
    assert await told(world) == [("admin_kab", "macet_segera")]
    await appoint(world, row["action"], "baru")
    await demand_free(world)


@pytest.mark.parametrize("how", ["ditutup", "berakhir", "diam"])
async def test_the_holder_is_not_at_work(world: World, how: str) -> None:
    await person(world, "admin_kab")
    holder = await person(world, "operator_kecamatan")
    (case,) = await stand(world, AT_KECAMATAN, ago=timedelta(minutes=5))
    if how == "ditutup":
        await world.admin.execute("UPDATE account_user SET active = false WHERE id = %s", (holder.user,))
    elif how == "berakhir":
        await world.admin.execute("UPDATE assignment SET valid_to = alur_now() WHERE user_id = %s", (holder.user,))
    else:
        await world.admin.execute("UPDATE session SET issued_at = issued_at - interval '31 days'")
    row = await the_one(world, "pemegang_nonaktif")
    assert row["key"] == case
    assert [(one["id"], one["status"], one["able"]) for one in row["holders"]] == [(holder.user, how, False)]
    assert await told(world) == [("admin_kab", "macet_segera")]
    await appoint(world, row["action"], "pengganti")
    await demand_free(world)


async def test_somebody_silent_who_signs_in_is_at_work_again(world: World) -> None:
    await person(world, "operator_kecamatan")
    await stand(world, AT_KECAMATAN, ago=timedelta(minutes=5))
    await world.admin.execute("UPDATE session SET issued_at = issued_at - interval '31 days'")
    await the_one(world, "pemegang_nonaktif")
    await world.admin.execute("UPDATE session SET issued_at = clock_timestamp()")
    await demand_free(world)


async def test_every_holder_is_barred_by_four_eyes(world: World) -> None:
    """The kecamatan's only operator sent the proposal himself, as the village's: another one must be found."""
    await person(world, "admin_kab")
    holder = await person(world, "operator_kecamatan")
    (case,) = await stand(world, AT_KECAMATAN, ago=timedelta(days=10), actors={"U15": holder.user})
    row = await the_one(world, "terhalang_empat_mata")
    assert [(one["id"], one["status"], one["able"]) for one in row["holders"]] == [(holder.user, "aktif", False)]
    assert "orang lain" in row["action"]["text"]
    assert ("admin_kab", "macet_segera") in await told(world)
    await appoint(world, row["action"], "kedua")
    await look(world)
    assert [each["reason"] for each in await stuck(world)] == ["terlambat"]  # it can move now, and is late still
    second = await person(world, "operator_kecamatan", "kedua")
    assert await holder.one("U19", case) == "empat_mata"
    assert await second.one("U19", case) == "dipindah"
    assert [each for each in await stuck(world) if each["reason"] == "terhalang_empat_mata"] == []


async def test_an_automatic_step_does_not_run(world: World) -> None:
    await person(world, "admin_pusat")
    (case,) = await stand(world, "U01 U02", ago=timedelta(minutes=20))  # cek_data: the system, 15 minutes
    row = await the_one(world, "otomatis_macet")
    assert (row["key"], row["holder"], row["action"]["do"]) == (case, "sistem", "bangunkan")
    assert await told(world) == [("admin_pusat", "macet_segera")]
    system = await person(world, "sistem")
    assert await system.one("U05", case) == "dipindah"
    assert [each for each in await stuck(world) if each["reason"] == "otomatis_macet"] == []


# -- gates ---------------------------------------------------------------------------------------------------------


async def _at_gate(world: World, *, people: int = 1, **actors: int) -> tuple[int, int]:
    """Return a case and the open gate over it: `siap_sah`, before the head of Dinsos."""
    path = "U01 U02 U05 U10 U14 U58 U15 U19 U27"
    (case,) = await stand(world, path, ago=timedelta(minutes=5), actors=actors)
    approval = await gate(world, "kepala_dinas", "U30 U31", [case], people=people)
    batch = await fetch_value(world.admin, "SELECT batch FROM approval WHERE id = %s", (approval,))
    await batches.enlist(world.worker, await world.system(), batch, [case])
    return case, approval


async def test_a_gate_is_past_its_deadline(world: World) -> None:
    await desks(world)
    case, approval = await _at_gate(world)
    await world.admin.execute(
        "UPDATE approval SET deadline = alur_now() - interval '1 hour' WHERE id = %s", (approval,)
    )
    await look(world)
    found = {row["subject"]: row for row in await stuck(world)}
    assert {row["reason"] for row in found.values()} == {"gerbang_terlambat"}
    SEEN.add("gerbang_terlambat")
    row = found["gerbang"]
    assert (row["key"], row["holder"]) == (approval, "kepala_dinas")
    assert row["action"]["request"] == f"POST /api/v1/approvals/{approval}/decisions"
    knowing = await fetch_value(
        world.admin,
        "SELECT array_agg(DISTINCT u.username) FROM alert_person x JOIN account_user u ON u.id = x.user_id "
        "JOIN alert a ON a.id = x.alert WHERE a.subject = 'gerbang'",
    )
    assert knowing == ["kepala_dinas"]
    head = await person(world, "kepala_dinas")
    known = evidence("U30", "kepala_dinas")
    assert await decide(head, approval, known=known) == "disetujui"
    assert await execute(world, approval) == {case: "dipindah"}
    assert [each for each in await stuck(world) if each["reason"].startswith("gerbang")] == []


@pytest.mark.parametrize("why", ["nobody", "barred", "one of two"])
async def test_nobody_may_decide_a_gate(world: World, why: str) -> None:
    await person(world, "admin_kab")
    head = None if why == "nobody" else await person(world, "kepala_dinas")
    _, approval = await _at_gate(
        world,
        people=2 if why == "one of two" else 1,
        **({"U19": head.user} if head and why == "barred" else {}),
    )
    await look(world)
    found = {row["subject"]: row for row in await stuck(world)}
    assert {row["reason"] for row in found.values()} == {"gerbang_tanpa_penyetuju"}
    SEEN.add("gerbang_tanpa_penyetuju")
    row = found["gerbang"]
    assert (row["key"], row["blocked"]) == (approval, True)
    assert ("admin_kab", "macet_segera") in await told(world)
    await appoint(world, row["action"], "penyetuju lain")
    await demand_free(world)


# -- runs, wakes, calls --------------------------------------------------------------------------------------------


async def _batch(world: World) -> int:
    return await batches.open_batch(world.worker, await world.system(), "uji", DESA // 1_000_000, "Uji")


async def _ended(world: World, batch: int, outcome: str | None) -> None:
    """Let a batch's last run have ended an hour ago, or have fallen silent then (None)."""
    await batches.take_lease(world.worker, batch, uuid4(), 60)
    if outcome is not None:
        await world.admin.execute(
            "UPDATE batch_run SET ended_at = clock_timestamp() - interval '1 hour', outcome = %s WHERE batch = %s",
            (outcome, batch),
        )
    await world.admin.execute(
        "UPDATE batch_run SET lease_until = lease_until - interval '1 hour' WHERE batch = %s", (batch,)
    )


async def _run_again(world: World, row: dict[str, Any], batch: int) -> None:
    """Do what waking a batch brings: its flow takes the lease, looks, and says that it looked."""
    assert row["action"]["do"] == "bangunkan"
    assert row["action"]["request"] == f"POST /api/v1/batches/{batch}/wake"
    await batches.wake(world.worker, batch, "diminta")
    run = uuid4()
    await batches.take_lease(world.worker, batch, run, 60)
    await batches.acknowledge(world.worker, batch)
    await batches.end_lease(world.worker, batch, run, "selesai")


@pytest.mark.parametrize("outcome", [None, "gagal"])
async def test_a_run_fell_silent_or_failed(world: World, outcome: str | None) -> None:
    await person(world, "admin_pusat")
    batch = await _batch(world)
    await _ended(world, batch, outcome)
    row = await the_one(world, "jalan_terputus")
    assert (row["subject"], row["key"]) == ("batch", batch)
    assert await told(world) == [("admin_pusat", "macet_segera")]
    await _run_again(world, row, batch)
    await demand_free(world)


async def test_a_flow_waits_without_an_open_gate(world: World) -> None:
    batch = await _batch(world)
    await _ended(world, batch, "tunda")
    row = await the_one(world, "batch_tanpa_gerbang")
    await _run_again(world, row, batch)
    await demand_free(world)


async def test_a_flow_is_suspended_past_its_gate(world: World) -> None:
    """The decision was written down and its wake lost: the run waits, and nobody is asked any more."""
    await desks(world)
    case, approval = await _at_gate(world)
    batch = await fetch_value(world.admin, "SELECT batch FROM approval WHERE id = %s", (approval,))
    await _ended(world, batch, "tunda")
    await decide(await person(world, "kepala_dinas"), approval, known=evidence("U30", "kepala_dinas"))
    await batches.acknowledge(world.worker, batch)
    await world.admin.execute(
        "UPDATE approval SET decided_at = decided_at - interval '20 min' WHERE id = %s", (approval,)
    )
    row = await the_one(world, "lewat_gerbang")
    assert (row["subject"], row["key"]) == ("batch", batch)
    assert await execute(world, approval) == {case: "dipindah"}
    await _run_again(world, row, batch)
    assert [each for each in await stuck(world) if each["subject"] == "batch"] == []


async def test_a_batch_was_woken_and_does_not_answer(world: World) -> None:
    batch = await _batch(world)
    await batches.wake(world.worker, batch, "uji")
    await look(world)
    assert await alerts(world) == []
    await world.admin.execute("UPDATE wake SET created_at = created_at - interval '40 min'")
    row = await the_one(world, "bangun_tidak_dijawab")
    await _run_again(world, row, batch)
    await demand_free(world)


async def test_the_outcome_of_a_call_is_not_known(world: World) -> None:
    """The call is told by itself; a case that it is about, and that is late, is stuck for the same reason."""
    await person(world, "admin_pusat")
    batch = await _batch(world)
    (case,) = await stand(world, "U01 U02", ago=timedelta(hours=7))
    await batches.enlist(world.worker, await world.system(), batch, [case])
    await note_call(world.worker, "dukcapil/verify", "kunci", batch, "0" * 64, [f"{case}.1"], [1])
    await set_call(world.worker, "dukcapil/verify", "kunci", "tidak_diketahui")
    await world.admin.execute("UPDATE call SET created_at = created_at - interval '5 hours'")
    await look(world)
    found = {row["subject"]: row for row in await stuck(world)}
    assert {row["reason"] for row in found.values()} == {"panggilan_tidak_diketahui"}
    assert set(found) == {"kasus", "panggilan"}
    SEEN.add("panggilan_tidak_diketahui")
    await _run_again(world, found["panggilan"], batch)
    await set_call(world.worker, "dukcapil/verify", "kunci", "selesai")
    system = await person(world, "sistem")
    assert await system.one("U05", case) == "dipindah"
    assert [each for each in await stuck(world) if each["reason"] == "panggilan_tidak_diketahui"] == []


async def test_the_watch_fails_for_a_kabupaten(world: World) -> None:
    await desks(world)
    await stand(world, AT_KECAMATAN, ago=timedelta(minutes=5))
    await world.admin.execute(
        "INSERT INTO watch_region (region, last_error_at, last_error, outage) VALUES (3204, alur_now(), 'uji', 1)"
    )
    await world.admin.execute(
        "INSERT INTO alert (subject, key, version, level, reason, lo, hi, since, due, raised_at) VALUES "
        "('wilayah', 3204, 1, 1, 'pantau_gagal', 3204000000, 3204999999, alur_now(), alur_now(), alur_now())"
    )
    found = await stuck(world)
    assert [row["reason"] for row in found] == ["pantau_gagal"]
    SEEN.add("pantau_gagal")
    assert found[0]["action"]["do"] == "periksa"
    await demand_free_by_looking(world)


async def demand_free_by_looking(world: World) -> None:
    """Demand that the next good look ends what the watch's own failure raised."""
    await look(world)
    assert await stuck(world) == []


# -- one case ------------------------------------------------------------------------------------------------------


async def test_a_case_tells_why_it_does_not_move(world: World) -> None:
    """Without any look of the watch; a citizen is told the office and no names."""
    await person(world, "operator_kecamatan")
    (late,) = await stand(world, AT_KECAMATAN, ago=timedelta(days=20))
    (fine,) = await stand(world, AT_KECAMATAN, ago=timedelta(minutes=5))
    for role, names in (("operator_desa", ["Operator_Kecamatan"]), ("warga", [None])):
        family = await fetch_value(world.admin, "SELECT household_id FROM case_ WHERE id = %s", (late,))
        session = await world.session(f"uji {role}", role)
        if role == "warga":
            await world.admin.execute(
                "UPDATE assignment SET household_id = %s WHERE household_id IS NOT NULL", (family,)
            )
        async with acting(world.api, session):
            told_ = await queries.of_case(world.api, late)
            assert told_ is not None
            assert (told_["reason"], told_["holder"]) == ("terlambat", "operator_kecamatan")
            assert [one["name"] for one in told_["holders"]] == names
            assert await queries.of_case(world.api, fine) is None


def test_every_reason_was_made(request: pytest.FixtureRequest) -> None:
    """Runs last in this file: a reason without a test of its own is a promise."""
    ran = {item.originalname for item in request.session.items if isinstance(item, pytest.Function)}
    if not {name for name in globals() if name.startswith("test_")} <= ran:
        pytest.skip("only some tests of this file were asked for")
    assert set(REASONS) == SEEN
