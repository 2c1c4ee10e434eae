"""`alur audit`: does the log still tell exactly what is stored, and what does it tell?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from alur.site import open_site
from models.audit import queries
from models.audit.actors import account as actor_of
from models.audit.errors import AuditNotYours
from models.audit.rules import may_look
from models.case.replay import differences, extent
from models.database import acting, connect, sync_connect
from models.errors import AlurError
from models.install import role_dsn
from models.policy.queries import now
from models.reads import queries as reads
from models.reads.errors import ReadersHidden
from models.region.errors import RegionProblem
from models.settings import Settings
from models.tally import queries as tally
from models.user.commands import reading_session
from models.user.queries import me
from models.usulan.rules import WIB
from state_machines import MACHINES

_SHOWN = 50


def replay_lines(admin_dsn: str) -> tuple[list[str], bool]:
    """Replay the log against the stored positions and amounts; return what to say, and whether all agrees."""
    with sync_connect(admin_dsn) as conn:
        size = extent(conn)
        found = list(islice(differences(conn), _SHOWN + 1))
        counts = tally.differences(conn)
    agrees = [f"Replay agrees: {size.transitions} transitions rebuild {size.cases} cases and their amounts."]
    if not found and not counts:
        return agrees, True
    if not found:
        return [*agrees, f"{len(counts)} of its counts are WRONG: `alur audit recount` counts anew."], False
    places = "1 place" if len(found) == 1 else f"{min(len(found), _SHOWN)} places"
    lines = [f"REPLAY DISAGREES in {'more than ' if len(found) > _SHOWN else ''}{places}:"]
    lines += [
        f"  case {d.case_id}: {d.what}: stored {_told(d.what, d.stored)}, from the log {_told(d.what, d.replayed)}"
        for d in found[:_SHOWN]
    ]
    return lines, False


def _told(what: str, value: str | None) -> str | None:
    """Return a state's name for its number; every other value as it is."""
    if what != "state":
        return value
    names = {str(state.code): f"{machine.name}.{state.id}" for machine in MACHINES for state in machine.states}
    return names.get(value or "", value)


@dataclass(frozen=True, slots=True)
class Asked:
    """What `alur audit show` was asked: by whom, which rows, how many; moments as typed."""

    username: str
    wanted: queries.Filter
    since: str | None
    until: str | None
    refusals: bool = False
    newest: bool = True
    limit: int = 50


def _moment(text: str | None) -> datetime | None:
    moment = None if text is None else datetime.fromisoformat(text)
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=WIB)


async def _rows(dsn: str, session: UUID, asked: Asked) -> list[dict[str, Any]]:
    wanted = replace(asked.wanted, since=_moment(asked.since), until=_moment(asked.until))
    ask = queries.refusals if asked.refusals else queries.transitions
    conn = await connect(dsn)
    try:
        async with acting(conn, session) as seeing:
            role = (await me(seeing, session))["role"]
            if not may_look(role):
                raise AuditNotYours(role, "jejak")
            rows, _ = await ask(seeing, wanted, role, limit=asked.limit, newest=asked.newest)
            return rows
    finally:
        await conn.close()


@dataclass(frozen=True, slots=True)
class Looked:
    """What `alur audit reads` was asked: by whom, which looks, how many; moments as typed.

    With `unusual` readers and days above what policy calls usual, instead of single looks.
    """

    username: str
    reader: str | None
    wanted: reads.Filter
    since: str | None
    until: str | None
    unusual: bool = False
    limit: int = 50


async def _looks(dsn: str, session: UUID, asked: Looked) -> list[dict[str, Any]]:
    conn = await connect(dsn)
    try:
        async with acting(conn, session) as seeing:
            told = await me(seeing, session)
            if told["scope"] != "national_read":
                raise ReadersHidden(told["role"])
            until = _moment(asked.until) or await now(seeing) + timedelta(seconds=1)
            if asked.unusual:
                return await reads.unusual(
                    seeing, _moment(asked.since) or until - timedelta(days=7), until, limit=asked.limit
                )
            account = None if asked.reader is None else (await actor_of(seeing, asked.reader))["id"]
            wanted = replace(asked.wanted, account=account, since=_moment(asked.since), until=until)
            return await reads.reads(seeing, wanted, limit=asked.limit)
    finally:
        await conn.close()


