"""Signed tokens: they name a session and nothing else. Person, role and scope are looked up in the database."""

from functools import lru_cache
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer

from models.errors import SessionUnknown

_SALT = "alur.session"
COOKIE = "alur_sesi"
"""The cookie in which a browser keeps a token; over https under a name that no other host and no path may set."""


def cookie_name(*, secure: bool) -> str:
    """Return the session cookie's name."""
    return f"__Host-{COOKIE}" if secure else COOKIE


def sign(session: UUID, secret: str) -> str:
    """Return the token a caller sends as ``Authorization: Bearer …``."""
    return str(URLSafeSerializer(secret, salt=_SALT).dumps(session.hex))


@lru_cache(maxsize=4096)
def read(token: str, secret: str) -> UUID:
    """Return the session a token names. Remembered: every request brings its token, and is asked for it twice.

    Raises:
        SessionUnknown: the token was not signed by us; whether the session still lives is the database's to say.
    """
    try:
        return UUID(hex=URLSafeSerializer(secret, salt=_SALT).loads(token))
    except (BadSignature, ValueError, TypeError, AttributeError) as error:
        raise SessionUnknown from error
