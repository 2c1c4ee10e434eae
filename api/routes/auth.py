"""Signing in: NIK and password, a one-time code, the choice of wilayah kerja; then one's own sessions and proofs.

Nothing secret stands in an address, and no answer of these routes is kept on the way. What the caller holds between the
steps is an `attempt`.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import SecretStr

from api import access_shapes as shapes
from api.caller import Here, Reading, Session, Site, note_user
from api.documented import READ, InputInvalid, refusals
from api.section import Section
from api.shapes import Id
from api.writes import SecretWriting, secret_answer
from models.database import Conn
from models.errors import SecondFactorMissing, SessionUnknown, SignInYourself
from models.signin import commands, proofs, queries
from models.signin.errors import (
    AssignmentNotYours,
    AttemptOver,
    CodeUnsent,
    CodeWrong,
    LinkUnknown,
    PasswordWeak,
    SessionNotFound,
    SigninUnset,
    SigninWrong,
    TooSoon,
)
from models.signin.rules import is_nik
from notifications.channels.base import Sent
from notifications.signin import send_code

router = Section(prefix="/auth", tags=["masuk"])

_AGENT_MOST = 80
_OUTSIDE = refusals(
    *(SigninWrong, AttemptOver, CodeWrong, CodeUnsent, TooSoon, AssignmentNotYours, PasswordWeak, InputInvalid),
    SigninUnset,
)
_LINK = refusals(LinkUnknown, TooSoon, PasswordWeak, SecondFactorMissing, InputInvalid, SigninUnset)
_OWN = refusals(
    *(SessionUnknown, SignInYourself, SigninWrong, TooSoon, AssignmentNotYours, PasswordWeak, SecondFactorMissing),
    *(InputInvalid, SigninUnset),
)


def place_at(request: Request, here: Site) -> commands.Place:
    """Return where a request comes from. The device, if it has one, stands in the body."""
    program = "".join(filter(str.isprintable, request.headers.get("User-Agent", "")))[:_AGENT_MOST]
    return commands.Place(here.keys.network(request.client.host if request.client else None), None, program)


async def place_of(request: Request, here: Here) -> commands.Place:
    """The same, to a route."""
    return place_at(request, here)


Place = Annotated[commands.Place, Depends(place_of)]


def _from(place: commands.Place, device: SecretStr | None) -> commands.Place:
    return commands.known_by(place, None if device is None else device.get_secret_value())


def _nik(given: SecretStr) -> str:
    """Return a NIK as it may be looked for; one of another shape is nobody's, and is answered like that."""
    nik = given.get_secret_value()
    return nik if is_nik(nik) else ""


async def sent_to(here: Site, attempt: str) -> str | None:
    """Send the code of an attempt where its person has a chat; return it, None where it was not taken."""
    async with here.pool.connection() as conn:
        code = await commands.make_code(conn, here.keys, attempt)
    if code is None or not isinstance(await send_code(here.telegram, code), Sent):
        return None
    return code.code


async def send_to(here: Site, attempt: str) -> bool:
    """Send the code of an attempt where its person has a chat; whether it was taken."""
    return await sent_to(here, attempt) is not None


# -- from NIK to session ----------------------------------------------------------------------------------------------


@router.post("/sign-in", responses=_OUTSIDE)
async def sign_in(asked: shapes.SignIn, place: Place, here: Here) -> JSONResponse:
    """Show NIK and password. The answer is an attempt that waits for its code: sent by Telegram, or an authenticator's.

    A NIK that nobody has and a wrong password are answered alike.
    """
    begun = await commands.begin(
        here.pool, here.keys, _nik(asked.nik), asked.password.get_secret_value(), _from(place, asked.device)
    )
    sent = await send_to(here, begun.secret)
    async with here.pool.connection() as conn:
        kinds = await commands.factors(conn, begun.secret)
    return secret_answer({"attempt": begun.secret, "expires_at": begun.expires_at, "factors": kinds, "code_sent": sent})


@router.post("/code/send", responses=_OUTSIDE)
async def send_again(asked: shapes.Attempt, here: Here) -> JSONResponse:
    """Send another code of an attempt by Telegram; the former one ends."""
    if not await send_to(here, asked.attempt.get_secret_value()):
        raise CodeUnsent(
            "tidak ada Telegram yang tertaut, belum waktunya mengirim lagi, atau Telegram tidak menjawab",
            "no Telegram is linked, it is too early for another, or Telegram does not answer",
        )
    return secret_answer({"code_sent": True})


@router.post("/code", responses=_OUTSIDE)
async def give_code(asked: shapes.CodeIn, here: Here) -> JSONResponse:
    """Give the code of an attempt; each code works once. The answer lists one's wilayah kerja to choose from."""
    attempt = asked.attempt.get_secret_value()
    async with here.pool.connection() as conn:
        purpose = await commands.answer(conn, here.keys, attempt, asked.code.get_secret_value())
        return secret_answer({"purpose": purpose, "assignments": await commands.choices(conn, attempt)})


