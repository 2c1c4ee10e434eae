"""Errors as RFC 9457 problem details, in Indonesian and English: what, where, and how to mend it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg.errors import OperationalError, QueryCanceled
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException

from models.errors import AlurError
from models.region.errors import RegionProblem
from models.usulan.workbook import WorkbookProblem

log = logging.getLogger("alur.api")

MEDIA_TYPE = "application/problem+json"


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
) -> JSONResponse:
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
    return JSONResponse(body, status, media_type=MEDIA_TYPE)


def _alur(_: Request, error: Exception) -> JSONResponse:
    known = error if isinstance(error, AlurError) else AlurError(str(error))
    return problem(
        known.status,
        known.code,
        known.title,
        known.title_en,
        detail=str(known),
        detail_en=known.english,
        cure=known.cure,
        cure_en=known.cure_en,
    )


def _bilingual(code: str, title: str, title_en: str) -> Callable[[Request, Exception], JSONResponse]:
    """Answer errors that carry their own words in both languages (files, region codes)."""

    def answer(_: Request, error: Exception) -> JSONResponse:
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

    return answer


def _invalid(_: Request, error: Exception) -> JSONResponse:
    places = error.errors() if isinstance(error, RequestValidationError) else []
    fields = [
        {"field": ".".join(str(part) for part in place["loc"]), "message": place["msg"], "kind": place["type"]}
        for place in places
    ]
    first = fields[0] if fields else {"field": "", "message": ""}
    return problem(
        422,
        "isian_salah",
        "Isian tidak sah",
        "Invalid input",
        detail=f"{first['field']}: {first['message']}",
        detail_en=f"{first['field']}: {first['message']}",
        cure="Perbaiki isian yang disebut; bentuknya ada di /docs.",
        cure_en="Mend the fields named; their shape is at /docs.",
        fields=fields,
    )


def _http(_: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = {
        401: ("perlu_token", "Token diperlukan", "A token is needed"),
        404: ("tidak_ditemukan", "Tidak ditemukan", "Not found"),
        405: ("metode_salah", "Metode tidak dilayani", "Method not allowed"),
        413: ("terlalu_besar", "Berkas terlalu besar", "File too large"),
    }
    code, title, title_en = words.get(status, ("permintaan_salah", "Permintaan salah", "Bad request"))
    detail = error.detail if isinstance(error, HTTPException) else ""
    cure = "Periksa alamatnya; daftar alamat ada di /docs." if status == 404 else ""  # noqa: PLR2004
    cure_en = "Check the address; all of them are at /docs." if status == 404 else ""  # noqa: PLR2004
    return problem(status, code, title, title_en, detail=detail, detail_en=detail, cure=cure, cure_en=cure_en)


def _database_away(_: Request, error: Exception) -> JSONResponse:
    log.warning("database unavailable: %s", type(error).__name__)
    response = problem(
        503,
        "basis_data_sibuk",
        "Basis data sedang tidak dapat dihubungi",
        "The database cannot be reached right now",
        cure="Kirim ulang permintaan yang sama dengan kunci yang sama; tidak ada yang tercatat dua kali.",
        cure_en="Send the same request with the same key again; nothing is recorded twice.",
    )
    response.headers["Retry-After"] = "2"
    return response


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected error at %s %s", request.method, request.url.path, exc_info=error)
    return problem(
        500,
        "galat_dalam",
        "Galat di dalam sistem",
        "Internal error",
        cure="Kirim ulang dengan kunci yang sama; bila tetap, hubungi pengelola dengan waktu kejadian ini.",
        cure_en="Send again with the same key; if it stays, tell the operators when it happened.",
    )


def install(app: FastAPI) -> None:
    """Answer every kind of error of the application as a problem."""
    app.add_exception_handler(AlurError, _alur)
    workbook = _bilingual("berkas_tidak_terbaca", "Berkas tidak dapat dibaca", "The file cannot be read")
    app.add_exception_handler(WorkbookProblem, workbook)
    app.add_exception_handler(RegionProblem, _bilingual("wilayah_tidak_ada", "Wilayah tidak ada", "No such region"))
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for away in (OperationalError, PoolTimeout, QueryCanceled):
        app.add_exception_handler(away, _database_away)
    app.add_exception_handler(Exception, _unexpected)
