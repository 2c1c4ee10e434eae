"""The application: routes under /api/v1, problems instead of tracebacks, one pool, one line of log per request."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request, Response
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp, Receive, Scope, Send

from api import documented, metrics, page, problems
from api.caller import Site
from api.console.app import make_console
from api.routes import (
    accounts,
    approvals,
    audit,
    auth,
    batches,
    calendar,
    cases,
    comments,
    cycles,
    delegations,
    demo,
    evidence,
    field,
    handovers,
    health,
    households,
    imports,
    notices,
    objections,
    proposals,
    reads,
    reference,
    reports,
    stuck,
    uploads,
)
from api.shield import Dress, Gate
from api.watchman import watch_the_watch
from models.database import make_pool
from models.settings import Settings, settings
from notifications.delivery import channels, outbound

log = structlog.get_logger("alur.api")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PERSONAL = re.compile(r"\d{16}")

_DESCRIPTION = """
Kasus bantuan sosial sebagai mesin keadaan yang tercatat: usulan → verval → penetapan, lalu penyaluran.
Setiap perubahan keadaan lewat satu pintu dan tercatat sebagai transisi; yang memutus selalu orang di balik token.

Social-assistance cases as recorded state machines. Every change of state goes through one door and is logged as a
transition; the decider is always the person behind the token. Errors are RFC 9457 problems in both languages.
"""


def create_app(config: Settings | None = None) -> FastAPI:
    """Return the application for these settings (the process's own unless given)."""
    chosen = config or settings()
    if chosen.api_database_url is None:
        raise RuntimeError("ALUR_API_DATABASE_URL is not set: the API needs the database role alur_api.")
    if chosen.secret_key is None:
        raise RuntimeError("ALUR_SECRET_KEY is not set: the API signs tokens with it.")
    dsn = chosen.api_database_url.get_secret_value()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with make_pool(dsn, chosen.pool_size, chosen.statement_seconds) as pool, outbound() as http:
            app.state.site = console.state.site = Site(chosen, pool, channels(chosen, http)["telegram"])
            watchman = asyncio.create_task(watch_the_watch(pool))
            yield
            watchman.cancel()

    app = FastAPIOffline(
        title="Alur",
        version="1",
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        openapi_url="/api/v1/openapi.json",
        redoc_url=None,
    )
    console = make_console()
    problems.install(app)
    app.add_middleware(Gate, config=chosen)
    app.middleware("http")(_observe)
    app.add_middleware(Dress, config=chosen)
    page.install(app)
    app.include_router(health.router)
    for router in (
        *(auth, accounts, delegations, handovers, reads),
        *(cases, comments, cycles, evidence, objections, households, batches, approvals, imports, proposals, notices),
        *(reference, calendar, audit, stuck, field, uploads, reports),
        demo,
    ):
        app.include_router(router.router, prefix="/api/v1")
    documented.install(app)
    app.router.default = _elsewhere(app, console)
    return app


def _elsewhere(app: FastAPI, console: FastAPI) -> ASGIApp:
    """Return who answers what no route of the API does: the console, but for addresses that are the API's own."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/api/"):
            await console(scope, receive, send)
        else:
            await app.router.not_found(scope, receive, send)

    return answer


def _number(request: Request) -> str:
    """Return the caller's id of the request if it can be one and is no number of a person, else a new one."""
    given = request.headers.get("X-Request-Id", "")
    return given if _REQUEST_ID.fullmatch(given) and not _PERSONAL.search(given) else uuid4().hex


async def _observe(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Give each request an id, count and time it, and log one line without anything personal in it.

    The line names the route and never the address, which may hold whatever somebody typed.
    """
    number = _number(request)
    request.state.number = number
    begun = time.perf_counter()
    with structlog.contextvars.bound_contextvars(request=number):
        try:
            response = await call_next(request)
        except Exception as error:  # noqa: BLE001 -- a crash is answered here, so that it is counted and logged like the rest
            response = problems.unexpected(request, error)
        route = getattr(request.scope.get("route"), "path", "-")
        took = time.perf_counter() - begun
        metrics.count(request.method, route, response.status_code, took)
        response.headers["X-Request-Id"] = number
        log.info(
            "request",
            method=request.method,
            route=route,
            status=response.status_code,
            ms=round(took * 1000, 1),
            user=getattr(request.state, "user", None),
            problem=getattr(request.state, "problem", None),
        )
    return response
