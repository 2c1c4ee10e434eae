"""The table of imported files."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from models import columns as col


class ImportFile(SQLModel, table=True):
    """A file of families, taken in once, however often and by how many people it is sent."""

    __tablename__ = "import_file"

    id: int = col.bigint("Number of the file.", key=True, numbered=True)
    fingerprint: str = col.text("SHA-256, hexadecimal, of the file.")
    region: int = col.bigint("Village, kecamatan or kabupaten it is for.")
    name: str = col.text("Name under which it was sent.")
    user_id: int = col.integer("Who sent it first.")
    batch: int = col.bigint("Batch its proposals went to.", references="batch.id")
    act: int | None = col.bigint("Act that opened them; null until then.")
    families: int = col.integer("How many families it names.")
    good: int = col.integer("How many of them entered.")
    bad: int = col.integer("How many came back with errors.")
    report: Any = col.document("How often each kind of error stands in it, and the answers row by row, numbers masked.")
    rejected: bytes | None = col.octets("Workbook of the families that could not enter; personal data, erasable.")
    at: datetime = col.moment("When it was first sent.")

    __table_args__ = (UniqueConstraint("fingerprint", "region"), Index("import_file_batch", "batch"))
