"""The refusals that routes declare, made from the error classes, for the OpenAPI page."""

from __future__ import annotations

from typing import Any

from models.case.errors import CaseNotFound
from models.errors import AlurError, FactNotYours, RequestKeyReused, SessionUnknown, WordUnknown

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
                        "detail": group[0].text,
                        "detail_en": group[0].text_en,
                        "cure": group[0].cure,
                        "cure_en": group[0].cure_en,
                    }
                }
            },
        }
        for status, group in grouped.items()
    }


READ = refusals(SessionUnknown, CaseNotFound)
DECISION = refusals(SessionUnknown, CaseNotFound, FactNotYours, WordUnknown, RequestKeyReused) | {
    409: {"description": "Ditolak pintu, atau kasus berubah / Refused by the door, or the case has changed"}
}
