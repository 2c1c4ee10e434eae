"""What the watch raises and whom it tells: once for each level, ended by a move, caught up after missed looks."""

from __future__ import annotations

from datetime import timedelta

from tests.integration.door.kit import person, stand
from tests.integration.stuck.kit import alerts, look, stuck, told
from tests.support.world import World

AT_KECAMATAN = "U01 U02 U05 U10 U14 U58 U15"
"""A proposal sent by the village: `diajukan`, two working days for the kecamatan."""


async def _desks(world: World) -> None:
    """People at every desk above one village."""
    for role in ("operator_desa", "kades", "operator_kecamatan", "verifikator_kab", "kepala_dinas", "admin_kab"):
        await person(world, role)
    for role in ("dinsos_provinsi", "pusdatin", "admin_pusat"):
        await person(world, role)


async def test_smoke(world: World) -> None:
    await _desks(world)
    cases = await stand(world, AT_KECAMATAN, count=2, ago=timedelta(days=20))
    await look(world, digests=True)
    print(await alerts(world), await told(world), await stuck(world))
    assert 0, cases
