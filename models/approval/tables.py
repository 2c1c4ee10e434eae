"""The tables of gates: what was put before people, who decided what, and the decrees that came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import SQLModel

from models import columns as col


class Approval(SQLModel, table=True):
    """A gate: a human decision that a flow waits for. Everything about it is fixed when it opens."""

    __tablename__ = "approval"

    id: int = col.bigint("Number of the gate.", key=True, numbered=True)
    batch: int = col.bigint("Batch that waits.", references="batch.id")
    gate: str = col.text("Which decision of the batch it is.")
    round: int = col.integer("How many times this gate was opened for the batch, from 1.")
    role: int = col.smallint("Role that decides.")
    triggers: list[int] = col.smallints("What approval fires, what refusal fires, what single cases may get instead.")
    lo: int = col.bigint("Lowest village of the list, ten digits.")
    hi: int = col.bigint("Highest village of the list, ten digits.")
    programme: int | None = col.smallint("Programme, where it is for one.")
    people: int = col.smallint("How many different persons must approve.")
    deadline: datetime | None = col.moment("When it is late; null for never.")
    list_hash: str = col.text("SHA-256, hexadecimal, over cases, versions and amounts.")
    cases: int = col.integer("How many cases it is about.")
    amount_rp: int | None = col.rupiah("Sum of their amounts, whole rupiah; null where there are none.")
    evidence: dict[str, Any] = col.document("Facts that go with the list, by kind.", default="'{}'")
    state: str = col.text("terbuka, disetujui, ditolak, lewat or dijalankan.", default="'terbuka'")
    opened_at: datetime = col.moment("When it was opened.")
    decided_at: datetime | None = col.moment("When the last needed decision fell.")

    __table_args__ = (
        CheckConstraint("state IN ('terbuka', 'disetujui', 'ditolak', 'lewat', 'dijalankan')"),
        UniqueConstraint("batch", "gate", "round"),
        Index("approval_open", "role", "lo", "hi", postgresql_where=text("state = 'terbuka'")),
    )


class ApprovalCase(SQLModel, table=True):
    """A case of a gate's list, as it stood when the gate opened."""

    __tablename__ = "approval_case"

    approval: int = col.bigint("The gate.", key=True, references="approval.id")
    case_id: int = col.bigint("The case.", key=True)
    version: int = col.integer("Its version then; a case that moved since is told so.")
    rupiah: int | None = col.bigint("Its amount then, whole rupiah; a case worth another amount since has changed.")


class Decision(SQLModel, table=True):
    """What one person decided at a gate. Append-only."""

    __tablename__ = "decision"

    approval: int = col.bigint("The gate.", key=True, references="approval.id")
    user_id: int = col.integer("Who decided.", key=True)
    act: int = col.bigint("The act.")
    verdict: str = col.text("setuju or tolak.")
    reason: int | None = col.smallint("Reason of a refusal.")
    evidence: dict[str, Any] = col.document("Facts the decider brought, by kind.", default="'{}'")
    at: datetime = col.moment("When.")
    behalf: int | None = col.integer("On whose behalf; null for himself.")

    __table_args__ = (CheckConstraint("verdict IN ('setuju', 'tolak')"),)


class DecisionCase(SQLModel, table=True):
    """A single case that a decider sent another way than the rest of the list."""

    __tablename__ = "decision_case"

    approval: int = col.bigint("The gate.", key=True)
    user_id: int = col.integer("Who decided.", key=True)
    case_id: int = col.bigint("The case.", key=True)
    trigger: int = col.smallint("What it gets instead.")
    reason: int | None = col.smallint("Why.")
    note: str | None = col.text("Free text about it.")


class Decree(SQLModel, table=True):
    """A numbered decree that a gate's approval produced."""

    __tablename__ = "decree"

    id: int = col.bigint("Number of the row.", key=True, numbered=True)
    number: str = col.text("Number of the decree.", unique=True)
    kind: str = col.text("Kind of decree.")
    batch: int = col.bigint("Batch it is about.", references="batch.id")
    approval: int = col.bigint("Gate that approved it.", references="approval.id")
    programme: int | None = col.smallint("Programme, where it is for one.")
    period: int | None = col.integer("Month yyyymm, where it is for one.")
    region: int = col.bigint("Region it holds in, at that region's own length of code; 0 for the nation.")
    cases: int = col.integer("How many cases it names.")
    list_hash: str = col.text("SHA-256, hexadecimal, of the list it names.")
    at: datetime = col.moment("When it was made.")

    __table_args__ = (Index("decree_batch", "batch"),)
