"""The console as an application of its own beside the API: pages, their files, and errors that people read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import import_module
from pkgutil import iter_modules

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from psycopg.errors import DataError, OperationalError, QueryCanceled
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException

from api.caller import session_of
from api.console import pages
from api.console.filters import FilterUnreadable
from api.console.guide import ADDRESS, PICTURES
from api.console.mishaps import busy, crashed, no_page, refused, refused_bilingual, unfit_address
from api.console.pages import case, guides
from api.console.render import STATIC
from api.console.visit import FormEarlier, learn_mark, send_again, session_marked, sign_in_again
from api.routes import uploads
from models.errors import AlurError, SessionUnknown
from models.region.errors import RegionProblem
from models.usulan.workbook import WorkbookProblem

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
    app.add_exception_handler(AlurError, refused)
    for told in (RegionProblem, WorkbookProblem):
        app.add_exception_handler(told, refused_bilingual)
    # A number that no row can have, or a sign that no text can hold: typed into an address or a form by hand.
    for unfit in (FilterUnreadable, RequestValidationError, DataError):
        app.add_exception_handler(unfit, unfit_address)
    app.add_exception_handler(HTTPException, no_page)
    for kind in (PoolTimeout, OperationalError, QueryCanceled):
        app.add_exception_handler(kind, busy)
    return app


async def _guarded(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    await learn_mark(request)
    try:
        answer = await call_next(request)
    except Exception as error:  # noqa: BLE001 -- a crash is told to the reader as a page, and to the log as what it is
        answer = crashed(request, error)
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    return answer
