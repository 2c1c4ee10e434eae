"""A flow may die after any call and is started again from the top: it ends as if nothing had happened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from alur.seed.population import Scenario
from flows.kabar_bank import kabar_bank
from flows.penetapan import penetapan
from flows.pengesahan import pengesahan
from flows.penyaluran_tahap import penyaluran_tahap
from flows.siklus import siklus
from flows.siklus_kab import siklus_kab
from flows.usulan_batch import usulan_batch
from models.approval.commands import Except
from tests.flows.cycles import Cycles
from tests.flows.interrupt import Cut, Scissors
from tests.flows.outside import Simulator
from tests.flows.stage import Stage, copied, done, head
from tests.flows.steps import steps_of
from tests.support.server import TestServer
from tests.support.world import World

Play = Callable[[Stage, "Look"], Awaitable[None]]
"""Set a stage, let flows look through the second argument, and decide in between."""
Look = Callable[..., Awaitable[bool]]


async def _village(stage: Stage, look: Look) -> None:
    families = await stage.families(4)
    await stage.day(3)
    households = await stage.register(
        families,
        Scenario(head(families[0]), "verifikasi", 0, "NAMA_BEDA"),
        Scenario(head(families[1]), "verifikasi", 0, "12"),
    )
    batch, cases = await stage.propose(households)
    await look(batch, usulan_batch)
    await stage.fire("operator_desa", "usulan.masuk_musdes", cases[2:], id_batch_musdes=1)
    await look(batch, usulan_batch)
    await stage.decide(batch, "musdes")
    await look(batch, usulan_batch)
    await stage.fire("operator_desa", "usulan.kirim", cases[2:])
    await look(batch, usulan_batch)


async def _kabupaten(stage: Stage, look: Look) -> None:
    await stage.policy({"kecamatan.aktif": False})
    await stage.day(3)
    sent: list[int] = []
    for kind in ("REAKTIVASI", "PECAH_KK"):
        village, cases = await stage.propose(await stage.register(await stage.families(3)), kind=kind)
        await stage.look(village, *steps_of(usulan_batch))
        await stage.fire("operator_desa", "usulan.cukup_dokumen", cases, dokumen_jenis=1)
        await stage.fire("operator_desa", "usulan.kirim", cases)
        await stage.look(village, *steps_of(usulan_batch))
        sent += cases
    batch = await stage.batch_of(sent[0]) or 0
    await look(batch, pengesahan)
    await stage.fire("verifikator_kab", "usulan.nyatakan_lengkap", sent)
    await stage.day(15)
    await look(batch, pengesahan)
    back = [Except(sent[0], "usulan.kembalikan_pengesahan", "DATA_JANGGAL", "Periksa.")]
    await stage.decide(batch, "pengesahan", excepts=back)
    await look(batch, pengesahan)
    await stage.day(18)
    await look(batch, pengesahan)


async def _centre(stage: Stage, look: Look) -> None:
    families = await stage.families(3)
    families[1].truth.desil = 5
    lacking = Scenario(families[2].truth.no_kk, "peringkat", 0, "DATA_TIDAK_CUKUP")
    households = await stage.register(families, lacking)
    system = await stage.world.system()
    batch = await stage.standing("penetapan")
    opened = await stage.world.open(
        system,
        "usulan.buka_sudah_sah",
        households,
        kind="BARU",
        facts={"putusan_atau_pengesahan_siklus": 1, "kasus_asal": 1},
        batch=batch,
    )
    cases = [outcome.case_id or 0 for outcome in opened]
    told = {"tanda_terima": 1, "hash_daftar": 1}
    assert done(await stage.world.move(system, "usulan.tarik_data", cases, facts=told)) == 3
    for _ in range(6):
        await look(batch, penetapan)
        await stage.decide_all(batch)


async def _tahap(stage: Stage, look: Look) -> None:
    families = [*await stage.families(4), *await stage.families(2, accounts=False)]
    accounts = [account.nomor_rekening for family in families for account in family.truth.accounts]
    households = await stage.register(
        families,
        Scenario(accounts[0], "si", 1, "RK_PASIF"),
        Scenario(accounts[1], "si", 1, "RK_PASIF"),
        Scenario(accounts[2], "si", 1, "retur:RK_TUTUP"),
    )
    await stage.members(households)
    batch = await stage.open_tahap()

    async def through() -> None:
        for _ in range(9):
            await look(batch, penyaluran_tahap)
            if not await stage.decide_all(batch):
                return

    await through()
    cases = await stage.payments(households, batch)
    await stage.fire("bank", "penyaluran.kartu_diterima", cases[4:], bank="BRI", tanda_terima=1, foto=1)
    await stage.fire("kppn", "penyaluran.catat_retur", cases[:2], surat_retur={"nomor": "RET/1"})
    await through()
    await look(await stage.standing("kabar"), kabar_bank)


async def _cycle(stage: Stage, look: Look) -> None:
    households = await stage.register(await stage.families(3))
    await stage.members(households)
    cycles = Cycles(stage)
    nation = await stage.standing("siklus")
    await stage.day(20, month=12)
    await look(nation, siklus)
    await cycles.schedule_decided(until="2027-03-01")
    await stage.day(1, month=2, hour=1)
    await look(nation, siklus)
    kabupaten = (await stage.batch("siklus_kab"))["id"]
    await look(kabupaten, siklus_kab)
    await cycles.begun(["petugas.a"])
    await cycles.recorded(await cycles.visits(households), "MENOLAK")
    await look(kabupaten, siklus_kab)
    await cycles.signed()
    await cycles.checked()
    await look(kabupaten, siklus_kab)
    await stage.decide(kabupaten, "siklus_sah")
    await look(kabupaten, siklus_kab)
    await look(nation, siklus)
    await cycles.decided("siklus_tutup")
    await look(nation, siklus)
    assert (await cycles.newest())["state"] == "ditutup"


PLAYS: dict[str, Play] = {
    "usulan": _village,
    "pengesahan": _kabupaten,
    "penetapan": _centre,
    "tahap": _tahap,
    "siklus": _cycle,
}


@asynccontextmanager
async def _fresh(server: TestServer, sim: Simulator) -> AsyncIterator[Stage]:
    dsn = server.fresh()
    sim.begin()
    async with World(dsn) as world:
        yield Stage(world, sim)
    server.drop(dsn)


async def _whole(server: TestServer, sim: Simulator, play: Play) -> tuple[list[tuple[object, ...]], object, object]:
    """Play undisturbed; return the log, what outside systems met, and the credits they made."""
    async with _fresh(server, sim) as stage:

        async def look(batch: int, flow: object) -> bool:
            return await stage.look(batch, *steps_of(flow))

        await play(stage, look)
        assert stage.agrees()
        return await stage.log(), sim.meetings(), _paid(sim)


def _paid(sim: Simulator) -> list[tuple[str, int]]:
    return sorted((credit["bank"], credit["nominal_rp"]) for credit in sim.credits())


@pytest.mark.parametrize("name", PLAYS)
async def test_a_flow_that_dies_after_every_deed_ends_all_the_same(
    server: TestServer, sim: Simulator, scissors: Scissors, name: str
) -> None:
    """It dies each time it has changed anything, here or outside, and begins again from the top."""
    play = PLAYS[name]
    expected = await _whole(server, sim, play)
    async with _fresh(server, sim) as stage:

        async def look(batch: int, flow: object) -> bool:
            run = uuid4()
            for _ in range(300):
                try:
                    with scissors.every_deed():
                        return await stage.look(batch, *steps_of(flow), run=run)
                except Cut:
                    continue
            raise AssertionError("it never gets through")

        await play(stage, look)
        assert scissors.cuts >= 7
        assert await stage.log() == expected[0]
        assert (sim.meetings(), _paid(sim)) == expected[1:]
        assert await stage.open_calls() == []
        assert sim.nothing_doubled()
        assert stage.agrees()


# -- once, after any call ----------------------------------------------------------------------------------------------


async def _checking(stage: Stage) -> tuple[int, object]:
    """A village list whose families are about to be checked: one matches, one does not."""
    families = await stage.families(2)
    households = await stage.register(families, Scenario(head(families[0]), "verifikasi", 1, "NAMA_BEDA"))
    return (await stage.propose(households))[0], usulan_batch


async def _deciding(stage: Stage) -> tuple[int, object]:
    """A village list whose meeting has decided: one family is agreed on, one is not."""
    batch, cases = await stage.propose(await stage.register(await stage.families(3)))
    await stage.look(batch, *steps_of(usulan_batch))
    await stage.fire("operator_desa", "usulan.masuk_musdes", cases, id_batch_musdes=1)
    await stage.look(batch, *steps_of(usulan_batch))
    await stage.decide(batch, "musdes", excepts=[Except(cases[0], "usulan.tidak_sepakat", "MAMPU", "kios")])
    return batch, usulan_batch


async def _crediting(stage: Stage) -> tuple[int, object]:
    """A tahap whose transfer orders are about to reach a bank, which will credit two families and refuse one."""
    families = [family for family in await stage.families(12) if family.truth.accounts[0].bank == "BRI"][:3]
    await stage.members(
        await stage.register(families, Scenario(families[0].truth.accounts[0].nomor_rekening, "si", 1, "RK_PASIF"))
    )
    batch = await stage.open_tahap()
    for _ in range(6):
        await stage.look(batch, *steps_of(penyaluran_tahap))
        await stage.decide_all(batch)
    return batch, penyaluran_tahap


@pytest.mark.parametrize("begin", [_checking, _deciding, _crediting], ids=lambda begin: begin.__name__)
async def test_it_may_die_once_after_any_call(
    server: TestServer,
    sim: Simulator,
    scissors: Scissors,
    tmp_path: Path,
    begin: Callable[[Stage], Awaitable[tuple[int, object]]],
) -> None:
    """For every single call of one look that changes anything: cut off after it, started again, the end is the same."""
    before = server.fresh()
    async with World(before) as world:
        batch, flow = await begin(Stage(world, sim))
    sim.copy_to(tmp_path / "before.sqlite")
    steps = steps_of(flow)
    expected: tuple[object, ...] | None = None
    calls, cut = 0, None
    while cut is None or cut <= calls:
        sim.copy_from(tmp_path / "before.sqlite")
        copy = copied(server, before)
        async with World(copy) as world:
            stage, run = Stage(world, sim), uuid4()
            try:
                with scissors.after(cut):
                    await stage.look(batch, *steps, run=run)
            except Cut:
                await stage.look(batch, *steps, run=run)
            ended = (await stage.log(), sim.meetings(), _paid(sim), stage.agrees(), sim.nothing_doubled())
            assert await stage.open_calls() == [], f"cut after call {cut} of {calls}"
        server.drop(copy)
        if cut is None:
            calls, expected = scissors.calls, ended
            assert ended[3:] == (True, True)
        assert ended == expected, f"cut after call {cut} of {calls}"
        cut = (cut or 0) + 1
    server.drop(before)
