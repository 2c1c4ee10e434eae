"""Counts by place, programme and state: so many cases stand there, so many came there on a day."""

from __future__ import annotations

from datetime import date

from sqlmodel import SQLModel

from models import columns as col


class Tally(SQLModel, table=True):
    """Cases of one place, programme and state, as of the reader's position (`tally_as_of`)."""

    __tablename__ = "tally"

    lo: int = col.bigint("Lowest village of the place: a village itself, kecamatan, kabupaten, provinsi, 0.", key=True)
    hi: int = col.bigint("Its highest village; 9999999999 for the nation.", key=True)
    programme: int = col.smallint("Programme; 0 where none applies.", key=True)
    state: int = col.smallint("State.", key=True)
    n: int = col.bigint("Cases that stand there.")

    __table_args__ = ({"postgresql_with": {"fillfactor": 70}},)


class TallyDay(SQLModel, table=True):
    """Cases of one kabupaten, provinsi or the nation that came to a state on one day."""

    __tablename__ = "tally_day"

    day: date = col.day("The day, local.", key=True)
    lo: int = col.bigint("Lowest village of the place.", key=True)
    hi: int = col.bigint("Its highest village.", key=True)
    programme: int = col.smallint("Programme; 0 where none applies.", key=True)
    state: int = col.smallint("State.", key=True)
    n: int = col.bigint("Cases that came there, each as often as it came.")

    __table_args__ = ({"postgresql_with": {"fillfactor": 70}},)
