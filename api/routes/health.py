"""Whether this process lives, and whether the whole is ready."""

from __future__ import annotations

from typing import Any

import httpx
from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.caller import Here
from models.batch.queries import heartbeats
from models.settings import Settings

router = APIRouter(tags=["kesehatan"])

_ENGINE_SILENT_S = 60
"""The engine says every few seconds that it lives; a minute of silence is an outage."""


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Say that this process answers."""
    return {"status": "hidup"}


async def _answers(url: str) -> bool:
    try:
        async with httpx.AsyncClient(timeout=3.0, trust_env=False) as http:
            return (await http.get(url)).is_success
    except httpx.HTTPError:
        return False


async def _outside(settings: Settings) -> dict[str, bool]:
    parts = {}
    if settings.prefect_api_url:
        parts["prefect"] = await _answers(f"{settings.prefect_api_url}/health")
    if settings.ports_url:
        parts["sistem_luar"] = await _answers(f"{settings.ports_url}/healthz")
    return parts


@router.get("/readyz")
async def readyz(here: Here) -> JSONResponse:
    """Answer 200 when database, engine, Prefect and outside systems are all up; else 503 and which part is not."""
    parts: dict[str, Any] = {}
    try:
        async with here.pool.connection(timeout=3.0) as conn:
            silent = await heartbeats(conn)
        parts["basis_data"] = True
        parts["mesin"] = silent.get("engine", _ENGINE_SILENT_S) < _ENGINE_SILENT_S
    except Exception:  # noqa: BLE001 -- whatever is wrong with the database, the answer is that it is not ready
        parts["basis_data"] = False
    parts |= await _outside(here.settings)
    ready = all(parts.values())
    return JSONResponse({"ready": ready, "parts": parts}, 200 if ready else 503)


@router.get("/metrics", include_in_schema=False)
async def metrics() -> PlainTextResponse:
    """Return this process's figures for Prometheus."""
    return PlainTextResponse(generate_latest().decode(), media_type=CONTENT_TYPE_LATEST)
