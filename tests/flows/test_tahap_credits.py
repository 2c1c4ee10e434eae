"""penyaluran-tahap: from the treasury to the families, and back."""

from __future__ import annotations

import pytest

from alur.seed.population import Scenario
from flows import calls
from flows.kabar_bank import read_news
from models.approval.commands import Except, decide
from models.database import acting
from models.penyaluran.queries import balance, funds
from tests.flows.paying import ORDERED, STEPS, TESTED, account_of, approve_until, members_of_tahap
from tests.flows.stage import Stage

# -- the treasury -----------------------------------------------------------------------------------------------------


async def test_the_treasury_refuses_an_order_or_a_line_of_it(stage: Stage) -> None:
    families = await stage.families(3)
    batch, households = await members_of_tahap(
        stage,
        families,
        Scenario("PKH", "spm", 1, "ditolak:SPP tidak cocok"),
        Scenario(account_of(families[0]), "spm", 1, "RK_TUTUP"),
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
    batch, households = await members_of_tahap(stage, await stage.families(1))
    await stage.play(batch, *STEPS)
    (case,) = await stage.payments(households, batch)
    assert await stage.state(case) == "sukses"
    (credit,) = stage.sim.credits()
    gate = next(gate for gate in await stage.gates(batch) if gate["gate"] == "si")
    assert credit["nomor_si"].startswith(f"si/{gate['id']}-")


# -- the banks --------------------------------------------------------------------------------------------------------


async def test_a_failed_credit_is_redirected_and_paid_once(stage: Stage) -> None:
    families = await stage.families(4)
    batch, households = await members_of_tahap(
        stage, families, *(Scenario(account_of(family), "si", 1, "RK_PASIF") for family in families[:2])
    )
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert [await stage.rules(case) for case in cases] == [f"{ORDERED} P33"] * 2 + [f"{ORDERED} P30"] * 2
    await stage.fire("kppn", "penyaluran.catat_retur", cases[:2], surat_retur={"nomor": "RET/1"})
    await approve_until(stage, batch, "ralat")
    await stage.play(batch, *STEPS)
    assert [await stage.rules(case) for case in cases[:2]] == [f"{ORDERED} P33 P34 P35 P61 P29 P30"] * 2
    assert await stage.fact(cases[0], "nomor_sp2d_retur")
    credited = [credit["id"] for credit in stage.sim.credits()]
    assert sorted(credited) == sorted(str(case) for case in cases)
    assert stage.sim.nothing_doubled()


async def test_other_data_at_the_bank_and_a_wrong_sum_are_mended_there(stage: Stage) -> None:
    families = await stage.families(4)
    batch, households = await members_of_tahap(
        stage,
        families,
        Scenario(account_of(families[0]), "si", 1, "SI_BEDA_DATA"),
        Scenario(account_of(families[1]), "si", 1, "kurang:50000"),
        Scenario(account_of(families[2]), "si", 1, "lebih:50000"),
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
    batch, households = await members_of_tahap(
        stage,
        families,
        Scenario(account_of(families[0]), "si", 1, "retur:RK_PASIF"),
        Scenario(account_of(families[1]), "si", 1, "tidak_transaksi"),
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
    batch, households = await members_of_tahap(
        stage, families, *(Scenario(account_of(family), "si", 1, "retur:RK_TUTUP") for family in families)
    )
    await approve_until(stage, batch, "si")
    stage.sim.faults({"bank/*": {"processing_ms": 600_000}})
    await stage.decide(batch, "si")
    await stage.look(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert await stage.states(cases) == ["si", "si"]
    news = await stage.standing("kabar")
    await stage.look(news, read_news)
    assert await stage.open_wakes(news)
    stage.sim.answer_now()
    await stage.look(batch, *STEPS)
    await stage.look(news, read_news)
    assert [await stage.rules(case) for case in cases] == [f"{ORDERED} P30 P60"] * 2
    assert stage.sim.nothing_doubled()


async def test_a_refused_correction_comes_before_people_again(stage: Stage) -> None:
    families = await stage.families(2)
    batch, households = await members_of_tahap(
        stage,
        families,
        *(Scenario(account_of(family), "si", 1, "RK_BLOKIR") for family in families),
        *(Scenario(account_of(family), "srpr", 1, "ditolak:rekening koran kurang") for family in families),
    )
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    await stage.fire("kppn", "penyaluran.catat_retur", cases, surat_retur={"nomor": "RET/1"})
    await approve_until(stage, batch, "ralat")
    await stage.decide(batch, "ralat")
    assert await stage.look(batch, *STEPS)
    assert [await stage.rules(case) for case in cases] == [f"{ORDERED} P33 P34 P35 P62"] * 2
    again = (await stage.gates(batch, "terbuka"))[0]
    assert (again["gate"], again["round"], again["list"]) == ("ralat", 2, cases)


async def test_money_that_cannot_be_paid_goes_back_to_the_treasury(stage: Stage) -> None:
    families = await stage.families(3)
    batch, households = await members_of_tahap(
        stage, families, *(Scenario(account_of(family), "si", 1, "RK_TUTUP") for family in families)
    )
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    await stage.fire("kppn", "penyaluran.catat_retur", cases, surat_retur={"nomor": "RET/1"})
    await approve_until(stage, batch, "ralat")
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
    batch, households = await members_of_tahap(
        stage, families, *(Scenario(account_of(family), "si", 1, "RK_TUTUP") for family in families)
    )
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    await stage.fire("kppn", "penyaluran.catat_retur", cases, surat_retur={"nomor": "RET/1"})
    await approve_until(stage, batch, "ralat")
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
