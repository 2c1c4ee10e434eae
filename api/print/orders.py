"""Which paper of which batch: what is asked for it, who is noted as having looked, and the letter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from zoneinfo import ZoneInfo

from api.print import papers
from api.print.letter import Letter
from api.print.papers import Desk
from models.approval import queries as gates
from models.batch import queries as batches
from models.batch.errors import BatchNotFound, PaperNotFound
from models.database import Conn
from models.musdes import queries as musdes
from models.musdes.rules import facts_of
from models.policy.queries import now
from models.reads.commands import note_cases
from models.region.queries import breadcrumb
from models.region.rules import timezone_of
from notifications.contexts import role_name

Paper = Literal["daftar-musdes", "berita-acara", "sptjm", "surat-pengesahan", "sk"]
"""What can be printed of a batch, as addresses name it."""

_SK = {"penetapan", "sk_program", "sk_tahap"}
_NUMBERED_BY = {"surat-pengesahan": "surat_pengesahan", "sk": "nomor_sk"}


async def ordered(
    conn: Conn, who: Mapping[str, Any], batch: int, paper: str, *, request: str, approval: int | None = None
) -> Letter:
    """Return a paper of a batch; where it names families, that each was printed is written down.

    Args:
        conn: inside `models.database.acting`; the caller prints after the transaction.
        who: `models.user.queries.me` of whoever prints.
        batch: its number.
        paper: a `Paper`; whatever else is asked for does not exist.
        request: id of the request, for the row of the look.
        approval: which gate's list; None for the last one, of a meeting the one that waits.

    Raises:
        BatchNotFound, PaperNotFound.
    """
    row = await batches.get(conn, batch)
    if row is None:
        raise BatchNotFound(batch)
    region = row["region"]
    zone = ZoneInfo(timezone_of(region) if region else "Asia/Jakarta")
    desk = Desk(
        await breadcrumb(conn, region) if region else (),
        (await now(conn)).astimezone(zone),
        f"{who['name']}, {role_name(who['role'], 'id')}",
        f"/musdes/{batch}" if row["kind"] == "usulan" else f"/batch/{batch}",
    )
    if row["kind"] == "usulan" and paper in {"daftar-musdes", "berita-acara", "sptjm"}:
        letter, cases = await _of_meeting(conn, desk, batch, paper, approval)
        if cases:
            await note_cases(conn, "cetak", cases, request=request)
            return letter
    elif paper in _NUMBERED_BY:
        found = await _of_gate(conn, desk, row, paper, approval)
        if found is not None:
            return found
    raise PaperNotFound(batch, paper)


async def _of_meeting(conn: Conn, desk: Desk, batch: int, paper: str, approval: int | None) -> tuple[Letter, list[int]]:
    """Return a paper of a village meeting and the cases it names."""
    if paper == "sptjm":
        rows = await musdes.families(conn, batch, "padan")
        return papers.sptjm(desk, rows), [row["case_id"] for row in rows]
    rows = await musdes.families(conn, batch, "musyawarah")
    facts = (await musdes.minutes(conn, batch))["facts"]
    waits, past = await musdes.gates(conn, batch, approval)
    if paper == "daftar-musdes":
        return papers.daftar_musdes(desk, batch, rows, facts), [row["case_id"] for row in rows]
    list_hash: str | None = waits["list_hash"] if waits else None
    decided = False
    if past is not None and (waits is None or approval):
        rows = await musdes.decided(conn, past["id"])
        facts = facts_of((await gates.told(conn, past["id"]))["evidence"])
        list_hash, decided = past["list_hash"], True
    letter = papers.berita_acara(desk, rows, facts, decided=decided, list_hash=list_hash)
    return letter, [row["case_id"] for row in rows]


async def _of_gate(conn: Conn, desk: Desk, batch: Mapping[str, Any], paper: str, approval: int | None) -> Letter | None:
    """Return the approval letter or decree of a gate of the batch; None where it has none, or its list was refused."""
    wanted = {"pengesahan"} if paper == "surat-pengesahan" else _SK
    rounds = [one for one in await gates.of_batch(conn, batch["id"]) if one["gate"].partition(".")[0] in wanted]
    rounds = [one for one in rounds if approval in {None, one["id"]}]
    if not rounds:
        return None
    gate = rounds[-1]
    told = await gates.told(conn, gate["id"])
    if told["refused"]:
        return None
    number = told["evidence"].get(_NUMBERED_BY[paper])
    said = {"number": number.get("nomor") if isinstance(number, dict) else None, "people": told["people"]}
    if paper == "surat-pengesahan":
        return papers.surat_pengesahan(desk, gate, await gates.spread(conn, gate["id"], 10), said)
    digits = {0: 2, 2: 4, 4: 6, 6: 10}.get(len(str(batch["region"])) if batch["region"] else 0, 10)
    return papers.sk(desk, gate, await gates.spread(conn, gate["id"], digits), said)
