"""The wire contract as pure functions: canonical bodies, their hash, and whether a reply may be believed."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Generic, Protocol, TypeVar

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from integrations.errors import ReplyMalformed
from integrations.ports import Asked, Body, JobState, Reply

KEY_MAX_CHARS = 128
ERRORS_SHOWN = 3


class HasId(Protocol):
    """A row, asked or answered, carries our id."""

    @property
    def id(self) -> str:
        """Our case or person id as text."""


ResultT = TypeVar("ResultT", bound=HasId)


@dataclass(frozen=True, slots=True)
class Envelope(Generic[ResultT]):
    """The job resource as it comes back; unknown members are ignored so that the contract may grow."""

    key: str
    state: JobState
    hash: str
    hasil: tuple[ResultT, ...] | None
    selesai_pada: AwareDatetime | None


def canonical(body: Body) -> bytes:
    """Return the one spelling of a body: keys sorted, no spaces, UTF-8 unescaped.

    Raises:
        ValueError: NaN or infinity inside.
    """
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def body_hash(body: Body) -> str:
    """Return SHA-256 of the canonical body as 64 hex digits: what both sides know a job's content by."""
    return hashlib.sha256(canonical(body)).hexdigest()


def check_key(key: str) -> str:
    """Return the key if it may name a job.

    Raises:
        ValueError: empty, longer than 128 characters, unprintable, or a path of its own (`.`, `..`).
    """
    if not 1 <= len(key) <= KEY_MAX_CHARS or not key.isprintable() or key in {".", ".."}:
        raise ValueError("a job key is 1 to 128 printable characters and not a dot segment")
    return key


def row_to_wire(row: Any) -> dict[str, Any]:
    """Return a row dataclass as JSON values: dates as ISO text, what is None left out."""
    wire: dict[str, Any] = {}
    for field in fields(row):
        value = getattr(row, field.name)
        if value is not None:
            wire[field.name] = value.isoformat() if isinstance(value, date) else value
    return wire


def rows_to_body(rows: Sequence[Any]) -> Body:
    """Return the body of the operations that send nothing but rows."""
    return {"baris": [row_to_wire(row) for row in rows]}


def asked_of(body: Body) -> Asked:
    """Return hash and ids of a body.

    Raises:
        ValueError: an id stands twice, so no reply could be matched to it.
    """
    ids = tuple(row["id"] for row in body["baris"])
    if len(set(ids)) != len(ids):
        raise ValueError("a row id stands twice in the request")
    return Asked(body_hash(body), ids)


def mismatch(asked: Iterable[str], answered: Sequence[str]) -> str | None:
    """Return why the answered ids are not exactly the asked ones, each once; None if they are.

    Counts only: an id the other side made up may be anybody's number and does not belong in a message.
    """
    known = set(asked)
    distinct = set(answered)
    if stray := len(distinct - known):
        return f"{stray} rows were never asked for"
    if twice := len(answered) - len(distinct):
        return f"{twice} rows came twice"
    if missing := len(known - distinct):
        return f"{missing} rows are missing"
    return None


def fault_places(error: ValidationError) -> str:
    """Return where a document breaks the contract, without the values: they are personal data."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    shown = [f"{'.'.join(str(part) for part in fault['loc']) or 'document'}: {fault['type']}" for fault in faults]
    more = f" and {len(shown) - ERRORS_SHOWN} more" if len(shown) > ERRORS_SHOWN else ""
    return "; ".join(shown[:ERRORS_SHOWN]) + more


def believe(
    raw: bytes, adapter: TypeAdapter[Envelope[ResultT]], *, path: str, key: str, asked: Asked
) -> Reply[ResultT]:
    """Return the reply, rows in the order asked, if every part of it is about what was asked.

    Raises:
        ReplyMalformed: not the contract, another key or body, rows without a finished state or the reverse,
            or rows that are not exactly the asked ones.
    """
    try:
        job = adapter.validate_json(raw, strict=True)
    except ValidationError as error:
        raise ReplyMalformed(path, key, fault_places(error)) from None  # the cause would print the values
    if reason := _disbelief(job, key, asked):
        raise ReplyMalformed(path, key, reason)
    by_id = {row.id: row for row in job.hasil or ()}
    rows = tuple(by_id[id_] for id_ in asked.rows(job.hash) or () if id_ in by_id)
    return Reply(job.key, job.state, job.hash, rows, job.selesai_pada, raw.decode())


def _disbelief(job: Envelope[Any], key: str, asked: Asked) -> str | None:
    if job.key != key:
        return "the key is not ours"
    ids = asked.rows(job.hash)
    if ids is None:
        return "the hash is not that of our body"
    finished = job.state is JobState.selesai
    if finished != (job.hasil is not None) or finished != (job.selesai_pada is not None):
        return f"state {job.state} does not go with the rows"
    return mismatch(ids, [row.id for row in job.hasil]) if job.hasil is not None else None
