"""The tables of hand-overs: what somebody offered to a colleague, and what became of it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from models import columns as col


class Handover(SQLModel, table=True):
    """Families that a pendamping gives to another; they stay with the giver until the receiver accepts."""

    __tablename__ = "handover"

    id: int = col.bigint("Number of the hand-over.", key=True, numbered=True)
    giver: int = col.integer("Who looks after the families.", references="account_user.id")
    receiver: int = col.integer("Who shall.", references="account_user.id")
    made_by: int = col.integer("Who offered it: the giver, or his administrator.", references="account_user.id")
    reason: str = col.text("Why.")
    offered_at: datetime = col.moment("When it was offered.")
    until: datetime = col.moment("When it lapses unanswered.")
    state: str = col.text("ditawarkan, diterima, ditolak, ditarik or lewat.", default="'ditawarkan'")
    ended_at: datetime | None = col.moment("When it was answered, withdrawn or lapsed.")
    answer: str | None = col.text("What the receiver said.")
    act: int | None = col.bigint("Act that told the cases of their new officer; null where no case needed it.")

    __table_args__ = (
        CheckConstraint("state IN ('ditawarkan', 'diterima', 'ditolak', 'ditarik', 'lewat')"),
        CheckConstraint("giver <> receiver"),
        Index("handover_giver", "giver", "id"),
        Index("handover_receiver", "receiver", "id"),
        Index("handover_open", "until", postgresql_where=text("state = 'ditawarkan'")),
    )


class HandoverFamily(SQLModel, table=True):
    """One family of a hand-over, with whatever the giver personally holds about it."""

    __tablename__ = "handover_family"

    handover: int = col.bigint("The hand-over.", key=True, references="handover.id")
    household_id: int = col.bigint("The family.", key=True)
    outcome: str | None = col.text(
        "beralih; berubah (the giver held it no more); terhalang (duties bar the receiver); null before."
    )

    __table_args__ = (
        CheckConstraint("outcome IN ('beralih', 'berubah', 'terhalang')"),
        Index("handover_family_household", "household_id"),
    )
