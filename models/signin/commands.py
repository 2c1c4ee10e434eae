"""Signing in, step by step, and what a person changes of his own proofs.

A connection here commits each call by itself (autocommit): a failure that is counted stays counted, whatever happens to
the request. Passwords are judged outside of any connection, a few at a time.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from models.database import Conn, Pool, fetch_value
from models.policy.queries import policy
from models.raised import domain_errors
from models.signin import rules
from models.signin.errors import (
    AssignmentNotYours,
    AttemptOver,
    CodeWrong,
    PasswordWeak,
    SessionNotFound,
    SigninWrong,
    TooSoon,
)
from models.signin.keys import Keys, digest, new_secret

_hashing = threading.BoundedSemaphore(2)
"""Passwords judged at once by one process: each takes 46 MiB and a core."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an attempt comes from: keyed hash of the network, hash of the device's secret if it has one, program."""

    network: str
    device: str | None
    program: str


def known_by(place: Place, device: str | None) -> Place:
    """Return a place with the device that its secret names."""
    return place if device is None else replace(place, device=digest(device))


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that waits for its code; `secret` is what the caller holds."""

    secret: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CodeToSend:
    """A one-time code on its way to a Telegram chat; nothing of it is kept but a hash."""

    chat: str
    code: str
    language: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was opened; `device` is the secret by which this device is known from now on."""

    session: UUID
    number: int
    expires_at: datetime
    idle_s: int | None = None
    device: str | None = None


async def one(conn: Conn, query: str, params: Sequence[Any]) -> dict[str, Any]:
    """Return the one row a function of ours answers with, empty when there is none."""
    with domain_errors():
        row = await (await conn.execute(query.encode(), params)).fetchone()
    return row or {}


def demand_soon(wait_s: float | None) -> None:
    """Demand that an attempt may be judged now.

    Raises:
        TooSoon: it may not.
    """
    if wait_s and wait_s > 0:
        raise TooSoon(math.ceil(wait_s))


