"""`alur usulan import`: take in a village list as one of its people, without the API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from alur.site import open_site
from models.database import acting, connect, sync_connect
from models.errors import AlurError
from models.install import role_dsn
from models.region.errors import RegionProblem
from models.region.rules import parse
from models.settings import Settings
from models.user.commands import open_session
from models.usulan.commands import Imported, import_list
from models.usulan.queries import rejected as rejected_of
from models.usulan.workbook import WorkbookProblem

_SHOWN = 20


async def _import(dsn: str, session: UUID, file: Path, region: str) -> tuple[Imported, bytes | None]:
    content = await asyncio.to_thread(file.read_bytes)
    conn = await connect(dsn)
    try:
        with Progress(
            *(TextColumn(file.name), BarColumn(), MofNCompleteColumn(), TextColumn("families"), TimeRemainingColumn()),
            console=Console(stderr=True),
            transient=True,
        ) as bar:
            task = bar.add_task("", total=None)

            async def tell(done: int, of: int) -> None:
                bar.update(task, completed=done, total=of)

            done = await import_list(conn, session, content, file.name, region=parse(region), tell=tell)
        async with acting(conn, session) as seeing:
            return done, await rejected_of(seeing, done.id) if done.bad else None
    finally:
        await conn.close()


def _list(answers: Sequence[Mapping[str, Any]], untold: int, say: Callable[[str], None]) -> None:
    for one in answers[:_SHOWN]:
        say(f"  {one['sheet']} row {one['row']}, {one['column']}: {one['message']} {one['cure']}")
    if more := len(answers[_SHOWN:]) + untold:
        say(f"  … and {more} more.")


def import_as(
    config: Settings, file: Path, username: str, region: str, rejected: Path | None, say: Callable[[str], None]
) -> int:
    """Import `file` as `username`; say what became of it; return the exit status (1: some rows are to be mended)."""
    with open_site(config) as site:
        with sync_connect(site.admin_dsn) as owner:
            session = open_session(owner, username)
        if session is None:
            say(f"There is no account {username} with a role that proposes. Make one with `alur token`.")
            return 2
        try:
            done, content = asyncio.run(_import(role_dsn(site.admin_dsn, "alur_api"), session, file, region))
        except (AlurError, WorkbookProblem, RegionProblem) as problem:
            say(str(problem))
            return 2
    if done.repeated:
        say(f"This file was taken in before (batch {done.batch}); nothing was changed.")
    say(f"{done.families} families: {done.good} entered (batch {done.batch}), {done.bad} to be mended.")
    _list(done.errors, done.untold, say)
    if done.warnings:
        say("Entered, but to be looked at:")
        _list(done.warnings, 0, say)
    if done.unread:
        columns = ", ".join(f"{one['column']} ({one['sheet']})" for one in done.unread)
        say(f"Columns not read, as their headings mean nothing to us: {columns}")
    if content is not None:
        target = rejected or file.with_name(f"{file.stem}-perbaiki.xlsx")
        target.write_bytes(content)
        say(f"Rows to mend: {target}")
    return 1 if done.bad and not done.repeated else 0
