"""The tables of clock and policy: what time it is, what held when."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel, desc

from models import columns as col


class Clock(SQLModel, table=True):
    """The one clock's setting: a single row."""

    __tablename__ = "clock"

    one: bool = col.boolean("Always true: there is one row.", key=True, default="true")
    mark: str = col.text("production, demo, test or practice; production is never shifted.")
    shift: timedelta = col.span("How far the clock runs ahead of the real one.", default="'0'")

    __table_args__ = (
        CheckConstraint("one"),
        CheckConstraint("mark IN ('production', 'demo', 'test', 'practice')"),
        CheckConstraint("mark <> 'production' OR shift = '0'"),
    )


class PolicyVersion(SQLModel, table=True):
    """One decree's change of policy; later versions of a key replace earlier ones from their date on."""

    __tablename__ = "policy_version"

    id: int = col.integer("Number of the version, which every act keeps.", key=True)
    valid_from: datetime = col.moment("From when it holds.")
    decree: str = col.text("Decree it follows.")
    note: str = col.text("What was changed and why.")
    recorded_at: datetime = col.moment("When it was written here, by the real clock.")

    __table_args__ = (Index("policy_version_valid_from", desc("valid_from"), desc("id")),)


class Policy(SQLModel, table=True):
    """What one key holds from a version on."""

    __tablename__ = "policy"

    key: str = col.text("Such as `sla.usulan.draf`; `@` and a region's code narrow it to that region.", key=True)
    version: int = col.integer("Version that set it.", key=True, references="policy_version.id")
    value: Any = col.document("What it holds; amounts are whole rupiah, durations words such as `3 wd`.")