@router.post("/session", status_code=201, responses=_OUTSIDE)
async def choose(asked: shapes.Choice, here: Here) -> JSONResponse:
    """Choose the wilayah kerja and get the token that names the session. An attempt has one session."""
    device = None if asked.device is None else asked.device.get_secret_value()
    async with here.pool.connection() as conn, conn.transaction():
        opened = await commands.open_session(conn, asked.attempt.get_secret_value(), asked.assignment, device)
    return secret_answer(_opened(here, opened) | {"device": opened.device}, 201)


def _opened(here: Site, opened: commands.Opened) -> dict[str, Any]:
    return {
        "token": here.sign(opened.session),
        "session": opened.number,
        "expires_at": opened.expires_at,
        "idle_s": opened.idle_s,
    }


@router.post("/forgot", responses=_OUTSIDE)
async def forgot(asked: shapes.Forgot, place: Place, here: Here, later: BackgroundTasks) -> JSONResponse:
    """Begin to set a new password by one's second factor. Whether anybody has this NIK is not told."""
    async with here.pool.connection() as conn:
        begun = await commands.forget(conn, here.keys, _nik(asked.nik), _from(place, asked.device))
    later.add_task(send_to, here, begun.secret)  # after the answer: how long it takes tells nothing
    answer = secret_answer({"attempt": begun.secret, "expires_at": begun.expires_at})
    answer.background = later
    return answer


@router.post("/reset", responses=_OUTSIDE)
async def reset(asked: shapes.NewPassword, here: Here) -> JSONResponse:
    """Set the new password, once the code was right. Every session and token of one's own ends."""
    async with here.pool.connection() as conn:
        await commands.reset_password(conn, asked.attempt.get_secret_value(), asked.password.get_secret_value())
    return secret_answer({"reset": True})


@router.post("/link/read", responses=_LINK)
async def read_link(asked: shapes.LinkRead, place: Place, here: Here) -> JSONResponse:
    """Open a one-time link: for whom it is, a key for an authenticator, and a code that links one's Telegram chat."""
    async with here.pool.connection() as conn:
        link = await proofs.read_link(conn, here.keys, asked.link.get_secret_value(), _nik(asked.nik), place)
        start = await proofs.start_chat(conn, link)
    offer = proofs.offer_totp(here.keys, link.user, link.name)
    bot = here.settings.telegram_bot.removeprefix("@")
    return secret_answer(
        {
            "name": link.name,
            "purpose": link.purpose,
            "clear_factors": link.clear_factors,
            "totp": {"secret": offer.secret, "uri": offer.uri, "pending": offer.pending},
            "telegram": {"text": f"/start {start}", "link": f"https://t.me/{bot}?start={start}" if bot else None},
        }
    )


@router.post("/link/use", responses=_LINK | refusals(CodeWrong))
async def use_link(asked: shapes.LinkUse, place: Place, here: Here) -> JSONResponse:
    """Use a one-time link: set the password and link a second factor. Recovery codes are shown this once."""
    nik = _nik(asked.nik)
    code = None if asked.code is None else asked.code.get_secret_value()
    chosen = proofs.Chosen(nik, asked.password.get_secret_value(), asked.pending, code)
    async with here.pool.connection() as conn:
        link = await proofs.read_link(conn, here.keys, asked.link.get_secret_value(), nik, place)
        codes = await proofs.use_link(conn, here.keys, link, chosen)
    return secret_answer({"ready": True, "recovery_codes": codes})


# -- one's own sessions -----------------------------------------------------------------------------------------------


@router.post("/sign-out", responses=refusals(SessionUnknown, InputInvalid))
async def sign_out(asked: shapes.SignOut, write: SecretWriting) -> JSONResponse:
    """Leave: the session is over at once, here or everywhere."""

    async def work(conn: Conn) -> tuple[int, Any]:
        return 200, {"ended": await commands.leave(conn, write.session, everywhere=asked.everywhere)}

    return await write.run(work)


@router.get("/sessions", responses=READ)
async def list_sessions(conn: Reading, session: Session) -> dict[str, Any]:
    """Return my sessions and tokens that live: in which wilayah kerja, since when, last used, with what."""
    return {"sessions": await queries.sessions(conn, session)}


@router.delete("/sessions/{number}", responses=refusals(SessionUnknown, SessionNotFound, InputInvalid))
async def end_session(number: Id, write: SecretWriting) -> JSONResponse:
    """End a session or a token of mine, at once."""

    async def work(conn: Conn) -> tuple[int, Any]:
        await commands.revoke(conn, write.session, number)
        return 200, {"session": number, "ended": True}

    return await write.run(work)


@router.get("/assignments", responses=READ)
async def list_assignments(conn: Reading) -> dict[str, Any]:
    """Return the wilayah kerja I may switch to."""
    return {"assignments": await queries.assignments(conn)}


