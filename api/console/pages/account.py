"""Akun saya: my sessions, what happened to my account, and how I am told."""

from __future__ import annotations

from typing import Any

from fastapi.responses import HTMLResponse, RedirectResponse

from api.console.visit import Posting, Visiting
from api.section import Section
from models.database import Conn
from models.notice.commands import Wishes, prefer
from models.notice.queries import wishes
from models.notice.rules import CHANNELS
from models.signin import commands, queries

router = Section(prefix="/akun")

_EVENTS = 20


@router.get("")
async def show(visit: Visiting, tersimpan: str = "") -> HTMLResponse:
    """Show my account."""
    return visit.page(
        "akun.html",
        sessions=await queries.sessions(visit.conn, visit.session),
        events=await queries.events(visit.conn, account=visit.who["user_id"], limit=_EVENTS),
        wishes=await wishes(visit.conn),
        channels=CHANNELS,
        saved=bool(tersimpan),
    )


@router.post("/sesi")
async def end_session(post: Posting) -> RedirectResponse:
    """End a session or token of mine."""
    async with post.here.pool.connection() as conn, conn.transaction():
        for number in post.numbers("sesi"):
            await commands.revoke(conn, post.session, number)
    return RedirectResponse("/akun?tersimpan=1", 303)


@router.post("/kabar")
async def keep_wishes(post: Posting) -> RedirectResponse:
    """Choose how I am told; what is left out follows policy."""
    chosen = [name for name in CHANNELS if name in post.form.getlist("saluran")]
    language = post.text("bahasa") if post.text("bahasa") in {"id", "en"} else None
    digest = post.text("ringkasan") if post.text("ringkasan") in {"langsung", "harian"} else None
    hours = [number for name in ("dari", "sampai") for number in post.numbers(name)[:1]]
    quiet = hours if len(hours) == 2 and max(hours) < 24 else [None, None]  # noqa: PLR2004 -- from, to; hours of a day

    async def work(conn: Conn) -> tuple[int, Any]:
        await prefer(conn, post.session, Wishes(chosen or None, language, digest, quiet[0], quiet[1]))
        return 200, {"saved": True}

    await post.write(work)
    return RedirectResponse("/akun?tersimpan=1#kabar", 303)
