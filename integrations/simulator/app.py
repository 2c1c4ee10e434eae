"""The app: the contract's routes and the controls over one engine, behind the faulty wire."""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.middleware.base import RequestResponseEndpoint
from starlette.types import Receive, Scope, Send

from integrations.simulator import control_routes, telegram_routes, wire_routes
from integrations.simulator.desk import Desk
from integrations.simulator.engine import Engine
from integrations.simulator.gate import TELEGRAM, Gate, wire_names
from integrations.simulator.parts import Parts
from integrations.simulator.play_telegram import Telegram
from integrations.simulator.problems import Problem, answer_problem, body_refused, problem_response


class SimulatorApp(FastAPI):
    """FastAPI with the gate outside of everything: only there is the server's own `send` to be had."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry one exchange."""
        if scope["type"] == "http":
            parts: Parts = self.state.parts
            await parts.gate.carry(parts.engine.controls, super().__call__, scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(population_path: Path | str, state_path: Path | str, *, token: str | None = None) -> FastAPI:
    """Return the app.

    Args:
        population_path: SQLite file made with `population.sql`; may appear later, until then jobs answer 503.
        state_path: SQLite file of what was done; made if missing.
        token: bearer token to demand on the wire (not under `/_simulator`); None for none.
    """
    parts = Parts(Engine(Path(population_path), Path(state_path)), Desk(), Gate(), Telegram())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await parts.desk.run(parts.engine.open)
        yield
        await parts.desk.run(parts.engine.close)
        parts.desk.close()

    app = SimulatorApp(lifespan=lifespan, openapi_url=None)
    app.state.parts = parts
    app.add_exception_handler(Problem, answer_problem)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.include_router(telegram_routes.router)
    app.include_router(control_routes.router)  # before the wire, whose last routes take any path
    app.include_router(wire_routes.router)
    if token is not None:
        _demand(app, token)
    return app


def _demand(app: FastAPI, token: str) -> None:
    expected = f"Bearer {token}".encode()

    @app.middleware("http")
    async def check(request: Request, call_next: RequestResponseEndpoint) -> Response:
        given = request.headers.get("authorization", "").encode()
        names = wire_names(request.url.path)
        if names and names[0] != TELEGRAM and not hmac.compare_digest(given, expected):
            return problem_response(Problem(401, "tidak-dikenal", "Tidak dikenal", "token tidak ada atau salah"))
        return await call_next(request)


async def _answer_invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    places = "; ".join(f"{fault['loc']}: {fault['msg']}" for fault in error.errors())
    return await answer_problem(request, body_refused(places))
