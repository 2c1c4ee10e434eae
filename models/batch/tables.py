"""The tables of work: batches of cases, the runs that carry them, and what wakes those."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from models import columns as col


class Batch(SQLModel, table=True):
    """Cases that one flow carries together: a village's list, a kabupaten's window, a programme's tahap."""

    __tablename__ = "batch"

    id: int = col.bigint("Number of the batch.", key=True, numbered=True)
    kind: str = col.text("Kind of batch, which names its flow.")
    region: int = col.bigint("Region it is for, at that region's own length of code; 0 for the nation.")
    lo: int = col.bigint("Lowest village it covers, ten digits.")
    hi: int = col.bigint("Highest village it covers, ten digits.")
    programme: int | None = col.smallint("Programme, where it is for one.")
    period: int | None = col.integer("Month yyyymm, where it is for one.")
    title: str = col.text("What people call it.")
    state: str = col.text("terbuka or selesai.", default="'terbuka'")
    opened_at: datetime = col.moment("When it was opened.")
    closed_at: datetime | None = col.moment("When nothing was left to do.")
    data: dict[str, Any] = col.document("What its flow must know, by name.", default="'{}'")

    __table_args__ = (
        CheckConstraint("state IN ('terbuka', 'selesai')"),
        Index(
            "batch_one",
            "kind",
            "region",
            "programme",
            "period",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("kind <> 'usulan'"),
        ),
        Index("batch_region", "region"),
    )


class BatchWatch(SQLModel, table=True):
    """A state in which the flow of a kind of batch has something to do."""

    __tablename__ = "batch_watch"

    kind: str = col.text("Kind of batch.", key=True)
    state: int = col.smallint("State; a case that enters it wakes the flow.", key=True)


class BatchRun(SQLModel, table=True):
    """A run's lease of a batch: at most one is live, whatever Prefect believes."""

    __tablename__ = "batch_run"

    batch: int = col.bigint("The batch.", key=True, references="batch.id")
    attempt: int = col.integer("Number of the run, from 1.", key=True)
    flow_run_id: UUID | None = col.uuid("Prefect's run.")
    started_at: datetime = col.moment("When it took the lease, by the real clock.")
    lease_until: datetime = col.moment("Until when it need not be heard of, by the real clock.")
    ended_at: datetime | None = col.moment("When it gave the lease back or lost it; null while it lives.")
    outcome: str | None = col.text("tunda (waits at a gate), selesai, diganti (lost), or what went wrong.")


class Wake(SQLModel, table=True):
    """A request that a batch's flow looks again: open until the flow says that it looked."""

    __tablename__ = "wake"

    id: int = col.bigint("Number of the wake.", key=True, numbered=True)
    batch: int = col.bigint("The batch.", references="batch.id")
    reason: str = col.text("Why, for people who read it.")
    created_at: datetime = col.moment("When it was last asked.")
    tries: int = col.integer("How many times the flow was called.", default="0")
    next_try: datetime = col.moment("When it is called next, by the real clock.")
    done_at: datetime | None = col.moment("When the flow looked; null while open.")

    __table_args__ = (Index("wake_one_open", "batch", unique=True, postgresql_where=text("done_at IS NULL")),)


class Heartbeat(SQLModel, table=True):
    """When each part of the machinery last said that it lives."""

    __tablename__ = "heartbeat"

    name: str = col.text("Which part.", key=True)
    at: datetime = col.moment("When, by the real clock.")
