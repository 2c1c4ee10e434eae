"""Signing in, in three steps: NIK and password, a code, the wilayah kerja. Leaving, and choosing a language.

What the browser holds between the steps is an attempt, in a cookie that lives as long as the attempt does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from api import tokens
from api.caller import Here, Site
from api.console.numbers import whole
from api.console.render import render
from api.console.scopes import named
from api.console.visit import (
    Posting,
    Visiting,
    keep_language,
    keep_session,
    language_of,
    marked,
    secure,
)
from api.routes.auth import place_at, sent_to
from models.errors import AlurError
from models.signin import commands, queries
from models.signin.rules import is_nik

router = APIRouter()

_ATTEMPT = "alur_masuk"
_DEVICE = "alur_perangkat"
_PRACTICE = "alur_kode_latihan"
_ATTEMPT_S = 900
_DEVICE_S = 180 * 86_400


async def _own_form(request: Request) -> AsyncIterator[FormData]:
    """Yield a form of somebody who is not signed in yet; the gate has seen that no other site sent it."""
    async with request.form() as form:
        yield form


OwnForm = Annotated[FormData, Depends(_own_form)]


def typed(form: FormData, name: str) -> str:
    """Return what was typed into a field, as it was."""
    given = form.get(name)
    return given if isinstance(given, str) else ""


def _there(asked: str) -> str:
    """Return where to go after signing in: a page of ours, never another site's."""
    parts = urlsplit(asked)
    own = asked.startswith("/") and not asked.startswith(("//", "/\\")) and not parts.netloc
    return asked if own and asked.isprintable() else "/"


