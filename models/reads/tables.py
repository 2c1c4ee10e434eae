"""The table of reads: who looked at a family, when and why."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

from models import columns as col


class ReadEvent(SQLModel, table=True):
    """One look at one family. Append-only; apart from the log of acts, because looking changes nothing."""

    __tablename__ = "read_event"

    id: int = col.bigint("Number of the look.", key=True, numbered=True)
    at: datetime = col.moment("When, by the house's clock.")
    user_id: int = col.integer("Who looked.")
    behalf: int | None = col.integer("On whose behalf; null for himself.")
    role: int = col.smallint("Role in which he looked.")
    office: int | None = col.bigint("Region of that role at its own length, 0 the nation; null where it is no region.")
    unit: str | None = col.text("Programme or organisation of that role, where it has one.")
    what: str = col.text("keluarga, riwayat, kasus, bukti, dokumen, nomor (numbers shown open) or cetak.")
    household_id: int = col.bigint("The family.")
    region: int = col.bigint("Its village then, ten digits.")
    case_id: int | None = col.bigint("The case through which he looked.")
    document: int | None = col.bigint("The document he took.")
    purpose: str | None = col.text("Code of the purpose, where one was asked.")
    words: str | None = col.text("What he said about it.")
    request: str | None = col.text("Id of the request, as the program's log names it.")

    __table_args__ = (
        CheckConstraint("what IN ('keluarga', 'riwayat', 'kasus', 'bukti', 'dokumen', 'nomor', 'cetak')"),
        Index("read_event_household", "household_id", "id"),
        Index("read_event_user", "user_id", "at"),
        Index("read_event_at", "at", postgresql_using="brin"),
    )
