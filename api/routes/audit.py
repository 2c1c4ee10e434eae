"""The log, asked: who, when, why, on what evidence; and how things stood at any moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, Path, Query

from api.caller import Reading, Recording, Session
from api.cursors import read, written
from api.documented import InputInvalid, refusals
from api.section import Section
from api.shapes import ActorTrail, CaseId, Moment, RefusalTrail, RegionCode, Text, TransitionTrail
from models.audit import actors, moments, queries
from models.audit.errors import ActorNotFound, AuditNotYours, FilterUnknown, NotYetOpened
from models.audit.rules import may_look
from models.audit.signals import signals
from models.case.errors import CaseNotFound
from models.errors import SessionUnknown
from models.policy.queries import now
from models.reads.commands import note
from models.region import queries as regions
from models.region.data import known
from models.region.rules import dotted, span
from models.user.queries import me

_WINDOW = timedelta(days=30)
_PAGING = {"order", "cursor", "limit"}
_ASKED = refusals(SessionUnknown, AuditNotYours, FilterUnknown, InputInvalid)
_AT = Query(description="Saat itu / that moment; sekarang bila kosong", examples=["2026-03-17T09:00:00+07:00"])


async def looking(conn: Reading, session: Session) -> dict[str, Any]:
    """Return who asks: user_id and role.

    Raises:
        AuditNotYours: the role reads no log.
    """
    told = await me(conn, session)
    if not may_look(told["role"]):
        raise AuditNotYours(told["role"], "jejak")
    return told


Looking = Annotated[dict[str, Any], Depends(looking)]

router = Section(prefix="/audit", tags=["jejak"], responses=_ASKED)


def _filter(asked: TransitionTrail | RefusalTrail) -> queries.Filter:
    return queries.Filter(**asked.model_dump(exclude=_PAGING))


@router.get("/transitions")
async def list_transitions(asked: Annotated[TransitionTrail, Query()], conn: Reading, who: Looking) -> dict[str, Any]:
    """Return moves in my sight: case, trigger, rule, from, to, who (both of a pair), why, evidence, cause."""
    rows, end = await queries.transitions(
        conn, _filter(asked), who["role"], after=read(asked.cursor), limit=asked.limit, newest=asked.order == "terbaru"
    )
    return {"transitions": rows, "next": written(end)}


@router.get("/refusals")
async def list_refusals(asked: Annotated[RefusalTrail, Query()], conn: Reading, who: Looking) -> dict[str, Any]:
    """Return what was asked of cases in my sight and refused: who tried what, when, and the refusal's code."""
    rows, end = await queries.refusals(
        conn, _filter(asked), who["role"], after=read(asked.cursor), limit=asked.limit, newest=asked.order == "terbaru"
    )
    return {"refusals": rows, "next": written(end)}


@router.get("/cases/{case_id}", responses=_ASKED | refusals(CaseNotFound, NotYetOpened))
async def case_as_of(case_id: CaseId, recorded: Recording, at: Annotated[Moment | None, _AT] = None) -> dict[str, Any]:
    """Return a case as it stood at a moment: state, version, since when, amount, and the facts known then."""
    async with recorded.reading() as conn:
        who = await looking(conn, recorded.session)
        told = await moments.case_at(conn, case_id, at or await now(conn), who["role"])
        await note(conn, "kasus", case=case_id, request=recorded.number)
    return told


@router.get("/regions/{code}")
async def region_as_of(
    code: Annotated[RegionCode, Path(examples=["32.04"])],
    conn: Reading,
    who: Looking,  # noqa: ARG001 -- only for those who read the log
    at: Annotated[Moment | None, _AT] = None,
) -> dict[str, Any]:
    """Return how a region stood at a moment, as far as I see it: cases per machine and state, and the rupiah.

    Rebuilt from the log. The balance follows the closing formula: closing = selesai + disetor + hangus + keluar + open.
    """
    number = known(code)
    found = await regions.get(conn, number)
    told = await moments.region_at(conn, *span(number), at or await now(conn))
    return {"region": number, "dotted": dotted(number), "name": found.name if found else None} | told


@router.get("/signals")
async def first_signals(
    conn: Reading,
    who: Looking,  # noqa: ARG001 -- only for those who read the log
    region: Annotated[RegionCode | None, Query(examples=["32.04"])] = None,
) -> dict[str, Any]:
    """Return where to look first, as far as I see the cases: rates per part of a region, haste, many edits in a day.

    A signal is no finding. `rates`: `part` of `whole` moves; the days and limits are policy `jejak.isyarat`.
    """
    return await signals(conn, known(region) if region else 0)


@router.get("/actors/{username}", responses=_ASKED | refusals(ActorNotFound))
async def actor_deeds(
    username: Annotated[Text, Path(min_length=1, max_length=80, examples=["verifikator1"])],
    asked: Annotated[ActorTrail, Query()],
    conn: Reading,
    who: Looking,
) -> dict[str, Any]:
    """Return everything one person did in my sight: acts per day, then act by act, newest first.

    Moves, refusals, first halves of two-person moves, facts, edits of the register (fields, not values), decisions.
    """
    found = await actors.actor(conn, username, role=who["role"], user=who["user_id"])
    until = asked.until or await now(conn) + timedelta(seconds=1)
    since = asked.since or until - _WINDOW
    window: dict[str, Any] = {"since": since, "until": until}
    rows, end = await actors.acts(
        conn, found["actors"], who["role"], **window, after=read(asked.cursor), limit=asked.limit
    )
    return {
        "actor": {name: found[name] for name in ("username", "name", "kind", "active")},
        "from": since,
        "until": until,
        "days": await actors.days(conn, found["actors"], since, until),
        "acts": rows,
        "next": written(end),
    }
