"""What an HTTP answer means: the one table from status and media type to what the caller may do next."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from integrations.errors import PortRefused, PortUnavailable, ReplyMalformed

PROBLEM_MEDIA_TYPE = "application/problem+json"
JOB_UNKNOWN = "job-tidak-ada"
"""Last part of the problem type by which the other side says that it does not know a key."""
DETAIL_MAX_CHARS = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer inside the contract, body not yet judged."""

    status: int
    raw: bytes
    known: bool = True
    """False only for the 404 problem that says the key is not known there."""


class AnswerLost(Exception):
    """A PUT left, and what became of it did not come back."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def judge(method: str, path: str, key: str | None, response: httpx.Response, raw: bytes) -> Answer:
    """Return the answer if it is one, else raise what it amounts to.

    | status | PUT | GET |
    |---|---|---|
    | 200, 202 with JSON | answer | answer |
    | 404 problem `job-tidak-ada` | refused | answer, not known |
    | 4xx problem | refused | refused |
    | 429, 503 | unavailable: nothing was done | unavailable |
    | other 5xx | lost: a gateway may have passed it on | unavailable |
    | anything else | malformed | malformed |
    """
    status = response.status_code
    media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if status in {HTTPStatus.OK, HTTPStatus.ACCEPTED} and media == "application/json":
        return Answer(status, raw)
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        raise PortUnavailable(path, f"status {status}", _retry_after_s(response))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        if method == "GET":
            raise PortUnavailable(path, f"status {status}")
        raise AnswerLost(f"status {status}")
    if status >= HTTPStatus.BAD_REQUEST and media == PROBLEM_MEDIA_TYPE:
        refusal = _refusal(path, key or "", status, raw)
        if method == "GET" and key and status == HTTPStatus.NOT_FOUND and refusal.type.endswith(JOB_UNKNOWN):
            return Answer(status, raw, known=False)
        raise refusal
    raise ReplyMalformed(path, key or "", f"status {status} with media type {media or 'none'}")


def _refusal(path: str, key: str, status: int, raw: bytes) -> PortRefused:
    try:
        problem: Any = json.loads(raw)
    except (ValueError, RecursionError):
        problem = None
    if not isinstance(problem, dict):
        raise ReplyMalformed(path, key, f"status {status} with a problem that is no JSON object")

    def text(member: str, default: str = "") -> str:
        told = str(problem.get(member, default))[:DETAIL_MAX_CHARS]
        return "".join(char if char.isprintable() else " " for char in told)

    return PortRefused(path, status, text("type", "about:blank"), text("title"), text("detail"))


def _retry_after_s(response: httpx.Response) -> float | None:
    """Return the seconds form of Retry-After; the date form depends on two clocks and is left alone."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None
