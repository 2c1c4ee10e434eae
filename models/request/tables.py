"""The table of answered requests: same request, same answer."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import SQLModel

from models import columns as col


class Request(SQLModel, table=True):
    """One request and its answer, kept under the caller's own key."""

    __tablename__ = "request"
    __table_args__ = (Index("request_at", "at"),)

    principal: int = col.integer("Account that asked.", key=True)
    key: str = col.text("Idempotency key, made by the caller.", key=True)
    body_hash: str = col.text("SHA-256, hexadecimal, of the request; another one under the same key is refused.")
    status: int | None = col.integer("HTTP status of the answer; null while it is being worked on.")
    answer: Any | None = col.document("The answer.")
    at: datetime = col.moment("When it first came, by the real clock.")
