"""What the tests of signing in share: a site with keys, people with NIK and password, and the phone that gets codes."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import pyotp
from asgi_lifespan import LifespanManager
from fastapi import FastAPI
from psycopg import Connection
from psycopg.rows import DictRow

from api.app import create_app
from models.signin.keys import Keys
from models.signin.rules import hash_password
from models.staff.commands import keep_credential, make_ready
from models.user.commands import Scope, assign, make_user
from notifications.channels.base import Failed, Message, Outcome, Sent
from tests.integration.api.kit import ACCOUNT_KEY, BASE, done, settings

KEYS = Keys.of(ACCOUNT_KEY)
PASSWORD = "lampu kapas sungai terbit"
HASH = hash_password(PASSWORD)
HOME, ELSEWHERE = "10.1.2.3", "203.0.113.9"
_serial = count(1)


@dataclass
class Phone:
    """Telegram, as far as a code goes: what was sent to which chat."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    away: bool = False

    async def send(self, address: str, secret: str | None, message: Message) -> Outcome:  # noqa: ARG002
        if self.away:
            return Failed("away")
        self.sent.append((address, message.told.telegram))
        return Sent("1")

    def code(self, chat: str) -> str:
        """Return the newest code that reached a chat."""
        text = next(text for to, text in reversed(self.sent) if to == chat)
        found = re.search(r"\b\d{6}\b", text)
        assert found
        return found[0]


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    user: int
    nik: str
    chat: str
    assignments: tuple[int, ...]


@dataclass
class Access:
    """A running application with its database's owner and a phone."""

    app: FastAPI
    owner: Connection[DictRow]
    dsn: str
    phone: Phone

    def client(self, address: str = HOME) -> httpx.AsyncClient:
        """Return a client that knocks from an address."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 40000))
        return httpx.AsyncClient(transport=transport, base_url=f"{BASE}/api/v1")

    def person(self, *roles: tuple[str, Scope], name: str = "Dadang Suherman") -> Person:
        """Make somebody with roles, a password and a linked chat."""
        n = next(_serial)
        nik = f"320405010180{n:04d}"
        user = make_user(self.owner, f"orang{n}", name)
        keep_credential(self.owner, KEYS, user, nik)
        chat = str(700_000 + n)
        make_ready(self.owner, KEYS, user, HASH, chat)
        return Person(user, nik, chat, tuple(assign(self.owner, user, role, scope) for role, scope in roles))

    def totp(self, person: Person) -> pyotp.TOTP:
        """Give somebody an authenticator."""
        secret = pyotp.random_base32()
        self.owner.execute(
            "INSERT INTO second_factor (user_id, kind, sealed, since) VALUES (%s, 'totp', %s, alur_now())",
            (person.user, KEYS.seal(person.user, "totp", secret)),
        )
        return pyotp.TOTP(secret)

    def value(self, query: str, *params: Any) -> Any:
        """Return the first column of the first row that the owner reads."""
        row = self.owner.execute(query.encode(), params or None).fetchone()
        return None if row is None else next(iter(row.values()))

    def events(self, user: int | None) -> list[tuple[str, str | None]]:
        """Return kind and reason of what was recorded about somebody, in order."""
        rows = self.owner.execute(
            "SELECT kind, reason FROM signin_event WHERE user_id IS NOT DISTINCT FROM %s ORDER BY id", (user,)
        ).fetchall()
        return [(row["kind"], row["reason"]) for row in rows]


@asynccontextmanager
async def running(dsn: str, owner: Connection[DictRow], **more: Any) -> AsyncIterator[Access]:
    """Run the application with keys for accounts; codes go to a phone of the test's own."""
    app = create_app(settings(dsn, pool_size=8, **more))
    async with LifespanManager(app):
        phone = Phone()
        object.__setattr__(app.state.site, "telegram", phone)
        yield Access(app, owner, dsn, phone)


async def show(
    http: httpx.AsyncClient, person: Person, password: str = PASSWORD, device: str | None = None
) -> httpx.Response:
    """Show NIK and password."""
    body = {"nik": person.nik, "password": password} | ({"device": device} if device else {})
    return await http.post("/auth/sign-in", json=body)


async def attempt(access: Access, http: httpx.AsyncClient, person: Person) -> str:
    """Pass password and code; return the attempt, which waits for the choice of wilayah kerja."""
    held: str = done(await show(http, person))["attempt"]
    done(await http.post("/auth/code", json={"attempt": held, "code": access.phone.code(person.chat)}))
    return held


async def sign_in(
    access: Access, http: httpx.AsyncClient, person: Person, *, assignment: int | None = None
) -> dict[str, Any]:
    """Sign in wholly; return the answer that holds the token."""
    held = await attempt(access, http, person)
    chosen = person.assignments[0] if assignment is None else assignment
    answer: dict[str, Any] = done(await http.post("/auth/session", json={"attempt": held, "assignment": chosen}), 201)
    return answer


def bearer(answer: dict[str, Any]) -> dict[str, str]:
    """Return the header of a session."""
    return {"Authorization": f"Bearer {answer['token']}"}


def later_code(totp: pyotp.TOTP) -> str:
    """Return the code of the next time step, which is taken already."""
    return totp.at(int(time.time()) + 30)
