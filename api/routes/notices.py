"""Notices: one's inbox, how one wants to be told, and for administrators what did not arrive."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Path, Query
from fastapi.responses import JSONResponse

from api.caller import Here, Reading, Session
from api.documented import InputInvalid, refusals
from api.notice_shapes import Resend, WishesIn
from api.section import Section
from api.shapes import Id, Moment, Number
from api.writes import Writing
from models.database import Conn
from models.errors import OutOfScope, RequestKeyReused, SessionUnknown
from models.notice import commands, queries
from models.notice.errors import MessageUnknown, NoticeNotFound
from notifications.kinds import KINDS, compose

router = Section(prefix="/notices", tags=["pemberitahuan"])

_READ = refusals(SessionUnknown, InputInvalid)
_WRITE = refusals(SessionUnknown, InputInvalid, RequestKeyReused)
_ADMIN = refusals(SessionUnknown, OutOfScope, InputInvalid)


def _told(row: dict[str, Any], language: str) -> dict[str, Any]:
    """Return a notice as the inbox shows it. `case` and `number` where it is about one case; `numbers` always."""
    data = row["data"]
    numbers = data.get("numbers", [])
    known = row["kind"] in KINDS  # during an upgrade a newer process may tell what this one has no words for
    message = compose(row["kind"], data, language) if known else None
    return {
        "id": row["id"],
        "kind": row["kind"],
        "urgent": row["urgent"],
        "at": row["at"],
        "read_at": row["read_at"],
        "case": row["case_id"],
        "number": numbers[0] if len(numbers) == 1 else None,
        "numbers": numbers,
        "count": data.get("count", 1),
        "region": row["region"],
        "state": data.get("state"),
        "link": data.get("link"),
        "subject": message.subject if message else row["kind"],
        "text": message.text if message else data.get("link", ""),
    }


@router.get("", responses=_READ)
async def list_notices(
    conn: Reading,
    since: Annotated[Moment | None, Query(description="Hanya yang sesudah saat ini")] = None,
    unread: Annotated[bool, Query(description="Hanya yang belum dibaca")] = False,
    before: Annotated[Id | None, Query(description="`next` dari halaman sebelumnya")] = None,
    limit: Annotated[int, Query(ge=1, le=queries.PAGE_MAX)] = 50,
    accept_language: Annotated[str | None, Header(max_length=100)] = None,
) -> dict[str, Any]:
    """Return what I am told: what happened to what I proposed, why, and what to do next. Newest first."""
    asked = (accept_language or "").lower()[:2]
    language = asked if asked in {"id", "en"} else await queries.language(conn)
    rows = await queries.inbox(conn, since=since, unread=unread, before=before, limit=limit)
    return {
        "notices": [_told(row, language) for row in rows],
        "unread": await queries.unread_count(conn),
        "next": rows[-1]["id"] if len(rows) == limit else None,
    }


@router.post("/{notice}/read", responses=refusals(SessionUnknown, NoticeNotFound, InputInvalid, RequestKeyReused))
async def read_notice(notice: Id, write: Writing) -> JSONResponse:
    """Note that I have read a notice of mine; again changes nothing."""

    async def work(conn: Conn) -> tuple[int, Any]:
        if not await commands.mark_read(conn, write.session, [notice]):
            raise NoticeNotFound(notice)
        return 200, {"id": notice, "read": True}

    return await write.run(work)


@router.get("/preferences", responses=_READ)
async def get_preferences(conn: Reading) -> dict[str, Any]:
    """Return how I am told: channels in order, language, digest, quiet hours, and where I am reached."""
    return await queries.wishes(conn)


@router.put("/preferences", responses=_WRITE)
async def put_preferences(wanted: WishesIn, write: Writing) -> JSONResponse:
    """Choose how I am told. The key that signs a new webhook is shown in this answer and never again."""

    async def work(conn: Conn) -> tuple[int, Any]:
        wishes = commands.Wishes(wanted.channels, wanted.language, wanted.digest, wanted.quiet_from, wanted.quiet_to)
        await commands.prefer(conn, write.session, wishes)
        secret = None
        for channel in sorted(wanted.addresses.model_fields_set):
            made = await commands.keep_address(conn, write.session, channel, getattr(wanted.addresses, channel))
            secret = made or secret
        return 200, {"saved": True, "webhook_secret": secret}

    return await write.run(work)


@router.post("/telegram-link", status_code=201, responses=_WRITE)
async def link_telegram(write: Writing, here: Here) -> JSONResponse:
    """Make a code, good once for 15 minutes, with which my Telegram chat shows the bot that it is mine."""
    bot = here.settings.telegram_bot.removeprefix("@")

    async def work(conn: Conn) -> tuple[int, Any]:
        code = await commands.make_link(conn, write.session)
        return 201, {
            "command": f"/start {code}",
            "url": f"https://t.me/{bot}?start={code}" if bot else None,
            "minutes": 15,
        }

    return await write.run(work)


@router.get("/dead", responses=_ADMIN)
async def list_dead(
    conn: Reading,
    session: Session,
    after: Annotated[Number, Query(description="`next` dari halaman sebelumnya")] = 0,
    limit: Annotated[int, Query(ge=1, le=queries.PAGE_MAX)] = 50,
) -> dict[str, Any]:
    """Return messages that no channel took, of people in my region: for administrators. Oldest first."""
    rows = await queries.dead(conn, session, after=after, limit=limit)
    return {"dead": rows, "next": rows[-1]["id"] if len(rows) == limit else None}


@router.post("/dead/resend", responses=refusals(SessionUnknown, OutOfScope, InputInvalid, RequestKeyReused))
async def resend_dead(wanted: Resend, write: Writing) -> JSONResponse:
    """Send dead letters again, from their reader's first channel on; returns those that are on their way."""

    async def work(conn: Conn) -> tuple[int, Any]:
        return 200, {"resent": sorted(await commands.resend(conn, write.session, wanted.ids))}

    return await write.run(work)


@router.get("/preview/{kind}", responses=refusals(SessionUnknown, MessageUnknown, InputInvalid))
async def preview(
    kind: Annotated[str, Path(max_length=60, examples=["dikembalikan"])],
    conn: Reading,  # noqa: ARG001 -- asked for so that only people with a session look
    here: Here,
    language: Annotated[str, Query(pattern="^(id|en)$")] = "id",
) -> dict[str, Any]:
    """Return a message exactly as each channel would carry it, with example data."""
    if kind not in KINDS:
        raise MessageUnknown(kind)
    message = compose(kind, KINDS[kind].example, language, base_url=here.settings.public_url)
    return {
        "kind": kind,
        "language": language,
        "inbox": {"subject": message.subject, "text": message.text},
        "telegram": message.telegram,
        "sms": message.sms,
        "email": {"subject": message.subject, "text": message.email, "html": message.email_html},
    }
