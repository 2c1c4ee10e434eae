"""Minutes are kept, and the head of the village decides by them: his decision is a gate's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.types.json import Jsonb

from models.approval.commands import Decided, Except, decide
from models.batch import queries as batches
from models.database import Conn, acting, fetch_value
from models.errors import AlurError
from models.musdes import errors, rules
from models.musdes.queries import families, fingerprint, gates, listed, minutes
from models.policy.queries import now
from models.raised import domain_errors
from models.region.rules import timezone_of


@dataclass(frozen=True, slots=True)
class Said:
    """What the meeting said about one family; an empty verdict takes back what was written."""

    case: int
    verdict: str
    reason: str = ""
    note: str = ""


async def record(
    conn: Conn, session: UUID, batch: int, version: int, facts: Mapping[str, str] | None, said: Sequence[Said]
) -> int:
    """Write down facts of a meeting (None: as they were) and what it said about families; returns the version now.

    Raises:
        MeetingNotFound, NotTheClerk.
        MinutesChanged: somebody wrote other facts since `version`; nothing was written.
        WordUnknown: no such reason.
    """
    with domain_errors():
        row = await (
            await conn.execute(
                "SELECT * FROM musdes_record(%s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    session,
                    batch,
                    version,
                    None if facts is None else Jsonb(dict(facts)),
                    [one.case for one in said],
                    [one.verdict for one in said],
                    [one.reason for one in said],
                    [one.note for one in said],
                ),
            )
        ).fetchone()
    refused: dict[str, AlurError] = {
        "tidak_ditemukan": errors.MeetingNotFound(batch),
        "bukan_notulis": errors.NotTheClerk(),
        "berubah": errors.MinutesChanged(),
    }
    if row is None or row["outcome"] in refused:
        raise refused[row["outcome"] if row else "tidak_ditemukan"]
    return int(row["version"])


def _why(one: Mapping[str, Any], facts: Mapping[str, str]) -> str | None:
    """Return the words that go with one family: U14 wants a note, and the minutes are one."""
    if one["note"]:
        return str(one["note"])
    return f"Ditunda musyawarah {facts['nomor']}." if one["verdict"] == rules.DITUNDA else None


async def decide_meeting(conn: Conn, session: UUID, batch: int, seen: str, *, note: str | None = None) -> Decided:
    """Decide a meeting by its minutes, as the head of the village, inside a transaction that the caller commits.

    Families that joined after the gate was opened wait for the next round, with what is written about them.

    Args:
        conn: inside a transaction.
        session: of the head of the village.
        batch: the village's list.
        seen: `queries.fingerprint` of the minutes as he saw them.
        note: his own words about the list.

    Raises:
        MeetingNotFound, MeetingNotOpen, MinutesIncomplete, MinutesChanged; what `approval.commands.decide` raises.
    """
    async with acting(conn, session) as seeing:
        row = await batches.get(seeing, batch)
        if row is None or row["kind"] != "usulan":
            raise errors.MeetingNotFound(batch)
        gate, _ = await gates(seeing, batch)
        if gate is None:
            raise errors.MeetingNotOpen(batch)
        facts = (await minutes(seeing, batch))["facts"]
        waiting = await families(seeing, batch, "musyawarah")
        known = await listed(seeing, gate["id"])
        moment: datetime = await now(seeing)
    if fingerprint(facts, waiting) != seen:
        raise errors.MinutesChanged
    told = [one for one in waiting if one["case_id"] in known]
    wrong = rules.unfit(facts, moment.astimezone(ZoneInfo(timezone_of(row["region"]))).date())
    open_ = sum(1 for one in told if one["verdict"] is None)
    if wrong or open_ or not told:
        raise errors.MinutesIncomplete(len(wrong), open_)
    agreed = sum(1 for one in told if one["verdict"] == rules.LAYAK)
    decision = await decide(
        conn,
        session,
        gate["id"],
        "setuju",
        note=note,
        evidence=rules.evidence(facts, agreed, gate["list_hash"]),
        excepts=[
            Except(one["case_id"], rules.TRIGGER_OF[one["verdict"]], one["reason"], _why(one, facts))
            for one in told
            if one["verdict"] != rules.LAYAK
        ],
    )
    with domain_errors():
        await fetch_value(conn, "SELECT musdes_forget(%s, %s)", (session, gate["id"]))
    return decision
