"""The table of proposed roles: made by one administrator, confirmed by the office's head."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from models import columns as col


class AssignmentRequest(SQLModel, table=True):
    """A dated role with its scope that somebody shall have; confirmed, it is an assignment."""

    __tablename__ = "assignment_request"

    id: int = col.bigint("Number of the request.", key=True, numbered=True)
    user_id: int = col.integer("Who shall have it.", references="account_user.id")
    role: int = col.smallint("Role.", references="role.code")
    lo: int | None = col.bigint("Lowest village of the scope, ten digits; null where the scope is no region.")
    hi: int | None = col.bigint("Highest village of the scope, ten digits; null where the scope is no region.")
    programme: int | None = col.smallint("Programme of the scope.", references="programme.code")
    organisation: str | None = col.text("Organisation whose files are the scope.")
    office: int | None = col.bigint("Region whose office keeps the role, where the scope is no region.")
    valid_from: datetime = col.moment("When it begins.")
    valid_to: datetime | None = col.moment("When it ends; null for no end.")
    state: str = col.text("menunggu_konfirmasi, dikonfirmasi or ditolak.", default="'menunggu_konfirmasi'")
    made_by: int = col.integer("Which administrator made it.", references="account_user.id")
    made_at: datetime = col.moment("When, by the house's clock.")
    decided_by: int | None = col.integer(
        "Who confirmed or refused; null where policy asks nobody.", references="account_user.id"
    )
    decided_at: datetime | None = col.moment("When, by the house's clock.")
    reason: str | None = col.text("Why it was refused.")
    assignment: int | None = col.integer("What it became.", references="assignment.id")
    delegated_from: int | None = col.integer(
        "Assignment of somebody else in whose place it shall act.", references="assignment.id"
    )
    why: str | None = col.text("Why another shall act in his place.")

    __table_args__ = (
        CheckConstraint("state IN ('menunggu_konfirmasi', 'dikonfirmasi', 'ditolak')"),
        CheckConstraint("(lo IS NULL) = (hi IS NULL)"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from"),
        Index("assignment_request_user", "user_id"),
        Index(
            "assignment_request_open",
            "role",
            "lo",
            "hi",
            postgresql_where=text("state = 'menunggu_konfirmasi'"),
        ),
    )
