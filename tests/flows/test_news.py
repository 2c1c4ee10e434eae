"""What banks tell after a credit: of which order, how early, how oddly; and credits of which nobody tells anything."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from alur.seed.model import Family
from alur.seed.population import Scenario
from flows.harian import harian
from flows.kabar_bank import mark_unused, read_news
from integrations.bank_credits import Retur, Transaksi
from models.database import acting
from models.penyaluran.queries import paper_number, papers
from tests.flows.paying import ORDERED, STEPS, account_of, members_of_tahap
from tests.flows.stage import Stage
from tests.flows.steps import steps_of

PAID = f"{ORDERED} P30"


async def _neighbours(stage: Stage, count: int) -> list[Family]:
    """Return families with accounts at one bank."""
    families = await stage.families(12)
    [(bank, _)] = Counter(family.truth.accounts[0].bank for family in families).most_common(1)
    return [family for family in families if family.truth.accounts[0].bank == bank][:count]


async def _credited(stage: Stage, outcomes: tuple[str, ...]) -> tuple[str, list[int]]:
    """Return a bank and the payments it answered with these outcomes, in their order."""
    families = await _neighbours(stage, len(outcomes))
    batch, households = await members_of_tahap(
        stage,
        families,
        *(Scenario(account_of(family), "si", 1, word) for family, word in zip(families, outcomes, strict=True)),
    )
    await stage.play(batch, *STEPS)
    return families[0].truth.accounts[0].bank, await stage.payments(households, batch)


def _telling(bank: str, rows: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a bank's feed hold these rows."""

    async def kabar(self: Any, sejak: int, batas: int = 500) -> tuple[Any, ...]:
        return tuple(row for row in rows if self.bank == bank and row.urut > sejak)[:batas]

    monkeypatch.setattr("integrations.bank.BankApi.kabar", kabar)


async def _order(stage: Stage, case: int, bank: str) -> str:
    async with acting(stage.world.worker, await stage.world.system()) as seeing:
        return f"{paper_number((await papers(seeing, [case], 'nomor_si'))[case])}-{bank}"


async def test_news_of_another_order_moves_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bounce of the order before, read late, would send the money of today back, and the family be paid once more."""
    bank, (case,) = await _credited(stage, ("tidak_transaksi",))
    day = date(2026, 12, 1)
    old, now = "0-LAMA/2026-" + bank, await _order(stage, case, bank)
    news = [Retur(1, str(case), old, day, "RK_TUTUP", "SR-1")]
    _telling(bank, news, monkeypatch)
    feed = await stage.standing("kabar")
    await stage.look(feed, read_news)
    assert await stage.rules(case) == PAID
    news.append(Retur(2, str(case), now, day, "RK_TUTUP", "SR-2"))
    await stage.look(feed, read_news)
    assert await stage.rules(case) == f"{PAID} P60"


async def test_an_odd_row_holds_nobody_elses_news(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    bank, (odd, used) = await _credited(stage, ("tidak_transaksi", "tidak_transaksi"))
    day, order = date(2026, 12, 1), await _order(stage, odd, bank)
    news: list[Any] = [
        Transaksi(1, "abc", order, day, 0),
        Transaksi(2, "1" * 20, order, day, 0),
        Transaksi(3, "٣", order, day, 0),
        Retur(4, str(odd), order, day, "RK_TUTUP", "SR\0"),
        Transaksi(5, str(used), await _order(stage, used, bank), day, 0),
    ]
    _telling(bank, news, monkeypatch)
    feed = await stage.standing("kabar")
    await stage.look(feed, read_news)
    assert [await stage.rules(case) for case in (odd, used)] == [PAID, f"{PAID} P37"]
    # A number beyond all reason is not believed: it would hide every later piece of news.
    news.append(Transaksi(2**62, str(odd), order, day, 0))
    await stage.look(feed, read_news)
    news[-1] = Transaksi(6, str(odd), order, day, 0)
    await stage.look(feed, read_news)
    assert await stage.rules(odd) == f"{PAID} P37"


async def test_news_of_a_sum_to_be_put_right_waits_and_holds_no_other(stage: Stage) -> None:
    """Credited short, the family takes what is there; the news is applied once the bank has added the rest."""
    bank, (short, used) = await _credited(stage, ("kurang:50000", "tidak_transaksi"))
    for case in (short, used):
        stage.sim.news(bank, case, "transaksi")
    feed = await stage.standing("kabar")
    await stage.look(feed, read_news)
    assert [await stage.rules(case) for case in (short, used)] == [f"{ORDERED} P58", f"{PAID} P37"]
    due = (await stage.fact(short, "nominal_per_komponen"))["rupiah"]
    mended: dict[str, Any] = {"nominal": {"rupiah": due}, "rekening_koran": 1}
    await stage.fire("bank", "penyaluran.luruskan_nominal", [short], bank=bank, **mended)
    await stage.look(feed, read_news)
    assert await stage.rules(short) == f"{ORDERED} P58 P59 P37"
    before = await stage.log()
    await stage.look(feed, read_news)
    assert await stage.log() == before


async def test_money_that_nobody_used_is_found_and_the_next_tahap_waits_for_a_word(stage: Stage) -> None:
    """Domain sections 2.1 and 2.2: the audit found Rp165 billion of this kind that was never returned."""
    families = await _neighbours(stage, 3)
    bank = families[0].truth.accounts[0].bank
    batch, households = await members_of_tahap(
        stage, families, *(Scenario(account_of(family), "si", 0, "tidak_transaksi") for family in families)
    )
    await stage.play(batch, *STEPS)
    unused, told, taken = await stage.payments(households, batch)
    days = await stage.standing("harian")
    await stage.world.travel(timedelta(days=89))
    await stage.look(days, mark_unused)
    assert await stage.states([unused, told, taken]) == ["sukses"] * 3
    await stage.world.travel(await stage.world.now() + timedelta(days=2))
    stage.sim.news(bank, taken, "transaksi")
    await stage.look(days, mark_unused)
    assert await stage.states([unused, told, taken]) == ["sukses"] * 3, "the bank has more to tell"
    await stage.look(await stage.standing("kabar"), read_news)
    stage.sim.faults({"bank/*": {"error_rate": 1}})
    await stage.look(days, mark_unused)
    assert await stage.state(unused) == "sukses", "silence of a bank that is down is no evidence"
    stage.sim.faults({})
    await stage.look(days, *steps_of(harian))
    assert await stage.states([unused, told, taken]) == ["tidak_transaksi", "tidak_transaksi", "selesai"]
    assert await stage.reason(unused) == "TX_TIDAK_ADA"

    later = await stage.open_tahap(period=(await stage.world.now()).year * 100 + 1)
    await stage.play(later, *STEPS)
    again = await stage.payments(households, later)
    assert [await stage.rules(case) for case in again] == ["P01 P02", "P01 P02", PAID]
    assert await stage.reason(again[0]) == "EX_TIDAK_TRANSAKSI"
    assert (await stage.fact(again[0], "sumber_temuan"))["kasus"] == unused
    # Somebody visited the family: it is paid, and the same finding does not come back.
    await stage.fire("verifikator_kab", "penyaluran.pulih_sebelum_tutup", again[:1], bukti_alasan=1)
    await stage.play(later, *STEPS)
    assert (await stage.rules(again[0])).startswith("P01 P02 P04 P03 P07")
