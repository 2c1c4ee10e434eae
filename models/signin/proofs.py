"""What proves a person, and how he changes it: one-time links, passwords, second factors, recovery codes.

As in `commands`, a connection commits each call by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.database import Conn, Pool, fetch_value
from models.errors import SecondFactorMissing
from models.raised import domain_errors
from models.signin import rules
from models.signin.commands import Place, demand_soon, judged, new_password, one
from models.signin.errors import CodeWrong, LinkUnknown, SigninWrong
from models.signin.keys import Keys, digest


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link, held by the person it is for."""

    id: int
    user: int
    name: str
    purpose: str
    clear_factors: bool


@dataclass(frozen=True, slots=True)
class TotpOffer:
    """A TOTP secret to be scanned; `pending` comes back with its first code."""

    secret: str
    uri: str
    pending: str


def offer_totp(keys: Keys, user: int, name: str) -> TotpOffer:
    """Return a fresh TOTP secret for a person; nothing is kept before he proves that he has it."""
    secret = rules.new_totp_secret()
    return TotpOffer(secret, rules.totp_uri(secret, name), keys.seal(user, "totp-baru", secret).hex())


def _proved_totp(keys: Keys, user: int, pending: str, code: str) -> tuple[bytes, int]:
    """Return an offered secret, sealed to be kept, and the step of the code that proves it.

    Raises:
        CodeWrong: no such offer for this person, or not its code.
    """
    try:
        secret = keys.open(user, "totp-baru", bytes.fromhex(pending))
    except ValueError as error:
        raise CodeWrong from error
    step = rules.totp_step(secret, rules.plain_code(code))
    if step is None:
        raise CodeWrong
    return keys.seal(user, "totp", secret), step


def _recovery(keys: Keys, user: int) -> tuple[list[str], list[str]]:
    """Return ten recovery codes and their hashes."""
    codes = rules.new_recovery_codes()
    return codes, [keys.code(f"pemulihan:{user}", code) for code in codes]


async def read_link(conn: Conn, keys: Keys, secret: str, nik: str, place: Place) -> Link:
    """Return the link of a secret, for whoever also knows whose it is.

    Raises:
        LinkUnknown: it is not good, or not for this NIK.
        TooSoon: too many failures from here.
    """
    row = await one(conn, "SELECT * FROM link_known(%s, %s, %s)", (digest(secret), keys.nik(nik), place.network))
    demand_soon(row["wait_s"])
    if row["id"] is None:
        raise LinkUnknown
    return Link(row["id"], row["user_id"], row["name"], row["purpose"], row["clear_factors"])


async def start_chat(conn: Conn, link: Link) -> str:
    """Return the code that the reader of a link writes to the bot to link his chat. 15 minutes."""
    return str(await fetch_value(conn, "SELECT link_start(%s)", (link.id,)))


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the reader of a link chose: his password, and the offered TOTP secret with its first code, if any."""

    nik: str
    password: str
    pending: str | None = None
    code: str | None = None


async def use_link(conn: Conn, keys: Keys, link: Link, chosen: Chosen) -> list[str]:
    """Use a link, once; returns recovery codes, shown this once, where a second factor was linked.

    Raises:
        PasswordWeak: policy does not take the password; the link stays good.
        CodeWrong: not the code of the offered secret.
        SecondFactorMissing: neither Telegram nor an authenticator was linked, and none is left.
        LinkUnknown: it was used meanwhile.
    """
    hashed = await new_password(conn, chosen.password, (link.name, chosen.nik))
    totp = step = telegram = None
    if chosen.pending and chosen.code:
        totp, step = _proved_totp(keys, link.user, chosen.pending, chosen.code)
    chat = await fetch_value(conn, "SELECT link_chat(%s)", (link.id,))
    if chat is not None:
        telegram = keys.seal(link.user, "telegram", chat)
    codes, hashes = _recovery(keys, link.user) if totp or telegram else ([], None)
    with domain_errors():
        used = await fetch_value(
            conn,
            "SELECT link_use(%s, %s, %s, %s, %s, %s)",
            (link.id, hashed, totp, step, telegram, hashes),
        )
    if not used:
        raise LinkUnknown
    return codes


# -- what a person does with his own ----------------------------------------------------------------------------------


async def prove(pool: Pool, session: UUID, password: str) -> dict[str, Any]:
    """Let somebody who signed in show again that it is he; returns `user`, `name` and the `kinds` of his factors.

    Raises:
        SignInYourself: the session is a program's.
        SigninWrong: not his password.
        TooSoon: too many wrong ones.
    """
    async with pool.connection() as conn:
        begun = await one(conn, "SELECT * FROM proof_begin(%s)", (session,))
    demand_soon(begun["wait_s"])
    right, _ = await judged(password, begun["password_hash"])
    if not right:
        raise SigninWrong
    async with pool.connection() as conn:
        row = await one(conn, "SELECT * FROM proof_right(%s)", (session,))
    return {"user": begun["user_id"], "name": row["name"], "kinds": row["kinds"]}


async def change_password(conn: Conn, session: UUID, name: str, password: str) -> None:
    """Set one's own password; one's other sessions end.

    Raises:
        PasswordWeak: policy does not take it.
    """
    hashed = await new_password(conn, password, (name,))
    with domain_errors():
        await conn.execute("SELECT own_password(%s, %s)", (session, hashed))


async def link_totp(conn: Conn, keys: Keys, session: UUID, user: int, offer: tuple[str, str]) -> None:
    """Link an authenticator by an offered secret (`pending`) and its first code; one's other sessions end.

    Raises:
        CodeWrong: not the code of that secret.
    """
    sealed, step = _proved_totp(keys, user, *offer)
    with domain_errors():
        await conn.execute("SELECT own_factor(%s, 'totp', %s, %s)", (session, sealed, step))


async def link_telegram(conn: Conn, keys: Keys, session: UUID, user: int) -> None:
    """Make the chat that was connected for notices one's second factor; one's other sessions end.

    Raises:
        SecondFactorMissing: no chat is connected.
    """
    with domain_errors():
        chat = await fetch_value(conn, "SELECT own_chat(%s)", (session,))
        if chat is None:
            raise SecondFactorMissing
        await conn.execute("SELECT own_factor(%s, 'telegram', %s, NULL)", (session, keys.seal(user, "telegram", chat)))


async def unlink(conn: Conn, session: UUID, kind: str) -> None:
    """Take a second factor away; one's other sessions end.

    Raises:
        SecondFactorMissing: no other would be left.
    """
    with domain_errors():
        if not await fetch_value(conn, "SELECT own_factor_end(%s, %s)", (session, kind)):
            raise SecondFactorMissing


async def renew_recovery(conn: Conn, keys: Keys, session: UUID, user: int) -> list[str]:
    """Return ten new recovery codes, shown this once; the former ones end."""
    codes, hashes = _recovery(keys, user)
    with domain_errors():
        await conn.execute("SELECT own_recovery(%s, %s)", (session, hashes))
    return codes
