"""The application: routes under /api/v1, problems instead of tracebacks, one pool, one line of log per request."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp, Receive, Scope, Send

from api import documented, page, problems
from api.caller import Site
from api.console.app import make_console
from api.observe import Observe
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
            # What stands by now stays: no collection looks through it again while somebody waits.
            gc.collect()
            gc.freeze()
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
    app.add_middleware(Observe)
    app.add_middleware(Dress, config=chosen)
    page.install(app)
    app.include_router(health.router)
    for router in (
        # Asked for most, found first.
        *(cases, batches, approvals, households, proposals, evidence, comments, cycles, objections, imports, notices),
        *(auth, accounts, delegations, handovers, reads),
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
