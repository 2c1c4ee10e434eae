"""The tables of outside systems: what was asked of them, and how far their news was read."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import SQLModel

from models import columns as col


class Call(SQLModel, table=True):
    """One call to an outside system, written down before it is sent, as row ids and a hash: no personal data here."""

    __tablename__ = "call"

    id: int = col.bigint("Number of the call.", key=True, numbered=True)
    path: str = col.text("What is asked of whom, such as `dukcapil/verify`.")
    key: str = col.text("Idempotency key; a restart sends the same.")
    batch: int = col.bigint("Batch that asks.", references="batch.id")
    body_hash: str = col.text("SHA-256, hexadecimal, of the body.")
    ids: list[str] = col.texts("Rows of ours that are asked about.")
    state: str = col.text("tercatat, terkirim, selesai, tidak_diketahui, ditolak or batal.")
    attempts: int = col.integer("How many times it was sent.", default="0")
    problem: str | None = col.text("What went wrong last.")
    created_at: datetime = col.moment("When it was written down.")
    updated_at: datetime = col.moment("When it last changed.")
    editions: list[int] | None = col.bigints(
        "Edition of what each row of `ids` is about: a family's version, the number of an order; null: the only one."
    )

    versions: list[int] | None = col.bigints(
        "Version of the case of each row of `ids` when it was asked about; null: written by release 0.1.0."
    )

    sent_at: datetime | None = col.moment("When it last left us; null: nothing of it ever reached the other side.")
    arrived_at: datetime | None = col.moment("When the other side first said that it has it; null: it never said so.")
    bodies: dict[str, list[str]] | None = col.document(
        "Until it arrived: other bodies sent under the key, SHA-256 -> the rows of `ids` that each named."
    )

    __table_args__ = (
        CheckConstraint("state IN ('tercatat', 'terkirim', 'selesai', 'tidak_diketahui', 'ditolak', 'batal')"),
        UniqueConstraint("path", "key"),
        Index(
            "call_open",
            "state",
            "updated_at",
            postgresql_where=text("state IN ('tercatat', 'terkirim', 'tidak_diketahui')"),
        ),
        Index("call_batch", "batch"),
    )


class Feed(SQLModel, table=True):
    """How far an outside system's news feed has been read and applied."""

    __tablename__ = "feed"

    path: str = col.text("The feed.", key=True)
    seen: int = col.bigint("Its own number of the last news applied.")
    updated_at: datetime = col.moment("When that was.")
