"""pengesahan: kecamatan where it acts, the approval inside its window, what ends with it, and the data pull."""

from __future__ import annotations

import pytest

from flows.harian import run_timers
from flows.pengesahan import pengesahan
from flows.usulan_batch import usulan_batch
from models.approval.commands import Except
from tests.flows.stage import DENPASAR, KABUPATEN, Stage
from tests.flows.steps import steps_of
from tests.support.world import DESA

VILLAGE = steps_of(usulan_batch)
STEPS = steps_of(pengesahan)
SENT = "U01 U02 U05 U10 U12 U15"
SENT_ON_PAPER = "U01 U02 U05 U59 U15"


async def _sent(stage: Stage, count: int, kind: str = "BARU", village: int = DESA) -> tuple[int, list[int]]:
    """Return the kabupaten's batch and proposals that a village sent to it."""
    households = await stage.register(await stage.families(count, village=village))
    batch, cases = await stage.propose(households, kind=kind, village=village)
    await stage.look(batch, *VILLAGE)
    if kind in {"BARU", "NONAKTIF", "USULAN_PROGRAM"}:
        await stage.agree(batch, cases, *VILLAGE, village=village)
    else:
        await stage.fire("operator_desa", "usulan.cukup_dokumen", cases, village=village, dokumen_jenis=1)
        await stage.fire("operator_desa", "usulan.kirim", cases, village=village)
    await stage.look(batch, *VILLAGE)
    return await stage.batch_of(cases[0]) or 0, cases


async def _ready(stage: Stage, count: int, kind: str = "BARU", day: int = 3) -> tuple[int, list[int]]:
    """Return proposals that wait for the head of Dinsos."""
    await stage.day(day)
    batch, cases = await _sent(stage, count, kind)
    await stage.look(batch, *STEPS)
    await stage.verified(cases)
    return batch, cases


async def _approved(stage: Stage, count: int, kind: str = "BARU") -> tuple[int, list[int]]:
    batch, cases = await _ready(stage, count, kind)
    await stage.day(15)
    assert await stage.look(batch, *STEPS)
    await stage.decide(batch, "pengesahan")
    await stage.look(batch, *STEPS)
    return batch, cases


# -- kecamatan ---------------------------------------------------------------------------------------------------------


async def test_kecamatan_off_by_policy_is_passed_at_once_and_only_there(stage: Stage) -> None:
    await stage.day(3)
    await stage.policy({f"kecamatan.aktif@{KABUPATEN}": False})
    here, passed = await _sent(stage, 2)
    there, waiting = await _sent(stage, 2, village=DENPASAR)
    await stage.look(here, *STEPS)
    await stage.look(there, *STEPS)
    assert [await stage.rules(case) for case in passed] == [f"{SENT} U64"] * 2
    assert await stage.reason(passed[0]) == "KECAMATAN_TIDAK_AKTIF"
    assert await stage.states(waiting) == ["diajukan"] * 2


async def test_a_late_kecamatan_is_passed_only_where_policy_says_so(stage: Stage) -> None:
    """By default a late kecamatan stays late: neither its batch nor the daily timers pass it."""
    await stage.day(3)
    batch, cases = await _sent(stage, 2)
    await stage.day(13)
    await stage.look(batch, *STEPS)
    await stage.look(await stage.standing("harian"), run_timers)
    assert await stage.states(cases) == ["diajukan"] * 2
    await stage.policy({f"kecamatan.teruskan_otomatis@{KABUPATEN}": True})
    await stage.look(batch, *STEPS)
    assert [await stage.rules(case) for case in cases] == [f"{SENT} U65"] * 2


async def test_an_automatic_pass_waits_for_its_time(stage: Stage) -> None:
    await stage.day(3)
    await stage.policy({"kecamatan.teruskan_otomatis": True})
    batch, cases = await _sent(stage, 2)
    await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["diajukan"] * 2


# -- the window --------------------------------------------------------------------------------------------------------


async def test_the_gate_opens_only_inside_the_window(stage: Stage) -> None:
    batch, cases = await _ready(stage, 2)
    await stage.day(14, hour=23)
    assert not await stage.look(batch, *STEPS)
    assert await stage.gates(batch) == []
    await stage.day(15, hour=0)
    assert await stage.look(batch, *STEPS)
    (gate,) = await stage.gates(batch)
    assert (gate["gate"], gate["list"]) == ("pengesahan", cases)


@pytest.mark.parametrize("day", [17, 18])
async def test_a_gate_opens_on_day_17_and_no_more_on_day_18(stage: Stage, day: int) -> None:
    batch, _ = await _ready(stage, 2)
    await stage.day(day, hour=12)
    assert await stage.look(batch, *STEPS) is (day == 17)


async def test_what_was_decided_inside_is_carried_out_outside(stage: Stage) -> None:
    """The decision fell in time; that the flow looks later takes nothing from anybody."""
    batch, cases = await _ready(stage, 2)
    await stage.day(17, hour=23)
    await stage.look(batch, *STEPS)
    await stage.decide(batch, "pengesahan")
    await stage.day(18, hour=1)
    await stage.look(batch, *STEPS)
    assert [await stage.rules(case) for case in cases] == [f"{SENT} U19 U22 U30 U32"] * 2


