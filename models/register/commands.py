"""Write the register: families, what Dukcapil, DTSEN and banks said. Every write is an act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.database import Conn, fetch_value
from models.raised import domain_errors


@dataclass(frozen=True, slots=True)
class Rank:
    """A family's place in a DTSEN version: desil 1 to 10, percentile 0 to 100, national rank."""

    household: int
    desil: int
    persentil: float | None
    peringkat: int | None


async def save_families(
    conn: Conn, session: UUID, families: Sequence[Mapping[str, Any]], *, source: str
) -> list[int | None]:
    """Write families with their members; returns household ids in the order given, None for those out of sight.

    A family with ``id`` is changed, and what stood before is kept; one without is new. `source` says where the data
    came from (``impor``, ``formulir``, ``migrasi``).
    """
    with domain_errors():
        cursor = await conn.execute(
            "SELECT * FROM register_save(%s, %s, %s)", (session, Jsonb([dict(family) for family in families]), source)
        )
        return [row["household_id"] for row in await cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Dukcapil said of one person: whether he is *padan*, and his new status where it told one (``meninggal``).

    `version` is that of his family as it was asked about: an answer says nothing of data that came later.
    """

    person: int
    version: int
    padan: bool
    status: str | None = None


async def note_answered(conn: Conn, session: UUID, verdicts: Sequence[Verdict]) -> set[int]:
    """Write what Dukcapil said; return the persons it was written of: none whose family changed since the question.

    Inside a transaction those families stay as they are until it ends.
    """
    with domain_errors():
        told: list[int] = await fetch_value(
            conn,
            "SELECT register_answered(%s, %s, %s, %s, %s)",
            (
                session,
                [verdict.person for verdict in verdicts],
                [verdict.version for verdict in verdicts],
                [verdict.padan for verdict in verdicts],
                [verdict.status for verdict in verdicts],
            ),
        )
    return set(told)


async def note_ranked(conn: Conn, session: UUID, ranks: Sequence[Rank], version: str) -> None:
    """Write what DTSEN said; it is the only source of desil."""
    with domain_errors():
        await conn.execute(
            "SELECT register_ranked(%s, %s, %s, %s, %s, %s)",
            (
                session,
                [rank.household for rank in ranks],
                [rank.desil for rank in ranks],
                [rank.persentil for rank in ranks],
                [rank.peringkat for rank in ranks],
                version,
            ),
        )


async def save_accounts(conn: Conn, session: UUID, accounts: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Write accounts (household_id, person_id, bank, number, cif, status); returns household -> account id."""
    with domain_errors():
        cursor = await conn.execute(
            "SELECT * FROM account_save(%s, %s)", (session, Jsonb([dict(account) for account in accounts]))
        )
        return {row["household_id"]: row["account_id"] for row in await cursor.fetchall()}


async def note_judged(conn: Conn, session: UUID, accounts: Sequence[tuple[int, str]], status: str) -> None:
    """Write what a bank said (``aktif`` or ``gagal``) of the accounts it was asked about: (household, number) each."""
    households, numbers = [household for household, _ in accounts], [number for _, number in accounts]
    with domain_errors():
        await conn.execute("SELECT accounts_judged(%s, %s, %s, %s)", (session, households, numbers, status))
