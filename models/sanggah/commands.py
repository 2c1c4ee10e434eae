"""Bring an objection. Everything after goes through the door like any other case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from models.case.commands import open_cases
from models.case.outcomes import Outcome
from models.database import Conn, acting, fetch_value
from models.raised import domain_errors
from models.sanggah.errors import FamilyNotNamed, ObjectionRefused
from models.sanggah.rules import AGAINST_ANOTHER, evidence, lacking, trigger


@dataclass(frozen=True, slots=True)
class Objection:
    """What somebody objects to. The family is named by NIK, No KK or a case of it; a citizen's own unless named."""

    kind: str
    nik: str | None = None
    no_kk: str | None = None
    case: int | None = None
    programme: str | None = None
    statement: str | None = None
    amount_rp: int | None = None
    reported: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


async def _family(conn: Conn, session: UUID, asked: Objection, own: int | None) -> int:
    """Return the family an objection is about, in the sight of whoever brings it."""
    if asked.kind == AGAINST_ANOTHER:
        found = await fetch_value(
            conn, "SELECT objection_family(%s, %s, %s, %s)", (session, asked.nik, asked.no_kk, asked.case)
        )
    elif asked.case is None and asked.nik is None and asked.no_kk is None:
        found = own
    else:
        async with acting(conn, session) as seeing:
            found = await fetch_value(
                seeing,
                """
                SELECT h.id FROM household h
                 WHERE CASE WHEN %(case)s::bigint IS NOT NULL
                            THEN h.id = (SELECT c.household_id FROM case_ c WHERE c.id = %(case)s)
                            ELSE h.no_kk = %(no_kk)s OR EXISTS (
                                SELECT 1 FROM person p
                                 WHERE p.household_id = h.id AND p.nik = %(nik)s AND p.removed_at IS NULL) END
                 ORDER BY h.id LIMIT 1
                """,
                {"case": asked.case, "no_kk": asked.no_kk, "nik": asked.nik},
            )
    if found is None:
        raise FamilyNotNamed
    return int(found)


async def bring(conn: Conn, session: UUID, asked: Objection) -> tuple[Outcome, bool]:
    """Bring an objection; returns the door's outcome, and whether an officer brought it for the family.

    Raises:
        FamilyNotNamed: no such family in sight.
        ObjectionRefused: the door did not take it; nothing was opened.
    """
    with domain_errors():
        cursor = await conn.execute("SELECT (i).scope, (i).household_id AS own FROM identify(%s) AS i", (session,))
        me = await cursor.fetchone()
    if me is None:
        raise AssertionError  # identify answers or raises
    officer = me["scope"] != "own_nik"
    family = await _family(conn, session, asked, me["own"])
    origin = asked.case if asked.kind != AGAINST_ANOTHER else None
    programme = asked.programme
    if origin is not None:
        async with acting(conn, session) as seeing:
            programme = await fetch_value(
                seeing,
                "SELECT g.id FROM case_ c LEFT JOIN programme g ON g.code = c.programme WHERE c.id = %s",
                (origin,),
            )
    told = evidence(
        asked.kind,
        statement=asked.statement,
        amount_rp=asked.amount_rp,
        reported=asked.reported,
        origin=origin,
        more=asked.evidence,
    )
    (outcome,) = await open_cases(
        conn,
        session,
        trigger(asked.kind),
        [family],
        programme=programme,
        predecessors=[] if origin is None else [origin],
        facts=told,
    )
    if not outcome.done:
        refusal = outcome.refusal or ""
        missing = lacking(asked.kind, told, officer=officer) if refusal == "bukti_kurang" else ()
        raise ObjectionRefused(asked.kind, refusal, missing)
    return outcome, officer
