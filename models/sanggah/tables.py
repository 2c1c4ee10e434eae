"""The table of seats that are kept for struck-off families."""

from sqlalchemy import Index
from sqlmodel import SQLModel

from models import columns as col


class SeatKept(SQLModel, table=True):
    """A seat of a programme that an objection took, kept until the appeal is over; counted as used."""

    __tablename__ = "seat_kept"

    case_id: int = col.bigint("Membership that held it and may come back to it.", key=True)
    objection: int = col.bigint("Objection that ended the membership.")

    __table_args__ = (Index("seat_kept_objection", "objection"),)
