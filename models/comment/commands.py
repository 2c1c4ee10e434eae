"""Write a comment about a case."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from models.case.errors import CaseNotFound
from models.comment.errors import CommentEmpty, CommentWithNumber
from models.database import Conn
from models.raised import domain_errors

LETTERS_MOST: Final = 2000
_NUMBER: Final = re.compile(r"\d{10,}|(?:\d[ .-]?){16,}", re.ASCII)
"""Ten digits in a row, or sixteen however they are set apart; a date with its time has fewer."""


@dataclass(frozen=True, slots=True)
class Written:
    """A comment that was written: its number and when."""

    comment: int
    at: datetime


async def write_comment(conn: Conn, session: UUID, case: int, text: str) -> Written:
    """Write a comment about a case in the caller's sight.

    Raises:
        CommentEmpty, CommentWithNumber: nothing was written.
        CommentNotYours: comments are of those who decide and verify: no family, payer, administrator, auditor.
        CaseNotFound: out of sight.
    """
    said = text.strip()
    if not 1 <= len(said) <= LETTERS_MOST:
        raise CommentEmpty(LETTERS_MOST)
    if _NUMBER.search(said):
        raise CommentWithNumber
    with domain_errors():
        row = await (await conn.execute("SELECT * FROM comment_add(%s, %s, %s)", (session, case, said))).fetchone()
    if row is None:
        raise CaseNotFound(case)
    return Written(row["id"], row["at"])
