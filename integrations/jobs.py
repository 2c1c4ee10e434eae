"""A typed operation: turns requests into bodies and answers into believed replies."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import TypeAdapter

from integrations.answers import Answer
from integrations.errors import ReplyMalformed
from integrations.http import JobClient
from integrations.ports import Asked, Body, Reply
from integrations.wire import Envelope, ResultT, asked_of, believe

RequestT = TypeVar("RequestT")


def nothing_more(request: object, rows: Sequence[object]) -> str | None:  # noqa: ARG001 - the signature is the point
    """Find nothing wrong beyond what the contract itself says."""
    return None


@dataclass(frozen=True, slots=True)
class Operation(Generic[RequestT, ResultT]):
    """One operation over HTTP; see `ports.JobPort` for what its calls promise."""

    client: JobClient
    path: str
    to_body: Callable[[RequestT], Body]
    envelope: TypeAdapter[Envelope[ResultT]]
    check: Callable[[RequestT | None, Sequence[ResultT]], str | None] = nothing_more
    """Says why finished rows contradict the request (another sum than asked) or each other, or None.

    The request is None where it is not known any more word for word.
    """
    row_by_row: bool = False
    """Whether the check takes a request that names only some of the rows, or spells a name in another way."""

    def body(self, request: RequestT) -> Body:
        """Return the body as it goes over the wire."""
        return self.to_body(request)

    def asked(self, request: RequestT) -> Asked:
        """Return hash and row ids of a request."""
        return asked_of(self.to_body(request))

    async def send(self, key: str, request: RequestT, *, traceparent: str | None = None) -> Reply[ResultT]:
        """PUT the job once."""
        body = self.to_body(request)
        asked = asked_of(body)
        answer = await self.client.send(self.path, key, body, traceparent=traceparent)
        return self._believe(answer, key, asked, request)

    async def ask(
        self, key: str, asked: RequestT | Asked, *, request: RequestT | None = None, traceparent: str | None = None
    ) -> Reply[ResultT] | None:
        """GET the job; given the request itself, or what is still known of it, its sums are checked as well."""
        known = asked if isinstance(asked, Asked) else self.asked(asked)
        answer = await self.client.ask(self.path, key, traceparent=traceparent)
        if answer is None:
            return None
        return self._believe(answer, key, known, request if isinstance(asked, Asked) else asked)

    async def settle(self, key: str, request: RequestT, *, traceparent: str | None = None) -> Reply[ResultT]:
        """Ask, and send only if the key is not known there."""
        body = self.to_body(request)
        asked = asked_of(body)
        answer = await self.client.settle(self.path, key, body, traceparent=traceparent)
        return self._believe(answer, key, asked, request)

    def _believe(self, answer: Answer, key: str, asked: Asked, request: RequestT | None) -> Reply[ResultT]:
        reply = believe(answer.raw, self.envelope, path=self.path, key=key, asked=asked)
        if reply.finished:
            same = request is not None and (self.row_by_row or self.asked(request).hash == reply.hash)
            if reason := self.check(request if same else None, reply.rows):
                raise ReplyMalformed(self.path, key, reason)
        return reply
