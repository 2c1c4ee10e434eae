"""Documents come in and leftovers go out. The file is on the disk before a row names it."""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.case.errors import CaseNotFound
from models.database import Conn, acting, fetch_value
from models.document.errors import DocumentRefused, KindWithoutDocument
from models.document.landing import sweep_landed
from models.document.queries import standing
from models.document.rules import Cleaned, in_indonesia, moment_of
from models.document.vault import FileDamaged, FileMissing, Vault
from models.errors import FactNotYours
from models.raised import domain_errors
from models.region.rules import timezone_of
from models.user.queries import demand_live
from state_machines.documents import TELLS_PLACE

ORPHAN_S = 24 * 3600
"""How old a file without a row must be to be removed, in seconds: no upload takes that long to commit."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document that may be added: to which case, of which village, and whether it must name a place."""

    case: int
    kind: str
    region: int
    geotagged: bool


async def demand_may_add(conn: Conn, session: UUID, case: int, kind: str) -> Wanted:
    """Demand, before anything is read or decoded, that whoever asks may add such a document.

    Raises:
        CaseNotFound, KindWithoutDocument, FactNotYours, SessionUnknown.
    """
    async with acting(conn, session) as seeing:
        await demand_live(seeing, session)
        row = await standing(seeing, session, case, kind)
    if row["region"] is None:
        raise CaseNotFound(case)
    if not row["documents"]:
        raise KindWithoutDocument(kind)
    if not row["mine"]:
        raise FactNotYours(kind)
    return Wanted(case, kind, row["region"], row["geotagged"])


def demand_place(wanted: Wanted, cleaned: Cleaned) -> None:
    """Demand that a photo names a possible place where its kind must; elsewhere an impossible one is just not kept.

    Raises:
        DocumentRefused: no geotag, or one outside Indonesia.
    """
    if not wanted.geotagged:
        return
    if cleaned.geotag is None:
        raise DocumentRefused("foto_tanpa_geotag")
    if not in_indonesia(cleaned.geotag):
        raise DocumentRefused("geotag_di_luar_indonesia")


async def add_document(conn: Conn, vault: Vault, session: UUID, wanted: Wanted, cleaned: Cleaned) -> dict[str, Any]:
    """Keep a document and write the fact it proves, within the caller's transaction.

    The file is durable before the row is written, and the lock on its hash, held until the commit, keeps a sweep from
    taking it away in between. A crash leaves at most a file that no row names.

    Returns:
        id, act, sha256, type, bytes, and how many different files of this kind there are (`have`) and must be
        (`wanted`) for the fact, and whether it was written (`counts`).

    Raises:
        CaseNotFound: the case left the caller's sight meanwhile; nothing was written.
        FactNotYours: this role does not write that kind; nothing was written.
    """
    tag = cleaned.geotag if cleaned.geotag is not None and in_indonesia(cleaned.geotag) else None
    sha256 = await asyncio.to_thread(_hash, cleaned.content)
    await conn.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 1))", (sha256,))
    await asyncio.to_thread(vault.put, cleaned.content)
    with domain_errors():
        row = await (
            await conn.execute(
                "SELECT * FROM document_add(%(session)s::uuid, %(case)s::bigint, %(kind)s::text, %(sha256)s::text, "
                "%(type)s::text, %(bytes)s::integer, %(latitude)s::float8, %(longitude)s::float8, "
                "%(taken)s::timestamptz, %(place)s::text)",
                {
                    "session": session,
                    "case": wanted.case,
                    "kind": wanted.kind,
                    "sha256": sha256,
                    "type": cleaned.type,
                    "bytes": len(cleaned.content),
                    "latitude": tag and tag.latitude,
                    "longitude": tag and tag.longitude,
                    "taken": tag and moment_of(tag, timezone_of(wanted.region)),
                    "place": TELLS_PLACE.get(wanted.kind) if tag else None,
                },
            )
        ).fetchone()
    if row is None:
        raise CaseNotFound(wanted.case)
    return {
        **row,
        "case": wanted.case,
        "kind": wanted.kind,
        "sha256": sha256,
        "type": cleaned.type,
        "bytes": len(cleaned.content),
        "geotag": tag and {"lat": tag.latitude, "long": tag.longitude},
    }


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def sweep(admin: Conn, vault: Vault, *, age_s: float = ORPHAN_S) -> list[str]:
    """Remove files that no row names and that are older than `age_s` seconds, and uploads that stopped long ago.

    Returns what was removed. `admin` is a connection of the owner: under row-level security every file would look
    like nobody's.
    """
    before = time.time() - age_s
    removed = []
    for sha256 in await asyncio.to_thread(lambda: list(vault.stored())):
        if not vault.older(sha256, before):
            continue
        async with admin.transaction():
            # Whoever stores this very content now holds the lock until his row is there, or comes after us.
            await admin.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (sha256,))
            known = await fetch_value(admin, "SELECT EXISTS (SELECT 1 FROM document WHERE sha256 = %s)", (sha256,))
            if not known and vault.older(sha256, before):
                vault.remove(sha256)
                removed.append(sha256)
    removed += await asyncio.to_thread(sweep_landed, vault)
    for path in vault.left_over(before):
        path.unlink(missing_ok=True)
        removed.append(path.name)
    return removed


async def check(admin: Conn, vault: Vault) -> dict[str, str]:
    """Open the file of every row and return those that are missing or damaged: SHA-256 -> ``hilang`` or ``rusak``."""
    wrong = {}
    for row in await (await admin.execute("SELECT DISTINCT sha256 FROM document ORDER BY 1")).fetchall():
        try:
            await asyncio.to_thread(vault.get, row["sha256"])
        except FileMissing:
            wrong[row["sha256"]] = "hilang"
        except FileDamaged:
            wrong[row["sha256"]] = "rusak"
    return wrong
