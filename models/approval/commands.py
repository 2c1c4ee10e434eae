"""Gates, from Python: open one, decide, carry the decision out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.approval.rules import GATES
from models.case.outcomes import Outcome, from_groups
from models.database import Conn, fetch_value
from models.policy.queries import policy
from models.raised import domain_errors


@dataclass(frozen=True, slots=True)
class Except:
    """What a decider says about one case of the list."""

    case: int
    trigger: str
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """Where a gate stands after a decision: its state, how many agreed, how many must."""

    state: str
    decided: int
    people: int


async def open_gate(
    conn: Conn,
    session: UUID,
    batch: int,
    gate: str,
    cases: Sequence[int],
    *,
    region: int,
    evidence: Mapping[str, Any] | None = None,
    programme: str | None = None,
) -> int:
    """Open a gate over cases as they stand now, or return the one already open; ``gate`` may carry a dotted suffix.

    People and deadline are read from policy now and fixed with the gate.
    """
    kind = GATES[gate.partition(".")[0]]
    terms = await policy(conn, f"persetujuan.{kind.id}", region=region)
    with domain_errors():
        approval: int = await fetch_value(
            conn,
            "SELECT approval_open(%s, %s, %s, %s, %s, %s, %s, deadline(alur_now(), %s, %s), %s, %s)",
            (
                session,
                batch,
                gate,
                kind.role,
                list(kind.triggers),
                list(cases),
                terms["orang"],
                terms["tenggat"],
                region,
                Jsonb(dict(evidence or {})),
                programme,
            ),
        )
    return approval


async def decide(
    conn: Conn,
    session: UUID,
    approval: int,
    verdict: str,
    *,
    reason: str | None = None,
    note: str | None = None,
    evidence: Mapping[str, Any] | None = None,
    excepts: Sequence[Except] = (),
) -> Decided:
    """Record one person's decision (``setuju`` or ``tolak``); the gate's flow is woken when enough have decided.

    Raises:
        ApprovalNotFound, ApprovalNotYours, ApprovalClosed, AnotherPersonNeeded, DecisionIncomplete, ReasonUnfit,
        NoteMissing, EvidenceDiffers, FactNotYours.
    """
    told = [{"case": said.case, "trigger": said.trigger, "reason": said.reason, "note": said.note} for said in excepts]
    with domain_errors():
        row = await (
            await conn.execute(
                "SELECT * FROM approval_decide(%s, %s, %s, %s, %s, %s, %s)",
                (session, approval, verdict, reason, note, Jsonb(dict(evidence or {})), Jsonb(told)),
            )
        ).fetchone()
    if row is None:
        raise AssertionError  # the function returns one row or raises
    return Decided(row["state"], row["decided"], row["people"])


async def execute(
    conn: Conn,
    session: UUID,
    approval: int,
    *,
    facts: Mapping[str, Any] | None = None,
    batch: int | None = None,
    flow_run: UUID | None = None,
) -> list[Outcome]:
    """Carry a decided gate out through the door, once; an outcome for every case of its list."""
    with domain_errors():
        groups = await (
            await conn.execute(
                "SELECT * FROM approval_execute(%s, %s, %s, %s, %s)",
                (session, approval, Jsonb(dict(facts or {})), batch, flow_run),
            )
        ).fetchall()
    return from_groups(groups, [case for group in groups for case in group["cases"]])
