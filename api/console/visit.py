"""One visit of a page: who reads it, in which language, with which connection; and what a form must show to be taken.

The session stands in a cookie that no script reads. A form is taken when it carries the session's own mark and the
browser does not say that it comes from elsewhere. The API takes no cookie, and the console no other proof.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID, uuid4

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from starlette.datastructures import FormData

from api import tokens
from api.caller import Site, note_user, note_writer, site
from api.console.catalogue import Language
from api.console.numbers import whole
from api.console.render import render
from api.writes import Work, answered
from models.audit.rules import may_look
from models.database import Conn, acting
from models.errors import AlurError, SessionUnknown
from models.laporan.rules import may_report
from models.notice.queries import unread_count
from models.policy import queries as policies
from models.reads.commands import What, note
from models.region.queries import breadcrumb
from models.region.rules import ancestors, timezone_of
from models.sanggah.rules import kinds_of
from models.staff.rules import keeps_people
from models.user.queries import demand_live, me

LANGUAGE = "alur_bahasa"
_KEY = "kunci"
_MARK = "tanda"
_FIELDS_MOST = 4_000
"""Fields of one form: a meeting decides on every family of a village, with a few fields for each."""
_LANGUAGE_S = 400 * 86_400
_REASON = range(3, 401)
_DIGITS = {2: 10**8, 4: 10**6, 6: 10**4, 10: 1}


class FormForeign(AlurError):
    """A form that did not come from our own page."""

    status = 403
    code = "formulir_asing"
    title = "Formulir tidak dapat diterima"
    title_en = "The form cannot be taken"
    text = "Formulir ini tidak berasal dari halaman Alur yang Anda buka, atau Anda masuk lagi sejak membukanya."
    text_en = "This form does not come from a page of Alur that you opened, or you signed in again since."
    cure = "Kembali, muat ulang halamannya, lalu kirim lagi."
    cure_en = "Go back, load the page again, and send it once more."


class ReasonUnclear(AlurError):
    """A decision about people without a reason."""

    status = 422
    code = "alasan_belum_jelas"
    title = "Alasan belum jelas"
    title_en = "The reason is not clear"
    text = "Tulis alasannya dengan kata sendiri: 3 sampai 400 huruf."
    text_en = "Write why in your own words: 3 to 400 letters."
    cure = "Isi alasannya, lalu kirim lagi. Yang sudah Anda isi masih ada."
    cure_en = "Fill it in and send it again. What you typed is still there."


def language_of(request: Request) -> Language:
    """Return the language a reader chose, Indonesian unless told."""
    return "en" if request.cookies.get(LANGUAGE) == "en" else "id"


def address_of(request: Request) -> str:
    """Return the address of a page with what it was asked for, without the site."""
    query = request.url.query if request.method == "GET" else ""
    return f"{request.url.path}?{query}" if query else request.url.path


def secure(request: Request) -> bool:
    """Return whether the page came over https; only a demo on one's own machine does not."""
    return request.url.scheme == "https"


async def learn_mark(request: Request) -> None:
    """Ask once what the database is; while it cannot be asked, pages say nothing about it."""
    here = site(request)
    if "mark" not in here.known:
        with suppress(PoolTimeout, OperationalError):
            async with here.pool.connection() as conn:
                here.known["mark"] = await policies.mark(conn)


def marked(request: Request) -> str:
    """Return what the database is (production, demo, test, practice), empty before it could be asked."""
    return site(request).known.get("mark", "")


def keep_session(request: Request, answer: HTMLResponse | RedirectResponse, token: str) -> None:
    """Give the browser a session to show; it ends with the browser, and in the database by its own limits."""
    answer.set_cookie(
        tokens.cookie_name(secure=secure(request)),
        token,
        httponly=True,
        secure=secure(request),
        samesite="lax",
        path="/",
    )


def keep_language(request: Request, answer: RedirectResponse, language: Language) -> None:
    """Let the browser remember the reader's language."""
    answer.set_cookie(
        LANGUAGE, language, max_age=_LANGUAGE_S, httponly=True, secure=secure(request), samesite="lax", path="/"
    )


class FormEarlier(AlurError):
    """A form that this person opened in an earlier session: he is asked once more, and types nothing anew."""

    status = 409
    code = "formulir_sesi_lama"
    title = "Anda sudah masuk lagi"
    title_en = "You have signed in again"
    text = "Formulir ini dibuka sebelum Anda masuk lagi."
    text_en = "This form was opened before you signed in again."
    cure = "Kirim sekali lagi; isiannya masih ada."
    cure_en = "Send it once more; what you typed is still there."


