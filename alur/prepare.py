"""Make an installation ready: the schema, all real regions, and for a demonstration its people and population."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alur.load import Loaded, Loader
from alur.people import Made, Person, citizen, demo_people, make_people, make_signins, write_private, write_tokens
from alur.settle import NATION, Population
from alur.site import Site
from models.batch.queries import find_kind
from models.database import connect, sync_connect
from models.install import install, role_dsn
from models.policy.queries import now
from models.region.commands import load_regions
from models.region.rules import NATIONAL_SPAN, Span, span
from models.register.queries import member_family
from models.settings import Settings

SIGNINS = "masuk.txt"
"""File in the demo's folder that says how each of its people signs in: role, username, NIK, chat, where."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A demonstration: a real region with all its villages or the `NATION`, and how many families live there."""

    region: int = 3204
    households: int = 5000

    @property
    def span(self) -> Span:
        """The range of village codes in which they live."""
        return NATIONAL_SPAN if self.region == NATION else span(self.region)


def make_schema(site: Site, *, mark: str) -> int:
    """Install or upgrade the database and load the regions; returns how many regions were written (0 when there)."""
    install(site.admin_dsn, mark=mark)

    async def regions() -> int:
        conn = await connect(site.admin_dsn)
        try:
            return await load_regions(conn)
        finally:
            await conn.close()

    return asyncio.run(regions())


def make_demo(site: Site, plan: Plan, config: Settings, more: Sequence[Person] = ()) -> Loaded | None:
    """Make the demo's people, and `more`, and its population, all or nothing; None when the population is there."""
    tokens, signins = site.demo / "tokens.json", site.demo / SIGNINS
    site.demo.mkdir(parents=True, exist_ok=True)
    with sync_connect(site.admin_dsn) as conn:
        loaded = find_kind(conn, "migrasi")
        if loaded and tokens.exists() and signins.exists():
            return None
        population = Population.of(plan.households, plan.region)
        cast = [*demo_people(population.listed, population.visited), *more]
        people = make_people(conn, cast, site.secret, config.token_days)
        done = None if loaded else asyncio.run(_load(site, plan, people))
        if (family := member_family(conn, *plan.span)) is not None:
            cast.append(citizen(*family))
            people |= make_people(conn, cast[-1:], site.secret, config.token_days)
        lines = [each.line() for each in make_signins(conn, site.keys(config), cast, site.demo_password)]
    write_tokens(tokens, people)
    write_private(signins, "".join(f"{line}\n" for line in lines))
    return done


async def _load(site: Site, plan: Plan, people: Mapping[str, Made]) -> Loaded:
    """Let two of Pusdatin's people take over the population."""
    approvers = (people["pusdatin1"].session, people["pusdatin2"].session)
    worker = await connect(role_dsn(site.admin_dsn, "alur_worker"))
    try:
        async with worker.transaction():
            today = (await now(worker)).date()
            return await Loader(worker, site.demo, approvers, today).load(plan.households, plan.region)
    finally:
        await worker.close()
