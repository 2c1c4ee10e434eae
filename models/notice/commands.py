"""Tell people something: one call, idempotent by person and key, in the transaction of what it tells about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from models.database import Conn, fetch_value
from models.notice.rules import NATION, TOLD
from models.raised import domain_errors


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


async def read_fates(conn: Conn, session: UUID, *, limit: int = 200) -> int:
    """Tell proposers what became of their proposals, from the log's next acts; returns how many acts were read.

    Position and notices are one transaction. 0: nothing is new, or another reader is at it.

    Raises:
        OnlySystem: the session is a person's.
    """
    with domain_errors():
        return int(await fetch_value(conn, "SELECT fate_read(%s, %s, %s)", (session, Jsonb(TOLD), limit)))


async def tell_weekly(conn: Conn, session: UUID) -> int:
    """Tell villages their week where its hour has come; returns how many notices are new.

    Raises:
        OnlySystem: the session is a person's.
    """
    with domain_errors():
        return int(await fetch_value(conn, "SELECT weekly_tell(%s)", (session,)))


# -- what a person does with his own ----------------------------------------------------------------------------------


async def mark_read(conn: Conn, session: UUID, notices: Sequence[int]) -> int:
    """Note that the person behind a session read these; returns how many of them are his."""
    with domain_errors():
        return int(await fetch_value(conn, "SELECT notice_mark_read(%s, %s)", (session, list(notices))))


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a person wants to be told; None follows policy. Quiet hours are hours of the day in his own zone."""

    channels: Sequence[str] | None = None
    language: str | None = None
    digest: str | None = None
    quiet_from: int | None = None
    quiet_to: int | None = None


async def prefer(conn: Conn, session: UUID, wishes: Wishes) -> None:
    """Keep how the person behind a session wants to be told."""
    with domain_errors():
        await conn.execute(
            "SELECT notice_prefer(%s, %s::text[], %s, %s, %s, %s)",
            (
                session,
                None if wishes.channels is None else list(wishes.channels),
                wishes.language,
                wishes.digest,
                wishes.quiet_from,
                wishes.quiet_to,
            ),
        )


async def keep_address(conn: Conn, session: UUID, channel: str, address: str | None) -> str | None:
    """Keep, or with None forget, where a person is reached; returns the key that signs a new webhook, shown once."""
    with domain_errors():
        secret: str | None = await fetch_value(
            conn, "SELECT notice_address_keep(%s, %s, %s)", (session, channel, address)
        )
    return secret


async def make_link(conn: Conn, session: UUID) -> str:
    """Return a one-time code, good for 15 minutes, with which a Telegram chat becomes this person's."""
    with domain_errors():
        code: str = await fetch_value(conn, "SELECT notice_link_make(%s)", (session,))
    return code


async def use_link(conn: Conn, code: str, chat: int) -> str | None:
    """Give a chat to whoever made the code; returns his language, None for a code that is unknown, used or too old."""
    language: str | None = await fetch_value(conn, "SELECT notice_link_use(%s, %s)", (code, str(chat)))
    return language


# -- what a sender does -----------------------------------------------------------------------------------------------


async def claim(conn: Conn, channel: str, *, limit: int, seconds: int) -> list[dict[str, Any]]:
    """Take deliveries of a channel that are due, for some seconds; each belongs to one sender at a time.

    Rows: id, user_id, notice (None: a digest), tries, lease, address (None: there is none any more), secret, language.
    """
    cursor = await conn.execute("SELECT * FROM deliveries_claim(%s, %s, %s)", (channel, limit, seconds))
    return await cursor.fetchall()


async def note_sent(conn: Conn, delivery: int, lease: UUID, provider: str | None) -> bool:
    """Note that the other side took a message; False when the claim was lost meanwhile."""
    return bool(await fetch_value(conn, "SELECT delivery_sent(%s, %s, %s)", (delivery, lease, provider)))


async def note_later(conn: Conn, delivery: int, lease: UUID, error: str, seconds: float) -> bool:
    """Give a claim back uncounted, to be tried after some seconds; False when it was lost meanwhile."""
    return bool(await fetch_value(conn, "SELECT delivery_later(%s, %s, %s, %s)", (delivery, lease, error, seconds)))


async def note_failed(
    conn: Conn, delivery: int, lease: UUID, error: str, *, final: bool = False, blocked: bool = False
) -> str | None:
    """Note that a message did not arrive; returns what it is now: antre (next channel), gagal, mati; None: claim lost.

    `final`: this channel will never take it. `blocked`: the other side turned this person away.
    """
    state: str | None = await fetch_value(
        conn, "SELECT delivery_failed(%s, %s, %s, %s, %s)", (delivery, lease, error, final, blocked)
    )
    return state


async def resend(conn: Conn, session: UUID, deliveries: Sequence[int]) -> list[int]:
    """Send dead letters again; returns those that are on their way again, none outside the administrator's region.

    Raises:
        OutOfScope: the caller is no administrator.
    """
    with domain_errors():
        cursor = await conn.execute("SELECT deliveries_resend(%s, %s) AS id", (session, list(deliveries)))
        return [row["id"] for row in await cursor.fetchall()]


def resend_any(conn: Connection[DictRow], deliveries: Sequence[int]) -> int:
    """Send dead letters again, as the owner of the database; returns how many are on their way."""
    return conn.execute("SELECT dead_resend(%s, %s, %s)", (*NATION, list(deliveries))).rowcount