def look_line(row: dict[str, Any]) -> str:
    """Return one look, or one unusual day of a reader, as one line."""
    who = f"{row['name']} <{row['username']}>"
    if "looks" in row:
        return f"{row['day']}  {who}  {row['families']} keluarga, {row['looks']} kali, nomor {row['opened']} keluarga"
    when = row["at"].astimezone(WIB).strftime("%Y-%m-%d %H:%M:%S")
    behalf = f" untuk {row['behalf']}" if row["behalf"] else ""
    where = row["office_name"] or row["unit"] or ("pusat" if row["office"] == 0 else row["office"])
    parts = [f"{when} WIB", f"{who}{behalf}, {row['role']} ({where})", f"{row['what']} keluarga {row['household']}"]
    parts += [f"kasus {row['case']}"] if row["case"] else []
    parts += [f"{row['purpose']}: {row['words']}"] if row["purpose"] else []
    parts += ["TIDAK BIASA"] if row["unusual"] else []
    return "  ".join([*parts, f"[permintaan {row['request']}]"])


def line(row: dict[str, Any]) -> str:
    """Return a row of the log as one line: when, case, what, who, why, on what."""
    when = row["at"].astimezone(WIB).strftime("%Y-%m-%d %H:%M:%S")
    if "to" in row:
        origin = row["from"]["state"] if row["from"] else "baru"
        what = f"{row['rule']} {row['trigger']}: {origin} -> {row['to']['state']} ({row['to']['label']})"
    else:
        what = f"{row['trigger']}: DITOLAK {row['refusal']}"
    who = " & ".join(f"{one['name']} <{one['username']}>" for one in row["actors"]) or "?"
    if row["behalf"]:
        who += f" untuk {' & '.join(one['name'] for one in row['behalf'])}"
    parts = [f"{when} WIB", row["number"], what, f"{who}, {row['role']}"]
    parts += [f"alasan {row['reason']}"] if row["reason"] else []
    parts += [f"bukti {', '.join(fact['kind'] for fact in row['evidence'])}"] if row["evidence"] else []
    parts += [f"SK {row['decree']}"] if row["decree"] else []
    parts += [f"karena akta {row['cause']['act']} ({row['cause']['trigger']})"] if row["cause"] else []
    return "  ".join([*parts, f"[akta {row['act']}, kebijakan {row['policy_version']}]"])


def show(config: Settings, asked: Asked | Looked, *, as_json: bool, say: Callable[[str], None]) -> int:
    """Say the rows that were asked for; return the exit status (2: the question cannot be answered)."""
    with open_site(config) as site:
        with sync_connect(site.admin_dsn) as owner:
            session = reading_session(owner, asked.username)
        if session is None:
            say(f"There is no active account {asked.username} with a role. Make one with `alur token`.")
            return 2
        try:
            dsn = role_dsn(site.admin_dsn, "alur_api")
            rows = asyncio.run(_looks(dsn, session, asked) if isinstance(asked, Looked) else _rows(dsn, session, asked))
        except (AlurError, RegionProblem) as problem:
            say(f"{problem}\n{getattr(problem, 'english', '')}".strip())
            return 2
        except ValueError as problem:
            say(f"--from and --until are ISO moments, e.g. 2026-03-17T09:00: {problem}")
            return 2
    told = look_line if isinstance(asked, Looked) else line
    for row in rows:
        say(json.dumps(row, ensure_ascii=False, default=str) if as_json else told(row))
    if not rows:
        say("Nothing matches, within what this account may see.")
    return 0
