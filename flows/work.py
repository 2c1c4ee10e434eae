"""What a running flow holds: one batch, under a lease, with the system's session and the outside systems at hand."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from integrations.connect import Outside, connect
from models.approval.commands import execute, open_gate
from models.approval.queries import of_batch
from models.batch import commands as batches
from models.batch import queries as batch_queries
from models.case import queries as cases
from models.case.commands import CaseFact, move
from models.case.outcomes import Outcome
from models.database import Conn, acting
from models.database import connect as connect_database
from models.settings import Settings, settings

log = logging.getLogger("alur.flows")

CHUNK = 1000
"""Cases per call to the door and rows per call to an outside system: one step of a flow stays well inside a lease."""


class LeaseLost(Exception):
    """Another run took this batch over; this one must stop without touching anything."""


@dataclass(slots=True)
class Work:
    """One batch in the hands of one flow run."""

    conn: Conn
    batch: dict[str, Any]
    run: UUID
    attempt: int
    session: UUID
    outside: Outside
    lease_seconds: int
    services: dict[tuple[str, str | None], UUID] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    """Outside systems that did not answer in this look: the rest of what they are asked waits for the next one."""

    @property
    def id(self) -> int:
        """The batch's id."""
        return int(self.batch["id"])

    @property
    def place(self) -> int:
        """A village code inside the batch's region, for policies that differ by region."""
        return int(self.batch["lo"])

    def seeing(self) -> AbstractAsyncContextManager[Conn]:
        """Open a transaction that sees what the batch's session sees."""
        return acting(self.conn, self.session)

    async def keep(self) -> None:
        """Renew the lease between two steps.

        Raises:
            LeaseLost: another run took over.
        """
        if not await batches.keep_lease(self.conn, self.id, self.run, self.lease_seconds):
            raise LeaseLost(self.id)

    async def service(self, role: str, organisation: str | None = None) -> UUID:
        """Return the session of an outside organisation's service account, whose answer this flow brings."""
        key = (role, organisation)
        if key not in self.services:
            self.services[key] = await batches.work_session(self.conn, self.id, role, organisation)
        return self.services[key]

    async def in_state(self, *states: str) -> list[dict[str, Any]]:
        """Return the batch's cases that stand in the named states ("machine.state"), oldest first."""
        async with self.seeing() as conn:
            return await cases.in_state(conn, self.id, *states)

    async def move(
        self,
        trigger: str,
        ids: Sequence[int],
        *,
        session: UUID | None = None,
        reason: str | None = None,
        note: str | None = None,
        facts: Mapping[str, Any] | None = None,
        case_facts: Sequence[CaseFact] = (),
        batch: int | None = None,
    ) -> list[Outcome]:
        """Move cases as the system, or as the service account given, a chunk at a time; every chunk its own act."""
        outcomes: list[Outcome] = []
        by_case: dict[int, list[CaseFact]] = {}
        for fact in case_facts:
            by_case.setdefault(fact.case, []).append(fact)
        for start in range(0, len(ids), CHUNK):
            part = ids[start : start + CHUNK]
            outcomes += await move(
                self.conn,
                session or self.session,
                trigger,
                part,
                reason=reason,
                note=note,
                facts=facts,
                case_facts=[fact for case in part for fact in by_case.get(case, ())],
                batch=batch,
                flow_run=self.run,
            )
            await self.keep()
        return outcomes

    async def gate(
        self,
        gate: str,
        ids: Sequence[int],
        *,
        facts: Mapping[str, Any] | None = None,
        evidence: Mapping[str, Any] | None = None,
        programme: str | None = None,
    ) -> bool:
        """Hold a list at a gate: carry out what was decided, else open the gate over the list.

        A family that joins the list later waits for the next round and holds nobody. Returns whether a decision was
        carried out: also one that moved nobody makes room for the next round.
        """
        async with self.seeing() as conn:
            rounds = [row for row in await of_batch(conn, self.id) if row["gate"] == gate]
        if any(row["state"] == "terbuka" for row in rounds):
            return False
        for row in rounds:
            if row["state"] in {"disetujui", "ditolak"}:
                await execute(self.conn, self.session, row["id"], facts=facts, flow_run=self.run)
                log.info("gate %s of batch %s: %s carried out", gate, self.id, row["state"])
                return True
        if ids:
            await open_gate(
                self.conn,
                self.session,
                self.id,
                gate,
                ids,
                region=self.place,
                evidence=evidence,
                programme=programme,
            )
        return False


@asynccontextmanager
async def working(batch: int, run: UUID, config: Settings | None = None) -> AsyncIterator[Work | None]:
    """Take a batch's lease for this run; yields None while another run is live."""
    chosen = config or settings()
    if chosen.worker_database_url is None:
        raise RuntimeError("ALUR_WORKER_DATABASE_URL is not set: a flow needs the database role alur_worker.")
    conn = await connect_database(chosen.worker_database_url.get_secret_value())
    try:
        row = await batch_queries.get(conn, batch)
        if row is None:
            raise LookupError(f"There is no batch {batch}.")
        attempt = await batches.take_lease(conn, batch, run, chosen.lease_seconds)
        if attempt is None:
            yield None
            return
        session = await batches.work_session(conn, batch)
        async with connect(chosen.ports_url) as outside:
            yield Work(conn, row, run, attempt, session, outside, chosen.lease_seconds)
    finally:
        await conn.close()
