"""What stands around every route: headers on each answer, and limits on each request before anything of it is read.

Browsers are told to trust our answers with nothing: no script, no frame, no other site, no copy. Requests are counted
per session and per network, their bodies are measured as they arrive, and what another site's page sends is refused.
The API reads no cookie; the console's session stands in one, and nothing else does.
"""

from __future__ import annotations

import math
from http import HTTPStatus
from urllib.parse import urlsplit
from uuid import UUID

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import tokens
from api.errors import BodyTooLarge, OtherSite, TooOften
from api.problems import answer
from api.rates import Rate
from api.uploads import MB
from models.errors import AlurError, SessionUnknown
from models.settings import Settings
from models.signin.keys import network_of

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""On every answer that does not say otherwise itself. Nearly all of them are about people, and those about none are
cheap: nothing is kept, anywhere on the way."""
_TWO_YEARS_S = 63_072_000
ASSETS = "/static-offline-docs/"
"""What the documentation page loads: the same for everybody."""

_SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
_OURS = {"same-origin", "none"}
"""What a browser says of its own page, and of an address somebody typed."""
_UNCOUNTED = {"/healthz", "/readyz", "/metrics"}
"""A monitor must hear of a flood, and not be taken for one."""

_STRANGER_BYTES = 64 * 1024
"""What may be sent without a token we signed: the forms of signing in have some hundred bytes."""
_JSON_BYTES = 8 * MB
"""A bulk request of 10,000 cases has half a megabyte; decisions may carry notes."""
_FILES_MB = 32
"""The largest file that any route takes, a village list; documents have their own setting."""
_FORM_BYTES = MB


class Dress:
    """Puts the headers on every answer, also on those of errors."""

    def __init__(self, app: ASGIApp, config: Settings) -> None:
        self._app = app
        headers = dict(_HEADERS)
        if config.public_url.startswith("https://"):
            headers["Strict-Transport-Security"] = f"max-age={_TWO_YEARS_S}"
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = list(message.get("headers", ()))
                names = {name for name, _ in said}
                message["headers"] = said + [header for header in self._headers if header[0] not in names]
                if scope["path"].startswith(ASSETS) and message["status"] == HTTPStatus.OK:
                    MutableHeaders(scope=message)["Cache-Control"] = "public, max-age=86400"
            await send(message)

        await self._app(scope, receive, dressed)


class Gate:
    """Lets a request in, or answers it with what is wrong."""

    def __init__(self, app: ASGIApp, config: Settings) -> None:
        self._app = app
        self._secret = config.secret_key.get_secret_value() if config.secret_key else ""
        self._site = urlsplit(config.public_url).netloc.lower()
        self._files_bytes = max(_FILES_MB, config.document_mb_max) * MB + _FORM_BYTES
        self._sessions = Rate(config.rate_session)
        self._networks = Rate(config.rate_network)
        self._strangers = Rate(config.rate_stranger)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in _UNCOUNTED:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        session = self._session(headers) if scope["path"].startswith("/api/") else self._visitor(scope, headers)
        try:
            self._count(scope, session)
            self._demand_ours(scope["method"], headers)
            most = self._most(headers, session)
            announced = headers.get("content-length", "")
            if announced.isdecimal() and int(announced) > most:
                raise _too_large(most)
        except AlurError as error:
            scope.setdefault("state", {})["problem"] = error.code
            await answer(error)(scope, receive, send)
            return
        await self._app(scope, _measured(receive, most), send)

    def _session(self, headers: Headers) -> UUID | None:
        """Return the session that the token names, if we signed it; whether it lives is the route's question."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not self._secret:
            return None
        try:
            return tokens.read(token.strip(), self._secret)
        except SessionUnknown:
            return None

    def _visitor(self, scope: Scope, headers: Headers) -> UUID | None:
        """Return the session that the console's cookie names, if we signed it."""
        kept = cookie_parser(headers.get("cookie", ""))
        token = kept.get(tokens.cookie_name(secure=scope["scheme"] == "https"))
        try:
            return tokens.read(token, self._secret) if token and self._secret else None
        except SessionUnknown:
            return None

    def _count(self, scope: Scope, session: UUID | None) -> None:
        """Count the request for its session and its network.

        Raises:
            TooOften: one of them sends too many.
        """
        client = scope.get("client")
        network = network_of(client[0] if client else None)
        wait_s = self._networks.take(network)
        wait_s = wait_s or (self._strangers.take(network) if session is None else self._sessions.take(session))
        if wait_s:
            raise TooOften(math.ceil(wait_s))

    def _demand_ours(self, method: str, headers: Headers) -> None:
        """Demand that what changes something comes from our own page or from no page at all.

        A browser says so in Sec-Fetch-Site; an older one names the page's site in Origin.

        Raises:
            OtherSite: it comes from another site's page.
        """
        if method in _SAFE:
            return
        fetched, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if fetched in _OURS or (fetched is None and origin is None):
            return
        named = urlsplit(origin or "").netloc.lower()
        hosts = {self._site} if fetched else {self._site, headers.get("host", "").lower()}
        if not named or named not in hosts:
            raise OtherSite

    def _most(self, headers: Headers, session: UUID | None) -> int:
        """Return how many bytes a request's body may have."""
        if session is None:
            return _STRANGER_BYTES
        return _JSON_BYTES if "json" in headers.get("content-type", "json") else self._files_bytes


def _too_large(most: int) -> BodyTooLarge:
    return BodyTooLarge(f"{most // 1024} KiB" if most < MB else f"{most // MB} MiB")


def _measured(receive: Receive, most: int) -> Receive:
    """Return a way to receive a body that ends where the limit is passed."""
    got = 0

    async def measured() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > most:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from _too_large(most)
        return message

    return measured
