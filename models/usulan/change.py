"""A change of a family on record: proposed by a form of its own, and sent on the same way as every other proposal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from models.case.commands import CaseFact
from models.database import Conn, acting
from models.errors import FactNotYours, RegisterNotYours
from models.policy.queries import now
from models.region.queries import search as search_regions
from models.region.rules import Level, level, titled
from models.register.edits import judge_new, new_family
from models.register.errors import HouseholdNotFound
from models.register.queries import families, is_complete, standing
from models.usulan.change_rules import (
    CHANGES,
    DIED,
    MOVED,
    Change,
    Consequence,
    Faults,
    Told,
    Village,
    card_on_record,
    consequences,
    judge_change,
)
from models.usulan.commands import alone_in, open_and_send
from models.usulan.entry import SOURCE, Entered, days_list
from models.usulan.errors import ChangeInvalid, EntryOpen, FamilyIncomplete, ProposalRefused
from models.usulan.known import known_families, live_proposals
from models.usulan.workbook_messages import from_finding

VILLAGES_MOST = 12
"""Villages offered where a name means several."""
_SEARCHED = 60
_PAPER = {MOVED: "skpwni_atau_kk_baru"}
"""Kind -> the evidence that its paper is, where it is not the document of its kind."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A change that can be proposed of a family, and what it will bring."""

    family: Mapping[str, Any]
    change: Change
    consequences: Sequence[Consequence]


async def villages_named(conn: Conn, text: str) -> list[Village]:
    """Return the villages that a code or a name (with its kecamatan) may mean, best first."""
    hits = [hit for hit in await search_regions(conn, text, _SEARCHED) if level(hit.code) is Level.DESA]
    told = [Village(hit.code, titled(hit.code, hit.name), hit.path) for hit in hits]
    return told[:VILLAGES_MOST]


async def family_of(conn: Conn, household: int) -> dict[str, Any]:
    """Return a family in the caller's sight, with its members.

    Raises:
        HouseholdNotFound: there is none.
    """
    found = (await families(conn, [household])).get(household)
    if found is None:
        raise HouseholdNotFound(household)
    return found


async def plan_change(conn: Conn, session: UUID, household: int, told: Told) -> Plan:
    """Judge a change without proposing it, and return what it will bring.

    Raises:
        HouseholdNotFound: no such family in sight.
        ChangeInvalid: something told cannot be taken, each at its field.
        EntryOpen: a proposal of this kind about the family is on its way.
        FamilyIncomplete: the family's own data lack what every proposal needs.
    """
    async with acting(conn, session) as seeing:
        family = await family_of(seeing, household)
        asks_village = told.kind == MOVED and told.destination
        villages = await villages_named(seeing, told.destination) if asks_village else []
        rows, complete = await standing(seeing, household), await is_complete(seeing, household)
    today = (await now(conn)).date()
    if told.kind not in CHANGES:
        raise AssertionError(told.kind)  # whoever asks offers these
    change, faults = judge_change(told, family, villages, today)
    if not faults and change.card is not None:
        faults = await _card_faults(conn, session, change, today)
    if faults:
        raise ChangeInvalid(faults, villages if len(villages) > 1 else [])
    live = await live_proposals(conn, session, [household])
    if (case := live.get((household, told.kind, ""))) is not None:
        raise EntryOpen(case)
    if not complete and told.kind != DIED:  # who lost its head, or everybody, says just that
        raise FamilyIncomplete(household)
    return Plan(family, change, consequences(change, family, rows))


async def _card_faults(conn: Conn, session: UUID, change: Change, on: date) -> Faults:
    """Return what is wrong with a new card as a whole, or that its number is another family's."""
    card, faults = change.card or {}, Faults()
    for place, found in judge_new(card, on):
        relation = place is not None and found.field == "hubungan"
        name = "card.no_kk" if found.field == "no_kk" else "members"
        faults.append((f"relation.{change.members[place or 0]}" if relation else name, from_finding(found, "", 1)))
    if not faults and await known_families(conn, session, [card["no_kk"]]):
        faults.append(card_on_record(card["no_kk"]))
    return faults


async def propose_change(conn: Conn, session: UUID, household: int, told: Told) -> Entered:
    """Propose a change of a family and send it to the identity check; it joins that day's list of its village.

    A family that split off is written into the register with it; it is no registration before the proposal is applied.

    Args:
        conn: a connection inside the caller's transaction, which is to be rolled back when this raises.
        session: who proposes.
        household: the family.
        told: the change, as it was typed.

    Raises:
        HouseholdNotFound, ChangeInvalid, EntryOpen, FamilyIncomplete: as for `plan_change`.
        RegisterNotYours: the caller's role proposes no family.
        OutOfScope: the family lives elsewhere by now.
        ProposalRefused: the door did not take it.
    """
    async with acting(conn, session) as seeing:
        region = (await family_of(seeing, household))["region"]
    await alone_in(conn, region)
    batch = await days_list(conn, session, region, (await now(conn)).date())
    plan = await plan_change(conn, session, household, told)
    change = plan.change
    wanted = dict(change.wanted)
    if change.card is not None:
        wanted["keluarga_baru"] = await new_family(conn, session, change.card)
    try:
        opened, sent = await open_and_send(
            conn,
            session,
            [household],
            kind=change.kind,
            batch=batch,
            papers=SOURCE,
            named=[CaseFact(1, "variabel", {"perubahan": wanted, **change.details})],
            more={_PAPER.get(change.kind, "dokumen_jenis"): {"nomor": change.document}} if change.document else {},
            destination=change.destination.code if change.destination else None,
        )
    except FactNotYours as error:  # a proposal's evidence is written by those who propose, and by nobody else
        raise RegisterNotYours from error
    for outcome in (*opened, *sent):
        if not outcome.done:
            raise ProposalRefused(outcome.refusal or "tidak_ditemukan", outcome.missing)
    return Entered(sent[0].case_id or 0, batch)
