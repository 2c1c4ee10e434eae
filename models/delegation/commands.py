"""Let somebody act for another while he is away, and end it. Each call is judged by the session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.database import Conn, fetch_value
from models.delegation import errors
from models.errors import AlurError
from models.raised import domain_errors


@dataclass(frozen=True, slots=True)
class Delegated:
    """What became of it: the delegation, or the request that waits for the office's head."""

    delegation: int | None
    request: int | None


async def delegate(
    conn: Conn, session: UUID, assignment: int, to: int, *, since: datetime | None, until: datetime, why: str
) -> Delegated:
    """Let a colleague act in the place of an assignment, as its holder or as the administrator who keeps him.

    What the administrator asks for waits for the head of the office, where policy asks for that.

    Args:
        conn: inside a transaction.
        session: of somebody who signed in himself.
        assignment: one of his own, or one he keeps.
        to: account of the colleague.
        since: from when; now without.
        until: until when, at most as long as policy `masuk.delegasi` allows.
        why: told to both.

    Raises:
        DelegationNotFound, NotDelegable, DelegatedOnward, DelegationOver, DelegationPeriod, DelegateUnfit,
        DelegationThere, SignInYourself.
    """
    with domain_errors():
        row = await (
            await conn.execute(
                "SELECT * FROM delegation_put(%s, %s, %s, %s, %s, %s)", (session, assignment, to, since, until, why)
            )
        ).fetchone()
    outcome = row["outcome"] if row else "tidak_ditemukan"
    if row is None or outcome != "dibuat":
        refused: dict[str, AlurError] = {
            "tidak_ditemukan": errors.DelegationNotFound(assignment),
            "tidak_dapat": errors.NotDelegable(),
            "turunan": errors.DelegatedOnward(),
            "berakhir": errors.DelegationOver(),
            "masa": errors.DelegationPeriod(),
            "tidak_layak": errors.DelegateUnfit(to),
            "sudah_ada": errors.DelegationThere(),
        }
        raise refused[outcome]
    return Delegated(row["delegation"], row["request"])


async def end(conn: Conn, session: UUID, delegation: int, reason: str) -> None:
    """End a delegation now, as who gave it, who has it, or the administrator; its sessions are over at once.

    Raises:
        DelegationNotFound: none of this number lasts in the caller's hands.
    """
    with domain_errors():
        if not await fetch_value(conn, "SELECT delegation_end(%s, %s, %s)", (session, delegation, reason)):
            raise errors.DelegationNotFound(delegation)
