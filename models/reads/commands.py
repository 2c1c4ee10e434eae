"""Looking at a family, written down. Inside `models.database.acting`: the row is committed with what was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from models.database import Conn
from models.policy.queries import policy
from models.reads.errors import NumbersStayMasked, PurposeUnknown
from models.register.errors import HouseholdNotFound
from models.user.queries import me
from state_machines.vocabulary import ROLES

What = Literal["keluarga", "riwayat", "kasus", "bukti", "dokumen", "nomor", "cetak"]
_KEEPERS = {role.admin for role in ROLES if role.admin}


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why numbers are opened: a code of policy `baca.tujuan`, and the reader's own words."""

    code: str
    words: str


async def note(
    conn: Conn,
    what: What,
    *,
    household: int | None = None,
    case: int | None = None,
    document: int | None = None,
    purpose: Purpose | None = None,
    request: str | None = None,
) -> None:
    """Write down that the session of this transaction looks at a family, named itself or by one of its cases.

    A case about a region is nobody's family and leaves no row; nor does a family's look at itself.
    """
    await conn.execute(
        "SELECT read_note(%s, %s, %s, %s, %s, %s, %s)",
        (what, household, case, document, purpose and purpose.code, purpose and purpose.words, request),
    )


async def note_cases(conn: Conn, what: What, cases: Sequence[int], *, request: str | None = None) -> None:
    """Write down that the session of this transaction looks at the families of many cases: a list that it prints."""
    await conn.execute(
        "SELECT read_note(%s, NULL, c, NULL, NULL, NULL, %s) FROM unnest(%s::bigint[]) AS c",
        (what, request, list(cases)),
    )


async def open_numbers(
    conn: Conn, session: UUID, household: int, purpose: Purpose, *, request: str | None = None
) -> dict[str, Any]:
    """Return the numbers of a family in sight, not masked, and write down who asked and why.

    Returns:
        household, no_kk, members (id, nik) and accounts (id, bank, number).

    Raises:
        PurposeUnknown: policy names no such purpose.
        NumbersStayMasked: the role keeps accounts of people who work here.
        HouseholdNotFound: out of sight.
    """
    if purpose.code not in await policy(conn, "baca.tujuan"):
        raise PurposeUnknown(purpose.code)
    role = (await me(conn, session))["role"]
    if role in _KEEPERS:
        raise NumbersStayMasked(role)
    row = await (
        await conn.execute(
            """
            SELECT h.id AS household, h.no_kk,
                   COALESCE((SELECT jsonb_agg(jsonb_build_object('id', p.id, 'nik', p.nik) ORDER BY p.hubungan, p.id)
                               FROM person p WHERE p.household_id = h.id AND p.removed_at IS NULL), '[]') AS members,
                   COALESCE((SELECT jsonb_agg(jsonb_build_object('id', a.id, 'bank', a.bank, 'number', a.number)
                                              ORDER BY a.id)
                               FROM account a WHERE a.household_id = h.id), '[]') AS accounts
              FROM household h WHERE h.id = %s
            """,
            (household,),
        )
    ).fetchone()
    if row is None:
        raise HouseholdNotFound(household)
    await note(conn, "nomor", household=household, purpose=purpose, request=request)
    return row
