"""Who is calling, and with which connection: what every route asks for."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param

from api import tokens
from models.database import Conn, Pool, acting
from models.errors import SessionUnknown
from models.settings import Settings
from models.signin.errors import SigninUnset
from models.signin.keys import Keys
from models.user.queries import demand_live
from notifications.channels.base import Channel

_USERS_MOST = 10_000
"""Sessions whose user is remembered; more people than one process serves in a day."""
_USERS_S = 60
"""For how long: a session in use is noted to the minute, also when it only writes."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the application holds for its whole life."""

    settings: Settings
    pool: Pool
    telegram: Channel
    """By which one-time codes are sent."""
    known: dict[str, str] = field(default_factory=dict)
    """What the database is (`mark`): asked once, for it never becomes anything else."""
    users: dict[UUID, tuple[int, float]] = field(default_factory=dict)
    """Session -> the user it belongs to and when that was asked, for the log alone; who may do what is asked of the
    database every time."""

    @property
    def keys(self) -> Keys:
        """The keys of accounts.

        Raises:
            SigninUnset: the operator set none.
        """
        given = self.settings.account_key
        if given is None or not given.get_secret_value():
            raise SigninUnset
        return Keys.of(given.get_secret_value())

    def sign(self, session: UUID) -> str:
        """Return the token of a session.

        Raises:
            SigninUnset: the operator set no key to sign with.
        """
        if self.settings.secret_key is None:
            raise SigninUnset
        return tokens.sign(session, self.settings.secret_key.get_secret_value())


def site(request: Request) -> Site:
    """Return the application's site."""
    found: Site = request.app.state.site
    return found


# What a route depends on is a coroutine function also where it waits for nothing: FastAPI gives everything else, a
# class too, to a thread, and a request waits for that longer than for a statement.


async def here(request: Request) -> Site:
    """Return the application's site to a route."""
    return site(request)


class SignedToken(SecurityBase):
    """The caller's signed token, which names his session: one dependency, where FastAPI's own and ours would be two."""

    def __init__(self) -> None:
        self.scheme_name = "HTTPBearer"
        self.model = HTTPBearer(
            description="Token dari /auth/session atau `alur token` / A token from signing in, or `alur token`"
        )

    async def __call__(self, request: Request) -> UUID:
        """Return the session that the token names.

        Raises:
            SessionUnknown: no token, or one we did not sign.
        """
        secret = site(request).settings.secret_key
        scheme, token = get_authorization_scheme_param(request.headers.get("Authorization"))
        if scheme.lower() != "bearer" or not token or secret is None:
            raise SessionUnknown
        return tokens.read(token, secret.get_secret_value())


session_of = SignedToken()
Session = Annotated[UUID, Depends(session_of)]


def note_user(request: Request, session: UUID, user: int) -> None:
    """Remember whose request this is, for its line in the log."""
    users = site(request).users
    if len(users) >= _USERS_MOST:
        users.clear()
    users[session] = user, time.monotonic()
    request.state.user = user


async def note_writer(request: Request, conn: Conn, session: UUID) -> None:
    """The same for a write, whose functions ask who calls by themselves: a question only once a minute per session.

    Raises:
        SessionUnknown: the session has ended.
    """
    known = site(request).users.get(session)
    if known is None or time.monotonic() - known[1] > _USERS_S:
        note_user(request, session, await demand_live(conn, session))
    else:
        request.state.user = known[0]


class Recorded:
    """A read that is written down: its row is committed before the answer leaves."""

    def __init__(self, request: Request, session: UUID) -> None:
        self._request = request
        self.session = session

    @property
    def number(self) -> str:
        """The id of the request, as the log names it."""
        return str(self._request.state.number)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Conn]:
        """Yield a connection inside a transaction that sees what the caller may see, and may note that he looked.

        Raises:
            SessionUnknown: the session has ended, or its assignment has lapsed.
        """
        async with site(self._request).pool.connection() as conn, acting(conn, self.session) as seeing:
            note_user(self._request, self.session, await demand_live(seeing, self.session))
            yield seeing


async def recording(request: Request, session: Session) -> Recorded:
    """Return the caller's recorded read."""
    return Recorded(request, session)


async def reading(request: Request, session: Session) -> AsyncIterator[Conn]:
    """Yield a connection inside a transaction that sees what the caller may see.

    Raises:
        SessionUnknown: the session has ended, or its assignment has lapsed.
    """
    async with Recorded(request, session).reading() as seeing:
        yield seeing


Recording = Annotated[Recorded, Depends(recording)]
Reading = Annotated[Conn, Depends(reading)]
Here = Annotated[Site, Depends(here)]