def _proof(secret: str, what: bytes) -> str:
    return hmac.new(secret.encode(), b"formulir:" + what, "sha256").hexdigest()


def mark(session: UUID, user: int, secret: str) -> str:
    """Return what the forms of a session carry: a part that is the session's alone, and one that is the person's."""
    return f"{_proof(secret, session.bytes)}.{_proof(secret, b'orang:%d' % user)}"


def _session(request: Request) -> tuple[UUID, str]:
    """Return the visitor's session and the key that signed it.

    Raises:
        SessionUnknown: no cookie, or one we did not sign.
    """
    secret = site(request).settings.secret_key
    token = request.cookies.get(tokens.cookie_name(secure=secure(request)))
    if token is None or secret is None:
        raise SessionUnknown
    return tokens.read(token, secret.get_secret_value()), secret.get_secret_value()


def place_of(who: Mapping[str, Any]) -> int | None:
    """Return the region that a person's scope is: its code, 0 for the nation, None where the scope is no region."""
    lo, hi = who["lo"], who["hi"]
    if lo is None:
        return None
    for unit in _DIGITS.values():
        if lo % unit == 0 and hi == lo + unit - 1:
            return int(lo) // unit
    return 0


@dataclass(frozen=True, slots=True)
class Visit:
    """A reader of pages, inside a transaction that sees what he may see."""

    request: Request
    here: Site
    session: UUID
    conn: Conn
    who: Mapping[str, Any]
    now: datetime
    language: Language
    zone: str
    place: str
    mark: str
    unread: int

    @property
    def role(self) -> str:
        """The role in which he is here."""
        return str(self.who["role"])

    @property
    def may_audit(self) -> bool:
        """Whether his role reads the log."""
        return may_look(self.role)

    @property
    def may_object(self) -> bool:
        """Whether his role brings objections."""
        return bool(kinds_of(self.role))

    @property
    def may_report(self) -> bool:
        """Whether reports are for him: not for who works for single families or files."""
        return may_report(self.who["scope"])

    @property
    def keeps_people(self) -> bool:
        """Whether his role keeps accounts, or confirms roles as the head of an office."""
        return keeps_people(self.role)

    async def noted(self, what: What, *, household: int | None = None, case: int | None = None) -> None:
        """Write down that he looks at a family; a page that does so answers after its transaction (`visit_of`)."""
        await note(self.conn, what, household=household, case=case, request=str(self.request.state.number))

    def page(self, template: str, /, status: int = 200, **context: Any) -> HTMLResponse:
        """Return a page with the frame around it; nobody on the way keeps it."""
        told = {
            "visit": self,
            "language": self.language,
            "zone": self.zone,
            "now": self.now,
            "path": self.request.url.path,
            "address": address_of(self.request),
            "mark": self.mark,
            "marked": marked(self.request),
            "key": uuid4().hex,
            **context,
        }
        return HTMLResponse(render(template, told), status, headers={"Cache-Control": "no-store"})


async def _region_name(conn: Conn, who: Mapping[str, Any]) -> tuple[str, str]:
    """Return the wilayah kerja in words and its time zone."""
    place = place_of(who)
    if not place:
        return (who["organisation"] or who["programme"] or ("Indonesia" if place == 0 else "")), "Asia/Jakarta"
    path = await breadcrumb(conn, place)
    return " › ".join(row.name for row in path[-2:]), timezone_of(ancestors(place)[0])


async def visiting(request: Request) -> AsyncIterator[Visit]:
    """Yield a visit.

    Raises:
        SessionUnknown: nobody is signed in; the answer is the way to sign in.
    """
    here = site(request)
    session, secret = _session(request)
    async with here.pool.connection() as conn, acting(conn, session) as seeing:
        note_user(request, session, await demand_live(seeing, session))
        who = await me(seeing, session)
        name, zone = await _region_name(seeing, who)
        yield Visit(
            request,
            here,
            session,
            seeing,
            who,
            await policies.now(seeing),
            language_of(request),
            zone,
            name,
            mark(session, who["user_id"], secret),
            await unread_count(seeing),
        )


