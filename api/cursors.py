"""Where a page of the log ended, as an opaque text that the next request brings back."""

from __future__ import annotations

import base64
import json
from datetime import datetime

from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, TypeAdapter

from api.shapes import Number, Unfit
from models.audit.queries import Place

_ID: TypeAdapter[int] = TypeAdapter(Number)
_AT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


def written(place: Place | None) -> str | None:
    """Return a place as a cursor."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(json.dumps([place.at.isoformat(), place.act, place.case]).encode()).decode()


def read(cursor: str | None) -> Place | None:
    """Return the place a cursor names; None for no cursor.

    Raises:
        RequestValidationError: it is none of ours. Beginning anew would make whoever pages go round for ever.
    """
    if not cursor:
        return None
    try:
        at, act, case = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return Place(_AT.validate_python(at), _ID.validate_python(act), _ID.validate_python(case))
    except (ValueError, TypeError) as error:
        unfit = Unfit("bukan kursor dari jawaban sebelumnya", "is no cursor of an earlier answer")
        where = {"type": "value_error", "loc": ("query", "cursor"), "msg": str(unfit), "ctx": {"error": unfit}}
        raise RequestValidationError([where]) from error
