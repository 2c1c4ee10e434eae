"""The shape every port has: a job with our key, sent once, asked for as often as needed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

Body = Mapping[str, Any]
"""A request body: JSON values only, money in whole rupiah, no fractions (their text differs between languages)."""

RequestT_contra = TypeVar("RequestT_contra", contravariant=True)
ResultT_co = TypeVar("ResultT_co", covariant=True)


class JobState(StrEnum):
    """Where a job stands on the other side."""

    diterima = "diterima"  # taken in, not begun
    diproses = "diproses"  # under way
    selesai = "selesai"  # done for good; the rows never change again


@dataclass(frozen=True, slots=True)
class Asked:
    """What a job asked for, as small as can be written down: enough to judge its reply after a restart."""

    hash: str
    """SHA-256 of the canonical body, 64 hex digits (`wire.body_hash`)."""
    ids: tuple[str, ...]
    """Our row ids in the order sent, each once."""
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other bodies that were sent under the same key, hash to row ids: the other side may have any one of them."""

    def rows(self, hash_: str) -> tuple[str, ...] | None:
        """Return the row ids of the body with this hash; None if no such body was sent."""
        return self.ids if hash_ == self.hash else self.others.get(hash_)


@dataclass(frozen=True, slots=True)
class Reply(Generic[ResultT_co]):
    """A believed answer: our key, our body, and when finished exactly one row for each row asked."""

    key: str
    state: JobState
    hash: str
    rows: tuple[ResultT_co, ...]
    """In the order asked; empty until `state` is selesai."""
    finished_at: datetime | None
    raw: str
    """The answer as received, for the record. It holds personal data: never into a log."""

    @property
    def finished(self) -> bool:
        """Whether the rows are there; if not, ask again later."""
        return self.state is JobState.selesai


class JobPort(Protocol[RequestT_contra, ResultT_co]):
    """One operation of one outside system.

    All three calls raise `PortUnavailable` (safe to send again), `PortRefused` (useless to send again) or
    `ReplyMalformed` (not believed); those that send also `OutcomeUnknown` (must be asked for).
    The key is opaque text of 1 to 128 printable characters; `traceparent` is the W3C header, passed through.
    """

    @property
    def path(self) -> str:
        """System and operation on the wire, e.g. `bank/BRI/si`."""

    def body(self, request: RequestT_contra) -> Body:
        """Return the body as it goes over the wire; write `wire.body_hash` of it down before sending."""

    def asked(self, request: RequestT_contra) -> Asked:
        """Return hash and row ids of a request."""

    async def send(self, key: str, request: RequestT_contra, *, traceparent: str | None = None) -> Reply[ResultT_co]:
        """PUT the job once; tried again only where nothing reached the other side."""

    async def ask(
        self,
        key: str,
        asked: RequestT_contra | Asked,
        *,
        request: RequestT_contra | None = None,
        traceparent: str | None = None,
    ) -> Reply[ResultT_co] | None:
        """GET the job, or None if the other side does not know the key. Always safe.

        `request` is what was asked as far as it is still known, or a part of it: the answer is checked against it.
        """

    async def settle(self, key: str, request: RequestT_contra, *, traceparent: str | None = None) -> Reply[ResultT_co]:
        """Ask first and send only if the key is not known there: the call to use after a restart or a loss."""
