"""Families offered by one pendamping to another, accepted or refused. Each call is judged by the session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.database import Conn, fetch_value
from models.errors import AlurError
from models.handover import errors
from models.raised import domain_errors


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer: its number and until when it waits; `left` are families that this receiver may not take."""

    handover: int
    until: datetime
    left: tuple[int, ...]


async def offer(
    conn: Conn, session: UUID, receiver: int, *, giver: int | None, families: Sequence[int] | None, reason: str
) -> Offered:
    """Offer families to a colleague; they stay where they are until he accepts.

    Args:
        conn: inside a transaction.
        session: of the giver, or of the administrator of the kabupaten.
        receiver: account of the colleague.
        giver: whose families, for the administrator; he may have left.
        families: which; None for all that are not on offer and that duties do not bar to this receiver.
        reason: told to both.

    Raises:
        HandoverNotYours, NothingToHandOver, ReceiverUnfit, ReceiverBarred, AlreadyOffered.
    """
    named = None if families is None else list(families)
    with domain_errors():
        row = await (
            await conn.execute(
                "SELECT * FROM handover_offer(%s, %s, %s, %s, %s)", (session, giver, receiver, named, reason)
            )
        ).fetchone()
    outcome = row["outcome"] if row else "bukan_pemegang"
    if row is None or outcome != "dibuat":
        which = ", ".join(map(str, (row or {}).get("families") or ())) or "-"
        refused: dict[str, AlurError] = {
            "bukan_pemegang": errors.HandoverNotYours(),
            "kosong": errors.NothingToHandOver(which),
            "penerima": errors.ReceiverUnfit(receiver),
            "terhalang": errors.ReceiverBarred(which),
            "sudah_ditawarkan": errors.AlreadyOffered(which),
        }
        raise refused[outcome]
    return Offered(row["handover"], row["until"], tuple(row["families"]))


def _judged(outcome: str, handover: int) -> None:
    if outcome == "tidak_ditemukan":
        raise errors.HandoverNotFound(handover)
    if outcome in {"sudah", "lewat"}:
        raise errors.HandoverOver(handover)


async def accept(conn: Conn, session: UUID, handover: int) -> None:
    """Take what was offered to the caller; `queries.families` tells what became of each family.

    Raises:
        HandoverNotFound, HandoverOver.
    """
    with domain_errors():
        _judged(await fetch_value(conn, "SELECT handover_accept(%s, %s)", (session, handover)), handover)


async def refuse(conn: Conn, session: UUID, handover: int, answer: str) -> None:
    """Refuse what was offered to the caller.

    Raises:
        HandoverNotFound, HandoverOver.
    """
    with domain_errors():
        _judged(
            await fetch_value(conn, "SELECT handover_end(%s, %s, false, %s)", (session, handover, answer)), handover
        )


async def withdraw(conn: Conn, session: UUID, handover: int, reason: str) -> None:
    """Take an offer back, as the giver or as who made it.

    Raises:
        HandoverNotFound, HandoverOver.
    """
    with domain_errors():
        _judged(await fetch_value(conn, "SELECT handover_end(%s, %s, true, %s)", (session, handover, reason)), handover)


async def lapse(conn: Conn) -> int:
    """End the offers that nobody answered in time and tell everybody concerned; returns how many. For flows."""
    return int(await fetch_value(conn, "SELECT handovers_lapse()"))
