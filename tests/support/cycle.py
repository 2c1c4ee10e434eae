"""A verval cycle in a world: its frozen list, a village of it, and the officer who visits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from models.case.commands import write_facts
from models.case.outcomes import Outcome
from models.siklus.commands import dates_fact, freeze, send_out
from tests.support.world import DESA, World, facts_about

PERIOD = 202611
OFFICER = "petugas"
VISIT = {"formulir_cek": {"lembar": 1}, "foto_geotag_2": {"foto": 2}, "responden": {"siapa": "kepala"}}


async def days(world: World) -> dict[str, Any]:
    """Return the days of a cycle that began yesterday and lasts sixty days."""
    today = (await world.now()).date()
    return dates_fact(today - timedelta(days=1), today + timedelta(days=59))


async def running(world: World, households: Sequence[int]) -> int:
    """Register families and open a cycle with them on its list; returns the cycle."""
    system = await world.system()
    registered = await world.open(system, "usulan.buka_turunan", households, kind="BARU", facts={"kasus_asal": 1})
    assert all(outcome.done for outcome in registered), registered
    pusdatin = await world.session("pusdatin.siklus", "pusdatin")
    told = {"surat_edaran": {"nomor": "SE/1"}, "tanggal": await days(world)}
    (opened,) = await world.open(pusdatin, "siklus.jadwalkan", [0], period=PERIOD, facts=told)
    cycle = opened.case_id or 0
    await freeze(world.worker, system, cycle)
    for session, trigger, facts in (
        (system, "siklus.susun_prelist", {"id_versi": 1}),
        (pusdatin, "siklus.buka_siklus", {"hash_daftar": 1}),
    ):
        (moved,) = await world.move(session, trigger, [cycle], facts=facts)
        assert moved.done, moved
    return cycle


async def shared_out(world: World, region: int = DESA) -> list[Outcome]:
    """Open a village of the running cycle."""
    told = {"prelist_desa": {"keluarga": 1}}
    return await world.open(await world.system(), "siklus_desa.bagikan", [region], period=PERIOD, facts=told)


async def officer(world: World, name: str = OFFICER) -> dict[str, str]:
    """Return the evidence that names an officer."""
    await world.session(name, "pendamping")
    return {"pengguna": name}


async def begun(world: World, village: int) -> None:
    """Let a verifikator send the officer to a village."""
    verifikator = await world.session("verifikator.siklus", "verifikator_kab")
    told = {"petugas_ditunjuk": await officer(world)}
    (moved,) = await world.move(verifikator, "siklus_desa.mulai_pendataan", [village], facts=told)
    assert moved.done, moved


async def visits(world: World, *states: str) -> list[int]:
    """Return the visits of the world, in order; only those in these states, where any are named."""
    cursor = await world.admin.execute(
        "SELECT c.id FROM case_ c JOIN position p ON p.case_id = c.id JOIN state s ON s.code = p.state "
        "WHERE c.machine = 7 AND (%(all)s OR s.id = ANY (%(states)s::text[])) ORDER BY 1",
        {"all": not states, "states": list(states)},
    )
    return [row["id"] for row in await cursor.fetchall()]


async def recorded(world: World, village: int) -> None:
    """Send the officer out where nobody went yet, and let him find every family as it was."""
    if not await visits(world):
        verifikator = await world.session("verifikator.siklus", "verifikator_kab")
        await write_facts(world.api, verifikator, facts_about([village], petugas_ditunjuk=await officer(world)))
        await send_out(world.worker, await world.system(), [village])
    petugas = await world.session(OFFICER, "pendamping")
    for state, trigger in (("ditugaskan", "kunjungan.catat_hasil"), ("dikembalikan", "kunjungan.catat_ulang")):
        outcomes = await world.move(petugas, trigger, await visits(world, state), reason="TETAP_LAYAK", facts=VISIT)
        assert all(outcome.done for outcome in outcomes), outcomes


async def applied(world: World) -> None:
    """Apply what approved visits found."""
    told = {"surat_pengesahan": 1}
    approved = await visits(world, "disahkan")
    outcomes = await world.move(await world.system(), "kunjungan.terapkan_hasil", approved, facts=told)
    assert all(outcome.done for outcome in outcomes), outcomes
