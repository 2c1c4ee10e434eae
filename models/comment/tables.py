"""The table of comments. Erasable, and no part of the log: nothing is decided by them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

from models import columns as col


class Comment(SQLModel, table=True):
    """What somebody who works on a case tells the others."""

    __tablename__ = "case_comment"

    id: int = col.bigint("Number of the comment.", key=True, numbered=True)
    case_id: int = col.bigint("The case it is about.", references="case_.id")
    actor: int = col.integer("Who wrote it; for whom too, where he acted for another.")
    role: int = col.smallint("Role in which it was written.")
    text: str = col.text("What was written; without numbers of persons, cards and accounts.")
    at: datetime = col.moment("When.")

    __table_args__ = (
        CheckConstraint("length(text) BETWEEN 1 AND 2000"),
        Index("case_comment_case", "case_id", "id"),
    )
