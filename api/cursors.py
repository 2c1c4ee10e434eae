"""Where a page ended, as an opaque text that the next request brings back."""

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


def _text(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def _parts(cursor: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(cursor.encode()))


def _moment(text: str) -> datetime:
    return _AT.validate_python(datetime.fromisoformat(text))


def _unfit() -> RequestValidationError:
    """Return the refusal of a cursor that is none of ours: beginning anew, whoever pages would go round for ever."""
    unfit = Unfit("bukan kursor dari jawaban sebelumnya", "is no cursor of an earlier answer")
    where = {"type": "value_error", "loc": ("query", "cursor"), "msg": str(unfit), "ctx": {"error": unfit}}
    return RequestValidationError([where])


def written(place: Place | None) -> str | None:
    """Return a place in the log as a cursor."""
    return None if place is None else _text(place.at.isoformat(), place.act, place.case)


def read(cursor: str | None) -> Place | None:
    """Return the place in the log that a cursor names; None for no cursor.

    Raises:
        RequestValidationError: it is none of ours.
    """
    if not cursor:
        return None
    try:
        at, act, case = _parts(cursor)
        return Place(_moment(at), _ID.validate_python(act), _ID.validate_python(case))
    except (ValueError, TypeError) as error:
        raise _unfit() from error


def written_due(place: tuple[datetime, int] | None) -> str | None:
    """Return a place in a queue, a moment and an id, as a cursor."""
    return None if place is None else _text(place[0].isoformat(), place[1])


def written_queue(place: tuple[datetime, datetime, int] | None) -> str | None:
    """Return a place in the due queue, two moments and an id, as a cursor."""
    return None if place is None else _text(place[0].isoformat(), place[1].isoformat(), place[2])


def read_queue(cursor: str | None) -> tuple[datetime, datetime, int] | None:
    """Return the place in the due queue that a cursor names; None for no cursor.

    Raises:
        RequestValidationError: it is none of ours, or of another order.
    """
    if not cursor:
        return None
    try:
        due, since, number = _parts(cursor)
        return _moment(due), _moment(since), _ID.validate_python(number)
    except (ValueError, TypeError) as error:
        raise _unfit() from error


def read_due(cursor: str | None) -> tuple[datetime, int] | None:
    """Return the place in a queue that a cursor names; None for no cursor.

    Raises:
        RequestValidationError: it is none of ours.
    """
    if not cursor:
        return None
    try:
        at, number = _parts(cursor)
        return _moment(at), _ID.validate_python(number)
    except (ValueError, TypeError) as error:
        raise _unfit() from error
