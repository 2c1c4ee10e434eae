"""The door, from Python: move cases, open cases, write facts. One statement each; the rules live in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.pq import TransactionStatus
from psycopg.types.json import Jsonb

from models.case.outcomes import Outcome, from_groups, from_openings, refusal_data
from models.database import Conn, retrying
from models.errors import RequestKeyReused
from models.raised import domain_errors
from models.request.commands import Stored

MOVE = """
SELECT * FROM door_move(
    %(session)s::uuid, %(trigger)s::text, %(cases)s::bigint[], %(versions)s::integer[], %(reason)s::text,
    %(note)s::text, %(facts)s::jsonb, %(fact_case)s::bigint[], %(fact_kind)s::text[], %(fact_value)s::jsonb[],
    %(batch)s::bigint, %(flow_run)s::uuid)
"""

MOVE_ONCE = """
SELECT * FROM door_move_once(
    %(session)s::uuid, %(key)s::text, %(body_hash)s::text, %(trigger)s::text, %(case)s::bigint, %(version)s::integer,
    %(reason)s::text, %(note)s::text, %(facts)s::jsonb)
"""

OPEN = """
SELECT * FROM door_open(
    %(session)s::uuid, %(trigger)s::text, %(households)s::bigint[], %(programme)s::text, %(period)s::integer,
    %(kind)s::text, %(predecessors)s::bigint[], %(note)s::text, %(facts)s::jsonb, %(fact_ord)s::integer[],
    %(fact_kind)s::text[], %(fact_value)s::jsonb[], %(batch)s::bigint, %(destination)s::bigint, %(flow_run)s::uuid,
    %(approval)s::bigint)
"""


@dataclass(frozen=True, slots=True)
class CaseFact:
    """A fact about one case (or, when opening, about the family at this position, from 1)."""

    case: int
    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Step:
    """What is asked of one case: the trigger (``machine.trigger``), the version it was seen at, and what it brings."""

    case: int
    trigger: str
    version: int | None
    reason: str | None
    note: str | None
    facts: Mapping[str, Any]


def _array(values: Sequence[int | None]) -> str:
    """Return numbers as PostgreSQL writes an array: a million of them in a tenth of the time that adapting takes."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def _facts(facts: Sequence[CaseFact], place: str) -> dict[str, Any]:
    """Return facts as three arrays of one length; `place` names the first: a case, or a family's ordinal."""
    if not facts:
        return {place: "{}", "fact_kind": "{}", "fact_value": "{}"}
    return {
        place: _array([fact.case for fact in facts]),
        "fact_kind": [fact.kind for fact in facts],
        "fact_value": [Jsonb(fact.value) for fact in facts],
    }


