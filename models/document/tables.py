"""The table of uploaded documents."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

from models import columns as col


class Document(SQLModel, table=True):
    """One upload: a cleaned file, tied to a case as evidence of one kind. Append-only."""

    __tablename__ = "document"

    id: int = col.bigint("Number of the document.", key=True, numbered=True)
    case_id: int = col.bigint("Case it is evidence for.")
    kind: int = col.smallint("Kind of fact it proves.")
    sha256: str = col.text("SHA-256, hexadecimal, of the cleaned content; also the name of its file.")
    type: str = col.text("What it is by its content: `image/jpeg`, `image/png` or `application/pdf`.")
    bytes: int = col.integer("Size of the cleaned content, in bytes.")
    latitude: float | None = col.double("Where the photo was taken, degrees north; null where it does not say.")
    longitude: float | None = col.double("Where the photo was taken, degrees east.")
    taken_at: datetime | None = col.moment("When the photo was taken, by its own account.")
    user_id: int = col.integer("Actor who uploaded it: a person, or the mask under which he objects.")
    act: int = col.bigint("Act that brought it.")
    at: datetime = col.moment("When it was uploaded.")

    __table_args__ = (
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'"),
        CheckConstraint("type IN ('image/jpeg', 'image/png', 'application/pdf')"),
        CheckConstraint("bytes > 0"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)"),
        Index("document_case", "case_id", "kind"),
        Index("document_sha256", "sha256"),
    )
