"""The refusals that routes declare, made from the error classes, for the OpenAPI page."""

from __future__ import annotations

from typing import Any

from models.case.errors import CaseNotFound
from models.errors import AlurError, FactNotYours, RequestKeyReused, SessionUnknown, WordUnknown

_BLANKS = ("…",) * 3
"""What stands in an example for the values that an error's text names."""

Responses = dict[int | str, dict[str, Any]]


def refusals(*errors: type[AlurError]) -> Responses:
    """Return OpenAPI responses for error classes, grouped by status."""
    grouped: dict[int | str, list[type[AlurError]]] = {}
    for error in errors:
        grouped.setdefault(error.status, []).append(error)
    return {
        status: {
            "description": " / ".join(f"{error.code}: {error.title_en}" for error in group),
            "content": {
                "application/problem+json": {
                    "example": {
                        "type": f"/docs/masalah#{group[0].code}",
                        "status": status,
                        "code": group[0].code,
                        "title": group[0].title,
                        "title_en": group[0].title_en,
                        "detail": group[0].text.format(*_BLANKS),
                        "detail_en": group[0].text_en.format(*_BLANKS),
                        "cure": group[0].cure.format(*_BLANKS),
                        "cure_en": group[0].cure_en.format(*_BLANKS),
                    }
                }
            },
        }
        for status, group in grouped.items()
    }


class InputInvalid(AlurError):
    """Input of a wrong shape, as `api.problems` tells it; it stands here to be documented."""

    status = 422
    code = "isian_salah"
    title = "Isian tidak sah"
    title_en = "Invalid input"
    text = "body.trigger: wajib diisi"
    text_en = "body.trigger: Field required"
    cure = "Perbaiki isian yang disebut; bentuknya ada di /docs."
    cure_en = "Mend the fields named; their shape is at /docs."


READ = refusals(SessionUnknown, CaseNotFound, InputInvalid)
DECISION = refusals(SessionUnknown, CaseNotFound, InputInvalid, FactNotYours, WordUnknown, RequestKeyReused) | {
    409: {"description": "Ditolak pintu, atau kasus berubah / Refused by the door, or the case has changed"}
}
