"""One request after the other, each taken back when it is answered, and what is wrong with the answers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx
from fastapi import FastAPI

from api.caller import Site
from api.tokens import sign
from models.database import Conn, Pool
from tests.integration.access.walk.entry import Entry
from tests.integration.access.walk.people import NOBODY, Person, in_sight, may_name
from tests.integration.access.walk.things import ABSENT, CASES, NOTHING, Ledger, Thing
from tests.integration.api.kit import SECRET

_PARAMETER = re.compile(r"\{\w+\}")
_ACT = re.compile(r'"act":\d+')
"""The number of the act that was judged, and taken back: every request has another."""


class Undone:
    """The application's pool, in which nothing lasts: what a request wrote is taken back at its end.

    So every request of the walk meets the same country, whatever was asked before.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncIterator[Conn]:  # noqa: ASYNC109 -- as the pool's
        async with self._pool.connection(timeout) as conn, conn.transaction(force_rollback=True):
            yield conn

    def get_stats(self) -> dict[str, int]:
        return self._pool.get_stats()


def undo(app: FastAPI) -> None:
    """Let nothing that is written through this application last."""
    site: Site = app.state.site
    app.state.site = Site(site.settings, cast("Pool", Undone(site.pool)), site.telegram)


@dataclass
class Walk:
    """People who ask one application about one country."""

    http: httpx.AsyncClient
    people: list[Person]
    ledger: Ledger
    asked: int = 0

    async def wrong(self, entry: Entry) -> list[str]:
        """Return what is wrong with a route, one line for each person and thing."""
        found: list[str] = []
        things = self.ledger.some(*entry.about) if entry.about else [NOTHING]
        assert things, f"{entry.title}: nothing of this kind is in the country"
        for who in self.people:
            if who.label in entry.but:
                continue
            absent: httpx.Response | None = None
            for thing in things[:1] if who.label == NOBODY and not entry.public else things:
                answer = await self._ask(entry, who, thing)
                if absent is None and not self._sees(entry, who, thing):
                    absent = await self._ask(entry, who, _absent(thing))
                found += [f"{who} · {thing}: {told}" for told in self._judged(entry, who, thing, answer, absent)]
        return found

    def _sees(self, entry: Entry, who: Person, thing: Thing) -> bool:
        known = self.ledger.of(*CASES) if entry.narrows else ()
        return thing is NOTHING or may_name(who, thing, known)

    async def _ask(self, entry: Entry, who: Person, thing: Thing) -> httpx.Response:
        self.asked += 1
        method, _, path = entry.route.partition(" ")
        for name, value in entry.path.items():
            path = path.replace(f"{{{name}}}", str(value))
        path = _PARAMETER.sub(str(thing.id), path)
        body = entry.body(who, thing) if callable(entry.body) else entry.body
        sent: dict[str, Any] = {} if body is None else {"json": body}
        if entry.upload is not None:
            sent = {"files": {"file": ("berkas", entry.upload)}, "data": body}
        headers = {} if who.session is None else {"Authorization": f"Bearer {sign(who.session, SECRET)}"}
        headers |= entry.headers(who, thing) if callable(entry.headers) else entry.headers
        query = entry.query(who, thing) if callable(entry.query) else entry.query
        return await self.http.request(method, path, params=dict(query) or None, headers=headers, **sent)

    def _judged(
        self, entry: Entry, who: Person, thing: Thing, answer: httpx.Response, absent: httpx.Response | None
    ) -> Iterator[str]:
        """Yield what is wrong with one answer."""
        if answer.status_code >= 500 and not _fits(answer, entry.good):
            yield f"a fault: {_told(answer)}"
            return
        if who.label == NOBODY and not entry.public:
            if not _fits(answer, "401 sesi_berakhir"):
                yield f"answered without a token: {_told(answer)}"
            return
        may, seen = who.label in entry.may or entry.public, self._sees(entry, who, thing)
        if seen:
            expected = entry.good if may else entry.refused
        else:
            expected = entry.hidden if may else f"{entry.hidden}|{entry.refused}"
            if absent is None or _plain(answer, thing) != _plain(absent, _absent(thing)):
                yield f"tells what is out of sight: {_told(answer)}, of what is not there {_told(absent)}"
        if not _fits(answer, expected):
            yield f"{'' if seen else 'out of sight, '}expected {expected}, got {_told(answer)}"
        elif seen and may and answer.is_success:
            yield from self._content(entry, who, thing, answer)

    def _content(self, entry: Entry, who: Person, thing: Thing, answer: httpx.Response) -> Iterator[str]:
        """Yield what a good answer tells too much or too little."""
        named = self.ledger.named(answer.content)
        known = self.ledger.things
        foreign = {one for one in named if one != thing and not may_name(who, one, known)}
        if entry.only_own:
            foreign |= {one for one in named if one.kind == "orang" and one.owner != who.name}
        if entry.colleagues:
            foreign = {one for one in foreign if one.kind != "akun"}
        if foreign:
            yield f"shows {', '.join(sorted(map(str, foreign)))}"
        if entry.lists:
            missing = in_sight(who, self.ledger.of(*entry.lists)) - named
            if missing:
                yield f"leaves out {', '.join(sorted(map(str, missing)))}"
        if entry.check is not None and (told := entry.check(who, answer.json(), known)):
            yield told


def _absent(thing: Thing) -> Thing:
    """Return something like this that does not exist."""
    return Thing(thing.kind, "yang tidak ada", ABSENT, thing.region, role=thing.role, key="1" * len(thing.key))


def _plain(answer: httpx.Response, thing: Thing) -> tuple[int, str]:
    """Return an answer without the number that was asked for."""
    return answer.status_code, _ACT.sub("", answer.text.replace(str(thing.id), "…"))


def _fits(answer: httpx.Response, expected: str) -> bool:
    for one in expected.split("|"):
        status, _, code = one.partition(" ")
        unsaid = not code or answer.request.method == "HEAD"  # which is answered without a body
        if str(answer.status_code) == status and (unsaid or answer.json().get("code") == code):
            return True
    return False


def _told(answer: httpx.Response | None) -> str:
    if answer is None:
        return "nothing"
    problem = answer.headers.get("content-type", "").startswith("application/problem")
    told = f"{answer.json()['code']}: {answer.json()['detail']}" if problem else answer.text
    return f"{answer.status_code} {told[:160]}"
