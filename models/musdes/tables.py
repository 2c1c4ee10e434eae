"""The tables of a village meeting: its minutes while they are a draft. What was decided stands with its gate."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

from models import columns as col


class Notulen(SQLModel, table=True):
    """What the clerk wrote down about a meeting; it goes when the head of the village has decided."""

    __tablename__ = "notulen"

    batch: int = col.bigint("The village's list.", key=True, references="batch.id")
    version: int = col.integer("How many times it was written, from 1; who writes from an older one is told so.")
    facts: dict[str, Any] = col.document("nomor, tanggal, tempat, pimpinan, notulis, hadir, as typed.")
    user_id: int = col.integer("Who wrote last.")
    at: datetime = col.moment("When.")


class NotulenKeluarga(SQLModel, table=True):
    """What the meeting said about one family, until the head of the village has decided."""

    __tablename__ = "notulen_keluarga"

    case_id: int = col.bigint("The family's proposal.", key=True)
    batch: int = col.bigint("The village's list.", references="batch.id")
    case_version: int = col.integer("The proposal's version then; it counts for this meeting alone.")
    verdict: str = col.text("layak, tidak_layak or ditunda.")
    reason: int | None = col.smallint("Why it is tidak_layak.")
    note: str | None = col.text("Free text about it.")
    user_id: int = col.integer("Who wrote it.")
    at: datetime = col.moment("When.")

    __table_args__ = (
        CheckConstraint("verdict IN ('layak', 'tidak_layak', 'ditunda')"),
        CheckConstraint("(verdict = 'tidak_layak') = (reason IS NOT NULL)"),
        Index("notulen_keluarga_batch", "batch"),
    )
