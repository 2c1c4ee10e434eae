"""`alur siklus`: started once by Pusdatin, forecast for a region, and an officer's work handed over."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from typer.testing import Result

from tests.integration.command.conftest import Give
from tests.support import cycle
from tests.support.world import DESA, World


async def given(alur: Give, *arguments: Any) -> Result:
    """Give one command in a thread: it runs a loop of its own."""
    return await asyncio.to_thread(alur, *arguments)


async def test_a_cycle_is_started_once_and_by_pusdatin_alone(alur: Give, world: World) -> None:
    await world.session("pusat", "pusdatin")
    await world.session("desa", "verifikator_kab")
    today = (await world.now()).date()
    days = (today + timedelta(days=1), today + timedelta(days=50))
    told = ("--letter", "SE/3", "--reason", "gempa")
    refused = await given(alur, "siklus", "start", *days, "--as", "desa", *told)
    assert (refused.exit_code, "no account desa" in refused.stdout) == (1, True)
    first = await given(alur, "siklus", "start", *days, "--as", "pusat", *told)
    assert (first.exit_code, "scheduled" in first.stdout) == (0, True)
    again = await given(alur, "siklus", "start", *days, "--as", "pusat", *told)
    assert (again.exit_code, "nothing changed" in again.stdout) == (0, True)
    wrong = await given(alur, "siklus", "start", days[1], days[0], "--as", "pusat", *told)
    assert (wrong.exit_code, "tidak dapat berjalan" in wrong.stdout) == (1, True)


async def test_the_forecast_fails_where_nobody_is(alur: Give, world: World) -> None:
    families = await world.households(3)
    await world.open(await world.system(), "usulan.buka_turunan", families, kind="BARU", facts={"kasus_asal": 1})
    await world.session("pusat", "pusdatin")
    asked = ("siklus", "forecast", DESA // 1_000_000, "2027-02-01", "2027-04-30", "--as", "pusat")
    heavy = await given(alur, *asked)
    assert (heavy.exit_code, "3 families, 0 officers" in heavy.stdout, "TOO MUCH" in heavy.stdout) == (1, True, True)
    await world.session("petugas", "pendamping")
    await world.assign_families("petugas", families[:1])
    fine = await given(alur, *asked)
    assert (fine.exit_code, "3 families, 1 officers" in fine.stdout, "TOO MUCH" in fine.stdout) == (0, True, False)
    assert "done 2027-02-01" in fine.stdout


async def test_an_officer_s_visits_go_to_another(alur: Give, world: World) -> None:
    await cycle.running(world, await world.households(2))
    (opened,) = await cycle.shared_out(world)
    await cycle.begun(world, opened.case_id or 0)
    await world.session("pengganti", "pendamping")
    asked = ("siklus", "handover", cycle.OFFICER, "--as", "verifikator.siklus", "--reason", "pensiun")
    nobody = await given(alur, *asked)
    assert (nobody.exit_code, "Tidak ada petugas lain" in nobody.stdout) == (1, True)
    done = await given(alur, *asked, "--to", "pengganti")
    assert (done.exit_code, "pengganti: 2 visits" in done.stdout) == (0, True)
    assert (await given(alur, *asked, "--to", "pengganti")).stdout == "0 visits handed over\n"
