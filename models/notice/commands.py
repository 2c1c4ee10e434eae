"""Tell people something: one call, idempotent by person and key, in the transaction of what it tells about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.database import Conn, fetch_value
from models.errors import domain_errors


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that one person is to be told.

    `kind` names the folder of templates, `key` the news: a person is told the same key once. `data` holds what the
    templates say (numbers, codes, labels, counts, a link) and nothing that names a person.
    """

    user: int
    kind: str
    key: str
    data: Mapping[str, Any]
    urgent: bool = False
    region: int | None = None
    case: int | None = None


async def notify(conn: Conn, session: UUID, notices: Sequence[Notice]) -> int:
    """Write notices as the system; returns how many are new, the others were told before under the same key.

    Inside a caller's transaction they are told if and only if it commits.

    Raises:
        OnlySystem: the session is a person's.
        psycopg.errors.CheckViolation: some data holds a number of 16 digits, as only a NIK or KK has.
    """
    if not notices:
        return 0
    with domain_errors():
        return int(
            await fetch_value(
                conn,
                "SELECT notice_notify(%s, %s::integer[], %s::text[], %s::text[], %s::jsonb[], %s::boolean[], "
                "%s::bigint[], %s::bigint[])",
                (
                    session,
                    [notice.user for notice in notices],
                    [notice.kind for notice in notices],
                    [notice.key for notice in notices],
                    [Jsonb(dict(notice.data)) for notice in notices],
                    [notice.urgent for notice in notices],
                    [notice.region for notice in notices],
                    [notice.case for notice in notices],
                ),
            )
        )