async def _rows(conn: Conn, query: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run one statement, again when PostgreSQL ended it for a deadlock; inside a caller's transaction that is his."""

    async def once() -> list[dict[str, Any]]:
        with domain_errors():
            return await (await conn.execute(query, params)).fetchall()

    if conn.info.transaction_status == TransactionStatus.IDLE:
        return await retrying(once)
    return await once()


async def move(
    conn: Conn,
    session: UUID,
    trigger: str,
    cases: Sequence[int],
    *,
    versions: Sequence[int | None] | None = None,
    reason: str | None = None,
    note: str | None = None,
    facts: Mapping[str, Any] | None = None,
    case_facts: Sequence[CaseFact] = (),
    batch: int | None = None,
    flow_run: UUID | None = None,
) -> list[Outcome]:
    """Move `cases` along `trigger` as the person behind `session`; one act, an outcome for every case.

    Args:
        conn: an autocommit connection, or one inside a transaction the caller commits.
        session: who is knocking; role and scope are derived from it in the database.
        trigger: ``machine.trigger``, e.g. ``usulan.kirim``.
        cases: case ids, one or a million; the order given is the order in which quota and pagu are served.
        versions: the version each case was seen at, None where any will do.
        reason: one reason code for the whole act, where the rule asks for one.
        note: free text; it satisfies the need ``catatan``.
        facts: evidence shared by all cases, ``{"berita_acara": {"nomor": "…"}}``.
        case_facts: evidence about single cases; it is kept even when the case is refused.
        batch: the batch the moved cases belong to from now on.
        flow_run: the Prefect run, when a flow is moving.

    Raises:
        SessionUnknown, FactNotYours, WordUnknown: nothing was done.
    """
    if not cases:
        return []
    params = {
        "session": session,
        "trigger": trigger,
        "cases": _array(cases),
        "versions": None if versions is None else _array(versions),
        "reason": reason,
        "note": note,
        # As text: wrapping it for psycopg costs a single move more than writing it does.
        "facts": json.dumps(dict(facts)) if facts else None,
        "batch": batch,
        "flow_run": flow_run,
        **_facts(case_facts, "fact_case"),
    }
    return from_groups(await _rows(conn, MOVE, params), cases)


async def move_once(conn: Conn, session: UUID, step: Step, key: str | None, body_hash: str) -> Outcome | Stored:
    """Take a step under a request key, in one statement; the answer that was kept for a repeat of the request.

    What is kept is `Outcome.as_data`, under 201 for a move and 202 for a first click; a refusal gives the key back.
    Without a key nothing is kept.

    Raises:
        RequestKeyReused: the key came before with another request.
        SessionUnknown, FactNotYours, WordUnknown: nothing was done.
    """
    params = {
        "session": session,
        "key": key,
        "body_hash": body_hash,
        "trigger": step.trigger,
        "case": step.case,
        "version": step.version,
        "reason": step.reason,
        "note": step.note,
        "facts": json.dumps(dict(step.facts)) if step.facts else None,
    }
    [row] = await _rows(conn, MOVE_ONCE, params)
    if row["claim"] == "beda":
        raise RequestKeyReused(key)
    if row["claim"] == "sama":
        told = row["answer"]
        waiting = told.get("refusal")
        return Stored(row["status"], told | {"refusal": refusal_data(waiting)} if isinstance(waiting, str) else told)
    [outcome] = from_groups([row], [step.case])
    return outcome


async def open_cases(
    conn: Conn,
    session: UUID,
    trigger: str,
    households: Sequence[int],
    *,
    kind: str | None = None,
    programme: str | None = None,
    period: int = 0,
    predecessors: Sequence[int] = (),
    note: str | None = None,
    facts: Mapping[str, Any] | None = None,
    family_facts: Sequence[CaseFact] = (),
    batch: int | None = None,
    destination: int | None = None,
    flow_run: UUID | None = None,
    approval: int | None = None,
) -> list[Outcome]:
    """Open one case per family, at the machine's beginning; one act, an outcome for every family in the order given.

    `family_facts` name families by their position (from 1). A family that already has a live case of this kind is
    refused with ``sudah_ada`` and holds up no other. `approval` names the decided gate in whose deciders' name the
    system opens (a migration).
    """
    if not households:
        return []
    params = {
        "session": session,
        "trigger": trigger,
        "households": _array(households),
        "programme": programme,
        "period": period,
        "kind": kind,
        "predecessors": _array(predecessors),
        "note": note,
        "facts": Jsonb(dict(facts or {})),
        "batch": batch,
        "destination": destination,
        "flow_run": flow_run,
        "approval": approval,
        **_facts(family_facts, "fact_ord"),
    }
    return from_openings(await _rows(conn, OPEN, params))


async def write_facts(
    conn: Conn, session: UUID, facts: Sequence[CaseFact], *, note: str | None = None, flow_run: UUID | None = None
) -> int:
    """Write what became known about cases; returns how many facts were written (none for cases out of sight)."""
    if not facts:
        return 0
    rows = await _rows(
        conn,
        "SELECT * FROM door_facts(%(session)s::uuid, %(fact_case)s::bigint[], %(fact_kind)s::text[], "
        "%(fact_value)s::jsonb[], "
        "%(note)s::text, %(flow_run)s::uuid)",
        {
            "session": session,
            "note": note,
            "flow_run": flow_run,
            **_facts(facts, "fact_case"),
        },
    )
    return int(rows[0]["written"])
