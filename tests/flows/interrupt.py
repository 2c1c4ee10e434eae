"""Cut a flow off in the middle of its work, as the death of its process does: after a call to a database or a wire."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

_WRITES = re.compile(
    r"\A\s*(?:INSERT|UPDATE)\b|\b(?:door_(?:move|open|facts|enlist|file|standing)|siklus_(?:freeze|report|send_out)"
    r"|approval_(?:open|execute)|batch_open|wake_batch|register_(?:checked|ranked|save)|account_\w+|lease_\w+"
    r"|work_session|notice_notify)\(",
    re.IGNORECASE,
)


class Cut(BaseException):
    """The process ended here. Nothing in a flow may catch it."""


class Scissors:
    """Counts what a flow asks of its database and of outside systems, and cuts it off after one of these calls.

    `after` cuts once, after the n-th call that changes something: a flow that ends after a mere reading leaves the
    world as it was after the change before. `every_deed` cuts after each such call, the first time that very change
    is made: a flow that starts again gets one deed further each time.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        self.cuts = 0
        self._after: int | None = None
        self._each = False
        self._seen: set[str] = set()
        self._armed = False
        execute = psycopg.AsyncCursor.execute
        send = httpx.AsyncClient.send

        async def counted_execute(cursor: Any, query: Any, params: Any = None, **more: Any) -> Any:
            done = await execute(cursor, query, params, **more)
            deed = f"{query} {params!r}" if _WRITES.search(str(query)) and cursor.rowcount != 0 else None
            self._happened(deed)
            return done

        async def counted_send(client: Any, request: httpx.Request, **more: Any) -> httpx.Response:
            response = await send(client, request, **more)
            try:
                self._happened(f"{request.method} {request.url}" if request.method == "PUT" else None)
            except Cut:
                await response.aclose()
                raise
            return response

        monkeypatch.setattr(psycopg.AsyncCursor, "execute", counted_execute)
        monkeypatch.setattr(httpx.AsyncClient, "send", counted_send)

    def _happened(self, deed: str | None) -> None:
        if not self._armed or deed is None:
            return
        self.calls += 1
        if self.calls == self._after or (self._each and deed not in self._seen):
            self._seen.add(deed)
            self._cut()

    def _cut(self) -> None:
        self.cuts += 1
        self._armed = False
        raise Cut

    @contextmanager
    def after(self, call: int | None) -> Iterator[None]:
        """Cut after the n-th call inside this block; None only counts."""
        self.calls, self._after, self._each, self._armed = 0, call, False, True
        try:
            yield
        finally:
            self._armed = False

    @contextmanager
    def every_deed(self) -> Iterator[None]:
        """Cut after the next change that was not cut before."""
        self._after, self._each, self._armed = None, True, True
        try:
            yield
        finally:
            self._armed = False


@pytest.fixture
def scissors(monkeypatch: pytest.MonkeyPatch) -> Scissors:
    """What cuts a flow off."""
    return Scissors(monkeypatch)
