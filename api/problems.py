"""Errors as RFC 9457 problem details, in Indonesian and English: what, where, and how to mend it."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg.errors import DiskFull, OperationalError, QueryCanceled
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException

from api.documented import InputInvalid
from api.errors import BodyUnreadable, DatabaseAway, StorageFull
from api.shapes import Unfit
from models.errors import AlurError
from models.region.errors import RegionProblem
from models.usulan.workbook import WorkbookProblem

log = logging.getLogger("alur.api")

MEDIA_TYPE = "application/problem+json"


class Problem(JSONResponse):
    """An answer that says what is wrong; its code goes into the request's line of the log."""

    media_type = MEDIA_TYPE

    def __init__(self, code: str, body: dict[str, Any], status: int) -> None:
        super().__init__(body, status)
        self.code = code


def problem(
    status: int,
    code: str,
    title: str,
    title_en: str,
    *,
    detail: str = "",
    detail_en: str = "",
    cure: str = "",
    cure_en: str = "",
    **more: Any,
) -> Problem:
    """Return a problem: `code` is stable for machines, the rest is for people."""
    body = {
        "type": f"/docs/masalah#{code}",
        "status": status,
        "code": code,
        "title": title,
        "title_en": title_en,
        "detail": detail or title,
        "detail_en": detail_en or title_en,
        "cure": cure,
        "cure_en": cure_en,
        **more,
    }
    return Problem(code, body, status)


Handler = Callable[[Request, Exception], Problem]


def answer(known: AlurError) -> Problem:
    """Return the problem that one of our errors is."""
    places = {"fields": list(fields)} if (fields := getattr(known, "fields", ())) else {}
    told = problem(
        known.status,
        known.code,
        known.title,
        known.title_en,
        detail=str(known),
        detail_en=known.english,
        cure=known.cure.format(*known.args),
        cure_en=known.cure_en.format(*known.args),
        **places,
        **known.members,
    )
    if known.status == HTTPStatus.UNAUTHORIZED:
        told.headers["WWW-Authenticate"] = "Bearer"
    if (wait_s := getattr(known, "retry_after_s", None)) is not None:
        told.headers["Retry-After"] = str(wait_s)
    return told


def _alur(_: Request, error: Exception) -> Problem:
    return answer(error if isinstance(error, AlurError) else AlurError(str(error)))


def _bilingual(code: str, title: str, title_en: str) -> Handler:
    """Answer errors that carry their own words in both languages (files, region codes)."""

    def told_so(_: Request, error: Exception) -> Problem:
        told: Any = error
        return problem(
            told.status_code,
            code,
            title,
            title_en,
            detail=told.message_id,
            detail_en=told.message_en,
            cure=told.cure_id,
            cure_en=told.cure_en,
        )

    return told_so


_INVALID = {
    "missing": "wajib diisi",
    "extra_forbidden": "tidak dikenal",
    "json_invalid": "bukan JSON yang sah",
    "model_attributes_type": "harus berupa objek JSON, dengan Content-Type: application/json",
    "string_pattern_mismatch": "tidak berbentuk {pattern}",
    "string_too_short": "terlalu pendek: paling sedikit {min_length}",
    "string_too_long": "terlalu panjang: paling banyak {max_length}",
    "too_short": "terlalu pendek: paling sedikit {min_length}",
    "too_long": "terlalu panjang: paling banyak {max_length}",
    "greater_than_equal": "paling kecil {ge}",
    "less_than_equal": "paling besar {le}",
    "int_parsing": "bukan bilangan bulat",
    "int_type": "bukan bilangan bulat",
    "string_type": "bukan teks",
    "list_type": "bukan daftar",
    "dict_type": "bukan objek",
    "bool_parsing": "bukan ya atau tidak (true, false)",
}
"""Kinds of invalid input in Indonesian; the rest are said to be invalid, and their English message says how."""


def field_told(place: Any) -> dict[str, Any]:
    """Return what is wrong with one field: where, what in both languages, which kind."""
    context = place.get("ctx", {})
    unfit = context.get("error")
    if isinstance(unfit, Unfit):
        text, text_en = unfit.text, unfit.text_en
    else:
        text, text_en = _INVALID.get(place["type"], "tidak sah").format(**context), place["msg"]
    where = ".".join(str(part) for part in place["loc"])
    return {"field": where, "message": text, "message_en": text_en, "kind": place["type"]}


