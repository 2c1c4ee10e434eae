"""What a page answers when it cannot be what was asked for: what happened, and how to go on.

Whoever is signed in reads it in the frame, with the menu and his workplace; a page without a database is bare.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException

from api.console.filters import FilterUnreadable, unread_of
from api.console.render import render
from api.console.visit import language_of, marked, visit_of
from api.console.words import on_pages
from api.problems import MEDIA_TYPE
from api.problems import answer as as_problem
from models.errors import AlurError

log = logging.getLogger("alur.console")

Words = tuple[str, str, str]
"""What happened, in a title and in a sentence, and how to go on."""


def _bare(request: Request, status: int, words: Words) -> HTMLResponse:
    title, text, cure = words
    told = {"language": language_of(request), "path": request.url.path, "marked": marked(request)}
    told |= {"frame": "galat_bingkai.html", "title": title, "text": text, "cure": cure}
    return HTMLResponse(render("galat.html", told), status, headers={"Cache-Control": "no-store"})


async def _framed(request: Request, status: int, words: Words, template: str = "galat.html", **more: Any) -> Response:
    """Return the page in the frame of whoever is signed in; bare where nobody is, or no database answers."""
    title, text, cure = words
    with suppress(AlurError, PoolTimeout, OperationalError):
        async with visit_of(request) as visit:
            return visit.page(template, status, frame="halaman.html", title=title, text=text, cure=cure, **more)
    return _bare(request, status, words)


def _in(request: Request, indonesian: Words, english: Words) -> Words:
    return english if language_of(request) == "en" else indonesian


def _told(request: Request, error: AlurError) -> Words:
    """Return what an error says on pages."""
    language = language_of(request)
    title, text, cure = _in(
        request, (error.title, str(error), error.cure), (error.title_en, error.english, error.cure_en)
    )
    return title, on_pages(text, language), on_pages(cure.format(*error.args), language)


async def refused(request: Request, error: Exception) -> Response:
    """Answer an error of ours with its own words."""
    known = error if isinstance(error, AlurError) else AlurError(str(error))
    if request.headers.get("accept") == MEDIA_TYPE:  # a script of ours, which says it on the page it stands on
        return as_problem(known)
    return await _framed(request, known.status, _told(request, known))


async def refused_bilingual(request: Request, error: Exception) -> Response:
    """Answer errors that carry their own words in both languages: files, region codes."""
    told: Any = error
    words = _in(
        request,
        ("Isian tidak dapat dipakai", told.message_id, told.cure_id),
        ("This cannot be used", told.message_en, told.cure_en),
    )
    return await _framed(request, told.status_code, words)


async def unfit_address(request: Request, error: Exception) -> Response:
    """Answer an address with a value that its page cannot read: the field to mend, with all else that was asked."""
    unread = error if isinstance(error, FilterUnreadable) else unread_of(request, error)
    if unread is None or request.method != "GET":
        words = _in(
            request,
            ("Alamat ini tidak dapat dibaca", "Ada isian di alamat yang bukan seperti yang diminta halaman ini.",
             "Kembali, lalu pilih lagi dari halamannya."),
            ("This address cannot be read", "Something in the address is not what this page asks for.",
             "Go back and choose again from the page."),
        )  # fmt: skip
        return await _framed(request, 422, words)
    others = [(name, value) for name, value in request.query_params.multi_items() if name != unread.name]
    without = f"{request.url.path}?{urlencode(others)}" if others else request.url.path
    more = {"name": unread.name, "given": unread.given, "others": others, "without": without}
    return await _framed(request, unread.status, _told(request, unread), "galat_isian.html", **more)


async def no_page(request: Request, error: Exception) -> Response:
    """Answer an address where there is no page."""
    words = _in(
        request,
        ("Halaman ini tidak ada", "Tidak ada halaman di alamat ini, atau bukan dengan cara ini ia dibuka.",
         "Periksa alamatnya, atau mulai lagi dari Beranda."),
        ("There is no such page", "Nothing is at this address, or it is not opened this way.",
         "Check the address, or begin again from the home page."),
    )  # fmt: skip
    return await _framed(request, error.status_code if isinstance(error, HTTPException) else 500, words)


def crashed(request: Request, error: Exception) -> Response:
    """Answer a page that broke: to its reader as a page, to the log as what it is."""
    log.error("page crashed: %s", request.scope.get("route"), exc_info=error)
    words = _in(
        request,
        ("Terjadi kesalahan di sistem", "Halaman ini gagal dibuat. Yang sudah tersimpan tetap aman.",
         f"Coba lagi; bila tetap gagal, sampaikan nomor ini kepada admin: {request.state.number}"),
        ("Something went wrong in the system", "This page could not be made. What was saved is safe.",
         f"Try again; if it goes on, tell your administrator this number: {request.state.number}"),
    )  # fmt: skip
    return _bare(request, 500, words)


def busy(request: Request, error: Exception) -> Response:
    """Answer while the database does not."""
    log.warning("page without database: %s", type(error).__name__)
    words = _in(
        request,
        ("Sistem sedang sibuk", "Basis data belum menjawab. Yang sudah tersimpan tetap aman.",
         "Tunggu sebentar lalu muat ulang; yang Anda kirim tidak tercatat dua kali."),
        ("The system is busy", "The database has not answered. What was saved is safe.",
         "Wait a moment and load again; what you send is not recorded twice."),
    )  # fmt: skip
    answer = _bare(request, 503, words)
    answer.headers["Retry-After"] = "5"
    return answer
