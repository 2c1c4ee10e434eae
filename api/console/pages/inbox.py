"""Pemberitahuan: what I am told."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse

from api.console.visit import Posting, Visiting
from api.shapes import Number
from models.notice import commands, queries
from notifications.kinds import KINDS, compose

router = APIRouter()

_PAGE = 30


@router.get("/pemberitahuan")
async def inbox(visit: Visiting, sebelum: Number | None = None) -> HTMLResponse:
    """Show my notices, newest first."""
    rows = await queries.inbox(visit.conn, before=sebelum, limit=_PAGE)
    for row in rows:
        message = compose(row["kind"], row["data"], visit.language) if row["kind"] in KINDS else None
        row["subject"] = message.subject if message else row["kind"]
        # The last line is the link, for channels that carry nothing but text.
        text, _, link = message.text.rstrip().rpartition("\n") if message else ("", "", "")
        row["text"], row["link"] = text, link.rpartition(" ")[2]
    return visit.page("pemberitahuan.html", notices=rows, next=rows[-1]["id"] if len(rows) == _PAGE else None)


@router.post("/pemberitahuan")
async def read(post: Posting) -> RedirectResponse:
    """Mark the notices on the page as read."""
    async with post.here.pool.connection() as conn, conn.transaction():
        await commands.mark_read(conn, post.session, post.numbers("id"))
    return RedirectResponse("/pemberitahuan", 303)