async def test_the_head_returns_one_and_it_comes_with_the_next_round(stage: Stage) -> None:
    batch, cases = await _ready(stage, 3)
    await stage.day(15)
    await stage.look(batch, *STEPS)
    doubt = Except(cases[0], "usulan.kembalikan_pengesahan", "DATA_JANGGAL", "Alamat perlu diperiksa.")
    await stage.decide(batch, "pengesahan", excepts=[doubt])
    assert not await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["verif_dinsos", "disahkan", "disahkan"]
    await stage.fire("verifikator_kab", "usulan.nyatakan_lengkap", cases[:1])
    assert await stage.look(batch, *STEPS)
    first, second = await stage.gates(batch)
    assert (first["list"], second["list"]) == (cases, cases[:1])


# -- what follows ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PECAH_KK", "GANTI_PENGURUS"])
async def test_kinds_without_the_centre_end_with_the_approval(stage: Stage, kind: str) -> None:
    batch, cases = await _approved(stage, 2, kind)
    assert [await stage.rules(case) for case in cases] == [f"{SENT_ON_PAPER} U19 U22 U30 U77"] * 2
    assert await stage.states(cases) == ["diterapkan"] * 2
    assert batch == (await stage.batch("pengesahan"))["id"]
    assert stage.agrees()


async def test_the_centre_pulls_on_day_18_and_not_before(stage: Stage) -> None:
    batch, cases = await _approved(stage, 2)
    assert await stage.states(cases) == ["disahkan"] * 2
    await stage.day(17, hour=23)
    await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["disahkan"] * 2
    await stage.day(18, hour=0)
    await stage.look(batch, *STEPS)
    assert [await stage.rules(case) for case in cases] == [f"{SENT} U19 U22 U30 U32"] * 2
    centre = await stage.batch("penetapan")
    kabupaten = await stage.batch("pengesahan")
    assert (centre["region"], centre["period"]) == (0, kabupaten["period"])
    assert [await stage.batch_of(case) for case in cases] == [centre["id"]] * 2
    assert await stage.open_wakes(centre["id"])


async def test_kabupaten_of_one_month_meet_at_the_centre(stage: Stage) -> None:
    await stage.day(3)
    sent = [(await _sent(stage, 1, "REAKTIVASI", village), village) for village in (DESA, DENPASAR)]
    for (batch, cases), village in sent:
        await stage.verified(cases, village=village)
        await stage.day(15)
        await stage.look(batch, *STEPS)
        await stage.decide(batch, "pengesahan")
    await stage.day(18)
    for (batch, _), _village in sent:
        await stage.look(batch, *STEPS)
    centre = await stage.batch("penetapan")
    assert [await stage.batch_of(cases[0]) for (_, cases), _ in sent] == [centre["id"]] * 2


@pytest.mark.parametrize("by", ["provinsi", "waktu"])
async def test_a_governor_who_forwards_comes_between(stage: Stage, by: str) -> None:
    """What the province passes on, itself or by letting time pass, reaches the centre's batch of the same month."""
    await stage.policy({f"gubernur@{KABUPATEN // 100}": "meneruskan"})
    batch, cases = await _approved(stage, 2)
    await stage.day(18)
    await stage.look(batch, *STEPS)
    assert [await stage.rules(case) for case in cases] == [f"{SENT} U19 U22 U30 U74"] * 2
    if by == "provinsi":
        await stage.fire("dinsos_provinsi", "usulan.teruskan_provinsi", cases, surat_gubernur=1)
    else:
        await stage.day(25)
        await stage.look(await stage.standing("harian"), run_timers)
    assert await stage.states(cases) == ["diolah_pusat"] * 2
    assert await stage.open_wakes(batch), "nobody looks at what the province passed on"
    await stage.look(batch, *STEPS)
    centre = await stage.batch("penetapan", period=(await stage.batch("pengesahan"))["period"])
    assert [await stage.batch_of(case) for case in cases] == [centre["id"]] * 2
    assert await stage.open_wakes(centre["id"])


# -- what comes back ---------------------------------------------------------------------------------------------------


async def test_a_returned_family_whose_identity_changed_is_checked_again(stage: Stage) -> None:
    """It stays with its kabupaten, whose flow asks Dukcapil, and goes on from there."""
    await stage.day(3)
    batch, cases = await _sent(stage, 2)
    await stage.fire(
        "operator_kecamatan", "usulan.kembalikan_kecamatan", cases[:1], reason="BERKAS_KURANG", note="KTP buram"
    )
    await stage.look(batch, *STEPS)
    await stage.fire("operator_desa", "usulan.perbaiki_identitas", cases[:1], beda_isian=1, bukti_identitas=1)
    assert await stage.open_wakes(batch), "nobody looks at a family that waits for its identity check"
    await stage.look(batch, *STEPS)
    assert await stage.rules(cases[0]) == f"{SENT} U20 U67 U05"
    await stage.fire("operator_desa", "usulan.pakai_ba", cases[:1], ba_berlaku=1, bnba_memuat_keluarga=1)
    await stage.fire("operator_desa", "usulan.kirim", cases[:1])
    await stage.verified(cases[:1])
    await stage.day(15)
    assert await stage.look(batch, *STEPS)
    (gate,) = await stage.gates(batch)
    assert gate["list"] == cases[:1]
