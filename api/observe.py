"""One line of log, one count and one id for every request."""

from __future__ import annotations

import re
import time
from typing import Any
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import metrics, problems

log = structlog.get_logger("alur.api")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PERSONAL = re.compile(r"\d{16}")
_CLIENT_WENT = 499
"""What the log says of a request whose sender was gone before it was answered, as nginx does."""


class Observe:
    """Gives each request an id, counts and times it, and logs one line without anything personal in it.

    The line names the route and never the address, which may hold whatever somebody typed. What comes after the answer
    (a message sent later) is not timed. A crash is answered here, so that it is counted and logged like the rest.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number = _number(Headers(scope=scope).get("x-request-id", ""))
        state: dict[str, Any] = scope.setdefault("state", {})
        state["number"] = number
        begun = time.perf_counter()
        status = 0
        told = False

        def tell(status: int) -> None:
            nonlocal told
            told = True
            took = time.perf_counter() - begun
            route = getattr(scope.get("route"), "path", "-")
            metrics.count(scope["method"], route, status, took)
            log.info(
                "request",
                method=scope["method"],
                route=route,
                status=status,
                ms=round(took * 1000, 1),
                user=state.get("user"),
                problem=state.get("problem"),
            )

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = number
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body") and not told:
                tell(status)

        with structlog.contextvars.bound_contextvars(request=number):
            try:
                await self._app(scope, receive, observed)
            except Exception as error:
                if status:
                    raise  # half an answer cannot be taken back; the server cuts the connection
                await problems.unexpected(Request(scope), error)(scope, receive, observed)
            finally:
                if not told:
                    tell(status or _CLIENT_WENT)


def _number(given: str) -> str:
    """Return the caller's id of the request if it can be one and is no number of a person, else a new one."""
    return given if _REQUEST_ID.fullmatch(given) and not _PERSONAL.search(given) else uuid4().hex
