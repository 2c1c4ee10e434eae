"""Akun saya: my sessions, what happened to my account, and how I am told."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.console.numbers import whole
from api.console.visit import Posted, Posting, Visit, Visiting, visit_of
from api.section import Section
from models.database import Conn
from models.errors import AlurError
from models.notice.commands import Wishes, prefer
from models.notice.queries import wishes
from models.notice.rules import CHANNELS
from models.signin import commands, queries

router = Section(prefix="/akun")

_EVENTS = 20


class QuietHoursUnclear(AlurError):
    """Quiet hours that are none: one alone, or no hour of a day; `field` is where the message stands."""

    status = 422
    code = "jam_tenang_belum_jelas"
    title = "Jam tenang belum jelas"
    title_en = "The quiet hours are not clear"
    text = "Isi kedua jamnya dengan angka 0 sampai 23, atau kosongkan keduanya."
    text_en = "Fill in both hours as numbers from 0 to 23, or leave both empty."
    cure = "Perbaiki isian itu, lalu simpan lagi. Yang sudah Anda isi masih ada."
    cure_en = "Mend it and save it again. What you typed is still there."

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@router.get("")
async def show(visit: Visiting, tersimpan: str = "") -> HTMLResponse:
    """Show my account."""
    return await _page(visit, saved=bool(tersimpan))


async def _page(visit: Visit, status: int = 200, **more: Any) -> HTMLResponse:
    return visit.page(
        "akun.html",
        status,
        sessions=await queries.sessions(visit.conn, visit.session),
        events=await queries.events(visit.conn, account=visit.who["user_id"], limit=_EVENTS),
        channels=CHANNELS,
        **{"error": None, "saved": False, "wishes": await wishes(visit.conn), **more},
    )


@router.post("/sesi")
async def end_session(post: Posting) -> RedirectResponse:
    """End a session or token of mine."""
    async with post.here.pool.connection() as conn, conn.transaction():
        for number in post.numbers("sesi"):
            await commands.revoke(conn, post.session, number)
    return RedirectResponse("/akun?tersimpan=1", 303)


_HOURS = range(24)


def _quiet(post: Posted) -> tuple[int | None, int | None]:
    """Return the quiet hours of a form, from and to; None where both are left empty.

    Raises:
        QuietHoursUnclear: they are no hours of a day, or one stands alone.
    """
    typed = {name: post.text(name) for name in ("dari", "sampai")}
    if not any(typed.values()):
        return None, None
    hours = {name: whole(text) for name, text in typed.items()}
    for name, hour in hours.items():
        if hour not in _HOURS:
            raise QuietHoursUnclear(name)
    return hours["dari"], hours["sampai"]


@router.post("/kabar")
async def keep_wishes(post: Posting, request: Request) -> Response:
    """Choose how I am told; what is left out follows policy."""
    chosen = [name for name in CHANNELS if name in post.form.getlist("saluran")]
    language = post.text("bahasa") if post.text("bahasa") in {"id", "en"} else None
    digest = post.text("ringkasan") if post.text("ringkasan") in {"langsung", "harian"} else None

    async def work(conn: Conn) -> tuple[int, Any]:
        await prefer(conn, post.session, Wishes(chosen or None, language, digest, *_quiet(post)))
        return 200, {"saved": True}

    try:
        await post.write(work)
    except QuietHoursUnclear as error:
        typed = {"channels": chosen, "language": language, "digest": digest}
        typed |= {"quiet_from": post.text("dari"), "quiet_to": post.text("sampai")}
        async with visit_of(request) as visit:
            return await _page(visit, error.status, error=error, wishes=typed)
    return RedirectResponse("/akun?tersimpan=1#kabar", 303)
