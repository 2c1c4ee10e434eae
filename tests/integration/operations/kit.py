"""What the tests of operations share: an installation whose database is a test's own, and something in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alur import backup as backups
from alur.site import Site
from tests.support.world import World


def site(home: Path, dsn: str) -> Site:
    """Return an installation in `home` over the database at `dsn`, as an operator's own server would be."""
    home.mkdir(parents=True, exist_ok=True)
    return Site(home, dsn, None)


def documents(made: Site) -> Path:
    """Return the folder of an installation's documents, where its operator named none."""
    return made.home / "documents"


def backup(made: Site, path: Path, **how: bool) -> dict[str, Any]:
    """Write a backup of an installation whose documents lie in its home; returns its manifest."""
    return backups.backup(made, path, documents(made), **how)


def restore(made: Site, path: Path, *, into: str | None, say: Callable[[str], None]) -> bool:
    """Bring a backup back into an installation whose documents lie in its home; returns whether all agrees."""
    return backups.restore(made, path, documents(made), into=into, say=say)


async def drafts(world: World, count: int, *, name: str = "op") -> list[int]:
    """Open proposals of new families and return the cases."""
    operator = await world.session(name, "operator_desa")
    evidence = {need: {"ada": True} for need in ("ktp", "kk", "foto_rumah_geotag", "variabel")}
    families = await world.households(count)
    opened = await world.open(operator, "usulan.buat_draf", families, kind="BARU", facts=evidence)
    return [outcome.case_id for outcome in opened if outcome.case_id is not None]
