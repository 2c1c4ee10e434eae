"""penyaluran-tahap: from the SK of the tahap to money in the family's hands, and everything that can go wrong there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from alur.seed.model import Family
from alur.seed.population import Scenario
from flows import calls
from flows.kabar_bank import read_news
from flows.penyaluran_tahap import penyaluran_tahap
from models.approval.commands import Except, decide
from models.database import acting
from models.penyaluran.queries import balance, funds
from models.register.commands import note_checked
from tests.flows.stage import Stage, head, steps_of

STEPS = steps_of(penyaluran_tahap)
CLOSED = "P01 P03"
TESTED = f"{CLOSED} P07 P17 P20"
ORDERED = f"{TESTED} P25 P26 P27 P29"
CARD = f"{CLOSED} P06 P09 P13"


async def _members(stage: Stage, families: Sequence[Family], *scenarios: Scenario) -> tuple[int, list[int]]:
    """Return an open tahap and its member families."""
    households = await stage.register(families, *scenarios)
    await stage.members(households)
    return await stage.open_tahap(), households


async def _until(stage: Stage, batch: int, gate: str) -> None:
    """Let everything be approved until this gate is open."""
    for _ in range(12):
        await stage.look(batch, *STEPS)
        opened = {row["gate"] for row in await stage.gates(batch, "terbuka")}
        if gate in opened:
            return
        await stage.decide_all(batch)
    raise AssertionError(f"gate {gate} never opens: {await stage.gates(batch)}")


def _account(family: Family) -> str:
    return family.truth.accounts[0].nomor_rekening


async def _handed_out(stage: Stage, cases: Sequence[int]) -> None:
    await stage.fire("bank", "penyaluran.kartu_diterima", cases, bank="BRI", tanda_terima=1, foto=1)


# -- the road ----------------------------------------------------------------------------------------------------------


async def test_money_reaches_families_with_and_without_an_account(stage: Stage) -> None:
    families = [*await stage.families(4), *await stage.families(2, accounts=False)]
    batch, households = await _members(stage, families)
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert [await stage.rules(case) for case in cases] == [f"{ORDERED} P30"] * 4 + [CARD] * 2
    await _handed_out(stage, cases[4:])
    await stage.play(batch, *STEPS)
    assert [await stage.rules(case) for case in cases[4:]] == [f"{CARD} P14 P17 P20 P25 P26 P27 P29 P30"] * 2
    await stage.look(await stage.standing("kabar"), read_news)
    assert await stage.states(cases) == ["selesai"] * 6
    assert {(c["id"], c["nominal_rp"]) for c in stage.sim.credits()} == {
        (str(case), (await stage.fact(case, "nominal_per_komponen"))["rupiah"]) for case in cases
    }
    assert stage.sim.nothing_doubled()
    assert stage.agrees()
    async with acting(stage.world.worker, await stage.world.system()) as conn:
        books = balance(await funds(conn, batch=batch))
    assert books["closing"] == books["selesai"] > 0


async def test_outside_systems_speak_for_themselves(stage: Stage) -> None:
    """What a bank or the treasury answered is written in their name, and no gate was carried out without deciders."""
    batch, _ = await _members(stage, await stage.families(2))
    await stage.play(batch, *STEPS)
    roles = {rule: role for rule, role in (await stage.rules_by_role()).items() if rule.startswith("P")}
    assert roles == {
        "P01": "sistem",
        "P03": "kpa",
        "P07": "sistem",
        "P17": "bank",
        "P20": "sistem",
        "P25": "ppk",
        "P26": "ppspm",
        "P27": "kppn",
        "P29": "ppk",
        "P30": "bank",
    }


async def test_who_must_not_be_paid_is_left_out_when_priced(stage: Stage) -> None:
    batch, households = await _members(stage, await stage.families(4))
    await stage.world.admin.execute("UPDATE household SET desil = 9 WHERE id = %s", (households[0],))
    await stage.world.admin.execute(
        "UPDATE person SET pekerjaan = 6 WHERE household_id = %s AND hubungan = 1", (households[1],)
    )
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert [await stage.rules(case) for case in cases] == ["P01 P02", "P01 P02", f"{ORDERED} P30", f"{ORDERED} P30"]
    assert [await stage.reason(case) for case in cases[:2]] == ["EX_DESIL", "EX_PEKERJAAN"]
    assert (await stage.fact(cases[1], "sumber_temuan"))["sumber"] == "register"


async def test_a_budget_that_is_spent_closes_as_many_as_it_can_pay(stage: Stage) -> None:
    families = await stage.families(3)
    batch, households = await _members(stage, families)
    await _until(stage, batch, "closing")
    cases = await stage.payments(households, batch)
    due = [(await stage.fact(case, "nominal_per_komponen"))["rupiah"] for case in cases]
    year = (await stage.batch("tahap"))["period"] // 100
    await stage.policy({f"pagu.PKH.{year}": due[0] + due[1]})
    await stage.decide(batch, "closing")
    assert await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["omspan_berhasil", "omspan_berhasil", "calon"]
    assert {(g["gate"], tuple(g["list"])) for g in await stage.gates(batch, "terbuka")} == {
        ("closing", (cases[2],)),
        ("spp", (cases[0], cases[1])),
    }
    assert stage.agrees()


async def test_late_members_come_with_the_next_round(stage: Stage) -> None:
    batch, households = await _members(stage, await stage.families(2))
    await _until(stage, batch, "spp")
    late = await stage.register(await stage.families(2))
    await stage.members(late)
    await stage.look(batch, *STEPS)
    assert {g["gate"] for g in await stage.gates(batch, "terbuka")} == {"spp", "sk_tahap"}
    await stage.decide(batch, "spp")
    await stage.look(batch, *STEPS)
    assert await stage.states(await stage.payments(households, batch)) == ["spp"] * 2
    await stage.play(batch, *STEPS)
    cases = await stage.payments([*households, *late], batch)
    assert [await stage.rules(case) for case in cases] == [f"{ORDERED} P30"] * 4
    assert [len(g["list"]) for g in await stage.gates(batch) if g["gate"] == "sk_tahap"] == [2, 2]


# -- accounts ----------------------------------------------------------------------------------------------------------


async def test_a_refused_burekol_is_repaired_and_holds_nobody(stage: Stage) -> None:
    families = [*await stage.families(2, accounts=False), *await stage.families(2)]
    refused = [Scenario(head(family), "burekol", 1, "BR_DATA") for family in families[:2]]
    batch, households = await _members(stage, families, *refused)
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert await stage.states(cases) == ["burekol_gagal", "burekol_gagal", "sukses", "sukses"]
    assert await stage.reason(cases[0]) == "BR_DATA"
    await stage.fire("verifikator_kab", "penyaluran.ulang_burekol", cases[:2], beda_isian={"identitas": False})
    await stage.look(batch, *STEPS)
    await _handed_out(stage, cases[:2])
    await stage.play(batch, *STEPS)
    road = f"{CLOSED} P06 P10 P11 P09 P13 P14 P17 P20 P25 P26 P27 P29 P30"
    assert [await stage.rules(case) for case in cases[:2]] == [road] * 2
    assert stage.sim.nothing_doubled()


async def test_accounts_that_fail_their_tests_stay_behind(stage: Stage) -> None:
    families = await stage.families(4)
    batch, households = await _members(
        stage,
        families,
        Scenario(_account(families[0]), "cek_rekening", 1, "RK_PASIF"),
        Scenario(_account(families[1]), "uji", 1, "KKS_BELUM_BAGI"),
    )
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert await stage.states(cases) == ["rek_gagal", "omspan_gagal", "sukses", "sukses"]
    assert [await stage.reason(case) for case in cases[:2]] == ["RK_PASIF", "KKS_BELUM_BAGI"]
    bank = families[0].truth.accounts[0].bank
    await stage.fire("bank", "penyaluran.rekening_diperbaiki", cases[:1], bank=bank, bukti_rekening=1)
    await stage.look(batch, *STEPS)
    assert await stage.state(cases[0]) == "omspan_berhasil"


async def test_a_family_without_a_living_payee_never_holds_the_others(stage: Stage) -> None:
    """Between one step and the next the register may lose the only person who could be paid."""
    families = await stage.families(3)
    batch, households = await _members(stage, families)
    for gate in ("closing", "spp", "spm", "si"):
        await _until(stage, batch, gate)
    cursor = await stage.world.admin.execute("SELECT id FROM person WHERE household_id = %s", (households[0],))
    dead = [(row["id"], False, "meninggal") for row in await cursor.fetchall()]
    await note_checked(stage.world.worker, await stage.world.system(), dead)
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert await stage.states(cases) == ["si", "sukses", "sukses"]


async def test_a_payee_who_died_before_the_treasury_paid_never_holds_the_others(stage: Stage) -> None:
    families = await stage.families(3)
    batch, households = await _members(stage, families)
    await _until(stage, batch, "spm")
    cursor = await stage.world.admin.execute("SELECT id FROM person WHERE household_id = %s", (households[0],))
    dead = [(row["id"], False, "meninggal") for row in await cursor.fetchall()]
    await note_checked(stage.world.worker, await stage.world.system(), dead)
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert await stage.states(cases) == ["proses_spm", "sukses", "sukses"]


# -- the treasury ------------------------------------------------------------------------------------------------------


async def test_the_treasury_refuses_an_order_or_a_line_of_it(stage: Stage) -> None:
    families = await stage.families(3)
    batch, households = await _members(
        stage,
        families,
        Scenario("PKH", "spm", 1, "ditolak:SPP tidak cocok"),
        Scenario(_account(families[0]), "spm", 1, "RK_TUTUP"),
    )
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    again = f"{TESTED} P25 P26 P28 P26"
    assert [await stage.rules(case) for case in cases] == [
        f"{again} P54",
        f"{again} P27 P29 P30",
        f"{again} P27 P29 P30",
    ]
    assert [await stage.reason(case) for case in cases[:1]] == ["RK_TUTUP"]
    assert stage.sim.nothing_doubled()


async def test_an_order_for_a_single_family_carries_its_numbers(stage: Stage) -> None:
    batch, households = await _members(stage, await stage.families(1))
    await stage.play(batch, *STEPS)
    (case,) = await stage.payments(households, batch)
    assert await stage.state(case) == "sukses"
    (credit,) = stage.sim.credits()
    gate = next(gate for gate in await stage.gates(batch) if gate["gate"] == "si")
    assert credit["nomor_si"].startswith(f"si/{gate['id']}-")


# -- the banks ---------------------------------------------------------------------------------------------------------


async def test_a_failed_credit_is_redirected_and_paid_once(stage: Stage) -> None:
    families = await stage.families(4)
    batch, households = await _members(
        stage, families, *(Scenario(_account(family), "si", 1, "RK_PASIF") for family in families[:2])
    )
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert [await stage.rules(case) for case in cases] == [f"{ORDERED} P33"] * 2 + [f"{ORDERED} P30"] * 2
    await stage.fire("kppn", "penyaluran.catat_retur", cases[:2], surat_retur={"nomor": "RET/1"})
    await _until(stage, batch, "ralat")
    await stage.play(batch, *STEPS)
    assert [await stage.rules(case) for case in cases[:2]] == [f"{ORDERED} P33 P34 P35 P61 P29 P30"] * 2
    assert await stage.fact(cases[0], "nomor_sp2d_retur")
    credited = [credit["id"] for credit in stage.sim.credits()]
    assert sorted(credited) == sorted(str(case) for case in cases)
    assert stage.sim.nothing_doubled()


async def test_other_data_at_the_bank_and_a_wrong_sum_are_mended_there(stage: Stage) -> None:
    families = await stage.families(4)
    batch, households = await _members(
        stage,
        families,
        Scenario(_account(families[0]), "si", 1, "SI_BEDA_DATA"),
        Scenario(_account(families[1]), "si", 1, "kurang:50000"),
        Scenario(_account(families[2]), "si", 1, "lebih:50000"),
    )
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert [await stage.rules(case) for case in cases] == [
        f"{ORDERED} P31",
        f"{ORDERED} P58",
        f"{ORDERED} P58",
        f"{ORDERED} P30",
    ]
    assert [await stage.reason(case) for case in cases[:3]] == ["SI_BEDA_DATA", "NOMINAL_KURANG", "NOMINAL_LEBIH"]
    bank = families[0].truth.accounts[0].bank
    await stage.fire("bank", "penyaluran.si_sama", cases[:1], bank=bank, bukti_rekening=1)
    await stage.look(batch, *STEPS)
    assert await stage.state(cases[0]) == "sukses"
    due = (await stage.fact(cases[1], "nominal_per_komponen"))["rupiah"]
    await stage.fire(
        "bank",
        "penyaluran.luruskan_nominal",
        cases[1:2],
        bank=families[1].truth.accounts[0].bank,
        nominal={"rupiah": due},
        rekening_koran=1,
    )
    assert await stage.state(cases[1]) == "sukses"


async def test_news_from_the_banks_is_applied_once_and_in_order(stage: Stage) -> None:
    families = await stage.families(3)
    batch, households = await _members(
        stage,
        families,
        Scenario(_account(families[0]), "si", 1, "retur:RK_PASIF"),
        Scenario(_account(families[1]), "si", 1, "tidak_transaksi"),
    )
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert await stage.states(cases) == ["sukses"] * 3
    news = await stage.standing("kabar")
    await stage.look(news, read_news)
    assert [await stage.rules(case) for case in cases] == [
        f"{ORDERED} P30 P60",
        f"{ORDERED} P30",
        f"{ORDERED} P30 P37",
    ]
    assert await stage.reason(cases[0]) == "RK_PASIF"
    assert (await stage.fact(cases[0], "surat_retur"))["nomor"].startswith("SR-")
    before = await stage.log()
    await stage.look(news, read_news)
    assert await stage.log() == before


async def test_news_that_is_quicker_than_the_banks_own_answer_is_not_lost(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bank is still working on its answer to the order; the news that the money bounced is there already."""
    monkeypatch.setattr(calls, "_POLLS_S", ())
    families = await stage.families(2)
    batch, households = await _members(
        stage, families, *(Scenario(_account(family), "si", 1, "retur:RK_TUTUP") for family in families)
    )
    await _until(stage, batch, "si")
    stage.sim.faults({"bank/*": {"processing_ms": 700}})
    await stage.decide(batch, "si")
    await stage.look(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert await stage.states(cases) == ["si", "si"]
    news = await stage.standing("kabar")
    await stage.look(news, read_news)
    assert await stage.open_wakes(news)
    await asyncio.sleep(0.8)
    await stage.look(batch, *STEPS)
    await stage.look(news, read_news)
    assert [await stage.rules(case) for case in cases] == [f"{ORDERED} P30 P60"] * 2
    assert stage.sim.nothing_doubled()


async def test_a_refused_correction_comes_before_people_again(stage: Stage) -> None:
    families = await stage.families(2)
    batch, households = await _members(
        stage,
        families,
        *(Scenario(_account(family), "si", 1, "RK_BLOKIR") for family in families),
        *(Scenario(_account(family), "srpr", 1, "ditolak:rekening koran kurang") for family in families),
    )
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    await stage.fire("kppn", "penyaluran.catat_retur", cases, surat_retur={"nomor": "RET/1"})
    await _until(stage, batch, "ralat")
    await stage.decide(batch, "ralat")
    assert await stage.look(batch, *STEPS)
    assert [await stage.rules(case) for case in cases] == [f"{ORDERED} P33 P34 P35 P62"] * 2
    again = (await stage.gates(batch, "terbuka"))[0]
    assert (again["gate"], again["round"], again["list"]) == ("ralat", 2, cases)


async def test_money_that_cannot_be_paid_goes_back_to_the_treasury(stage: Stage) -> None:
    families = await stage.families(3)
    batch, households = await _members(
        stage, families, *(Scenario(_account(family), "si", 1, "RK_TUTUP") for family in families)
    )
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    await stage.fire("kppn", "penyaluran.catat_retur", cases, surat_retur={"nomor": "RET/1"})
    await _until(stage, batch, "ralat")
    await stage.fire(
        "ppk", "penyaluran.perintah_setor", cases[:2], reason="TIDAK_DAPAT_DIPERBAIKI", surat_perintah={"nomor": 1}
    )
    await stage.look(batch, *STEPS)
    assert [await stage.rules(case) for case in cases[:2]] == [f"{ORDERED} P33 P34 P36 P40"] * 2
    assert await stage.fact(cases[0], "ntpn")
    async with acting(stage.world.worker, await stage.world.system()) as conn:
        books = balance(await funds(conn, batch=batch))
    assert books["closing"] == books["disetor"] + books["open"]
    assert books["disetor"] > 0
    assert stage.agrees()


async def test_the_decider_sends_single_families_another_way(stage: Stage) -> None:
    families = await stage.families(4)
    batch, households = await _members(
        stage, families, *(Scenario(_account(family), "si", 1, "RK_TUTUP") for family in families)
    )
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    await stage.fire("kppn", "penyaluran.catat_retur", cases, surat_retur={"nomor": "RET/1"})
    await _until(stage, batch, "ralat")
    (gate,) = await stage.gates(batch, "terbuka")
    back = [Except(case, "penyaluran.perintah_setor", "TIDAK_DAPAT_DIPERBAIKI") for case in cases[:2]]
    await decide(
        stage.world.api,
        await stage.person("ppk"),
        gate["id"],
        "setuju",
        evidence={"srpr": 1, "sptjm": 1, "rekening_koran": 1, "surat_perintah": {"nomor": "SP/1"}},
        excepts=back,
    )
    await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["disetor", "disetor", "sp2d", "sp2d"]
