"""What the tests of operations share: an installation whose database is a test's own, and something in it."""

from __future__ import annotations

from pathlib import Path

from alur.site import Site
from tests.support.world import World


def site(home: Path, dsn: str) -> Site:
    """Return an installation in `home` over the database at `dsn`, as an operator's own server would be."""
    home.mkdir(parents=True, exist_ok=True)
    return Site(home, dsn, None)


async def drafts(world: World, count: int, *, name: str = "op") -> list[int]:
    """Open proposals of new families and return the cases."""
    operator = await world.session(name, "operator_desa")
    evidence = {need: {"ada": True} for need in ("ktp", "kk", "foto_rumah_geotag", "variabel")}
    families = await world.households(count)
    opened = await world.open(operator, "usulan.buat_draf", families, kind="BARU", facts=evidence)
    return [outcome.case_id for outcome in opened if outcome.case_id is not None]