def page(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Return a page for somebody who is not signed in; nobody on the way keeps it."""
    told = {"language": language_of(request), "path": request.url.path, "there": "/", "error": None, **context}
    told["marked"] = marked(request)
    return HTMLResponse(render(template, told), status, headers={"Cache-Control": "no-store"})


def words(request: Request, error: AlurError) -> dict[str, str]:
    """Return what an error says, in the reader's language."""
    if language_of(request) == "en":
        return {"text": error.english, "cure": error.cure_en.format(*error.args)}
    return {"text": str(error), "cure": error.cure.format(*error.args)}


def place_of_request(request: Request, here: Site) -> commands.Place:
    """Return where a request comes from, and the device by which it is known."""
    return commands.known_by(place_at(request, here), request.cookies.get(_DEVICE))


@router.get("/masuk")
async def show(request: Request, ke: str = "/") -> HTMLResponse:
    """Ask for NIK and password; whoever still brings the mark of a session hears that it has ended."""
    ended = tokens.cookie_name(secure=secure(request)) in request.cookies
    return page(request, "masuk.html", there=_there(ke), ended=ended)


@router.post("/masuk")
async def begin(request: Request, form: OwnForm, here: Here) -> Response:
    """Judge NIK and password, send the code, go on to it."""
    there = _there(typed(form, "ke"))
    nik = "".join(typed(form, "nik").split())
    try:
        begun = await commands.begin(
            here.pool, here.keys, nik if is_nik(nik) else "", typed(form, "sandi"), place_of_request(request, here)
        )
        code = await sent_to(here, begun.secret)
    except AlurError as error:
        return page(request, "masuk.html", error.status, there=there, error=words(request, error))
    answer = RedirectResponse(f"/masuk/kode?terkirim={int(code is not None)}&ke={there}", 303)
    _keep_practice(request, answer, code)
    answer.set_cookie(
        _ATTEMPT, begun.secret, max_age=_ATTEMPT_S, httponly=True, secure=secure(request), samesite="lax", path="/masuk"
    )
    return answer


@router.get("/masuk/kode")
async def ask_code(request: Request, here: Here, ke: str = "/", terkirim: bool = False) -> HTMLResponse:
    """Ask for the code."""
    async with here.pool.connection() as conn:
        kinds = await commands.factors(conn, request.cookies.get(_ATTEMPT, ""))
    return page(request, "masuk_kode.html", there=_there(ke), sent=terkirim, kinds=kinds, practice=_practice(request))


def _keep_practice(request: Request, answer: Response, code: str | None) -> None:
    """Let a practice database's browser hold the code: whoever practises has no phone linked to an invented person."""
    if code and marked(request) == "practice":
        answer.set_cookie(
            _PRACTICE, code, max_age=_ATTEMPT_S, httponly=True, secure=secure(request), samesite="lax", path="/masuk"
        )


def _practice(request: Request) -> str:
    """Return the code that a practice database shows instead of a phone, empty anywhere else."""
    return request.cookies.get(_PRACTICE, "") if marked(request) == "practice" else ""


@router.post("/masuk/kode")
async def give_code(request: Request, form: OwnForm, here: Here) -> Response:
    """Judge the code; whoever has one wilayah kerja is in, others choose."""
    attempt, there = request.cookies.get(_ATTEMPT, ""), _there(typed(form, "ke"))
    async with here.pool.connection() as conn:
        kinds = await commands.factors(conn, attempt)
        if form.get("lagi") is not None:
            code = await sent_to(here, attempt)
            again = RedirectResponse(f"/masuk/kode?terkirim={int(code is not None)}&ke={there}", 303)
            _keep_practice(request, again, code)
            return again
        try:
            await commands.answer(conn, here.keys, attempt, typed(form, "kode"))
        except AlurError as error:
            said, practice = words(request, error), _practice(request)
            return page(
                request, "masuk_kode.html", error.status, there=there, sent=False, kinds=kinds, error=said,
                practice=practice,
            )  # fmt: skip
        choices = await named(conn, await commands.choices(conn, attempt))
    ready = [choice for choice in choices if choice["state"] == "aktif"]
    if len(ready) == 1:
        return await _open(request, here, attempt, ready[0]["id"], there)
    return page(request, "masuk_wilayah.html", there=there, choices=choices)


@router.post("/masuk/wilayah")
async def choose(request: Request, form: OwnForm, here: Here) -> Response:
    """Open the session in the chosen wilayah kerja."""
    chosen, there = typed(form, "tugas"), _there(typed(form, "ke"))
    attempt = request.cookies.get(_ATTEMPT, "")
    try:
        return await _open(request, here, attempt, whole(chosen) or 0, there)
    except AlurError as error:
        return page(request, "masuk.html", error.status, there=there, error=words(request, error))


async def _open(request: Request, here: Site, attempt: str, assignment: int, there: str) -> RedirectResponse:
    device = request.cookies.get(_DEVICE)
    async with here.pool.connection() as conn, conn.transaction():
        opened = await commands.open_session(conn, attempt, assignment, device)
    answer = RedirectResponse(there, 303)
    answer.delete_cookie(_ATTEMPT, path="/masuk")
    keep_session(request, answer, here.sign(opened.session))
    if opened.device:
        answer.set_cookie(
            _DEVICE, opened.device, max_age=_DEVICE_S, httponly=True, secure=secure(request), samesite="lax",
            path="/masuk",
        )  # fmt: skip
    return answer


@router.post("/bahasa")
async def choose_language(request: Request, form: OwnForm) -> RedirectResponse:
    """Remember the language, and stay on the page."""
    answer = RedirectResponse(_there(typed(form, "ke")), 303)
    keep_language(request, answer, "en" if typed(form, "bahasa") == "en" else "id")
    return answer


@router.post("/keluar")
async def leave(post: Posting) -> RedirectResponse:
    """End the session at once."""
    async with post.here.pool.connection() as conn, conn.transaction():
        await commands.leave(conn, post.session, everywhere=post.text("semua") == "1")
    answer = RedirectResponse("/masuk", 303)
    answer.delete_cookie(tokens.cookie_name(secure=secure(post.request)), path="/")
    return answer


@router.get("/wilayah-kerja")
async def workplaces(visit: Visiting) -> HTMLResponse:
    """Show the wilayah kerja one may switch to."""
    return visit.page("wilayah_kerja.html", choices=await named(visit.conn, await queries.assignments(visit.conn)))


@router.post("/wilayah-kerja")
async def switch(post: Posting) -> RedirectResponse:
    """Go on in another wilayah kerja; the former session is over."""
    chosen = post.numbers("tugas")
    async with post.here.pool.connection() as conn, conn.transaction():
        opened = await commands.switch(conn, post.session, chosen[0] if chosen else 0)
    answer = RedirectResponse("/", 303)
    keep_session(post.request, answer, post.here.sign(opened.session))
    return answer
