"""A card that the bank could not print: told, kept with the case, and ordered anew."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from alur.seed.population import Scenario
from models.case.queries import facts
from models.database import acting
from models.penyaluran.queries import card_refusals
from tests.flows.paying import CLOSED, STEPS, members_of_tahap
from tests.flows.stage import Stage, head

PATH = "bank/BRI/kartu"


async def _refused(stage: Stage, *times: int) -> tuple[int, list[int]]:
    """Bring three families to their cards; the bank refuses the first one's, at these times."""
    families = await stage.families(3, accounts=False)
    scenarios = [Scenario(head(families[0]), "kartu", n, "KKS_RUSAK") for n in times]
    batch, households = await members_of_tahap(stage, families, *scenarios)
    await stage.play(batch, *STEPS)
    return batch, await stage.payments(households, batch)


async def test_a_refused_card_is_a_fact_and_ordered_again_until_it_is_printed(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "alur.flows"):
        batch, cases = await _refused(stage, 1, 2)
    assert await stage.states(cases) == ["burekol_berhasil", "kks_distribusi", "kks_distribusi"]
    assert f"batch {batch}: bank BRI printed no card for 1 cases: KKS_RUSAK 1" in caplog.messages
    assert await stage.fact(cases[0], "berkas_bank") == {
        "bank": "BRI",
        "kartu": "gagal",
        "kode": "KKS_RUSAK",
        "pesanan": 1,
    }
    assert len(stage.sim.jobs(PATH)) == 1
    await stage.look(batch, *STEPS)
    assert len(stage.sim.jobs(PATH)) == 1, "the pause was not kept"
    await stage.world.travel(timedelta(days=1))
    await stage.look(batch, *STEPS)
    assert (await stage.state(cases[0]), len(stage.sim.jobs(PATH))) == ("burekol_berhasil", 2)
    await stage.world.travel(timedelta(days=2))
    await stage.look(batch, *STEPS)
    assert len(stage.sim.jobs(PATH)) == 2, "the second pause is longer"
    await stage.world.travel(timedelta(days=1))
    await stage.look(batch, *STEPS)
    assert await stage.rules(cases[0]) == f"{CLOSED} P06 P09 P13"
    assert len(stage.sim.jobs(PATH)) == 3
    assert stage.sim.nothing_doubled()


async def test_who_looks_at_the_case_sees_what_the_bank_said(stage: Stage) -> None:
    _, (case, printed, _) = await _refused(stage, 0)
    async with acting(stage.world.api, await stage.person("verifikator_kab")) as conn:
        told = [fact for fact in await facts(conn, case, "verifikator_kab") if fact["kind"] == "berkas_bank"]
        refusals = await card_refusals(conn, [case, printed])
    assert [(fact["source"], fact["value"]["kode"]) for fact in told] == [("bank", "KKS_RUSAK")]
    assert list(refusals) == [case]
    assert {name: refusals[case][name] for name in ("times", "code", "bank")} == {
        "times": 1,
        "code": "KKS_RUSAK",
        "bank": "BRI",
    }
