"""Persons who stand twice, in two families or by Dukcapil's word, until two persons find that they do not."""

from __future__ import annotations

from alur.seed.population import Scenario
from flows.usulan_batch import usulan_batch
from models.database import acting, fetch_value
from models.register.queries import separated, twins
from tests.flows.stage import DENPASAR, Stage, head
from tests.flows.steps import steps_of

STEPS = steps_of(usulan_batch)


async def test_a_person_who_lives_in_another_live_family_is_a_suspected_double(stage: Stage) -> None:
    """The twin stands in another province, out of sight of this batch; only the number of its case is told."""
    here, there = await stage.families(1), await stage.families(1, village=DENPASAR)
    stage.live([*here, *there])
    there[0].truth.members[-1].nik = here[0].truth.members[-1].nik
    twin_home = await stage.register(there)
    _, (twin,) = await stage.propose(twin_home, village=DENPASAR)
    batch, (case,) = await stage.propose(await stage.register(here))
    await stage.look(batch, *STEPS)
    assert await stage.rules(case) == "U01 U02 U47"
    assert await stage.fact(case, "catatan_kembar") == {"kasus": [twin]}


async def _separated(stage: Stage, case: int) -> None:
    """Let two persons find that a suspected double is none."""
    await stage.fire("verifikator_kab", "usulan.usul_pisah", [case], catatan_kembar=1, surat_disdukcapil=1)
    await stage.fire("pusdatin", "usulan.konfirmasi_pisah", [case], reason="BUKAN_GANDA", surat_disdukcapil=1)


async def test_whom_dukcapil_calls_double_until_it_mends_its_base_goes_round_only_once(stage: Stage) -> None:
    """Domain section 1.5: a separation stores "not double", so that 12 does not return; about that person alone."""
    (family,) = await stage.families(1)
    other = family.truth.members[1].nik
    households = await stage.register([family], Scenario(head(family), "verifikasi", 0, "12"))
    batch, (case,) = await stage.propose(households)
    await stage.look(batch, *STEPS)
    assert await stage.rules(case) == "U01 U02 U47"
    await _separated(stage, case)
    await stage.look(batch, *STEPS)
    assert await stage.rules(case) == "U01 U02 U47 U50 U52 U05"
    assert (await stage.fact(case, "balasan_dukcapil"))["anggota"][0]["kode"] == 12, "what was said is kept"
    matched = "SELECT padan FROM person WHERE nik = %s"
    assert await fetch_value(stage.world.admin, matched, (head(family),)) is True
    # Another number was never looked at, nor another person of the family.
    async with acting(stage.world.worker, await stage.world.system()) as seeing:
        assert len(await separated(seeing, households)) == 1
    await stage.world.admin.execute(
        "UPDATE person SET pengurus = nik = %s WHERE household_id = %s", (other, *households)
    )
    stage.live([], Scenario(other, "verifikasi", 0, "12"))
    (again,) = await stage.add(batch, households, kind="PEMBARUAN")
    await stage.look(batch, *STEPS)
    assert await stage.rules(again) == "U01 U02 U47"


async def test_a_separation_silences_the_family_it_was_about_and_no_later_one(stage: Stage) -> None:
    here, there, later = [[family] for family in await stage.families(3)]
    stage.live([*here, *there, *later])
    for twin in (there, later):
        twin[0].truth.members[-1].nik = here[0].truth.members[-1].nik
    await stage.propose(await stage.register(there))
    home = await stage.register(here)
    batch, (case,) = await stage.propose(home)
    await stage.look(batch, *STEPS)
    assert await stage.rules(case) == "U01 U02 U47"
    await _separated(stage, case)
    await stage.look(batch, *STEPS)
    assert await stage.rules(case) == "U01 U02 U47 U50 U52 U05"
    _, (third,) = await stage.propose(await stage.register(later))
    async with acting(stage.world.worker, await stage.world.system()) as seeing:
        assert list((await twins(seeing, home)).values()) == [[third]]