def _invalid(_: Request, error: Exception) -> Problem:
    fields = [field_told(place) for place in error.errors()] if isinstance(error, RequestValidationError) else []
    first = fields[0] if fields else {"field": "", "message": "", "message_en": ""}
    return problem(
        InputInvalid.status,
        InputInvalid.code,
        InputInvalid.title,
        InputInvalid.title_en,
        detail=f"{first['field']}: {first['message']}",
        detail_en=f"{first['field']}: {first['message_en']}",
        cure=InputInvalid.cure,
        cure_en=InputInvalid.cure_en,
        fields=fields,
    )


_HTTP = {
    404: (
        "tidak_ditemukan",
        ("Tidak ditemukan", "Not found"),
        ("Tidak ada apa-apa di alamat ini.", "There is nothing at this address."),
        ("Periksa alamatnya; daftar alamat ada di /docs.", "Check the address; all of them are at /docs."),
    ),
    405: (
        "metode_salah",
        ("Metode tidak dilayani", "Method not allowed"),
        ("Alamat ini tidak melayani metode itu.", "This address does not serve that method."),
        ("Lihat metode yang dilayani di tajuk Allow dan di /docs.", "See the header Allow, and /docs."),
    ),
}


def _http(_: Request, error: Exception) -> Problem:
    if isinstance(error.__cause__, AlurError):
        return answer(error.__cause__)
    status = error.status_code if isinstance(error, HTTPException) else BodyUnreadable.status
    bad = BodyUnreadable
    words = (bad.code, (bad.title, bad.title_en), (bad.text, bad.text_en), (bad.cure, bad.cure_en))
    code, (title, title_en), (detail, detail_en), (cure, cure_en) = _HTTP.get(status, words)
    told = problem(status, code, title, title_en, detail=detail, detail_en=detail_en, cure=cure, cure_en=cure_en)
    told.headers.update((isinstance(error, HTTPException) and error.headers) or {})
    return told


def _database_away(_: Request, error: Exception) -> Problem:
    log.warning("database unavailable: %s", type(error).__name__)
    return answer(DatabaseAway())


def _no_room(request: Request, error: Exception) -> Problem:
    """Answer a full disk as such, and any other error of the system as a crash."""
    if isinstance(error, OSError) and error.errno not in {errno.ENOSPC, errno.EDQUOT}:
        return unexpected(request, error)
    log.error("no room left: %s", type(error).__name__)
    return answer(StorageFull())


def unexpected(request: Request, error: Exception) -> Problem:
    """Answer a crash: the log gets what happened, the caller that it did."""
    route = getattr(request.scope.get("route"), "path", "-")
    log.error("unexpected error at %s %s", request.method, route, exc_info=error)
    return problem(
        500,
        "galat_dalam",
        "Galat di dalam sistem",
        "Internal error",
        cure="Kirim ulang dengan kunci yang sama; bila tetap, hubungi pengelola dengan waktu kejadian ini.",
        cure_en="Send again with the same key; if it stays, tell the operators when it happened.",
    )


def _noted(handler: Handler) -> Handler:
    """Let the request know what was wrong with it, for its line in the log."""

    def told(request: Request, error: Exception) -> Problem:
        made = handler(request, error)
        request.state.problem = made.code
        return made

    return told


def install(app: FastAPI) -> None:
    """Answer every kind of error of the application as a problem."""
    handlers: dict[type[Exception], Handler] = {
        AlurError: _alur,
        WorkbookProblem: _bilingual("berkas_tidak_terbaca", "Berkas tidak dapat dibaca", "The file cannot be read"),
        RegionProblem: _bilingual("wilayah_tidak_ada", "Wilayah tidak ada", "No such region"),
        RequestValidationError: _invalid,
        HTTPException: _http,
        **dict.fromkeys((OperationalError, PoolTimeout, QueryCanceled), _database_away),
        **dict.fromkeys((DiskFull, OSError), _no_room),
        Exception: unexpected,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, _noted(handler))
