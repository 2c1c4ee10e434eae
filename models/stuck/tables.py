"""The tables of the watch over stuck cases: what was raised, who knows of it, how the looks went, and the tallies."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import SQLModel

from models import columns as col


class Alert(SQLModel, table=True):
    """Something stuck, at one level: raised once, ended when it moves."""

    __tablename__ = "alert"

    id: int = col.bigint("Number of the alert.", key=True, numbered=True)
    subject: str = col.text("What is stuck: kasus, gerbang, batch, bangun, panggilan or wilayah.")
    key: int = col.bigint("Its number: case, approval, batch, wake, call; or the kabupaten's code.")
    version: int = col.bigint("Version of the case, attempt of the run, number of the outage; else 0.")
    level: int = col.smallint("0 soon due, 1 due or unable to move, each further one an office higher.")
    reason: str = col.text("Why it was raised, see models/stuck/rules.py.")
    lo: int = col.bigint("Lowest village it is about, ten digits; a case's own.")
    hi: int = col.bigint("Highest village it is about, ten digits; a case's own.")
    programme: int | None = col.smallint("Programme, where it is for one.")
    state: int | None = col.smallint("State of the case.")
    since: datetime = col.moment("Since when it stands there.")
    due: datetime = col.moment("When it is or was due.")
    raised_at: datetime = col.moment("When the watch saw it.")
    ended_at: datetime | None = col.moment("When the watch saw that it had moved; null while it stands.")

    __table_args__ = (
        UniqueConstraint("subject", "key", "version", "level"),
        CheckConstraint("subject IN ('kasus', 'gerbang', 'batch', 'bangun', 'panggilan', 'wilayah')"),
        Index("alert_open", "lo", "due", "id", postgresql_where=text("ended_at IS NULL")),
    )


class AlertPerson(SQLModel, table=True):
    """Who knows of an alert: written with his notice, or for his digest."""

    __tablename__ = "alert_person"

    alert: int = col.bigint("The alert.", key=True, references="alert.id")
    user_id: int = col.integer("The person.", key=True, references="account_user.id")
    at: datetime = col.moment("Since when.")

    __table_args__ = (Index("alert_person_user", "user_id"),)


class StuckDigest(SQLModel, table=True):
    """The last day for which a person was given the digest of what is stuck at his desk."""

    __tablename__ = "stuck_digest"

    user_id: int = col.integer("The person.", key=True, references="account_user.id")
    day: date = col.day("The day, in the person's own zone.")


class WatchRegion(SQLModel, table=True):
    """How the watch's looks at one kabupaten went."""

    __tablename__ = "watch_region"

    region: int = col.bigint("Code of the kabupaten or kota, four digits; 0 for the work of the nation.", key=True)
    last_ok: datetime | None = col.moment("When a look last came to its end.")
    last_error_at: datetime | None = col.moment("When one last failed.")
    last_error: str | None = col.text("What it failed with: class and SQLSTATE, nothing of the data; null while well.")
    outage: int = col.integer("How many times looks began to fail.", default="0")


class StuckTally(SQLModel, table=True):
    """Open cases of a village, state and programme at the watch's last look."""

    __tablename__ = "stuck_tally"

    region: int = col.bigint("Village, ten digits.", key=True)
    state: int = col.smallint("State.", key=True)
    programme: int = col.smallint("Programme; 0 where none applies.", key=True)
    open: int = col.integer("Cases there.")
    soon: int = col.integer("Of these due soon.")
    due: int = col.integer("Of these due, told to the holder alone.")
    late: int = col.integer("Of these late, told to an office above.")
    blocked: int = col.integer("Of these unable to move at all, whatever their time.")
    at: datetime = col.moment("When they were counted.")


class StuckKab(SQLModel, table=True):
    """The watch's tally of one kabupaten, state and programme: the sums of `stuck_tally` over its villages."""

    __tablename__ = "stuck_kab"

    kabupaten: int = col.integer("Kabupaten, four digits; 0 for the nation's own cases.", key=True)
    state: int = col.smallint("State.", key=True)
    programme: int = col.smallint("Programme; 0 where none applies.", key=True)
    open: int = col.integer("Cases there.")
    soon: int = col.integer("Of these due soon.")
    due: int = col.integer("Of these due, told to the holder alone.")
    late: int = col.integer("Of these late, told to an office above.")
    blocked: int = col.integer("Of these unable to move at all, whatever their time.")
    at: datetime = col.moment("When they were counted.")


class StuckDaily(SQLModel, table=True):
    """The tally at the day's last look, where anything was near or past its time; kept for a month."""

    __tablename__ = "stuck_daily"

    day: date = col.day("The day, local.", key=True)
    region: int = col.bigint("Village, ten digits.", key=True)
    state: int = col.smallint("State.", key=True)
    programme: int = col.smallint("Programme; 0 where none applies.", key=True)
    soon: int = col.integer("Cases due soon.")
    due: int = col.integer("Cases due, told to the holder alone.")
    late: int = col.integer("Cases late, told to an office above.")
    blocked: int = col.integer("Cases unable to move at all.")

    __table_args__ = (Index("stuck_daily_region", "region", "day"),)
