"""The console as an application of its own beside the API: pages, their files, and errors that people read."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from psycopg.errors import DataError, OperationalError, QueryCanceled
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException

from api.caller import session_of
from api.console import pages
from api.console.guide import ADDRESS, PICTURES
from api.console.pages import case, guides
from api.console.render import STATIC, render
from api.console.visit import FormEarlier, language_of, learn_mark, marked, send_again, session_marked, sign_in_again
from api.console.words import on_pages
from api.problems import MEDIA_TYPE
from api.problems import answer as as_problem
from api.routes import uploads
from models.errors import AlurError, SessionUnknown
from models.region.errors import RegionProblem
from models.usulan.workbook import WorkbookProblem

log = logging.getLogger("alur.console")

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
}
"""What pages need beyond what stands on every answer (`api/shield.py`)."""
_YEAR_S = 365 * 86_400
_PAGES = tuple(import_module(f"{pages.__name__}.{one.name}") for one in iter_modules(pages.__path__))
"""Every module of pages; each has a `router`."""


class _Kept(StaticFiles):
    """Files whose address changes with their content: kept for a year."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        answer = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        answer.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
        return answer


def make_console() -> FastAPI:
    """Return the console; whoever mounts it gives its state a `site`."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.middleware("http")(_guarded)
    app.mount(f"{ADDRESS}/{PICTURES}", guides.pictures, name="gambar")
    app.mount("/statis", _Kept(directory=STATIC), name="statis")
    for module in _PAGES:
        app.include_router(module.router)
    app.include_router(case.files)
    # The same routes as the API's; who asks is known by the page's session, never by a token.
    app.include_router(uploads.router)
    app.dependency_overrides[session_of] = session_marked
    app.add_exception_handler(SessionUnknown, sign_in_again)
    app.add_exception_handler(FormEarlier, send_again)
    app.add_exception_handler(AlurError, _refused)
    for told in (RegionProblem, WorkbookProblem):
        app.add_exception_handler(told, _bilingual)
    # A number that no row can have, or a sign that no text can hold: typed into an address or a form by hand.
    for unfit in (RequestValidationError, DataError):
        app.add_exception_handler(unfit, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for kind in (PoolTimeout, OperationalError, QueryCanceled):
        app.add_exception_handler(kind, _busy)
    return app


async def _guarded(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    await learn_mark(request)
    try:
        answer = await call_next(request)
    except Exception as error:  # noqa: BLE001 -- a crash is told to the reader as a page, and to the log as what it is
        answer = _crashed(request, error)
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    return answer


def error_page(request: Request, status: int, title: str, text: str, cure: str) -> HTMLResponse:
    """Return a page that says what happened and how to go on."""
    told = {"language": language_of(request), "title": title, "text": text, "cure": cure, "path": request.url.path}
    told["marked"] = marked(request)
    return HTMLResponse(render("galat.html", told), status, headers={"Cache-Control": "no-store"})


def _refused(request: Request, error: Exception) -> Response:
    known = error if isinstance(error, AlurError) else AlurError(str(error))
    if request.headers.get("accept") == MEDIA_TYPE:  # a script of ours, which says it on the page it stands on
        return as_problem(known)
    if language_of(request) == "en":
        cure = on_pages(known.cure_en.format(*known.args), "en")
        return error_page(request, known.status, known.title_en, on_pages(known.english, "en"), cure)
    cure = on_pages(known.cure.format(*known.args), "id")
    return error_page(request, known.status, known.title, on_pages(str(known), "id"), cure)


def _bilingual(request: Request, error: Exception) -> HTMLResponse:
    """Answer errors that carry their own words in both languages: files, region codes."""
    told: Any = error
    indonesian = "Isian tidak dapat dipakai", told.message_id, told.cure_id
    return _said(request, indonesian, ("This cannot be used", told.message_en, told.cure_en), told.status_code)


def _said(
    request: Request, indonesian: tuple[str, str, str], english: tuple[str, str, str], status: int
) -> HTMLResponse:
    return error_page(request, status, *(english if language_of(request) == "en" else indonesian))


def _invalid(request: Request, _: Exception) -> HTMLResponse:
    return _said(
        request,
        ("Alamat ini tidak dapat dibaca", "Ada isian di alamat yang bukan seperti yang diminta halaman ini.",
         "Kembali, lalu pilih lagi dari halamannya."),
        ("This address cannot be read", "Something in the address is not what this page asks for.",
         "Go back and choose again from the page."),
        422,
    )  # fmt: skip


def _http(request: Request, error: Exception) -> HTMLResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _said(
        request,
        ("Halaman ini tidak ada", "Tidak ada halaman di alamat ini, atau bukan dengan cara ini ia dibuka.",
         "Periksa alamatnya, atau mulai lagi dari Beranda."),
        ("There is no such page", "Nothing is at this address, or it is not opened this way.",
         "Check the address, or begin again from the home page."),
        status,
    )  # fmt: skip


def _crashed(request: Request, error: Exception) -> HTMLResponse:
    log.error("page crashed: %s", request.scope.get("route"), exc_info=error)
    return _said(
        request,
        ("Terjadi kesalahan di sistem", "Halaman ini gagal dibuat. Yang sudah tersimpan tetap aman.",
         f"Coba lagi; bila tetap gagal, sampaikan nomor ini kepada admin: {request.state.number}"),
        ("Something went wrong in the system", "This page could not be made. What was saved is safe.",
         f"Try again; if it goes on, tell your administrator this number: {request.state.number}"),
        500,
    )  # fmt: skip


def _busy(request: Request, error: Exception) -> HTMLResponse:
    log.warning("page without database: %s", type(error).__name__)
    answer = _said(
        request,
        ("Sistem sedang sibuk", "Basis data belum menjawab. Yang sudah tersimpan tetap aman.",
         "Tunggu sebentar lalu muat ulang; yang Anda kirim tidak tercatat dua kali."),
        ("The system is busy", "The database has not answered. What was saved is safe.",
         "Wait a moment and load again; what you send is not recorded twice."),
        503,
    )  # fmt: skip
    answer.headers["Retry-After"] = "5"
    return answer
