"""Migration: families that another system registered come in once, from a file that two persons approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.approval.commands import decide, open_gate
from models.batch.commands import open_batch, work_session
from models.case.commands import open_cases
from models.case.outcomes import Outcome
from models.database import Conn


@dataclass(frozen=True, slots=True)
class Migration:
    """An approved migration: the gate whose two deciders stand behind everything it opens."""

    batch: int
    approval: int


async def approve_migration(
    conn: Conn, approvers: Sequence[UUID], evidence: Mapping[str, Any], *, number: int, title: str
) -> Migration:
    """Open the gate of a migration file and let the approvers (two sessions of pusdatin) decide it.

    Args:
        conn: the worker's connection.
        approvers: sessions of different persons.
        evidence: ``hash_berkas``, ``versi_asal``, ``nomor_sk``, ``rekening_asal``: what the file is.
        number: the migration's number; the same number is the same migration.
        title: what people call it.
    """
    system = await work_session(conn, None)
    batch = await open_batch(conn, system, "migrasi", 0, title, period=number)
    approval = await open_gate(conn, system, batch, "migrasi", [], region=0, evidence=evidence)
    for approver in approvers:
        await decide(conn, approver, approval, "setuju")
    return Migration(batch, approval)


async def migrate_registrations(conn: Conn, migration: Migration, households: Sequence[int]) -> list[Outcome]:
    """Open the registrations of families; one that is registered already is refused and holds up no other."""
    system = await work_session(conn, None)
    return await open_cases(conn, system, "usulan.migrasi", households, kind="BARU", approval=migration.approval)


async def migrate_memberships(
    conn: Conn, migration: Migration, households: Sequence[int], programme: str
) -> list[Outcome]:
    """Open the memberships of families in one programme; their accounts come along as untested."""
    system = await work_session(conn, None)
    return await open_cases(
        conn, system, "kepesertaan.migrasi", households, programme=programme, approval=migration.approval
    )
