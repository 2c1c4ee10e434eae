"""The refusals that routes declare, made from the error classes, for the OpenAPI page."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.errors import BodyTooLarge, BodyUnreadable, DatabaseAway, OtherSite, StorageFull, TooOften
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

PROBLEM = {
    "type": "object",
    "description": "RFC 9457: apa yang salah, di mana, cara memperbaikinya / what is wrong, where, and how to mend it",
    "required": ["type", "status", "code", "title", "title_en", "detail", "detail_en", "cure", "cure_en"],
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "description": "Tetap, untuk mesin / stable, for machines"},
        **{name: {"type": "string"} for name in ("title", "title_en", "detail", "detail_en", "cure", "cure_en")},
        "fields": {"type": "array", "items": {"type": "object"}, "description": "Isian yang salah / fields at fault"},
    },
}
"""The shape of every refusal; some carry more members, each beside the error it belongs to."""
_WRITES = {"post", "put", "patch", "delete"}
_API = "/api/v1/"
_RETRY = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}, "description": "Detik / seconds"}}


def _complete(method: str, operation: dict[str, Any]) -> None:
    """Add to an operation what stands around every route (`api.shield`), and the shape of its refusals."""
    common = refusals(TooOften, DatabaseAway)
    if method in _WRITES:
        common |= refusals(OtherSite, StorageFull)
    if "requestBody" in operation:
        common |= refusals(BodyTooLarge, BodyUnreadable)
    responses = operation["responses"]
    if "application/json" in responses.get("422", {}).get("content", {}):  # FastAPI's shape, which we never answer with
        del responses["422"]
        common |= refusals(InputInvalid)
    for status, told in common.items():
        declared = responses.setdefault(str(status), told)
        if declared is not told:
            declared["description"] += f" / {told['description']}"
            declared.setdefault("content", told["content"])
    for status, told in responses.items():
        for content in (part for kind, part in told.get("content", {}).items() if kind.endswith("problem+json")):
            content["schema"] = {"$ref": "#/components/schemas/Problem"}
        if status in {"429", "503"}:
            told["headers"] = _RETRY


def install(app: FastAPI) -> None:
    """Let the application describe every answer it can give."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            for path, item in document["paths"].items():
                if path.startswith(_API):
                    for method, operation in item.items():
                        _complete(method, operation)
            document["components"]["schemas"]["Problem"] = PROBLEM
        return app.openapi_schema or {}

    app.openapi = whole  # type: ignore[method-assign]  # FastAPI's documented way to complete the document
