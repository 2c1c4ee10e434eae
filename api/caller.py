"""Who is calling, and with which connection: what every route asks for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api import tokens
from models.database import Conn, Pool, acting
from models.errors import SessionUnknown
from models.settings import Settings
from models.user.queries import demand_live

_bearer = HTTPBearer(auto_error=False, description="Token dari `alur token` / A token from `alur token`")


@dataclass(frozen=True, slots=True)
class Site:
    """What the application holds for its whole life."""

    settings: Settings
    pool: Pool


def site(request: Request) -> Site:
    """Return the application's site."""
    found: Site = request.app.state.site
    return found


def session_of(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> UUID:
    """Return the session that the caller's signed token names.

    Raises:
        SessionUnknown: no token, or one we did not sign.
    """
    secret = site(request).settings.secret_key
    if credentials is None or secret is None:
        raise SessionUnknown
    return tokens.read(credentials.credentials, secret.get_secret_value())


async def reading(request: Request, session: Annotated[UUID, Depends(session_of)]) -> AsyncIterator[Conn]:
    """Yield a connection inside a transaction that sees what the caller may see.

    Raises:
        SessionUnknown: the session has ended, or its assignment has lapsed.
    """
    async with site(request).pool.connection() as conn, acting(conn, session) as seeing:
        await demand_live(seeing, session)
        yield seeing


Session = Annotated[UUID, Depends(session_of)]
Reading = Annotated[Conn, Depends(reading)]
Here = Annotated[Site, Depends(site)]
