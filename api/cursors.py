"""Where a page ended, of the log or of a queue of cases, as an opaque text that the next request brings back."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, TypeAdapter

from api.shapes import CaseId, Number, Unfit
from models.audit.queries import Place

_ID: TypeAdapter[int] = TypeAdapter(Number)
_CASE: TypeAdapter[int] = TypeAdapter(CaseId)
_AT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


def _packed(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def _unpacked(cursor: str) -> list[Any]:
    told: list[Any] = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    return told


def _foreign() -> RequestValidationError:
    """Return the error for a cursor that is none of ours. Beginning anew would make whoever pages go round for ever."""
    unfit = Unfit("bukan kursor dari jawaban sebelumnya", "is no cursor of an earlier answer")
    where = {"type": "value_error", "loc": ("query", "cursor"), "msg": str(unfit), "ctx": {"error": unfit}}
    return RequestValidationError([where])


def written(place: Place | None) -> str | None:
    """Return a place in the log as a cursor."""
    return None if place is None else _packed(place.at.isoformat(), place.act, place.case)


def read(cursor: str | None) -> Place | None:
    """Return the place in the log that a cursor names; None for no cursor.

    Raises:
        RequestValidationError: it is none of ours.
    """
    if not cursor:
        return None
    try:
        at, act, case = _unpacked(cursor)
        return Place(_AT.validate_python(at), _ID.validate_python(act), _ID.validate_python(case))
    except (ValueError, TypeError) as error:
        raise _foreign() from error


def waiting(row: dict[str, Any]) -> str:
    """Return where a page of cases ended, longest waiting first, as a cursor."""
    return _packed(row["since"].isoformat(), row["id"])


def read_waiting(cursor: str | None) -> tuple[datetime, int] | None:
    """Return (since, case) that a cursor names; None for no cursor.

    Raises:
        RequestValidationError: it is none of ours.
    """
    if not cursor:
        return None
    try:
        since, case = _unpacked(cursor)
        return datetime.fromisoformat(since), _CASE.validate_python(case)
    except (ValueError, TypeError) as error:
        raise _foreign() from error