async def judged(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Return whether a password is right, and its hash of newer strength, beside the loop and a few at a time."""

    def judge() -> tuple[bool, str | None]:
        with _hashing:
            return rules.verify_password(password, stored)

    return await asyncio.to_thread(judge)


async def _hashed(password: str) -> str:
    def make() -> str:
        with _hashing:
            return rules.hash_password(password)

    return await asyncio.to_thread(make)


async def new_password(conn: Conn, password: str, about: Sequence[str]) -> str:
    """Return the hash of a password that policy takes.

    Raises:
        PasswordWeak: it does not.
    """
    held = await policy(conn, "masuk.sandi")
    problem = rules.password_problem(password, about, shortest=held["paling_pendek"], strength=held["kekuatan"])
    if problem is not None:
        raise PasswordWeak(*problem)
    return await _hashed(password)


# -- from NIK to session ----------------------------------------------------------------------------------------------


async def begin(pool: Pool, keys: Keys, nik: str, password: str, place: Place) -> Attempt:
    """Judge NIK and password and begin an attempt that waits for its code.

    Raises:
        SigninWrong: they do not belong together; a NIK nobody has is answered like a wrong password, as late.
        TooSoon: too many failures from here.
    """
    known = keys.nik(nik)
    async with pool.connection() as conn:
        begun = await one(conn, "SELECT * FROM signin_begin(%s, %s, %s)", (known, place.network, place.device))
    demand_soon(begun["wait_s"])
    right, newer = await judged(password, begun["password_hash"])
    secret = new_secret()
    async with pool.connection() as conn:
        until = await fetch_value(
            conn,
            "SELECT signin_password(%s, %s, %s, %s, %s, %s, %s)",
            (known, place.network, place.device, place.program, right, digest(secret), newer),
        )
    if until is None:
        raise SigninWrong
    return Attempt(secret, until)


async def forget(conn: Conn, keys: Keys, nik: str, place: Place) -> Attempt:
    """Begin to set a new password; whether anybody has this NIK is not told.

    Raises:
        TooSoon: too often from here.
    """
    secret = new_secret()
    row = await one(
        conn,
        "SELECT * FROM signin_forgot(%s, %s, %s, %s, %s)",
        (keys.nik(nik), place.network, place.device, place.program, digest(secret)),
    )
    demand_soon(row["wait_s"])
    return Attempt(secret, row["expires_at"])


async def _factors(conn: Conn, attempt: str) -> list[dict[str, Any]]:
    return await (await conn.execute("SELECT * FROM signin_factors(%s)", (digest(attempt),))).fetchall()


async def factors(conn: Conn, attempt: str) -> list[str]:
    """Return the kinds of second factors that whoever made this attempt has."""
    return [row["kind"] for row in await _factors(conn, attempt)]


async def make_code(conn: Conn, keys: Keys, attempt: str) -> CodeToSend | None:
    """Make the code of an attempt, to be sent to its person's chat; an earlier one ends.

    None: there is no chat, the attempt is over, or a code was sent a moment ago or as often as may be.
    """
    chats = [row for row in await _factors(conn, attempt) if row["kind"] == "telegram"]
    if not chats:
        return None
    code = rules.new_code()
    kept = await fetch_value(
        conn, "SELECT signin_code_made(%s, %s)", (digest(attempt), keys.code(digest(attempt), code))
    )
    if not kept:
        return None
    minutes = (await policy(conn, "masuk.kode"))["menit"]
    chat = chats[0]
    return CodeToSend(keys.open(chat["user_id"], "telegram", chat["sealed"]), code, chat["language"], minutes)


async def answer(conn: Conn, keys: Keys, attempt: str, typed: str) -> str:
    """Judge the code of an attempt: one that was sent, one of an authenticator, or a recovery code. Each works once.

    Returns:
        What the attempt was for: masuk or reset.

    Raises:
        CodeWrong: another try may be right.
        AttemptOver: too old, used, or wrong too often.
        TooSoon: too many wrong codes.
    """
    code = rules.plain_code(typed)
    step = recovery = None
    for row in await _factors(conn, attempt):
        if row["kind"] == "totp":
            step = rules.totp_step(keys.open(row["user_id"], "totp", row["sealed"]), code)
        recovery = keys.code(f"pemulihan:{row['user_id']}", code)
    row = await one(
        conn,
        "SELECT * FROM signin_answer(%s, %s, %s, %s)",
        (digest(attempt), keys.code(digest(attempt), code), step, recovery),
    )
    demand_soon(row["wait_s"])
    if row["outcome"] == "salah":
        raise CodeWrong
    if row["outcome"] != "lolos":
        raise AttemptOver
    return str(row["purpose"])


async def choices(conn: Conn, attempt: str) -> list[dict[str, Any]]:
    """Return the wilayah kerja of whoever passed an attempt: those to choose from, then those that wait."""
    return await (await conn.execute("SELECT * FROM signin_choices(%s)", (digest(attempt),))).fetchall()


async def open_session(conn: Conn, attempt: str, assignment: int, device: str | None) -> Opened:
    """End an attempt with its one session.

    Args:
        conn: an autocommit connection.
        attempt: what the caller holds.
        assignment: which of his wilayah kerja.
        device: the secret by which this device is known already; a new one is made without.

    Raises:
        AttemptOver: it has no right code, or had its session.
        AssignmentNotYours: not one of his; he may choose again.
    """
    secret = device or new_secret()
    row = await one(conn, "SELECT * FROM signin_session(%s, %s, %s)", (digest(attempt), assignment, digest(secret)))
    if row["outcome"] == "bukan_milik":
        raise AssignmentNotYours(assignment)
    if row["outcome"] != "masuk":
        raise AttemptOver
    return Opened(row["session"], row["number"], row["expires_at"], row["idle_s"], secret)


async def reset_password(conn: Conn, attempt: str, password: str) -> None:
    """Set a new password at the end of an attempt that was begun for it; every session ends.

    Raises:
        PasswordWeak: policy does not take it; he may try another.
        AttemptOver: it has no right code, or was used.
    """
    hashed = await new_password(conn, password, ())
    if not await fetch_value(conn, "SELECT signin_reset(%s, %s)", (digest(attempt), hashed)):
        raise AttemptOver


# -- one's own sessions -----------------------------------------------------------------------------------------------


async def revoke(conn: Conn, session: UUID, number: int) -> None:
    """End one of one's own sessions or tokens.

    Raises:
        SessionNotFound: none of that number is one's own.
    """
    with domain_errors():
        if not await fetch_value(conn, "SELECT session_revoke(%s, %s)", (session, number)):
            raise SessionNotFound(number)


async def leave(conn: Conn, session: UUID, *, everywhere: bool = False) -> int:
    """Sign out: end the session that calls, or all of one's own, tokens included; returns how many ended."""
    with domain_errors():
        return int(await fetch_value(conn, "SELECT session_leave(%s, %s)", (session, everywhere)))


async def switch(conn: Conn, session: UUID, assignment: int) -> Opened:
    """Go on in another wilayah kerja of one's own, until the same end; the former session is over.

    Raises:
        SignInYourself: the session is a program's.
        AssignmentNotYours: not one of his.
    """
    row = await one(conn, "SELECT * FROM session_switch(%s, %s)", (session, assignment))
    if not row:
        raise AssignmentNotYours(assignment)
    return Opened(row["session"], row["number"], row["expires_at"], row["idle_s"])


async def make_token(conn: Conn, session: UUID, assignment: int, name: str, days: int) -> Opened:
    """Open a session for a program in one wilayah kerja of one's own, for at most as long as policy allows.

    Raises:
        SignInYourself: the session is a program's.
        AssignmentNotYours: not one of his.
    """
    row = await one(conn, "SELECT * FROM token_make(%s, %s, %s, %s)", (session, assignment, name, days))
    if not row:
        raise AssignmentNotYours(assignment)
    return Opened(row["session"], row["number"], row["expires_at"])