visit_of = asynccontextmanager(visiting)
"""A visit within a function: a form whose answer is a page again."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A form that somebody sent from a page of ours."""

    request: Request
    here: Site
    session: UUID
    form: FormData

    def text(self, name: str) -> str:
        """Return what was typed into a field, without spaces around it; empty where nothing was."""
        given = self.form.get(name)
        return given.strip() if isinstance(given, str) else ""

    def numbers(self, name: str) -> list[int]:
        """Return the numbers of a field that may come several times; what is no number is left out."""
        given = (whole(one) for one in self.form.getlist(name) if isinstance(one, str))
        return [one for one in given if one is not None]

    def reason(self, name: str = "alasan") -> str:
        """Return the reason that was typed.

        Raises:
            ReasonUnclear: it is shorter or longer than the API takes one (`api.access_shapes.Reason`).
        """
        typed = self.text(name)
        if len(typed) not in _REASON:
            raise ReasonUnclear
        return typed

    @property
    def key(self) -> str:
        """The form's own request key: the same form sent twice is one request."""
        return self.text(_KEY) or uuid4().hex

    async def write(self, work: Work, body: bytes | None = None, key: str | None = None) -> tuple[int, Any]:
        """Run `work` in one transaction under the form's key, or `key`; a repeat gets the first answer.

        Raises:
            AlurError: the refusal that `work` answered with.
            RequestKeyReused: the key came before with another form.
        """
        said = await self.request.body() if body is None else body
        return await answered(self.request, self.session, key or self.key, work, said)


async def posted(request: Request) -> AsyncIterator[Posted]:
    """Yield the form of a request; its files are closed afterwards.

    Raises:
        SessionUnknown: nobody is signed in any more.
        FormEarlier: its reader opened it before he signed in again.
        FormForeign: it did not come from our own page.
    """
    session, secret = _session(request)
    await request.body()
    async with request.form(max_fields=_FIELDS_MOST) as form:
        here = site(request)
        async with here.pool.connection() as conn:
            await note_writer(request, conn, session)
        given = form.get(_MARK)
        of_session, _, of_person = (given if isinstance(given, str) else "").partition(".")
        now_session, _, now_person = mark(session, request.state.user, secret).partition(".")
        if not hmac.compare_digest(of_session.encode(), now_session.encode()):
            raise FormEarlier if hmac.compare_digest(of_person.encode(), now_person.encode()) else FormForeign
        yield Posted(request, here, session, form)


async def session_marked(request: Request) -> UUID:
    """Return the session of a script on a page of ours: its cookie, and its mark in a header instead of a form.

    Raises:
        SessionUnknown: nobody is signed in any more.
        FormForeign: it did not come from our own page.
    """
    session, secret = _session(request)
    given = request.headers.get("x-tanda", "").partition(".")[0]
    if not hmac.compare_digest(given.encode(), _proof(secret, session.bytes).encode()):
        raise FormForeign
    return session


async def sign_in_again(request: Request, _: Exception) -> HTMLResponse | RedirectResponse:
    """Send somebody without a session to the sign-in page, and back to where he was going afterwards.

    What a form brought is given back to the browser it came from, to be sent again after signing in: no server and no
    browser stores it meanwhile, on a laptop that others use too.
    """
    if request.method == "POST" and "." in str((form := await request.form(max_fields=_FIELDS_MOST)).get(_MARK, "")):
        return _held(request, form, str(form[_MARK]), 401)
    there = address_of(request) if request.method == "GET" else "/"
    return RedirectResponse(f"/masuk?ke={quote(there)}" if there != "/" else "/masuk", 303)


async def send_again(request: Request, _: Exception) -> HTMLResponse:
    """Give somebody who has signed in again his form back, with the mark of the new session."""
    session, secret = _session(request)
    form = await request.form(max_fields=_FIELDS_MOST)
    return _held(request, form, mark(session, request.state.user, secret), FormEarlier.status)


def _held(request: Request, form: FormData, given: str, status: int) -> HTMLResponse:
    fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str) and name != _MARK]
    told = {
        "language": language_of(request),
        "path": request.url.path,
        "error": None,
        "fields": fields,
        "files": any(not isinstance(value, str) for value in form.values()),
        "mark": given,
        "again": status == FormEarlier.status,
        "marked": marked(request),
    }
    return HTMLResponse(render("sesi_habis.html", told), status, headers={"Cache-Control": "no-store"})


Visiting = Annotated[Visit, Depends(visiting)]
Posting = Annotated[Posted, Depends(posted)]
