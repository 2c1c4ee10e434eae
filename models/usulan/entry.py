"""Entry of one proposal, as a form has it: read, judged and sent on the same way as a family of a village's list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from models.batch.commands import entries_batch
from models.database import Conn
from models.errors import OutOfScope
from models.policy.queries import now
from models.region.rules import dotted
from models.usulan.commands import alone_in, enter
from models.usulan.errors import EntryInvalid, EntryOpen, EntryUnsure
from models.usulan.known import elsewhere, known_families, live_proposals, outside
from models.usulan.workbook import FamilyRow, read_typed
from state_machines import BY_NAME

SOURCE = "formulir"
"""What the register names as the source of what a form told, and the log as the place of its papers."""

PROPOSERS = next(rule.by for rule in BY_NAME["usulan"].rules if rule.id == "U01")
"""Roles that enter a proposal, by the machine."""

KINDS = (
    *("BARU", "PEMBARUAN", "PERBAIKAN_IDENTITAS", "TAMBAH_ANGGOTA", "NONAKTIF", "REAKTIVASI", "USULAN_PROGRAM"),
    *("KEHAMILAN", "DISABILITAS"),
)
"""Kinds of proposal that a family's own data say whole. The others name a row of the register (who receives the aid
from now on, which family split off, who died, where they go): `models.usulan.change`."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A proposal that was entered: its case, and the list that carries it."""

    case: int
    batch: int


async def enter_family(
    conn: Conn,
    session: UUID,
    family: Mapping[str, str],
    members: Sequence[Mapping[str, str]],
    *,
    seen: str = "",
) -> Entered:
    """Enter one proposal and send it to the identity check; it joins the list of those entered that day in its village.

    Args:
        conn: a connection inside the caller's transaction, which is to be rolled back when this raises.
        session: who proposes.
        family: what was typed, by column of the list's sheet `keluarga`.
        members: the same of each member, by column of the sheet `anggota`.
        seen: the mark of the doubts (`EntryUnsure.mark`) that were shown to whoever enters, and that he has looked at.

    Raises:
        EntryInvalid: something typed cannot be taken, each at its field.
        EntryOpen: the same proposal of the family is on its way.
        EntryUnsure: it can be taken, and something about it is odd or replaces what is known.
        RegisterNotYours: the caller's role proposes no family.
    """
    today = (await now(conn)).date()
    row = read_typed(family, members, on=today)
    region = row.kode_desa
    if row.is_bad or region is None:
        raise EntryInvalid(row)
    await alone_in(conn, region)
    try:
        async with conn.transaction():
            batch = await days_list(conn, session, region, today)
    except OutOfScope as error:
        row.errors.append(outside(row, region))
        raise EntryInvalid(row) from error
    known = await known_families(conn, session, [row.no_kk])
    if moved := elsewhere(row, known):
        row.errors.append(moved)
        raise EntryInvalid(row)
    household = known[row.no_kk].household if known else None
    await _demand_seen(conn, session, row, household, seen)
    refused, cases = await enter(conn, session, batch, SOURCE, [row], source=SOURCE)
    if refused:
        raise EntryInvalid(row)
    return Entered(cases[0], batch)


async def days_list(conn: Conn, session: UUID, region: int, today: date) -> int:
    """Return the list that carries what is entered one by one in a village on a day.

    Raises:
        OutOfScope: the village is not the caller's.
        RegisterNotYours: the caller's role proposes no family.
    """
    return await entries_batch(conn, session, region, f"Usulan {dotted(region)}: formulir {today:%d-%m-%Y}")


async def _demand_seen(conn: Conn, session: UUID, row: FamilyRow, household: int | None, seen: str) -> None:
    """Let nobody overlook what is odd, or which family he replaces; nor enter what is already on its way."""
    if household is not None:
        live = await live_proposals(conn, session, [household])
        if (case := live.get((household, row.jenis_usulan, row.program))) is not None:
            raise EntryOpen(case)
    mark = row.fingerprint()[:32]
    if (row.warnings or household is not None) and seen != mark:
        raise EntryUnsure(row, household, mark)