@router.post("/switch", responses=_OWN)
async def switch(asked: shapes.Switch, write: SecretWriting, here: Here) -> JSONResponse:
    """Go on in another wilayah kerja of mine, without a new code; the former session is over."""

    async def work(conn: Conn) -> tuple[int, Any]:
        return 200, _opened(here, await commands.switch(conn, write.session, asked.assignment))

    return await write.run(work)


@router.get("/events", responses=READ)
async def list_events(
    conn: Reading,
    account: Annotated[Id | None, Query(le=2**31 - 1, description="Hanya akun ini / only this account")] = None,
    before: Annotated[Id | None, Query(description="Id terakhir yang sudah dilihat / last one seen")] = None,
    limit: Annotated[int, Query(ge=1, le=queries.PAGE_MAX)] = 50,
) -> dict[str, Any]:
    """Return what happened to accounts in my sight, newest first: mine, those I keep, as an auditor all of them."""
    rows = await queries.events(conn, account=account, before=before, limit=limit)
    return {"events": rows, "next": rows[-1]["id"] if len(rows) == limit else None}


# -- what proves me ---------------------------------------------------------------------------------------------------


async def _prove(request: Request, here: Site, session: Session, password: SecretStr) -> dict[str, Any]:
    proved = await proofs.prove(here.pool, session, password.get_secret_value())
    note_user(request, session, proved["user"])
    return proved


@router.post("/tokens", status_code=201, responses=_OWN)
async def make_token(asked: shapes.TokenIn, request: Request, session: Session, here: Here) -> JSONResponse:
    """Make a token for a program in one wilayah kerja of mine. It is shown in this answer and never again."""
    await _prove(request, here, session, asked.password)
    async with here.pool.connection() as conn, conn.transaction():
        made = await commands.make_token(conn, session, asked.assignment, asked.name, asked.days)
    return secret_answer(_opened(here, made), 201)


@router.post("/password", responses=_OWN)
async def change_password(asked: shapes.PasswordIn, request: Request, session: Session, here: Here) -> JSONResponse:
    """Set a new password. My other sessions and tokens end."""
    proved = await _prove(request, here, session, asked.password)
    async with here.pool.connection() as conn:
        await proofs.change_password(conn, session, proved["name"], asked.new.get_secret_value())
    return secret_answer({"changed": True})


@router.post("/factors/totp", responses=_OWN)
async def offer_totp(asked: shapes.Proof, request: Request, session: Session, here: Here) -> JSONResponse:
    """Get a key for an authenticator; it counts once its first code was given to `confirm`."""
    proved = await _prove(request, here, session, asked.password)
    offer = proofs.offer_totp(here.keys, proved["user"], proved["name"])
    return secret_answer({"secret": offer.secret, "uri": offer.uri, "pending": offer.pending})


@router.post(
    "/factors/totp/confirm", responses=refusals(SessionUnknown, SignInYourself, CodeWrong, InputInvalid, SigninUnset)
)
async def confirm_totp(asked: shapes.TotpProof, write: SecretWriting, request: Request, here: Here) -> JSONResponse:
    """Link the authenticator by its first code. My other sessions end."""

    async def work(conn: Conn) -> tuple[int, Any]:
        offer = asked.pending, asked.code.get_secret_value()
        await proofs.link_totp(conn, here.keys, write.session, request.state.user, offer)
        return 200, {"linked": "totp"}

    return await write.run(work)


@router.post("/factors/telegram", responses=_OWN)
async def link_telegram(asked: shapes.Proof, request: Request, session: Session, here: Here) -> JSONResponse:
    """Make the chat that I connected for notices my second factor. My other sessions end."""
    proved = await _prove(request, here, session, asked.password)
    async with here.pool.connection() as conn, conn.transaction():
        await proofs.link_telegram(conn, here.keys, session, proved["user"])
    return secret_answer({"linked": "telegram"})


@router.post("/factors/{kind}/remove", responses=_OWN)
async def unlink(
    kind: Annotated[str, Path(pattern="^(totp|telegram)$")],
    asked: shapes.Proof,
    request: Request,
    session: Session,
    here: Here,
) -> JSONResponse:
    """Take a second factor away; one must be left. My other sessions end."""
    await _prove(request, here, session, asked.password)
    async with here.pool.connection() as conn, conn.transaction():
        await proofs.unlink(conn, session, kind)
    return secret_answer({"removed": kind})


@router.post("/recovery-codes", responses=_OWN)
async def renew_recovery(asked: shapes.Proof, request: Request, session: Session, here: Here) -> JSONResponse:
    """Get ten new recovery codes, shown this once; the former ones end."""
    proved = await _prove(request, here, session, asked.password)
    async with here.pool.connection() as conn, conn.transaction():
        codes = await proofs.renew_recovery(conn, here.keys, session, proved["user"])
    return secret_answer({"recovery_codes": codes})
