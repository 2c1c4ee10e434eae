"""``alur siklus``: what an operator of the centre asks of verval cycles from the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from alur.site import open_site
from models.batch.commands import wake
from models.database import Conn, acting, connect, sync_connect
from models.errors import AlurError
from models.install import role_dsn
from models.region.rules import span
from models.settings import Settings
from models.siklus import commands, queries
from models.user.commands import open_session

T = TypeVar("T")
Say = Callable[[str], None]


def _as(config: Settings, username: str, role: str, work: Callable[[Conn, UUID], Awaitable[T]]) -> T:
    """Do something under the application's rights, as the person who has this account, in a role they hold."""
    with open_site(config) as site:
        with sync_connect(site.admin_dsn) as owner:
            session = open_session(owner, username, [role])
        if session is None:
            raise LookupError(f"There is no account {username} in the role {role}. Make one with `alur token`.")

        async def done() -> T:
            conn = await connect(role_dsn(site.admin_dsn, "alur_api"))
            try:
                return await work(conn, session)
            finally:
                await conn.close()

        return asyncio.run(done())


def start(config: Settings, username: str, mulai: date, selesai: date, *, letter: str, reason: str, say: Say) -> int:
    """Schedule a cycle as somebody of Pusdatin; returns the exit code."""

    async def work(conn: Conn, session: UUID) -> tuple[int, bool]:
        made = await commands.schedule(conn, session, mulai, selesai, letter={"nomor": letter}, reason=reason)
        async with acting(conn, session) as seeing:
            batch = await queries.standing_batch(seeing)
        if batch is not None:
            await wake(conn, batch, "siklus dijadwalkan")
        return made

    try:
        case, new = _as(config, username, "pusdatin", work)
    except (AlurError, LookupError) as error:
        say(str(error))
        return 1
    say(f"cycle {case}: {'scheduled' if new else 'was there already; nothing changed'}")
    return 0


def forecast(config: Settings, username: str, role: str, region: int, mulai: date, selesai: date, *, say: Say) -> int:
    """Say village by village whether a cycle can be done; exit code 1 where one cannot."""
    lo, hi = span(region)

    async def work(conn: Conn, session: UUID) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while page := await queries.forecast(
            conn, session, lo, hi, mulai, selesai, after=found[-1]["region"] if found else 0
        ):
            found += page
        return found

    try:
        rows = _as(config, username, role, work)
    except (AlurError, LookupError) as error:
        say(str(error))
        return 1
    for row in rows:
        load = "-" if row["per_hari"] is None else f"{row['per_hari']:.1f}"
        end = row["selesai"] or "-"
        flag = "  TOO MUCH" if row["berat"] else ""
        say(
            f"{row['region']} {row['nama'] or ''}: {row['keluarga']} families, {row['petugas']} officers, "
            f"{row['hari']} working days: {load} a day each, done {end}{flag}"
        )
    heavy = sum(row["berat"] for row in rows)
    families = sum(row["keluarga"] for row in rows)
    say(f"{len(rows)} villages, {families} families; {heavy} villages cannot be done in time")
    return 1 if heavy else 0


def hand_over(config: Settings, username: str, leaving: str, *, to: Sequence[str], reason: str, say: Say) -> int:
    """Give an officer's visits to others as a verifikator of his kabupaten; returns the exit code."""

    async def work(conn: Conn, session: UUID) -> dict[str, int]:
        async with conn.transaction():
            taken, _ = await commands.hand_over(conn, session, leaving, to=to, reason=reason)
        return taken

    try:
        taken = _as(config, username, "verifikator_kab", work)
    except (AlurError, LookupError) as error:
        say(str(error))
        return 1
    for name, visits in sorted(taken.items()):
        say(f"{name}: {visits} visits")
    say(f"{sum(taken.values())} visits handed over")
    return 0
