"""`alur stuck`: what is stuck, as one account sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from alur.site import open_site
from models.database import acting, connect, sync_connect
from models.install import role_dsn
from models.region.errors import RegionProblem
from models.region.rules import parse, span
from models.settings import Settings
from models.stuck.queries import Filter, list_stuck
from models.user.commands import reading_session
from models.usulan.rules import WIB

Asked = tuple[str | None, str | None, str | None, str | None, int]
"""Region, machine, state, reason, least level."""


async def _rows(dsn: str, session: UUID, wanted: Filter, limit: int) -> list[dict[str, Any]]:
    conn = await connect(dsn)
    try:
        async with acting(conn, session) as seeing:
            return (await list_stuck(seeing, wanted, limit=limit)).rows
    finally:
        await conn.close()


def line(row: dict[str, Any]) -> str:
    """Return one stuck thing as two lines: what, where, why, since when; and what frees it."""
    action = row["action"]
    what = row.get("number") or f"{row['subject']} {row['key']}"
    names = ", ".join(one["name"] or "?" for one in row["holders"] if one["able"])
    due = row["due"].astimezone(WIB).strftime("%Y-%m-%d %H:%M")
    head = "  ".join(
        (
            what,
            f"{row['region_name'] or ''} {row['region']}".strip(),
            row["label"] or "-",
            f"tingkat {row['level']}",
            f"tenggat {due} WIB",
            f"{row['reason']} ({row['reason_label']})",
            f"{row['holder']}{f': {names}' if names else ''}",
        )
    )
    ways = ", ".join(f"{one['trigger']} ({'/'.join(one['roles'])})" for one in action["triggers"])
    done = action["command"] or action["request"] or ways
    return f"{head}\n    → {action['text']}{f': {done}' if done else ''}"


def show(
    config: Settings, username: str, asked: Asked, *, limit: int, as_json: bool, say: Callable[[str], None]
) -> int:
    """Say what is stuck; return the exit status (2: the question cannot be answered)."""
    region, machine, state, reason, level = asked
    try:
        lo, hi = span(parse(region)) if region else (None, None)
    except RegionProblem as problem:
        say(str(problem))
        return 2
    with open_site(config) as site:
        with sync_connect(site.admin_dsn) as owner:
            session = reading_session(owner, username)
        if session is None:
            say(f"There is no active account {username} with a role. Make one with `alur token`.")
            return 2
        wanted = Filter(lo, hi, machine, state, reason, level)
        rows = asyncio.run(_rows(role_dsn(site.admin_dsn, "alur_api"), session, wanted, limit))
    for row in rows:
        say(json.dumps(row, ensure_ascii=False, default=str) if as_json else line(row))
    if not rows and not as_json:
        say("Tidak ada yang macet · nothing is stuck.")
    return 0
