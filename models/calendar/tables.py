"""The tables of the calendar: which days nobody works, which windows were extended."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from models import columns as col

_LIVE = text("ended_at IS NULL")


class Holiday(SQLModel, table=True):
    """A day, beside the weekend, on which offices or banks do not work. Never deleted: withdrawn by decree."""

    __tablename__ = "holiday"

    day: date = col.day("The day, in the local time of its region.")
    name: str = col.text("Its name.")
    kind: str = col.text("libur (nation), cuti_bersama (joint leave) or libur_daerah (one region).")
    decree: str = col.text("Decree that says so.")
    id: int = col.bigint("Number of the holiday.", key=True, numbered=True)
    lo: int = col.bigint("Lowest village code it holds for.", default="0")
    hi: int = col.bigint("Highest village code it holds for.", default="'9999999999'::bigint")
    act: int | None = col.bigint("Act that entered it; null for those a new database starts with.")
    added_at: datetime = col.moment("When it was entered.", default="now()")
    ended_at: datetime | None = col.moment("When it was withdrawn or replaced; null while it holds.")
    ended_decree: str | None = col.text("Decree that withdrew or replaced it.")
    ended_act: int | None = col.bigint("Act that withdrew or replaced it.")

    __table_args__ = (
        CheckConstraint("kind IN ('libur', 'cuti_bersama', 'libur_daerah')", name="holiday_kind_check"),
        CheckConstraint(
            "lo <= hi AND (kind = 'libur_daerah') = (hi - lo < 9999999999)",
            name="holiday_region_check",
        ),
        CheckConstraint("(ended_at IS NULL) = (ended_decree IS NULL)", name="holiday_ended_check"),
        Index("holiday_live", "day", "kind", "lo", "hi", unique=True, postgresql_where=_LIVE),
    )


class WindowExtension(SQLModel, table=True):
    """Further days on which one region may take a step of the monthly calendar, by decree."""

    __tablename__ = "window_extension"

    id: int = col.bigint("Number of the extension.", key=True, numbered=True)
    step: str = col.text("input, kirim, pengesahan or tarik.")
    programme: str | None = col.text("Programme it is for; null for all.")
    lo: int = col.bigint("Lowest village code it holds for.")
    hi: int = col.bigint("Highest village code it holds for.")
    first_day: date = col.day("First open day, local.")
    last_day: date = col.day("Last open day, local, in the same month; it ends at local midnight.")
    decree: str = col.text("Decree that grants it.")
    reason: str = col.text("Why it was needed.")
    act: int = col.bigint("Act that granted it.")
    added_at: datetime = col.moment("When it was granted.")
    ended_at: datetime | None = col.moment("When it was withdrawn; null while it holds.")
    ended_decree: str | None = col.text("Decree that withdrew it.")
    ended_act: int | None = col.bigint("Act that withdrew it.")

    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="window_extension_days_check"),
        CheckConstraint("(ended_at IS NULL) = (ended_decree IS NULL)", name="window_extension_ended_check"),
        Index("window_extension_live", "hi", "lo", postgresql_where=_LIVE),
    )
