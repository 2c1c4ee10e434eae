"""Batches and leases, from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.database import Conn, fetch_value
from models.raised import domain_errors
from models.region.rules import span


async def open_batch(
    conn: Conn,
    session: UUID,
    kind: str,
    region: int,
    title: str,
    *,
    programme: str | None = None,
    period: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> int:
    """Open a batch over a region (0 is the nation), or return the open one of the same kind, region and period.

    Raises:
        OutOfScope: the region or programme is not the caller's.
    """
    lo, hi = (0, 9_999_999_999) if region == 0 else span(region)
    with domain_errors():
        batch: int = await fetch_value(
            conn,
            "SELECT batch_open(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (session, kind, region, lo, hi, programme, period, title, Jsonb(dict(data or {}))),
        )
    return batch


async def entries_batch(conn: Conn, session: UUID, region: int, title: str) -> int:
    """Return the list to which proposals belong that are entered one by one in a village; opened by the first.

    Raises:
        OutOfScope: the village is not the caller's.
        RegisterNotYours: the caller's role proposes no family.
    """
    with domain_errors():
        batch: int = await fetch_value(conn, "SELECT batch_entries(%s, %s, %s)", (session, region, title))
    return batch


async def wake(conn: Conn, batch: int, reason: str, *, seconds: int = 0) -> None:
    """Ask that a batch's flow looks again, at once or after some seconds."""
    await conn.execute("SELECT wake_batch(%s, %s, %s)", (batch, reason, seconds))


async def take_lease(conn: Conn, batch: int, flow_run: UUID, seconds: int) -> int | None:
    """Become the one live run of a batch; returns the attempt, None while another run is live."""
    attempt: int | None = await fetch_value(conn, "SELECT lease_take(%s, %s, %s)", (batch, flow_run, seconds))
    return attempt


async def keep_lease(conn: Conn, batch: int, flow_run: UUID, seconds: int) -> bool:
    """Renew the lease; False when it was lost and the caller must stop."""
    return bool(await fetch_value(conn, "SELECT lease_keep(%s, %s, %s)", (batch, flow_run, seconds)))


async def end_lease(conn: Conn, batch: int, flow_run: UUID, outcome: str) -> None:
    """Give the lease back: ``tunda`` (suspended at a gate), ``selesai`` (nothing left now) or ``gagal``."""
    await conn.execute("SELECT lease_end(%s, %s, %s)", (batch, flow_run, outcome))


async def reserve_lease(conn: Conn, batch: int, flow_run: UUID, attempt: int, seconds: int) -> bool:
    """Note a created run as the batch's next attempt; False when somebody else was quicker."""
    return bool(await fetch_value(conn, "SELECT lease_reserve(%s, %s, %s, %s)", (batch, flow_run, attempt, seconds)))


async def acknowledge(conn: Conn, batch: int) -> None:
    """Close the batch's wake row: its flow is looking now, at everything written before this moment."""
    await conn.execute("UPDATE wake SET done_at = clock_timestamp() WHERE batch = %s AND done_at IS NULL", (batch,))


async def close(conn: Conn, batch: int) -> None:
    """Mark a batch as finished: nothing is left for its flow to do."""
    await conn.execute(
        "UPDATE batch SET state = 'selesai', closed_at = alur_now() WHERE id = %s AND state = 'terbuka'", (batch,)
    )


async def reopen(conn: Conn, batch: int) -> None:
    """Mark a batch as open again: something is left for its flow to do, such as money that came back late."""
    await conn.execute(
        "UPDATE batch SET state = 'terbuka', closed_at = NULL WHERE id = %s AND state = 'selesai'", (batch,)
    )


async def enlist(conn: Conn, session: UUID, batch: int, cases: Sequence[int]) -> int:
    """Let a batch carry these cases from here on; returns how many changed hands."""
    with domain_errors():
        return int(await fetch_value(conn, "SELECT door_enlist(%s, %s, %s)", (session, batch, list(cases))))


async def hand_to(conn: Conn, session: UUID, organisation: str, cases: Sequence[int]) -> None:
    """Put cases into an organisation's files (a bank, Pos, a KPPN), so that its people see them."""
    with domain_errors():
        await conn.execute("SELECT door_file(%s, %s, %s)", (session, organisation, list(cases)))


async def work_session(conn: Conn, batch: int | None, role: str = "sistem", organisation: str | None = None) -> UUID:
    """Return a session for a flow, bound to its batch's region: the system, or an organisation's service account."""
    with domain_errors():
        session: UUID = await fetch_value(conn, "SELECT work_session(%s, %s, %s)", (batch, role, organisation))
    return session
